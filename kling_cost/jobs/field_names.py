"""Names of fields and columns: when two spellings are one name, and what others call the same thing.

Sellers ignore a field that they do not know and bill its default, so a word of another API that stands where a
priced field should is lost money. What such a word is worth depends on whether the real field stands beside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kling_cost.field_words import OTHER_WORDS as OTHER_WORDS
from kling_cost.field_words import REPORT_WORDS as REPORT_WORDS
from kling_cost.folded_names import folded as folded

#: What other APIs call material that some models need; no price depends on it.
_OTHER_MATERIAL = {
    "image_start": "image image_url image_urls start_image start_image_url first_frame first_frame_image",
    "image_end": "image_tail end_image end_image_url tail_image tail_image_url last_frame last_frame_image",
    "image": "image_url image_urls image_start start_image start_image_url first_frame",
    "end_image": "image_tail image_end end_image_url tail_image_url last_frame",
    "video": "video_url video_urls video_list",
    "images": "image_urls image_list reference_images",
}


#: By field: the folded words that others use for it.
OTHER_MATERIAL: Mapping[str, frozenset[str]] = {
    field: frozenset(folded(word) for word in words.split()) for field, words in _OTHER_MATERIAL.items()
}

_TOO_MANY = 1_000_000  # seconds or takes; 1e999999 is eight characters
_COUNT = re.compile(r"([0-9]{1,6})(?:\.0+)? ?(?:s|secs?|seconds?)?", re.ASCII)
_QUALITIES = {"std": "720p", "standard": "720p", "pro": "1080p", "professional": "1080p", "4k": "4k"}
_SOUNDS = {"on": "on", "true": "on", "native": "on", "yes": "on", "off": "off", "false": "off", "no": "off"}

_COUNTED = ("duration", "takes")


def meant_value(field: str, value: Any) -> Any:
    """What a value under another word means in the words of a priced field; None where that is unclear.

    >>> meant_value("quality", "pro"), meant_value("sound", True), meant_value("duration", "10s")
    ('1080p', 'on', 10)
    """
    if isinstance(value, bool):
        return ("on" if value else "off") if field == "sound" else None
    if isinstance(value, (int, Decimal)):
        return _whole(value) if field in _COUNTED else None
    return _meant_text(field, value) if isinstance(value, str) else None


def _whole(value: int | Decimal) -> int | None:
    """A whole number of a size that people count."""
    is_number = isinstance(value, int) or value.is_finite()
    return int(value) if is_number and -_TOO_MANY < value < _TOO_MANY and value == int(value) else None


def _meant_text(field: str, value: str) -> Any:
    word = folded(value)
    if field == "quality":
        return _QUALITIES.get(word, word)
    if field == "sound":
        return _SOUNDS.get(word)
    found = _COUNT.fullmatch(unicodedata.normalize("NFKC", value).strip().casefold())
    return int(found[1]) if found and field in _COUNTED else None
