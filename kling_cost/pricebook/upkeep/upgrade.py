"""Rewrite the text of a price book from schema 1 to schema 2; every comment and everything else stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kling_cost.io.sources import Source
from kling_cost.io.strict_yaml import Mapping, Node, Scalar
from kling_cost.pricebook.book_problems import Faults
from kling_cost.pricebook.book_rules import each_sku
from kling_cost.pricebook.counting.quantity import CALL, OUTPUT, PER_CALL, PER_SECOND
from kling_cost.pricebook.overlay import read_layer
from kling_cost.problems import PriceBookError

_OF = {PER_SECOND: OUTPUT, PER_CALL: CALL}
_TOKEN = re.compile(r"""(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|[^\s,:{}\[\]#]+""")
_BLANKS = " \t"


class _Edit(NamedTuple):
    """A piece of text that gives way to another; places are characters from 0."""

    start: int
    end: int
    text: str


def upgraded(source: Source) -> str:
    """The text of a price book or an overlay in schema 2: `quantity` in place of `billing_rule` and `seconds`.

    Args:
        source: the file.

    Returns:
        The new text; the old one where it is of schema 2 already.

    Raises:
        ReadError: it cannot be read.
        PriceBookError: it is no price book.
    """
    faults = Faults()
    root, data = read_layer(source, faults)
    if root is None or faults:
        raise PriceBookError(faults.lines())
    text = source.decode(data)
    schema = root.items["schema"]
    if not isinstance(schema, Scalar) or schema.text != "1":
        return text
    lines = _Lines(text)
    edits = [lines.of_value(schema, "2")]
    for _, _, sku in each_sku(root):
        edits += _of_sku(lines, sku)
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _of_sku(lines: _Lines, sku: Mapping) -> Iterator[_Edit]:
    """A SKU that says what is counted; an overlay may leave that to its base."""
    rule, seconds = sku.items.get("billing_rule"), sku.items.get("seconds")
    if not isinstance(rule, Scalar) or rule.text not in (PER_CALL, PER_SECOND) or "quantity" in sku.items:
        return
    of = f"of: {_OF[rule.text]}"
    key = sku.key_nodes["billing_rule"]
    if rule.text == PER_CALL:
        yield _Edit(lines.at(key), lines.end_of(rule), f"quantity: {{{of}}}")
    elif isinstance(seconds, Mapping) and seconds.items:
        yield lines.of_value(sku.key_nodes["seconds"], "quantity")
        first = lines.at(next(iter(seconds.key_nodes.values())))
        yield _Edit(first, first, f"{of}, " if lines.is_flow(seconds) else f"{of}\n{' ' * lines.indent(first)}")
        yield lines.without(lines.at(key), lines.end_of(rule))


class _Lines:
    """Finds the places of nodes in a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def at(self, node: Node) -> int:
        """Where a node begins."""
        return self._starts[node.line - 1] + node.column - 1

    def end_of(self, node: Scalar) -> int:
        """The place after a key or a value of one word."""
        found = _TOKEN.match(self._text, self.at(node))
        return found.end() if found else self.at(node)

    def of_value(self, node: Scalar, text: str) -> _Edit:
        """Another word in place of a key or a value."""
        return _Edit(self.at(node), self.end_of(node), text)

    def is_flow(self, node: Mapping) -> bool:
        """Whether a mapping stands in braces."""
        return self._text[self.at(node)] == "{"

    def indent(self, place: int) -> int:
        """How far a place is from the beginning of its line."""
        return place - (self._text.rfind("\n", 0, place) + 1)

    def without(self, start: int, end: int) -> _Edit:
        """An entry is taken out: with its comma in braces, with its line where nothing else stands on that."""
        text = self._text
        while end < len(text) and text[end] in _BLANKS:
            end += 1
        if text[end : end + 1] == ",":
            end += 1
            while text[end : end + 1] in (" ", "\t"):
                end += 1
            return _Edit(start, end, "")
        stands_alone = not text[text.rfind("\n", 0, start) + 1 : start].strip(_BLANKS)
        if stands_alone and text[end : end + 1] in ("\n", "\r", ""):
            start = text.rfind("\n", 0, start) + 1
            after = text.find("\n", end)
            return _Edit(start, len(text) if after < 0 else after + 1, "")
        return _Edit(start, end, "")
