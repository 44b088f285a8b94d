"""Which known name an unknown one was probably meant to be."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kling_cost.folded_names import closest as closest

_LOCKED = "locked"
#: Parts of a name that tell products apart: versions, sizes, tiers and kinds.
_MARKS = re.compile(
    r"[vo]?[0-9]+(?:\.[0-9]+)*k?|turbo|omni|motion|control|edit|reference|element|flash|master|pro|std|standard|lite"
)


def closest_field(name: str, known: Iterable[str]) -> str | None:
    """The known field that this name was probably meant to be; words such as `unlocked` and `blocked` are no misspelt
    `locked`, and say something else.

    >>> closest_field("lockd", ["locked"]), closest_field("unlocked", ["locked"])
    ('locked', None)
    """
    is_other = name.strip().casefold().endswith(_LOCKED)
    return closest(name, [field for field in known if field != _LOCKED or not is_other])


def closest_model(name: str, known: Iterable[str]) -> str | None:
    """The known model that this name was probably meant to be, of the same product line; None where there is none.

    >>> closest_model("kling-v3-txt-to-video", ["kling-v3-text-to-video"])
    'kling-v3-text-to-video'
    >>> closest_model("kling-v3-4k-text-to-video", ["kling-v3-text-to-video"])
    """
    line = _line(name)
    return closest(name, [model for model in known if _line(model) == line])


def _line(name: str) -> tuple[list[str], bool]:
    """What has to agree: the marks, and whether the name has the family's word."""
    word = name.casefold()
    return sorted(_MARKS.findall(word)), "kling" in word
