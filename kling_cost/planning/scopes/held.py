"""What a limit holds: costs that are planned, open and charged, by currency."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from kling_cost.amounts import EXACT
from kling_cost.planning.rules.rule_types import NO_CONTINGENCY, Contingency
from kling_cost.pricing.line_item import Charge

_NOTHING = Decimal(0)
#: What the jobs of a limit cost at most, with a confidence; None where that cannot be known. It is asked for by the
#: limit's currency, the file whose jobs it holds, and the place of its scope with its month.
Enough = Callable[[str, "str | None", "tuple[int, str | None] | None"], "Fraction | None"]


class CostSums:
    """Exact sums by currency.

    >>> sums = CostSums()
    >>> sums.add("USD", Decimal("0.1"), 3)
    >>> dict(sums.costs)
    {'USD': Decimal('0.3')}
    """

    def __init__(self, costs: Mapping[str, Decimal] | None = None) -> None:
        self.costs: dict[str, Decimal] = dict(costs or {})

    def add(self, currency: str, amount: Decimal, times: int = 1) -> None:
        """Add an amount so many times; adding it no times changes nothing."""
        if times:
            before = self.costs.get(currency, _NOTHING)
            self.costs[currency] = EXACT.add(before, EXACT.multiply(amount, Decimal(times)))


class PlannedSums(CostSums):
    """Exact sums of what is planned, by currency: the most that it may be, and the least.

    Attributes:
        costs: the most; of a part that has no upper end, the least.
        least: the least.
        open_ended: currencies in which a part has no upper end.

    >>> sums = PlannedSums()
    >>> sums.add_bounds("USD", Decimal(2), None, 3)
    >>> dict(sums.costs), sums.open_ended
    ({'USD': Decimal('6')}, {'USD'})
    """

    def __init__(self) -> None:
        super().__init__()
        self._least = CostSums()
        self.open_ended: set[str] = set()

    @property
    def least(self) -> Mapping[str, Decimal]:
        """The least, by currency."""
        return self._least.costs

    def add_bounds(self, currency: str, least: Decimal, most: Decimal | None, times: int = 1) -> None:
        """Add the least and the most of an amount so many times."""
        self.add(currency, least if most is None else most, times)
        self._least.add(currency, least, times)
        if most is None and times:
            self.open_ended.add(currency)

    def add_charge(self, charge: Charge, times: int) -> None:
        """Add what one take costs so many times."""
        self.add_bounds(charge.currency, charge.least, charge.cost, times)

    def add_all(self, others: PlannedSums) -> None:
        """Add all of other sums."""
        for currency, most in others.costs.items():
            self.add(currency, most)
            self._least.add(currency, others.least[currency])
        self.open_ended |= others.open_ended


@dataclass(frozen=True, slots=True)
class Held:
    """What is counted under a limit.

    Attributes:
        planned: takes that have not been submitted yet.
        actual: what was charged; None where no actuals are known.
        open: what is reserved, or due for tasks without an amount.
        unpriced: a job that it holds has no price.
        unsure: it may hold more, of jobs that are not known.
        undated: what it may hold more, of tasks whose day is not known.
        doubtful: what of `actual` and `open` it may not hold, since its day is not known.
        base: the limit before anything was carried over; None for a limit that carries nothing.
        carried: what was carried over; None where that is not known.
        most_carried: the most that may be, where that is not known.
        contingency: what is set aside.
        quantum: the smallest unit of the limit's currency.
        enough: what has to be there in place of a contingency that rules name: planned, and whatever is set aside on
            top, with a confidence; None for the rules' contingency.
    """

    planned: PlannedSums
    actual: Mapping[str, Decimal] | None = None
    open: Mapping[str, Decimal] = field(default_factory=dict)
    unpriced: bool = False
    unsure: bool = False
    undated: Mapping[str, Decimal] = field(default_factory=dict)
    doubtful: Mapping[str, Decimal] = field(default_factory=dict)
    base: Decimal | None = None
    carried: Fraction | None = Fraction(0)
    most_carried: Decimal = _NOTHING
    contingency: Contingency = NO_CONTINGENCY
    quantum: Decimal = _NOTHING
    enough: Fraction | None = None

    @property
    def is_unsure(self) -> bool:
        """Whether something about it is not known."""
        return self.carried is None or self.unsure or self.unpriced

    def allowed(self, limit: Decimal) -> Fraction:
        """A limit with what was carried over, as far as that is known."""
        return Fraction(limit) + (self.carried or 0)

    def set_aside(self, planned: Fraction | None, currency: str) -> Fraction:
        """The contingency under a limit in a currency."""
        if planned is None:
            return Fraction(0)
        if self.enough is not None:
            return max(Fraction(0), self.enough - planned)
        return Fraction(self.contingency.of(planned, currency, self.quantum))
