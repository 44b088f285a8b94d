"""Line items: one row a job, from what was asked to what it costs."""

from __future__ import annotations

from collections.abc import Sequence

from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.problems import shown
from kling_cost.reporting.money import money_columns, money_values
from kling_cost.reporting.report import Report
from kling_cost.reporting.sheets.prices import Periods, price_key, price_lines
from kling_cost.reporting.sheets.tag_choice import shown_tags
from kling_cost.reporting.sheets.titles import tag_name, titled, unique
from kling_cost.reporting.table import Cell, Choices, Column, Fact, Formula, Row, Rows, Table, Value

_AT_PRICE = "INDEX({{price_book.{column}}},{{price_row}})"
_MINIMUM = _AT_PRICE.format(column="minimum_quantity")
_PRICE = _AT_PRICE.format(column="unit_price")
_DECIMALS = _AT_PRICE.format(column="decimals")
_MINIMUM_CHARGE = _AT_PRICE.format(column="minimum_charge")
_RATE = "IFERROR(INDEX({exchange.per_usd},MATCH({currency},{exchange.currency},0)),0)"
_PROMPT_SHOWN = 80
_MOST_SECONDS, _MOST_TAKES = 3_600, 1_000_000

_ASKED = (
    Column("job_id", kind="id"),
    Column("provider", kind="id", prominent=False),
    Column("model", kind="id", is_input=True, choices=Choices("models.model", "provider", "models.provider")),
    Column("duration", kind="integer", is_input=True, least=1, most=_MOST_SECONDS),
    Column("quality", kind="id", is_input=True, choices=Choices("qualities.quality", "model", "qualities.model")),
    Column("sound", kind="id", is_input=True, choices=Choices("sounds.sound", "model", "sounds.model")),
    Column("takes", kind="integer", is_input=True, least=1, most=_MOST_TAKES),
)
_PRICED = (
    Column(
        "billed_quantity",
        kind="integer",
        formula=f'IF({{duration}}="",1,MAX({{duration}},IF({{price_row}}=0,0,{_MINIMUM})))',
        prominent=False,
    ),
    Column("unit_price", kind="credits", formula=f'IF({{price_row}}=0,"–",{_PRICE})', prominent=False),
    Column(
        "cost_per_take",
        kind="credits",
        formula=f'IF({{price_row}}=0,"–",MAX(ROUND({{billed_quantity}}*{{unit_price}},{_DECIMALS}),{_MINIMUM_CHARGE}))',
        prominent=False,
    ),
    Column("cost", kind="credits", formula='IF({price_row}=0,"–",{cost_per_take}*{takes})', tones={"–": "bad"}),
    Column("currency", kind="id", prominent=False),
)
_DOLLARS = 'IF(AND({price_row}>0,{per_usd}>0),{cost}/{per_usd},"")'
_TOLD = (
    Column("notes", kind="text", prominent=False),
    Column("prompt", kind="text", prominent=False),
)
_WORKINGS = (
    Column("source", kind="id", helper=True),
    Column("row", kind="integer", helper=True),
    Column("rates_of", kind="id", helper=True),
    Column(
        "price_key",
        kind="id",
        formula='{provider}&"|"&{model}&"|"&{quality}&"|"&{sound}&"|"&{rates_of}',
        helper=True,
    ),
    Column("price_row", kind="integer", formula="IFERROR(MATCH({price_key},{price_book.price_key},0),0)", helper=True),
    Column("per_usd", kind="credits", formula=_RATE, helper=True),
)


def line_item_tables(report: Report) -> list[Table]:
    """The table of line items."""
    words, items = report.words, report.estimate.line_items
    tags = [name.removeprefix("tag:") for name in shown_tags(report)]
    named = [
        Column(tag_key(at), title=tag_name(name), kind="id", prominent=False, offers_filter=True)
        for at, name in enumerate(tags)
    ]
    money = money_columns(report.money, _DOLLARS)
    columns = unique(titled(words, [*_ASKED, *_PRICED, *money, *named, *_TOLD, *_WORKINGS]))
    lines = _Lines(report, tags)
    table = Table(
        "line_items",
        words("part.line_items"),
        columns,
        Rows(items, lines.cells),
        _totals(report, columns),
        _default_notes(report),
        empty=words("empty.line_items"),
        uniform=True,
        details=Rows(items, lines.details),
    )
    return [table]


def tag_key(at: int) -> str:
    """The key of a tag's column by its place among the tags, since a tag's name may be anything.

    >>> tag_key(0)
    'tag_0'
    """
    return f"tag_{at}"


