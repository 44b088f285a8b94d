"""Read the section `fit` of rules: what a plan may change, how much that hurts, and what is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from kling_cost.io.strict_yaml import Mapping as Tree
from kling_cost.io.strict_yaml import Node
from kling_cost.planning.rules.fitting.fit_rules import (
    DROP,
    DURATION,
    MOST_POINTS,
    QUALITY,
    SELLER,
    SOUND,
    TAKES,
    FitRules,
    Kept,
    MayChange,
    Weight,
)
from kling_cost.planning.rules.read_selectors import read_field, read_selector, read_value, wrong_value
from kling_cost.planning.rules.selectors import Condition
from kling_cost.planning.rules.tree_reader import TreeReader, joined

FIT_KEYS = ("may", "weights", "keep")
_ALWAYS = ("change", "pain", "where")
#: The keys of a change beside those of every one.
CHANGE_KEYS: Mapping[str, tuple[str, ...]] = {
    QUALITY: ("from", "to"),
    SOUND: ("from", "to"),
    DURATION: ("down_to",),
    TAKES: ("down_to",),
    SELLER: ("from", "to"),
    DROP: (),
}
#: Those among them that may be left out: to whom a seller changes, the products of the price book say, too.
OPTIONAL_KEYS: Mapping[str, tuple[str, ...]] = {SELLER: ("to",)}
MAY_KEYS = ("change", "from", "to", "down_to", "pain", "where")
#: Takes a weight by its field and value, with its place and path.
_TakeName = Callable[[tuple[str, ...], Node, str], None]


def read_fit_rules(reader: TreeReader, root: Tree, take_name: _TakeName, source: str | None = None) -> FitRules:
    """The section `fit`; what cannot be read of it is noted and left out."""
    node = root.items.get("fit")
    section = None if node is None else reader.mapping(node, "fit", FIT_KEYS)
    if section is None:
        return FitRules()
    may = [_may(reader, item, path, source) for path, item in reader.entries(section, "may", "fit")]
    weights = tuple(_weights(reader, section, take_name, source))
    kept = [_kept(reader, item, path, source) for path, item in reader.entries(section, "keep", "fit")]
    return FitRules(
        tuple(one for one in may if one is not None), weights, tuple(one for one in kept if one is not None)
    )


def _kept(reader: TreeReader, node: Node, path: str, source: str | None) -> Kept | None:
    entry = reader.mapping(node, path, ("where",), ("where",))
    where = None if entry is None else read_selector(reader, entry, "where", path)
    return None if where is None else Kept(where, source)


def _may(reader: TreeReader, node: Node, path: str, source: str | None) -> MayChange | None:
    entry = reader.mapping(node, path, MAY_KEYS, ("change", "pain"))
    if entry is None:
        return None
    change = reader.word(entry, "change", path, tuple(CHANGE_KEYS))
    pain = reader.whole(entry, "pain", path, MOST_POINTS)
    where = read_selector(reader, entry, "where", path) or ()
    if change is None:
        return None
    _check_keys(reader, entry, path, change)
    before, to = (_value(reader, entry, key, path, change) for key in ("from", "to"))
    if before is not None and before == to:
        reader.fault(entry.items["to"], joined(path, "to"), "allows nothing: it is the same as `from`")
    least = reader.whole(entry, "down_to", path)
    to_place = entry.items["to"].place if "to" in entry.items else ""
    return None if pain is None else MayChange(change, pain, node.place, where, before, to, least, to_place, source)


def _check_keys(reader: TreeReader, entry: Tree, path: str, change: str) -> None:
    """Note keys that a change needs, and those that it does not have."""
    for key in CHANGE_KEYS[change]:
        if key not in entry.items and key not in OPTIONAL_KEYS.get(change, ()):
            reader.fault(entry, joined(path, key), "missing")
    for key in entry.items:
        if key in MAY_KEYS and key not in (*_ALWAYS, *CHANGE_KEYS[change]):
            having = ", ".join(f"`{name}`" for name, keys in CHANGE_KEYS.items() if key in keys)
            reader.fault(entry.key_nodes[key], joined(path, key), f"is for {having} only")


def _value(reader: TreeReader, entry: Tree, key: str, path: str, change: str) -> str | None:
    text = reader.text(entry, key, path)
    why = None if text is None else wrong_value(change, text)
    if why is not None:
        reader.fault(entry.items[key], joined(path, key), why)
        return None
    return text


def _weights(reader: TreeReader, section: Tree, take_name: _TakeName, source: str | None) -> Iterator[Weight]:
    path = "fit.weights"
    fields = _names(reader, section.items.get("weights"), path)
    for key, node in fields.items.items() if fields else ():
        field = read_field(reader, fields, key, path) if fields else None
        if field is not None:
            yield from _weights_of(reader, node, field, take_name, source)


def _weights_of(
    reader: TreeReader, node: Node, field: str, take_name: _TakeName, source: str | None
) -> Iterator[Weight]:
    """The weights of the values of a field."""
    path = joined("fit.weights", field)
    values = _names(reader, node, path)
    for key, place in values.key_nodes.items() if values else ():
        value = read_value(reader, place, field, path)
        points = reader.whole(values, key, path, MOST_POINTS) if values else None
        if value is not None and points is not None:
            take_name(("weight", field, value), place, path)
            yield Weight((Condition(field, frozenset({value})),), points, source)


def _names(reader: TreeReader, node: Node | None, path: str) -> Tree | None:
    """A mapping of any keys."""
    if node is None or isinstance(node, Tree):
        return node
    reader.fault(node, path, "must be a mapping")
    return None
