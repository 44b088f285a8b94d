"""The column file of a price list: which heading means what, what holds for every row, and what words stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kling_cost.folded_names import closest, folded
from kling_cost.io.sources import MEBIBYTE, Source
from kling_cost.io.strict_yaml import Fault, Node, Scalar, YamlError, compose
from kling_cost.io.strict_yaml import Mapping as MappingNode
from kling_cost.io.strict_yaml import Sequence as SequenceNode
from kling_cost.io.yaml_values import textual
from kling_cost.pricebook.book_problems import Faults
from kling_cost.pricebook.upkeep.price_lists.list_fields import FIELDS, PRICE, meant_field, option_of
from kling_cost.problems import PriceBookError

#: What blank cells may mean: the value of the row above, or every value that the column has.
ABOVE, ALL = "above", "all"
_KEYS = ("columns", "prices", "fixed", "names", "blank", "decimal_mark", "ignore", "sheet", "version")
#: Parts of the book that are taken over as they are.
_OF_BOOK = ("currencies", "defaults")
_PLACE = ("header", "column")
_MARKS = (".", ",")
_MAX_BYTES = MEBIBYTE
_COLUMN = re.compile(r"[A-Za-z]{1,3}", re.ASCII)
Options = Mapping[str, str]


class Heading(NamedTuple):
    """Where a column stands: under a heading, at letters such as `D`, or both."""

    header: str | None
    column: str | None


class PriceColumn(NamedTuple):
    """A column of prices, and the options that its prices are for."""

    heading: Heading
    options: Options


@dataclass(frozen=True)
class ColumnFile:
    """How to read a price list.

    Attributes:
        columns: where each field stands.
        prices: columns of prices that are for some options each; none where a row has one price.
        fixed: values that hold for every row.
        names: our values by folded words of the list, by field; a word may stand for several models.
        blank: what blank cells mean, by field.
        decimal_mark: what stands before decimals; None where nobody says so.
        ignored: folded headings of columns that are not to be read.
        sheet: name of the sheet; None for the only one that fits.
        version: of the book; None to make one.
        of_book: parts of the book that are taken over: `currencies` and `defaults`.
        is_given: whether there is such a file.
    """

    columns: Mapping[str, Heading] = field(default_factory=dict)
    prices: tuple[PriceColumn, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    blank: Mapping[str, str] = field(default_factory=dict)
    decimal_mark: str | None = None
    ignored: frozenset[str] = frozenset()
    sheet: str | None = None
    version: str | None = None
    of_book: Mapping[str, Any] = field(default_factory=dict)
    is_given: bool = False


def read_column_file(source: Source) -> ColumnFile:
    """Read a column file.

    Raises:
        ReadError: it cannot be read.
        PriceBookError: it is not valid; every fault with line and column.
    """
    faults = Faults()
    root = _tree(source, faults)
    made = None if root is None else _ColumnReader(root, faults).made()
    if faults or made is None:
        raise PriceBookError(faults.lines())
    return made


def _tree(source: Source, faults: Faults) -> MappingNode | None:
    try:
        root, found = compose(source.decode(source.read(_MAX_BYTES)), source.place)
    except YamlError as error:
        root, found = Scalar(source.place, 1, 1, "", True), error.faults
    for fault in found:
        faults.at_file(source.place, fault)
    if isinstance(root, MappingNode):
        return root
    if not found:
        faults.at_file(source.place, Fault(1, 1, "must be a mapping of keys such as `columns`"))
    return None


class _ColumnReader:
    """Takes the tree of a column file apart, and notes what is wrong with it."""

    def __init__(self, root: MappingNode, faults: Faults) -> None:
        self._root, self._faults = root, faults

    def made(self) -> ColumnFile:
        for key, node in self._root.key_nodes.items():
            if key not in (*_KEYS, *_OF_BOOK):
                self._unknown(node, key, key, (*_KEYS, *_OF_BOOK))
        columns = {name: self._heading(node, path) for name, node, path in self._fields("columns")}
        prices = tuple(self._prices())
        if not self._faults:
            self._check_places(columns, prices)
        return ColumnFile(
            columns,
            prices,
            {name: self._text(node, path) for name, node, path in self._fields("fixed")},
            {name: self._words(node, path) for name, node, path in self._fields("names")},
            dict(self._blank()),
            self._mark(),
            frozenset(map(folded, self._texts("ignore"))),
            self._optional("sheet"),
            self._optional("version"),
            {key: textual(node) for key, node in self._root.items.items() if key in _OF_BOOK},
            True,
        )

    def _check_places(self, columns: Mapping[str, Heading], prices: Sequence[PriceColumn]) -> None:
        """The list says where its prices are, and has a header by which the row of headings is found."""
        if PRICE not in columns and not prices:
            self._faults.at(self._root, "columns", f"must say where the prices are: {PRICE}, or `prices`")
        if not any(heading.header for heading in (*columns.values(), *(price.heading for price in prices))):
            self._faults.at(self._root, "columns", "one of them must have a header, by which the headings are found")

    def _mark(self) -> str | None:
        node = self._root.items.get("decimal_mark")
        return None if node is None else self._one_of(node, "decimal_mark", _MARKS)

    def _fields(self, key: str) -> Iterator[tuple[str, Node, str]]:
        """The fields of a part of the file, each with what is said of it and its path."""
        part = self._mapping(self._root.items.get(key), key)
        for name, node in (part.items if part else {}).items():
            path = f"{key}.{name}"
            if name in FIELDS or option_of(name):
                yield name, node, path
            elif part is not None:
                meant = meant_field(name)
                why = f"did you mean {meant}?" if meant else "write option:NAME for an option of its own"
                self._faults.at(part.key_nodes[name], path, f"unknown field; {why}")

    def _prices(self) -> Iterator[PriceColumn]:
        listed = self._root.items.get("prices")
        if listed is None:
            return
        if not isinstance(listed, SequenceNode) or not listed.items:
            self._faults.at(listed, "prices", "must be a list of columns, each with the options that it is for")
            return
        for at, node in enumerate(listed.items):
            path = f"prices.{at}"
            column = self._mapping(node, path)
            if column is None:
                continue
            options = {}
            for name, value in column.items.items():
                option = option_of(name)
                if option:
                    options[name] = self._text(value, f"{path}.{name}")
                elif name not in _PLACE:
                    self._unknown(column.key_nodes[name], name, f"{path}.{name}", (*_PLACE, "quality", "sound"))
            yield PriceColumn(self._heading(node, path), options)

    def _blank(self) -> Iterator[tuple[str, str]]:
        for name, node, path in self._fields("blank"):
            if name == PRICE:
                self._faults.at(node, path, "a price is never taken from elsewhere")
            yield name, self._one_of(node, path, (ABOVE, ALL) if option_of(name) else (ABOVE,))

    def _heading(self, node: Node, path: str) -> Heading:
        """A heading, or a mapping that has one, the letters of a column, or both."""
        if isinstance(node, Scalar):
            return Heading(self._text(node, path), None)
        place = self._mapping(node, path)
        if place is None:
            return Heading("", None)
        given = {key: self._text(place.items[key], f"{path}.{key}") for key in _PLACE if key in place.items}
        if not given:
            self._faults.at(node, path, "must have a header or a column")
        if "column" in given and not _COLUMN.fullmatch(given["column"]):
            self._faults.at(place.items["column"], f"{path}.column", "not a column such as D")
        return Heading(given.get("header"), given.get("column", "").upper() or None)

    def _words(self, node: Node, path: str) -> Mapping[str, tuple[str, ...]]:
        words = self._mapping(node, path)
        found: dict[str, tuple[str, ...]] = {}
        for word, value in (words.items if words else {}).items():
            at, items = f"{path}.{word}", value.items if isinstance(value, SequenceNode) else [value]
            if folded(word) in found and words is not None:
                self._faults.at(words.key_nodes[word], at, "the same word is there twice")
            found[folded(word)] = tuple(self._text(item, at) for item in items)
        return found

    def _texts(self, key: str) -> list[str]:
        node = self._root.items.get(key)
        if node is None:
            return []
        if isinstance(node, SequenceNode):
            return [self._text(item, f"{key}.{at}") for at, item in enumerate(node.items)]
        return [self._text(node, key)]

    def _optional(self, key: str) -> str | None:
        return self._text(self._root.items[key], key) if key in self._root.items else None

    def _text(self, node: Node, path: str) -> str:
        if isinstance(node, Scalar) and node.text.strip() and not node.is_null:
            return node.text.strip()
        self._faults.at(node, path, "must be text")
        return ""

    def _one_of(self, node: Node, path: str, choices: tuple[str, ...]) -> str:
        text = self._text(node, path)
        if text and text not in choices:
            self._faults.at(node, path, f"must be one of {' or '.join(map(repr, choices))}")
        return text

    def _mapping(self, node: Node | None, path: str) -> MappingNode | None:
        if node is not None and not isinstance(node, MappingNode):
            self._faults.at(node, path, "must be a mapping of keys")
        return node if isinstance(node, MappingNode) else None

    def _unknown(self, node: Node, name: str, path: str, known: tuple[str, ...]) -> None:
        meant = closest(name, known)
        self._faults.at(node, path, f"unknown key; did you mean {meant}?" if meant else "unknown key")
