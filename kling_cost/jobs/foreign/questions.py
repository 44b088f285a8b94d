"""What cannot be told from a sheet: asked, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kling_cost.amounts import many
from kling_cost.problems import (
    EXIT_CANNOT_RUN,
    EXIT_INVALID,
    KlingCostError,
    Listed,
    Problem,
    problem,
)

#: What stands among the choices of a column for one that is no part of the plan.
NOT_READ = "not read"
_TOLD = 20  # questions that the words of an error hold; it has all of them
#: What a column of people's names of shots is asked as, besides fields: a row that may be no shot.
ROW = "row"


class Question(NamedTuple):
    """One thing that has to be said.

    Attributes:
        kind: `model`, `column`, `no_column`, `sheet` or `table`, without which nothing can be read; else `cell`,
            `blank`, `row`, or `several` for a row that may be several videos.
        field: the field that it is about.
        cell: the first place where it comes up, such as `D7`; None where no cell says anything.
        value: what stands there; None where nothing does.
        choices: what it may mean; empty where anything may.

    >>> str(Question("cell", "quality", "E6", "HD", ("720p", "1080p")))
    '“HD” in E6 can be 720p, 1080p'
    """

    kind: str
    field: str
    cell: str | None
    value: str | None
    choices: tuple[str, ...]

    @property
    def is_of_cell(self) -> bool:
        """Whether only some cells are unclear."""
        return self.kind in ("cell", "blank", "row", "several")

    def problem(self, source: str | None = None, file: str = "") -> Problem:
        """The question in words, at its place; `file` is the one that may answer it."""
        digits = "".join(c for c in self.cell or "" if c.isdigit())
        found = problem(
            self._key(),
            self.field,
            cell=self.cell or "",
            value=self.value or "",
            choices=Listed(self.choices),
            meant=self.field,
            file=file or "SHEET.columns.yaml",
        )
        return found.at(None, source, int(digits) if digits else None)

    def _key(self) -> str:
        if self.kind == "model":
            return "ambiguous.sheet_no_model" if self.value is None else "ambiguous.sheet_model"
        if self.kind == "cell":
            return "ambiguous.sheet_cell" if self.choices else "ambiguous.sheet_cell_open"
        return _KEYS[self.kind]

    def __str__(self) -> str:
        return self.problem().message


_KEYS = {
    "column": "ambiguous.sheet_column",
    "no_column": "ambiguous.sheet_no_column",
    "sheet": "ambiguous.sheet_which",
    "table": "ambiguous.sheet_table",
    "blank": "ambiguous.sheet_blank",
    "row": "ambiguous.sheet_row",
    "several": "ambiguous.sheet_several",
}


class SheetQuestionsError(KlingCostError):
    """A sheet cannot be read until its questions are answered.

    Args:
        questions: what has to be said.
        source: the sheet.
        file: the file that may answer.

    Attributes:
        questions: what has to be said, in the order of the sheet.

    >>> SheetQuestionsError([Question("cell", "quality", "E6", "HD", ("720p", "1080p"))], "a.csv").exit_code
    5
    """

    def __init__(self, questions: Sequence[Question], source: str | None = None, file: str = "") -> None:
        found = [question.problem(source, file) for question in questions]
        told, more = [str(one) for one in found[:_TOLD]], len(found) - _TOLD
        super().__init__("\n".join([*told, f"and {many(more, 'more question')}"] if more > 0 else told))
        self.questions, self.problems = list(questions), found

    @property
    def exit_code(self) -> int:  # type: ignore[override]  # depends on what is asked
        """5 if only cells are unclear, else 2."""
        return EXIT_INVALID if all(question.is_of_cell for question in self.questions) else EXIT_CANNOT_RUN
