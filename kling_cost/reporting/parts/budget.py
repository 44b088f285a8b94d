"""Limits: the amount planned against each, and the headroom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from kling_cost.amounts import divide_half_up, exact_sum, plain_text, round_half_up
from kling_cost.planning.limits import WARN_ABOVE, WHOLE_CAMPAIGN, Standing
from kling_cost.reporting.money import DOLLAR, digits_of
from kling_cost.reporting.parts.column_titles import status, titled
from kling_cost.reporting.parts.formulas import ALL_PRICED, is_literal, phrase, quoted
from kling_cost.reporting.parts.key_figures import is_refused, verdict_words
from kling_cost.reporting.parts.line_item_rows import RATELESS
from kling_cost.reporting.parts.prices.exchange import rate_cell
from kling_cost.reporting.parts.risk.risk_tables import confidence_notes
from kling_cost.reporting.parts.rules.limit_kinds import plain_limits, scope_limits
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Cell, Column, Fact, Fixed, Formula, Row, Table

#: The status of a limit as a number in a workbook: unknown outweighs over in the verdict only.
STATES = ("within", "warn", "unknown", "over")
WITHIN, WARN, UNKNOWN, OVER = range(len(STATES))
_SAME = "{line_items.currency},{held_in}"  # whatever is written over the currency that people read
_JOBS = "SUMIF({totals.currency},{held_in},{totals.jobs})"
_FIXED = Fixed(None)
_MOST_DIGITS = 12
_EXACT_DIGITS = 10  # to which a product of a spreadsheet is exact
_TAKEN = "{planned}+{contingency}+{committed}"
_NUMBERS = ("limit", "planned", "contingency", "committed")


def limits_table(report: Report) -> Table:
    """Every limit with its standing; a workbook has a row for what an edit leaves without a limit."""
    words = report.words
    limits = plain_limits(report)
    chosen = ",".join(quoted(words(f"status.{state}")) for state in STATES)
    rows = [_row(report, standing, f"CHOOSE({{judged}}+1,{chosen})") for standing in limits]
    rest = [_uncovered(report, code, chosen) for code in _may_be_uncovered(report)]
    if _are_scoped(report) and report.line_items and not scope_limits(report):
        rest.append(_unheld(report, chosen))
    text = verdict_words(report) or ""
    title = words("table.limits", verdict=text)
    return Table(
        "limits", title, _columns(report, limits), rows,
        notes=confidence_notes(report), facts=refusal(report), rest=rest,
        heading=live_heading(report, title), names=_cell_names(limits), early=True, page_title=words("page.budget"),
    )  # fmt: skip


def contingency_formula(report: Report, standing: Standing) -> str:
    """What is set aside: what the rules say, and a share of the plan on top that people may change."""
    extra = "{planned}*N({=contingency_rate})"
    if standing.contingency_share is not None:
        share = standing.contingency_share
        book = report.book.currencies.get(standing.currency) if report.book else None
        digits = -int(book.quantum.as_tuple().exponent) if book else 2
        product = f"ROUND({{planned}}*{share.numerator}/{share.denominator},{_EXACT_DIGITS})"
        return f"ROUNDUP({product},{digits})+{extra}"
    return f"{plain_text(standing.contingency)}+{extra}" if standing.contingency else extra


def limit_digits(report: Report, limits: Sequence[Standing]) -> int:
    """Decimals of all amounts alike: those of the money or the credits, and enough that no headroom looks like none."""
    digits = max((digits_of(standing.currency, report.credits)[1] for standing in limits), default=0)
    left = [standing.headroom for standing in limits if standing.headroom]
    while digits < _MOST_DIGITS and not all(round_half_up(amount, Decimal(1).scaleb(-digits)) for amount in left):
        digits += 2
    return digits


def refusal(report: Report) -> list[Fact]:
    """That the plan must not be submitted, where that is so."""
    text = verdict_words(report) or ""
    return [Fact(text, report.words("not_to_submit"), is_alarm=True)] if is_refused(report) else []


def live_heading(report: Report, title: str) -> Formula:
    """A heading with the verdict as it follows from what is changed."""
    words = report.words
    live = phrase(words("table.limits", verdict="\0"), "\0", "{=verdict}")
    why = phrase(words("why_without_price", count="\0"), "\0", "{=lines_without_price}")
    return Formula(f'IF({ALL_PRICED},{live},{live}&" · "&{why})', title)


def _row(report: Report, standing: Standing, text: str) -> list[Cell]:
    words, limit = report.words, standing.limit
    scope = report.scope(standing.scope)
    shown = Formula(text, words(f"status.{standing.status}"))
    planned = _planned(report, standing)
    if limit is None:
        state = Formula(f"IF({_JOBS}=0,{WITHIN},{UNKNOWN})", UNKNOWN)
        money: list[Cell] = [planned, None, _FIXED, standing.headroom, None]
        return [scope, _FIXED, standing.currency, *money, shown, 0, 0, 0, state, standing.currency, None]
    numbers = ",".join(f"ISNUMBER({{{name}}})" for name in _NUMBERS)
    known = f"AND({numbers},EXACT({{currency}},{{held_in}}))"
    has_plan = standing.planned is not None
    is_known = has_plan and standing.status != "unknown"
    taken = exact_sum([standing.planned or Decimal(0), standing.contingency, standing.committed])
    used = divide_half_up(taken, limit) if limit and is_known else None
    return [
        scope,
        limit,
        standing.currency,
        planned,
        Formula(
            _contingency(report, standing),
            standing.contingency if has_plan else None,
        ),
        standing.committed,
        Formula(f'IF({{is_known}}=1,{{limit}}-({_TAKEN}),"")', standing.headroom),
        Formula(f'IF(AND({{is_known}}=1,{{judged}}<>{UNKNOWN},N({{limit}})<>0),({_TAKEN})/{{limit}},"")', used),
        shown,
        Formula(f"IF({known},1,0)", int(has_plan)),
        _rateless(report, standing),
        0,
        Formula(_state_formula(report, standing), STATES.index(standing.status)),
        standing.currency,
        Decimal(WARN_ABOVE.numerator) / Decimal(WARN_ABOVE.denominator),
    ]


def _contingency(report: Report, standing: Standing) -> str:
    if not standing.contingency:
        return 'IF(AND(ISNUMBER({=contingency_rate}),ISNUMBER({planned})),{planned}*{=contingency_rate},"")'
    return f'IF(AND(ISNUMBER({{=contingency_rate}}),ISNUMBER({{planned}})),{contingency_formula(report, standing)},"")'


def _state_formula(report: Report, standing: Standing) -> str:
    """Over, where what is known is; unknown, where something is not; near, above a share of the limit."""
    doubts = [f"NOT({ALL_PRICED})", "{contingency}<0", "{committed}<0"]
    if report.estimate.partial and standing.status in ("unknown", "over"):
        doubts.append("TRUE")  # jobs that were left out before there was a workbook
    if is_money(report, standing.currency):
        doubts.append("{rateless}>0")
    near = f"IF(ROUND({{limit}}*{{warn_above}}-({_TAKEN}),6)<0,{WARN},{WITHIN})"
    over = f"IF(ROUND({{headroom}},6)<0,{OVER},IF(OR({','.join(doubts)}),{UNKNOWN},{near}))"
    return f"IF({{is_known}}=1,{over},{UNKNOWN})"


def _rateless(report: Report, standing: Standing) -> Cell:
    """How many of the line items covered by a limit in money have no exchange rate."""
    if not is_money(report, standing.currency):
        return 0
    source = None if _holds_all(report, standing) else standing.source
    items = report.line_items
    held = (item for item in items if source is None or item.job.source == source)
    count = sum(1 for item in held if not item.charge.per_usd and item.charge.currency != DOLLAR)
    where = "" if source is None else f"({{line_items.source}}={quoted(source)})*"
    return Formula(RATELESS.replace("SUMPRODUCT(", f"SUMPRODUCT({where}", 1), count)


def is_money(report: Report, currency: str) -> bool:
    """Whether a limit in a currency holds what is counted in others, too."""
    return currency not in report.credits


def _holds_all(report: Report, standing: Standing) -> bool:
    """Whether a limit holds the jobs of every file."""
    return standing.source is None or {item.job.source for item in report.line_items} <= {standing.source}


def _columns(report: Report, limits: Sequence[Standing]) -> list[Column]:
    words = report.words
    digits = limit_digits(report, limits)
    return titled(
        words,
        [
            Column("scope", kind="id"),
            Column("limit", kind="amount", is_input=True, digits=digits),
            Column("currency", kind="id"),
            Column("planned", kind="amount", digits=digits),
            Column("contingency", kind="amount", digits=digits, prominent=any(limit.contingency for limit in limits)),
            Column("committed", kind="amount", is_input=True, digits=digits, prominent=False),
            Column("headroom", kind="amount", digits=digits),
            Column("used", kind="percent", prominent=False),
            status(words, "status", *STATES),
            Column("is_known", kind="integer", helper=True),
            Column("rateless", kind="integer", helper=True),
            Column("unheld", kind="integer", helper=True),
            Column("judged", kind="integer", helper=True),
            Column("held_in", kind="id", helper=True),
            Column("warn_above", kind="percent", helper=True),
        ],
    )


def _cell_names(limits: Sequence[Standing]) -> dict[str, tuple[int, str]]:
    """By which names other workbooks link to the limits."""
    numbered = [at for at, standing in enumerate(limits) if standing.limit is not None]
    return {f"limit_{number}": (at, "limit") for number, at in enumerate(numbered, 1)}


def _planned(report: Report, standing: Standing) -> Cell:
    """What is planned against a limit, by formula wherever one sum over the lines gives it; with actuals, less what is
    due for takes that have been submitted."""
    whole = _whole(report, standing)
    if not isinstance(whole, Formula) or standing.actual is None or standing.planned is None:
        return whole
    if not _holds_all(report, standing):
        return standing.planned
    every = _all_of(report, standing.currency)
    submitted = plain_text(exact_sum([every, -standing.planned]))
    return Formula(f'IF(ISNUMBER({whole.text}),{whole.text}-{submitted},"")', standing.planned)


def _all_of(report: Report, currency: str) -> Decimal:
    """What all line items come to in the currency of a limit."""
    if is_money(report, currency):
        return report.estimate.total(currency).amount or Decimal(0)
    return exact_sum(total.due for total in report.estimate.totals if total.currency == currency)


def _whole(report: Report, standing: Standing) -> Cell:
    """What all takes under a limit come to."""
    if not _is_one_sum(report, standing):
        return standing.planned
    here = "" if _holds_all(report, standing) else f"{{line_items.source}},{quoted(standing.source or '')}"
    if standing.limit is not None and is_money(report, standing.currency):
        dollars = f"SUMIFS({{line_items.usd}},{here})" if here else "SUM({line_items.usd})"
        rate = rate_cell(report, standing.currency)
        return Formula(f'IF({rate}>0,{dollars}*{rate},"")', standing.planned)
    return Formula(f"SUMIFS({{line_items.cost}},{_SAME}{',' + here if here else ''})", standing.planned)


def _is_one_sum(report: Report, standing: Standing) -> bool:
    if standing.limit is None and _are_scoped(report):
        return False
    return _holds_all(report, standing) or is_literal(standing.source or "")


def _are_scoped(report: Report) -> bool:
    """Whether a limit holds one of several files."""
    if report.verdict is None:
        return False
    return any(limit.source is not None or limit.base_limit is not None for limit in report.verdict.limits)


def _unheld(report: Report, chosen: str) -> Row:
    """Where limits hold a file each: lines that none of them holds, such as one that was put in."""
    pairs = set(_held_pairs(report))
    same = "+".join(
        f"({{line_items.source}}={quoted(source or '')})*({{line_items.currency}}={quoted(code)})"
        for source, code in sorted(pairs, key=str)
    )
    items = report.line_items
    count = sum(1 for item in items if (item.job.source, item.charge.currency) not in pairs)
    held = f"-SUMPRODUCT({same})" if pairs else ""
    unheld = Formula(f"SUM({{line_items.counted}}){held}", count)
    state = Formula(f"IF({{unheld}}=0,{WITHIN},{UNKNOWN})", UNKNOWN if count else WITHIN)
    text = Formula(
        f'IF({{unheld}}=0,"",CHOOSE({{judged}}+1,{chosen}))', report.words("status.unknown") if count else ""
    )
    blank: list[Cell] = [_FIXED, None, None, None, _FIXED, None, None]
    return [report.words("without_limit"), *blank, text, 0, 0, unheld, state, None, None]


def _held_pairs(report: Report) -> Iterator[tuple[str | None, str]]:
    """Each file with each currency of lines in it that a limit holds."""
    for standing in plain_limits(report):
        if standing.limit is not None:
            codes = report.sold_in if is_money(report, standing.currency) else (standing.currency,)
            yield from ((standing.source, code) for code in codes if code in report.sold_in)


def _may_be_uncovered(report: Report) -> Iterator[str]:
    """Currencies that no limit holds and no row shows, into which an edit may bring lines."""
    limits = report.verdict.limits if report.verdict else ()
    if any(s.source is not None or s.base_limit is not None for s in limits):
        return
    if any(standing.limit is not None and is_money(report, standing.currency) for standing in limits):
        return
    shown = {standing.currency for standing in limits}
    yield from (code for code in report.sold_in if code not in shown)


def _uncovered(report: Report, code: str, chosen: str) -> Row:
    state = Formula(f"IF({_JOBS}=0,{WITHIN},{UNKNOWN})", WITHIN)
    text = Formula(f'IF({{judged}}={WITHIN},"",CHOOSE({{judged}}+1,{chosen}))', "")
    planned = Formula(f"SUMIFS({{line_items.cost}},{_SAME})", Decimal(0))
    money: list[Cell] = [planned, None, _FIXED, None, None]
    return [report.scope(WHOLE_CAMPAIGN), _FIXED, code, *money, text, 0, 0, 0, state, code, None]
