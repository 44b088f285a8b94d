"""The fields of a price list: what a column may hold, and what prices of one rate or one SKU have in common."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kling_cost.field_words import OTHER_WORDS, REPORT_WORDS
from kling_cost.folded_names import closest, folded
from kling_cost.io.sheets.sheet_kind import SheetKind
from kling_cost.pricebook.book import PRICED_OPTIONS
from kling_cost.pricebook.counting.length_tiers import DURATION

#: Begins the heading of an option that a price book names itself: `option:tier`.
OPTION = "option:"
PRICE = "unit_price"
#: What every price has to say, in a column or for the whole list.
NEEDED = ("provider", "model", "currency", "unit", "effective_from", "checked")
#: What all prices of a SKU have in common.
OF_SKU = ("seconds_minimum", "seconds_maximum")
#: What all prices of a rate have in common, as the book says it.
OF_RATE = (
    *("minimum_quantity", "minimum_charge", "settlement", "refund_on_failure", "suspicious", "until"),
    *("url", "source", "checked", "copied", "date_basis"),
)
FIELDS = (
    *("provider", "provider_name", "currency", "model", "sku", "effective_from", "unit", PRICE),
    *(*OF_SKU, *OF_RATE, "effective_until"),
)
#: Columns of `prices table` that follow from others.
DERIVED = frozenset({"billing_rule", "base_rate", "multiplier", "printed"})


def option_of(field: str) -> str | None:
    """The option that a field is; None where it is none.

    >>> option_of("quality"), option_of("option:tier"), option_of("unit")
    ('quality', 'tier', None)
    """
    if field in PRICED_OPTIONS:
        return field
    return field.removeprefix(OPTION).strip() if field.startswith(OPTION) and field != OPTION else None


def known_field(heading: str) -> str | None:
    """The field that a documented heading stands for, whatever its case and blanks; None for another heading.

    >>> known_field("Unit Price"), known_field(" option: tier"), known_field("remark")
    ('unit_price', 'option:tier', None)
    """
    text = heading.strip()
    prefix, colon, name = text.partition(":")
    if colon and name.strip() and folded(prefix) == folded(OPTION[:-1]):
        return f"{OPTION}{name.strip()}"
    return _BY_NAME.get(folded(text))


def option_meant(heading: str) -> str | None:
    """The option that a heading of any language probably stands for, of those that most prices depend on.

    >>> option_meant("Audio"), option_meant("길이"), option_meant("remark")
    ('sound', 'duration', None)
    """
    name = folded(heading.partition("(")[0])
    meant = {**OTHER_WORDS, **REPORT_WORDS}.get(name, name)
    return meant if meant in (*PRICED_OPTIONS, DURATION) else None


def meant_field(name: str) -> str | None:
    """The field that an unknown name was probably meant to be."""
    return closest(name, (*FIELDS, *PRICED_OPTIONS))


def fields_in(cells: Sequence[object]) -> int:
    """How many documented headings a row names; 0 for one that can be no header of a price list."""
    found = {known_field(cell) for cell in cells if isinstance(cell, str)} - {None}
    return len(found) if PRICE in found or len(found) > len(PRICED_OPTIONS) else 0


def never(_: str) -> bool:
    """Of a heading: that it is nothing special."""
    return False


_BY_NAME = {folded(name): name for name in (*FIELDS, *PRICED_OPTIONS, *DERIVED)}
_ONE_ROW: Collection[str] = ()
#: Price lists whose headings are the documented ones.
LIST_SHEET = SheetKind(known_field, fields_in, PRICE, _ONE_ROW, never, never, as_shown=True)
