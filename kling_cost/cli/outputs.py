"""Write results to standard output and to files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

from kling_cost.cli.options import OutputOptions, colors_wanted, table_width
from kling_cost.cli.streams import tell
from kling_cost.io.writing import write_bytes
from kling_cost.problems import UsageError
from kling_cost.reporting.formats import suffix_of
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Table
from kling_cost.reporting.translations import Words
from kling_cost.reporting.write_report import report_bytes
from kling_cost.results.fields import Record


def deliver(
    report: Report,
    outputs: OutputOptions,
    record: Record,
    of: Callable[[Report], Any],
    tables: Callable[[], Iterable[Table]],
) -> int:
    """Write the files, print the result, and return the exit code that the result asks for.

    Args:
        report: the results.
        outputs: how to show them.
        record: what JSON holds.
        of: takes it from the report.
        tables: what a terminal shows.
    """
    _write(report, outputs, record, of)
    if outputs.form == "table":
        print_tables(tables(), report.words, outputs.show_all)
    else:
        print_bytes(report_bytes(f".{outputs.form}", report, record, of))
    return report.exit_code


def _write(report: Report, outputs: OutputOptions, record: Record, of: Callable[[Report], Any]) -> None:
    written = [(path, report_bytes(suffix_of(path), report, record, of)) for path in outputs.files]
    for path, data in written:
        write_bytes(path, data)
        tell(f"wrote {path}")


def deliver_comment(report: Report, outputs: OutputOptions, above: str | None) -> int:
    """Write the files, and print the comment if there is something to comment on.

    Raises:
        UsageError: `above` is not a percentage, or another form is asked for.
    """
    from kling_cost.reporting.parts.changes.pull_request_comment import comment, is_worth_it
    from kling_cost.results.document_types import CHECK

    if outputs.form != "table":
        raise UsageError("--comment is Markdown; omit --format")
    worth = is_worth_it(report, above)
    _write(report, outputs, CHECK, lambda r: r.verdict)
    if worth:
        print_bytes(comment(report).encode("utf-8", "backslashreplace"))
    return report.exit_code


def print_tables(tables: Iterable[Table], words: Words, show_all: bool = False) -> None:
    """Tables for people, as wide as the terminal, 80 columns elsewhere."""
    from kling_cost.reporting.writers.terminal import MAX_ROWS, console, print_table

    to = console(sys.stdout, table_width(), colors_wanted())
    for number, table in enumerate(tables):
        if number:
            to.print()
        print_table(to, table, words, None if show_all else MAX_ROWS)


def print_bytes(data: bytes) -> None:
    """Write UTF-8, whatever the terminal's encoding; control characters never reach a terminal."""
    sys.stdout.flush()
    sys.stdout.buffer.write(_inert(data) if sys.stdout.isatty() else data)
    sys.stdout.buffer.flush()


def write_or_print(data: bytes, path: str | None) -> None:
    """Write a file and say so; without one, print."""
    if path is None:
        print_bytes(data)
    else:
        write_bytes(path, data)
        tell(f"wrote {path}")


def _inert(data: bytes) -> bytes:
    """Text for a terminal: escapes in place of whatever moves its cursor or turns text around."""
    text = data.decode("utf-8", "backslashreplace").removeprefix("\ufeff").replace("\r\n", "\n")
    return "".join(c if c.isprintable() or c in "\n\t" else json.dumps(c)[1:-1] for c in text).encode()
