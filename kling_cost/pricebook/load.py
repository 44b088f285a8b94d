"""Load price books: read the layers, merge them, check the result and report every fault."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from kling_cost.amounts import CURRENCY_CODE, PLAIN_NUMBER, Currency, plain_decimal
from kling_cost.io.sources import Source, name_sources
from kling_cost.io.strict_yaml import Mapping
from kling_cost.pricebook.book import ExchangeRate, PriceBook
from kling_cost.pricebook.book_problems import Faults
from kling_cost.pricebook.build import build_book
from kling_cost.pricebook.overlay import lay_over, read_layer
from kling_cost.pricebook.places import book_path, shipped_file
from kling_cost.pricebook.terms.group_prices import book_for_group
from kling_cost.problems import PriceBookError, UsageError
from kling_cost.python_values import list_of, text

_RATE = re.compile(rf"({PLAIN_NUMBER})[ \t]+({CURRENCY_CODE})/USD", re.ASCII)


def load_prices(
    path: str | os.PathLike[str] | None = None,
    *,
    overlay: Sequence[str | os.PathLike[str]] | str | os.PathLike[str] = (),
    rates: Iterable[str] | str = (),
    group: str | None = None,
) -> PriceBook:
    """Read a price book.

    Args:
        path: a file, or the name of a book that comes with the library, such as `evolink-2026-10-10`; the library's
            default, which is called `pricing`, if omitted.
        overlay: partial books that override it, in this order; files or names.
        rates: exchange rates such as `"100 KLING3API_CREDIT/USD"`; each replaces all rates of the book for its
            currency, on all dates.
        group: the group of customers whose prices count, as a seller's `terms` list it.

    Returns:
        The book; its `sha256` covers every layer, every rate passed in, and the group.

    Raises:
        ReadError: a file cannot be read.
        PriceBookError: a file is not valid; the error lists every fault as `FILE:LINE:COLUMN: path: why`.
        UsageError: an exchange rate is malformed, no book has the name, or no seller in it has the group.

    >>> load_prices().version
    '2026-11-19'
    >>> load_prices(rates=["100 KLING3API_CREDIT/USD"]).exchange_rate("KLING3API_CREDIT", None).per_usd
    Decimal('100')
    """
    found = _read_prices(path, overlay, rates)
    return found if group is None else book_for_group(found, text(group, "group"))


def _read_prices(
    path: str | os.PathLike[str] | None,
    overlay: Sequence[str | os.PathLike[str]] | str | os.PathLike[str],
    rates: Iterable[str] | str,
) -> PriceBook:
    overlays = list_of(overlay, "overlay", (str, os.PathLike), "a path")
    given = [parse_exchange(text) for text in list_of(rates, "rates", str, "an exchange rate")]
    if path is None and not overlays and not given:
        return _shipped()
    if path is None and not overlays:
        return _with_rates(_shipped(), given)
    sources = name_sources(list(map(book_path, [*([] if path is None else [path]), *overlays])))
    return _with_rates(_load([*([] if path else [_shipped_source()]), *sources]), given)


def load_for_lint(
    path: str | os.PathLike[str],
    base: str | os.PathLike[str] | None = None,
    *,
    overlay: Sequence[str | os.PathLike[str]] | str | os.PathLike[str] = (),
    rates: Iterable[str] | str = (),
) -> tuple[PriceBook, bool]:
    """Read a file that can be a whole book or an overlay.

    Args:
        path: the file, or the name of a book.
        base: the book that an overlay is applied to; the library's default if omitted.
        overlay, rates: as in `load_prices`.

    Returns:
        The book, and whether the file is an overlay.

    Raises:
        ReadError, UsageError: as `load_prices`.
        PriceBookError: it is neither; the faults are those of the closer match.

    >>> load_for_lint("evolink-2026-10-10")[1]
    False
    """
    above = list_of(overlay, "overlay", (str, os.PathLike), "a path")
    if base is not None:
        return load_prices(base, overlay=[path, *above], rates=rates), True
    return _whole_or_over(path, None, above, rates)


def load_over(path: str | os.PathLike[str], base: Any) -> PriceBook:
    """Read a file that can be a whole book, or an overlay on another file.

    Args:
        path: the file, or the name of a book.
        base: what an overlay is laid over, as for `load_prices`; where it is no file or name, only a book is read.

    Raises:
        ReadError, PriceBookError, UsageError: as `load_for_lint`.

    >>> load_over("evolink-2026-10-10", "pricing").version
    'evolink-2026-10-10'
    """
    if base is None or isinstance(base, (str, os.PathLike)):
        return _whole_or_over(path, base, [], ())[0]
    return load_prices(path)


def _whole_or_over(
    path: str | os.PathLike[str],
    base: str | os.PathLike[str] | None,
    above: Sequence[str | os.PathLike[str]],
    rates: Iterable[str] | str,
) -> tuple[PriceBook, bool]:
    """The book that a file is or that it makes of its base, and whether it is an overlay."""
    try:
        return load_prices(path, overlay=above, rates=rates), False
    except PriceBookError as found:
        faults = found
    try:
        return load_prices(base, overlay=[path, *above], rates=rates), True
    except PriceBookError as found:
        raise found if len(found.faults) < len(faults.faults) else faults from None


def parse_exchange(text: str) -> ExchangeRate:
    """Read an exchange rate such as `100 KLING3API_CREDIT/USD`.

    Raises:
        UsageError: the text is not a rate, or the rate is 0.

    >>> parse_exchange("1400 KRW/USD").per_usd
    Decimal('1400')
    """
    found = _RATE.fullmatch(text.strip(" \t"))
    if not found or not Decimal(found[1]):
        example = "100 KLING3API_CREDIT/USD"  # example
        raise UsageError(f"{text!r} is not a valid exchange rate; write it like {example!r}")
    if found[2] == "USD":
        raise UsageError("an exchange rate must be for a currency other than USD")
    return ExchangeRate(found[2], plain_decimal(found[1]), date.min, "given by the caller", None, "stated")


def _load(sources: Sequence[Source]) -> PriceBook:
    faults = Faults()
    trees: list[Mapping] = []
    digests: list[str] = []
    names: list[str] = []
    for source in sources:
        if source.name in names:  # an overlay that is called like its base
            source = source._replace(name=str(source.path))
        tree, data = read_layer(source, faults)
        names.append(source.name)
        digests.append(hashlib.sha256(data).hexdigest())
        if tree is not None:
            trees.append(tree)
    if len(trees) < len(sources):
        raise PriceBookError(faults.lines())
    merged = trees[0]
    for tree in trees[1:]:
        merged = lay_over(merged, tree)
    return build_book(merged, faults, _combined(digests), tuple(names))


def _with_rates(book: PriceBook, given: Sequence[ExchangeRate]) -> PriceBook:
    if not given:
        return book
    texts = sorted(f"{rate.per_usd.normalize():f} {rate.currency}/USD" for rate in given)
    if len({rate.currency for rate in given}) < len(given):
        raise UsageError("more than one exchange rate for the same currency")
    added = {
        r.currency: Currency(r.currency, r.currency, Decimal(1).scaleb(-2))
        for r in given
        if r.currency not in book.currencies
    }
    return replace(
        book,
        sha256=_combined([book.sha256, *texts]),
        currencies={**book.currencies, **added},
        exchange={**book.exchange, **{rate.currency: (rate,) for rate in given}},
        _sellers={},
    )


def _combined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _shipped_source() -> Source:
    return Source("pricing.yaml", shipped_file("pricing.yaml"))


@cache
def _shipped() -> PriceBook:
    return _load([_shipped_source()])
