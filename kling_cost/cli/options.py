"""Options that verbs share, and what they mean."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kling_cost.cli.overwriting import InputPath, refuse_inputs

if TYPE_CHECKING:
    from kling_cost.planning.verdict import Verdict
    from kling_cost.pricebook.book import PriceBook
    from kling_cost.pricing.estimate import Estimate
    from kling_cost.pricing.totals import Totals
    from kling_cost.reconciliation.result import Reconciliation
    from kling_cost.reporting.report import Report

    _DayType = click.ParamType[date]
else:
    _DayType = click.ParamType  # click before 8.4 knows no type of values

Verb = TypeVar("Verb", bound=Callable[..., Any])


class Day(_DayType):
    """A day such as 2026-11-20."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day, or a usage error."""
        if isinstance(value, date):
            return value
        try:
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
                raise ValueError
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day such as 2026-11-20", param, ctx)


@dataclass(frozen=True)
class PriceOptions:
    """Which prices to use."""

    as_of: date
    prices: str | None
    overlay: Sequence[str]
    rate: Sequence[str]

    def book(self) -> PriceBook:
        """The price book that they choose."""
        from kling_cost.pricebook.load import load_prices

        return load_prices(self.prices, overlay=self.overlay, rates=self.rate)

    @property
    def given(self) -> list[str]:
        """The options among them that change prices, as they are called."""
        return [name for name, value in (("--prices", self.prices), ("--overlay", self.overlay)) if value]


def price_options(verb: Verb) -> Verb:
    """`--as-of`, `--prices`, `--overlay`, `--rate`, handed on as one `PriceOptions`."""
    from functools import wraps

    @click.option(
        "--as-of",
        type=Day(),
        default=lambda: date.today(),  # noqa: DTZ011  # the day where the user is
        show_default="today",
        help="Day whose rates count.",
    )
    @click.option(
        "--prices",
        metavar="BOOK",
        type=InputPath(),
        help="Another price book, a file or a name, instead of the shipped one.",
    )
    @click.option(
        "--overlay",
        metavar="FILE",
        type=InputPath(),
        multiple=True,
        help="A partial price book laid over it; repeatable.",
    )
    @click.option(
        "--rate",
        metavar='"N CUR/USD"',
        multiple=True,
        help='A rate of exchange, as "100 KLING3API_CREDIT/USD".',
    )
    @wraps(verb)
    def with_prices(
        as_of: date, prices: str | None, overlay: tuple[str, ...], rate: tuple[str, ...], **rest: Any
    ) -> Any:
        return verb(price=PriceOptions(as_of, prices, overlay, rate), **rest)

    return with_prices  # type: ignore[return-value]


@dataclass(frozen=True)
class InputOptions:
    """Which jobs to read, and how."""

    jobs: Sequence[str]
    input_format: str | None
    encoding: str | None
    sheet: str | None
    strict: bool


def input_options(verb: Verb) -> Verb:
    """The job files, `--input-format`, `--encoding`, `--sheet`, `--strict`, handed on as one `InputOptions`."""
    from functools import wraps

    @click.argument("jobs", nargs=-1, required=True, metavar="JOBS...", type=InputPath())
    @click.option("--input-format", metavar="FORM", help="json, jsonl, yaml, csv, tsv, xlsx or parquet; needed for -.")
    @click.option("--encoding", metavar="NAME", help="Of text files that are not UTF-8: cp949, cp932, gb18030 …")
    @click.option("--sheet", metavar="NAME", help="Which sheet of a workbook to read.")
    @click.option("--strict", is_flag=True, help="Warnings count as errors.")
    @wraps(verb)
    def with_inputs(
        jobs: tuple[str, ...],
        input_format: str | None,
        encoding: str | None,
        sheet: str | None,
        strict: bool,
        **rest: Any,
    ) -> Any:
        return verb(inputs=InputOptions(jobs, input_format, encoding, sheet, strict), **rest)

    return with_inputs  # type: ignore[return-value]


@dataclass(frozen=True)
class ResponseOptions:
    """Which answers to read, how, and which findings count."""

    files: Sequence[str]
    form: str | None
    sheet: str | None
    amount_unit: str | None
    also: Sequence[str]
    fail_on: Sequence[str]
    ignore: Sequence[str]
    only_mine: bool | None
    submitted_until: date | None
    submitted: str | None


#: The names of the options by which click hands them on, in the order of `ResponseOptions`.
_RESPONSE_OPTIONS = (
    "responses", "response_format", "response_sheet", "amount_unit", "also", "fail_on", "ignore", "only_mine",
    "submitted_until", "submitted",
)  # fmt: skip


