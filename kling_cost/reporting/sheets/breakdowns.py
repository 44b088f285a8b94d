"""Breakdowns: the totals by provider, model, options and tags; each adds up to the total."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from kling_cost.amounts import EXACT, divide_half_up
from kling_cost.pricing.sums import Total
from kling_cost.reporting.document import Chart
from kling_cost.reporting.money import money_columns, money_values
from kling_cost.reporting.report import Report
from kling_cost.reporting.sheets.formulas import DOLLARS, SHARE, is_literal, quoted
from kling_cost.reporting.sheets.line_items import tag_key
from kling_cost.reporting.sheets.tag_choice import shown_tags, tags_left_out
from kling_cost.reporting.sheets.titles import tag_name, titled
from kling_cost.reporting.table import EVERYWHERE, WORKBOOK, Cell, Column, Formula, Place, Table

MOST_KEYS = 200
_BLOCKS = ("provider", "model", "quality,sound")
#: A text that a spreadsheet's conditional sum compares as it stands: no figure, date or pattern can be read in it.
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
            labels = ("quality", "sound") if name == "quality,sound" else ("key",)
            charts.append(Chart(_title(report, name), block_key(at), labels, "cost", "currency", _PAGE))
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
            *money_columns(report.money, DOLLARS),
            Column("share", kind="percent", formula=SHARE),
        ],
    )


def _key_table(report: Report, name: str, at: int, totals: list[Total], places: frozenset[Place]) -> Table:
    """The block of a provider, model or tag."""
    tags = shown_tags(report)
    column = f"line_items.{tag_key(tags.index(name)) if name in tags else name}"
    sums = _merged(totals)
    compares = _compares if name in tags else is_literal  # a price book's names are no figures or dates
    exact = not all(total.key is None or compares(total.key) for total in sums) or _clash(sums)
    if len(sums) > MOST_KEYS:
        rows, notes = _capped(report, sums)
    else:
        rows = [_row(report, total, _matches(column, total.key, exact)) for total in sums]
        notes = []
    title = _title(report, name)
    key = Column("key", title=tag_name(name) if name in tags else report.words(f"column.{name}"), kind="id")
    return Table(block_key(at), title, _columns(report, key), rows, notes=notes, places=places)


def _options_table(report: Report, name: str, at: int, totals: list[Total], places: frozenset[Place]) -> Table:
    """The block of quality and sound."""
    rows = []
    pairs: dict[tuple[str, str, str], Total] = {}
    for charge, jobs, takes in report.estimate.by_charge:
        pair = (charge.options.get("quality", ""), charge.options.get("sound", ""), charge.currency)
        cost = EXACT.multiply(charge.cost, Decimal(takes))
        before = pairs.get(pair)
        if before is not None:
            jobs, takes, cost = before.jobs + jobs, before.takes + takes, EXACT.add(before.cost, cost)
        pairs[pair] = Total(None, charge.currency, jobs, takes, cost, None)
    for (quality, sound, _), total in sorted(pairs.items(), key=lambda pair: (not pair[0][0], not pair[0][1], pair[0])):
        chosen = f"({{line_items.quality}}={quoted(quality)})*({{line_items.sound}}={quoted(sound)})"
        match = _Match(f"{chosen}*{_SAME_CURRENCY}", True)
        rows.append([quality or None, sound or None, *_figures(report, total, match)])
    keys = [Column("quality", kind="id"), Column("sound", kind="id")]
    return Table(block_key(at), _title(report, name), _columns(report, *keys), rows, places=places)


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
    whole = next(t.cost for t in report.estimate.totals if t.currency == total.currency)
    figures: list[Cell] = [total.jobs, total.takes, total.cost]
    if match is not None:
        figures = [
            Formula(match.count(), total.jobs),
            Formula(match.sum("takes"), total.takes),
            Formula(match.sum("cost"), total.cost),
        ]
    return [
        total.currency,
        *figures,
        *money_values(total.cost, report.per_usd(total.currency), report.money),
        divide_half_up(total.cost, whole) if whole else Decimal(0),
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
            cost = EXACT.add(before.cost, total.cost)
            found[key] = before._replace(jobs=before.jobs + total.jobs, takes=before.takes + total.takes, cost=cost)
    return sorted(found.values(), key=lambda t: (t.key is None, t.key or "", t.currency))


def _capped(report: Report, sums: Sequence[Total]) -> tuple[list[list[Cell]], list[str]]:
    """Rows of the costliest keys, and one for all others of each currency; and what is said of them."""
    words = report.words
    in_order = sorted(sums, key=lambda total: -total.cost)
    kept, rest = in_order[:MOST_KEYS], in_order[MOST_KEYS:]
    others = _merged([total._replace(key=None) for total in rest])
    rows = [_row(report, total, None) for total in kept]
    rows += [[words("other_values"), *_figures(report, total, None)] for total in others]
    return rows, [words("note_capped", shown=len(kept), rest=len(rest))]
