"""What the readers of answers share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

from kling_cost.actuals.answers import Facts, usable
from kling_cost.problems import shown
from kling_cost.remembered import Remembered

Body = Mapping[str, Any]
_MOST_PROGRESS = 100
#: The end of time:
FAR = 10**18  # seconds or milliseconds that no clock will show
_LONGEST = 200  # of a text that is kept


class Taker(Protocol):
    """Who takes what an answer says."""

    def task(self, task_id: Any, facts: Facts, created: int | Decimal | None, request: Body | None) -> None:
        """An answer about a task."""

    def balance(self, account: Body, token: Body) -> None:
        """The balance of an account and of the key that asked."""

    def refusal(self, code: Any, message: Any) -> None:
        """The provider refused; there is no task."""


class Statement:
    """Reads the amounts of an answer strictly, and remembers those that cannot be used."""

    def __init__(self) -> None:
        self.unusable: list[tuple[str, str]] = []

    def amount(self, field: str, value: Any) -> Decimal | None:
        """An amount, or None where it is not stated or unusable."""
        if value is None:
            return None
        number = usable(value)
        if number is None:
            self.unusable.append((field, f'"{shown(value)}"' if isinstance(value, str) else shown(value)))
        return number


#: What equal answers state, by the values that they were read from.
facts_by_values: dict[tuple[Any, ...], Facts] = Remembered()


def text(value: Any) -> str | None:
    """A text, None for anything else.

    >>> text("pending"), text(5)
    ('pending', None)
    """
    return value[:_LONGEST] if value.__class__ is str else None


def progress(value: Any) -> Decimal | None:
    """How far a task has come, None where that is not said.

    >>> progress(0), progress("half")
    (Decimal('0'), None)
    """
    number = usable(value)
    return number if number is not None and number <= _MOST_PROGRESS else None


def whole(value: Any) -> str | None:
    """The text of seconds, None where they are not stated.

    >>> whole(5), whole(Decimal("5.0")), whole(True)
    ('5', '5', None)
    """
    number = usable(value)
    if number is None:
        return text(value)
    return str(int(number)) if number == int(number) else f"{number:f}"


def moment(value: Any) -> int | Decimal | None:
    """Seconds since 1970 from a number, or from a time such as 2026-02-05T10:30:00Z; None where neither stands.

    >>> moment(1757169743), moment("1970-01-01T00:01:00Z")
    (1757169743, 60)
    """
    if value.__class__ is int:
        return value if 0 <= value < FAR else None
    if not isinstance(value, str):
        return usable(value)
    try:
        when = datetime.fromisoformat(value)
        return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None
