"""What the same videos cost at other sellers, as tables."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from kling_cost.amounts import round_half_up
from kling_cost.planning.compare.cheapest_mix import Mix
from kling_cost.planning.compare.comparison import Comparison
from kling_cost.planning.compare.job_offers import ComparedJob, JobOffer
from kling_cost.planning.compare.seller_totals import SellerTotal
from kling_cost.pricing.purchases.landed_cost import LandedCost
from kling_cost.reporting.number_format import grouped
from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.parts.prices.purchases import purchases_table
from kling_cost.reporting.parts.problem_list import problem_table
from kling_cost.reporting.table import Column, Kind, Row, Rows, Table
from kling_cost.reporting.translations import Words
from kling_cost.results.certainty import EXACT

_NOTHING, _CENT, _SHOWN = Decimal(0), Decimal("1e-2"), Decimal("1e-6")


def compare_tables(found: Comparison, words: Words) -> list[Table]:
    """What a terminal shows: what each seller comes to, what has to be bought, each job, and the problems."""
    made = [make(found, words) for make in (sellers_table, compared_purchases, jobs_table)]
    return [table for table in (*made, problem_table(found.problems, words)) if table.rows]


def compare_column(words: Words, name: str, kind: Kind = "text") -> Column:
    """A column with its title."""
    return Column(name, words(f"compare.{name}"), kind)


def sellers_table(found: Comparison, words: Words) -> Table:
    """What each seller comes to, the cheapest that can be had first."""
    columns = [
        compare_column(words, "seller"),
        compare_column(words, "able", "integer"),
        compare_column(words, "cost", "amount"),
        Column("currency", kind="id"),
        compare_column(words, "usd", "money"),
        compare_column(words, "common_usd", "money"),
        compare_column(words, "remark"),
    ]
    rows: list[Row] = [
        [
            seller.name,
            seller.jobs,
            seller.cost,
            seller.currency,
            seller.usd,
            seller.common_usd,
            "; ".join(_why_not(seller, words)),
        ]
        for seller in cheapest_first(found)
    ]
    jobs, whole = f"{found.common.jobs:,}", f"{len(found.jobs):,}"
    notes = [words("compare.written_out"), words("compare.common", jobs=jobs, all=whole)]
    return Table("compare", words("compare.title"), titled(words, columns), rows, notes=notes)


def cheapest_first(found: Comparison) -> list[SellerTotal]:
    """The sellers by what the common jobs cost there, then those whose prices are in doubt, then those without any."""

    def order(seller: SellerTotal) -> tuple[bool, bool, Decimal]:
        return seller.common_usd is None, not seller.is_firm, seller.common_usd or _NOTHING

    return sorted(found.sellers, key=order)


def _why_not(seller: SellerTotal, words: Words) -> Iterator[str]:
    """Why jobs are not comparable at a seller, or are at a price that looks wrong, and how many."""
    for reason, jobs in seller.reasons:
        yield f"{reason_text(reason, words)} ({jobs:,})"
    if seller.suspicious:
        yield f"{words('compare.suspicious')} ({seller.suspicious:,})"
    if seller.certainty != EXACT:
        yield words(f"compare.{seller.certainty}")


def reason_text(reason: str, words: Words) -> str:
    """Why a price is not comparable, in a few words."""
    return words(f"compare.reason.{reason}")


def compared_purchases(found: Comparison, words: Words) -> Table:
    """What has to be bought of each seller."""
    bought = [(seller.name, seller.landed) for seller in found.sellers if seller.landed is not None]
    told = [(name, landed) for name, landed in bought if _is_more_than_a_rate(landed)]
    return purchases_table("compare_purchases", told, words)


def _is_more_than_a_rate(landed: LandedCost) -> bool:
    """Whether a purchase says more than the cost in dollars does."""
    others = landed.balance, landed.fee, landed.minimum_top_up
    return not landed.at_rate or any(others) or landed.tax is not None


def jobs_table(found: Comparison, words: Words) -> Table:
    """Where each job is cheapest."""
    columns = [
        compare_column(words, "job", "id"),
        compare_column(words, "planned", "id"),
        compare_column(words, "planned_usd", "money"),
        compare_column(words, "cheapest", "id"),
        compare_column(words, "usd", "money"),
        compare_column(words, "saves", "money"),
        compare_column(words, "not_comparable"),
    ]
    mixed = {id(job.item): job for job in found.cheapest_mix.jobs}

    def row(job: ComparedJob) -> Row:
        at = mixed.get(id(job.item))
        planned = JobOffer(job.own, job.own, job.item.takes).usd
        cheapest = [None, None, None] if at is None else [at.at.provider, at.at.usd, at.saves_usd]
        return [job.item.job_id, job.own.provider, planned, *cheapest, _remarks(job, words)]

    notes = _mix_notes(found.cheapest_mix, words)
    return Table("compare_jobs", words("compare.jobs"), titled(words, columns), Rows(found.jobs, row), notes=notes)


def _remarks(job: ComparedJob, words: Words) -> str:
    """What keeps a job from being compared, with the sellers of each reason."""
    found: dict[str, list[str]] = {}
    for offer in job.offers:
        remark = remark_of(offer, words)
        if remark:
            found.setdefault(remark, []).append(offer.provider)
    return "; ".join(f"{', '.join(sellers)}: {remark}" for remark, sellers in found.items())


def remark_of(offer: JobOffer, words: Words) -> str:
    """Why an offer is not comparable, or what keeps it from being taken without looking."""
    if offer.reason is not None:
        return reason_text(offer.reason, words)
    if offer.suspicious:
        return words("compare.suspicious")
    return "" if offer.certainty in (None, EXACT) else words(f"compare.{offer.certainty}")


def _mix_notes(mix: Mix, words: Words) -> list[str]:
    """What the cheapest mix costs, saves and needs."""
    if mix.usd is None:
        return [words("compare.no_mix")]
    usd = grouped(round_half_up(mix.usd, _CENT), words)
    sellers = ", ".join(f"{seller.provider} ({seller.jobs:,})" for seller in mix.sellers)
    notes = [words("compare.mix", usd=usd, count=f"{len(mix.sellers):,}", sellers=sellers)]
    if mix.saves_usd is not None:
        notes.append(words("compare.mix_saves", usd=grouped(round_half_up(mix.saves_usd, _CENT), words)))
    if mix.unknown_savings:
        notes.append(words("compare.mix_unknown", jobs=f"{mix.unknown_savings:,}"))
    if mix.stays:
        notes.append(words("compare.mix_stays", jobs=f"{mix.stays:,}"))
    if mix.left_out:
        notes.append(words("compare.mix_left_out", jobs=f"{mix.left_out:,}"))
    return notes
