"""What an applied plan changes in the file of its jobs, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from kling_cost.jobs.writing.job_changes import WrittenValue
from kling_cost.problems import shown
from kling_cost.reporting.parts.changes.plan_changes import step_name
from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.table import Column, Row, Table
from kling_cost.reporting.translations import Words


def written_values(values: Sequence[WrittenValue], path: str, words: Words) -> Table:
    """A row for each value that is written, and for each job that is taken out.

    Args:
        values: in the order of the file.
        path: where they would be written.
        words: the language.
    """
    has_places = any(value.place for value in values)
    columns = [
        Column("row", kind="id"),
        Column("job", words("fit.job"), "id"),
        *([Column("cell", words("fit.cell"), "id")] * has_places),
        *(Column(name, words(f"fit.{name}")) for name in ("change", "from", "to")),
    ]
    rows: list[Row] = []
    for value in values:
        change = step_name(value.field, words) if value.field else words("fit.drop")
        place = [value.place] * has_places
        rows.append([str(value.row), value.job_id, *place, change, value.before, value.after])
    notes = [words("fit.formulas")] if any(value.was_formula for value in values) else []
    return Table("written", words("fit.would_write", path=shown(path)), titled(words, columns), rows, notes=notes)
