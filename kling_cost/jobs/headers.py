"""Files whose first row is no header of jobs: refused, for they would come to nothing without a word."""

from __future__ import annotations

from collections.abc import Sequence

from kling_cost.io.sources import Source
from kling_cost.jobs.columns import Columns
from kling_cost.problems import Listed


def hold_header(source: Source, header: Sequence[str | None]) -> None:
    """Refuse a file whose first row names nothing that a sheet of jobs has, nor looks like a slip in it.

    Raises:
        ReadError: it is no such sheet.
    """
    columns, given = Columns(header), [name for name in header if name]
    if columns.present or columns.spoilt or any(name is not None for name in columns.names):
        return
    begin = " ".join(given).lstrip()
    if "\0" in begin:
        raise source.error("unreadable.binary_sheet")
    if begin.startswith("<"):
        raise source.error("unreadable.page_sheet")
    if begin.startswith(("{", "[")):
        raise source.error("unreadable.json_sheet")
    raise source.error("unreadable.no_columns", columns=Listed([name for name in given if name.strip()]))