class _Lines:
    """Makes rows: what charges share is made once for each charge and period."""

    def __init__(self, report: Report, tags: Sequence[str]) -> None:
        self._report, self._words, self._tags = report, report.words, tags
        self._periods = Periods(report)
        rows = [charge for charge, _, _ in report.estimate.by_charge]
        self._defaults = {id(charge): self._by_default(charge) for charge in rows}
        self._rows = {line.key: at for at, line in enumerate(price_lines(report), 1)}

    def cells(self, item: LineItem) -> list[Cell]:
        """One row."""
        job, charge = item
        cost, options = item.cost_value, charge.options
        seconds = options.get("duration")
        period = self._period(item)
        key = price_key(charge, period)
        return [
            job.job_id,
            charge.provider,
            charge.model,
            None if seconds is None else int(seconds),
            options.get("quality"),
            options.get("sound"),
            job.takes,
            int(charge.billed_quantity),
            charge.unit_price,
            charge.cost,
            cost,
            charge.currency,
            *money_values(cost, charge.per_usd, self._report.money),
            *(job.tags.get(name) or None for name in self._tags),
            "; ".join([*self._defaults[id(charge)], *self._words.notes(item.note_keys)]) or None,
            shown(job.prompt, _PROMPT_SHOWN) or None,
            job.source,
            job.row,
            period,
            key,
            self._rows.get(key, 0),
            charge.per_usd or 0,
        ]

    def details(self, item: LineItem) -> list[Fact]:
        """How the cost of a line comes about, what is remarked, and where the price stands that it rests on."""
        words, charge = self._words, item.charge
        facts = [Fact("", item.arithmetic(None, words("unit.call"), words("column.takes")))]
        facts += [Fact("", note) for note in [*self._defaults[id(charge)], *words.notes(item.note_keys)]]
        if item.job.prompt:
            facts.append(Fact(words("column.prompt"), shown(item.job.prompt, _PROMPT_SHOWN)))
        at = self._rows.get(price_key(charge, self._period(item)), 0)
        said = words("detail.rate", provider=charge.provider, day=words.day(charge.rate_effective_from))
        return [*facts, Fact("", said, target=f"price_book-{at}")]

    def _period(self, item: LineItem) -> str:
        return self._periods.of_day(item.job.date, item.charge.rate_effective_from).isoformat()

    def _by_default(self, charge: Charge) -> list[str]:
        names = [name for name in charge.defaults_applied if name in charge.options]
        return [self._words("note_default", option=self._words(f"option.{n}"), value=charge.options[n]) for n in names]


def defaults_applied(report: Report) -> dict[tuple[str, str, str], int]:
    """How many jobs took which default: by provider, option and value."""
    counts: dict[tuple[str, str, str], int] = {}
    for charge, jobs, _ in report.estimate.by_charge:
        for name in charge.defaults_applied:
            key = (charge.provider, name, charge.options.get(name, ""))
            counts[key] = counts.get(key, 0) + jobs
    return counts


def _default_notes(report: Report) -> list[str]:
    """How many jobs took a default of each option."""
    words = report.words
    counts: dict[str, int] = {}
    for (_, name, _), jobs in defaults_applied(report).items():
        counts[name] = counts.get(name, 0) + jobs
    told = [
        words("note_default_jobs", option=words(f"option.{n}"), jobs=words.count("job", c)) for n, c in counts.items()
    ]
    return [words("note_defaults", defaults=words.listed(told))] if told else []


def _totals(report: Report, columns: Sequence[Column]) -> Row | None:
    totals = report.estimate.totals
    if not totals:
        return None
    sums: dict[str, Value] = {"takes": sum(total.takes for total in totals)}
    if len(totals) == 1:  # credits of two sellers are not added up
        sums["cost"] = totals[0].cost
    money = [money_values(total.cost, report.per_usd(total.currency), report.money) for total in totals]
    for column, values in zip(money_columns(report.money, ""), zip(*money, strict=True), strict=True):
        if None not in values:
            sums[column.key] = sum(value for value in values if value is not None)
    row: list[Cell] = [None] * len(columns)
    row[0] = report.words("total")
    for at, column in enumerate(columns):
        if column.key in sums:
            row[at] = Formula(f"SUM({{line_items.{column.key}}})", sums[column.key])
        elif column.key == "currency" and len(totals) == 1:
            row[at] = totals[0].currency
    return row
