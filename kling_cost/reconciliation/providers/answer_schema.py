"""What the readers of answers share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from kling_cost.bounded_cache import BoundedCache
from kling_cost.problems import shown
from kling_cost.reconciliation.answers.answer import Facts, usable

Body = Mapping[str, Any]
_MOST_PROGRESS = 100
_A_THOUSAND = 1000  # milliseconds
_MILLISECONDS = 10**11  # a larger number of seconds lies three thousand years ahead
#: The end of time:
FAR = 10**18  # seconds or milliseconds that no clock will show
_LONGEST = 200  # of a text that is kept
#: A number that an answer writes as text.
NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?", re.ASCII)
_SUCCESS_WORDS = frozenset({"success", "successful", "succeed", "succeeded", "ok"})
_HUNDRED = 100  # codes of one kind
_LEAST_SUCCESS = 200
_LEAST_REFUSAL = 400
_CODE = re.compile(r"-?[0-9]{1,9}", re.ASCII)


class Taker(Protocol):
    """Who takes what an answer says."""

    def task(
        self,
        task_id: Any,
        facts: Facts,
        created: int | Decimal | None,
        request: Body | None,
        external_id: str | None = None,
    ) -> None:
        """An answer about a task; `external_id` is the name that the caller gave the task."""

    def listing(self) -> None:
        """All tasks of this body come from a list, which may hold those of the whole account."""

    def balance(self, account: Body, token: Body) -> None:
        """The balance of an account and of the key that asked."""

    def refusal(self, code: Any, message: Any) -> None:
        """The provider says that it refused; there is no task."""


class Statement:
    """Reads the amounts of an answer strictly, and remembers those that cannot be used.

    Args:
        path: where the fields stand.
    """

    def __init__(self, path: str = "") -> None:
        self._path = path
        self.unusable: list[tuple[str, str]] = []

    def amount(self, field: str, value: Any) -> Decimal | None:
        """An amount, or None where it is not stated or unusable."""
        if value is None:
            return None
        number = usable(value)
        if number is None:
            self.reject(field, value)
        return number

    def reject(self, field: str, value: Any) -> None:
        """Remember that a value cannot be used."""
        self.unusable.append((self._path + field, f'"{shown(value)}"' if isinstance(value, str) else shown(value)))


#: What equal answers state, by the values that they were read from.
facts_by_values: dict[tuple[Any, ...], Facts] = BoundedCache()


def facts_of(
    values: tuple[Any, ...], make: Callable[..., Facts], known: dict[tuple[Any, ...], Facts] = facts_by_values
) -> Facts:
    """What an answer states; equal answers share one object.

    Args:
        values: all that it is made from; the first one tells the provider.
        make: makes it.
        known: what was made before in the same way.
    """
    try:
        facts = known.get(values)
    except TypeError:  # a list or an object stands where a number should
        return make(*values)
    if facts is None:
        facts = known[values] = make(*values)
    return facts


def shared(facts: Facts) -> Facts:
    """Facts, one object for all that are equal."""
    return facts_of((facts.provider, facts), _same)


def _same(_: str | None, facts: Facts) -> Facts:
    return facts


def text(value: Any) -> str | None:
    """A text, None for anything else.

    >>> text("pending"), text(5)
    ('pending', None)
    """
    return value[:_LONGEST] if value.__class__ is str else None


def seconds_out(value: Any) -> str | None:
    """The whole seconds of what came out, rounded half up: 5.041 of a video of 5; None where they are not stated.

    >>> seconds_out(Decimal("5.041")), seconds_out("5.1"), seconds_out("5.5"), seconds_out(True), seconds_out("long")
    ('5', '5', '6', None, 'long')
    """
    number = usable(Decimal(value) if isinstance(value, str) and NUMBER.fullmatch(value) else value)
    if number is None:
        return text(value)
    return str(int(number.to_integral_value(ROUND_HALF_UP)))


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


def created_at(value: Any) -> int | Decimal | None:
    """When a task was created, in seconds since 1970; what is too large for them is milliseconds.

    >>> created_at(1790605869865), created_at("1970-01-01T00:01:00Z")
    (Decimal('1790605869.865'), 60)
    """
    when = moment(value)
    return when if when is None or when <= _MILLISECONDS else Decimal(when) / _A_THOUSAND


def is_success(code: Any) -> bool:
    """Whether a code says that a call succeeded.

    >>> is_success(0), is_success("200"), is_success("SUCCESS"), is_success(402), is_success(None), is_success("0.0")
    (True, True, True, False, False, False)
    """
    if code is True or (isinstance(code, str) and code.strip().casefold() in _SUCCESS_WORDS):
        return True
    number = _number(code)
    return number is not None and (number == 0 or _LEAST_SUCCESS <= number < _LEAST_SUCCESS + _HUNDRED)


def refusal_in(body: Body) -> tuple[Any, Any] | None:
    """Code and reason where a body says plainly that the provider refused; None where it does not.

    A code that means success is never one, whatever else stands there; neither is a code that nobody knows.

    >>> refusal_in({"code": 1102, "message": "used up"}), refusal_in({"error": {"code": "no_quota", "message": "?"}})
    ((1102, 'used up'), ('no_quota', '?'))
    >>> refusal_in({"code": 0, "message": "SUCCEED"}), refusal_in({"code": 200, "error": "?"}), refusal_in({"code": 7})
    (None, None, None)
    """
    code, error = body.get("code"), body.get("error")
    details: Body = error if isinstance(error, dict) else {}
    codes = (code, body.get("success"), body.get("status_code"), details.get("code"))
    if any(map(is_success, codes)):
        return None
    if isinstance(error, str) and error:
        return code, error
    if details:
        return details.get("code") or details.get("type") or code, details.get("message") or body.get("message")
    return (code, body.get("message", body.get("msg"))) if is_refusal(code) else None


def is_refusal(code: Any) -> bool:
    """Whether a code says that a call was refused; one that nobody knows says neither.

    >>> is_refusal(402), is_refusal("-1"), is_refusal(200), is_refusal(302), is_refusal("?")
    (True, True, False, False, False)
    """
    number = _number(code)
    return number is not None and not 0 <= number < _LEAST_REFUSAL


def _number(code: Any) -> Decimal | None:
    """A code as a number; None where it is none."""
    if isinstance(code, bool) or code is None:
        return None
    if isinstance(code, str):
        return Decimal(code.strip()) if _CODE.fullmatch(code.strip()) else None
    return Decimal(code) if isinstance(code, (int, Decimal)) and Decimal(code).is_finite() else None
