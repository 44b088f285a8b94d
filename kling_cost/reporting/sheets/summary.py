"""Summary: what it costs, whether it fits, and which prices that rests on."""

from __future__ import annotations

from kling_cost.amounts import plain_text
from kling_cost.pricebook.book import ExchangeRate
from kling_cost.reporting.digits import counted
from kling_cost.reporting.document import Bar, Chart, Headline
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Column, Fact, Formula, Table, Value

_MAX_BARS = 12
_VERDICTS = {"within": "within budget", "over": "OVER BUDGET", "blocked": "BLOCKED"}


def summary_tables(report: Report) -> list[Table]:
    """The totals by currency, and the limits where there are any."""
    tables = [_totals(report)]
    if report.verdict is not None and report.verdict.limits:
        tables.append(_limits(report))
    return tables


def verdict_words(report: Report) -> str | None:
    """The verdict in words; None where nothing was checked.

    >>> import kling_cost as kc
    >>> estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
    >>> verdict_words(Report(estimate, kc.check(estimate, budget="1 USD")))
    'within budget'
    """
    if report.verdict is None:
        return None
    if report.verdict.verdict == "within" and not report.verdict.limits:
        return "valid and priced; no budget"
    return _VERDICTS[report.verdict.verdict]


def stamp_facts(report: Report) -> list[Fact]:
    """Which day, prices and rates of exchange the figures rest on; first of all, that jobs are left out."""
    estimate, stamp = report.estimate, report.estimate.price_book
    facts = [
        Fact("As of", estimate.as_of.isoformat() if estimate.as_of else "latest rates"),
        Fact("Price book", f"{stamp.version} ({stamp.sha256[:12]})"),
        Fact("Oldest price checked", stamp.oldest_checked.isoformat() if stamp.oldest_checked else "none used"),
        *(Fact("Exchange", _exchange_words(rate)) for rate in stamp.exchange.values()),
        *(Fact("Exchange", f"{currency}: unknown") for currency in stamp.without_exchange),
    ]
    if estimate.partial:
        facts.insert(0, Fact("PARTIAL", f"{counted(estimate.left_out, 'job')} left out; see Problems", is_alarm=True))
    return facts


def headlines(report: Report) -> list[Headline]:
    """The totals, one a currency."""
    return [
        Headline(
            total.cost,
            total.currency,
            None if total.currency == "USD" else total.usd,
            f"{counted(total.jobs, 'job')}, {counted(total.takes, 'take')}",
        )
        for total in report.estimate.totals
    ]


def cost_chart(report: Report) -> Chart | None:
    """Cost by model, the costliest first within each currency; None where nothing is priced."""
    totals = sorted(report.estimate.breakdowns["model"], key=lambda t: (t.currency, -t.cost, t.key or ""))
    if not totals:
        return None
    more = f", the {_MAX_BARS} costliest" if len(totals) > _MAX_BARS else ""
    return Chart(f"Cost by model{more}", [Bar(t.key or "", t.cost, t.currency) for t in totals[:_MAX_BARS]])


def _exchange_words(rate: ExchangeRate) -> str:
    basis = "given" if rate.checked is None else rate.date_basis
    return f"{plain_text(rate.per_usd)} {rate.currency} per USD{'' if basis == 'stated' else f' ({basis})'}"


def _totals(report: Report) -> Table:
    columns = [
        Column("currency", "Currency", "id"),
        Column("jobs", "Jobs", "integer"),
        Column("takes", "Takes", "integer"),
        Column("cost", "Cost", "credits"),
        Column("usd", "USD", "money"),
    ]
    rows: list[list[Value | Formula]] = []
    for total in report.estimate.totals:
        same = "{line_items.currency},{currency}"
        rows.append(
            [
                total.currency,
                Formula(f"COUNTIF({same})", total.jobs),
                Formula(f"SUMIF({same},{{line_items.takes}})", total.takes),
                Formula(f"SUMIF({same},{{line_items.cost}})", total.cost),
                None if total.usd is None else Formula(f"SUMIF({same},{{line_items.usd}})", total.usd),
            ]
        )
    notes = ["Dollars are converted from exact credits and rounded for display; rounded lines need not add up."]
    return Table("totals", "Totals", columns, rows, notes=notes, empty="no job is priced", facts=stamp_facts(report))


def _limits(report: Report) -> Table:
    columns = [
        Column("scope", "Scope", "id"),
        Column("limit", "Limit", "amount"),
        Column("currency", "Currency", "id"),
        Column("planned", "Planned", "amount"),
        Column("headroom", "Headroom", "amount"),
        Column("status", "Status", "status"),
    ]
    limits = report.verdict.limits if report.verdict else ()
    rows = [[s.scope, s.limit, s.currency, s.planned, s.headroom, s.status] for s in limits]
    words = verdict_words(report) or ""
    if report.verdict and report.verdict.verdict != "within":
        alarm = Fact(words, "the plan may not be submitted", is_alarm=True)
        return Table("limits", "Budget", columns, rows, facts=[alarm])
    return Table("limits", f"Budget: {words}", columns, rows)
