"""Line items: one row per job, from what was requested to what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from kling_cost.amounts import EXACT
from kling_cost.jobs.bodies import MAX_TAKES
from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.problems import shown
from kling_cost.reporting.money import DOLLAR, digits_of, money_values
from kling_cost.reporting.number_format import grouped
from kling_cost.reporting.parts.column_titles import tag_heading, titled, unique
from kling_cost.reporting.parts.formulas import ALL_PRICED, quoted, whole_number
from kling_cost.reporting.parts.prices.exchange import money_columns
from kling_cost.reporting.parts.prices.price_lookups import (
    MOST_SECONDS,
    Periods,
    PriceKeys,
    asked_units,
    choices_of,
    counted_extras,
    is_adjusted,
    is_stepped,
    key_formula,
    option_column,
    period_code,
    price_lines,
)
from kling_cost.reporting.parts.read_back.line_requests import REQUEST, request_cell, request_fields
from kling_cost.reporting.parts.tag_choice import shown_tags, tag_key
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Cell, Choices, Column, Fact, Formula, Row, Rows, Table, Value

_AT_PRICE = "INDEX({{price_book.{column}}},{{price_row}})"
_LEAST, _PRICE, _DECIMALS, _MINIMUM_CHARGE, _CURRENCY, _SHORTEST, _LONGEST, _MOST_TAKES = (
    _AT_PRICE.format(column=column)
    for column in (
        "least",
        "unit_price",
        "decimals",
        "minimum_charge",
        "currency",
        "seconds_least",
        "seconds_most",
        "takes_most",
    )
)
_PROMPT_SHOWN = 80

_SOLD = (
    Column("job_id", kind="id"),
    Column("provider", kind="id", is_input=True, prominent=False, choices=Choices("sellers.provider")),
    Column("model", kind="id", is_input=True, choices=Choices("models.model", "provider", "models.provider")),
    Column("duration", kind="integer", is_input=True, least=1, most=MOST_SECONDS),
)
_TAKES = Column("takes", kind="integer", is_input=True, least=1, most=MAX_TAKES)
_DAY = Column("day", kind="date", is_input=True, prominent=False)


def _if_priced(then: str, otherwise: str = '"–"') -> str:
    return f"IF({{is_priced}}=1,{then},{otherwise})"


_PRICED = (
    Column("billed_quantity", kind="integer", formula=_if_priced(f"MAX({{seconds}},{_LEAST})"), prominent=False),
    Column("unit_price", kind="credits", formula=_if_priced(_PRICE), prominent=False),
    Column(
        "cost_per_take",
        kind="credits",
        formula=_if_priced(f"MAX(ROUND({{billed_quantity}}*{{unit_price}},{_DECIMALS}),{_MINIMUM_CHARGE})"),
        prominent=False,
    ),
    Column("cost", kind="credits", formula=_if_priced("{cost_per_take}*{calls}"), tones={"–": "bad"}),
    Column("currency", kind="id", formula=_if_priced(_CURRENCY), prominent=False),
)
_UNITS = f"MAX({{seconds}},{_LEAST})"
#: Where the price of a call depends on its length: what is billed is still one call.
_OF_ONE_LENGTH = Column(
    "billed_quantity",
    kind="integer",
    formula=_if_priced(f"IF({_AT_PRICE.format(column='is_per_call')}=1,1,{_UNITS})"),
    prominent=False,
)
_EXTRAS = Column("extras", kind="credits", prominent=False)
_FACTOR, _MODE, _PER_UNIT, _PER_CALL = (
    _AT_PRICE.format(column=column) for column in ("factor", "round_mode", "extra_per_unit", "extra_per_call")
)
_DIGITS = 10  # of a product that is rounded up or down, so that no binary fraction is taken for a step
_SUM = f"({{billed_quantity}}*({{unit_price}}+{_PER_UNIT})+{_PER_CALL}+{{extras}})*{_FACTOR}"
_UP_OR_DOWN = ",".join(f"ROUND{way}(ROUND({_SUM},{_DIGITS}),{_DECIMALS})" for way in ("UP", "DOWN"))
_ADJUSTED_COST = _if_priced(
    f"MAX(IF({_MODE}=0,ROUND({_SUM},{_DECIMALS}),IF({_MODE}=1,{_UP_OR_DOWN})),{_MINIMUM_CHARGE})"
)
_DOLLARS = 'IF({per_usd}>0,{cost}/{per_usd},"")'
_TOLD = (
    Column("notes", kind="text", prominent=False),
    Column("prompt", kind="text", prominent=False),
)


_FOUND = "MATCH({price_key},{price_book.price_key},0)"
_PERIOD = 'IF(ISNUMBER(MATCH({day},{periods.start},1)),INDEX({periods.period},MATCH({day},{periods.start},1)),"–")'
_IN_RANGE = (
    "{seconds}=INT({seconds}),{calls}=INT({calls}),"
    f"{{seconds}}>={_SHORTEST},{{seconds}}<={_LONGEST},{{calls}}>=1,{{calls}}<={_MOST_TAKES}"
)
#: Where a seller counts in steps: what lies between two of them has no price in a workbook, so that none is too low.
_IN_STEPS = f"IF({{price_row}}=0,0,IF(AND({_IN_RANGE},MOD({{seconds}},{_AT_PRICE.format(column='counted_in')})=0),1,0))"
_LOOKED_UP = (
    Column("seconds", kind="integer", formula=whole_number("{duration}"), helper=True),
    Column("calls", kind="integer", formula=whole_number("{takes}"), helper=True),
    Column("rates_of", kind="id", helper=True),
    Column("price_key", kind="id", helper=True),
    Column(  # a price is looked up by a text, in which ? and * would be patterns
        "price_row",
        kind="integer",
        formula=f"IF(ISNUMBER({_FOUND}),IF(INDEX({{price_book.price_key}},{_FOUND})={{price_key}},{_FOUND},0),0)",
        helper=True,
    ),
    Column(
        "is_priced",
        kind="integer",
        formula=f"IF({{price_row}}=0,0,IF(AND({_IN_RANGE}),1,0))",
        helper=True,
    ),
    Column("takes_counted", kind="integer", formula=_if_priced("{calls}", "0"), helper=True),
    Column(
        "per_usd",
        kind="credits",
        formula=_if_priced("INDEX({exchange.rate},MATCH({currency},{exchange.currency},0))", "0"),
        helper=True,
    ),
)
#: How many priced lines have no exchange rate.
RATELESS = "SUMPRODUCT(({line_items.counted}=1)*({line_items.per_usd}=0))"


def line_item_tables(report: Report) -> list[Table]:
    """The table of line items."""
    words, items = report.words, report.line_items
    tags = [name.removeprefix("tag:") for name in shown_tags(report)]
    columns = _columns(report, tags)
    lines = _Lines(report, tags)
    rows = range(len(items))
    table = Table(
        "line_items",
        words("part.line_items"),
        columns,
        Rows(rows, lambda at: lines.cells(items[at], at)),
        _totals(report, columns),
        _default_notes(report),
        empty=words("empty.line_items"),
        uniform=True,
        details=Rows(items, lines.details),
    )
    return [table]


def _columns(report: Report, tags: Sequence[str]) -> list[Column]:
    words = report.words
    named = [
        Column(tag_key(at), title=tag_heading(name), kind="id", is_input=True, prominent=False, offers_filter=True)
        for at, name in enumerate(tags)
    ]
    where = [Column("source", kind="id", helper=True), Column("row", kind="integer", helper=True)]
    dated = [_DAY, *named]
    asked = [*_SOLD, *map(_option_column, report.options), _TAKES]
    has_lengths = PriceKeys(report).has_lengths
    billed, *priced = _adjusted_columns() if is_adjusted(report) else _PRICED
    before = [
        *asked,
        _OF_ONE_LENGTH if has_lengths else billed,
        *priced,
        *money_columns(report, _DOLLARS),
        *dated,
        *_TOLD,
        *where,
    ]
    inputs = {column.key: column for column in titled(words, before) if column.is_input}
    kept = [
        Column(f"{key}_was", words("column.was", what=inputs[key].title), inputs[key].kind, helper=True)
        for key in (column.key for column in (*asked, *dated) if column.is_input)
    ]
    changes = _changes(asked[1].key, asked[-1].key), _changes(dated[0].key, dated[-1].key)
    edited = Column("edited", kind="integer", formula="+".join(changes), helper=True)
    number = Column("number", kind="integer", helper=True)
    formulas = {"rates_of": _period_formula(report), "price_key": _key_formula(report, has_lengths)}
    formulas |= {"is_priced": _IN_STEPS} if is_stepped(report) else {}
    looked_up = [replace(column, formula=formulas.get(column.key, column.formula)) for column in _LOOKED_UP]
    counted = _counted_column([*before, *looked_up, edited])
    return unique(titled(words, [*before, *looked_up, counted, edited, number, *kept, REQUEST]))


def _key_formula(report: Report, has_lengths: bool) -> str:
    """What a line's price is looked up by: with its length, where the price book has a price for that alone."""
    key = key_formula(report.options, "rates_of")
    alone = f'{key}&"|"&{{seconds}}'
    return f'{key}&IF(ISNUMBER(MATCH({alone},{{price_book.price_key}},0)),"|"&{{seconds}},"")' if has_lengths else key


