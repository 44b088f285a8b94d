"""What is to be said about a comparison: what keeps jobs from being compared, and prices that are in doubt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kling_cost.planning.compare.cheapest_mix import Mix
from kling_cost.planning.compare.job_offers import ComparedJob
from kling_cost.planning.compare.seller_totals import Common, Shot
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.provenance import Stamp, remarks
from kling_cost.problems import Listed, Problem, problem


def about_prices(estimate: Estimate, stamp: Stamp, shots: Sequence[Shot]) -> Iterator[Problem]:
    """The problems of an estimate, with what is to be said about all prices that are shown in place of its own.

    Args:
        estimate: what is compared.
        stamp: which prices are shown.
        shots: what they are of.
    """
    own = [charge for charge, _, _ in estimate.by_charge]
    before = list(remarks(estimate.price_book, estimate.as_of, own))
    yield from (found for found in estimate.problems if found not in before)
    charges = [offer.charge for shot in shots for offer in shot.sold if offer.charge is not None]
    yield from remarks(stamp, estimate.as_of, charges)


def about_products(shots: Sequence[Shot], book: PriceBook, ambiguous: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """Products that only one seller makes, and models that make none or several.

    Args:
        shots: what is compared.
        book: who makes what.
        ambiguous: models that make several products, with those.
    """
    for model, names in sorted(ambiguous.items()):
        yield problem("ambiguous.product", "", model=model, products=Listed(names))
    for name in sorted({shot.product for shot in shots if shot.product is not None}):
        if len({entry.provider for entry in book.products.get(name, ())}) == 1:
            yield problem("missing.second_seller", "", product=name)
    without = {shot.own.model or "" for shot in shots if shot.product is None} - set(ambiguous)
    if without:
        yield problem("missing.product", "", models=Listed(sorted(without)))


def about_jobs(jobs: Sequence[ComparedJob], common: Common) -> Iterator[Problem]:
    """Jobs for which nobody has a comparable price, and that no job has one from everybody."""
    if not common.jobs and len(common.sellers) > 1:
        yield problem("cannot_check.no_common", "", sellers=Listed(common.sellers))
    for job in jobs:
        if not any(offer.is_known for offer in job.sold):
            found = problem("price_unknown.nowhere", "", reasons=Listed(list(_reasons(job))))
            yield found.at(job.item.job_id, job.item.source, job.item.row)


def about_doubts(shots: Sequence[Shot], mix: Mix) -> Iterator[Problem]:
    """Prices that are probably a mistake, said once each, and jobs that stay at a price that is in doubt."""
    offers = [offer for shot in shots for offer in shot.sold if offer.is_suspicious]
    found = {f"{offer.provider}:{offer.model}": offer.doubt for offer in offers}
    for model, why in sorted(found.items()):
        yield problem("suspicious_price.offer", "", model=model, why=why)
    kept = sum(not job.is_firm for job in mix.jobs)
    if kept:
        yield problem("suspicious_price.kept", "", count=f"{kept:,}")


def _reasons(job: ComparedJob) -> Iterator[str]:
    """Every reason with the sellers that it is of."""
    found: dict[str, list[str]] = {}
    for offer in job.sold:
        found.setdefault(offer.reason or "price_unknown", []).append(offer.provider)
    for reason, sellers in found.items():
        yield f"{reason} ({', '.join(sellers)})"
