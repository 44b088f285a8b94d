"""What rules say of takes: how often jobs of a class are made until enough takes are usable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from kling_cost.planning.rules.selectors import Selector

#: The most takes that a class can name.
MOST_TAKES = 1_000


class Fails(NamedTuple):
    """Calls that deliver nothing usable, whatever the shot.

    Attributes:
        chance: of one call.
        charged: whether they cost what a take costs; None where the rate of each job says so.
    """

    chance: Fraction = Fraction(0)
    charged: bool | None = True


#: What holds where rules say nothing: no call fails, and if one did, the provider says whether it costs.
NO_FAILURE, NO_REJECTION = Fails(charged=None), Fails()


@dataclass(frozen=True, slots=True)
class TakeClass:
    """Jobs that are made again until enough takes are usable.

    Attributes:
        name: what it is called.
        place: `FILE:LINE:COLUMN`.
        success: the chance that a delivered take is usable; low, likely and high where it is a range, which all jobs
            of the class share.
        where: which jobs it is about.
        usable: how many usable takes a job needs; None for as many as the job has takes.
        at_most: after how many charged takes a job ends anyway; None for no such end.
        failure: technical failures.
        rejection: takes that moderation keeps back.
        keep: the share of usable takes that end up in the film.
        usable_seconds: how long each of them is there; None for as long as it is.
        origin: where the figures are from; None where the rules do not say.
        checked: when somebody last looked.
        preset: the name of the preset that the success is taken from; None where it is the rules' own.
        source: the file whose jobs it is about; None for all files.
    """

    name: str
    place: str
    success: tuple[Fraction, ...]
    where: Selector = ()
    usable: int | None = 1
    at_most: int | None = None
    failure: Fails = NO_FAILURE
    rejection: Fails = NO_REJECTION
    keep: Fraction = Fraction(1)
    usable_seconds: Fraction | None = None
    origin: str | None = None
    checked: date | None = None
    preset: str | None = None
    source: str | None = None

    @property
    def likely(self) -> Fraction:
        """The success that is expected: the number itself, or the middle of a range."""
        return self.success[len(self.success) // 2]

    @property
    def is_range(self) -> bool:
        """Whether the success is known as a range only."""
        return len(self.success) > 1

    def __repr__(self) -> str:
        return f"<TakeClass {self.name}>"
