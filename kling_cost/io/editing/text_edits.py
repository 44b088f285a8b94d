"""Replace pieces of a file's text, whatever its encoding, and keep all other bytes."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from typing import NamedTuple

from kling_cost.io.sources import Source

#: Byte order marks, with the encoding of what follows; the longer ones first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class TextEdit(NamedTuple):
    """A piece of text that gives way to another; places are characters from 0."""

    start: int
    end: int
    text: str


def edited(text: str, edits: Iterable[TextEdit]) -> str:
    """The text with its edits, which do not overlap; of those at one place, the first comes first.

    >>> edited("a, b", [TextEdit(3, 4, "c"), TextEdit(0, 0, "x")])
    'xa, c'
    """
    parts, at = [], 0
    for edit in sorted(edits, key=lambda edit: edit[:2]):
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join((*parts, text[at:]))


class KeptText:
    """The text of a file, from which the bytes of an edited one are made.

    Args:
        source: the file.
        data: its bytes.

    Attributes:
        text: its text, without a byte order mark.

    Raises:
        ReadError: it is not in its encoding, or could not be written back byte for byte.

    >>> kept = KeptText(Source("jobs.csv", None), b"\\xef\\xbb\\xbfa,b\\r\\n")
    >>> kept.text, kept.data(kept.text) == b"\\xef\\xbb\\xbfa,b\\r\\n"
    ('a,b\\r\\n', True)
    """

    def __init__(self, source: Source, data: bytes) -> None:
        self._source = source
        found = next(((mark, codec) for mark, codec in _MARKS if data.startswith(mark)), None)
        self._mark, self._codec = found or (b"", source.codec(data[:4]))
        try:
            # Bytes of a line that is no UTF-8 stay as they are.
            self._errors = "surrogateescape" if codecs.lookup(self._codec).name == "utf-8" else "strict"
            self.text = data[len(self._mark) :].decode(self._codec, self._errors)
            is_kept = self._encoded(self.text) == data
        except (ValueError, LookupError):
            raise source.encoding_error() from None
        if not is_kept:
            raise source.error("unwritable.encoding", encoding=self._codec.upper())

    def data(self, text: str) -> bytes:
        """The bytes of an edited text.

        Raises:
            ReadError: the encoding has no bytes for it.
        """
        try:
            return self._encoded(text)
        except ValueError:
            raise self._source.error("unwritable.encoding", encoding=self._codec.upper()) from None

    def _encoded(self, text: str) -> bytes:
        return self._mark + text.encode(self._codec, self._errors)
