"""Which job of one plan is which of another: the one with the same id."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence

from kling_cost.pricing.line_item import LineItem

Pair = tuple[LineItem | None, LineItem | None]


def pairs_of(old: Sequence[LineItem], new: Sequence[LineItem]) -> Iterator[Pair]:
    """Each job of either plan with its match in the other, None where it has none: the old ones first, in their order.

    Jobs have the same id. Where each plan is one file, a job that has no id of its own is matched by its row.
    """
    by_row = _is_one_file(old) and _is_one_file(new)
    rest = {_key(item, by_row): item for item in new}
    for item in old:
        yield item, rest.pop(_key(item, by_row), None)
    yield from ((None, item) for item in rest.values())


def has_own_id(item: LineItem) -> bool:
    """Whether a job has an id of its own, and not its file and row in place of one."""
    return item.job_id != f"{item.source}:{item.row}"


def _is_one_file(items: Iterable[LineItem]) -> bool:
    return len({item.source for item in items}) == 1


def _key(item: LineItem, by_row: bool) -> Hashable:
    return (item.row,) if by_row and not has_own_id(item) else item.job_id