def _adjusted_columns() -> list[Column]:
    """The priced columns where something may come to quantity × unit price."""
    billed, unit_price, cost, *others = _PRICED
    return [billed, unit_price, _EXTRAS, replace(cost, formula=_ADJUSTED_COST), *others]


def _counted_column(columns: Sequence[Column]) -> Column:
    """A line counts where its price was found by its own formulas, none of which was written over."""
    own = ",".join(f"_xlfn.ISFORMULA({{{column.key}}})" for column in columns if column.formula)
    return Column("counted", kind="integer", formula=f"IF(AND({{is_priced}}=1,{own}),1,0)", helper=True)


def _changes(first: str, last: str) -> str:
    """How many cells of a line differ from what was written."""
    now, was = (
        f'{{{first}{kept}}}:{{{last}{kept}}}&""' for kept in ("", "_was")
    )  # a blank alone compares with nothing
    count = f"SUMPRODUCT(1-EXACT({now},{was}))"
    return f"IF(ISERROR({count}),1,{count})"


def _option_column(name: str) -> Column:
    """An option's column, with the list of what each model may have."""
    offered, column = choices_of(name), option_column(name)
    choices = Choices(f"{offered}.{column.key}", "model", f"{offered}.model")
    return replace(column, is_input=True, choices=choices)


