"""The format-free document: what a whole report says, before any writer decides how it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from kling_cost.reporting.table import Fact, Table


class Headline(NamedTuple):
    """One total, as the first thing that people read.

    Attributes:
        cost, currency: the exact total.
        usd: in dollars; None where that is not known, or already the currency.
        extent: how much work that is, in words.
    """

    cost: Decimal
    currency: str
    usd: Decimal | None
    extent: str


class Bar(NamedTuple):
    """One bar of a chart; bars of one currency share a scale."""

    name: str
    value: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars to compare, in the order in which they are drawn."""

    title: str
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Part:
    """What stands under one heading: tables, and a chart where there is something to compare.

    Attributes:
        title: the heading, and a sheet's name.
        tables: from top to bottom.
        chart: drawn before the tables, by writers that can.
        facts: said before the tables; on the first part, those of the whole report.
    """

    title: str
    tables: Sequence[Table]
    chart: Chart | None = None
    facts: Sequence[Fact] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A report.

    Attributes:
        title: the campaign's name.
        verdict: in words; None where nothing was checked.
        verdict_kind: `within`, `over`, `blocked`, or nothing.
        headlines: the totals.
        parts: from first to last.
    """

    title: str
    verdict: str | None
    verdict_kind: str
    headlines: Sequence[Headline]
    parts: Sequence[Part]
