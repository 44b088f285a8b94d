"""One HTML page: no request to anywhere, style and script allowed by hash, every text inert."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kling_cost.problems import shown
from kling_cost.reporting.digits import grouped, shown_value
from kling_cost.reporting.document import Chart, Document, Figure, Gauge, Headline, Part
from kling_cost.reporting.material import material
from kling_cost.reporting.style import ACCENT, ACCENT_DARK, Style
from kling_cost.reporting.table import Column, Row, Table, plain
from kling_cost.reporting.words import Words
from kling_cost.reporting.writers.footer import rendered_footer
from kling_cost.reporting.writers.html_table import PageTables

_LABEL_WIDTH, _BAR_WIDTH, _BAR_STEP, _BAR_GAP = 320, 260, 26, 8
_GAUGE_WIDTH = 400
_LONGEST, _LONGEST_LABEL = 300, 44
_MOST_BARS = 20
_PAGE_ROOM, _TRIAL_ROOM = 1_900_000, 400_000  # bytes, of the 2 MB that a page never reaches


def html_bytes(document: Document, version: str) -> bytes:
    """The page as UTF-8.

    Args:
        document: what to show.
        version: of the library, for the footer.

    Raises:
        UsageError: the style's footer is no acceptable template.
    """
    words, style = document.words, document.style
    around = len(_css(style)) + len(_asset("page.js")) + len(_logo(style)) + len(style.footer)
    tables = PageTables(document, _PAGE_ROOM - around - len(_trial(document, [])))
    parts = [_Part(document, part, tables).content() for part in document.parts_on("page")]
    live = [table["numbers"] for part in parts for table in part["tables"] if table["live"]]
    trial = _trial(document, live[0]) if live else ""
    text = (
        _environment()
        .get_template("page.html.j2")
        .render(
            lang=words.locale,
            words=words,
            page=_page(document),
            parts=parts,
            trial=trial,
            trial_words=_island({key: words.texts[f"trial.{key}"] for key in _TRIAL_WORDS}) if trial else "",
            version=version,
            company=style.company,
            logo=_logo(style),
            footer=_footer(document, version),
            style=_css(style),
            script=_asset("page.js"),
        )
    )
    return text.encode("utf-8", "backslashreplace")


_TRIAL_WORDS = (
    "total", "change", "headroom", "over", "within", "copied", "others", "not_sold", "job",
)  # fmt: skip


@cache
def _environment() -> Environment:
    environment = Environment(  # autoescape is on for every name, select_autoescape skips .j2
        loader=FileSystemLoader(material("templates")), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["hash"] = _hash
    environment.filters["verbatim"] = Markup
    return environment


@cache
def _asset(name: str) -> str:
    return material(f"templates/{name}").read_text(encoding="utf-8")


def _hash(text: str) -> Markup:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(f"sha256-{digest}")  # noqa: S704  # base64 needs no escaping


def _css(style: Style) -> str:
    own = ""
    if (style.accent, style.accent_dark) != (ACCENT, ACCENT_DARK):
        own += f":root{{--accent:{style.accent}}}"
        own += f"@media (prefers-color-scheme:dark){{:root{{--accent:{style.accent_dark}}}}}"
        own += f"@media print{{:root{{--accent:{style.accent}}}}}"
    if style.font:
        own += f'body{{font-family:"{style.font}",system-ui,sans-serif}}'
    return _asset("page.css") + own + style.css


def _logo(style: Style) -> str:
    return "" if style.logo is None else f"data:image/png;base64,{base64.b64encode(style.logo.data).decode()}"


def _footer(document: Document, version: str) -> Markup:
    """The style's own last line."""
    seen = {"title": document.title, "company": document.style.company, "version": version}
    return rendered_footer(document.style.footer, seen) if document.style.footer else Markup("")


def _page(document: Document) -> dict[str, Any]:
    return {
        "title": shown(document.title, _LONGEST),
        "verdict": document.verdict,
        "verdict_tone": document.verdict_tone,
        "alarms": [fact for fact in document.stamp if fact.is_alarm],
        "facts": [(fact.name, shown(fact.text, _LONGEST)) for fact in document.stamp if not fact.is_alarm],
        "totals": [_headline(total, document.words) for total in document.headlines],
        "gauges": [_gauge(gauge, document.words) for gauge in document.gauges],
    }


def _headline(total: Headline, words: Words) -> dict[str, Any]:
    said = [_figure(figure, words) for figure in (total.amount, *total.beside)]
    beside = [f"{amount} {currency}" for amount, currency in said[1:]]
    cost, currency = said[0]
    return {"cost": cost, "currency": currency, "before": total.before, "beside": beside, "extent": total.extent}


def _figure(figure: Figure, words: Words) -> tuple[str, str]:
    digits = (0, 12) if figure.digits is None else (figure.digits, figure.digits)
    return grouped(figure.value, words, *digits), figure.currency


def _gauge(gauge: Gauge, words: Words) -> dict[str, Any]:
    share = gauge.share or Decimal(0)
    scale = max(Decimal(1), share)
    percent = shown_value(gauge.share, Column("share", kind="percent"), words)
    return {
        "name": shown(gauge.name, _LONGEST),
        "text": gauge.text,
        "status": gauge.status,
        "tone": gauge.tone,
        "percent": percent,
        "width": round(_GAUGE_WIDTH * share / scale, 1),
        "limit": round(_GAUGE_WIDTH / scale, 1),
    }


