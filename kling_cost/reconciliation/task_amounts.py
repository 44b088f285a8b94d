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
from kling_cost.reconciliation.answers import STATUS, Facts
from kling_cost.reconciliation.explain import ROUNDING_LIMIT, Explainer
from kling_cost.reconciliation.status_words import Meaning

_NOTHING = Decimal(0)


class Stand(NamedTuple):
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


class StatedAmounts:
    """The answers of one task in order, their amounts in the provider's currency.

    Args:
        meaning: of the words.
        explainer: tells an amount in the small unit from another.
        provider: whose answers; None where nobody says.
        charge, day: what is due, and whose rates count; None for a task that nothing is held against.
        facts: what the answers state, each once.

    Attributes:
        stands: the answers, the newest last.
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
        meaning: Meaning,
        explainer: Explainer,
        provider: str | None,
        charge: Charge | None,
        day: date | None,
        facts: Sequence[Facts],
    ) -> None:
        self._meaning, self._explainer = meaning, explainer
        self._provider, self._charge, self._day, self._facts = provider, charge, day, facts
        self._words = meaning.words.get(provider or "")
        self.scaled: dict[Decimal, Decimal] = {}
        self.stands = sorted((self._stand(f) for f in facts), key=_order)
        self.final = [s for s in self.stands if s.state != OPEN]
        self.in_conflict = {FAILED, SUCCEEDED} <= {s.state for s in self.final}
        self.ends = [s for s in self.final if not self.in_conflict or s.state == SUCCEEDED]
        opened = [s for s in self.stands if s.state == OPEN]
        self.created, self.ended = _newest(opened), _newest(self.ends)
        self.held = self.created if self.created is not None else _newest_of(self.stands, "reserved")
        self.back = max((s.refunded for s in (*opened, *self.ends) if s.refunded is not None), default=None)
        self.gross, self.net = self._gross_and_net()

    def _gross_and_net(self) -> tuple[Decimal | None, Decimal | None]:
        """What was taken, and what is left of it; a refund that is taken off already is not taken off again."""
        base = self.ended if self.ended is not None else self.created
        if base is None and self.in_conflict:
            base = _newest(self.final)
        if base is None or not self.back:
            return base, base
        whole, due = EXACT.add(base, self.back), self._charge.cost if self._charge is not None else None
        if whole == self.held or (self.held is None and self.back > base and whole == due):
            return whole, base
        return base, EXACT.subtract(base, self.back)

    @property
    def state(self) -> str:
        """Where the task stands, as its newest answer says that counts."""
        return self.last.state

    @property
    def last(self) -> Stand:
        """The newest answer that counts."""
        return (self.ends or self.stands)[-1]

    @property
    def is_settled(self) -> bool:
        """Whether the amount is a settled one, and not what is or was held."""
        newest = next((s for s in reversed(self.ends) if s.amount is not None), None)
        return bool(self.back) or (newest is not None and newest.settled is not None)

    @property
    def settled(self) -> Decimal | None:
        """What was taken in the end, where that is said, or is another amount than was held."""
        found = _newest_of(self.stands, "settled")
        return self.ended if found is None and self.held is not None and self.ended != self.held else found

    @property
    def given_back(self) -> Decimal | None:
        """What came back: as stated apart, or by how much the final amount of a failed task is lower."""
        stated = max((s.refunded for s in self.stands if s.refunded is not None), default=None)
        if stated is None and self.state == FAILED and self.created is not None and self.ended is not None:
            return EXACT.subtract(self.created, self.ended) if self.ended < self.created else None
        return stated

    @property
    def list_price(self) -> Decimal | None:
        """What the charge would have been without the account's discount; None where no answer says so."""
        newest = next((s for s in reversed(self.stands) if s.amount is not None), None)
        if newest is None or newest.facts.list_price is None or newest.facts.money is None:
            return None
        return EXACT.add(newest.amount or _NOTHING, EXACT.subtract(newest.facts.list_price, newest.facts.money))

    @property
    def other_currency(self) -> str | None:
        """The currency of an amount that cannot be held against what is due; None where there is none."""
        return next((s.facts.money_in for s in reversed(self.stands) if self._is_foreign(s.facts)), None)

    def _is_foreign(self, facts: Facts) -> bool:
        own = self._charge.currency if self._charge is not None else self._meaning.currency_of(self._provider)
        return facts.money_in is not None and facts.money_in != own

    def _with_money(self, amount: Decimal | None, facts: Facts) -> Decimal | None:
        """An amount with what is stated in money beside it; None where that is of another currency."""
        if amount is None or facts.money is None or self._is_foreign(facts):
            return amount if facts.money is None else None
        return EXACT.add(amount, facts.money)

    def _stand(self, facts: Facts) -> Stand:
        provider = facts.provider or self._provider
        state = self._meaning.state(provider, facts.status)
        at_end = state != OPEN
        reserved = facts.reserved if facts.reserved is not None or at_end else facts.taken
        settled = facts.taken if facts.settled is None and at_end else facts.settled
        stage = self._meaning.stage(facts, provider)
        progress = facts.progress if facts.progress is not None else Decimal(-1)
        held_small, settled_small, back_small = self._small_unit_of(reserved, settled, facts)
        return Stand(
            (at_end, stage == STATUS, progress, facts.refunded is not None),
            state,
            facts,
            self._with_money(self._amount(reserved, held_small), facts),
            self._with_money(self._amount(settled, settled_small), facts),
            self._amount(facts.refunded, back_small),
        )

    def _amount(self, stated: Decimal | None, is_small: bool) -> Decimal | None:
        """An amount in the provider's currency; one in its small unit is divided first."""
        if stated is None or self._words is None:
            return stated
        if self._words.counted_in is not None:
            return EXACT.multiply(stated, self._words.counted_in)
        if is_small and stated:
            return self.scaled.setdefault(stated, self._divided(stated))
        return stated

    def _divided(self, stated: Decimal) -> Decimal:
        small = self._words.small_unit if self._words is not None else None
        return stated if small is None else EXACT.divide(stated, Decimal(small[1]))

    def _small_unit_of(self, reserved: Decimal | None, settled: Decimal | None, facts: Facts) -> Sequence[bool]:
        """Which of an answer's amounts, its refund last, are stated in the small unit.

        An amount is where the caller says so, or where nothing else explains it; what stands beside such an amount is,
        too, if it can be; a refund that stands alone follows the amounts of the task's other answers.
        """
        back = facts.refunded
        if self._words is None or self._words.small_unit is None:
            return (False, False, False)
        if facts.small_unit:
            return (True, True, True)
        small = [bool(amount) and self._looks_small(amount) for amount in (reserved, settled)]  # type: ignore[arg-type]
        if any(small):
            small = [s or self._may_be_small(a) for s, a in zip(small, (reserved, settled), strict=True)]
        follows = any(small) or (reserved is None and settled is None and self._others_are_small)
        return (*small, bool(back) and back == back.to_integral_value() and follows)  # type: ignore[union-attr]

    @cached_property
    def _others_are_small(self) -> bool:
        """Whether every amount that the task's answers state is in the small unit."""
        stated = {a for f in self._facts for a in (f.reserved, f.settled, f.taken) if a}
        return bool(stated) and all(self._looks_small(amount) for amount in stated)

    def _may_be_small(self, stated: Decimal | None) -> bool:
        charge = self._charge
        if charge is None or not stated or stated != stated.to_integral_value():
            return False
        return abs(stated - charge.cost) >= ROUNDING_LIMIT and not self._explainer.explained_by(
            charge, self._day, stated
        )

    def _looks_small(self, stated: Decimal) -> bool:
        charge, divided = self._charge, self._divided(stated)
        if charge is None or stated != stated.to_integral_value() or abs(stated - charge.cost) < ROUNDING_LIMIT:
            return False
        if abs(divided - charge.cost) < ROUNDING_LIMIT:
            return True
        explain = self._explainer.explained_by
        return not explain(charge, self._day, stated) and bool(explain(charge, self._day, divided))


def _order(stand: Stand) -> tuple[Any, ...]:
    """From the oldest to the newest; of equal standing, the larger amount and the failure come last."""
    amount = stand.amount
    return (
        stand.rank,
        amount is not None,
        amount if amount is not None else _NOTHING,
        stand.state == FAILED,
        str(stand.facts),
    )


def _newest(stands: Sequence[Stand]) -> Decimal | None:
    """The amount of the newest answer that states one."""
    return next((s.amount for s in reversed(stands) if s.amount is not None), None)


def _newest_of(stands: Sequence[Stand], name: str) -> Decimal | None:
    return next((amount for s in reversed(stands) if (amount := getattr(s, name)) is not None), None)
