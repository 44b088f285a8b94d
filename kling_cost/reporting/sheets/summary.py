"""Summary: what it costs, whether it fits, what drives it, and who signs."""

from __future__ import annotations

from decimal import Decimal

from kling_cost.amounts import EXACT, divide_half_up, plain_text
from kling_cost.planning.limits import WARN_ABOVE, Standing
from kling_cost.pricing.line_item import Charge
from kling_cost.pricing.sums import Total
from kling_cost.reporting.document import Chart
from kling_cost.reporting.money import DOLLAR, money_columns, money_values
from kling_cost.reporting.report import Report
from kling_cost.reporting.sheets.formulas import DOLLARS, SHARE, is_literal, quoted
from kling_cost.reporting.sheets.headlines import verdict_tone
from kling_cost.reporting.sheets.reconciliation import charged_words
from kling_cost.reporting.sheets.titles import status, titled
from kling_cost.reporting.table import WORKBOOK, Cell, Column, Fact, Formula, Table, Tone

MOST_DRIVERS = 10
_STATES = ("within", "warn", "over", "unknown")
_SAME = "{line_items.currency},{currency}"


def summary_tables(report: Report) -> list[Table]:
    """Where the plan stands, its totals, its limits where there are any, what drives it, and lines to sign."""
    tables = [_state(report), _totals(report)]
    if report.verdict is not None and report.verdict.limits:
        tables.append(_limits(report))
    return [*tables, _drivers(report), _sign_off(report)]


def summary_charts(report: Report) -> list[Chart]:
    """The limits, and what drives the cost."""
    words = report.words
    charts = [Chart(words("chart.drivers"), "drivers", ("driver",), "share")]
    limits = [limit for limit in report.verdict.limits if limit.limit] if report.verdict else []
    if limits:
        label = "scope" if len({limit.scope for limit in limits}) > 1 else "currency"
        charts.insert(0, Chart(words("chart.limits"), "limits", (label,), "used", places=WORKBOOK))
    return charts


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
        return report.words("status.priced")
    return report.words(f"verdict.{report.verdict.verdict}")


def _state(report: Report) -> Table:
    """What a workbook says first; it follows what is changed there."""
    words = report.words
    within, over, blocked = (words(f"verdict.{state}") for state in ("within", "over", "blocked"))
    rows: list[list[Cell]] = []
    said = verdict_words(report)
    if said is not None and said not in (within, over):
        rows.append([words("verdict_is"), said])
    elif said is not None:
        unknown = f"COUNTIF({{limits.status}},{quoted(words('status.unknown'))})>0"
        exceeded = f"COUNTIF({{limits.status}},{quoted(words('status.over'))})>0"
        text = f"IF({unknown},{quoted(blocked)},IF({exceeded},{quoted(over)},{quoted(within)}))"
        rows.append([words("verdict_is"), Formula(text, said)])
    charged = charged_words(report)
    if charged is not None:
        rows.append([words("charged.title"), charged])
    good, bad = quoted(words("status.ok")), quoted(words("status.check"))
    master = f"IF(COUNTIF({{checks.status}},{bad})=0,{good},{bad})"
    rows.append([words("master_check"), Formula(master, words("status.ok"))])
    tones: dict[str, Tone] = {within: "good", over: "bad", blocked: "bad", words("status.priced"): "good"}
    if charged is not None:
        tones[charged] = verdict_tone(report)
    holds = status(words, "state", "ok", "check")
    columns = titled(words, [Column("what", kind="id"), Column("state", kind="status", tones={**holds.tones, **tones})])
    return Table("state", words("table.state"), columns, rows, places=WORKBOOK)


def _totals(report: Report) -> Table:
    words = report.words
    money = money_columns(report.money, DOLLARS)
    columns = [
        Column("currency", kind="id"),
        Column("jobs", kind="integer", formula=f"COUNTIF({_SAME})"),
        Column("takes", kind="integer", formula=f"SUMIF({_SAME},{{line_items.takes}})"),
        Column("cost", kind="credits", formula=f"SUMIF({_SAME},{{line_items.cost}})"),
        *money,
    ]
    rows = [
        [t.currency, t.jobs, t.takes, t.cost, *money_values(t.cost, report.per_usd(t.currency), report.money)]
        for t in report.estimate.totals
    ]
    notes, empty = [words("note_rounded")], words("empty.line_items")
    return Table("totals", words("table.totals"), titled(words, columns), rows, None, notes, empty, facts=stamp(report))


