"""Rewrite the text of a price book from schema 1 to schema 2; every comment and everything else stays as it is."""

from __future__ import annotations

from collections.abc import Iterator

from kling_cost.io.editing.text_edits import TextEdit, edited
from kling_cost.io.editing.yaml_places import YamlPlaces
from kling_cost.io.sources import Source
from kling_cost.io.strict_yaml import Mapping, Scalar
from kling_cost.pricebook.book_problems import Faults
from kling_cost.pricebook.book_rules import each_sku
from kling_cost.pricebook.counting.quantity import CALL, OUTPUT, PER_CALL, PER_SECOND
from kling_cost.pricebook.overlay import read_layer
from kling_cost.problems import PriceBookError

_OF = {PER_SECOND: OUTPUT, PER_CALL: CALL}


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
    lines = YamlPlaces(text)
    edits = [lines.of_value(schema, "2")]
    for _, _, sku in each_sku(root):
        edits += _of_sku(lines, sku)
    return edited(text, edits)


def _of_sku(lines: YamlPlaces, sku: Mapping) -> Iterator[TextEdit]:
    """A SKU that says what is counted; an overlay may leave that to its base."""
    rule, seconds = sku.items.get("billing_rule"), sku.items.get("seconds")
    if not isinstance(rule, Scalar) or rule.text not in (PER_CALL, PER_SECOND) or "quantity" in sku.items:
        return
    of = f"of: {_OF[rule.text]}"
    key = sku.key_nodes["billing_rule"]
    if rule.text == PER_CALL:
        yield TextEdit(lines.at(key), lines.end_of(rule), f"quantity: {{{of}}}")
    elif isinstance(seconds, Mapping) and seconds.items:
        yield lines.of_value(sku.key_nodes["seconds"], "quantity")
        first = lines.at(next(iter(seconds.key_nodes.values())))
        yield TextEdit(first, first, f"{of}, " if lines.is_flow(seconds) else f"{of}\n{' ' * lines.indent(first)}")
        yield lines.without(lines.at(key), lines.end_of(rule))
