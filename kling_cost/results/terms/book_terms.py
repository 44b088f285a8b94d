"""Terms of sale and products of a price book as JSON says them: in the words of the book itself."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from kling_cost.amounts import Amount, plain_text

_PERCENT = 100


def terms_record(provider: Any) -> dict[str, Any]:
    """The terms of a provider by name and first day; empty where the book says none.

    >>> from kling_cost.pricebook.load import load_prices
    >>> terms_record(load_prices().providers["evolink"])
    {}
    """
    found: dict[str, Any] = {}
    for name, entry in provider.terms:
        found.setdefault(name, {})[entry.effective_from.isoformat()] = _entry(name, entry)
    return found


def _entry(name: str, entry: Any) -> dict[str, Any]:
    """An entry without its day, as the book writes it; what it does not say is left out."""
    told = {field: getattr(entry, field) for field in type(entry).__dataclass_fields__ if field != "effective_from"}
    told = _WRITTEN.get(name, dict)(told)
    shares = {share: f"{plain_text(told[share] * _PERCENT)} %" for share in _SHARES if told.get(share) is not None}
    return _plain(told | shares)  # type: ignore[no-any-return]


def _factors(told: dict[str, Any]) -> dict[str, Any]:
    groups = [{"group": group, "factor": factor} for group, factor in told.pop("groups")]
    volumes = [{"above": above, "per": "month", "factor": factor} for above, factor in told.pop("volumes")]
    return {**told, "list": [*groups, *volumes]}


def _tax(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "prices": "included" if told.pop("included") else "excluded"}


def _packs(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "sizes": [pack._asdict() for pack in told["sizes"]]}


_WRITTEN: dict[str, Any] = {"factors": _factors, "tax": _tax, "packs": _packs}
_SHARES = ("fee", "rate")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return plain_text(value)
    return str(value) if isinstance(value, (Amount, date)) else value


def products_record(book: Any) -> dict[str, Any]:
    """The entries of each product; empty where the book has none.

    >>> from kling_cost.pricebook.load import load_prices
    >>> products_record(load_prices())
    {}
    """
    return {name: [_made(entry) for entry in entries] for name, entries in book.products.items()}


def _made(entry: Any) -> dict[str, Any]:
    found = {"provider": entry.provider, "model": entry.model}
    found |= {"fixed": dict(entry.fixed)} if entry.fixed else {}
    lists = {name: list(getattr(entry, name)) for name in ("needs", "takes", "needs_not")}
    return found | {name: needs for name, needs in lists.items() if needs}
