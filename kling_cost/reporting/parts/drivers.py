"""Cost drivers: one row for each model with its quality and sound, and one for all others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import groupby

from kling_cost.amounts import EXACT, divide_half_up
from kling_cost.pricing.grand_total import grand_total
from kling_cost.pricing.line_item import Charge
from kling_cost.reporting.document import Chart
from kling_cost.reporting.money import digits_of, money_values
from kling_cost.reporting.number_format import grouped, shown_value
from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.parts.formulas import DOLLARS, is_literal, others, quoted, share
from kling_cost.reporting.parts.prices.exchange import money_columns, money_key
from kling_cost.reporting.parts.prices.price_lookups import option_key
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import EVERYWHERE, Cell, Column, Fact, Formula, Place, Row, Table

MOST_DRIVERS = 10


def drivers_table(report: Report) -> Table:
    """The combinations that cost most; a workbook adds up all others, one row a currency."""
    words = report.words
    columns = [
        Column("driver", kind="id"),
        Column("takes", kind="integer"),
        Column("cost", kind="credits"),
        Column("currency", kind="id"),
        *money_columns(report, DOLLARS),
        Column("share", kind="percent", formula=share(report)),
    ]
    found = biggest(report)
    rows = [_row(report, charge, takes, cost) for charge, takes, cost in shown_drivers(report)]
    rest: list[Row] = []
    for code in report.sold_in if found else ():
        left = [entry for entry in found[MOST_DRIVERS:] if entry[0].currency == code]
        takes, cost = sum(entry[1] for entry in left), sum((entry[2] for entry in left), Decimal(0))
        live: list[Cell] = [Formula(others("takes"), takes), Formula(others("cost"), cost)]
        rest.append([words("other_values"), *live, code, *money_and_share(report, code, cost)])
    title = words("table.drivers")
    return Table("drivers", title, titled(words, columns), rows, empty=words("empty.line_items"), rest=rest)


def money_and_share(report: Report, currency: str, cost: Decimal) -> list[Decimal | None]:
    """A cost in money, and its share of all money or of the total in its currency."""
    money = money_values(cost, report.per_usd(currency), report.money)
    if report.is_all_money:
        whole, part = report.estimate.total().amount or Decimal(0), money[0] or Decimal(0)
    else:
        totals = {total.currency: total.due for total in report.estimate.totals}
        whole, part = totals.get(currency, Decimal(0)), cost
    return [*money, divide_half_up(part, whole) if whole else Decimal(0)]


def biggest(report: Report) -> list[tuple[Charge, int, Decimal]]:
    """All combinations, costliest first, with their takes and cost: by dollars, or else within their currency."""
    sums: dict[tuple[str, ...], tuple[Charge, int, Decimal]] = {}
    for charge, _, takes in report.estimate.by_charge:
        key = _combination(report, charge)
        _, before, cost = sums.get(key, (charge, 0, Decimal(0)))
        sums[key] = (charge, before + takes, EXACT.add(cost, EXACT.multiply(charge.due, Decimal(takes))))
    measure = weight(report)
    return sorted(
        sums.values(), key=lambda entry: (-measure(entry[0].currency, entry[2]), _combination(report, entry[0]))
    )


def shown_drivers(report: Report) -> list[tuple[Charge, int, Decimal]]:
    """Those of them that are shown, in the order of the table and its charts."""
    order = costliest_first(report)
    return sorted(biggest(report)[:MOST_DRIVERS], key=lambda entry: order(entry[0].currency, entry[2]))


def driver_charts(report: Report) -> list[Chart]:
    """What drives the cost, as shares."""
    currencies = [charge.currency for charge, _, _ in shown_drivers(report)]
    return cost_charts(report, report.words("chart.drivers"), "drivers", ("driver",), currencies, as_share=True)


def driver_facts(report: Report) -> list[Fact]:
    """The first of them in words, with its cost and its share: in money, or one a currency."""
    words, found, firsts = report.words, biggest(report), dict[str, tuple[Charge, int, Decimal]]()
    for entry in found:
        firsts.setdefault("" if report.is_all_money else entry[0].currency, entry)
    facts = []
    for code, (charge, _, cost) in sorted(firsts.items()):
        money = report.estimate.total(report.asked) if report.is_all_money else None
        whole = money.amount if money else next(t.due for t in report.estimate.totals if t.currency == code)
        amount, unit = cost, charge.currency
        if report.is_all_money:
            unit = report.asked
            amount = grand_total([(charge.currency, cost)], unit, report.per_usd, False).amount or Decimal(0)
        share = Column("share", kind="percent")
        part = shown_value(divide_half_up(amount, whole) if whole else Decimal(0), share, words)
        text = f"{grouped(amount, words, *digits_of(unit, report.credits))} {unit} ({part})"
        facts.append(Fact(driver_name(report, charge), text))
    return facts


def _combination(report: Report, charge: Charge) -> tuple[str, ...]:
    return (charge.provider, charge.model, *(charge.options.get(name, "") for name in report.options))


def driver_name(report: Report, charge: Charge) -> str:
    """A model with its options, as people say it."""
    values = {name: charge.options.get(name, "") for name in report.options}
    if values["sound"]:
        values["sound"] = report.words(f"sound.{values['sound']}")
    return " · ".join(text for text in (charge.model, *values.values()) if text)


def _row(report: Report, charge: Charge, takes: int, cost: Decimal) -> list[Cell]:
    names = ("provider", "model", *map(option_key, report.options))
    chosen = dict(zip(names, _combination(report, charge), strict=True))
    same = ",".join(f"{{line_items.{name}}},{quoted(value or '=')}" for name, value in chosen.items())
    sums: list[Cell] = [takes, cost]
    if all(map(is_literal, chosen.values())):
        counted = (("takes_counted", takes), ("cost", cost))
        sums = [Formula(f"SUMIFS({{line_items.{key}}},{same})", n) for key, n in counted]
    return [driver_name(report, charge), *sums, charge.currency, *money_and_share(report, charge.currency, cost)]


#: Orders costs, each with its currency.
Order = Callable[[str, Decimal], tuple[str, Decimal]]


def weight(report: Report) -> Callable[[str, Decimal], Decimal]:
    """How much a cost counts: in money where all of it is known, else by its share of what its currency comes to."""
    if report.is_all_money:
        return lambda currency, cost: cost / (report.per_usd(currency) or 1)
    totals = {total.currency: total.due for total in report.estimate.totals}
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
