"""The last sheet of a report's workbook: where the inputs stand, and what they were when it was written.

A row is a word, which says of what it is, and texts. Columns are known by their headings, so that a workbook in any
language is read back, whatever columns people put between ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from kling_cost.io.strict_json import JsonError, parse_json

#: The name of the sheet, in every language.
PLAN_SHEET = "kling_cost"
PLAN_SCHEMA = "1"
SCHEMA, COLUMN, LIMIT, RATE, PRICE, PROBLEM, LEFT_OUT, JOBS, CAMPAIGN, RULES, OTHER_RULES, REFUSED = (
    "schema", "column", "limit", "rate", "price", "problem", "left_out", "jobs", "campaign", "rules", "other_rules",
    "refused",
)  # fmt: skip
#: What a column is to a reader.
INPUT, FORMULA, GIVEN, KEY = "input", "formula", "given", "key"
LINES, LIMITS, EXCHANGE, CONTINGENCY, PRICES = "line_items", "limits", "exchange", "contingency", "price_book"


def written_field(field: str) -> str:
    r"""A field as a cell holds it whatever it is called: what cannot be seen is spelt out.

    >>> written_field("tag:a\tb"), read_field("tag:a\\tb") == "tag:a\tb"
    ('tag:a\\tb', True)
    """
    return json.dumps(field)[1:-1]


def read_field(text: str) -> str:
    """The field again; a text that is none stays as it is."""
    try:
        return str(parse_json(f'"{text}"'.encode("utf-8", "backslashreplace")))
    except JsonError:
        return text


@dataclass(frozen=True, slots=True)
class PlanColumn:
    """A column of a table: its field, its heading, and what it is to a reader."""

    field: str
    title: str
    role: str


@dataclass(slots=True)
class PlanSheet:
    """What the sheet says.

    Attributes:
        schema: of the sheet.
        columns: of each table that is read back.
        limits: what limits were, as limit and committed, by scope and currency.
        rates: units of each currency for a dollar; empty for an unknown one.
        prices: unit prices by what they are for.
        problems: what was wrong with the files, as written.
        left_out: jobs that are in no line.
        jobs: how many lines were written.
        campaign: the campaign's name; empty for none.
        rules: the campaign's rules as YAML; empty for none.
        has_other_rules: it was held to rules of files of their own.
        refused: why it cannot be read back; empty where it can.
    """

    schema: str = ""
    columns: dict[str, list[PlanColumn]] = field(default_factory=dict)
    limits: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    rates: dict[str, str] = field(default_factory=dict)
    prices: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    jobs: int = 0
    campaign: str = ""
    rules: str = ""
    has_other_rules: bool = False
    refused: str = ""


def plan_sheet(rows: Iterable[list[str]]) -> PlanSheet:
    """The sheet from its rows of texts; rows of other words are passed over.

    >>> plan_sheet([["Plan"], ["schema", "1"], ["limit", "all", "USD", "60", "0"]]).limits
    {('all', 'USD'): ('60', '0')}
    """
    found = PlanSheet()
    for row in rows:
        word, *texts = [*row, "", "", "", "", ""][:6]
        _take(found, word, texts)
    return found


def _take(found: PlanSheet, word: str, texts: list[str]) -> None:
    first, second, third, fourth, _ = texts
    if word == COLUMN:
        found.columns.setdefault(first, []).append(PlanColumn(read_field(second), third, fourth))
    elif word == LIMIT:
        found.limits[first, second] = third, fourth
    elif word in (RATE, PRICE):
        (found.rates if word == RATE else found.prices)[first] = second
    elif word in (PROBLEM, LEFT_OUT):
        (found.problems if word == PROBLEM else found.left_out).append(first)
    else:
        _take_one(found, word, first)


def _take_one(found: PlanSheet, word: str, text: str) -> None:
    """What is said once; rules are a line each."""
    if word == JOBS:
        found.jobs = int(text) if text.isascii() and text.isdigit() else 0
    elif word == RULES:
        found.rules += f"{text}\n"
    elif word == OTHER_RULES:
        found.has_other_rules = True
    elif word in (SCHEMA, CAMPAIGN, REFUSED):
        setattr(found, word, text)
