"""A read-only mapping that many results share; unlike the standard library's, it can be pickled."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Frozen(dict[Key, Value]):
    """A dict that cannot be changed; it equals any mapping of the same items.

    >>> tags = Frozen(scene="opening")
    >>> tags["scene"], tags == {"scene": "opening"}
    ('opening', True)
    >>> tags["scene"] = "end"
    Traceback (most recent call last):
    TypeError: this value is shared and cannot be changed
    """

    __slots__ = ()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("this value is shared and cannot be changed")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return Frozen, (dict(self),)