def _period_formula(report: Report) -> str:
    """The period in which a line's price is looked up, by its own day or else the report's."""
    default = f"{{periods.period#{Periods(report).default}}}"
    return f'IF({{day}}="",{default},{_PERIOD})'


class _Lines:
    """Makes rows: what charges share is made once for each charge and period."""

    def __init__(self, report: Report, tags: Sequence[str]) -> None:
        self._report, self._words, self._tags = report, report.words, tags
        self._periods, self._is_adjusted = Periods(report), is_adjusted(report)
        self._keys, self._fields = PriceKeys(report), request_fields(report, self._is_adjusted)
        rows = [charge for charge, _, _ in report.estimate.by_charge]
        self._defaults = {id(charge): self._by_default(charge) for charge in rows}
        self._rows = {line.key: at for at, line in enumerate(price_lines(report), 1)}

    def cells(self, item: LineItem, at: int) -> list[Cell]:
        """One row; `at` is its place among them."""
        job, charge = item
        cost, options = EXACT.multiply(charge.due, Decimal(job.takes)), charge.options
        period = self._period(item)
        key = self._keys.of(charge, period)
        whole = asked_units(charge)
        chosen = (options.get(name) for name in self._report.options)
        asked: list[Cell] = [charge.provider, charge.model, whole, *chosen, job.takes]
        extras = self._extras(charge)
        dated: list[Cell] = [self._periods.day_of(item), *(job.tags.get(name) or None for name in self._tags)]
        return [
            job.job_id,
            *asked,
            int(charge.billed_quantity),
            charge.unit_price,
            *extras,
            charge.due,
            cost,
            charge.currency,
            *money_values(cost, charge.per_usd, self._report.money),
            *dated,
            "; ".join([*self._defaults[id(charge)], *self._words.notes(item.note_keys)]) or None,
            shown(job.prompt, _PROMPT_SHOWN) or None,
            job.source,
            job.row,
            whole or 0,
            job.takes,
            period,
            key,
            self._rows.get(key, 0),
            1,
            job.takes,
            self._report.per_usd(charge.currency) or 0,
            1,
            0,
            at + 1,
            *asked,
            *dated,
            request_cell(self._fields, item, [*asked[:-1], *dated, *extras]),
        ]

    def _extras(self, charge: Charge) -> list[Cell]:
        """What is charged beside what a line looks up, where there is a column for it."""
        return [counted_extras(charge)] if self._is_adjusted else []

    def details(self, item: LineItem) -> list[Fact]:
        """The arithmetic of a line, its remarks, and the place of its price."""
        words, charge = self._words, item.charge
        spelt = item.arithmetic(None, words("unit.call"), words("unit.takes"), in_dollars=False)
        dollars, currency = item.usd, charge.currency
        if dollars is not None and currency != DOLLAR:
            spelt += f" = {grouped(dollars, words, *digits_of(DOLLAR, ()))} {DOLLAR}"
        facts = [Fact("", spelt)]
        facts += [Fact("", note) for note in [*self._defaults[id(charge)], *words.notes(item.note_keys)]]
        if item.job.prompt:
            facts.append(Fact(words("column.prompt"), shown(item.job.prompt, _PROMPT_SHOWN)))
        at = self._rows.get(self._keys.of(charge, self._period(item)), 0)
        text = words("detail.rate", provider=charge.provider, day=words.day(charge.rate_effective_from))
        return [*facts, Fact("", text, target=f"price_book-{at}")]

    def _period(self, item: LineItem) -> str:
        return period_code(self._periods.of_day(item.job.date, item.charge.rate_effective_from))

    def _by_default(self, charge: Charge) -> list[str]:
        names = [name for name in charge.defaults_applied if name in charge.options]
        return [self._words("note_default", option=self._words.option(n), value=charge.options[n]) for n in names]


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
    told = [words("note_default_jobs", option=words.option(n), jobs=words.count("job", c)) for n, c in counts.items()]
    return [words("note_defaults", defaults=words.listed(told))] if told else []


