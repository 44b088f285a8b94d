"""What a seller's price list says beside prices: packs, factors, top-ups, tax and refunds, each dated and sourced."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeVar

from kling_cost.amounts import Amount


@dataclass(frozen=True, slots=True)
class Sourced:
    """Where terms stand, and from when on they hold.

    Attributes:
        effective_from: first day on which they hold, inclusive; they end where the next entry begins.
        source, checked, date_basis, url: as in `Rate`.
    """

    effective_from: date
    source: str
    checked: date
    date_basis: str
    url: str | None


class Pack(NamedTuple):
    """A number of credits that can be bought at once.

    Attributes:
        credits: how many.
        price: what they cost together, before a fee.
        name: what the seller calls it; None where it has no name.
        valid_days: after how many days they are lost; None where the book does not say.
        parallel: how many tasks may run at a time; None where the book does not say.
    """

    credits: Decimal
    price: Amount
    name: str | None = None
    valid_days: int | None = None
    parallel: int | None = None


@dataclass(frozen=True, slots=True)
class Packs(Sourced):
    """What credits cost when they are bought.

    Attributes:
        sizes: the packs, in the order of the book.
        fee: what is paid beside the price, as a share of it: 0.025 is 2.5 %; None where there is none.
        refundable: whether unused credits are given back; None where the book does not say.
    """

    sizes: tuple[Pack, ...]
    fee: Decimal | None
    refundable: bool | None


class Volume(NamedTuple):
    """A factor on what is spent above an amount in a month.

    Attributes:
        above: the amount.
        factor: at most 1.
    """

    above: Amount
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Factors(Sourced):
    """Group prices and discounts on volume.

    Attributes:
        groups: the factor of each group of customers, in the order of the book.
        volumes: discounts on what is spent above an amount in a month.
    """

    groups: tuple[tuple[str, Decimal], ...]
    volumes: tuple[Volume, ...]

    def of_group(self, group: str) -> Decimal | None:
        """The factor of a group; None where it is not listed."""
        return dict(self.groups).get(group)


@dataclass(frozen=True, slots=True)
class MinimumTopUp(Sourced):
    """The least that can be paid in.

    Attributes:
        amount: that much.
    """

    amount: Amount


@dataclass(frozen=True, slots=True)
class Tax(Sourced):
    """Whether prices have tax in them.

    Attributes:
        included: whether they have.
        rate: the tax, as a share of the price without it; None where the book does not say.
    """

    included: bool
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class Refunds(Sourced):
    """What is given back of a task that made nothing: `full`, `partial`, `none` or `unknown`.

    Attributes:
        failed, moderated, cancelled: by its cause.
    """

    failed: str
    moderated: str
    cancelled: str


Entry = TypeVar("Entry", bound=Sourced)


def entry_on(entries: tuple[Entry, ...], day: date | None) -> Entry | None:
    """The entry in force on a day, the latest one for None; None before the first.

    >>> entry_on((), None)
    """
    known = len(entries) if day is None else bisect_right(entries, day, key=lambda entry: entry.effective_from)
    return entries[known - 1] if known else None


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a seller; each list ascends by `effective_from`, and is empty where the book says nothing.

    Attributes:
        packs, factors, minimum_top_up, tax, refund: the entries of each.

    >>> Terms().on(None)
    TermsOn(packs=None, factors=None, minimum_top_up=None, tax=None, refund=None)
    """

    packs: tuple[Packs, ...] = ()
    factors: tuple[Factors, ...] = ()
    minimum_top_up: tuple[MinimumTopUp, ...] = ()
    tax: tuple[Tax, ...] = ()
    refund: tuple[Refunds, ...] = ()

    def on(self, day: date | None) -> TermsOn:
        """Those in force on a day; None asks for the latest."""
        lists = (self.packs, self.factors, self.minimum_top_up, self.tax, self.refund)
        return TermsOn(*(entry_on(entries, day) for entries in lists))  # type: ignore[arg-type]

    def groups(self) -> tuple[str, ...]:
        """Every group of customers that any entry lists."""
        return tuple(dict.fromkeys(name for entry in self.factors for name, _ in entry.groups))

    def __iter__(self) -> Iterator[tuple[str, Sourced]]:
        """Every entry with the name of its list."""
        for name in TERM_NAMES:
            for entry in getattr(self, name):
                yield name, entry


class TermsOn(NamedTuple):
    """The terms in force on a day; None for each about which the book says nothing then."""

    packs: Packs | None
    factors: Factors | None
    minimum_top_up: MinimumTopUp | None
    tax: Tax | None
    refund: Refunds | None


TERM_NAMES = TermsOn._fields
NO_TERMS = Terms()
