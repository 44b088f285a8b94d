"""Exact sums of charges: totals and breakdowns, the same whether line items are kept or only counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from kling_cost.amounts import EXACT, divide_half_up, grouped_text, plain_text
from kling_cost.pricing.line_item import Charge
from kling_cost.results.certainty import AT_LEAST, AT_MOST, RANGE, certainty_of_sum
from kling_cost.results.certainty import EXACT as CERTAIN


class Total(NamedTuple):
    """A sum over line items of one currency.

    Attributes:
        key: the value that they share in a breakdown; None where they lack it, and in the totals.
        currency: their currency.
        jobs, takes: how many.
        cost: exact, in the currency: the most that it may be; None where that has no upper end.
        usd: `cost` in dollars, rounded half up to 12 decimals; None where it or the exchange rate is not known.
        certainty: how certain `cost` is, as of a line item.
        cost_least: the least that it may be, where `cost` is not exact.
    """

    key: str | None
    currency: str
    jobs: int
    takes: int
    cost: Decimal | None
    usd: Decimal | None
    certainty: str = CERTAIN
    cost_least: Decimal | None = None

    @property
    def least(self) -> Decimal:
        """The least that it may be; `cost` itself where that is exact."""
        known = self.cost if self.certainty == CERTAIN else self.cost_least
        return Decimal(0) if known is None else known

    @property
    def due(self) -> Decimal:
        """The one figure that stands for the sum: the most that it may be, or the least without one."""
        return self.least if self.cost is None else self.cost


def _quality_and_sound(charge: Charge) -> str | None:
    quality, sound = charge.options.get("quality"), charge.options.get("sound")
    return f"{quality},{sound}" if quality and sound else None


#: Breakdowns that every estimate has, and what a line is counted under; `tag:NAME` for each tag comes beside them.
BREAKDOWNS: Mapping[str, Callable[[Charge], str | None]] = {
    "provider": lambda charge: charge.provider,
    "model": lambda charge: charge.model,
    "quality": lambda charge: charge.options.get("quality"),
    "sound": lambda charge: charge.options.get("sound"),
    "quality,sound": _quality_and_sound,
}
_NOTHING = Decimal(0)
#: A charge, and how many jobs and takes share it.
Shared = tuple[Charge, int, int]


def sums_text(totals: Iterable[Total]) -> str:
    """Totals for people, on one line.

    >>> sums_text([Total(None, "USD", 1, 1, Decimal("1000.50"), Decimal("1000.50"))])
    '1,000.5 USD'
    """
    return ", ".join(f"{bounded_text(total, grouped_text)} {total.currency}" for total in totals) or "nothing"


def bounded_text(total: Total, written: Callable[[Decimal], str] = plain_text) -> str:
    """A sum for people: its two ends, or the one that is known.

    >>> bounded_text(Total(None, "USD", 1, 1, Decimal(10), None, "range", Decimal(3)))
    '3 to 10'
    >>> bounded_text(Total(None, "USD", 1, 1, None, None, "at_least", Decimal(3)))
    'at least 3'
    """
    if total.cost is None:
        return f"at least {written(total.least)}"
    if total.certainty == RANGE:
        return f"{written(total.least)} to {written(total.cost)}"
    return f"{'at most ' if total.certainty == AT_MOST else ''}{written(total.cost)}"


@dataclass(slots=True)
class _Sum:
    """What charges of one key and currency come to so far.

    Attributes:
        per_usd: one and the same for a currency.
        jobs, takes: how many.
        most: what those cost at most that have an upper end; `least`: what all cost at least.
        inexact: how many jobs are not exact, by their certainty.
        open_takes, open_least: takes of those without an upper end, and what they cost at least.
    """

    per_usd: Decimal | None
    jobs: int = 0
    takes: int = 0
    most: Decimal = Decimal(0)
    least: Decimal = Decimal(0)
    inexact: Counter[str] = field(default_factory=Counter)
    open_takes: int = 0
    open_least: Decimal = Decimal(0)

    def count(self, other: _Sum, times: int = 1) -> None:
        """Add what others come to; -1 times takes them away."""
        self.jobs += times * other.jobs
        self.takes += times * other.takes
        self.open_takes += times * other.open_takes
        for name in ("most", "least", "open_least"):
            amount = EXACT.multiply(getattr(other, name), Decimal(times))
            setattr(self, name, EXACT.add(getattr(self, name), amount))
        for certainty, number in other.inexact.items():
            self.inexact[certainty] += times * number

    def closed(self) -> _Sum:
        """The same without what has no upper end."""
        jobs, takes = self.jobs - self.inexact[AT_LEAST], self.takes - self.open_takes
        inexact = Counter({word: number for word, number in self.inexact.items() if word != AT_LEAST})
        return _Sum(self.per_usd, jobs, takes, self.most, EXACT.subtract(self.least, self.open_least), inexact)

    def total(self, key: str | None, currency: str) -> Total:
        certainty = certainty_of_sum([word for word, jobs in self.inexact.items() if jobs])
        cost = None if certainty == AT_LEAST else self.most
        usd = None if self.per_usd is None or cost is None else divide_half_up(cost, self.per_usd)
        least = None if certainty == CERTAIN else self.least
        return Total(key, currency, self.jobs, self.takes, cost, usd, certainty, least)


class Sums:
    """Exact sums by key and currency.

    >>> from kling_cost.pricing.single_price import price
    >>> sums = Sums()
    >>> sums.add("opening", price("kling-v3-text-to-video").charge, 1, 3)
    >>> [(total.key, total.takes, total.cost) for total in sums.totals()]
    [('opening', 3, Decimal('81.0000'))]
    """

    def __init__(self) -> None:
        self._sums: dict[tuple[str | None, str], _Sum] = {}

    def __eq__(self, other: object) -> bool:
        return self._sums == other._sums if isinstance(other, Sums) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it grows

    def add(self, key: str | None, charge: Charge, jobs: int, takes: int) -> None:
        """Count a charge under a key."""
        found = self._of(key, charge.currency, charge.per_usd)
        found.jobs += jobs
        found.takes += takes
        most = _NOTHING if charge.cost is None else EXACT.multiply(charge.cost, Decimal(takes))
        least = most if charge.certainty == CERTAIN else EXACT.multiply(charge.least, Decimal(takes))
        found.most, found.least = EXACT.add(found.most, most), EXACT.add(found.least, least)
        if charge.certainty != CERTAIN:
            found.inexact[charge.certainty] += jobs
        if charge.cost is None:
            found.open_takes += takes
            found.open_least = EXACT.add(found.open_least, least)

    def add_all(self, key: str | None, others: Sums, wanted: Callable[[str], bool] = bool) -> None:
        """Count everything of others that is in a wanted currency under a key."""
        for (_, currency), found in others._sums.items():
            if wanted(currency):
                self._of(key, currency, found.per_usd).count(found)

    def closed(self) -> Sums:
        """The same without what has no upper end."""
        found = Sums()
        found._sums = {key: one.closed() for key, one in self._sums.items() if one.jobs > one.inexact[AT_LEAST]}
        return found

    def _of(self, key: str | None, currency: str, per_usd: Decimal | None) -> _Sum:
        found = self._sums.get((key, currency))
        if found is None:
            found = self._sums[key, currency] = _Sum(per_usd)
        return found

    def named(self) -> set[str | None]:
        """The keys under which something was counted."""
        return {key for key, _ in self._sums}

    def totals(self) -> list[Total]:
        """The sums, sorted; the key None comes last."""
        order = sorted(self._sums.items(), key=lambda entry: (entry[0][0] is None, entry[0][0] or "", entry[0][1]))
        return [found.total(*key) for key, found in order]

    def completed(self, whole: Sums) -> Sums:
        """The same with the rest of `whole`, the sums of everything under None, counted under None, too."""
        rest, found = Sums(), Sums()
        rest.add_all(None, whole)
        for (_, currency), counted in self._sums.items():
            rest._of(None, currency, counted.per_usd).count(counted, -1)
        found._sums = self._sums | {key: entry for key, entry in rest._sums.items() if entry.jobs}
        return found


def sum_of(shared: Iterable[Shared]) -> Sums:
    """The sums of everything, under the key None."""
    sums = Sums()
    for part in shared:
        sums.add(None, *part)
    return sums


def sums_of(parts: Iterable[tuple[str | None, Charge, int, int]]) -> list[Total]:
    """The sums of charges under their keys, each with its jobs and takes."""
    sums = Sums()
    for part in parts:
        sums.add(*part)
    return sums.totals()


def totals_of(shared: Iterable[Shared]) -> list[Total]:
    """One exact total for each currency, by currency code."""
    return [total._replace(key=None) for total in sums_of(("", *part) for part in shared)]


def breakdowns_of(shared: Iterable[Shared]) -> dict[str, list[Total]]:
    """The breakdowns that every estimate has; each adds up to the totals."""
    parts = list(shared)
    return {
        name: sums_of((key_of(charge), charge, jobs, takes) for charge, jobs, takes in parts)
        for name, key_of in BREAKDOWNS.items()
    }
