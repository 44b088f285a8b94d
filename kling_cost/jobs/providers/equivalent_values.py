"""Values of free fields that no rule tells apart, so that a million prompts are held to the rules once."""

from __future__ import annotations

from typing import NamedTuple


class PlainValue(NamedTuple):
    """Values of a field of which every rule says the same.

    Attributes:
        has: a pattern that stands somewhere in each.
        lacks: a text that stands in none; empty for none such.
        longest: the most characters that they have.
        stand_in: one of them.
    """

    has: str
    lacks: str
    longest: int
    stand_in: str


#: The patterns are of a kind that Python and Arrow read alike, but for the classes of letters and digits.
WORDS = PlainValue(r"[\pL\pN]", "<", 500, "Fog")
_WEB = r"^https?://[A-Za-z0-9][A-Za-z0-9.-]*/[A-Za-z0-9._~/%+-]*"
IMAGE = PlainValue(_WEB + r"\.(?:jpe?g|png)$", "<", 500, "https://example.com/a.jpg")
VIDEO = PlainValue(_WEB + r"\.mp4$", "<", 500, "https://example.com/a.mp4")
