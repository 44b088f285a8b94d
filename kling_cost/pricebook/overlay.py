"""Read price book files as trees, and merge an overlay into its base."""

from __future__ import annotations

from kling_cost.io.sources import MEBIBYTE, Source
from kling_cost.io.strict_yaml import Mapping, Node, Scalar
from kling_cost.pricebook.book_problems import Faults, read_tree
from kling_cost.pricebook.terms.provider_terms import TERM_NAMES

MAX_BYTES = 4 * MEBIBYTE

_DATED = ("rates", "exchange", *TERM_NAMES)  # from the overlay's first date on, only its entries count
_BY_KEY = (
    "currencies",
    "providers",
    "skus",
    "defaults",
    "responses",
    "statuses",
    "words",
    "task_prefixes",
    "names",
    "products",
)  # merged entry by entry
#: What a SKU says once: the newer layer's form of it takes the place of the other form.
_INSTEAD = {"quantity": ("billing_rule", "seconds"), "billing_rule": ("quantity",), "seconds": ("quantity",)}


def read_layer(source: Source, faults: Faults) -> tuple[Mapping | None, bytes]:
    """The tree of one file and its bytes; every fault is noted.

    Returns:
        None in place of the tree where the text has none, or none that is a mapping.

    Raises:
        ReadError: the file cannot be read, is empty, larger than 4 MiB, or not UTF-8.
    """
    root, data = read_tree(source, faults, MAX_BYTES)
    if not isinstance(root, Mapping):
        if root is not None:
            faults.at(root, "", "a price book must be a mapping of keys")
        return None, data
    for key in ("schema", "version"):
        if key not in root.items:
            faults.at(root, key, "missing")
    return root, data


def lay_over(base: Mapping, overlay: Mapping) -> Mapping:
    """A new tree: the base with the overlay's entries in place of its own.

    Currencies, providers, SKUs, defaults, the words of answers and products merge by key; a product has the entries of
    the newer layer. `rates`, `exchange` and each of the `terms` follow dates: base entries before the overlay's first
    date stay, later ones give way. Everything else is replaced whole. The schema is the newest of both.
    """
    merged = Mapping(base.file, base.line, base.column, dict(base.items), dict(base.key_nodes))
    for other in (other for key in overlay.items for other in _INSTEAD.get(key, ())):
        if other not in overlay.items:
            merged.items.pop(other, None)
    for key, node in overlay.items.items():
        merged.items[key] = _laid_over(key, merged.items.get(key), node)
        merged.key_nodes[key] = overlay.key_nodes[key]
    return merged


def _laid_over(key: str, below: Node | None, node: Node) -> Node:
    """What an entry comes to where the base has one of the same key."""
    if isinstance(below, Mapping) and isinstance(node, Mapping):
        return _HOW.get(key, _replaced)(below, node)
    if isinstance(below, Scalar) and isinstance(node, Scalar):
        if key == "schema":
            return max(below, node, key=lambda schema: schema.text)
        if key == "version":
            return Scalar(node.file, node.line, node.column, f"{below.text}+{node.text}", node.plain)
    return node


def _merge_entries(base: Mapping, overlay: Mapping) -> Mapping:
    merged = Mapping(base.file, base.line, base.column, dict(base.items), dict(base.key_nodes))
    for name, node in overlay.items.items():
        below = merged.items.get(name)
        if isinstance(below, Mapping) and isinstance(node, Mapping):
            node = lay_over(below, node)
        merged.items[name] = node
        merged.key_nodes[name] = overlay.key_nodes[name]
    return merged


def _follow_dates(base: Mapping, overlay: Mapping) -> Mapping:
    first = min(overlay.items, default="9999-99-99")
    merged = Mapping(overlay.file, overlay.line, overlay.column)
    for layer, dates in ((base, [d for d in base.items if d < first]), (overlay, list(overlay.items))):
        for day in dates:
            merged.items[day] = layer.items[day]
            merged.key_nodes[day] = layer.key_nodes[day]
    return merged


def _replaced(base: Mapping, overlay: Mapping) -> Mapping:
    return overlay


_HOW = {
    **dict.fromkeys(_DATED, _follow_dates),
    **dict.fromkeys(_BY_KEY, _merge_entries),
    "terms": lay_over,
}