class _Part:
    """One part as the template shows it."""

    def __init__(self, document: Document, part: Part, tables: PageTables) -> None:
        self._words, self._part, self._tables = document.words, part, tables

    def content(self) -> dict[str, Any]:
        """Its heading, and its tables, each with its chart."""
        charts = {chart.table: chart for chart in self._part.charts if "page" in chart.places}
        shown_tables = self._part.tables_on("page")
        tables = [self._tables.made[table.key] for table in shown_tables]
        for table, made in zip(shown_tables, tables, strict=True):
            chart = charts.get(table.key)
            made["chart"] = self._chart(chart, table) if chart and table.rows else None
        rows = self._words.grouped(str(len(shown_tables[0].rows))) if len(shown_tables) == 1 else ""
        letters = [{"title": letter.title, "text": "\n".join(letter.lines)} for letter in self._part.letters]
        name = f"part-{self._part.key}"
        return {"id": name, "title": self._part.title, "tables": tables, "rows": rows, "letters": letters}

    def _chart(self, chart: Chart, table: Table) -> dict[str, Any]:
        if chart.begin:
            return _floating(chart, table, self._words)
        keys = [column.key for column in table.columns]
        value_at, label_at = keys.index(chart.value), [keys.index(label) for label in chart.labels]
        scale_at = keys.index(chart.scale) if chart.scale else None
        rows = sorted(table.rows, key=lambda row: (_scale(row, scale_at), -_number(row, value_at)))[:_MOST_BARS]
        longest: dict[str, Decimal] = {}
        for row in rows:
            longest[_scale(row, scale_at)] = max(longest.get(_scale(row, scale_at), Decimal(0)), _number(row, value_at))
        bars = []
        for at, row in enumerate(rows):
            width = round(_BAR_WIDTH * _number(row, value_at) / (longest[_scale(row, scale_at)] or Decimal(1)), 1)
            label = " · ".join(str(plain(row[i])) for i in label_at if plain(row[i]))
            value = shown_value(plain(row[value_at]), table.columns[value_at], self._words)
            unit = f" {_scale(row, scale_at)}" if scale_at is not None else ""
            bars.append(_bar(at, label, f"{value}{unit}", 0, width))
        return {"title": chart.title, "height": _BAR_STEP * len(bars) + _BAR_GAP, "bars": bars}


def _floating(chart: Chart, table: Table, words: Words) -> dict[str, Any]:
    """Bars that hang between two levels, in the order of the rows: a bridge for each scale."""
    keys = [column.key for column in table.columns]
    label_at, scale_at = keys.index(chart.labels[0]), keys.index(chart.scale)
    amount_at, begin_at, end_at = keys.index(chart.amount), keys.index(chart.begin), keys.index(chart.value)
    longest: dict[str, Decimal] = {}
    for row in table.rows:
        scale = _scale(row, scale_at)
        longest[scale] = max(longest.get(scale, Decimal(0)), _number(row, begin_at), _number(row, end_at))
    bars: list[dict[str, Any]] = []
    last = ""
    for row in table.rows:
        begin, end, scale = _number(row, begin_at), _number(row, end_at), _scale(row, scale_at)
        if scale != last and len(longest) > 1:
            bars.append(_bar(len(bars), scale, "", 0, 0))
        last = scale
        unit = _BAR_WIDTH / (longest[scale] or Decimal(1))
        value = shown_value(plain(row[amount_at]), table.columns[amount_at], words)
        low, high = round(min(begin, end) * unit, 1), round(max(begin, end) * unit, 1)
        tone = "" if not begin else "up" if end > begin else "down"
        bars.append(_bar(len(bars), str(plain(row[label_at])), value, low, high, tone))
    return {"title": chart.title, "height": _BAR_STEP * len(bars) + _BAR_GAP, "bars": bars}


def _bar(at: int, name: str, value: str, low: Decimal | int, high: Decimal | int, tone: str = "") -> dict[str, Any]:
    """One bar of a chart: what it is called, where it begins and ends, what is written behind it."""
    return {
        "name": shown(name, _LONGEST_LABEL),
        "value": value,
        "x": _LABEL_WIDTH + low,
        "width": high - low,
        "label": _LABEL_WIDTH + high + _BAR_GAP,
        "y": _BAR_STEP * at + 4,
        "tone": tone,
    }


def _number(row: Row, at: int) -> Decimal:
    value = plain(row[at])
    return Decimal(value) if isinstance(value, (int, Decimal)) else Decimal(0)


def _scale(row: Row, at: int | None) -> str:
    return "" if at is None else str(plain(row[at]))


def _trial(document: Document, numbers: Sequence[int]) -> str:
    """What the page's script knows of the plan: all groups, and the lines that are shown; nothing if it is too much."""
    known = document.what_if
    if known is None:
        return ""
    lines = [known.lines[at] for at in numbers]
    content = {"models": known.models, "groups": known.groups, "currencies": known.currencies, "limits": known.limits}
    island = _island({**content, "lines": lines})
    return island if len(island) <= _TRIAL_ROOM else ""


def _island(content: Any) -> Markup:
    """Data for a script, as JSON in which nothing can end the element."""
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704
