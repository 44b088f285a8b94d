"""The content of the job sheet template: columns, allowed values, an example and help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from kling_cost.jobs.bodies import MAX_TAKES
from kling_cost.jobs.columns import SHOWN_COST
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricebook.catalogue import offers
from kling_cost.reporting.parts.prices.template_prices import TakeCost, price_rows, take_costs
from kling_cost.results.record_types import price_row_record

_HEADER = (
    ("job_id", 14),
    ("model", 28),
    ("duration", 10),
    ("quality", 10),
    ("sound", 8),
    ("takes", 8),
    (SHOWN_COST, 22),
    ("date", 12),
    ("prompt", 60),
    ("image_start", 36),
    ("tag:client", 14),
    ("tag:scene", 14),
)
_WIDTH = 12  # of the column of an option that the price book names itself
_EXAMPLE: dict[str, str | int] = {
    "job_id": "hero-01",
    "takes": 3,
    "prompt": "A lighthouse at dawn, slow push in",
    "tag:client": "Acme",
    "tag:scene": "opening",
}
_HELP = (
    (
        "One row is one job",
        "A job is one API call, times its takes. Replace the example row with your first job.",
    ),
    ("job_id", "Your own name for the job. If empty, it is named after the file and the row."),
    ("model", "The model, from the list. If two providers use the same name, write provider:model."),
    ("duration", "Whole seconds. If empty, the provider's default is priced, and the result says so."),
    ("quality, sound", "From the lists; sound is on or off. If empty, the provider's default is priced."),
    (
        SHOWN_COST,
        "What the row costs at the prices of the sheet Prices. It follows what you choose, and is not read back.",
    ),
    ("takes", "How many times the job will run. If empty, once."),
    ("date", "The date whose price applies, such as 2026-03-01. If empty, the date of the estimate."),
    (
        "prompt, image_start",
        "What else the request needs. Delete a column that you do not use; do not leave it empty.",
    ),
    ("tag:NAME", "Any number of columns for your own labels; costs are summed by each of them."),
    ("Then", 'kling-cost check jobs.xlsx --budget "500 USD"'),
)


@dataclass(frozen=True, slots=True)
class JobTemplate:
    """An empty job sheet, before it has a format.

    Attributes:
        columns: name and width in characters.
        example: what the one example row holds, by column.
        offered: for a column with a list, what it may hold.
        seconds: lowest and highest seconds that any model takes, both inclusive.
        most_takes: how often a job may be called.
        help: what there is to say, and how.
        prices: the price list, its headings first.
        costs: what one take of each choice costs.
        chosen: the columns whose cells choose it.
        counts: columns of whole numbers, for what a price book counts.
        shown: the column that shows what a row costs.
    """

    columns: Sequence[tuple[str, int]]
    example: Mapping[str, str | int]
    offered: Mapping[str, Sequence[str]]
    seconds: tuple[int, int]
    help: Sequence[tuple[str, str]]
    most_takes: int = MAX_TAKES
    prices: Sequence[Sequence[Any]] = ()
    costs: Sequence[TakeCost] = ()
    chosen: Sequence[str] = ()
    counts: Sequence[str] = ()
    shown: str = SHOWN_COST

    @property
    def example_cost(self) -> tuple[Any, str] | None:
        """What one take of the example costs, and in which currency; None where nothing is listed for it."""
        wanted = "|".join(str(self.example.get(name, "")) for name in self.chosen)
        return next(((cost, code) for key, cost, code in self.costs if key == wanted), None)


def job_template(book: PriceBook, as_of: date | None) -> JobTemplate:
    """The job sheet that goes with a price book.

    Args:
        book: whose models and options are offered.
        as_of: the day whose prices are listed; None for the latest.

    >>> from kling_cost.pricebook.load import load_prices
    >>> sheet = job_template(load_prices(), date(2026, 11, 20))
    >>> sheet.offered["sound"], sheet.seconds
    (['off', 'on'], (3, 15))
    """
    record = price_row_record(book.own_options)
    rows: list[Mapping[str, Any]] = record.json_list(list(offers(book, as_of)))
    offered = {"model": _models(book, rows)}
    offered |= {name: list(dict.fromkeys(row[name] for row in rows if row[name])) for name in book.options}
    seconds = _seconds(book)
    prices = ("Prices", f"price book {book.version} ({book.sha256[:12]})")
    example = {**_EXAMPLE, **_first_price(rows, book.options)}
    at = 1 + [name for name, _ in _HEADER].index("sound")
    header = (*_HEADER[:at], *((name, _WIDTH) for name in book.own_inputs), *_HEADER[at:])
    names = _names(book)
    chosen = ("model", "duration", *book.options)
    costs = list(take_costs(book, as_of, names, book.options))
    counts = [name for name in book.own_inputs if name not in book.own_options]
    own = [(name, "From the list. If empty, the seller's default is priced.") for name in book.own_options]
    own += [(name, "How many the request has. If empty, none.") for name in counts]
    listed = price_rows(rows, names, book.options)
    made = JobTemplate(header, example, offered, seconds, [*_HELP, *own, prices], prices=listed)
    return replace(made, costs=costs, chosen=chosen, counts=counts)


def _seconds(book: PriceBook) -> tuple[int, int]:
    """The shortest and the longest that any model makes."""
    ranges = [sku.seconds for _, sku in book.skus() if sku.seconds]
    return min((low for low, _ in ranges), default=1), max((high for _, high in ranges), default=1)


def _first_price(rows: Sequence[Mapping[str, Any]], options: Sequence[str]) -> dict[str, str | int]:
    """What an example job asks for: the first price of the book, for the shortest time."""
    if not rows:
        return {}
    asked = {name: rows[0][name] for name in ("model", *options) if rows[0][name]}
    shortest = rows[0]["seconds_minimum"]
    return asked if shortest is None else {**asked, "duration": shortest}


def _models(book: PriceBook, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The models of some rows of prices, with their providers where several sell them."""
    names = _names(book)
    return list(dict.fromkeys(names[f"{row['provider']}:{row['model']}"] for row in rows))


def _names(book: PriceBook) -> dict[str, str]:
    """What a template calls each model, by `PROVIDER:MODEL`: with its provider where several sell it."""
    sellers = Counter(model for _, sku in book.skus() for model in sku.models)
    found = ((f"{provider.id}:{model}", model) for provider, sku in book.skus() for model in sku.models)
    return {name: model if sellers[model] == 1 else name for name, model in found}
