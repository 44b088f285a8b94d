"""What rules say of fitting a plan into a limit: what may change, how much that hurts, and what is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from kling_cost.planning.rules.selectors import Selector

#: What may be changed on a job.
QUALITY, SOUND, DURATION, TAKES, SELLER, DROP = "quality", "sound", "duration", "takes", "seller", "drop"
#: The most points of a pain, and of a weight.
MOST_POINTS = 1_000


class Kept(NamedTuple):
    """Jobs that are not changed.

    Attributes:
        where: which ones.
        source: the file whose jobs it is about; None for all files.
    """

    where: Selector
    source: str | None = None


class Weight(NamedTuple):
    """How many points a point of pain counts on some jobs.

    Attributes:
        where: which ones.
        points: by how much their pains are multiplied.
        source: the file whose jobs it is about; None for all files.
    """

    where: Selector
    points: int
    source: str | None = None


class MayChange(NamedTuple):
    """A change that a plan may make.

    Attributes:
        change: `quality`, `sound`, `duration`, `takes`, `seller` or `drop`.
        pain: how much it hurts: of a second or take, where these are changed.
        place: `FILE:LINE:COLUMN`; empty for one that no file says.
        where: which jobs it is about.
        before, to: from which value to which, `from` and `to` in the file; None for any, and for whatever is cheapest.
        down_to: the fewest seconds or takes.
        to_place: where `to` stands.
        source: the file whose jobs it is about; None for all files.
    """

    change: str
    pain: int
    place: str = ""
    where: Selector = ()
    before: str | None = None
    to: str | None = None
    down_to: int | None = None
    to_place: str = ""
    source: str | None = None


@dataclass(frozen=True, slots=True)
class FitRules:
    """The section `fit` of rules.

    Attributes:
        may: what a plan may change.
        weights: how much that counts on which jobs; those of several fields multiply.
        keep: jobs that are not changed.
    """

    may: tuple[MayChange, ...] = ()
    weights: tuple[Weight, ...] = ()
    keep: tuple[Kept, ...] = ()

    def __add__(self, other: FitRules) -> FitRules:
        return FitRules(self.may + other.may, self.weights + other.weights, self.keep + other.keep)


NO_FIT = FitRules()
