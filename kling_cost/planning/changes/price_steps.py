"""What changed the cost of a job, step by step: each step is the difference of two prices of the pricer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.amounts import EXACT, plain_text
from kling_cost.jobs.job import NO_ASK, Ask, ask_for
from kling_cost.pricebook.book import PRICED_OPTIONS, PriceBook
from kling_cost.pricebook.terms.extras import COUNTED_NEEDS
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.pricing.pricer import Pricer, pricer

REMOVED, ADDED, PRICE, SELLER, DURATION, TAKES, OTHER = (
    "removed", "added", "price", "seller", "duration", "takes", "other",
)  # fmt: skip
EXCHANGE = "exchange"
#: Price and options together, where no price book tells them apart.
UNSPLIT = "price+options"


class Step(NamedTuple):
    """How much one kind of change adds to a cost.

    Attributes:
        step: which, such as `price` or `takes`; joined by `+` where only several together have a price.
        currency: of the amount.
        amount: positive where it costs more.
    """

    step: str
    currency: str
    amount: Decimal


class _Priced(NamedTuple):
    """What one call costs after a step."""

    step: str
    currency: str
    cost: Decimal


class _Request(NamedTuple):
    """What a price depends on: who sells which model, every option, the seconds among them, and what is counted."""

    seller: tuple[str, str]
    options: dict[str, str]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two plans, with the price book that its figures are from.

    Attributes:
        estimate: the plan.
        pricer: None where the plan was stored and its price book is not at hand.
    """

    estimate: Estimate
    pricer: Pricer | None

    @property
    def is_stored(self) -> bool:
        """Whether its figures were taken as they are."""
        return self.estimate.book is None

    def day(self, item: LineItem) -> date | None:
        """The day whose rates priced a job; a stored line keeps only the first day of its rate."""
        if not self.is_stored or self.pricer is None:
            return item.job.date
        charge = self.pricer.quote(_ask(_request(item.charge))).charge
        return None if charge and charge.rate_effective_from == item.rate_effective_from else item.rate_effective_from

    def cost(self, item: LineItem) -> Decimal:
        """What one call costs by its price book; the figure of the plan itself where no book says."""
        if not self.is_stored or self.pricer is None:
            return item.charge.due
        charge = self.pricer.quote(_ask(_request(item.charge)), self.day(item)).charge
        if charge is None or charge.cost is None or charge.currency != item.currency:
            return item.charge.due
        return charge.cost


def side_of(estimate: Estimate, book: PriceBook | None) -> Side:
    """A plan with its own price book, else the one that is given for it."""
    known = estimate.book or book
    return Side(estimate, None if known is None else pricer(known, estimate.as_of))


