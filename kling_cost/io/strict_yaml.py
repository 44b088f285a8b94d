"""Strict YAML for money: every scalar stays text, every node knows its line, aliases and tags are refused.

`sound: off` stays `off`, `16:9` stays `16:9` and 7.1982 stays 7.1982, because nothing is resolved here.
The tree is built from the parser's events with a stack, so no document can exhaust recursion.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

MAX_DEPTH = 64
MAX_EVENTS = 2_000_000
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
Place = tuple[int, int]  # line and column from 1


class Fault(NamedTuple):
    """Why a YAML text is not acceptable, and where (line and column from 1)."""

    line: int
    column: int
    why: str


class YamlError(ValueError):
    """The text is not YAML that a tree can be built from; `faults` lists every fault up to that place."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"line {f.line}, column {f.column}: {f.why}" for f in faults))
        self.faults = faults


@dataclass(slots=True)
class Node:
    """A place in a document: the file's name, line and column from 1."""

    file: str
    line: int
    column: int

    @property
    def place(self) -> str:
        """`FILE:LINE:COLUMN`."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(slots=True)
class Scalar(Node):
    """A scalar as it was written; `plain` tells that it stood without quotes."""

    text: str
    plain: bool

    @property
    def is_null(self) -> bool:
        """Nothing, `~` or `null`, written without quotes."""
        return self.plain and self.text in ("", "~", "null")


@dataclass(slots=True)
class Sequence(Node):
    """A list of nodes."""

    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Mapping(Node):
    """Entries in the order of the document; `key_nodes` has the place of each key."""

    items: dict[str, Node] = field(default_factory=dict)
    key_nodes: dict[str, Scalar] = field(default_factory=dict)


def compose(text: str, file: str = "") -> tuple[Node, list[Fault]]:
    """Build the tree of the one document in `text`; `file` is what its nodes say that they come from.

    Returns:
        The root and every fault that leaves a tree standing: repeated keys, keys that are no scalars,
        anchors, aliases, tags, merge keys.

    Raises:
        YamlError: there is no tree: malformed, empty, more than one document, nested deeper than 64 levels.

    >>> root, faults = compose("sound: off")
    >>> root.items["sound"].text
    'off'
    """
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise YamlError([*builder.faults, Fault(line, column, error.problem or "malformed YAML")]) from None
    except yaml.YAMLError as error:  # a character that YAML does not allow
        raise YamlError([Fault(1, 1, " ".join(str(error).split()))]) from None
    if builder.root is None:
        raise YamlError([Fault(1, 1, "the file is empty")])
    return builder.root, builder.faults


def content_ends(text: str) -> Iterator[tuple[Place, Place]]:
    """Where each scalar and each collection in brackets begins and ends, as line and column from 1.

    >>> list(content_ends("a: [b]"))
    [((1, 1), (1, 2)), ((1, 5), (1, 6)), ((1, 4), (1, 7))]
    """
    opened: list[Any] = []
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            start = opened.pop()
            if start.flow_style:
                yield _place_of(start.start_mark), _place_of(event.end_mark)
        elif isinstance(event, yaml.ScalarEvent):
            yield _place_of(event.start_mark), _place_of(event.end_mark)


def _place_of(mark: Any) -> Place:
    return mark.line + 1, mark.column + 1


class _Builder:
    """Turns events into nodes and notes every fault on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self.faults: list[Fault] = []
        self._open: list[Node] = []
        self._keys: list[Scalar | None] = []  # the key that waits for its value, one for each open mapping
        self._documents = self._events = 0

    def take(self, event: Any) -> None:
        self._events += 1
        if self._events > MAX_EVENTS:
            self._stop(event, f"more than {MAX_EVENTS:,} elements")
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(event, "a second document; one file holds one document")
        elif isinstance(event, yaml.AliasEvent):
            self._fault(event, f"alias *{event.anchor} is not allowed; write the values out")
            self._place(Scalar(*self._at(event), "", True))
        elif isinstance(event, yaml.NodeEvent):
            self._node(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()

    def _node(self, event: Any) -> None:
        if event.anchor is not None:
            self._fault(event, f"anchor &{event.anchor} is not allowed; write the values out")
        if event.tag is not None and event.tag != "!":
            self._fault(event, f"tag {event.tag} is not allowed")
        place = self._at(event)
        if isinstance(event, yaml.ScalarEvent):
            self._place(Scalar(*place, event.value, not event.style))
            return
        node: Node = Mapping(*place) if isinstance(event, yaml.MappingStartEvent) else Sequence(*place)
        if len(self._open) >= MAX_DEPTH:
            self._stop(event, f"nested deeper than {MAX_DEPTH} levels")
        self._place(node)
        self._open.append(node)
        self._keys.append(None)

    def _place(self, node: Node) -> None:
        if not self._open:
            self.root = self.root or node
            return
        parent = self._open[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif isinstance(parent, Mapping):
            key = self._keys[-1]
            if key is None:
                self._keys[-1] = self._key(node)
            else:
                self._entry(parent, key, node)
                self._keys[-1] = None

    def _key(self, node: Node) -> Scalar:
        if isinstance(node, Scalar):
            return node
        self.faults.append(Fault(node.line, node.column, "a key must be plain text"))
        return Scalar(node.file, node.line, node.column, f"\0{node.line}:{node.column}", False)

    def _entry(self, parent: Mapping, key: Scalar, value: Node) -> None:
        first = parent.key_nodes.get(key.text)
        if first is not None:
            self.faults.append(Fault(key.line, key.column, f"duplicate key {key.text!r} (first on line {first.line})"))
        elif key.text == "<<" and key.plain:
            self.faults.append(Fault(key.line, key.column, "merge key << is not allowed; write the values out"))
        else:
            parent.items[key.text] = value
            parent.key_nodes[key.text] = key

    def _at(self, event: Any) -> tuple[str, int, int]:
        return self.file, event.start_mark.line + 1, event.start_mark.column + 1

    def _fault(self, event: Any, why: str) -> None:
        self.faults.append(Fault(event.start_mark.line + 1, event.start_mark.column + 1, why))

    def _stop(self, event: Any, why: str) -> None:
        self._fault(event, why)
        raise YamlError(self.faults)


def walk(node: Node, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Node]]:
    """Every node of a tree with its path, parents first.

    >>> [path for path, node in walk(compose("a: [1, 2]")[0])]
    [(), ('a',), ('a', 0), ('a', 1)]
    """
    pending: list[tuple[tuple[str | int, ...], Node]] = [(path, node)]
    while pending:
        at, here = pending.pop()
        yield at, here
        if isinstance(here, Mapping):
            pending.extend(((*at, k), v) for k, v in reversed(here.items.items()))
        elif isinstance(here, Sequence):
            pending.extend(((*at, i), v) for i, v in reversed(list(enumerate(here.items))))
