"""The presets of takes that come with the library: published figures, dated and with their source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from kling_cost.io.strict_yaml import Mapping as Tree
from kling_cost.io.strict_yaml import compose
from kling_cost.planning.rules.tree_reader import TreeReader
from kling_cost.pricebook.book_problems import Faults
from kling_cost.pricebook.places import shipped_file
from kling_cost.problems import RulesError

FILE = "takes.yaml"
_KEYS = ("success", "source", "checked", "date_basis", "confidence")


class Preset(NamedTuple):
    """Somebody's published figure.

    Attributes:
        name: what rules call it.
        success: the chance that a delivered take is usable, alone in a tuple.
        source: who published it.
        checked: when it was last looked at.
    """

    name: str
    success: tuple[Fraction, ...]
    source: str
    checked: date


@cache
def presets() -> Mapping[str, Preset]:
    """Every preset by its name; read on first use.

    Raises:
        RulesError: the file is not valid.

    >>> presets()["hero-text"].success
    (Fraction(1, 10),)
    """
    faults = Faults()
    reader = TreeReader(faults)
    root, found = compose(shipped_file(FILE).read_text(encoding="utf-8"), FILE)
    for fault in found:
        faults.at_file(FILE, fault)
    tree = reader.mapping(root, "", ("schema", "version", "presets"), ("schema", "version", "presets"))
    section = tree.items["presets"] if tree else root
    made = {}
    if isinstance(section, Tree):
        made = {name: _preset(reader, section, name) for name in section.items}
    if faults:
        raise RulesError(faults.lines())
    return MappingProxyType({name: preset for name, preset in made.items() if preset is not None})


def _preset(reader: TreeReader, section: Tree, name: str) -> Preset | None:
    path = f"presets.{name}"
    entry = reader.mapping(section.items[name], path, _KEYS, _KEYS)
    if entry is None:
        return None
    success, source = reader.chance(entry, "success", path), reader.text(entry, "source", path)
    checked = reader.day(entry, "checked", path)
    if success is None or source is None or checked is None:
        return None
    return Preset(name, (success,), source, checked)