class StepFinder:
    """Finds the steps between an old and a new job; those of the same prices and options are worked out once.

    Args:
        old, new: the plans.
        options: the options that a price may depend on, in the order of their steps.
    """

    def __init__(self, old: Side, new: Side, options: Sequence[str]) -> None:
        self._old, self._new, self._options = old, new, (*options, DURATION)
        self._known: dict[tuple[Any, ...], tuple[_Priced, ...]] = {}
        self._steps: dict[tuple[Any, ...], tuple[Step, ...]] = {}

    def steps(self, old: LineItem, new: LineItem) -> tuple[Step, ...]:
        """The steps from one job to another; for each currency they add up to the difference of the costs."""
        prices = (id(old.charge), id(old.job.ask), id(new.charge), new.job.date)
        key = (prices, old.job.takes, new.job.takes)
        found = self._steps.get(key)
        if found is None:
            found = self._steps[key] = tuple(self._found(old, new, prices))
        return found

    def _found(self, old: LineItem, new: LineItem, key: tuple[Any, ...]) -> Iterator[Step]:
        prices = self._known.get(key)
        if prices is None:
            prices = self._known[key] = tuple(self._prices(old, new))
        takes, at = Decimal(old.takes), (old.currency, old.charge.due)
        for step, currency, cost in prices:
            yield from _difference(step, at, (currency, cost), takes, takes)
            at = currency, cost
        yield from _difference(TAKES, at, at, takes, Decimal(new.takes))
        yield from _difference(OTHER, at, (new.currency, new.charge.due), Decimal(new.takes), Decimal(new.takes))

    def _prices(self, old: LineItem, new: LineItem) -> Iterator[_Priced]:
        """What one call costs after each step; a step that is not for sale is joined with the next."""
        by_book = self._old.cost(old)
        if by_book != old.charge.due:
            yield _Priced(OTHER, old.currency, by_book)
        at, goal, day = _request(old.charge), _request(new.charge), self._new.day(new)
        pending: list[str] = []
        if self._may_have_moved(old.charge, new.charge):
            now = self._at_new_prices(old, day)
            if now is None or now.cost is None:
                pending.append(PRICE)
            else:
                at = _request(now)
                yield _Priced(PRICE, now.currency, now.cost)
        for step, request in self._path(at, goal):
            pending.append(step)
            price = self._price(request, day) if request != goal else (new.currency, self._new.cost(new))
            if price is not None:
                yield _Priced(self._joined(pending), *price)
                pending = []
        if pending:
            yield _Priced(PRICE, new.currency, self._new.cost(new))

    def _joined(self, steps: Sequence[str]) -> str:
        if self._new.pricer is None and steps[0] == PRICE and len(steps) > 1:
            return UNSPLIT
        return "+".join(steps)

    def _may_have_moved(self, old: Charge, new: Charge) -> bool:
        """Whether the price itself may be another; without a price book, only what the plans keep of it tells."""
        if self._new.pricer is not None:
            return True
        one, other = self._old.estimate, self._new.estimate
        if one.price_book.sha256 != other.price_book.sha256:
            return True
        if (old.provider, old.model) == (new.provider, new.model):
            return old.rate_effective_from != new.rate_effective_from
        return one.as_of != other.as_of

    def _at_new_prices(self, old: LineItem, day: date | None) -> Charge | None:
        """The charge of the old job as it was asked for, options left out among it, at the prices of the new plan."""
        if self._new.pricer is None:
            return None
        charge = self._new.pricer.quote(_asked(old), day).charge
        return charge or self._new.pricer.quote(_ask(_request(old.charge)), day).charge

    def _price(self, request: _Request, day: date | None) -> tuple[str, Decimal] | None:
        charge = None if self._new.pricer is None else self._new.pricer.quote(_ask(request), day).charge
        return None if charge is None or charge.cost is None else (charge.currency, charge.cost)

    def _path(self, at: _Request, goal: _Request) -> Iterator[tuple[str, _Request]]:
        """Each change from one request to another, with the request after it.

        Options that only one of two sellers knows change with the seller, so that no default of either is priced.
        """
        options, wanted = dict(at.options), goal.options
        if at.seller != goal.seller:
            options = {name: options.get(name, value) for name, value in wanted.items()}
            yield SELLER, _Request(goal.seller, dict(options))
        for name in self._options:
            if options.get(name) != wanted.get(name):
                options.pop(name, None)
                options.update({name: wanted[name]} if name in wanted else {})
                yield name, _Request(goal.seller, dict(options))


def _difference(
    step: str, at: tuple[str, Decimal], to: tuple[str, Decimal], takes: Decimal, new_takes: Decimal
) -> Iterator[Step]:
    """What a step adds: the difference of two costs, or both where they are in two currencies."""
    before, after = EXACT.multiply(at[1], takes), EXACT.multiply(to[1], new_takes)
    if at[0] != to[0]:
        yield from (Step(step, at[0], before.copy_negate()), Step(step, to[0], after))
    elif before != after:
        yield Step(step, at[0], EXACT.subtract(after, before))


def _request(charge: Charge) -> _Request:
    return _Request((charge.provider, charge.model), {**charge.options, **dict(counted(charge))})


def counted(charge: Charge) -> tuple[tuple[str, str], ...]:
    """What was counted beside the options; of a stored charge, what was charged of it."""
    stored = (extra for extra in charge.adjustments.extras if extra.per in COUNTED_NEEDS)
    return charge.adjustments.asked or tuple((extra.per, plain_text(extra.quantity)) for extra in stored)


def _ask(request: _Request) -> Ask:
    options = request.options
    seconds = options.get(DURATION)
    named = [name for name in PRICED_OPTIONS if name in options]
    named += [name for name in options if name not in (DURATION, *PRICED_OPTIONS)]
    return ask_for(*request.seller, int(seconds) if seconds else None, tuple((name, options[name]) for name in named))


def _asked(item: LineItem) -> Ask:
    """What a job asks for, without what was left out; a stored line names its options and the defaults among them."""
    if item.job.ask != NO_ASK:
        return item.job.ask
    seller, options = _request(item.charge)
    given = {name: value for name, value in options.items() if name not in item.defaults_applied}
    return _ask(_Request(seller, given))
