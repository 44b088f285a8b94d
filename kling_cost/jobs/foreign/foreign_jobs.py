"""The jobs of a sheet that was not made for us."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from kling_cost.io.sources import Source
from kling_cost.jobs.columns import Columns
from kling_cost.jobs.foreign.foreign_sheets import ReadSheet
from kling_cost.jobs.job import Job
from kling_cost.jobs.row_reader import RowReader
from kling_cost.problems import problem

if TYPE_CHECKING:
    from kling_cost.jobs.read_jobs import JobStream

_NO_NAME = re.compile(r"\s*(?:sheet|jobs|시트|シート|工作表)?\s*\d*\s*", re.IGNORECASE)  # as programs name a new one


def foreign_jobs(source: Source, found: ReadSheet, stream: JobStream) -> Iterator[Job]:
    """The shots of a sheet as jobs; what is to be said of the sheet as a whole goes to the stream."""
    shots = found.shots
    stream.sheets += sheet_names(source, found.sheet.title)
    reader = RowReader(source.name, Columns.of_known(shots.names(), stream.options), may_lack=("prompt",))
    yield from reader.jobs(shots.rows())
    hidden = [number for number in found.sheet.hidden_rows if number in shots.shots]
    if hidden:
        shots.remarks.append((problem("has_no_effect.hidden_rows", "", count=len(hidden), first=hidden[0]), hidden[0]))
    stream.file_problems += [told.at(None, source.name, row) for told, row in shots.remarks]
    stream.file_problems += reader.file_problems()


def sheet_names(source: Source, title: str | None = None) -> list[str]:
    """What a sheet is called: its title, else its file; one that comes through a pipe has no name.

    >>> from pathlib import Path
    >>> sheet_names(Source("may.xlsx", Path("may.xlsx")), "Sheet1")
    ['may']
    """
    if title is not None and not _NO_NAME.fullmatch(title):
        return [title]
    return [] if source.path is None else [PurePath(source.name).stem]
