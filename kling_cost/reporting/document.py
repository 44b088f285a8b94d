"""The format-independent document: the content of a whole report, before a writer gives it a look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from kling_cost.reporting.page_what_if import WhatIf
from kling_cost.reporting.style import Style
from kling_cost.reporting.table import EVERYWHERE, Fact, Formula, Place, Row, Table, Tone
from kling_cost.reporting.translations import Words


class Figure(NamedTuple):
    """An amount as it is shown.

    Attributes:
        value: exact.
        currency: its code.
        digits: how many decimals are shown; all that it has if None.
    """

    value: Decimal
    currency: str
    digits: int | None = None


class Headline(NamedTuple):
    """A total, as the first thing that people read.

    Attributes:
        amount: the largest figure.
        beside: other amounts that come to the same, such as the credits that it is charged in.
        extent: how much work that is, in words.
        before: what qualifies the amount, such as "at least".
    """

    amount: Figure
    beside: Sequence[Figure]
    extent: str
    before: str = ""


class Lead(NamedTuple):
    """One more answer that people look for first: what it answers, and the answer."""

    title: str
    facts: Sequence[Fact]


class Gauge(NamedTuple):
    """How much of a limit is planned.

    Attributes:
        name: which limit.
        share: what is taken of the limit, as a share of it; None where that is not known.
        text: limit, plan and headroom in words.
        status, tone: its status and the colour for it.
    """

    name: str
    share: Decimal | None
    text: str
    status: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars over rows of a table, in their order and on one axis, drawn beside it.

    Attributes:
        title: what is compared.
        table: the table's key.
        labels: the columns whose texts name a bar.
        value: the column whose numbers are drawn: of one currency, or shares of one whole.
        places: where it is drawn.
        begin: the column where a bar begins, for bars that hang in the air.
        amount: the column whose number is written beside a bar; `value` if empty.
        unit: the currency of that number.
        rows: the first row that is drawn, and the one after the last; all rows if None.
        whole: values are shares of a limit, and where that lies is marked.
    """

    title: str
    table: str
    labels: Sequence[str]
    value: str
    places: frozenset[Place] = EVERYWHERE
    begin: str = ""
    amount: str = ""
    unit: str = ""
    rows: tuple[int, int] | None = None
    whole: bool = False

    def drawn(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Those of a table's rows that it draws."""
        return rows if self.rows is None else rows[slice(*self.rows)]


class Letter(NamedTuple):
    """A text that is meant to be copied and sent.

    Attributes:
        title: what it is for.
        lines: its text.
    """

    title: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Part:
    """The content under one heading: tables, and charts where there is something to compare.

    Attributes:
        key: its name for programs.
        title: the heading, and a sheet's name.
        tables: from top to bottom.
        charts: drawn by writers that can.
        letters: texts to be copied and sent.
    """

    key: str
    title: str
    tables: Sequence[Table]
    charts: Sequence[Chart] = ()
    letters: Sequence[Letter] = ()

    def tables_on(self, place: Place) -> list[Table]:
        """Its tables that make sense in a place."""
        return [table for table in self.tables if place in table.places]


@dataclass(frozen=True, slots=True)
class Document:
    """A report.

    Attributes:
        title: the campaign's name.
        words: in which language.
        style: whose look.
        verdict: in words; None where nothing was checked.
        verdict_tone: how that is to be read.
        remark: what follows from it; may be empty.
        headlines: the totals.
        gauges: the limits.
        stamp: which day and prices the figures rest on; alarms come first.
        parts: from first to last.
        what_if: what a reader may try out; None where prices are not known.
        notice: what a spreadsheet says at the top of each sheet, once it holds.
        leads: what costs most or differs most, what to claim.
        faults: what is wrong, the worst first; alarms are errors.
        day: the day that the figures are of, or on which their prices were checked; None where neither is known.
    """

    title: str
    words: Words
    style: Style
    verdict: str | None
    verdict_tone: Tone
    headlines: Sequence[Headline]
    gauges: Sequence[Gauge]
    stamp: Sequence[Fact]
    parts: Sequence[Part]
    what_if: WhatIf | None = None
    notice: Formula | None = None
    remark: str = ""
    leads: Sequence[Lead] = ()
    faults: Sequence[Fact] = ()
    day: date | None = None

    def parts_on(self, place: Place) -> Iterator[Part]:
        """Its parts that have a table in a place."""
        return (part for part in self.parts if part.tables_on(place))
