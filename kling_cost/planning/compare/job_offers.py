"""What sellers ask for all takes of a job."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from kling_cost.amounts import EXACT
from kling_cost.planning.seller_offers import Offer
from kling_cost.pricing.line_item import LineItem


def _times(cost: Decimal | None, takes: int) -> Decimal | None:
    return None if cost is None else EXACT.multiply(cost, Decimal(takes))


class JobOffer(NamedTuple):
    """What a seller asks for all takes of a job.

    Attributes:
        offer: what it asks for one.
        own: what one costs as it is planned.
        takes: how many there are.
    """

    offer: Offer
    own: Offer
    takes: int

    @property
    def provider(self) -> str:
        """The seller."""
        return self.offer.provider

    @property
    def model(self) -> str | None:
        """The model that makes it; None where the seller has none."""
        return self.offer.model

    @property
    def comparable(self) -> bool:
        """Whether it is the same video at a price in one money with all others."""
        return self.offer.is_comparable

    @property
    def reason(self) -> str | None:
        """Why it is not comparable; None where it is."""
        return self.offer.reason

    @property
    def suspicious(self) -> bool:
        """Whether the published price is probably a mistake."""
        return self.offer.is_suspicious

    @property
    def certainty(self) -> str | None:
        """How certain the cost is; None without a price."""
        return self.offer.certainty

    @property
    def cost(self) -> Decimal | None:
        """What all takes cost at most; None where it is not known."""
        return None if self.offer.charge is None else _times(self.offer.charge.cost, self.takes)

    @property
    def cost_least(self) -> Decimal | None:
        """What they cost at least; None without a price."""
        return None if self.offer.charge is None else _times(self.offer.charge.least, self.takes)

    @property
    def currency(self) -> str | None:
        """Of the costs; None without a price."""
        return None if self.offer.charge is None else self.offer.charge.currency

    @property
    def usd(self) -> Decimal | None:
        """The cost in dollars; None where that is not known."""
        return None if self.offer.charge is None else self.offer.charge.usd(self.cost)

    @property
    def difference_usd(self) -> Decimal | None:
        """How much more it costs than is planned; None where either is not known in dollars."""
        planned = JobOffer(self.own, self.own, self.takes).usd
        return None if self.usd is None or planned is None else EXACT.subtract(self.usd, planned)


class OfferRow(NamedTuple):
    """A job with what one seller asks for it."""

    item: LineItem
    offer: JobOffer


class ComparedJob(NamedTuple):
    """What each seller asks for a job.

    Attributes:
        item: the job as it is planned.
        product: what it is compared as; None where no other model makes the same.
        own: what its own seller asks for one take.
        sold: what each seller asks for one take, by its id.
    """

    item: LineItem
    product: str | None
    own: Offer
    sold: tuple[Offer, ...]

    @property
    def offers(self) -> list[JobOffer]:
        """What each seller asks for all takes, by its id."""
        return [JobOffer(offer, self.own, self.item.takes) for offer in self.sold]
