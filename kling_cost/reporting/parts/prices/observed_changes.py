"""Where a price book is no longer what sellers charge, as tables."""

from __future__ import annotations

from collections.abc import Sequence

from kling_cost.pricebook.upkeep.observed_prices import ENOUGH_TASKS, ObservedDiff, ObservedMove
from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.parts.prices.price_changes import choice_text, percent_text
from kling_cost.reporting.table import Column, Row, Table
from kling_cost.reporting.translations import Words


def observed_tables(diff: ObservedDiff, words: Words) -> list[Table]:
    """Prices that are others than in the book, those of too few tasks to tell, those that it does not have."""
    same = words("observed_diff.same", count=f"{diff.same:,}")
    few = words("observed_diff.few_note", count=ENOUGH_TASKS)
    title = words("observed_diff.observed", book=diff.version)
    tables = [_table("observed", title, diff.moved, [same, *_currencies(diff.moved, words)], words)]
    if diff.few:
        tables.append(_table("few", words("observed_diff.few"), diff.few, [few, *_currencies(diff.few, words)], words))
    if diff.unlisted:
        notes = _currencies(diff.unlisted, words)
        tables.append(_table("unlisted", words("observed_diff.unlisted"), diff.unlisted, notes, words))
    return tables


def _table(key: str, title: str, moves: Sequence[ObservedMove], notes: list[str], words: Words) -> Table:
    columns = [
        *(Column(name, kind="id") for name in ("provider", "sku")),
        Column("choices"),
        *(Column(name, kind="amount") for name in ("listed_price", "observed_price")),
        Column("percent", kind="percent"),
        Column("tasks_charged", kind="integer"),
        Column("least_most", kind="id"),
        Column("last_charged", kind="date"),
    ]
    rows = [_row(move, words) for move in moves]
    return Table(key, title, titled(words, columns), rows, notes=notes, empty=words("price_diff.none"))


def _row(move: ObservedMove, words: Words) -> Row:
    choices = words.listed(choice_text(name, value, words) for name, value in move.options.items())
    listed = None if move.listed is None else words.plain(move.listed)
    change = None if move.percent is None else percent_text(move.percent, words)
    spread = "" if move.least == move.most else f"{words.plain(move.least)} – {words.plain(move.most)}"
    return [
        move.provider,
        move.sku,
        choices,
        listed,
        words.plain(move.observed),
        change,
        move.tasks,
        spread,
        move.last_day,
    ]


def _currencies(moves: Sequence[ObservedMove], words: Words) -> list[str]:
    """In which currency each provider's prices are."""
    texts = [f"{provider} {currency}" for provider, currency in dict.fromkeys((m.provider, m.currency) for m in moves)]
    return [words("price_diff.currencies", currencies=words.listed(texts))] if texts else []
