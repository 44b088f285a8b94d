"""One HTML page: no request to anywhere, style and script allowed by hash, every text inert."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kling_cost.amounts import plain_text
from kling_cost.problems import shown
from kling_cost.reporting.digits import DECIMALS, grouped, shown_value
from kling_cost.reporting.document import Chart, Document, Headline, Part
from kling_cost.reporting.material import material
from kling_cost.reporting.table import Column, Formula, Table, Value, plain, some

MAX_ROWS = 3_000
_BAR_LEFT, _BAR_WIDTH, _BAR_STEP = 240, 220, 26
_LONGEST = 300


def html_bytes(document: Document, version: str) -> bytes:
    """The page as UTF-8.

    Args:
        document: what to show.
        version: of the library, for the footer.
    """
    template = _environment().get_template("page.html.j2")
    text = template.render(
        lang="en",
        page=_page(document),
        version=version,
        style=_asset("page.css"),
        script=_asset("page.js"),
    )
    return text.encode("utf-8", "backslashreplace")


@cache
def _environment() -> Environment:
    environment = Environment(  # autoescape is on for every name, select_autoescape skips .j2
        loader=FileSystemLoader(material("templates")), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["hash"] = _hash
    environment.filters["verbatim"] = Markup
    return environment


@cache
def _asset(name: str) -> str:
    return material(f"templates/{name}").read_text(encoding="utf-8")


def _hash(text: str) -> Markup:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(f"sha256-{digest}")  # noqa: S704  # base64 needs no escaping


def _page(document: Document) -> dict[str, Any]:
    facts = [fact for part in document.parts for fact in part.facts]
    return {
        "title": shown(document.title, _LONGEST),
        "verdict": document.verdict,
        "verdict_kind": document.verdict_kind,
        "alarms": [fact for fact in facts if fact.is_alarm],
        "facts": [(fact.name, shown(fact.text, _LONGEST)) for fact in facts if not fact.is_alarm],
        "totals": [_headline(total) for total in document.headlines],
        "parts": [_part(part) for part in document.parts],
    }


def _headline(total: Headline) -> dict[str, str]:
    return {
        "cost": grouped(total.cost),
        "currency": total.currency,
        "usd": "" if total.usd is None else grouped(total.usd, *DECIMALS["money"]),
        "extent": total.extent,
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "id": part.title.lower().replace(" ", "-"),
        "title": part.title,
        "chart": _chart(part.chart) if part.chart else None,
        "tables": [_table(table) for table in part.tables],
    }


def _table(table: Table) -> dict[str, Any]:
    rows, notes = list(table.rows), [*table.notes]
    if len(rows) > MAX_ROWS:
        rows, note = _costliest(table)
        notes.append(note)
    at = [i for i, column in enumerate(table.columns) if not column.helper and some(row[i] for row in rows)]
    return {
        "id": f"table-{table.key.replace(':', '-').replace(',', '-')}",
        "title": table.title,
        "live": table.key == "line_items" and len(rows) > 1,
        "columns": [
            {"title": column.title, "kind": column.kind, "number": column.is_number}
            for column in (table.columns[i] for i in at)
        ],
        "rows": [[_cell(row[i], table.columns[i]) for i in at] for row in rows],
        "totals": table.totals and [_cell(table.totals[i], table.columns[i], blank=True) for i in at],
        "notes": notes,
        "empty": table.empty,
    }


def _costliest(table: Table) -> tuple[list[Sequence[Value | Formula]], str]:
    """The costliest rows of a table that is too long for a page, and how much the others cost."""
    keys = [column.key for column in table.columns]
    if "cost" not in keys:
        left = len(table.rows) - MAX_ROWS
        return list(table.rows[:MAX_ROWS]), f"{left:,} more rows are in the workbook and the JSON."
    cost, currency = keys.index("cost"), keys.index("currency")
    in_order = sorted(table.rows, key=lambda row: Decimal(str(plain(row[cost]))), reverse=True)
    sums: dict[str, Decimal] = {}
    for row in in_order[MAX_ROWS:]:
        name = str(plain(row[currency]))
        sums[name] = sums.get(name, Decimal(0)) + Decimal(str(plain(row[cost])))
    costs = " and ".join(f"{plain_text(total)} {name}" for name, total in sorted(sums.items()))
    left = len(in_order) - MAX_ROWS
    return in_order[:MAX_ROWS], f"{left:,} more line items, {costs} together, are in the workbook and the CSV."


def _cell(value: Value | Formula, column: Column, blank: bool = False) -> dict[str, Any]:
    bare = plain(value)
    text = "" if bare is None and blank else shown(shown_value(bare, column), _LONGEST)
    number = (column.is_number and not blank) or isinstance(bare, (int, Decimal))
    return {
        "text": text,
        "number": number,
        "id": column.kind == "id",
        "sort": "" if bare is None else str(bare),
        "status": text if column.kind == "status" and text.isalpha() else "",
    }


def _chart(chart: Chart) -> dict[str, Any]:
    longest: dict[str, Decimal] = {}
    for bar in chart.bars:
        longest[bar.currency] = max(longest.get(bar.currency, Decimal(0)), bar.value)
    drawn = []
    for at, bar in enumerate(chart.bars):
        width = round(_BAR_WIDTH * bar.value / (longest[bar.currency] or Decimal(1)), 1)
        drawn.append(
            {
                "name": shown(bar.name, 32),
                "value": f"{grouped(bar.value)} {bar.currency}",
                "width": width,
                "label": _BAR_LEFT + width + 8,
                "y": 4 + _BAR_STEP * at,
            }
        )
    return {"title": chart.title, "height": _BAR_STEP * len(drawn) + 8, "bars": drawn}
