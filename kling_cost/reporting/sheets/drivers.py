"""What costs most: one row a model with its quality and sound, and one for all others."""

from __future__ import annotations

from decimal import Decimal

from kling_cost.amounts import EXACT, divide_half_up
from kling_cost.pricing.line_item import Charge
from kling_cost.reporting.money import money_values
from kling_cost.reporting.report import Report
from kling_cost.reporting.sheets.exchange import money_columns
from kling_cost.reporting.sheets.formulas import DOLLARS, is_literal, others, quoted, share
from kling_cost.reporting.sheets.titles import titled
from kling_cost.reporting.table import Cell, Column, Formula, Row, Table

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
    rows = [_row(report, charge, takes, cost) for charge, takes, cost in found[:MOST_DRIVERS]]
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
        totals = {total.currency: total.cost for total in report.estimate.totals}
        whole, part = totals.get(currency, Decimal(0)), cost
    return [*money, divide_half_up(part, whole) if whole else Decimal(0)]


def biggest(report: Report) -> list[tuple[Charge, int, Decimal]]:
    """All combinations, costliest first, with their takes and cost: by dollars, or else within their currency."""
    sums: dict[tuple[str, ...], tuple[Charge, int, Decimal]] = {}
    for charge, _, takes in report.estimate.by_charge:
        key = _combination(charge)
        _, before, cost = sums.get(key, (charge, 0, Decimal(0)))
        sums[key] = (charge, before + takes, EXACT.add(cost, EXACT.multiply(charge.cost, Decimal(takes))))
    totals = {total.currency: total.cost for total in report.estimate.totals}

    def weight(entry: tuple[Charge, int, Decimal]) -> tuple[Decimal, tuple[str, ...]]:
        charge, _, cost = entry
        rate = report.per_usd(charge.currency)
        in_all = cost / rate if rate and report.is_all_money else cost / (totals[charge.currency] or Decimal(1))
        return -in_all, _combination(charge)

    return sorted(sums.values(), key=weight)


def _combination(charge: Charge) -> tuple[str, ...]:
    return (charge.provider, charge.model, charge.options.get("quality", ""), charge.options.get("sound", ""))


def _row(report: Report, charge: Charge, takes: int, cost: Decimal) -> list[Cell]:
    provider, model, quality, sound = _combination(charge)
    said = [model, quality, report.words(f"sound.{sound}") if sound else ""]
    chosen = {"provider": provider, "model": model, "quality": quality, "sound": sound}
    same = ",".join(f"{{line_items.{name}}},{quoted(value or '=')}" for name, value in chosen.items())
    sums: list[Cell] = [takes, cost]
    if all(map(is_literal, chosen.values())):
        counted = (("takes_counted", takes), ("cost", cost))
        sums = [Formula(f"SUMIFS({{line_items.{key}}},{same})", n) for key, n in counted]
    label = " · ".join(text for text in said if text)
    return [label, *sums, charge.currency, *money_and_share(report, charge.currency, cost)]
