"""Merged cells: the value of the first one counts for every row that they cover, or is reported.

Of merged cells a file stores the first one only, so that the others would read as blank, and blank is the default.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from kling_cost.io.sheets.sheet_kind import CellFault, SheetKind, is_blank
from kling_cost.io.sheets.xlsx.sheet_rows import MAX_ROWS, Row, column_letters, place_of
from kling_cost.io.sheets.xlsx.workbook_parts import Book, tags
from kling_cost.io.sheets.xlsx.zip_package import Attributes, told_damage
from kling_cost.io.sources import Source

_MOST = 200_000
_WORD = b"mergeCell"
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")  # two bytes a character


class Merge(NamedTuple):
    """The outermost rows and columns of merged cells, counted from 1."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        return f"{column_letters(self.left)}{self.top}:{column_letters(self.right)}{self.bottom}"


def merges_of(source: Source, book: Book, part: str) -> list[Merge]:
    """The merged cells of a sheet, from the top; the file lists them after its rows, which have to wait for them.

    Raises:
        ReadError: the sheet is damaged.
    """
    found: list[Merge] = []
    names = tags("mergeCell")

    def start(name: str, attributes: Attributes) -> None:
        if name in names:
            first, _, last = attributes.get("ref", "").partition(":")
            (top, left), (bottom, right) = place_of(first), place_of(last or first)
            found.append(Merge(min(top, bottom), min(left, right), max(top, bottom), max(left, right)))
            if len(found) > _MOST:
                raise source.error("unreadable.too_large", limit=f"{_MOST:,} merged cells")

    with told_damage(source):
        if _has_word(book.package.chunks(part)):
            book.package.starts(part, start)
    return sorted(found)


def _has_word(chunks: Iterable[bytes]) -> bool:
    before = b""
    for chunk in chunks:
        if not before and chunk.startswith(_WIDE):
            return True
        if _WORD in before + chunk:
            return True
        before = chunk[-len(_WORD) :]
    return False


class _Covering:
    """Merged cells whose first one holds something, while the rows that they cover are read."""

    __slots__ = ("columns", "merge", "told", "value")

    def __init__(self, merge: Merge, value: Any, columns: Sequence[int]) -> None:
        self.merge, self.value, self.columns = merge, value, columns
        self.told = False


class MergedCells:
    """Fills the rows below a header.

    Args:
        merges: the merged cells, from the top.
        header_row: the header's row number.
        names: the header.
        kind: what the sheet holds.

    Raises:
        ValueError: two of them overlap.
    """

    def __init__(self, merges: Iterable[Merge], header_row: int, names: Sequence[str | None], kind: SheetKind) -> None:
        self._waiting = [merge for merge in merges if merge.top > header_row][::-1]
        self._header_row, self._names = header_row, names
        self._named = [at for at, name in enumerate(names, 1) if name is not None and not is_blank(name)]
        self._for_one = {at for at in self._named if kind.known(names[at - 1] or "") in kind.for_one}
        self._tags = {at for at in self._named if kind.is_label(names[at - 1] or "")}
        self._active: list[_Covering] = []

    def filled(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows as a reader of the sheet sees them; one without cells of its own is reported once."""
        last = self._header_row
        for number, cells in rows:
            yield from self._between(last, number)
            yield number, self._row(number, cells)
            last = number
        yield from self._between(last, MAX_ROWS + 1)

    def _between(self, last: int, number: int) -> Iterator[Row]:
        """The first row without any cell that merged ones cover."""
        if last + 1 < number and any(one.merge.bottom > last and not one.told for one in self._active):
            cells = self._row(last + 1, [])
            if any(cell is not None for cell in cells):
                yield last + 1, cells

    def _row(self, number: int, cells: list[Any]) -> list[Any]:
        self._active = [one for one in self._active if one.merge.bottom >= number]
        while self._waiting and self._waiting[-1].top <= number:
            self._begin(self._waiting.pop(), number, cells)
        if not self._active:
            return cells
        cells = cells + [None] * (len(self._names) - len(cells))
        covered = {at for one in self._active for at in one.columns if (number, at) != (one.merge.top, one.merge.left)}
        has_own = any(not is_blank(cell) for at, cell in enumerate(cells, 1) if at not in covered)
        for one in self._active:
            self._cover(one, number, cells)
        return cells if has_own else self._without_own(cells)

    def _begin(self, merge: Merge, number: int, cells: list[Any]) -> None:
        value = cells[merge.left - 1] if merge.top == number and merge.left <= len(cells) else None
        columns = [at for at in self._named if merge.left <= at <= merge.right]
        at = bisect_left([one.merge.left for one in self._active], merge.left)
        beside = [one.merge for one in self._active[max(at - 1, 0) : at + 1]]
        if any(one.left <= merge.right and merge.left <= one.right for one in beside):
            raise ValueError(f"the merged cells {merge} overlap others")
        self._active.insert(at, _Covering(merge, value, columns))

    def _cover(self, one: _Covering, number: int, cells: list[Any]) -> None:
        """Put into the cells of a row what merged ones hold, or the fault that they are."""
        why = self._fault(one, number, cells)
        if why is not None or not is_blank(one.value):
            held = one.value if why is None else CellFault(why, cells=str(one.merge))
            for at in one.columns:
                cells[at - 1] = held

    def _fault(self, one: _Covering, number: int, cells: list[Any]) -> str | None:
        """Why what the merged cells hold cannot be given to each of them."""
        merge, value = one.merge, one.value
        for at in one.columns:
            own = cells[at - 1]
            if (number, at) != (merge.top, merge.left) and not is_blank(own) and own != value:
                return "unreadable.merged_over"
        if is_blank(value):
            return None
        if one.columns != [merge.left] and one.columns:
            return "unreadable.merged_columns"
        return "unreadable.merged_rows" if merge.bottom > merge.top and self._for_one & {*one.columns} else None

    def _without_own(self, cells: list[Any]) -> list[Any]:
        """A row that has all its values from merged cells above it: it may be a job or not."""
        over = [one for one in self._active if not is_blank(one.value) and set(one.columns) - self._tags]
        if all(one.told for one in over):
            return []
        told = CellFault("unreadable.merged_alone", cells=str(over[0].merge))
        for one in over:
            one.told = True
            for at in one.columns:
                cells[at - 1] = told
        return cells
