"""An ordered map that looks ahead: results come in order while the next ones are being made elsewhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def in_order(start: Callable[[Item], Future[Made]], items: Iterable[Item], ahead: int) -> Iterator[Made]:
    """What is made of each item, in the order of the items; an executor's own map would take all items at once.

    Args:
        start: begins to make something of an item.
        items: taken one by one as there is room.
        ahead: how many may be in the making.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as pool:
    ...     list(in_order(lambda number: pool.submit(pow, number, 2), [1, 2, 3, 4], 2))
    [1, 4, 9, 16]
    """
    waiting: deque[Future[Made]] = deque()
    for item in items:
        if len(waiting) == ahead:
            yield waiting.popleft().result()
        waiting.append(start(item))
    while waiting:
        yield waiting.popleft().result()
