"""Exact sums of charges: totals and breakdowns, the same whether line items are kept or only counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.amounts import EXACT, divide_half_up, grouped_text
from kling_cost.pricing.line_item import Charge


class Total(NamedTuple):
    """A sum over line items of one currency.

    Attributes:
        key: the value that they share in a breakdown; None where they lack it, and in the totals.
        currency: their currency.
        jobs, takes: how many.
        cost: exact, in the currency.
        usd: `cost` in dollars, rounded half up to 12 decimals; None where the exchange rate is not known.
    """

    key: str | None
    currency: str
    jobs: int
    takes: int
    cost: Decimal
    usd: Decimal | None


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
#: A charge, and how many jobs and takes share it.
Shared = tuple[Charge, int, int]


def sums_text(totals: Iterable[Total]) -> str:
    """Totals for people, on one line.

    >>> sums_text([Total(None, "USD", 1, 1, Decimal("1000.50"), Decimal("1000.50"))])
    '1,000.5 USD'
    """
    return ", ".join(f"{grouped_text(total.cost)} {total.currency}" for total in totals) or "nothing"


class Sums:
    """Exact sums by key and currency.

    >>> from kling_cost.pricing.single_price import price
    >>> sums = Sums()
    >>> sums.add("opening", price("kling-v3-text-to-video").charge, 1, 3)
    >>> [(total.key, total.takes, total.cost) for total in sums.totals()]
    [('opening', 3, Decimal('81.0000'))]
    """

    def __init__(self) -> None:
        self._sums: dict[tuple[str | None, str], list[Any]] = {}

    def __eq__(self, other: object) -> bool:
        return self._sums == other._sums if isinstance(other, Sums) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it grows

    def add(self, key: str | None, charge: Charge, jobs: int, takes: int) -> None:
        """Count a charge under a key."""
        cost = EXACT.multiply(charge.cost, Decimal(takes))
        self.add_cost(key, charge.currency, charge.per_usd, jobs, takes, cost)

    def add_cost(
        self, key: str | None, currency: str, per_usd: Decimal | None, jobs: int, takes: int, cost: Decimal
    ) -> None:
        """Count a cost under a key; `per_usd` is one and the same for a currency."""
        entry = self._sums.setdefault((key, currency), [0, 0, Decimal(0), per_usd])
        entry[0] += jobs
        entry[1] += takes
        entry[2] = EXACT.add(entry[2], cost)

    def named(self) -> set[str | None]:
        """The keys under which something was counted."""
        return {key for key, _ in self._sums}

    def totals(self) -> list[Total]:
        """The sums, sorted; the key None comes last."""
        return [
            Total(key, currency, jobs, takes, cost, None if per_usd is None else divide_half_up(cost, per_usd))
            for (key, currency), (jobs, takes, cost, per_usd) in sorted(
                self._sums.items(), key=lambda entry: (entry[0][0] is None, entry[0][0] or "", entry[0][1])
            )
        ]

    def completed(self, whole: Sums) -> Sums:
        """The same with the rest of `whole`, the sums of everything under None, counted under None, too."""
        rest, found = Sums(), Sums()
        for (_, currency), (jobs, takes, cost, per_usd) in whole._sums.items():
            rest.add_cost(None, currency, per_usd, jobs, takes, cost)
        for (_, currency), (jobs, takes, cost, per_usd) in self._sums.items():
            rest.add_cost(None, currency, per_usd, -jobs, -takes, cost.copy_negate())
        found._sums = self._sums | {key: entry for key, entry in rest._sums.items() if entry[0]}
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
