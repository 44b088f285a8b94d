"""Which known name an unknown one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable

from kling_cost.jobs.field_names import folded

#: Letters of other alphabets that nobody tells from Latin ones by looking.
_LATIN = str.maketrans("авекмнорстухіјѕԁԛԝһɡαικνορτυχγ", "abekmhopctyxijsdqwhgaikvoptuxy")


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
