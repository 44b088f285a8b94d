"""Options shared by several verbs, each group handed on as one dataclass."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kling_cost.cli.overwriting import InputPath, refuse_inputs
from kling_cost.cli.sheet_prompts import foreign_sheets, named_values, sheet_options
from kling_cost.reporting.formats import FORMATS, PRINTED
from kling_cost.reporting.resources import locales

if TYPE_CHECKING:
    from kling_cost.jobs.foreign.foreign_sheets import ForeignSheets
    from kling_cost.planning.changes.change import Change
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
#: What the job files are called, by whether they have to be there.
_JOBS = {True: "JOBS...", False: "[JOBS...]"}


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
            self.fail(f"{value!r} is not a date such as 2026-11-20", param, ctx)


@dataclass(frozen=True)
class PriceOptions:
    """Which prices to use."""

    as_of: date
    prices: str | None
    overlay: Sequence[str]
    rate: Sequence[str]
    group: str | None = None

    def book(self) -> PriceBook:
        """The price book that they choose."""
        from kling_cost.pricebook.load import load_prices

        return load_prices(self.prices, overlay=self.overlay, rates=self.rate, group=self.group)

    @property
    def given(self) -> list[str]:
        """The options among them that change prices, as they are called."""
        options = (("--prices", self.prices), ("--overlay", self.overlay), ("--group", self.group))
        return [name for name, value in options if value]


def price_options(verb: Verb) -> Verb:
    """`--as-of`, `--prices`, `--overlay`, `--rate`, `--group`, handed on as one `PriceOptions`."""
    from functools import wraps

    @click.option(
        "--as-of",
        type=Day(),
        default=lambda: date.today(),  # noqa: DTZ011  # the day where the user is
        show_default="today",
        help="Date whose prices apply.",
    )
    @click.option(
        "--prices",
        metavar="BOOK",
        type=InputPath(),
        help="Price book to use instead of the shipped one: a file or a name.",
    )
    @click.option(
        "--overlay",
        metavar="FILE",
        type=InputPath(),
        multiple=True,
        help="Partial price book that overrides entries of the book; repeatable.",
    )
    @click.option(
        "--rate",
        metavar='"N CUR/USD"',
        multiple=True,
        help='Exchange rate, such as "100 KLING3API_CREDIT/USD"; repeatable.',
    )
    @click.option("--group", metavar="NAME", help="Group of customers whose prices count, as the book's terms list it.")
    @wraps(verb)
    def with_prices(
        as_of: date,
        prices: str | None,
        overlay: tuple[str, ...],
        rate: tuple[str, ...],
        group: str | None,
        **rest: Any,
    ) -> Any:
        return verb(price=PriceOptions(as_of, prices, overlay, rate, group), **rest)

    return with_prices  # type: ignore[return-value]


@dataclass(frozen=True)
class InputOptions:
    """Which jobs to read, and how."""

    jobs: Sequence[str]
    input_format: str | None
    encoding: str | None
    sheet: str | None
    strict: bool
    model: str | None = None
    defaults: Mapping[str, str] = field(default_factory=dict)
    columns: str | None = None

    @cached_property
    def foreign(self) -> ForeignSheets:
        """Reads the sheets among them that were not made for us; a terminal is asked what they leave open."""
        return foreign_sheets(self.model, self.defaults, self.columns)


def input_options(verb: Verb) -> Verb:
    """The job files and how to read them, handed on as one `InputOptions`."""
    return _with_jobs(verb, required=True)


def optional_input_options(verb: Verb) -> Verb:
    """The same for a verb that can do without jobs."""
    return _with_jobs(verb, required=False)


def _with_jobs(verb: Verb, required: bool) -> Verb:
    from functools import wraps

    @click.argument("jobs", nargs=-1, required=required, metavar=_JOBS[required], type=InputPath())
    @reading_options
    @wraps(verb)
    def with_jobs(jobs: tuple[str, ...], inputs: InputOptions, **rest: Any) -> Any:
        return verb(inputs=replace(inputs, jobs=jobs), **rest)

    return with_jobs  # type: ignore[return-value]


def reading_options(verb: Verb) -> Verb:
    """How jobs are read, from `--input-format` to `--columns`, handed on as one `InputOptions` without files."""
    from functools import wraps

    @click.option(
        "--input-format", metavar="FORM", help="json, jsonl, yaml, csv, tsv, xlsx or parquet; required for -."
    )
    @click.option(
        "--encoding", metavar="NAME", help="Encoding of text files that are not UTF-8: cp949, cp932, gb18030 …"
    )
    @click.option("--sheet", metavar="NAME", help="Sheet of the workbook to read.")
    @click.option("--strict", is_flag=True, help="Treat warnings as errors.")
    @sheet_options
    @wraps(verb)
    def with_inputs(
        input_format: str | None,
        encoding: str | None,
        sheet: str | None,
        strict: bool,
        sheet_model: str | None,
        default: tuple[str, ...],
        columns: str | None,
        **rest: Any,
    ) -> Any:
        told = (sheet_model, named_values(default), columns)
        return verb(inputs=InputOptions((), input_format, encoding, sheet, strict, *told), **rest)

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
    @click.option("--response-format", metavar="FORM", help="Format of the answers: jsonl, json, csv, tsv or xlsx.")
    @click.option("--response-sheet", metavar="NAME", help="Sheet of the workbook of answers to read.")
    @click.option("--amount-unit", metavar="UNIT", help="Read all amounts in the provider's small unit, such as UC.")
    @click.option(
        "--also",
        metavar="BOOK",
        type=InputPath(),
        multiple=True,
        help="Another price book that may explain amounts; repeatable.",
    )
    @click.option("--fail-on", metavar="KIND,…", multiple=True, help="Fail only on these kinds of findings.")
    @click.option("--ignore", metavar="KIND,…", multiple=True, help="Do not fail on these kinds of findings.")
    @click.option(
        "--only-mine/--no-only-mine",
        default=None,
        show_default="for lists of tasks",
        help="Group tasks that match no job in one line, as tasks of other plans.",
    )
    @click.option("--submitted-until", type=Day(), metavar="DATE", help="Treat jobs dated later as not yet submitted.")
    @click.option("--submitted", metavar="FILE", type=InputPath(), help="Ids of all submitted jobs, one per line.")
    @wraps(verb)
    def with_responses(**given: Any) -> Any:
        own = {name: given.pop(name) for name in _RESPONSE_OPTIONS}
        for name in ("fail_on", "ignore"):
            own[name] = [kind for one in own[name] for part in one.split(",") if (kind := part.strip())]
        return verb(responses=ResponseOptions(*own.values()), **given)

    return with_responses  # type: ignore[return-value]


@dataclass(frozen=True)
class RuleOptions:
    """Which rules hold, and what has been spent already."""

    files: Sequence[str]
    actuals: Sequence[str]

    def refuse_summary(self) -> None:
        """Refuse them where no job is kept.

        Raises:
            UsageError: one of them is given.
        """
        for option, files in (("--rules", self.files), ("--actuals", self.actuals)):
            if files:
                raise click.UsageError(f"{option} needs every job; omit --summary")


def rule_options(verb: Verb) -> Verb:
    """`--rules` and `--actuals`, handed on as one `RuleOptions`."""
    from functools import wraps

    @click.option(
        "--rules",
        metavar="FILE",
        type=InputPath(),
        multiple=True,
        help="Budgets by scope and month, and policies; repeatable.",
    )
    @click.option(
        "--actuals",
        metavar="FILE",
        type=InputPath(),
        multiple=True,
        help="What is charged already: stored reconciliations, or answers; repeatable.",
    )
    @wraps(verb)
    def with_rules(rules: tuple[str, ...], actuals: tuple[str, ...], **rest: Any) -> Any:
        return verb(rules=RuleOptions(rules, actuals), **rest)

    return with_rules  # type: ignore[return-value]


#: `--locale`: the language of what people read.
locale_option = click.option(
    "--locale", type=click.Choice(locales()), default="en", help="Language of tables and reports."
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
        self,
        estimate: Estimate | Totals,
        verdict: Verdict | None = None,
        outcome: Reconciliation | None = None,
        difference: Change | None = None,
    ) -> Report:
        """Results in the language, money, look and extent that were asked for."""
        from kling_cost.cli.next_command import fit_command
        from kling_cost.reporting.report import Report
        from kling_cost.reporting.style import Style, load_style

        style = Style() if self.style is None else load_style(self.style)
        shown = (self.locale, tuple(self.currencies), style, tuple(self.parts))
        command = None if verdict is None else fit_command(verdict)
        return Report(estimate, verdict, *shown, outcome, self.title, difference, command)


def output_options(verb: Verb) -> Verb:
    """The options of outputs, `--format`, `-o`, `--title` and others, handed on as one `OutputOptions`."""
    from functools import wraps

    @click.option(
        "--format",
        "form",
        type=click.Choice(["table", *PRINTED]),
        default="table",
        help="Format of standard output.",
    )
    @click.option(
        "-o",
        "--output",
        "files",
        metavar="FILE",
        multiple=True,
        help=f"Also write a {' '.join([*FORMATS][:-1])} or {[*FORMATS][-1]} file; repeatable.",
    )
    @click.option("--all", "show_all", is_flag=True, help="Print every row of every table.")
    @locale_option
    @click.option("--in", "currencies", metavar="CUR", multiple=True, help="Also show amounts in CUR; repeatable.")
    @click.option(
        "--style", metavar="FOLDER", type=InputPath(), help="Folder with your logo, colours and words for reports."
    )
    @click.option("--part", "parts", metavar="NAME", multiple=True, help="Include only this part; repeatable.")
    @click.option("--title", metavar="TEXT", help="Title of the report; by default the name of the campaign or sheet.")
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
