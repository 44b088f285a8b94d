"""Changes of seller: to which models a job may move, and its request as it is written out for one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from kling_cost.jobs.job import Ask, ask_for
from kling_cost.jobs.providers import KINDS
from kling_cost.jobs.providers.request_model import RequestKind
from kling_cost.planning.rules.fitting.fit_rules import DURATION, SELLER, SOUND, MayChange
from kling_cost.planning.same_material import can_have
from kling_cost.pricebook.book import PRICED_OPTIONS, PriceBook, Rate
from kling_cost.pricebook.terms.extras import NOT_ASKED_FOR
from kling_cost.pricebook.terms.products import ProductEntry
from kling_cost.pricing.line_item import Charge, LineItem


class Seller(NamedTuple):
    """A model, and who sells it.

    >>> print(Seller("evolink", "kling-v3-text-to-video"))
    evolink:kling-v3-text-to-video
    """

    provider: str
    model: str

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}"

    def beside(self, other: Seller) -> str:
        """The name that tells it from another: the model alone where both are sold by one provider.

        >>> Seller("a", "std").beside(Seller("a", "pro")), Seller("a", "std").beside(Seller("b", "pro"))
        ('std', 'a:std')
        """
        return self.model if self.provider == other.provider else str(self)


class Move(NamedTuple):
    """Where a job may move to.

    Attributes:
        seller: of what it becomes.
        is_named: a rule names the model; else the price book says that it makes the same product.
    """

    seller: Seller
    is_named: bool


def named_seller(text: str) -> Seller:
    """The seller that is written as its provider and model with a colon between.

    >>> named_seller("evolink:kling-v3-text-to-video").model
    'kling-v3-text-to-video'
    """
    provider, _, model = text.partition(":")
    return Seller(provider, model)


def seller_of(charge: Charge) -> Seller:
    """The seller of what is charged."""
    return Seller(charge.provider, charge.model)


class SellerMoves:
    """Knows by a price book to which sellers jobs may move.

    Args:
        book: the price book.
        as_of: the day whose rates count for jobs without a day of their own; None for the latest.
    """

    def __init__(self, book: PriceBook, as_of: date | None = None) -> None:
        self._book, self._as_of = book, as_of

    def is_sold(self, name: str) -> bool:
        """Whether a name is that of a provider, or of a model, alone or behind its provider and a colon.

        >>> from kling_cost.pricebook.load import load_prices
        >>> moves = SellerMoves(load_prices())
        >>> moves.is_sold("kling3api"), moves.is_sold("kling3api:std-text-to-video"), moves.is_sold("std-text")
        (True, True, False)
        """
        return name in self._book.providers or bool(self._sellers_of(name))

    def _sellers_of(self, name: str, first: str | None = None) -> list[Seller]:
        """Who sells a model: the provider before its colon, else one that comes first, else all."""
        provider, colon, model = name.partition(":")
        if colon and self._book.sellers(model, provider):
            return [Seller(provider, model)]
        sold = self._book.sellers(name, first) if first else ()
        return [Seller(one.id, name) for one, _ in sold or self._book.sellers(name)]

    def pains(self, charge: Charge, may: Sequence[MayChange]) -> dict[Move, int]:
        """Where rules let a job move that is charged so, each with the least pain that a rule gives it."""
        found: dict[Move, int] = {}
        for rule in may:
            for move in self.moves(charge, rule):
                found[move] = min(rule.pain, found.get(move, rule.pain))
        return dict(sorted(found.items()))

    def moves(self, charge: Charge, rule: MayChange) -> Iterator[Move]:
        """Where one rule lets a job move that is charged so."""
        now = seller_of(charge)
        if rule.change == SELLER and rule.before in (None, now.provider, now.model, str(now)):
            yield from (move for move in self._moves(now, rule.to) if move.seller != now)

    def _moves(self, now: Seller, to: str | None) -> Iterator[Move]:
        if to is not None and to not in self._book.providers:
            yield from (Move(seller, True) for seller in self._sellers_of(to, now.provider))
            return
        same = [entry for entry in self._same(now) if to in (None, entry.provider)]
        yield from (Move(_seller_in(entry), False) for entry in same)
        if to is not None and not same and self._book.sellers(now.model, to):
            yield Move(Seller(to, now.model), True)

    def _same(self, now: Seller) -> Iterator[ProductEntry]:
        """Every entry of the products that a seller makes."""
        for entries in self._book.products.values():
            if any(_seller_in(entry) == now for entry in entries):
                yield from entries

    def asked(self, item: LineItem) -> dict[str, str]:
        """What a job asks for, seconds among it: the values that count, and those that its model itself decides."""
        now = seller_of(item.charge)
        found = {name: value for name, value in item.job.ask.options if isinstance(value, str)}
        found |= item.charge.options
        entries = [entry for entry in self._same(now) if _seller_in(entry) == now]
        fitting = [one for one in entries if all(found.get(name, value) == value for name, value in one.fixed.items())]
        return {**_decided(now, fitting), **found}

    def request(self, item: LineItem, move: Move, changes: Mapping[str, str]) -> Ask | None:
        """The request of a job, written out for another seller; None where that would not ask for the same.

        Args:
            item: the job.
            move: where to.
            changes: what changes of it at the same time, by option.
        """
        values = {**self.asked(item), **changes}
        makers = self._makers(item, move, values)
        if makers is None:
            return None
        decided = _decided(move.seller, makers)
        wanted = {*item.charge.options, *(name for name, _ in item.job.ask.options), *changes}
        # Who names a model accepts what it makes, but for what a job asks for and the model is known to make otherwise.
        free = [name for name in PRICED_OPTIONS if name not in wanted or name not in decided] if move.is_named else ()
        ((_, sku),) = self._book.sellers(move.seller.model, move.seller.provider)
        rate = sku.rate(item.job.date or self._as_of)
        target = None if rate is None else _Target(self._book, rate, KINDS.get(move.seller), decided, frozenset(free))
        return None if target is None else target.ask(move.seller, item.job.ask, values)

    def _makers(self, item: LineItem, move: Move, values: Mapping[str, str]) -> Sequence[ProductEntry] | None:
        """The entries of the new seller that make what a job asks for, of a named model all that can; None where it
        does not, or cannot have the material."""
        needs, kind = item.job.needs, KINDS.get(move.seller)
        known = list(self._entries(item, move))
        able = [entry for entry in known if not any(map(needs.get, entry.needs_not))]
        is_able = bool(able) or not (known or (needs and kind is None))
        if not is_able or (kind is not None and not can_have(kind, needs)):
            return None
        made = [entry for entry in able if entry.fixed.items() <= values.items()]
        return made or (able if move.is_named else None)

    def _entries(self, item: LineItem, move: Move) -> Iterator[ProductEntry]:
        """The new seller's entries of the same product, or of any product where the model is named."""
        every = (entry for entries in self._book.products.values() for entry in entries)
        for entry in every if move.is_named else self._same(seller_of(item.charge)):
            if _seller_in(entry) == move.seller:
                yield entry

    def is_same(self, item: LineItem, changes: Mapping[str, str], charge: Charge) -> bool:
        """Whether what is charged is just what a job asks for, with some of it changed, and no default among it."""
        values = {**self.asked(item), **changes}
        is_as_long = values.get(DURATION) == charge.options.get(DURATION)
        is_as_asked = all(values.get(name, value) == value for name, value in charge.options.items())
        return is_as_long and is_as_asked and not charge.defaults_applied


