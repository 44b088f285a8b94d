"""The answers of one task in order, and what their amounts come to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.actuals.answers import STATUS, Facts
from kling_cost.actuals.explain import ROUNDING_LIMIT, Explainer
from kling_cost.actuals.meaning import Meaning
from kling_cost.amounts import EXACT
from kling_cost.pricebook.book import FAILED, OPEN
from kling_cost.pricing.line_item import Charge

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
        self._provider, self._charge, self._day = provider, charge, day
        self._words = meaning.words.get(provider or "")
        self.scaled: dict[Decimal, Decimal] = {}
        self.stands = sorted((self._stand(f) for f in facts), key=_order)
        self.final = [s for s in self.stands if s.state != OPEN]
        self.created = _newest([s for s in self.stands if s.state == OPEN])
        self.ended = _newest(self.final)
        self.base = self.ended if self.ended is not None else self.created
        self.back = max((s.refunded for s in self.stands if s.refunded is not None), default=None)
        self.held = self.created if self.created is not None else _newest_of(self.stands, "reserved")
        taken_off = self.base is None or self.back is None
        self.net = self.base if taken_off else _net(self.base, self.back, self.held)  # type: ignore[arg-type]

    @property
    def state(self) -> str:
        """Where the task stands: as its newest answer says; where two of equal standing differ, failed."""
        last = self.stands[-1]
        return FAILED if any(s.state == FAILED and s.rank == last.rank for s in self.final) else last.state

    @property
    def settled(self) -> Decimal | None:
        """What was taken in the end, where that is said, or is another amount than was held."""
        found = _newest_of(self.stands, "settled")
        return self.ended if found is None and self.held is not None and self.ended != self.held else found

    @property
    def given_back(self) -> Decimal | None:
        """What came back: as stated apart, or by how much the final amount of a failed task is lower."""
        if self.back is None and self.state == FAILED and self.created is not None and self.ended is not None:
            return EXACT.subtract(self.created, self.ended) if self.ended < self.created else None
        return self.back

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
        return Stand(
            (at_end, stage == STATUS, progress, facts.refunded is not None),
            state,
            facts,
            self._with_money(self._amount(reserved, facts), facts),
            self._with_money(self._amount(settled, facts), facts),
            self._amount(facts.refunded, facts),
        )

    def _amount(self, stated: Decimal | None, facts: Facts) -> Decimal | None:
        """An amount in the provider's currency; one in its small unit is divided first."""
        if stated is None or self._words is None:
            return stated
        if self._words.counted_in is not None:
            return EXACT.multiply(stated, self._words.counted_in)
        small = self._words.small_unit
        if small is None or not stated:
            return stated
        divided = EXACT.divide(stated, Decimal(small[1]))
        if stated in self.scaled or facts.small_unit or self._looks_small(stated, divided):
            self.scaled[stated] = divided
            return divided
        return stated

    def _looks_small(self, stated: Decimal, divided: Decimal) -> bool:
        charge, explain = self._charge, self._explainer.explained_by
        if charge is None or stated != stated.to_integral_value() or abs(stated - charge.cost) < ROUNDING_LIMIT:
            return False
        if abs(divided - charge.cost) < ROUNDING_LIMIT:
            return True
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


def _net(base: Decimal, back: Decimal, held: Decimal | None) -> Decimal:
    """An amount less what was given back, unless that is taken off already."""
    if back > base or (held is not None and EXACT.add(base, back) == held):
        return base
    return EXACT.subtract(base, back)
