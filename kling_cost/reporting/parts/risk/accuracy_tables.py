"""How near earlier estimates came, as tables and as rows for programs."""

from __future__ import annotations

from collections.abc import Iterator

from kling_cost.amounts import plain_text
from kling_cost.planning.learning.accuracy import Accuracy
from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.parts.problem_list import problem_table
from kling_cost.reporting.table import Column, Row, Table
from kling_cost.reporting.translations import Words
from kling_cost.results.plans.accuracy_types import MONTH_ACCURACY

#: The header of the rows for programs.
ACCURACY_NAMES = tuple(field.name for field in MONTH_ACCURACY.fields)


def accuracy_rows(found: Accuracy) -> Iterator[list[str]]:
    """A row for each month and currency; what is not known is empty."""
    for month in found.months:
        amounts = (month.planned, month.p80, month.actual)
        texts = ("" if amount is None else plain_text(amount) for amount in amounts)
        yield [month.month or "", month.currency, *texts, str(month.jobs), str(month.charged)]


def accuracy_tables(found: Accuracy, words: Words) -> list[Table]:
    """What a terminal shows: each month, what its figures lack, and the problems."""
    columns = [
        Column("month", kind="id"),
        Column("currency", kind="id"),
        Column("planned", kind="amount"),
        Column("p80", words("accuracy.p80"), kind="amount"),
        Column("actual", kind="amount"),
        Column("jobs", kind="integer"),
        Column("charged", words("accuracy.charged"), kind="integer"),
    ]
    rows: list[Row] = [[month.month or words("accuracy.unknown"), *month[1:]] for month in found.months]
    notes = [] if all(month.is_whole for month in found.months) else [words("accuracy.note")]
    tables = [Table("accuracy", words("accuracy.title"), titled(words, columns), rows, notes=notes)]
    problems = problem_table(found.problems, words)
    return [*tables, *([problems] if problems.rows else [])]
