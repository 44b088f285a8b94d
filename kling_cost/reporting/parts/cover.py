"""Summary: what the plan costs, whether it fits, what drives the cost, and who signs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kling_cost.amounts import plain_text
from kling_cost.reporting.document import Chart
from kling_cost.reporting.money import DOLLAR, money_values
from kling_cost.reporting.parts.budget import OVER, WARN, WITHIN, limits_table
from kling_cost.reporting.parts.charged.task_list import charged_words
from kling_cost.reporting.parts.column_titles import TONES, status, titled
from kling_cost.reporting.parts.drivers import driver_charts, drivers_table
from kling_cost.reporting.parts.fit.suggestion_table import suggestion_tables
from kling_cost.reporting.parts.formulas import ALL_PRICED, DOLLARS, WITHOUT_PRICE, phrase, quoted
from kling_cost.reporting.parts.key_figures import is_blocked_for_good, verdict_tone, verdict_words
from kling_cost.reporting.parts.prices.exchange import money_columns
from kling_cost.reporting.parts.prices.purchases import plan_purchases_table
from kling_cost.reporting.parts.rules.limit_kinds import plain_limits, scope_limits
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import EVERYWHERE, WORKBOOK, Cell, Column, Fact, Formula, Row, Table, Tone
from kling_cost.results.certainty import EXACT

_SAME = "{line_items.currency},{currency}"


def summary_tables(report: Report) -> list[Table]:
    """The status of the plan, its totals, its limits if there are any, its cost drivers, and lines to sign."""
    limits = [limits_table(report)] if plain_limits(report) else []
    limits += suggestion_tables(report)
    return [
        _state(report),
        _totals(report),
        *plan_purchases_table(report),
        *limits,
        drivers_table(report),
        _sign_off(report),
    ]


def summary_charts(report: Report) -> list[Chart]:
    """The limits, and what drives the cost."""
    words = report.words
    charts = driver_charts(report)
    limits = [limit for limit in plain_limits(report) if limit.limit]
    if limits:
        label = "scope" if len({limit.scope for limit in limits}) > 1 else "currency"
        charts.insert(0, Chart(words("chart.limits"), "limits", (label,), "used", WORKBOOK, whole=True))
    return charts


def _state(report: Report) -> Table:
    """What a workbook says first; it follows what is changed there."""
    words = report.words
    rows = [_verdict_row(report)]
    if report.estimate.partial:
        rows.append([words("jobs_left_out"), None, report.estimate.left_out, words("see_problems")])
    names = {"verdict": (0, "state"), "lines_without_price": (0, "count")}
    charged = charged_words(report)
    if charged is not None:
        rows.append([words("charged.title"), charged, None, None])
    if report.has_items:
        names |= {"adds_up": (len(rows), "state"), "as_calculated": (len(rows) + 1, "state")}
        names["cells_edited"] = (len(rows) + 1, "count")
        rows += [_adds_up_row(report), _as_calculated_row(report)]
    tones: dict[str, Tone] = {words(f"verdict.{v}"): TONES[v] for v in ("within", "over", "refused", "blocked")}
    tones[words("status.priced")] = "good"
    if charged is not None:
        tones[charged] = verdict_tone(report)
    holds = status(words, "state", "ok", "check", "edited")
    columns = [
        Column("what", kind="id"),
        Column("state", kind="status", tones={**holds.tones, **tones}),
        Column("count", kind="integer"),
        Column("counted_are", kind="id"),
    ]
    title = words("table.state")
    return Table("state", title, titled(words, columns), rows, places=WORKBOOK, names=names, early=True)


def _verdict_row(report: Report) -> list[Cell]:
    """The verdict, and how many line items have no price."""
    words = report.words
    wording = verdict_words(report) or words("verdict.blocked" if report.estimate.partial else "status.priced")
    shown: Cell = wording if is_blocked_for_good(report) else Formula(_verdict_formula(report), wording)
    without = Formula(WITHOUT_PRICE, 0) if report.line_items else 0
    return [words("verdict_is"), shown, without, words("lines_without_price")]


def _verdict_formula(report: Report) -> str:
    """The verdict by the states of all limits; policies and an approval stay as they are."""
    words = report.words
    kept = "refused" if report.verdict is not None and report.verdict.is_refused else "within"
    within, over, blocked = (quoted(words(f"verdict.{state}")) for state in (kept, "over", "blocked"))
    tables = [name for name, limits in (("limits", plain_limits(report)), ("scopes", scope_limits(report))) if limits]
    if not tables:
        return f"IF({ALL_PRICED},{quoted(words('status.priced')) if kept == 'within' else within},{blocked})"
    every = "+".join(f"COUNTIF({{{name}.judged}},{state})" for name in tables for state in (WITHIN, WARN, OVER))
    is_over = "+".join(f"COUNTIF({{{name}.judged}},{OVER})" for name in tables)
    rows = "+".join(f"ROWS({{{name}.judged}})" for name in tables)
    known = f"COUNTIF({{=lines_without_price}},0)+{every}=1+{rows}"
    return f"IF({known},IF({is_over}>0,{over},{within}),{blocked})"


def _adds_up_row(report: Report) -> list[Cell]:
    words = report.words
    good, bad = (quoted(words(f"status.{state}")) for state in ("ok", "check"))
    wrong = Formula("ROWS({checks.judged})-COUNTIF({checks.judged},0)-COUNTIF({checks.judged},1)", 0)
    return [words("adds_up"), Formula(f"IF({{count}}=0,{good},{bad})", words("status.ok")), wrong, words("checks_fail")]


def _as_calculated_row(report: Report) -> list[Cell]:
    words = report.words
    good, edited = (quoted(words(f"status.{state}")) for state in ("ok", "edited"))
    count = Formula("SUM({inputs.edited})", 0)
    wording = Formula(f"IF({{count}}=0,{good},{edited})", words("status.ok"))
    return [words("as_calculated"), wording, count, words("cells_differ")]


def _totals(report: Report) -> Table:
    """One total a currency, and all of them in money."""
    words = report.words
    money = money_columns(report, DOLLARS)
    columns = [
        Column("currency", kind="id"),
        Column("jobs", kind="integer", formula=f"COUNTIF({_SAME})"),
        Column("takes", kind="integer", formula=f"SUMIF({_SAME},{{line_items.takes_counted}})"),
        Column("cost", kind="credits", formula=f"SUMIF({_SAME},{{line_items.cost}})"),
        *money,
    ]
    totals = report.estimate.totals
    rows: list[Row] = [
        [t.currency, t.jobs, t.takes, t.due, *money_values(t.due, report.per_usd(t.currency), report.money)]
        for t in totals
    ]
    rest = _more_totals(report, money) if totals else []
    names = {f"total_{total.currency.lower()}": (at, "cost") for at, total in enumerate(totals)}
    names |= {f"total_{column.title.lower()}": (len(rows) + len(rest), column.key) for column in money}
    notes, empty = [words("note_rounded")], words("empty.line_items")
    title, partly = words("table.totals"), words("table.totals_partial")
    heading = Formula(f"IF({ALL_PRICED},{quoted(title)},{quoted(partly)})", title)
    if report.estimate.partial:
        heading = Formula(f"T({quoted(partly)})", partly)
    return Table(
        "totals",
        title,
        titled(words, columns),
        rows,
        _grand_row(report, money) if totals else None,
        notes,
        empty,
        facts=stamp(report),
        rest=rest,
        totals_places=EVERYWHERE if len(totals) > 1 else WORKBOOK,  # a sum of one says nothing new
        heading=heading,
        names=names if totals else {},
    )


def _more_totals(report: Report, money: Sequence[Column]) -> list[Row]:
    """Currencies that an edit may bring, and the line items that have lost their price."""
    counted = {total.currency for total in report.estimate.totals}
    rest: list[Row] = [
        [code, 0, 0, Decimal(0), *money_values(Decimal(0), report.per_usd(code), report.money)]
        for code in report.sold_in
        if code not in counted
    ]
    none, nothing = Formula('T("–")', "–"), Formula('T("")', "")
    without = Formula("SUM({=lines_without_price})", 0)
    return [*rest, [report.words("without_price"), without, none, none, *(nothing for _ in money)]]


def _grand_row(report: Report, money: Sequence[Column]) -> Row:
    """Everything in money: exact where all is known, else at least so much."""
    words, estimate = report.words, report.estimate
    whole, least = (words(key) for key in ("grand_total", "at_least"))
    wording = least if report.total.at_least else whole
    label: Cell = wording
    if not estimate.partial:
        unknown = 'SUMPRODUCT(({totals.jobs}>0)*({totals.usd}=""))'
        label = Formula(f"IF({unknown}=0,{quoted(whole)},{quoted(least)})", wording)
    jobs, takes = (sum(getattr(total, name) for total in estimate.totals) for name in ("jobs", "takes"))
    codes = [DOLLAR, *(rate.currency for rate in report.money)]
    sums = [
        Formula(f'IF(COUNT({{totals.{column.key}}})=0,"–",SUM({{totals.{column.key}}}))', estimate.total(code).amount)
        for column, code in zip(money, codes, strict=True)
    ]
    return [label, Formula("SUM({totals.jobs})", jobs), Formula("SUM({totals.takes})", takes), None, *sums]


def unpriced_notice(report: Report) -> Formula | None:
    """What every sheet of a workbook says once a line item has no price."""
    if not report.line_items:
        return None
    wording = phrase(report.words("notice_without_price", count="\0"), "\0", "{=lines_without_price}")
    return Formula(f'IF({ALL_PRICED},"",{wording})', "")


def stamp(report: Report) -> list[Fact]:
    """The date, prices and exchange rates behind the figures, the most important first."""
    words, estimate, made = report.words, report.estimate, report.estimate.price_book
    facts = []
    if estimate.partial:
        facts.append(Fact(words("partial"), words("left_out", jobs=words.count("job", estimate.left_out)), True))
    facts += [
        Fact(words("old_prices"), words.problem(p).message, True) for p in estimate.problems if p.code == "old_price"
    ]
    checked = words.day(made.oldest_checked) if made.oldest_checked else words("no_price_used")
    facts += [
        Fact(words("as_of"), words.day(estimate.as_of) if estimate.as_of else words("latest_rates")),
        Fact(words("price_book_is"), f"{made.version} ({made.sha256[:12]})"),
        Fact(words("oldest_checked"), checked),
    ]
    for total in estimate.totals:
        if total.certainty != EXACT:
            ends = {"least": plain_text(total.least), "most": plain_text(total.due), "currency": total.currency}
            facts.append(Fact(words("certainty_is"), words("certainty_between", **ends)))
    for currency, rate in made.exchange.items():
        basis = "given" if rate.checked is None else rate.date_basis
        text = words("exchange_rate", per_usd=plain_text(rate.per_usd), currency=currency)
        facts.append(Fact(words("exchange_is"), text if basis == "stated" else f"{text} ({words(f'basis.{basis}')})"))
    return facts + [Fact(words("exchange_is"), words("exchange_unknown", currency=c)) for c in made.without_exchange]


def _sign_off(report: Report) -> Table:
    words = report.words
    columns = titled(words, [Column(key, kind="id") for key in ("role", "name", "date", "remarks")])
    rows = [[words(f"sign.{role}"), None, None, None] for role in ("prepared", "checked", "approved")]
    return Table("sign_off", words("table.sign_off"), columns, rows, places=WORKBOOK, form=True)
