"""Line items: one row a job, from what was asked to what it costs."""

from __future__ import annotations

from kling_cost.pricebook.book import PRICED_OPTIONS
from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.reporting.digits import counted
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Column, Formula, Table, Value

_PRICE = "INDEX({{price_book.{column}}},MATCH({{price_key}},{{price_book.price_key}},0))"
COLUMNS = (
    Column("job_id", "Job", "id"),
    Column("provider", "Provider", "id", prominent=False),
    Column("model", "Model", "id", is_input=True),
    Column("duration", "Seconds", "integer", is_input=True, short="s"),
    Column("quality", "Quality", "id", is_input=True),
    Column("sound", "Sound", "id", is_input=True),
    Column("takes", "Takes", "integer", is_input=True),
    Column("rate_effective_from", "Rate from", "id", prominent=False),
    Column(
        "price_key",
        "Price key",
        "id",
        formula='{provider}&"|"&{model}&"|"&{quality}&"|"&{sound}&"|"&{rate_effective_from}',
        prominent=False,
        helper=True,
    ),
    Column(
        "billed_quantity",
        "Billed",
        "integer",
        formula=f'IF({{duration}}="",1,MAX({{duration}},{_PRICE.format(column="minimum_quantity")}))',
        prominent=False,
    ),
    Column("unit_price", "Unit price", "credits", formula=_PRICE.format(column="unit_price"), prominent=False),
    Column(
        "cost_per_take",
        "Cost per take",
        "credits",
        formula=f"MAX(ROUND({{billed_quantity}}*{{unit_price}},{_PRICE.format(column='decimals')})"
        f",{_PRICE.format(column='minimum_charge')})",
        prominent=False,
    ),
    Column("cost", "Cost", "credits", formula="{cost_per_take}*{takes}"),
    Column("currency", "Currency", "id", prominent=False),
    Column(
        "usd",
        "USD",
        "money",
        formula=f'IF({_PRICE.format(column="per_usd")}="","",{{cost}}/{_PRICE.format(column="per_usd")})',
    ),
    Column("notes", "Notes", "text", prominent=False),
    Column("prompt", "Prompt", "text", prominent=False),
)


def price_key(charge: Charge) -> str:
    """What a line looks its price up by: seller, model, options and the rate's first day."""
    options = [charge.options.get(name, "") for name in PRICED_OPTIONS]
    return "|".join([charge.provider, charge.model, *options, charge.rate_effective_from.isoformat()])


def line_item_tables(report: Report) -> list[Table]:
    """The table of line items."""
    items = report.estimate.line_items
    tags = sorted({name for item in items for name in item.job.tags})
    columns = [
        *COLUMNS[:-2],
        *(Column(f"tag:{name}", name, "id", prominent=False) for name in tags),
        *COLUMNS[-2:],
    ]
    rows = [_row(item, tags) for item in items]
    totals, notes = _totals(report, columns), _default_notes(report)
    return [Table("line_items", "Line items", columns, rows, totals, notes, empty="no job is priced")]


def _default_notes(report: Report) -> list[str]:
    """How many jobs took which of the provider's defaults."""
    counts: dict[str, int] = {}
    for charge, jobs, _ in report.estimate.by_charge:
        for name in charge.defaults_applied:
            counts[name] = counts.get(name, 0) + jobs
    told = ", ".join(f"{name} in {counted(jobs, 'job')}" for name, jobs in counts.items())
    return [f"By the provider's default: {told}."] if told else []


def _row(item: LineItem, tags: list[str]) -> list[Value | Formula]:
    job, charge = item
    seconds = charge.options.get("duration")
    cost = item.cost_value
    return [
        job.job_id,
        charge.provider,
        charge.model,
        None if seconds is None else int(seconds),
        charge.options.get("quality"),
        charge.options.get("sound"),
        job.takes,
        charge.rate_effective_from.isoformat(),
        price_key(charge),
        int(charge.billed_quantity),
        charge.unit_price,
        charge.cost,
        cost,
        charge.currency,
        charge.usd(cost),
        *(job.tags.get(name) for name in tags),
        "; ".join([*_defaults(charge), *item.notes]),
        job.prompt,
    ]


def _defaults(charge: Charge) -> list[str]:
    return [f"{name} {charge.options[name]} by default" for name in charge.defaults_applied if name in charge.options]


def _totals(report: Report, columns: list[Column]) -> list[Value | Formula] | None:
    totals = report.estimate.totals
    if len(totals) != 1:  # credits of two sellers are not added up
        return None
    sums: dict[str, Value] = {"takes": totals[0].takes, "cost": totals[0].cost, "usd": totals[0].usd}
    row: list[Value | Formula] = [None] * len(columns)
    row[0] = "Total"
    for at, column in enumerate(columns):
        if column.key in sums and sums[column.key] is not None:
            row[at] = Formula(f"SUM({{line_items.{column.key}}})", sums[column.key])
        elif column.key == "currency":
            row[at] = totals[0].currency
    return row
