"""The file beside a foreign sheet that says what its columns mean: `SHEET.columns.yaml`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kling_cost.io.sheets.xlsx.sheet_rows import column_letters, column_number
from kling_cost.io.sources import MEBIBYTE, Source
from kling_cost.io.strict_yaml import Fault, Node, Scalar, YamlError, compose
from kling_cost.io.strict_yaml import Mapping as Tree
from kling_cost.io.strict_yaml import Sequence as Items
from kling_cost.io.yaml_text import Quoted, yaml_text
from kling_cost.io.yaml_values import textual
from kling_cost.jobs.foreign.cell_words import ROUNDING as ROUNDINGS
from kling_cost.jobs.foreign.sheet_mapping import ASK, ROUNDING, MappedColumn, SheetMapping
from kling_cost.problems import FileFaultsError

ENDING = ".columns.yaml"
_SCHEMA = "1"
_LARGEST = MEBIBYTE
_ROW = re.compile("[1-9][0-9]{0,6}", re.ASCII)
_KEYS = ("schema", "sheet", "header_row", "columns", "not_read", "beside", "model", "defaults", "words", ROUNDING)
_COMMENT = """How kling-cost reads {name}. Correct it where it is wrong; it is used from now on.
columns: the field that each column is; `ask` says what has to be decided: put the field's name before the colon
  and delete `ask`, or delete the line of a column that is no part of the plan.
