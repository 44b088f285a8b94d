"""Bounded caches, so that equal requests share one result and hostile input cannot exhaust memory."""

from __future__ import annotations

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST = 20_000


class BoundedCache(dict[Key, Value]):
    """A dict that forgets everything when it is full: what it holds can always be made again.

    >>> known = BoundedCache()
    >>> known["a"] = 1
    >>> known.get("a")
    1
    """

    def __setitem__(self, key: Key, value: Value) -> None:
        if len(self) >= MOST:
            self.clear()
        super().__setitem__(key, value)