def response_options(verb: Verb) -> Verb:
    """`--responses` and what belongs to it, handed on as one `ResponseOptions`."""
    from functools import wraps

    @click.option(
        "--responses",
        metavar="FILE",
        type=InputPath(),
        multiple=True,
        help="Answers: .jsonl .json .csv .tsv .xlsx, or - for standard input; repeatable.",
    )
    @click.option("--response-format", metavar="FORM", help="Of the answers: jsonl, json, csv, tsv or xlsx.")
    @click.option("--response-sheet", metavar="NAME", help="Which sheet of a workbook of answers to read.")
    @click.option("--amount-unit", metavar="UNIT", help="All amounts are in the provider's small unit, such as UC.")
    @click.option(
        "--also",
        metavar="BOOK",
        type=InputPath(),
        multiple=True,
        help="A further book, file or name, that may explain amounts.",
    )
    @click.option("--fail-on", metavar="KIND,…", multiple=True, help="Only these kinds of findings count.")
    @click.option("--ignore", metavar="KIND,…", multiple=True, help="These kinds of findings do not count.")
    @click.option(
        "--only-mine/--no-only-mine",
        default=None,
        show_default="for lists of tasks",
        help="Tasks of no job are those of other plans: one line for all, or a finding each.",
    )
    @click.option("--submitted-until", type=Day(), metavar="DATE", help="Jobs dated later are not submitted yet.")
    @click.option(
        "--submitted", metavar="FILE", type=InputPath(), help="A job_id a line: all other jobs are not submitted yet."
    )
    @wraps(verb)
    def with_responses(**given: Any) -> Any:
        own = {name: given.pop(name) for name in _RESPONSE_OPTIONS}
        for name in ("fail_on", "ignore"):
            own[name] = [kind for one in own[name] for part in one.split(",") if (kind := part.strip())]
        return verb(responses=ResponseOptions(*own.values()), **given)

    return with_responses  # type: ignore[return-value]


#: `--locale`: the language of what people read.
locale_option = click.option(
    "--locale", type=click.Choice(["en", "ko", "ja", "zh"]), default="en", help="Language of tables and reports."
)


@dataclass(frozen=True)
class OutputOptions:
    """How to show results, and which files to write."""

    form: str
    files: Sequence[str]
    show_all: bool
    locale: str
    currencies: Sequence[str]
    style: str | None
    parts: Sequence[str]
    title: str | None

    def report(
        self, estimate: Estimate | Totals, verdict: Verdict | None = None, outcome: Reconciliation | None = None
    ) -> Report:
        """Results in the language, money, look and extent that were asked for."""
        from kling_cost.reporting.report import Report
        from kling_cost.reporting.style import Style, load_style

        style = Style() if self.style is None else load_style(self.style)
        shown = (self.locale, tuple(self.currencies), style, tuple(self.parts))
        return Report(estimate, verdict, *shown, outcome, self.title)


def output_options(verb: Verb) -> Verb:
    """The options of outputs, `--format`, `-o`, `--title` and others, handed on as one `OutputOptions`."""
    from functools import wraps

    @click.option(
        "--format",
        "form",
        type=click.Choice(["table", "json", "csv", "md"]),
        default="table",
        help="Of standard output.",
    )
    @click.option(
        "-o",
        "--output",
        "files",
        metavar="FILE",
        multiple=True,
        help="Write .xlsx .html .md .csv .json .parquet, too; repeatable.",
    )
    @click.option("--all", "show_all", is_flag=True, help="Print every row of a table.")
    @locale_option
    @click.option("--in", "currencies", metavar="CUR", multiple=True, help="Show amounts in CUR, too; repeatable.")
    @click.option(
        "--style", metavar="FOLDER", type=InputPath(), help="A company's logo, colours and words for page and workbook."
    )
    @click.option("--part", "parts", metavar="NAME", multiple=True, help="Only this part of a report; repeatable.")
    @click.option("--title", metavar="TEXT", help="Of a report; the campaign's or the sheet's name, if left out.")
    @wraps(verb)
    def with_outputs(
        form: str,
        files: tuple[str, ...],
        show_all: bool,
        locale: str,
        currencies: tuple[str, ...],
        style: str | None,
        parts: tuple[str, ...],
        title: str | None,
        **rest: Any,
    ) -> Any:
        refuse_inputs(files)
        return verb(outputs=OutputOptions(form, files, show_all, locale, currencies, style, parts, title), **rest)

    return with_outputs  # type: ignore[return-value]


def colors_wanted() -> bool:
    """Whether standard output is a terminal that may show colours."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def table_width() -> int | None:
    """80 columns, or None for those of the terminal."""
    return None if sys.stdout.isatty() else 80
