"""Which known name an unknown one was probably meant to be."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kling_cost.jobs.field_names import folded

#: Letters of other alphabets that nobody tells from Latin ones by looking.
_LATIN = str.maketrans("авекмнорстухіјѕԁԛԝһɡαικνορτυχγ", "abekmhopctyxijsdqwhgaikvoptuxy")
#: Parts of a name that tell products apart: versions, sizes, tiers and kinds.
_MARKS = re.compile(
    r"[vo]?[0-9]+(?:\.[0-9]+)*k?|turbo|omni|motion|control|edit|reference|element|flash|master|pro|std|standard|lite"
)


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


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that this one looks like, or None.

    Case, blanks, hyphens and underscores do not count, nor does the alphabet of letters that look the same; beyond
    that, names look alike when at least four fifths of their letters agree in order.

    >>> closest("Durration", ["duration", "date"]), closest("notes", ["takes"])
    ('duration', None)
    """
    from difflib import SequenceMatcher  # a price that nobody misspells does without

    wanted = folded(name).translate(_LATIN)
    best, score = None, 0.8  # float: how alike two words are
    for candidate in known:
        other = folded(candidate)
        if wanted == other:
            return candidate
        likeness = SequenceMatcher(None, wanted, other, autojunk=False).ratio()
        if likeness >= score:
            best, score = candidate, likeness
    return best
