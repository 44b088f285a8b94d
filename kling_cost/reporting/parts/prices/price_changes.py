"""What has changed between two price books, and which books there are, as tables."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from kling_cost.amounts import EXACT, divide_half_up, round_half_up
from kling_cost.pricebook.upkeep.known_books import KnownBook
from kling_cost.pricebook.upkeep.price_diff import ExchangeMove, PriceDiff, PriceMove, SoldSku
from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.table import Column, Kind, Row, Table
from kling_cost.reporting.translations import Words

_PLACES = 2  # decimals of a percentage
_HUNDRED = Decimal(100)
_KNOWN: dict[str, Kind] = {
    "book": "id",
    "providers": "integer",
    "skus": "integer",
    "first_day": "date",
    "last_day": "date",
    "oldest_checked": "date",
}


def change_tables(diff: PriceDiff, words: Words) -> list[Table]:
    """Prices that moved, SKUs that were added or ended, exchange rates that moved; what is empty is left out."""
    old, new = diff.versions
    columns = [
        *(Column(key, kind="id") for key in ("provider", "sku")),
        Column("choices"),
        Column("effective_from", kind="date"),
        *(Column(key, kind="amount") for key in ("old", "new")),
        Column("percent", kind="percent"),
    ]
    title, empty = words("price_diff.moved", old=old, new=new), words("price_diff.none")
    rows = [_moved_row(move, words) for move in diff.moved]
    tables = [Table("moved", title, titled(words, columns), rows, notes=_currencies(diff, words), empty=empty)]
    tables += _sold_table("added", words("price_diff.added"), diff.added, words)
    tables += _sold_table("ended", words("price_diff.ended"), diff.ended, words)
    return tables + _exchange_table(diff, words)


def _moved_row(move: PriceMove, words: Words) -> Row:
    choices = words.listed(choice_text(name, value, words) for name, value in move.options.items())
    old, new = (None if price is None else words.plain(price) for price in (move.old, move.new))
    change = None if move.percent is None else percent_text(move.percent, words)
    return [move.provider, move.sku, choices, move.effective_from, old, new, change]


def choice_text(name: str, value: str, words: Words) -> str:
    """A value of an option as people say it; with its name, unless everybody knows what it is of."""
    return value if name == "quality" else words.texts.get(f"{name}.{value}", f"{name} {value}")


def percent_text(percent: Decimal, words: Words) -> str:
    """A change in percent with its sign; one that would round to 0 keeps its first digit.

    >>> from kling_cost.reporting.translations import words_of
    >>> percent_text(Decimal("5"), words_of("en")), percent_text(Decimal("-0.00123"), words_of("en"))
    ('+5%', '-0.001%')
    """
    places = _PLACES if not percent else max(_PLACES, -percent.adjusted())
    text = words.plain(round_half_up(percent, Decimal(1).scaleb(-places)))
    return f"{'+' if percent > 0 else ''}{text}%"


def _currencies(diff: PriceDiff, words: Words) -> list[str]:
    """In which currency each provider's prices are."""
    found = dict.fromkeys((move.provider, move.currency) for move in diff.moved)
    texts = [f"{provider} {currency}" for provider, currency in found]
    return [words("price_diff.currencies", currencies=words.listed(texts))] if texts else []


def _sold_table(key: str, title: str, sold: Iterable[SoldSku], words: Words) -> list[Table]:
    columns = [*(Column(name, kind="id") for name in ("provider", "sku")), Column("last_sold", kind="date")]
    rows = [[*found] for found in sold]
    return [Table(key, title, titled(words, columns), rows)] if rows else []


def _exchange_table(diff: PriceDiff, words: Words) -> list[Table]:
    columns = [
        Column("currency", kind="id"),
        Column("effective_from", kind="date"),
        *(Column(key, kind="amount") for key in ("old", "new")),
        Column("percent", kind="percent"),
    ]
    rows = [_exchange_row(move, words) for move in diff.exchange]
    notes = [words("price_diff.per_dollar")]
    return [Table("exchange", words("table.exchange"), titled(words, columns), rows, notes=notes)] if rows else []


def _exchange_row(move: ExchangeMove, words: Words) -> Row:
    rise = divide_half_up(EXACT.multiply(EXACT.subtract(move.new, move.old), _HUNDRED), move.old)
    prices = (words.plain(rate) for rate in (move.old, move.new))
    return [move.currency, move.effective_from, *prices, percent_text(rise, words)]


def known_books_table(books: Iterable[KnownBook], words: Words) -> Table:
    """The books that come with the library."""
    columns = [Column(key, kind=kind) for key, kind in _KNOWN.items()]
    found = list(books)
    rows = [[getattr(book, "name" if key == "book" else key) for key in _KNOWN] for book in found]
    default = next(book for book in found if book.is_default)
    notes = [words("price_books.default", name=default.name, version=default.version)]
    return Table("price_books", words("price_books.title"), titled(words, columns), rows, notes=notes)
