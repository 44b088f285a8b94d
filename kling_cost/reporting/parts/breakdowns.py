"""Breakdowns: the total by provider, model, options and tags."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from decimal import Decimal

from kling_cost.amounts import EXACT
from kling_cost.pricing.cost_sums import Total
from kling_cost.reporting.document import Chart
from kling_cost.reporting.parts.column_titles import tag_heading, tag_name, titled
from kling_cost.reporting.parts.drivers import cost_charts, costliest_first, money_and_share, weight
from kling_cost.reporting.parts.formulas import DOLLARS, is_literal, others, share
from kling_cost.reporting.parts.prices.exchange import money_columns
from kling_cost.reporting.parts.tag_choice import shown_tags, tag_key, tags_left_out
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import EVERYWHERE, WORKBOOK, Cell, Column, Formula, Place, Row, Table

MOST_KEYS = 200
_BLOCKS = ("provider", "model", "quality,sound")
#: A text that a spreadsheet's conditional sum takes literally: not a figure, date or pattern.
_PLAIN_TEXT = re.compile(r"[^\W\d_][^\W\d]*(?:[ .,&'/·-]{1,2}[^\W\d]+)*")
_READ_AS_VALUES = {"true", "false"}
_LONGEST_CRITERION = 200
_SAME_CURRENCY = "({line_items.currency}={currency})"
_PAGE: frozenset[Place] = frozenset({"page"})


def breakdown_tables(report: Report) -> list[Table]:
    """A block for provider, model, quality and sound, and every tag."""
    tables = []
    for at, (name, totals) in enumerate(_blocks(report)):
        wanted = EVERYWHERE if len({total.key for total in totals}) > 1 else WORKBOOK
        make = _options_table if name == "quality,sound" else _key_table
        tables.append(make(report, name, at, totals, wanted))
    tables[-1] = replace(tables[-1], notes=[*tables[-1].notes, *tags_left_out(report)])
    return tables


def breakdown_charts(report: Report) -> list[Chart]:
    """Bars for every block that has something to compare."""
    charts = []
    for at, (name, totals) in enumerate(_blocks(report)):
        if len({total.key for total in totals}) > 1:
            is_pair = name == "quality,sound"
            labels = ("quality", "sound") if is_pair else ("key",)
            shown = [total for _, total in _pairs(report)] if is_pair else _kept(report, _merged(totals))[0]
            currencies = [total.currency for total in shown]
            charts += cost_charts(report, _title(report, name), block_key(at), labels, currencies, places=_PAGE)
    return charts


def block_key(at: int) -> str:
    """The key of a block's table by its place.

    >>> block_key(0)
    'by_0'
    """
    return f"by_{at}"


def _blocks(report: Report) -> list[tuple[str, list[Total]]]:
    found = report.estimate.breakdowns
    return [(name, found[name]) for name in [*_BLOCKS, *shown_tags(report)]]


def _title(report: Report, name: str) -> str:
    words = report.words
    return words("by.tag", name=tag_name(name)) if name.startswith("tag:") else words(f"by.{name.replace(',', '_')}")


def _columns(report: Report, *keys: Column) -> list[Column]:
    return titled(
        report.words,
        [
            *keys,
            Column("currency", kind="id"),
            Column("jobs", kind="integer"),
            Column("takes", kind="integer"),
            Column("cost", kind="credits"),
            *money_columns(report, DOLLARS),
            Column("share", kind="percent", formula=share(report)),
        ],
    )


def _key_table(report: Report, name: str, at: int, totals: list[Total], places: frozenset[Place]) -> Table:
    """The block of a provider, model or tag."""
    is_tag = name not in _BLOCKS
    column = f"line_items.{tag_key(shown_tags(report).index(name)) if is_tag else name}"
    heading = tag_heading(name) if is_tag else report.words(f"column.{name}")
    sums = _merged(totals)
    compares = _compares if is_tag else is_literal  # a price book's names are no figures or dates
    exact = _clash(sums) or not _all_keys(compares, sums)
    kept, left = _kept(report, sums)
    more, notes = _summed_up(report, left, len(kept)) if left else ([], [])
    rows = [*(_row(report, total, _matches(column, total.key, exact)) for total in kept), *more]
    title = _title(report, name)
    key = Column("key", title=heading, kind="id")
    rest = _others(report, {str(row[1]) for row in more}, 1)
    columns = _columns(report, key)
    return Table(block_key(at), title, columns, rows, notes=notes, places=places, rest=rest if rows else ())


def _all_keys(holds: Callable[[str], bool], totals: list[Total]) -> bool:
    return all(total.key is None or holds(total.key) for total in totals)


def _options_table(report: Report, name: str, at: int, totals: list[Total], places: frozenset[Place]) -> Table:
    """The block of quality and sound."""
    rows = []
    for (quality, sound), total in _pairs(report):
        match = _Match(f"({{line_items.quality}}={{quality}})*({{line_items.sound}}={{sound}})*{_SAME_CURRENCY}", True)
        rows.append([quality or None, sound or None, *_figures(report, total, match)])
    keys = [Column("quality", kind="id"), Column("sound", kind="id")]
    rest = _others(report, set(), len(keys)) if rows else ()
    return Table(block_key(at), _title(report, name), _columns(report, *keys), rows, places=places, rest=rest)


def _pairs(report: Report) -> list[tuple[tuple[str, str], Total]]:
    """What each quality and sound come to, in each currency, in the order of the table and its charts."""
    pairs: dict[tuple[str, str, str], Total] = {}
    for charge, jobs, takes in report.estimate.by_charge:
        pair = (charge.options.get("quality", ""), charge.options.get("sound", ""), charge.currency)
        cost = EXACT.multiply(charge.due, Decimal(takes))
        before = pairs.get(pair)
        if before is not None:
            jobs, takes, cost = before.jobs + jobs, before.takes + takes, EXACT.add(before.due, cost)
        pairs[pair] = Total(None, charge.currency, jobs, takes, cost, None)
    order = costliest_first(report)
    found = sorted(pairs.items(), key=lambda pair: (order(pair[1].currency, pair[1].due), pair[0]))
    return [((quality, sound), total) for (quality, sound, _), total in found]


def _others(report: Report, shown: Set[str], keys: int) -> list[Row]:
    """A row of all that those above do not count, for each currency without one: nothing, until an edit."""
    label = [report.words("other_values"), *[None] * (keys - 1)]
    empty = (Total(None, code, 0, 0, Decimal(0), None) for code in report.sold_in if code not in shown)
    return [[*label, *_figures(report, total, _REST)] for total in empty]


class _Match:
    """Which lines a row sums up: as arguments of a conditional sum, or as a product of conditions."""

    def __init__(self, condition: str, exact: bool) -> None:
        self._condition, self._exact = condition, exact

    def count(self) -> str:
        """How many lines."""
        return f"SUMPRODUCT({self._condition}*1)" if self._exact else f"COUNTIFS({self._condition})"

    def sum(self, column: str) -> str:
        """The sum of one of their columns."""
        if self._exact:
            return f"SUMPRODUCT({self._condition}*1,{{line_items.{column}}})"
        return f"SUMIFS({{line_items.{column}}},{self._condition})"


class _Rest(_Match):
    """Whatever no row above counts."""

    def count(self) -> str:
        """How many lines."""
        return others("jobs")

    def sum(self, column: str) -> str:
        """The sum of one of their columns."""
        return others(column.removesuffix("_counted"))


_REST = _Rest("", False)


def _matches(column: str, key: str | None, exact: bool) -> _Match:
    if key is None:
        return _Match(
            f'({{{column}}}="")*{_SAME_CURRENCY}', True
        )  # programs differ on how a conditional sum asks for nothing
    if exact:
        return _Match(f"EXACT({{{column}}},{{key}})*{_SAME_CURRENCY}", True)
    return _Match(f"{{{column}}},{{key}},{{line_items.currency}},{{currency}}", False)


def _row(report: Report, total: Total, match: _Match | None) -> list[Cell]:
    name = report.words("without_value") if total.key is None else total.key
    return [name, *_figures(report, total, match)]


def _figures(report: Report, total: Total, match: _Match | None) -> list[Cell]:
    """Currency, jobs, takes, cost, money and share; by formula where it is known which lines they sum up."""
    figures: list[Cell] = [total.jobs, total.takes, total.due]
    if match is not None:
        figures = [
            Formula(match.count(), total.jobs),
            Formula(match.sum("takes_counted"), total.takes),
            Formula(match.sum("cost"), total.due),
        ]
    return [
        total.currency,
        *figures,
        *money_and_share(report, total.currency, total.due),
    ]


def _compares(text: str) -> bool:
    """Whether a conditional sum finds this text and nothing else.

    >>> _compares("Acme"), _compares("007"), _compares("*"), _compares(">0")
    (True, False, False, False)
    """
    return (
        len(text) <= _LONGEST_CRITERION
        and _PLAIN_TEXT.fullmatch(text) is not None
        and text.casefold() not in _READ_AS_VALUES
    )


def _clash(sums: Sequence[Total]) -> bool:
    """Whether two keys differ in upper and lower case only, which a conditional sum does not tell apart."""
    keys = {total.key for total in sums if total.key is not None}
    return len({key.casefold() for key in keys}) < len(keys)


def _merged(totals: Sequence[Total]) -> list[Total]:
    """The sums with an empty text counted among the lines that lack the value: a cell does not tell them apart."""
    found: dict[tuple[str | None, str], Total] = {}
    for total in totals:
        key = (total.key or None, total.currency)
        before = found.get(key)
        if before is None:
            found[key] = total._replace(key=key[0])
        else:
            cost = EXACT.add(before.due, total.due)
            found[key] = before._replace(jobs=before.jobs + total.jobs, takes=before.takes + total.takes, cost=cost)
    return sorted(found.values(), key=lambda t: (t.key is None, t.key or "", t.currency))


def _kept(report: Report, sums: Sequence[Total]) -> tuple[list[Total], list[Total]]:
    """The costliest keys in the order of the table and its charts, and all others."""
    measure, order = weight(report), costliest_first(report)
    by_weight = sums
    if len(sums) > MOST_KEYS:
        by_weight = sorted(sums, key=lambda total: -measure(total.currency, total.due))
    kept = sorted(
        by_weight[:MOST_KEYS], key=lambda t: (order(t.currency, t.due), t.key is None, t.key or "", t.currency)
    )
    return kept, list(by_weight[MOST_KEYS:])


def _summed_up(report: Report, left: Sequence[Total], shown: int) -> tuple[list[list[Cell]], list[str]]:
    """A row for all other keys of each currency, and the note about them."""
    words = report.words
    more = _merged([total._replace(key=None) for total in left])
    rows = [[words("other_values"), *_figures(report, total, _REST)] for total in more]
    return rows, [words("note_capped", shown=shown, rest=len(left))]