def total_label(report: Report) -> Cell:
    """What a row of sums is called: partial where something is in no sum."""
    words = report.words
    whole, part = quoted(words("total")), quoted(words("total_partial"))
    if report.estimate.partial:
        return words("total_partial")
    return Formula(f"IF({ALL_PRICED},{whole},{part})", words("total"))


def _totals(report: Report, columns: Sequence[Column]) -> Row | None:
    totals = report.estimate.totals
    if not totals:
        return None
    sums = _sums(report)
    row: list[Cell] = [None] * len(columns)
    row[0] = total_label(report)
    for at, column in enumerate(columns):
        if column.key in sums:
            row[at] = _sum_of(column.key, sums[column.key])
        elif column.key == "currency" and len(totals) == 1:
            row[at] = totals[0].currency
    return row


def _sums(report: Report) -> dict[str, Value]:
    """What columns come to: credits where they are of one seller, money where all of it is known."""
    totals = report.estimate.totals
    sums: dict[str, Value] = {"takes": sum(total.takes for total in totals)}
    if len(totals) == 1:  # credits of two sellers are not added up
        sums["cost"] = totals[0].due
    money = [money_values(total.due, report.per_usd(total.currency), report.money) for total in totals]
    for column, values in zip(money_columns(report, ""), zip(*money, strict=True), strict=True):
        if None not in values:
            sums[column.key] = sum(value for value in values if value is not None)
    return sums


def _sum_of(key: str, value: Value) -> Formula:
    counted = "takes_counted" if key == "takes" else key
    text = f"SUM({{line_items.{counted}}})"
    return Formula(text if key in ("takes", "cost") else f'IF({RATELESS}=0,{text},"–")', value)
