"""Unknown columns whose values suggest that they are a missing priced column.

An ignored column of whole seconds beside no `duration` would be priced at the default, so it is an error. What a
column holds is known only once its values were seen: rows are held back until one of them settles it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import chain
from typing import Any, TypeVar

from kling_cost.jobs.cell_values import is_blank, plain_cell, to_integer, to_text
from kling_cost.jobs.columns import Columns
from kling_cost.jobs.field_names import folded, meant_value
from kling_cost.jobs.providers.counted_inputs import counted, may_hold
from kling_cost.pricebook.catalogue import option_values
from kling_cost.pricebook.load import load_prices
from kling_cost.pricebook.terms.extras import COUNTED_NEEDS
from kling_cost.problems import Problem, problem

Cells = TypeVar("Cells", bound="Sequence[Any] | Problem")
_FIELDS = ("duration", "quality", "sound")  # told by their values; any small number could be takes
_CLOCK = re.compile(r"(?:0{1,2}:)?0{1,2}:(?P<at>[0-9]{1,2})(?:\.0*)?|pt(?P<iso>[0-9]{1,3})s", re.ASCII)
_SECONDS = re.compile(r"\+?0*([0-9]{1,3})(?:[.,]0*)?(?:e\+?0+)?(?:s|secs?|seconds?|초|秒)?\.?", re.ASCII)
_HELD = 10_000  # rows that are held back where the others can be read again
_MICROSECONDS = 1_000_000
_READ = (str, int, float, Decimal, Fraction, date)  # float: as a frame has it
#: What pricing gives a row; a priced frame may be read again.
_OURS = ("billed_quantity", "requested_quantity")


class Lookalikes:
    """Looks at the values of unknown columns until each is settled.

    Args:
        columns: the header.

    Attributes:
        open: which missing columns each unknown one could still be, by its position.

    >>> looks = Lookalikes(Columns(["model", "how long", "remark"]))
    >>> looks.row(["kling-v3-text-to-video", "12", "12 s would do"])
    >>> [(found.field, found.hint) for found in looks.found()]
    [('how long', 'rename it to duration, or to tag:NAME if it is a label')]
    """

    def __init__(self, columns: Columns) -> None:
        self._names = {} if columns.spoilt else columns.unknown
        could_be = {at: _missing(name, columns.present, columns.options) for at, name in self._names.items()}
        self.open = {at: fields for at, fields in could_be.items() if fields and self._names[at] not in _OURS}
        self._seen: set[int] = set()

    def row(self, cells: Sequence[Any] | Problem) -> None:
        """Look at the cells of a row."""
        if not isinstance(cells, Problem):
            for at in [at for at in self.open if at < len(cells)]:
                self.value(at, cells[at])

    def rows(self, rows: Iterable[tuple[int, Sequence[Any] | Problem]]) -> None:
        """Look at rows until nothing is open."""
        for _, cells in rows:
            self.row(cells)
            if not self.open:
                break

    def value(self, at: int, cell: Any) -> None:
        """Look at a cell of the column at a position."""
        if at not in self.open or is_blank(cell):
            return
        self._seen.add(at)
        self.open[at] = tuple(field for field in self.open[at] if could_hold(field, cell))
        if not self.open[at]:
            del self.open[at]

    def found(self) -> list[Problem]:
        """An error for each column whose every value a missing one could hold."""
        return [
            problem("unknown_field.lookalike", self._names[at], meant=fields[0])
            for at, fields in sorted(self.open.items())
            if at in self._seen
        ]


def fault_beside(fault: Problem, cell: Any, present: Container[str], options: Sequence[str] = ()) -> Problem:
    """What is wrong with a cell under an unknown name, given the names beside it and what the price book names itself.

    >>> fault = problem("unknown_field.column", "len")
    >>> fault_beside(fault, "12", {"model"}).severity, fault_beside(fault, "12", {"model", "duration"}).severity
    ('error', 'warning')
    """
    missing = () if is_blank(cell) else _missing(fault.field, present, options)
    meant = [name for name in missing if could_hold(name, cell)]
    if fault.key != "unknown_field.column" or not meant:
        return fault
    return problem("unknown_field.lookalike", fault.field, meant=meant[0])


def _missing(heading: str, present: Container[str], options: Sequence[str]) -> tuple[str, ...]:
    """Which missing columns one of this heading may be; for what is counted, the heading has to tell of it."""
    named = [name for name in counted(options) if may_hold(heading, name)]
    return tuple(name for name in (*_FIELDS, *named) if name not in present)


def could_hold(field: str, cell: Any) -> bool:
    """Whether a cell says what a column of this name says, in its words or in those of others.

    >>> [could_hold("duration", "5.0"), could_hold("duration", 2024), could_hold("quality", "1080P")]
    [True, False, True]
    """
    if field in COUNTED_NEEDS:
        return _is_counted(cell)
    cell = _plainly(cell)
    if field == "duration":
        seconds = _whole_seconds(cell)
        return seconds is not None and any(low <= seconds <= high for low, high in _seconds())
    if field == "quality":
        text = to_text(cell)
        quality = meant_value(field, text) if isinstance(text, str) and not isinstance(cell, bool) else None
        return quality is not None and (quality in _qualities() or f"{quality}p" in _qualities())
    return meant_value(field, cell.strip() if isinstance(cell, str) else cell) is not None


def _is_counted(cell: Any) -> bool:
    """Whether a cell holds a number of things, or the things themselves: a list, or an address."""
    if isinstance(cell, (list, tuple, Mapping)) or (isinstance(cell, str) and "://" in cell):
        return True
    number = to_integer(_plainly(cell))
    return isinstance(number, int) and not isinstance(number, bool) and number >= 0


def _whole_seconds(cell: Any) -> int | None:
    """Whole seconds, as a number or in any of the ways in which people write them."""
    if isinstance(cell, str):
        text = folded(cell)
        clock = _CLOCK.fullmatch(text)
        found = (clock["at"] or clock["iso"]) if clock else (_SECONDS.fullmatch(text) or [None, None])[1]
        return int(found) if found else None
    number = to_integer(cell)
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _plainly(cell: Any) -> Any:
    """What a cell of any type says: the one value that it wraps, a span of time in seconds, else its own text.

    >>> from datetime import timedelta
    >>> _plainly([b"12"]), _plainly(timedelta(seconds=12)), _plainly(12 + 0j)
    ('12', Decimal('12'), Decimal('12.0'))
    """
    cell = plain_cell(cell)
    if isinstance(cell, Mapping):
        cell = list(cell.values())
    if isinstance(cell, (list, tuple, set, frozenset)):
        return _plainly(next(iter(cell))) if len(cell) == 1 else None
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    if isinstance(cell, complex):
        return Decimal(repr(cell.real)) if cell.imag == 0 else None
    if isinstance(cell, timedelta):
        return Decimal(cell // timedelta(microseconds=1)) / _MICROSECONDS
    return cell if cell is None or isinstance(cell, _READ) else str(cell)


@cache
def _seconds() -> frozenset[tuple[int, int]]:
    return frozenset(sku.seconds for _, sku in load_prices().skus() if sku.seconds)


@cache
def _qualities() -> frozenset[str]:
    return frozenset(option_values(load_prices()).get("quality", ()))


def settled(
    columns: Columns,
    rows: Iterable[tuple[int, Cells]],
    again: Callable[[], Iterable[tuple[int, Cells]]] | None = None,
) -> Iterator[tuple[int, Cells]]:
    """The rows, once it is clear whether an unknown column could be a missing one; an error goes to the header.

    Args:
        columns: the header.
        rows: numbers and cells.
        again: reads the same rows from the first on; without it, all may have to be held.
    """
    looks, unread, held = Lookalikes(columns), iter(rows), list[tuple[int, Cells]]()
    while looks.open and (again is None or len(held) < _HELD) and (row := next(unread, None)) is not None:
        held.append(row)
        looks.row(row[1])
    if looks.open and again is not None and len(held) >= _HELD:
        looks.rows(again())
    told = {found.field: found for found in looks.found()}
    columns.problems = [told.get(p.field, p) if p.key == "unknown_field.column" else p for p in columns.problems]
    return chain(held, unread)


def has_lookalike(columns: Columns, rows: Callable[[], Iterable[tuple[int, Sequence[Any] | Problem]]]) -> bool:
    """Whether rows have to be refused for what an unknown column holds; they are read only as far as need be.

    >>> has_lookalike(Columns(["model", "how long"]), lambda: [(2, ["kling-v3-text-to-video", "12"])])
    True
    """
    looks = Lookalikes(columns)
    if looks.open:
        looks.rows(rows())
    return bool(looks.found())
