"""Read classes of takes: chances, ends and where the figures are from."""

from __future__ import annotations

from fractions import Fraction

from kling_cost.io.strict_yaml import Mapping, Node, Scalar
from kling_cost.planning.rules.read_selectors import read_selector
from kling_cost.planning.rules.take_presets import Preset, presets
from kling_cost.planning.rules.take_types import MOST_TAKES, NO_FAILURE, NO_REJECTION, Fails, TakeClass
from kling_cost.planning.rules.tree_reader import TreeReader, joined, unknown
from kling_cost.problems import shown

CLASS_KEYS = (
    "where",
    "preset",
    "usable",
    "success",
    "at_most",
    "failure",
    "rejection",
    "keep",
    "usable_seconds",
    "source",
    "checked",
)
RANGE = ("low", "likely", "high")
FAILS_KEYS = ("chance", "charged")
AS_TAKES = "takes"
_LEAST = Fraction(1, MOST_TAKES)
_OF_PRESET = ("success", "source", "checked")
_YES_NO = {"yes": True, "no": False}


def read_take_classes(reader: TreeReader, root: Mapping, source: str | None = None) -> list[tuple[Node, TakeClass]]:
    """The classes of the section `takes`, each with the place of its name; those that cannot be read are left out."""
    node = root.items.get("takes")
    if node is None:
        return []
    if not isinstance(node, Mapping):
        reader.fault(node, "takes", "must be a mapping of names")
        return []
    found = [(node.key_nodes[name], _class(reader, node, name, source)) for name in node.items]
    return [(place, made) for place, made in found if made is not None]


def _class(reader: TreeReader, parent: Mapping, name: str, source: str | None) -> TakeClass | None:
    path, key = f"takes.{shown(name)}", parent.key_nodes[name]
    if not name.strip() or not name.isprintable():
        reader.fault(key, "takes", "a name must be text of one line")
    entry = reader.mapping(parent.items[name], path, CLASS_KEYS)
    if entry is None:
        return None
    where, preset = read_selector(reader, entry, "where", path), _preset(reader, entry, path)
    success = _success(reader, entry, path, preset)
    usable, at_most = _usable(reader, entry, path), reader.whole(entry, "at_most", path, MOST_TAKES)
    failure = _fails(reader, entry, "failure", path, NO_FAILURE)
    rejection = _fails(reader, entry, "rejection", path, NO_REJECTION)
    keep, seconds = _keep(reader, entry, path), reader.seconds(entry, "usable_seconds", path)
    origin, checked = reader.text(entry, "source", path), reader.day(entry, "checked", path)
    if preset is not None:
        origin, checked = preset.source, preset.checked
    made = TakeClass(
        name, key.place, success or (), where or (), usable, at_most, failure, rejection, keep, seconds,
        origin, checked, preset.name if preset else None, source,
    )  # fmt: skip
    _check_together(reader, entry, path, made)
    return made if success else None


def _keep(reader: TreeReader, entry: Mapping, path: str) -> Fraction:
    keep = reader.chance(entry, "keep", path)
    if keep == 0:
        reader.fault(entry.items["keep"], joined(path, "keep"), "must be more than 0")
    return keep or Fraction(1)


def _preset(reader: TreeReader, entry: Mapping, path: str) -> Preset | None:
    name = reader.text(entry, "preset", path)
    if name is None:
        return None
    for key in _OF_PRESET:
        if key in entry.items:
            reader.fault(entry.key_nodes[key], joined(path, key), "is what the preset says; leave one of them out")
    known = presets()
    if name not in known:
        reader.fault(entry.items["preset"], joined(path, "preset"), unknown("preset", name, sorted(known)))
    return known.get(name)


def _success(reader: TreeReader, entry: Mapping, path: str, preset: Preset | None) -> tuple[Fraction, ...] | None:
    node, at = entry.items.get("success"), joined(path, "success")
    if preset is not None:
        return preset.success
    if node is None:
        if "preset" not in entry.items:
            reader.fault(entry, at, "missing: write a chance such as 0.25 or 1 in 4, a range, or a preset")
        return None
    return read_success(reader, entry, path)


def read_success(reader: TreeReader, entry: Mapping, path: str) -> tuple[Fraction, ...] | None:
    """One chance, or those of a range from low to high; None where it cannot be read."""
    node, at = entry.items["success"], joined(path, "success")
    if isinstance(node, Mapping):
        return _range(reader, reader.mapping(node, at, RANGE, RANGE) or node, at)
    one = reader.chance(entry, "success", path)
    return None if one is None else (one,)


def _range(reader: TreeReader, entry: Mapping, at: str) -> tuple[Fraction, ...] | None:
    low, likely, high = (reader.chance(entry, key, at) for key in RANGE)
    in_order = [_in_order(reader, entry, at, *pair) for pair in (("low", low, likely), ("likely", likely, high))]
    if low is None or likely is None or high is None or not all(in_order):
        return None
    return low, likely, high


def _in_order(
    reader: TreeReader, entry: Mapping, at: str, key: str, least: Fraction | None, most: Fraction | None
) -> bool:
    if least is None or most is None or least <= most:
        return True
    above = RANGE[RANGE.index(key) + 1]
    reader.fault(entry.items[key], joined(at, key), f"is greater than `{above}`")
    return False


def _usable(reader: TreeReader, entry: Mapping, path: str) -> int | None:
    node = entry.items.get("usable")
    if isinstance(node, Scalar) and node.text == AS_TAKES:
        return None
    return reader.whole(entry, "usable", path, MOST_TAKES) or 1


def _fails(reader: TreeReader, entry: Mapping, key: str, path: str, default: Fails) -> Fails:
    node, at = entry.items.get(key), joined(path, key)
    if node is None:
        return default
    found = reader.mapping(node, at, FAILS_KEYS, ("chance",))
    if found is None:
        return default
    chance, charged = reader.chance(found, "chance", at), reader.word(found, "charged", at, list(_YES_NO))
    return Fails(chance or Fraction(0), default.charged if charged is None else _YES_NO.get(charged))


def _check_together(reader: TreeReader, entry: Mapping, path: str, made: TakeClass) -> None:
    """Note what cannot be together."""
    if made.at_most is not None and made.usable is not None and made.usable > made.at_most:
        at, why = joined(path, "usable"), f"{made.usable} usable takes cannot come from at most {made.at_most}"
        reader.fault(entry.items.get("usable", entry), at, why)
    if _delivered(made) <= 0:
        key = "failure" if made.failure.chance >= made.rejection.chance else "rejection"
        reader.fault(entry.items[key], joined(path, key), "together, failure and rejection leave no take")
    elif made.success and "at_most" not in entry.items and needs_end(made):
        node = entry.items.get("success", entry)
        reader.fault(node, joined(path, "success"), "fewer than 1 in 1,000 takes would be usable: add `at_most`")


def needs_end(of: TakeClass) -> bool:
    """Whether so few takes of a class may be usable that it needs `at_most`."""
    return of.at_most is None and of.success[0] * _delivered(of) < _LEAST


def _delivered(of: TakeClass) -> Fraction:
    """The share of calls that deliver a take."""
    return 1 - of.failure.chance - of.rejection.chance