def stamp(report: Report) -> list[Fact]:
    """Which day, prices and rates of exchange the figures rest on; what has to be seen first comes first."""
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
    for currency, rate in made.exchange.items():
        basis = "given" if rate.checked is None else rate.date_basis
        text = words("exchange_rate", per_usd=plain_text(rate.per_usd), currency=currency)
        facts.append(Fact(words("exchange_is"), text if basis == "stated" else f"{text} ({words(f'basis.{basis}')})"))
    return facts + [Fact(words("exchange_is"), words("exchange_unknown", currency=c)) for c in made.without_exchange]


def _limits(report: Report) -> Table:
    words = report.words
    limits = report.verdict.limits if report.verdict else ()
    columns = [
        Column("scope", kind="id"),
        Column("limit", kind="amount", is_input=True),
        Column("currency", kind="id"),
        Column("planned", kind="amount"),
        Column("contingency", kind="amount", prominent=False),
        Column("committed", kind="amount", prominent=False),
        Column("headroom", kind="amount"),
        Column("used", kind="percent", prominent=False),
        status(words, "status", *_STATES),
    ]
    rows = [_limit_row(report, standing) for standing in limits]
    said, facts = verdict_words(report) or "", []
    if report.verdict and report.verdict.verdict != "within":
        facts = [Fact(said, words("not_to_submit"), is_alarm=True)]
    title = words("table.limits", verdict=said)
    return Table("limits", title, titled(words, columns), rows, facts=facts)


def _limit_row(report: Report, standing: Standing) -> list[Cell]:
    words, limit = report.words, standing.limit
    scope = report.scope(standing.scope)
    said = words(f"status.{standing.status}")
    planned = _planned(report, standing)
    if limit is None or standing.planned is None:
        return [scope, limit, standing.currency, planned, None, None, standing.headroom, None, said]
    set_aside = "{planned}+{contingency}+{committed}"
    used = divide_half_up(standing.planned, limit) if limit else None
    warn_at = plain_text(Decimal(WARN_ABOVE.numerator) / Decimal(WARN_ABOVE.denominator))
    unknown = "TRUE" if standing.unknown_currencies else "FALSE"
    if _is_money(report, standing.currency) and _holds_all(report, standing):
        unknown = 'COUNTIF({totals.usd},"")>0'
    states = {state: quoted(words(f"status.{state}")) for state in _STATES}
    near = f"IF(ROUND({{limit}}*{warn_at}-({set_aside}),6)<0,{states['warn']},{states['within']})"
    formula = f"IF(ROUND({{headroom}},6)<0,{states['over']},IF({unknown},{states['unknown']},{near}))"
    return [
        scope,
        limit,
        standing.currency,
        planned,
        Formula("{planned}*{=contingency_rate}", standing.contingency),
        standing.committed,
        Formula(f"{{limit}}-({set_aside})", standing.headroom),
        Formula(f'IF({{limit}}>0,({set_aside})/{{limit}},"")', used),
        Formula(formula, said),
    ]


def _is_money(report: Report, currency: str) -> bool:
    """Whether a limit in a currency holds what is counted in others, too."""
    sellers = report.book.providers.values() if report.book else ()
    credits = {provider.currency for provider in sellers} | {total.currency for total in report.estimate.totals}
    return currency == DOLLAR or currency not in credits


def _holds_all(report: Report, standing: Standing) -> bool:
    """Whether a limit holds the jobs of every file."""
    return standing.source is None or {item.job.source for item in report.estimate.line_items} <= {standing.source}


