"""Which known name an unknown one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that this one looks like, or None.

    Case, blanks, hyphens and underscores do not count; beyond that, names look alike when at least four
    fifths of their letters agree in order.

    >>> closest("Durration", ["duration", "date"]), closest("notes", ["takes"])
    ('duration', None)
    """
    from difflib import SequenceMatcher  # a price that nobody misspells does without

    folded = _folded(name)
    best, score = None, 0.8  # float: how alike two words are
    for candidate in known:
        other = _folded(candidate)
        if folded == other:
            return candidate
        likeness = SequenceMatcher(None, folded, other, autojunk=False).ratio()
        if likeness >= score:
            best, score = candidate, likeness
    return best


def _folded(name: str) -> str:
    return "".join(c for c in name[:80].casefold() if c not in " _-\t")
