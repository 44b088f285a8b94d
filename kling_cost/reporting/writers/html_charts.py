"""Charts of a page: bars beside their names and figures, and bars of limits."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from kling_cost.problems import shown
from kling_cost.reporting.document import Chart, Gauge
from kling_cost.reporting.number_format import grouped, shown_value
from kling_cost.reporting.table import Column, Row, Table, plain
from kling_cost.reporting.translations import Words

AXIS = 400  # length of every axis, in the units of its drawing
_LONGEST, _LONGEST_LABEL = 300, 60
_FEWEST_BARS, _MOST_BARS = 2, 20
_THINNEST = Decimal(1)
_BEFORE = 4  # the axis begins before the least step by this part of what the steps span


def chart_content(chart: Chart, table: Table, words: Words) -> dict[str, Any] | None:
    """A chart as the template shows it; nothing where there is nothing to compare."""
    rows = chart.drawn(table.rows)[:_MOST_BARS]
    bars = [_Bar(chart, table, row, words) for row in rows]
    if len(bars) < _FEWEST_BARS or not any(bar.end for bar in bars):
        return None
    start = _start(bars) if chart.begin else Decimal(0)
    longest = max(max(bar.begin, bar.end) for bar in bars) - start
    unit = AXIS / (longest or Decimal(1))
    note = ""
    if start:
        note = words("chart.axis_from", amount=f"{grouped(start, words)} {chart.unit}")
    return {"title": chart.title, "note": note, "bars": [bar.content(start, unit) for bar in bars]}


class _Bar:
    """One bar: what it is called, where it begins and ends, what is written behind it."""

    def __init__(self, chart: Chart, table: Table, row: Row, words: Words) -> None:
        keys = [column.key for column in table.columns]
        value = keys.index(chart.value)
        self.begin = _number(row, keys.index(chart.begin)) if chart.begin else Decimal(0)
        self.end = _number(row, value)
        self._is_step = bool(chart.begin)
        self._name = _name(row, [keys.index(label) for label in chart.labels], table.columns, words)
        amount = keys.index(chart.amount) if chart.amount else value
        self._text = shown_value(plain(row[amount]), table.columns[amount], words)
        if chart.unit:
            self._text += f" {chart.unit}"
        if chart.amount and table.columns[value].kind == "percent":
            self._text += f" · {shown_value(plain(row[value]), table.columns[value], words)}"

    def content(self, start: Decimal, unit: Decimal) -> dict[str, Any]:
        """Its place on an axis that begins somewhere."""
        low, high = sorted((max(self.begin - start, Decimal(0)) * unit, (self.end - start) * unit))
        is_total = self._is_step and not self.begin
        tone = "" if is_total or not self._is_step else "up" if self.end > self.begin else "down"
        width = max(high - low, _THINNEST) if self.begin != self.end else Decimal(0)
        left = min(low, AXIS - width)
        return {
            "name": self._name,
            "value": self._text,
            "x": round(left, 1),
            "width": round(width, 1),
            "tone": tone,
            "cut": is_total and bool(start),
        }


def _start(bars: Sequence[_Bar]) -> Decimal:
    """The start of an axis on which steps can be distinguished: near the totals, or 0 if they are far apart."""
    levels = [level for bar in bars for level in (bar.begin, bar.end) if level or bar.begin]
    low, high = min(levels), max(levels)
    start = low - (high - low) / _BEFORE
    if start <= 0 or low == high:
        return Decimal(0)
    return start.quantize(Decimal(1).scaleb((high - low).adjusted()), ROUND_FLOOR)


def _name(row: Row, at: Sequence[int], columns: Sequence[Column], words: Words) -> str:
    """What a bar is called; there is none without a name."""
    texts = []
    for i in at:
        text = str(plain(row[i]) or "")
        texts.append(words.texts.get(f"sound.{text}", text) if columns[i].key == "sound" else text)
    return shown(" · ".join(filter(None, texts)), _LONGEST_LABEL) or words("without_value")


def _number(row: Row, at: int) -> Decimal:
    value = plain(row[at])
    return Decimal(value) if isinstance(value, (int, Decimal)) else Decimal(0)


def gauge_content(gauge: Gauge, words: Words, *, is_only: bool) -> dict[str, Any]:
    """A limit as the template shows it: what is taken of it, and beyond the limit, where that lies.

    Args:
        gauge: the limit.
        words: the language.
        is_only: it is the only limit, so that the verdict already gives its status.
    """
    share = gauge.share or Decimal(0)
    scale = max(Decimal(1), share)
    limit = round(AXIS / scale, 1)
    taken = round(AXIS * share / scale, 1)
    percent = shown_value(gauge.share, Column("share", kind="percent"), words)
    return {
        "name": shown(gauge.name, _LONGEST),
        "text": gauge.text,
        "status": "" if is_only and gauge.tone != "warn" else gauge.status,
        "tone": gauge.tone,
        "percent": percent if gauge.share is not None else "",
        "within": min(taken, limit),
        "limit": limit,
        "beyond": max(taken - limit, Decimal(0)),
        "is_known": gauge.share is not None,
    }