model: the model of every shot; `ask` where the sheet names none.
defaults: what a blank cell, or a sheet without the column, means. words: what a cell's text means, by field.
rounding: up, down or nearest, for lengths that are no whole seconds."""


def file_beside(path: str | os.PathLike[str]) -> Path:
    """Where the file of a sheet lies.

    >>> file_beside("boards/storyboard.xlsx").name
    'storyboard.xlsx.columns.yaml'
    """
    sheet = Path(path)
    return sheet.with_name(f"{sheet.name}{ENDING}")


def columns_text(mapping: SheetMapping, name: str) -> str:
    """The file of a mapping.

    Args:
        mapping: what it says.
        name: the sheet's file name.
    """
    model = None if "model" in mapping.columns else ASK
    tree = {
        "schema": int(_SCHEMA),
        "sheet": None if mapping.sheet is None else Quoted(mapping.sheet),
        "header_row": mapping.header_row,
        "columns": {field: _entry(column) for field, column in mapping.columns.items()},
        "not_read": [Quoted(one.header) for one in mapping.not_read],
        "beside": [Quoted(text) for text in mapping.beside],
        "model": mapping.model or model,
        "defaults": _values(mapping.defaults),
        "words": {field: _values(known) for field, known in mapping.words.items()},
        ROUNDING: mapping.rounding,
    }
    return yaml_text({key: value for key, value in tree.items() if value}, _COMMENT.format(name=name))


def _values(values: Mapping[str, str]) -> dict[str, str]:
    return {Quoted(name): _value(value) for name, value in values.items()}


def _entry(column: MappedColumn) -> dict[str, Any]:
    entry: dict[str, Any] = {"header": Quoted(column.header), "column": column.letters}
    return {**entry, "ask": [*column.choices]} if column.choices else entry


def _value(value: str) -> str:
    return value if value.isascii() and value.replace("-", "").replace(".", "").isalpha() else Quoted(value)


def read_columns_file(path: str | os.PathLike[str]) -> SheetMapping:
    """What a file of columns says.

    Raises:
        ReadError: it cannot be read.
        FileFaultsError: it is not valid; every fault has its place.
    """
    source = Source(Path(path).name, Path(path), typed=os.fspath(path))
    text = source.decode(source.read(_LARGEST))
    try:
        root, faults = compose(text, source.place)
    except YamlError as error:
        raise FileFaultsError(_placed(source.place, error.faults)) from None
    reading = _Reading(source.name)
    reading.faults = _placed(source.place, faults)
    mapping = reading.mapping(root)
    if reading.faults or mapping is None:
        raise FileFaultsError(reading.faults)
    return mapping


def _placed(name: str, faults: list[Fault]) -> list[str]:
    return [f"{name}:{fault.line}:{fault.column}: {fault.why}" for fault in faults]


class _Reading:
    """Reads the tree, and notes every fault."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.faults: list[str] = []

    def _fault(self, node: Node, why: str) -> None:
        self.faults.append(f"{node.place}: {why}")

    def mapping(self, root: Node) -> SheetMapping | None:
        if not isinstance(root, Tree):
            self._fault(root, "must be a mapping of keys")
            return None
        for key in [key for key in root.key_nodes if key not in _KEYS]:
            self._fault(root.key_nodes[key], f"unknown key {key}; the keys are {', '.join(_KEYS)}")
        if self._text(root, "schema") != _SCHEMA:
            self._fault(root, f"schema: must be {_SCHEMA}")
        rounding = self._text(root, ROUNDING)
        if rounding not in (None, *ROUNDINGS):
            self._fault(root.items[ROUNDING], f"{ROUNDING}: must be {', '.join(ROUNDINGS)}")
        model = self._text(root, "model")
        return SheetMapping(
            self._text(root, "sheet"),
            self._row(root),
            dict(self._columns(root)),
            tuple(MappedColumn(header, 0) for header in self._texts(root, "not_read")),
            None if model == ASK else model,
            self._words(root.items.get("defaults"), "defaults"),
            {field: self._words(node, f"words.{field}") for field, node in self._entries(root, "words")},
            rounding,
            self._name,
            tuple(self._texts(root, "beside")),
        )

    def _row(self, root: Tree) -> int:
        text = self._text(root, "header_row") or ""
        if _ROW.fullmatch(text):
            return int(text)
        self._fault(root.items.get("header_row", root), "header_row: must be the number of a row")
        return 1

    def _text(self, tree: Tree, key: str) -> str | None:
        node = tree.items.get(key)
        if node is None or (isinstance(node, Scalar) and node.is_null):
            return None
        if not isinstance(node, Scalar):
            self._fault(node, f"{key}: must be a word")
            return None
        return node.text

    def _texts(self, tree: Tree, key: str) -> list[str]:
        node = tree.items.get(key)
        if node is None:
            return []
        if not isinstance(node, Items) or not all(isinstance(item, Scalar) for item in node.items):
            self._fault(node, f"{key}: must be a list of words")
            return []
        return [item.text for item in node.items if isinstance(item, Scalar)]

    def _entries(self, tree: Tree, key: str) -> Iterator[tuple[str, Node]]:
        node = tree.items.get(key)
        if isinstance(node, Tree):
            yield from node.items.items()
        elif node is not None and not (isinstance(node, Scalar) and node.is_null):
            self._fault(node, f"{key}: must be a mapping of keys")

    def _words(self, node: Node | None, path: str) -> dict[str, str]:
        if node is None or (isinstance(node, Scalar) and node.is_null):
            return {}
        found: Mapping[str, Any] = textual(node) if isinstance(node, Tree) else {}
        if not found or not all(isinstance(value, str) for value in found.values()):
            self._fault(node, f"{path}: must be a mapping of words")
            return {}
        return dict(found)

    def _columns(self, root: Tree) -> Iterator[tuple[str, MappedColumn]]:
        if "columns" not in root.items:
            self._fault(root, "columns: missing")
        for field, node in self._entries(root, "columns"):
            column = self._column(field, node)
            if column is not None:
                yield field, column

    def _column(self, field: str, node: Node) -> MappedColumn | None:
        if not isinstance(node, Tree) or not {*node.items} <= {"header", "column", "ask"}:
            self._fault(node, f"columns.{field}: must be {{header: HEADING, column: LETTERS}}")
            return None
        header, letters = self._text(node, "header"), self._text(node, "column")
        if header is None or letters is None or not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
            self._fault(node, f"columns.{field}: must have header and column, such as D")
            return None
        return MappedColumn(header, column_number(letters), choices=tuple(self._texts(node, "ask")))


def placed(mapping: SheetMapping, header: list[str]) -> tuple[SheetMapping, list[str]]:
    """A mapping at the columns where its headings stand now, and the headings that are not there.

    Args:
        mapping: what a file says.
        header: the texts of the header's cells, blank where there is none.
    """
    from dataclasses import replace

    missing: list[str] = []

    def now(column: MappedColumn) -> MappedColumn:
        places = [at for at, text in enumerate(header, 1) if text == column.header]
        if column.column in places:
            return column
        if len(places) != 1:
            missing.append(
                f"{column.header or 'without heading'} ({column_letters(column.column)})"
                if column.column
                else column.header
            )
            return column
        return replace(column, column=places[0])

    columns = {field: now(column) for field, column in mapping.columns.items()}
    told, missing = missing, []
    not_read = tuple(now(column) for column in mapping.not_read)
    return replace(mapping, columns=columns, not_read=tuple(one for one in not_read if one.column)), told
