"""The columns of a sheet or frame: which are known, which are ignored, which look misspelt."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import NamedTuple

from kling_cost.jobs.requests import KINDS, NAME_FIELDS
from kling_cost.jobs.spelling import closest
from kling_cost.problems import Listed, Problem, problem

JOB_COLUMNS = ("job_id", "provider", "model", "takes", "date", "task_id")
TAG = "tag:"

#: Words that people use for what a price depends on; ignoring such a column would cost the default.
_OTHER_WORDS = {
    "seconds": "duration",
    "secs": "duration",
    "sec": "duration",
    "length": "duration",
    "duration_s": "duration",
    "duration_seconds": "duration",
    "resolution": "quality",
    "audio": "sound",
    "count": "takes",
    "quantity": "takes",
    "qty": "takes",
    "variations": "takes",
    "type": "model",
    "task": "model",
}


@cache
def known_columns() -> dict[str, str]:
    """Every known column and what it holds; `tag:NAME` comes beside them.

    >>> known_columns()["duration"], known_columns()["model_params.multi_shot"]
    ('integer', 'boolean')
    """
    fields: dict[str, str] = dict.fromkeys(JOB_COLUMNS, "text")
    for kind in KINDS.values():
        for path, holds in kind.fields.items():
            if path not in NAME_FIELDS.values():
                fields.setdefault(path, holds)
    return fields


class Columns:
    """The header of one sheet.

    Args:
        names: the header's cells as text, in order; None or blank for a column without a name.

    Attributes:
        names: the name of each column that is read, None for the others.
        problems: what is wrong with the header; one of severity error spoils every row.
        present: the known columns that are there, tags left out.
    """

    def __init__(self, names: Sequence[str | None]) -> None:
        self.problems: list[Problem] = []
        self.names: list[str | None] = []
        seen: set[str] = set()
        for raw in names:
            name = self._known((raw or "").strip())
            if name in seen:
                self.problems.append(problem("duplicate.column", name or ""))
                name = None
            if name is not None:
                seen.add(name)
            self.names.append(name)
        self.present = {name for name in seen if not name.startswith(TAG)}

    @property
    def spoilt(self) -> bool:
        """Whether the header has an error, so that no row can be trusted."""
        return any(p.severity == "error" for p in self.problems)

    def has(self, path: str) -> bool:
        """Whether there is a column for a field or for a part of it.

        >>> Columns(["model", "model_params.element_image_list.frontal_image"]).has("model_params.element_image_list")
        True
        """
        below = f"{path}."
        above = path.partition("[")[0]
        return any(name == above or name.startswith(below) or path.startswith(f"{name}.") for name in self.present)

    def _known(self, name: str) -> str | None:
        if not name:
            return None
        fault = judge_name(name)
        if fault:
            self.problems.append(fault)
        return None if fault else name


def judge_name(name: str) -> Problem | None:
    """What is wrong with the name of a column; None where it is known.

    >>> judge_name("durration").hint
    'rename it to duration'
    """
    if name in known_columns() or (name.startswith(TAG) and name != TAG):
        return None
    if name == TAG:
        return problem("missing.tag_name", name)
    meant = _OTHER_WORDS.get(name.lower()) or closest(name, known_columns())
    if meant is None and name.lower().replace(" ", "").startswith(("tag:", "tags:", "tags.", "tag.")):
        meant = f"{TAG}NAME"
    if meant:
        return problem("unknown_field.misspelt_column", name, meant=meant)
    return problem("unknown_field.column", name)


class SheetKind(NamedTuple):
    """How the sheets of one kind of content are told from others.

    Attributes:
        names: the names of columns that such a sheet may have.
        found: how many of them a row names; 0 for one that can be no header.
        needed: the column that a reader misses where no sheet has a header.
        for_one: columns whose cell cannot hold for several rows: what names a row, and money that is paid once.
    """

    names: Callable[[], Collection[str]]
    found: Callable[[Sequence[object]], int]
    needed: str
    for_one: Collection[str]


def columns_in(cells: Sequence[object]) -> int:
    """How many known columns a row names; 0 for one that can be no header of jobs.

    >>> columns_in(["model", "duration", "remark"]), columns_in(["model", "What to call"]), columns_in(["takes"])
    (2, 1, 0)
    """
    names = {cell.strip() for cell in cells if isinstance(cell, str)}
    known = len(names & known_columns().keys())
    return known if "model" in names or known >= 3 else 0


#: Sheets of jobs.
JOB_SHEET = SheetKind(known_columns, columns_in, "model", ("job_id", "task_id"))


def incomplete(fields: Sequence[str]) -> Problem:
    """The one warning of a file about required fields that it has no column for."""
    return problem("request_incomplete.fields", "", fields=Listed(sorted(fields)))
