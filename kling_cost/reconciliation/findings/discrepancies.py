"""What is found about a task or a job: a difference between what was due and what was stated."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from kling_cost.amounts import EXACT, plain_text
from kling_cost.messages.finding_messages import FINDINGS
from kling_cost.problems import shown

Expected = Decimal | str | None


@dataclass(slots=True)
class Difference:
    """What is found about a task; tasks alike share one.

    Attributes:
        key: the kind of finding, and where it has several cases, a dot and the case.
        severity: `error`, `warning` or `info`.
        expected, reported: amounts; of a stated fact, the texts; None where there is none.
        difference: reported − expected; None where no amount is held against another.
        currency: of the amounts; None for facts.
        params: of its sentence.
        group: the user group that the answers name.
        explained_by: every smallest change under which the amount would have been due.
    """

    key: str
    severity: Literal["error", "warning", "info"]
    expected: Expected = None
    reported: Expected = None
    difference: Decimal | None = None
    currency: str | None = None
    params: tuple[tuple[str, str], ...] = ()
    group: str | None = None
    explained_by: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of finding."""
        return self.key.partition(".")[0]


def difference(
    key: str,
    expected: Expected = None,
    reported: Expected = None,
    currency: str | None = None,
    **params: object,
) -> Difference:
    """Make a `Difference`; its severity is that of its sentence.

    >>> difference("duplicate_response").severity
    'info'
    """
    texts = {name: shown(_plain(value)) for name, value in params.items()}
    for name, value in (("expected", expected), ("reported", reported), ("currency", currency)):
        if value is not None:
            texts[name] = shown(_plain(value))
    severity: Any = FINDINGS[key].severity
    return Difference(key, severity, expected, reported, None, currency, tuple(texts.items()))


def held_against(key: str, expected: Decimal, reported: Decimal, currency: str, **params: object) -> Difference:
    """Make a `Difference` between two amounts.

    >>> held_against("over_reserved", Decimal(27), Decimal("40.5"), "EVOLINK_CREDIT").difference
    Decimal('13.5')
    """
    found = difference(key, expected, reported, currency, **params)
    found.difference = EXACT.subtract(reported, expected)
    return found


def _plain(value: object) -> object:
    return plain_text(value) if isinstance(value, Decimal) else value
