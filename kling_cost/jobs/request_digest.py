"""Digests of what was submitted, with which the request that an answer repeats is compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from kling_cost.amounts import plain_text

_BYTES = 8  # of each value's digest
#: Compared by their values, which a price keeps.
_PRICED = ("type", "model", "duration", "sound", "quality")


class RequestDigest(NamedTuple):
    """The fields of a request beside those that a price keeps.

    Attributes:
        names: the fields that were given.
        digests: eight bytes for the value of each.
    """

    names: tuple[str, ...]
    digests: bytes


def digest_of(body: Mapping[str, Any]) -> RequestDigest:
    """What an answer may repeat of a request body.

    >>> digest_of({"type": "pro-text-to-video", "prompt": "Fog"}).names
    ('prompt',)
    """
    names = tuple(name for name in body if name not in _PRICED)
    return RequestDigest(_shared(names), b"".join(_digest(body[name]) for name in names))


@lru_cache(maxsize=1 << 10)
def _shared(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, of which equal requests keep one copy."""
    return names


def differing(submitted: RequestDigest, request: Mapping[str, Any]) -> Iterator[str]:
    """The fields of a repeated request that differ from what was submitted.

    >>> list(differing(digest_of({"prompt": "Fog", "aspect_ratio": "16:9"}), {"prompt": "Fog", "aspect_ratio": "9:16"}))
    ['aspect_ratio']
    """
    for at, name in enumerate(submitted.names):
        if name in request and _digest(request[name]) != submitted.digests[at * _BYTES : (at + 1) * _BYTES]:
            yield name


def _digest(value: Any) -> bytes:
    return blake2b(_text(value).encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest()


def _text(value: Any) -> str:
    """A text that equal values share and no others."""
    if isinstance(value, str):
        return f"{len(value)}:{value}"
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return plain_text(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_text(key)}={_text(item)}" for key, item in sorted(value.items())) + "}"
    return "[" + ",".join(map(_text, value)) + "]" if isinstance(value, list) else str(value)
