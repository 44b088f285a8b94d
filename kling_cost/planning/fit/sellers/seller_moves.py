"""Changes of seller: to which models a job may move, and its request as it is written out for one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from kling_cost.jobs.job import Ask
from kling_cost.jobs.providers import KINDS
from kling_cost.planning.rules.fitting.fit_rules import DURATION, SELLER, MayChange
from kling_cost.planning.seller_offers import OfferFinder, SameVideo, agreed, own_entries, same_video
from kling_cost.pricebook.book import PRICED_OPTIONS
from kling_cost.pricebook.terms.products import ProductEntry
from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.pricing.pricer import Pricer


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
        of_book: the pricer of the price book and day.
    """

    def __init__(self, of_book: Pricer) -> None:
        self._book, self._offers = of_book.book, OfferFinder(of_book)

    def is_sold(self, name: str) -> bool:
        """Whether a name is that of a provider, or of a model, alone or behind its provider and a colon.

        >>> from kling_cost.pricebook.load import load_prices
        >>> from kling_cost.pricing.pricer import pricer
        >>> moves = SellerMoves(pricer(load_prices(), None))
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
        video = self._video(item, {})
        length = {} if video.seconds is None else {DURATION: str(video.seconds)}
        return {**dict(video.options), **length}

    def _video(self, item: LineItem, changes: Mapping[str, str]) -> SameVideo:
        """What has to stay the same, with what changes of it."""
        now = seller_of(item.charge)
        entries = own_entries(item, (entry for entry in self._same(now) if _seller_in(entry) == now))
        video = same_video(item, self._book, {**_fixed_by_rules(now), **agreed(entries)})
        options = {**dict(video.options), **changes}
        seconds = options.pop(DURATION, None)
        return video._replace(
            options=tuple(sorted(options.items())), seconds=video.seconds if seconds is None else int(seconds)
        )

    def request(self, item: LineItem, move: Move, changes: Mapping[str, str]) -> Ask | None:
        """The request of a job, written out for another seller; None where that would not ask for the same.

        Args:
            item: the job.
            move: where to.
            changes: what changes of it at the same time, by option.
        """
        video = self._video(item, changes)
        wanted = {*item.charge.options, *(name for name, _ in item.job.ask.options), *changes}
        for entry in self._entries(item, move):
            decided = {**_fixed_by_rules(move.seller), **entry.fixed}
            # Who names a model accepts what it makes, but for what a job asks for and it is known to make otherwise.
            free = [name for name in PRICED_OPTIONS if name not in wanted or name not in decided]
            found = self._offers.ask(video, replace(entry, fixed=decided), free if move.is_named else ())
            if not isinstance(found, str):
                return found
        return None

    def _entries(self, item: LineItem, move: Move) -> Sequence[ProductEntry]:
        """The new seller's entries of the same product, or of any product where the model is named.

        A named model that is of no product makes what is asked for if its request rules know that, or without material.
        """
        every = (entry for entries in self._book.products.values() for entry in entries)
        known = every if move.is_named else self._same(seller_of(item.charge))
        found = [entry for entry in known if _seller_in(entry) == move.seller]
        is_clear = not item.job.needs or move.seller in KINDS
        return found or ([ProductEntry(*move.seller)] if move.is_named and is_clear else [])

    def is_same(self, item: LineItem, changes: Mapping[str, str], charge: Charge) -> bool:
        """Whether what is charged is just what a job asks for, with some of it changed, and no default among it."""
        values = {**self.asked(item), **changes}
        is_as_long = values.get(DURATION) == charge.options.get(DURATION)
        is_as_asked = all(values.get(name, value) == value for name, value in charge.options.items())
        return is_as_long and is_as_asked and not charge.defaults_applied


def _seller_in(entry: ProductEntry) -> Seller:
    return Seller(entry.provider, entry.model)


def _fixed_by_rules(seller: Seller) -> Mapping[str, str]:
    """What the request rules of a model say that it decides itself."""
    kind = KINDS.get(seller)
    return kind.fixed if kind else {}
