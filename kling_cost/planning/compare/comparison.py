"""The result of `compare`: what each seller asks for each job, and what that comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kling_cost.amounts import many, plain_text
from kling_cost.planning.compare.cheapest_mix import Mix
from kling_cost.planning.compare.job_offers import ComparedJob, OfferRow
from kling_cost.planning.compare.seller_totals import Common, SellerTotal
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.provenance import Stamp
from kling_cost.problems import EXIT_INVALID, EXIT_OK, EXIT_UNPRICED, Problem
from kling_cost.results.plans.compare_types import COMPARE


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """What the same videos cost at other sellers.

    Attributes:
        estimate: what is planned.
        price_book: which prices were used.
        jobs: each with what every seller asks.
        sellers: what each comes to, by its id.
        common: the jobs over which sellers can be compared.
        cheapest_mix: each job at its cheapest seller.
        problems: those of the estimate, and what keeps jobs from being compared.

    >>> import kling_cost as kc
    >>> kc.compare(kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}]))
    <Comparison: 1 job, evolink 0.375 USD>
    """

    estimate: Estimate
    price_book: Stamp
    jobs: Sequence[ComparedJob]
    sellers: Sequence[SellerTotal]
    common: Common
    cheapest_mix: Mix
    problems: Sequence[Problem]

    @property
    def as_of(self) -> date | None:
        """The day whose rates counted; None for the latest."""
        return self.estimate.as_of

    @property
    def partial(self) -> bool:
        """Whether any job is left out."""
        return self.estimate.partial

    @property
    def exit_code(self) -> int:
        """0; 5 where a job is invalid; 4 where one has no price, or no seller has a comparable one that is known."""
        if self.estimate.exit_code == EXIT_INVALID:
            return EXIT_INVALID
        is_missing = any(not any(offer.is_known for offer in job.sold) for job in self.jobs)
        return EXIT_UNPRICED if is_missing else self.estimate.exit_code or EXIT_OK

    @property
    def exit(self) -> int:
        """The same as `exit_code`, under its name in JSON."""
        return self.exit_code

    @property
    def rows(self) -> list[OfferRow]:
        """Every job with what each seller asks for it, as rows for programs."""
        return [OfferRow(job.item, offer) for job in self.jobs for offer in job.offers]

    def to_json(self) -> dict[str, Any]:
        """The result as JSON of the kind `compare` holds it: amounts are decimal text."""
        return COMPARE.json(self)

    def __repr__(self) -> str:
        told = [many(len(self.jobs), "job")]
        for seller in self.sellers:
            cost = "nothing" if seller.common_usd is None else f"{plain_text(seller.common_usd)} USD"
            told.append(f"{seller.provider} {cost}")
        return f"<Comparison: {', '.join(told)}>"
