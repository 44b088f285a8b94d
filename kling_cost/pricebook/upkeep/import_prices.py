"""Read what a seller publishes and give the text of a price book, which is held to every rule of books first."""

from __future__ import annotations

import hashlib

from kling_cost.io.json_files import json_document
from kling_cost.io.sources import MEBIBYTE, Source
from kling_cost.io.strict_yaml import Mapping, compose
from kling_cost.io.yaml_text import yaml_text
from kling_cost.pricebook.book_problems import Faults
from kling_cost.pricebook.build import build_book
from kling_cost.pricebook.upkeep.evolink_catalogue import CatalogueError, imported
from kling_cost.problems import PriceBookError

_MAX_BYTES = 64 * MEBIBYTE
_MAX_VALUES = 2_000_000


def import_catalogue(source: Source) -> tuple[str, list[tuple[str, str]]]:
    """The price book of EvoLink's catalogue, and what a book cannot say.

    Args:
        source: the catalogue's JSON.

    Returns:
        The text of the book; and for each rule that is left out its id and why.

    Raises:
        ReadError: it cannot be read, or is not JSON.
        PriceBookError: it is no such catalogue, or nothing in it can be said.
    """
    document = json_document(source, source.read(_MAX_BYTES), _MAX_VALUES)
    try:
        found = imported(document)
    except CatalogueError as error:
        raise PriceBookError([f"{source.place}: {error}"]) from None
    text = yaml_text(found.book, f"Imported from {source.name}.\n" + _left_out(found.unsaid))
    hold_book(text, source.name)
    return text, found.unsaid


def _left_out(unsaid: list[tuple[str, str]]) -> str:
    lines = [f"  {rule}: {why}" for rule, why in unsaid]
    return "\n".join(["Left out, because a price book cannot say it:", *lines]) if lines else ""


def hold_book(text: str, name: str) -> None:
    """Hold a book that was made to every rule of books.

    Raises:
        PriceBookError: it breaks one.
    """
    faults = Faults()
    root, _ = compose(text, name)
    if isinstance(root, Mapping):
        build_book(root, faults, hashlib.sha256(text.encode()).hexdigest(), (name,))
