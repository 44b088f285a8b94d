"""The answers of one task in order, and what their amounts come to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from kling_cost.amounts import EXACT
from kling_cost.pricebook.book import FAILED, OPEN, SUCCEEDED
from kling_cost.pricing.line_item import Charge
from kling_cost.reconciliation.answers.answer import STATUS, Facts
from kling_cost.reconciliation.answers.status_words import StatusWords
from kling_cost.reconciliation.findings.explain import ROUNDING_LIMIT, Explainer

_NOTHING = Decimal(0)


class RankedAnswer(NamedTuple):
    """One answer, ranked: the amounts that it states, in the provider's currency."""

    rank: tuple[bool, bool, Decimal, bool]
    state: str
    facts: Facts
    reserved: Decimal | None
    settled: Decimal | None
    refunded: Decimal | None

    @property
    def amount(self) -> Decimal | None:
        """What it states: the settlement, else the reservation."""
        return self.settled if self.settled is not None else self.reserved


class TaskAmounts:
    """The answers of one task in order, their amounts in the provider's currency.

    Args:
        words: what the words of answers mean.
        explainer: tells an amount in the small unit from another.
        provider: whose answers; None where nobody says.
        charge, day: what is due, and whose rates count; None for a task that nothing is held against.
        facts: what the answers state, each once.

    Attributes:
        ranked: the answers, the newest last.
        ends: the final ones that count: where a task is said to have failed and to have succeeded, the latter.
        in_conflict: it is said to have ended both ways.
        created, ended: the newest amount at creation and at the end; None where none is stated.
        back: what an answer that counts says was given back.
        gross: what was taken before anything came back; None where no answer states a usable amount.
        net: what was taken in the end.
        scaled: amounts that were stated in the small unit, and what they are in the currency.
    """

    def __init__(
        self,
        words: StatusWords,
        explainer: Explainer,
        provider: str | None,
        charge: Charge | None,
        day: date | None,
        facts: Sequence[Facts],
    ) -> None:
        self._words, self._explainer = words, explainer
        self._provider, self._charge, self._day, self._facts = provider, charge, day, facts
        self._own = words.by_provider.get(provider or "")
        self.scaled: dict[Decimal, Decimal] = {}
        self.ranked = sorted((self._ranked(f) for f in facts), key=_order)
        self.final = [s for s in self.ranked if s.state != OPEN]
        self.in_conflict = {FAILED, SUCCEEDED} <= {s.state for s in self.final}
        self.ends = [s for s in self.final if not self.in_conflict or s.state == SUCCEEDED]
        opened = [s for s in self.ranked if s.state == OPEN]
        self.created, self.ended = _newest(opened), _newest(self.ends)
        self.held = self.created if self.created is not None else _newest_of(self.ranked, "reserved")
        self.back = max((s.refunded for s in (*opened, *self.ends) if s.refunded is not None), default=None)
        self.gross, self.net = self._gross_and_net()

    def _gross_and_net(self) -> tuple[Decimal | None, Decimal | None]:
        """What was taken, and what is left of it; a refund that is taken off already is not taken off again."""
        base = self.ended if self.ended is not None else self.created
        if base is None and self.in_conflict:
            base = _newest(self.final)
        if base is None or not self.back:
            return base, base
        whole = EXACT.add(base, self.back)
        if whole == self.held or (self.held is None and self.back > base and self._is_due(whole)):
            return whole, base
        return base, EXACT.subtract(base, self.back)

    def _is_due(self, amount: Decimal) -> bool:
        return self._charge is not None and amount == self._charge.nearest(amount)

    @property
    def state(self) -> str:
        """Where the task stands, as its newest answer says that counts."""
        return self.last.state

    @property
    def last(self) -> RankedAnswer:
        """The newest answer that counts."""
        return (self.ends or self.ranked)[-1]

    @property
    def is_settled(self) -> bool:
        """Whether the amount is a settled one, and not what is or was held."""
        newest = next((s for s in reversed(self.ends) if s.amount is not None), None)
        return bool(self.back) or (newest is not None and newest.settled is not None)

    @property
    def settled(self) -> Decimal | None:
        """What was taken in the end, where that is said, or is another amount than was held."""
        found = _newest_of(self.ranked, "settled")
        return self.ended if found is None and self.held is not None and self.ended != self.held else found

    @property
    def given_back(self) -> Decimal | None:
        """What came back: as stated apart, or by how much the final amount of a failed task is lower."""
        refunded = max((s.refunded for s in self.ranked if s.refunded is not None), default=None)
        if refunded is None and self.state == FAILED and self.created is not None and self.ended is not None:
            return EXACT.subtract(self.created, self.ended) if self.ended < self.created else None
        return refunded

    @property
    def list_price(self) -> Decimal | None:
        """What the charge would have been without the account's discount; None where no answer says so."""
        newest = next((s for s in reversed(self.ranked) if s.amount is not None), None)
        if newest is None or newest.facts.list_price is None or newest.facts.money is None:
            return None
        return EXACT.add(newest.amount or _NOTHING, EXACT.subtract(newest.facts.list_price, newest.facts.money))

    @property
    def other_currency(self) -> str | None:
        """The currency of an amount that cannot be compared with what is due; None where there is none."""
        return next((s.facts.money_in for s in reversed(self.ranked) if self._is_foreign(s.facts)), None)

    def _is_foreign(self, facts: Facts) -> bool:
        own = self._charge.currency if self._charge is not None else self._words.currency_of(self._provider)
        return facts.money_in is not None and facts.money_in != own

    def _with_money(self, amount: Decimal | None, facts: Facts) -> Decimal | None:
        """An amount with what is stated in money beside it; None where that is of another currency."""
        if amount is None or facts.money is None or self._is_foreign(facts):
            return amount if facts.money is None else None
        return EXACT.add(amount, facts.money)

    def _ranked(self, facts: Facts) -> RankedAnswer:
        provider = facts.provider or self._provider
        state = self._words.state(provider, facts.status)
        at_end = state != OPEN
        reserved = facts.reserved if facts.reserved is not None or at_end else facts.taken
        settled = facts.taken if facts.settled is None and at_end else facts.settled
        stage = self._words.stage(facts, provider)
        progress = facts.progress if facts.progress is not None else Decimal(-1)
        held_small, settled_small, back_small = self._small_unit_of(reserved, settled, facts)
        return RankedAnswer(
            (at_end, stage == STATUS, progress, facts.refunded is not None),
            state,
            facts,
            self._with_money(self._amount(reserved, held_small), facts),
            self._with_money(self._amount(settled, settled_small), facts),
            self._amount(facts.refunded, back_small),
        )

    def _amount(self, amount: Decimal | None, is_small: bool) -> Decimal | None:
        """An amount in the provider's currency; one in its small unit is divided first."""
        if amount is None or self._own is None:
            return amount
        if self._own.counted_in is not None:
            return EXACT.multiply(amount, self._own.counted_in)
        if is_small and amount:
            return self.scaled.setdefault(amount, self._divided(amount))
        return amount

    def _divided(self, amount: Decimal) -> Decimal:
        small = self._own.small_unit if self._own is not None else None
        return amount if small is None else EXACT.divide(amount, Decimal(small[1]))

    def _small_unit_of(self, reserved: Decimal | None, settled: Decimal | None, facts: Facts) -> Sequence[bool]:
        """Which of an answer's amounts, its refund last, are stated in the small unit.

        An amount is where the caller says so, or where nothing else explains it; what stands beside such an amount is,
        too, if it can be; a refund that stands alone follows the amounts of the task's other answers.
        """
        if self._own is None or self._own.small_unit is None:
            return (False, False, False)
        if facts.small_unit:
            return (True, True, True)
        amounts = (reserved, settled)
        small = [self._looks_small(amount) for amount in amounts]
        if any(small):
            small = [self._looks_small(amount) or self._may_be_small(amount) for amount in amounts]
        elif amounts != (None, None) or not self._is_small_elsewhere:
            return (False, False, False)
        return (*small, _is_whole(facts.refunded))

    @cached_property
    def _is_small_elsewhere(self) -> bool:
        """Whether every amount that the task's answers state is in the small unit."""
        amounts = {a for f in self._facts for a in (f.reserved, f.settled, f.taken) if a}
        return bool(amounts) and all(self._looks_small(amount) for amount in amounts)

    def _may_be_small(self, amount: Decimal | None) -> bool:
        """Whether nothing else explains an amount."""
        charge = self._charge
        if (
            charge is None
            or amount is None
            or not _is_whole(amount)
            or abs(amount - charge.nearest(amount)) < ROUNDING_LIMIT
        ):
            return False
        return not self._explainer.explained_by(charge, self._day, amount)

    def _looks_small(self, amount: Decimal | None) -> bool:
        """Whether an amount is explained once it is divided, and not before."""
        charge = self._charge
        if (
            charge is None
            or amount is None
            or not _is_whole(amount)
            or abs(amount - charge.nearest(amount)) < ROUNDING_LIMIT
        ):
            return False
        divided = self._divided(amount)
        if abs(divided - charge.nearest(divided)) < ROUNDING_LIMIT:
            return True
        explain = self._explainer.explained_by
        return not explain(charge, self._day, amount) and bool(explain(charge, self._day, divided))


def _is_whole(amount: Decimal | None) -> bool:
    """Whether an amount is a whole number that is not 0."""
    return bool(amount) and amount == amount.to_integral_value()  # type: ignore[union-attr]


def _order(answer: RankedAnswer) -> tuple[Any, ...]:
    """From the oldest to the newest; of equal standing, the larger amount and the failure come last."""
    amount = answer.amount
    return (
        answer.rank,
        amount is not None,
        amount if amount is not None else _NOTHING,
        answer.state == FAILED,
        str(answer.facts),
    )


def _newest(answers: Sequence[RankedAnswer]) -> Decimal | None:
    """The amount of the newest answer that states one."""
    return next((s.amount for s in reversed(answers) if s.amount is not None), None)


def _newest_of(answers: Sequence[RankedAnswer], name: str) -> Decimal | None:
    return next((amount for s in reversed(answers) if (amount := getattr(s, name)) is not None), None)