class _Target(NamedTuple):
    """What another seller's model takes.

    Attributes:
        book: the price book.
        rate: its prices.
        kind: its request rules, where they are known.
        decided: what it decides itself.
        free: options that need not be the same.
    """

    book: PriceBook
    rate: Rate
    kind: RequestKind | None
    decided: Mapping[str, str]
    free: frozenset[str]

    def ask(self, seller: Seller, before: Ask, values: Mapping[str, str]) -> Ask | None:
        """The request with some values; None where something that is asked for would be lost."""
        options = {name: value for name, value in values.items() if name != DURATION}
        given = {name: value for name, value in options.items() if self._takes(name)}
        if any(self._loses(name, options[name]) for name in options.keys() - given.keys()):
            return None
        names = [*(n for n in PRICED_OPTIONS if n in given), *(n for n in given if n not in PRICED_OPTIONS)]
        seconds = int(values[DURATION]) if DURATION in values else None
        checked_as = None if self.kind is None else self.kind.provider
        return ask_for(*seller, seconds, tuple((name, given[name]) for name in names), before.shots, checked_as)

    def _takes(self, name: str) -> bool:
        """Whether its requests say an option, be it one on which no price depends."""
        beside = (*self.book.counts, *self.book.quantities)
        return name in self.rate.options or name in beside or (self.kind is not None and name in self.kind.fields)

    def _loses(self, name: str, value: str) -> bool:
        """Whether what is asked for by an option that it does not take would not be made."""
        is_needless = value in NOT_ASKED_FOR and name != SOUND  # a model that is not asked for silence may have sound
        return not (name in self.free or self.decided.get(name) == value or is_needless)


def _seller_in(entry: ProductEntry) -> Seller:
    return Seller(entry.provider, entry.model)


def _decided(seller: Seller, entries: Sequence[ProductEntry]) -> dict[str, str]:
    """What a model itself decides: what all of its entries say, and its request rules."""
    kind = KINDS.get(seller)
    fixed = [entry.fixed.items() for entry in entries]
    common = {name: value for name, value in (fixed[0] if fixed else ()) if all((name, value) in one for one in fixed)}
    return {**(kind.fixed if kind else {}), **common}
