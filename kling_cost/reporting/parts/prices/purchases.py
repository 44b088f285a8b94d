"""What has to be bought: the packs of credits, what they cost, what is left over, and until when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from kling_cost.amounts import round_half_up
from kling_cost.pricing.purchases.landed_cost import LandedCost
from kling_cost.reporting.number_format import grouped
from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Column, Kind, Row, Table
from kling_cost.reporting.translations import Words

_SHOWN = Decimal("1e-6")


def plan_purchases_table(report: Report) -> list[Table]:
    """What has to be bought for a plan; no table where no seller's terms list packs."""
    words = report.words
    bought = [(purchase.name, purchase.landed) for purchase in report.purchases]
    table = purchases_table("purchases", bought, words)
    return [replace(table, notes=[*table.notes, words("compare.for_plan")])] if bought else []


def purchases_table(key: str, bought: Sequence[tuple[str, LandedCost]], words: Words) -> Table:
    """What has to be bought of each seller, which is called by its name."""

    def column(name: str, kind: Kind = "text") -> Column:
        return Column(name, words(f"compare.{name}"), kind)

    columns = [
        column("seller"),
        column("need", "amount"),
        column("to_buy"),
        column("paid", "money"),
        Column("currency", kind="id"),
        column("left_over", "amount"),
        column("valid_until", "date"),
        replace(column("used", "percent"), prominent=False),
    ]
    rows: list[Row] = [
        [
            name,
            landed.need,
            to_buy(landed, words),
            landed.paid,
            landed.currency,
            landed.left_over,
            landed.valid_until,
            landed.used,
        ]
        for name, landed in bought
    ]
    notes = [note for name, landed in bought for note in _terms(name, landed, words)]
    return Table(key, words("compare.purchases"), titled(words, columns), rows, notes=notes)


def to_buy(landed: LandedCost, words: Words) -> str:
    """What has to be bought, as people say it: 4 × 1,000."""
    if not landed.bought:
        return words("compare.nothing")
    if landed.at_rate:
        return words("compare.at_rate", amount=grouped(landed.bought, words))
    return " + ".join(f"{one.number:,} × {grouped(one.pack.credits, words)}" for one in landed.packs)


def _terms(seller: str, landed: LandedCost, words: Words) -> Iterator[str]:
    """What else holds of a purchase."""
    if landed.fee:
        yield words("compare.fee", seller=seller, fee=grouped(landed.fee, words), currency=landed.currency)
    if landed.minimum_top_up is not None:
        least = grouped(landed.minimum_top_up, words)
        yield words("compare.minimum_top_up", seller=seller, amount=least, currency=landed.currency)
    if landed.tax is not None:
        key = "compare.tax_included" if landed.tax == "included" else "compare.tax_excluded"
        yield words(key, seller=seller)
    if landed.per_credit is not None and not landed.at_rate:
        each = grouped(round_half_up(landed.per_credit, _SHOWN), words)
        yield words("compare.per_credit", seller=seller, amount=each, currency=landed.currency)