def _planned(report: Report, standing: Standing) -> Cell:
    """What is planned against a limit, by formula wherever one sum over the lines gives it."""
    scoped = any(s.source is not None for s in (report.verdict.limits if report.verdict else ()))
    if standing.planned is None or (standing.limit is None and scoped):
        return standing.planned
    here = ""
    if not _holds_all(report, standing):
        if not is_literal(standing.source or ""):
            return standing.planned
        here = f"{{line_items.source}},{quoted(standing.source or '')}"
    if standing.limit is not None and _is_money(report, standing.currency):
        dollars = f"SUMIFS({{line_items.usd}},{here})" if here else "SUM({line_items.usd})"
        rate = "INDEX({exchange.per_usd},MATCH({currency},{exchange.currency},0))"
        return Formula(f"{dollars}*{rate}", standing.planned)
    return Formula(f"SUMIFS({{line_items.cost}},{_SAME}{',' + here if here else ''})", standing.planned)


def _drivers(report: Report) -> Table:
    """What costs most: one row a model with its quality and sound."""
    words = report.words
    columns = [
        Column("driver", kind="id"),
        Column("takes", kind="integer"),
        Column("cost", kind="credits"),
        Column("currency", kind="id"),
        *money_columns(report.money, DOLLARS),
        Column("share", kind="percent", formula=SHARE),
    ]
    totals = {total.currency: total for total in report.estimate.totals}
    rows = [_driver_row(report, charge, takes, cost, totals) for charge, takes, cost in biggest(report)]
    title = words("table.drivers")
    return Table("drivers", title, titled(words, columns), rows, empty=words("empty.line_items"))


def biggest(report: Report) -> list[tuple[Charge, int, Decimal]]:
    """The combinations that cost most, with their takes and cost: by dollars, or else within their currency."""
    sums: dict[tuple[str, ...], tuple[Charge, int, Decimal]] = {}
    for charge, _, takes in report.estimate.by_charge:
        key = _combination(charge)
        _, before, cost = sums.get(key, (charge, 0, Decimal(0)))
        sums[key] = (charge, before + takes, EXACT.add(cost, EXACT.multiply(charge.cost, Decimal(takes))))
    totals = {total.currency: total.cost for total in report.estimate.totals}

    def share(entry: tuple[Charge, int, Decimal]) -> tuple[Decimal, tuple[str, ...]]:
        charge, _, cost = entry
        rate = report.per_usd(charge.currency)
        known = all(report.per_usd(currency) for currency in totals)
        weight = cost / rate if rate and known else cost / (totals[charge.currency] or Decimal(1))
        return -weight, _combination(charge)

    return sorted(sums.values(), key=share)[:MOST_DRIVERS]


def _combination(charge: Charge) -> tuple[str, ...]:
    return (charge.provider, charge.model, charge.options.get("quality", ""), charge.options.get("sound", ""))


def _driver_row(report: Report, charge: Charge, takes: int, cost: Decimal, totals: dict[str, Total]) -> list[Cell]:
    provider, model, quality, sound = _combination(charge)
    said = [model, quality, report.words(f"sound.{sound}") if sound else ""]
    chosen = {"provider": provider, "model": model, "quality": quality, "sound": sound}
    same = ",".join(f"{{line_items.{name}}},{quoted(value or '=')}" for name, value in chosen.items())
    sums: list[Cell] = [takes, cost]
    if all(map(is_literal, chosen.values())):
        sums = [Formula(f"SUMIFS({{line_items.{key}}},{same})", n) for key, n in (("takes", takes), ("cost", cost))]
    whole = totals[charge.currency].cost
    return [
        " · ".join(text for text in said if text),
        *sums,
        charge.currency,
        *money_values(cost, report.per_usd(charge.currency), report.money),
        divide_half_up(cost, whole) if whole else Decimal(0),
    ]


def _sign_off(report: Report) -> Table:
    words = report.words
    columns = titled(words, [Column(key, kind="id") for key in ("role", "name", "date", "remarks")])
    rows = [[words(f"sign.{role}"), None, None, None] for role in ("prepared", "checked", "approved")]
    return Table("sign_off", words("table.sign_off"), columns, rows, places=WORKBOOK, form=True)
