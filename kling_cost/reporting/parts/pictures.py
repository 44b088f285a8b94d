"""What a chart can compare: money if every exchange rate is known, otherwise each currency separately."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import groupby

from kling_cost.reporting.document import Chart
from kling_cost.reporting.parts.exchange import money_key
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import EVERYWHERE, Place

#: Orders costs, each with its currency.
Order = Callable[[str, Decimal], tuple[str, Decimal]]


def weight(report: Report) -> Callable[[str, Decimal], Decimal]:
    """How much a cost counts: in money where all of it is known, else by its share of what its currency comes to."""
    if report.is_all_money:
        return lambda currency, cost: cost / (report.per_usd(currency) or 1)
    totals = {total.currency: total.cost for total in report.estimate.totals}
    return lambda currency, cost: cost / (totals[currency] or 1)


def costliest_first(report: Report) -> Order:
    """A key that sorts the rows of a table and, with them, the bars of its chart: one currency after the other where
    they cannot be compared, the costliest first."""
    measure, is_one = weight(report), report.is_all_money
    return lambda currency, cost: ("" if is_one else currency, -measure(currency, cost))


def cost_charts(
    report: Report,
    title: str,
    table: str,
    labels: Sequence[str],
    currencies: Sequence[str],
    *,
    as_share: bool = False,
    places: frozenset[Place] = EVERYWHERE,
) -> list[Chart]:
    """Bars of cost that share an axis only where they are of one currency.

    Args:
        report: which exchange rates are known.
        title: what is compared.
        table: the key of the table, whose rows are sorted by `costliest_first`.
        labels: the columns whose texts name a bar.
        currencies: that of each row.
        as_share: bars are shares of what all rows on their axis come to, with the cost beside them.
        places: where they are drawn.
    """
    if not currencies:
        return []
    if report.is_all_money:
        key, unit = money_key(report.asked), report.asked
        value = "share" if as_share else key
        return [Chart(title, table, labels, value, places, amount=key, unit=unit, rows=(0, len(currencies)))]
    charts, start = [], 0
    for code, same in groupby(currencies):
        stop = start + len(list(same))
        value = "share" if as_share else "cost"
        charts.append(
            Chart(f"{title} · {code}", table, labels, value, places, amount="cost", unit=code, rows=(start, stop))
        )
        start = stop
    return charts
