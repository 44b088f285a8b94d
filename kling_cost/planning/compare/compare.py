"""`compare`: what the same videos cost at other sellers, and why some cannot make them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from kling_cost.amounts import Amount
from kling_cost.folded_names import closest
from kling_cost.planning.compare.cheapest_mix import mix_of
from kling_cost.planning.compare.compare_remarks import about_doubts, about_jobs, about_prices, about_products
from kling_cost.planning.compare.comparison import Comparison
from kling_cost.planning.compare.job_offers import ComparedJob
from kling_cost.planning.compare.seller_totals import SellerTotal, Shot, common_shots, seller_total
from kling_cost.planning.seller_offers import NO_EXCHANGE_RATE, Offer, OfferFinder, agreed, own_entries, same_video
from kling_cost.pricebook.book import PriceBook, book_given
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.pricer import pricer
from kling_cost.pricing.provenance import stamp_of
from kling_cost.pricing.purchases.landed_cost import balances_given, landed_cost
from kling_cost.problems import UsageError, shown
from kling_cost.python_values import instance, list_of, told, whole

_NOTHING = Decimal(0)


def compare(
    estimate: Estimate,
    book: PriceBook | None = None,
    *,
    sellers: str | Sequence[str] | None = None,
    products: str | Sequence[str] | None = None,
    balance: str | Amount | Sequence[str | Amount] | None = None,
    max_sellers: int | None = None,
) -> Comparison:
    """What the same videos cost at other sellers, and why some cannot make them.

    For each job and seller the same seconds, quality, sound, options and material are priced, all written out: no
    seller's defaults apply to what another one was asked for.

    Args:
        estimate: what is planned, priced from jobs.
        book: the price book with the other sellers and the products; that of the estimate if left out.
        sellers: ids of the sellers to show; all that make the products of the jobs, and their own, if left out.
        products: names of products as which all jobs are compared, whatever they are; their own if left out.
        balance: credits that are there already, of each of which one seller that is shown takes.
        max_sellers: how many sellers the cheapest mix may need; any number if left out.

    Returns:
        What each seller asks for each job, or the one reason why it is not comparable; what that comes to, what its
        credits cost when they are bought, and each job at its cheapest seller.

    Raises:
        UsageError: the estimate was stored, a seller or product is not in the price book, a balance is of no seller
            that is shown, or there are too many choices of sellers.

    >>> import kling_cost as kc
    >>> found = kc.compare(kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}]), sellers="evolink")
    >>> [(seller.provider, str(seller.common_usd)) for seller in found.sellers]
    [('evolink', '0.375000000000')]
    """
    estimate = instance(estimate, Estimate, "estimate", "an estimate from estimate()")
    if estimate.book is None:
        raise UsageError("a stored estimate cannot be compared: pass the jobs")
    known = book_given(book) or estimate.book
    chosen = _named(sellers, "sellers", "provider", known.providers)
    as_products = _named(products, "products", "product", known.products)
    most = _count(max_sellers)
    comparer = _Comparer(estimate, known, chosen, as_products)
    return comparer.comparison(balances_given(balance, comparer.currencies()), most)


def _named(given: Any, name: str, kind: str, known: Iterable[str]) -> list[str]:
    """The names that are given, each of which the price book has.

    Raises:
        UsageError: it does not have one.
    """
    names, listed = list_of(given, name), list(known)
    for one in names:
        if one not in listed:
            meant = closest(one, listed)
            hint = f"did you mean {meant}?" if meant else f"it has {', '.join(listed) or 'none'}"
            raise UsageError(f"the price book has no {kind} {shown(one)}; {hint}")
    return list(dict.fromkeys(names))


def _count(given: Any) -> int | None:
    """How many sellers a mix may need.

    Raises:
        UsageError: it is not a whole number above 0.
    """
    count = None if given is None else whole(given)
    if count is not None and (count.__class__ is not int or count < 1):
        raise UsageError(f"max_sellers must be a whole number of at least 1, not {told(given)}")
    return count


class _Comparer:
    """Compares one estimate over one price book.

    Args:
        estimate: what is planned.
        book: the other sellers, and who makes the same.
        sellers: to show; empty for all that there are.
        products: as which all jobs are compared; empty for their own.
    """

    def __init__(self, estimate: Estimate, book: PriceBook, sellers: Sequence[str], products: Sequence[str]) -> None:
        self._estimate, self._book, self._as_products = estimate, book, products
        self._finder = OfferFinder(pricer(book, estimate.as_of))
        self._ambiguous: dict[str, tuple[str, ...]] = {}
        self._sellers = sorted(sellers or self._makers())

    def _makers(self) -> set[str]:
        """Who makes the products of the jobs, and their own sellers."""
        items = {
            (id(item.charge), id(item.job.needs), item.job.ask.checked_as): item for item in self._estimate.line_items
        }.values()
        names = {name for item in items for name in self._products_of(item)}
        own = {item.provider for item in items} & set(self._book.providers)
        return own | {entry.provider for name in names for entry in self._book.products[name]}

    def _products_of(self, item: LineItem) -> list[str]:
        """The products that a job may be compared as: those that are asked for, else its own."""
        if self._as_products:
            return list(self._as_products)
        return [name for name, entries in self._book.products.items() if own_entries(item, entries)]

    def currencies(self) -> dict[str, str]:
        """The currency of each seller that is shown."""
        return {name: self._book.providers[name].currency for name in self._sellers}

    def comparison(self, balances: dict[str, Decimal], max_sellers: int | None) -> Comparison:
        """What each seller asks for each job."""
        estimate, (places, shots) = self._estimate, self._shots()
        shared, common = common_shots(shots, self._sellers)
        totals = [self._total(at, shots, shared, balances) for at in range(len(self._sellers))]
        jobs = [
            ComparedJob(item, shots[at].product, shots[at].own, shots[at].sold)
            for item, at in zip(estimate.line_items, places, strict=True)
        ]
        mix = mix_of(jobs, places, shots, max_sellers)
        charges = [offer.charge for shot in shots for offer in shot.sold if offer.charge is not None]
        stamp = stamp_of(self._book, estimate.as_of, charges)
        problems = [
            *about_prices(estimate, stamp, shots),
            *about_jobs(jobs, common),
            *about_products(shots, self._book, self._ambiguous),
            *about_doubts(shots, mix),
        ]
        return Comparison(estimate, stamp, jobs, totals, common, mix, problems)

    def _shots(self) -> tuple[list[int], list[Shot]]:
        """What jobs that ask for the same have in common, and the place of each job's among these."""
        known: dict[Any, int] = {}
        shots: list[Shot] = []
        counts: list[list[int]] = []
        places = []
        for item in self._estimate.line_items:
            job = item.job
            stays = bool(job.task_ids) or job.locked
            at = known.setdefault((id(item.charge), job.ask, job.date, id(job.needs), stays), len(shots))
            if at == len(shots):  # equal needs are mostly one
                shots.append(self._shot(item)._replace(stays=stays))
                counts.append([0, 0])
            counts[at][0] += 1
            counts[at][1] += job.takes
            places.append(at)
        return places, [
            shot._replace(jobs=jobs, takes=takes) for shot, (jobs, takes) in zip(shots, counts, strict=True)
        ]

    def _shot(self, item: LineItem) -> Shot:
        charge = item.charge
        own = Offer(charge.provider, charge.model, charge, NO_EXCHANGE_RATE if charge.per_usd is None else None)
        names = self._products_of(item)
        if len(names) > 1 and not self._as_products:
            self._ambiguous[charge.model] = tuple(names)
            names = []
        entries = [entry for name in names for entry in self._book.products[name]]
        video = same_video(item, self._book, self._fixed(item))
        sold = (own if name == own.provider else self._finder.best(video, name, entries) for name in self._sellers)
        return Shot(" / ".join(names) or None, own, tuple(sold))

    def _fixed(self, item: LineItem) -> dict[str, str]:
        """What a job's own model decides, as far as its products agree."""
        return agreed([entry for entries in self._book.products.values() for entry in own_entries(item, entries)])

    def _total(
        self, at: int, shots: Sequence[Shot], common: Sequence[Shot], balances: dict[str, Decimal]
    ) -> SellerTotal:
        seller, day = self._book.providers[self._sellers[at]], self._estimate.as_of
        total = seller_total(seller, at, shots, common)
        if total.cost is None:
            return total
        return total._replace(
            landed=landed_cost(seller, total.cost, balances.get(seller.id, _NOTHING), self._book, day)
        )
