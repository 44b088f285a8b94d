"""What a provider's answer states about a task, before it is compared with what was due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

CREATE, STATUS = "create", "status"
_DIGITS_BEFORE = 18  # of an amount; 1e999 is five characters
_DIGITS_AFTER = 30


class RequestFact(NamedTuple):
    """One fact of the request, as an answer states it.

    Attributes:
        kind: the finding where it is not what was submitted.
        what: `model`, `duration`, `sound`, `billing_rule` or `user_group`.
        field: its path in the answer.
        text: what is stated.
    """

    kind: str
    what: str
    field: str
    text: str


class Facts(NamedTuple):
    """What an answer states; equal answers of different tasks share one.

    Attributes:
        provider: the provider's id; None where a sheet does not say.
        status: the provider's word for where the task stands.
        stage: `create` or `status` where the caller says which call was answered.
        progress: 0 to 100.
        reserved, settled: amounts that the provider names so.
        taken: an amount that is a reservation while the task is open, and its settlement at the end.
        refunded: what has been given back and is stated apart.
        request_facts: what it says of the request.
        unusable: amounts that cannot be used: field and value.
        small_unit: the caller says that amounts are in the provider's smaller unit.
        money: what was taken beside `taken` and is stated in money, where the provider counts in units else.
        list_price: what `money` would have been without the account's discount.
        money_in: the currency that the answer names for `money`; None for the provider's.
    """

    provider: str | None
    status: str | None = None
    stage: str | None = None
    progress: Decimal | None = None
    reserved: Decimal | None = None
    settled: Decimal | None = None
    taken: Decimal | None = None
    refunded: Decimal | None = None
    request_facts: tuple[RequestFact, ...] = ()
    unusable: tuple[tuple[str, str], ...] = ()
    small_unit: bool = False
    money: Decimal | None = None
    list_price: Decimal | None = None
    money_in: str | None = None

    @property
    def has_amount(self) -> bool:
        """Whether it states an amount that can be used."""
        return self.reserved is not None or self.settled is not None or self.taken is not None

    def of_request(self, what: str) -> str | None:
        """What it says of one fact of the request; None where it says nothing.

        >>> fact = RequestFact("model_differs", "model", "model", "kling-v3")
        >>> Facts("evolink", request_facts=(fact,)).of_request("model")
        'kling-v3'
        """
        return next((fact.text for fact in self.request_facts if fact.what == what), None)


class Answer(NamedTuple):
    """One answer about one task.

    Attributes:
        facts: what it states.
        job_id: the job that the caller named beside it.
        created: when the task was created, in seconds since 1970; None where it is not said.
        request: the request as the answer repeats it.
        place: number of the source and its line, as `Responses.place` reads it.
        extra: further keys that the caller put beside it.
        external_id: the name that the caller gave the task when it was created, as the provider repeats it.
        listed: it stands in a list of tasks, which may hold those of the whole account.
    """

    facts: Facts
    job_id: str | None
    created: int | Decimal | None
    request: Mapping[str, Any] | None
    place: int
    extra: Mapping[str, Any] | None
    external_id: str | None = None
    listed: bool = False

    def same_as(self, other: Answer) -> bool:
        """Whether both are the same answer, whatever their place and what was noted beside them."""
        if self.facts is not other.facts and self.facts != other.facts:
            return False
        if (self.job_id, self.created, self.request) != (other.job_id, other.created, other.request):
            return False
        return self.external_id == other.external_id


class Event(NamedTuple):
    """A reservation, settlement or refund of a task. Immutable; several of one task are never merged.

    Attributes:
        kind: `reservation`, `settlement` or `refund`.
        amount: in the provider's currency, as stated.
        status: the provider's word.
        source: the file's name.
        row: its line or position.
        created: when the task was created, in seconds since 1970; None where no answer says it.
    """

    kind: Literal["reservation", "settlement", "refund"]
    amount: Decimal
    status: str | None
    source: str
    row: int
    created: int | Decimal | None = None


def first_moment(answers: Iterable[Answer]) -> int | Decimal | None:
    """When a task was created, by the earliest that its answers say; None where none does.

    >>> first_moment([])
    """
    return min((answer.created for answer in answers if answer.created is not None), default=None)


def utc_day(moment: int | Decimal | None) -> date | None:
    """The day of a moment in seconds since 1970, in UTC; None where there is none, or it is no day.

    >>> utc_day(1790605869), utc_day(None), utc_day(10**15)
    (datetime.date(2026, 9, 28), None, None)
    """
    try:
        return None if moment is None else datetime.fromtimestamp(int(moment), UTC).date()
    except (ValueError, OverflowError, OSError):
        return None


def usable(value: Any) -> Decimal | None:
    """An amount from a JSON number; None for text, true, null, a negative or absurd number: never zero.

    >>> usable(27), usable(Decimal("27.0")), usable("27"), usable(True), usable(-1), usable(Decimal("1e999"))
    (Decimal('27'), Decimal('27.0'), None, None, None, None)
    """
    if value.__class__ is int:
        value = Decimal(value) if abs(value) < 10**_DIGITS_BEFORE else None
    if value.__class__ is not Decimal or not value.is_finite() or value < 0:
        return None
    if value.adjusted() >= _DIGITS_BEFORE or int(value.as_tuple().exponent) < -_DIGITS_AFTER:
        return None
    return value.copy_abs()  # equal amounts are one: -0.0 is 0
