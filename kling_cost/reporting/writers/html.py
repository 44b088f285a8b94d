"""One HTML page: it loads nothing, allows its style and script by hash, and escapes every text."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from kling_cost import __version__
from kling_cost.problems import shown
from kling_cost.reporting.document import Document, Figure, Headline, Part
from kling_cost.reporting.number_format import grouped
from kling_cost.reporting.style import ACCENT, ACCENT_DARK, Style
from kling_cost.reporting.translations import Words
from kling_cost.reporting.writers import Writer
from kling_cost.reporting.writers.footer import rendered_footer
from kling_cost.reporting.writers.html_charts import chart_content, gauge_content
from kling_cost.reporting.writers.html_table import PageTables
from kling_cost.reporting.writers.page_templates import page_asset, rendered_page

_LONGEST = 300
_PAGE_ROOM, _WHAT_IF_ROOM = 1_900_000, 500_000  # bytes, of the 2 MB that a page never reaches


def html_bytes(document: Document) -> bytes:
    """The page as UTF-8.

    Args:
        document: what to show.

    Raises:
        UsageError: the style's footer is not a valid template.
    """
    words, style = document.words, document.style
    around = len(_css(style)) + len(page_asset("page.js")) + len(_logo(style)) + len(style.footer)
    bare = len(_what_if(document, [], _WHAT_IF_ROOM))
    tables = PageTables(document, _PAGE_ROOM - around - bare)
    parts = [_Part(document, part, tables).content() for part in document.parts_on("page")]
    live = [table["numbers"] for part in parts for table in part["tables"] if table["live"]]
    what_if = _what_if(document, live[0], bare + tables.left) if live else ""
    suggestions = _suggestions(document, live[0]) if live else []
    return rendered_page(
        "page.html.j2",
        lang=words.locale,
        words=words,
        page=_page(document),
        parts=parts,
        what_if=what_if,
        suggestions=suggestions,
        own_options=[name for key, name in document.what_if.options if key != name] if document.what_if else [],
        what_if_words=_island({key: words.texts[f"what_if.{key}"] for key in _WHAT_IF_WORDS}) if what_if else "",
        version=__version__,
        company=style.company,
        logo=_logo(style),
        footer=_footer(document, __version__),
        style=_css(style),
        script=page_asset("page.js"),
    )


_WHAT_IF_WORDS = (
    "total", "change", "headroom", "over", "within", "copied", "others", "not_sold", "job", "more", "takes_range",
    "partly", "pain", "pain_is", "without_points",
)  # fmt: skip


def _css(style: Style) -> str:
    own = ""
    if (style.accent, style.accent_dark) != (ACCENT, ACCENT_DARK):
        own += f":root{{--accent:{style.accent}}}"
        own += f"@media (prefers-color-scheme:dark){{:root{{--accent:{style.accent_dark}}}}}"
        own += f"@media print{{:root{{--accent:{style.accent}}}}}"
    if style.font:
        own += f'body{{font-family:"{style.font}",system-ui,sans-serif}}'
    return page_asset("page.css") + own + style.css


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
        "gauges": [gauge_content(g, document.words, is_only=len(document.gauges) == 1) for g in document.gauges],
        "remark": document.remark,
        "leads": document.leads,
        "faults": [(shown(fact.name, _LONGEST), shown(fact.text, _LONGEST), fact) for fact in document.faults],
    }


def _headline(total: Headline, words: Words) -> dict[str, Any]:
    figures = [_figure(figure, words) for figure in (total.amount, *total.beside)]
    beside = [f"{amount} {currency}" for amount, currency in figures[1:]]
    cost, currency = figures[0]
    return {"cost": cost, "currency": currency, "before": total.before, "beside": beside, "extent": total.extent}


def _figure(figure: Figure, words: Words) -> tuple[str, str]:
    digits = (0, 12) if figure.digits is None else (figure.digits, figure.digits)
    return grouped(figure.value, words, *digits), figure.currency


class _Part:
    """One part as the template shows it."""

    def __init__(self, document: Document, part: Part, tables: PageTables) -> None:
        self._words, self._part, self._tables = document.words, part, tables

    def content(self) -> dict[str, Any]:
        """Its heading, and its tables, each with its chart."""
        charts = [chart for chart in self._part.charts if "page" in chart.places]
        shown_tables = self._part.tables_on("page")
        tables = [self._tables.made[table.key] for table in shown_tables]
        for table, made in zip(shown_tables, tables, strict=True):
            drawn = (chart_content(chart, table, self._words) for chart in charts if chart.table == table.key)
            made["charts"] = [chart for chart in drawn if chart]
        rows = self._words.grouped(str(len(shown_tables[0].rows))) if len(shown_tables) == 1 else ""
        letters = [{"title": letter.title, "text": "\n".join(letter.lines)} for letter in self._part.letters]
        name = f"part-{self._part.key}"
        return {"id": name, "title": self._part.title, "tables": tables, "rows": rows, "letters": letters}


def _what_if(document: Document, numbers: Sequence[int], room: int) -> str:
    """What the page's script knows of the plan: all groups, and the lines that are shown, with as much of what was
    told of them as there is room for; nothing if it is too much."""
    known = document.what_if
    if known is None:
        return ""
    content: dict[str, Any] = {
        name: getattr(known, name) for name in ("models", "options", "groups", "currencies", "limits")
    }
    content |= {"money": known.money, "most": known.most_takes, "lines": [known.lines[at] for at in numbers]}
    content |= {"pains": known.pains, "suggestions": _suggestions(document, numbers)}
    told = [known.told[at] for at in numbers]
    for named in (("prompt", *known.tags), known.tags, ()):
        first = 1 + len(known.tags) - len(named)
        island = _island({**content, "named": named, "told": [texts[first:] for texts in told] if named else []})
        if len(island) <= min(room, _WHAT_IF_ROOM):
            return island
    return ""


def _suggestions(document: Document, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """The changes to try on lines that are shown, by the places of these."""
    places = {number: place for place, number in enumerate(numbers)}
    known = document.what_if.suggestions if document.what_if else ()
    return [{**one, "line": places[one["line"]]} for one in known if one["line"] in places]


def _island(content: Any) -> Markup:
    """Data for a script, as JSON in which nothing can end the element."""
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


WRITER: Writer = html_bytes
