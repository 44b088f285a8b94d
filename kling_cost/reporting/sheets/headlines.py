"""What is read first: the totals, the verdict, how much of each limit is planned."""

from __future__ import annotations

from decimal import Decimal

from kling_cost.amounts import divide_half_up
from kling_cost.planning.limits import Standing
from kling_cost.reporting.digits import grouped
from kling_cost.reporting.document import Gauge, Headline
from kling_cost.reporting.money import DOLLAR, decimals_of, money_values
from kling_cost.reporting.report import Report
from kling_cost.reporting.sheets.titles import TONES
from kling_cost.reporting.table import Tone

_LEAST, _MOST = 2, 4  # decimals of an amount that may be credits or money


def verdict_tone(report: Report) -> Tone:
    """How the verdict is to be read."""
    if report.outcome is not None and report.outcome.errors:
        return "bad"
    if report.verdict is None:
        outcome = report.outcome
        is_open = report.estimate.partial or (outcome is not None and (outcome.partial or outcome.warnings))
        return "warn" if is_open else "good"
    return TONES[report.verdict.verdict]


def headlines(report: Report) -> list[Headline]:
    """The totals, one a currency: of the plan, or of what was charged where that is known."""
    words = report.words
    if report.outcome is not None:
        return [
            _headline(report, total.reported, total.currency, words("charged.of_due", due=words.plain(total.estimated)))
            for total in report.outcome.totals
            if total.jobs and total.currency
        ]
    return [
        _headline(
            report, total.cost, total.currency,
            words.listed([words.count("job", total.jobs), words.count("take", total.takes)]),
        )
        for total in report.estimate.totals
    ]  # fmt: skip


def _headline(report: Report, cost: Decimal, currency: str, extent: str) -> Headline:
    codes = [DOLLAR, *(rate.currency for rate in report.money)]
    values = money_values(cost, report.per_usd(currency), report.money)
    money = [(value, code, decimals_of(code)) for value, code in zip(values, codes, strict=True) if value is not None]
    return Headline(cost, currency, [m for m in money if m[1] != currency], extent)


def gauges(report: Report) -> list[Gauge]:
    """The limits, each with its share that is planned."""
    limits = report.verdict.limits if report.verdict else ()
    return [_gauge(report, standing) for standing in limits]


def limit_name(report: Report, standing: Standing) -> str:
    """What a limit is called: what it holds, and in which currency."""
    return f"{report.scope(standing.scope)} · {standing.currency}"


def _gauge(report: Report, standing: Standing) -> Gauge:
    words, limit, planned = report.words, standing.limit, standing.planned
    status = words(f"status.{standing.status}")
    name = limit_name(report, standing)

    def shown(amount: object) -> str:
        return words("not_known") if amount is None else grouped(amount, words, _LEAST, _MOST)  # type: ignore[arg-type]

    if limit is None:
        return Gauge(name, None, words("gauge.no_limit", planned=shown(planned)), status, TONES[standing.status])
    text = words("gauge.text", planned=shown(planned), limit=shown(limit), headroom=shown(standing.headroom))
    share = divide_half_up(planned, limit) if planned is not None and limit else None
    return Gauge(name, share, text, status, TONES[standing.status])
