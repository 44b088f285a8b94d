"""What a job sheet template says of prices: a list of them, and what one take of whatever can be chosen costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import product
from typing import Any, NamedTuple

from kling_cost.jobs.job import Options, ask_for
from kling_cost.pricebook.book import PriceBook, Sku
from kling_cost.pricing.pricer import pricer

_LONGEST = 60  # seconds for which costs are listed
_HEADINGS = (
    "offered: model", "offered: options", "price of one", "currency", "unit", "shortest", "longest", "least billed",
    "since", "source",
)  # fmt: skip


class TakeCost(NamedTuple):
    """What one take costs: the texts of the cells that choose it, joined, the cost, and its currency."""

    key: str
    cost: Any
    currency: str


def price_rows(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], options: Sequence[str]) -> list[list[Any]]:
    """The price list: headings, then a row for each combination.

    Args:
        rows: as of `price_row_record`.
        names: what the template calls each model, by `PROVIDER:MODEL`.
        options: the options of the price book.
    """
    found: list[list[Any]] = [list(_HEADINGS)]
    for row in rows:
        chosen = ", ".join(f"{name} {row[name]}" for name in options if row[name])
        shown = [row[name] for name in ("unit_price", "currency", "unit", "seconds_minimum", "seconds_maximum")]
        rest = [row[name] for name in ("minimum_quantity", "effective_from", "source")]
        found.append([names[f"{row['provider']}:{row['model']}"], chosen, *shown, *rest])
    return found


def take_costs(
    book: PriceBook, as_of: date | None, names: Mapping[str, str], options: Sequence[str]
) -> Iterator[TakeCost]:
    """What one take costs, whatever is chosen for the seconds and the options, or left to the seller.

    Nothing is listed where it depends on more than that, such as on elements, or has no exact price.

    Args:
        book: the price book.
        as_of: the day whose prices count; None for the latest.
        names: what the template calls each model, by `PROVIDER:MODEL`.
        options: those that have a column.
    """
    known = pricer(book, as_of)
    for provider, sku in book.skus():
        models = [model for model in sku.models if f"{provider.id}:{model}" in names]
        for model, length, chosen in _choices(book, sku, models, as_of, options):
            asked: Options = tuple((name, value) for name, value in zip(options, chosen, strict=True) if value)
            charge = known.quote(ask_for(provider.id, model, length, asked)).charge
            if charge is not None and charge.cost is not None:
                texts = [names[f"{provider.id}:{model}"], length, *chosen]
                yield TakeCost("|".join("" if t is None else str(t) for t in texts), charge.cost, charge.currency)


def _choices(
    book: PriceBook, sku: Sku, models: Sequence[str], as_of: date | None, options: Sequence[str]
) -> Iterator[tuple[str, int | None, tuple[str | None, ...]]]:
    """Whatever can be chosen: model, seconds and options; None where that is left to the seller."""
    rate = sku.rate(as_of)
    if rate is None or any(extra.per in book.counts for extra in rate.extras):
        return
    offered: list[list[str | None]] = [[None, *rate.options.get(name, ())] for name in options]
    low, high = sku.seconds or (0, -1)
    seconds: list[int | None] = [None, *range(low, min(high, _LONGEST) + 1)]
    yield from product(models, seconds, list(product(*offered)))
