"""Names as they are compared, and which known one an unknown one was probably meant to be."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_DROPPED = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})  # blanks, controls, and what nobody sees
_LONGEST = 200  # characters of a name that count
#: Letters of other alphabets that nobody tells from Latin ones by looking.
_LATIN = str.maketrans("авекмнорстухіјѕԁԛԝһɡαικνορτυχγ", "abekmhopctyxijsdqwhgaikvoptuxy")


def folded(name: str) -> str:
    """A name as it is compared: NFKC, without case, blanks, hyphens and underscores.

    >>> folded(" Ｊｏｂ ID\\t") == folded("job_id"), folded("長さ（秒）")
    (True, '長さ(秒)')
    """
    text = unicodedata.normalize("NFKC", name[:_LONGEST]).casefold()
    text = unicodedata.normalize("NFKC", text)  # folding may compose anew
    return "".join(c for c in text if c not in "_-" and unicodedata.category(c) not in _DROPPED)


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
