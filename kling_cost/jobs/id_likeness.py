"""When two ids are one, and when they only look alike."""

from __future__ import annotations

import unicodedata

from kling_cost.jobs.field_names import folded

#: Letters and digits, folded, and the Latin letters that they look like.
_LOOKS_LIKE = str.maketrans("авекмнорстухіјѕԁһԛԝαβεικνορτυχγ01", "abekmhopctyxijsdhqwabeikvoptuxyol")


def composed(text: str) -> str:
    """A text as ids are compared: however its accents are encoded (NFC).

    >>> composed("cafe\\u0301") == "caf\\u00e9"
    True
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def likeness(text: str) -> str:
    """What ids that look alike have in common: without case, width, blanks, hyphens, and the script of a letter.

    >>> likeness("Ｈero 01") == likeness("hеrо-0l"), likeness("hero-01") == likeness("hero-02")
    (True, False)
    """
    return folded(text).translate(_LOOKS_LIKE)
