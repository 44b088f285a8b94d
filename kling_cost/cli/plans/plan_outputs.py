"""Print and write what a verb of `plan` found: as tables, Markdown, rows for programs or JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from kling_cost.cli.options import Verb
from kling_cost.cli.overwriting import refuse_inputs
from kling_cost.problems import UsageError

if TYPE_CHECKING:
    from kling_cost.reporting.report import Report
    from kling_cost.reporting.table import Table
    from kling_cost.reporting.translations import Words

#: The forms beside tables on a terminal.
FORMS = ("md", "csv", "json")
#: The forms of reports, in which the plan is shown as well.
REPORTS = ("xlsx", "html")
format_option = click.option(
    "--format", "form", type=click.Choice(["table", *FORMS]), default="table", help="Format of standard output."
)


def files_option(more: str = "") -> Callable[[Verb], Verb]:
    """The option `-o`, with what a verb writes beside the usual forms."""
    told = f"Also write a .xlsx, .html, .md, .csv or .json file{more}; repeatable."
    return click.option("-o", "--output", "files", metavar="FILE", multiple=True, help=told)


class PlanOutput(NamedTuple):
    """What a verb found, in each of its forms.

    Attributes:
        tables: for people.
        names, rows: for programs.
        document: as JSON.
        report: as a report, for a workbook or a page; None where there is none.
    """

    tables: Callable[[], Sequence[Table]]
    names: Sequence[str]
    rows: Callable[[], Iterable[Sequence[str]]]
    document: Callable[[], dict[str, Any]]
    report: Callable[[], Report] | None = None

    def put_out(self, form: str, files: Sequence[str], words: Words) -> None:
        """Write the files, then print.

        Raises:
            WriteError: a file cannot be written.
        """
        from kling_cost.cli.outputs import print_bytes, print_tables
        from kling_cost.cli.streams import tell
        from kling_cost.io.writing import write_bytes

        for path in files:
            write_bytes(path, self._bytes(form_of(path, "", (*FORMS, *REPORTS)), words))
            tell(f"wrote {path}")
        if form == "table":
            print_tables(self.tables(), words)
        else:
            print_bytes(self._bytes(form, words))

    def _bytes(self, form: str, words: Words) -> bytes:
        if self.report is not None and form in REPORTS:
            from kling_cost.reporting.write_report import report_bytes

            return report_bytes(f".{form}", self.report())
        if form == "json":
            from kling_cost.io.json_text import json_bytes

            return json_bytes(self.document())
        if form == "csv":
            from kling_cost.reporting.writers.csv_text import csv_bytes

            return csv_bytes(self.names, self.rows())
        from kling_cost.reporting.writers.markdown import tables_text

        return tables_text(self.tables(), words)


def refuse_files(files: Sequence[str], what: str, forms: Sequence[str] = FORMS) -> None:
    """Refuse output files before anything is worked out.

    Args:
        files: where results are to be written.
        what: they are, for the message.
        forms: in which they can be written.

    Raises:
        UsageError: one is an input, or has a form that there is not.
    """
    refuse_inputs(files)
    for path in files:
        form_of(path, what, forms)


def form_of(path: str, what: str, forms: Sequence[str] = FORMS) -> str:
    """The form of a file by its suffix.

    Raises:
        UsageError: there is no such form.

    >>> form_of("changes.csv", "plan")
    'csv'
    """
    from kling_cost.reporting.formats import suffix_of

    form = suffix_of(path).lstrip(".")
    if form not in forms:
        raise UsageError(f"{path}: a {what} can be written as .{', .'.join(forms)}")
    return form
