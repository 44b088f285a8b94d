"""Collect the faults of a price book over all its layers, in the order of the files."""

from __future__ import annotations

from kling_cost.io.sources import Source
from kling_cost.io.strict_yaml import Fault, Node, YamlError, compose
from kling_cost.problems import shown


class Faults:
    """Collects `FILE:LINE:COLUMN: path: why`; the same fault counts once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, int, str, str], None] = {}
        self._files: dict[str, int] = {}

    def at_file(self, file: str, fault: Fault, path: str = "") -> None:
        """Note a fault that was found while reading a file's text."""
        self._files.setdefault(file, len(self._files))
        self._found[file, fault.line, fault.column, path, fault.why] = None

    def at(self, node: Node, path: str, why: str) -> None:
        """Note a fault at a node; `path` is dotted, empty for the whole book."""
        self.at_file(node.file, Fault(node.line, node.column, why), path)

    def __bool__(self) -> bool:
        return bool(self._found)

    def lines(self) -> list[str]:
        """All faults, by file in the order of the layers, then by place."""
        in_order = sorted(self._found, key=lambda f: (self._files[f[0]], *f[1:]))
        lines = [
            f"{file}:{line}:{column}: {path}: {why}" if path else f"{file}:{line}:{column}: {why}"
            for file, line, column, path, why in in_order
        ]
        return [shown(line, len(line)) for line in lines]


def read_tree(source: Source, faults: Faults, most: int) -> tuple[Node | None, bytes]:
    """The tree of a file, None where its text has none, and its bytes; every fault of the text is noted.

    Args:
        source: the file.
        faults: takes what is wrong.
        most: bytes that it may have.

    Raises:
        ReadError: it cannot be read, is empty, too large or not UTF-8.
    """
    data = source.read(most)
    root: Node | None
    try:
        root, found = compose(source.decode(data), source.place)
    except YamlError as error:
        root, found = None, error.faults
    for fault in found:
        faults.at_file(source.place, fault)
    return root, data
