"""The schema of what a price list says beside unit prices: extras, rounding, terms of sale and products."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kling_cost.pricebook.schema.book_scalars import (
    Address,
    DateBasis,
    Day,
    Entity,
    Id,
    MoneyAmount,
    Number,
    Positive,
    Quantum,
    Share,
    Text,
    Whole,
    YesNo,
)

_Refunded = Literal["full", "partial", "none", "unknown"]


class ExtraFile(Entity):
    """What is charged for each of something that a request asks for, beyond those that are free."""

    per: Id
    free: Whole = 0
    unit_price: Number
    when: Annotated[dict[Id, Text], Field(description="values of options for which it is charged")] = Field({})


class RoundFile(Entity):
    """How the cost of one call is rounded."""

    to: Quantum
    mode: Literal["half_up", "up", "down"] = "half_up"


class EntryFile(Entity):
    """A model that makes a product."""

    provider: Id
    model: Text
    fixed: Annotated[dict[Id, Text], Field(description="options that the model itself decides")] = Field({})
    needs: Annotated[list[Id], Field(description="what every request for it has, as jobs need it")] = Field([])
    takes: Annotated[list[Id], Field(description="what requests for it may have beside words")] = Field([])
    needs_not: Annotated[list[Id], Field(description="what it cannot make, as jobs need it")] = Field([])
    if_sold: Annotated[YesNo, Field(description="whether it only counts where another layer sells it")] = False


class _SourcedFile(Entity):
    """Terms from a day on, complete in themselves."""

    url: Annotated[Address | None, Field(description="where a person can look it up")] = None
    source: Text
    checked: Day
    date_basis: DateBasis = "stated"


class PackFile(Entity):
    """A pack of credits."""

    name: Text | None = None
    credits: Positive
    price: MoneyAmount
    valid_days: Whole | None = None
    parallel: Annotated[Whole | None, Field(description="tasks that may run at a time")] = None


class PacksFile(_SourcedFile):
    """What credits cost when they are bought."""

    sizes: Annotated[list[PackFile], Field(min_length=1)]
    fee: Annotated[Share | None, Field(description="of the price")] = None
    refundable: YesNo | None = None


class FactorFile(Entity):
    """A factor on the cost of a call: of a group of customers, or above what is spent in a month."""

    group: Id | None = None
    above: MoneyAmount | None = None
    per: Literal["month"] | None = None
    factor: Positive


class FactorsFile(_SourcedFile):
    """Group prices and discounts on volume."""

    list: Annotated[list[FactorFile], Field(min_length=1)]


class MinimumTopUpFile(_SourcedFile):
    """The least that can be paid in."""

    amount: MoneyAmount


class TaxFile(_SourcedFile):
    """Whether prices have tax in them."""

    prices: Literal["excluded", "included"]
    rate: Share | None = None


class RefundFile(_SourcedFile):
    """What is given back of a task that made nothing."""

    failed: _Refunded
    moderated: _Refunded
    cancelled: _Refunded


class TermsFile(Entity):
    """Terms of sale, each by its first day."""

    packs: dict[Day, PacksFile] = Field({})
    factors: dict[Day, FactorsFile] = Field({})
    minimum_top_up: dict[Day, MinimumTopUpFile] = Field({})
    tax: dict[Day, TaxFile] = Field({})
    refund: dict[Day, RefundFile] = Field({})
