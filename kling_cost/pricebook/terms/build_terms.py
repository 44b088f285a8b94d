"""Terms, products, extras and rounding of a checked file become those of a price book."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from kling_cost.frozen import Frozen
from kling_cost.pricebook.schema.terms_schema import EntryFile, ExtraFile, RoundFile, TermsFile
from kling_cost.pricebook.terms.extras import Extra, Rounding
from kling_cost.pricebook.terms.products import ProductEntry, Products
from kling_cost.pricebook.terms.provider_terms import (
    NO_TERMS,
    Factors,
    MinimumTopUp,
    Pack,
    Packs,
    Refunds,
    Tax,
    Terms,
    Volume,
)


def built_terms(terms: TermsFile | None) -> Terms:
    """The terms of a provider."""
    if terms is None:
        return NO_TERMS
    return Terms(
        tuple(
            Packs(*_of(day, e), tuple(Pack(**size.model_dump()) for size in e.sizes), e.fee, e.refundable)
            for day, e in sorted(terms.packs.items())
        ),
        tuple(
            Factors(
                *_of(day, e),
                tuple((f.group, f.factor) for f in e.list if f.group is not None),
                tuple(Volume(f.above, f.factor) for f in e.list if f.above is not None),
            )
            for day, e in sorted(terms.factors.items())
        ),
        tuple(MinimumTopUp(*_of(day, e), e.amount) for day, e in sorted(terms.minimum_top_up.items())),
        tuple(Tax(*_of(day, e), e.prices == "included", e.rate) for day, e in sorted(terms.tax.items())),
        tuple(Refunds(*_of(day, e), e.failed, e.moderated, e.cancelled) for day, e in sorted(terms.refund.items())),
    )


def _of(day: date, entry: Any) -> tuple[date, str, date, str, str | None]:
    return day, entry.source, entry.checked, entry.date_basis, entry.url


def built_products(products: Mapping[str, list[EntryFile]], sold: Collection[tuple[str, str]]) -> Products:
    """The products of a book, without the entries that only count where a seller has the model, and it has not.

    Args:
        products: as they stand in the file.
        sold: every seller with each of its models.
    """
    made = {
        name: tuple(_entry(entry) for entry in entries if not entry.if_sold or (entry.provider, entry.model) in sold)
        for name, entries in products.items()
    }
    return Frozen({name: entries for name, entries in made.items() if entries})


def _entry(entry: EntryFile) -> ProductEntry:
    needs = tuple(entry.needs), tuple(entry.takes), tuple(entry.needs_not)
    return ProductEntry(entry.provider, entry.model, Frozen(entry.fixed), *needs)


def built_extras(extras: list[ExtraFile]) -> tuple[Extra, ...]:
    """The extras of a rate."""
    return tuple(Extra(extra.per, extra.unit_price, extra.free, Frozen(extra.when)) for extra in extras)


def built_rounding(rounding: RoundFile | None) -> Rounding | None:
    """The rounding of a rate; None for that of its currency."""
    return None if rounding is None else Rounding(rounding.to, rounding.mode)
