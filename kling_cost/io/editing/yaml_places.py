"""Where the nodes of a YAML text stand, so that some give way and every comment and everything else stays."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from functools import cached_property

from kling_cost.io.editing.text_edits import TextEdit
from kling_cost.io.strict_yaml import Mapping, Node, Place, Scalar, Sequence, content_ends

_TOKEN = re.compile(r"""(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|[^\s,:{}\[\]#]+""")
_BLANKS, _QUOTES = " \t", "\"'"
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # as the parser counts lines
_WORD = re.compile(r"[\w./-]+(?::[\w./-]+)*", re.ASCII)


class YamlPlaces:
    """Finds the places of nodes in a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in _LINE_END.finditer(text))]

    def at(self, node: Node) -> int:
        """Where a node begins."""
        return self._starts[node.line - 1] + node.column - 1

    def end_of(self, node: Scalar) -> int:
        """The place after a key or a value of one word."""
        found = _TOKEN.match(self._text, self.at(node))
        return found.end() if found else self.at(node)

    def of_value(self, node: Scalar, text: str) -> TextEdit:
        """Another word in place of a key or a value."""
        return TextEdit(self.at(node), self.end_of(node), text)

    def is_flow(self, node: Mapping | Sequence) -> bool:
        """Whether a mapping stands in braces, or a list in brackets."""
        return self._text[self.at(node)] in "{["

    def indent(self, place: int) -> int:
        """How far a place is from the beginning of its line."""
        return place - (self._text.rfind("\n", 0, place) + 1)

    def without(self, start: int, end: int) -> TextEdit:
        """An entry is taken out: with its comma in braces, with its line where nothing else stands on that."""
        text = self._text
        while end < len(text) and text[end] in _BLANKS:
            end += 1
        if text[end : end + 1] == ",":
            end += 1
            while text[end : end + 1] in (" ", "\t"):
                end += 1
            return TextEdit(start, end, "")
        stands_alone = not text[text.rfind("\n", 0, start) + 1 : start].strip(_BLANKS)
        if stands_alone and text[end : end + 1] in ("\n", "\r", ""):
            start = text.rfind("\n", 0, start) + 1
            after = text.find("\n", end)
            return TextEdit(start, len(text) if after < 0 else after + 1, "")
        return TextEdit(start, end, "")

    def word(self, node: Scalar) -> str | None:
        """A value as it is written, with its quotation marks; None where it is more than a word."""
        written = self._text[self.at(node) : self.end_of(node)]
        return written if node.text == written or (not node.plain and written[:1] in ("'", '"')) else None

    def changed(self, node: Scalar, value: str) -> TextEdit | None:
        """Another word in place of a value, in its quotation marks; None where it is not certain what stands there."""
        written = self.word(node)
        if written is None:
            return None
        if not written:
            return TextEdit(self.at(node), self.at(node), f" {value}")
        return self.of_value(node, value if node.plain else f"{written[0]}{value.strip(_QUOTES)}{written[0]}")

    def added(self, node: Mapping, key: str, value: str) -> TextEdit:
        """One more entry of a mapping that is not empty: after the last one that is a word, else before all."""
        first = next(iter(node.key_nodes.values()))
        is_json = self._text[self.at(first)] == '"'
        entry = f"{json.dumps(key)}: {json_word(value)}" if is_json else f"{key}: {value}"
        words = [inner for inner in node.items.values() if isinstance(inner, Scalar) and self.word(inner)]
        at = self.end_of(words[-1]) if words else self.at(first)
        if self.is_flow(node):
            return TextEdit(at, at, f", {entry}" if words else f"{entry}, ")
        found = _LINE_END.search(self._text, at)
        end = len(self._text) if found is None else found.start()
        between = ("\n" if found is None else found[0]) + " " * self.indent(self.at(first))
        return TextEdit(end, end, between + entry) if words else TextEdit(at, at, entry + between)

    def without_item(self, items: Sequence, place: int) -> TextEdit | None:
        """An item of a list is taken out, with its lines; None where it is not certain which these are."""
        item = items.items[place]
        after = items.items[place + 1] if place + 1 < len(items.items) else None
        start, end = self.at(item), self._end(item, after)
        if self.is_flow(items):
            return self.without(start, end)
        line = self._text.rfind("\n", 0, start) + 1
        if self._text[line:start].strip(_BLANKS) != "-":
            return None
        found = _LINE_END.search(self._text, end)
        return TextEdit(line, len(self._text) if found is None else found.end(), "")

    def _end(self, node: Node, after: Node | None) -> int:
        """The place after all that belongs to a node; what comes `after` it begins later."""
        first = bisect_left(self._ends, ((node.line, node.column), (0, 0)))
        ends = [(node.line, node.column)]
        for start, end in self._ends[first:]:
            if after is not None and start >= (after.line, after.column):
                break
            if after is None and self._is_outside(node, start, max(ends)):
                break
            ends.append(end)
        line, column = max(ends)
        at = self._starts[line - 1] + column - 1
        while self._text[at - 1].isspace():  # those that belong to a text of several lines
            at -= 1
        return at

    def _is_outside(self, node: Node, start: Place, end: Place) -> bool:
        """Whether something that begins after a node, of which the end is known so far, belongs to it no more."""
        begin = self._text[self.at(node)]
        return start >= end if begin in "{[" and end > (node.line, node.column) else start[1] < node.column

    @cached_property
    def _ends(self) -> list[tuple[Place, Place]]:
        return sorted(content_ends(self._text))


def json_word(value: str) -> str:
    """A word as JSON has it: numbers and truth as they are.

    >>> json_word("off"), json_word("5"), json_word("true")
    ('"off"', '5', 'true')
    """
    return value if re.fullmatch(r"-?[0-9]+|true|false|[\"{].*", value, re.ASCII) else json.dumps(value)


def yaml_word(value: str) -> str:
    """A text as a word: in quotation marks where it has more than letters, digits, points, colons and dashes.

    >>> yaml_word("off"), yaml_word("a: b")
    ('off', '"a: b"')
    """
    return value if _WORD.fullmatch(value) else json.dumps(value, ensure_ascii=False)
