"""Headlines of a plan: the totals, the verdict, and how much of each limit is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kling_cost.amounts import divide_half_up, round_half_up
from kling_cost.planning.limits import Standing
from kling_cost.planning.rules.job_groups import month_of
from kling_cost.problems import Problem
from kling_cost.reconciliation.result import Finding
from kling_cost.reporting.document import Figure, Gauge, Headline
from kling_cost.reporting.money import DOLLAR, decimals_of, digits_of
from kling_cost.reporting.number_format import grouped
from kling_cost.reporting.parts.charged.charged_summary import charged_headlines
from kling_cost.reporting.parts.charged.findings import largest_first
from kling_cost.reporting.parts.column_titles import TONES
from kling_cost.reporting.parts.problem_list import worst_first
from kling_cost.reporting.parts.rules.limit_kinds import plain_limits, scope_limits
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Fact, Tone

_EVERY = 12  # decimals
_MOST_FAULTS = 3
_MOST_GAUGES = 40  # scopes whose bars are drawn
_AMOUNTS = ("limit", "planned", "contingency", "committed", "headroom")


def verdict_tone(report: Report) -> Tone:
    """How the verdict is to be read."""
    if report.outcome is not None and report.outcome.errors:
        return "bad"
    if report.verdict is None:
        outcome = report.outcome
        is_open = report.estimate.partial or (outcome is not None and (outcome.partial or outcome.warnings))
        return "warn" if is_open else "good"
    return TONES[report.verdict.verdict]


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


def is_refused(report: Report) -> bool:
    """Whether the plan must not be submitted."""
    return report.verdict is not None and report.verdict.verdict != "within"


def is_blocked_for_good(report: Report) -> bool:
    """Whether the plan is blocked by what no edit of a workbook mends: a job that was left out, a file with a fault."""
    faults = report.verdict.problems if report.verdict else ()
    of_limits = ("no_exchange_rate.limit", "no_exchange_rate.uncovered")
    return report.estimate.partial or any(p.severity == "error" and p.key not in of_limits for p in faults)


def headlines(report: Report) -> list[Headline]:
    """What it costs in the money that is asked for, with the credits beside it; without a rate, one a currency.

    Of the plan, or of what was charged where that is known.

    >>> import kling_cost as kc
    >>> estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
    >>> [(str(line.amount.value), line.amount.currency) for line in headlines(Report(estimate))]
    [('0.375000000000', 'USD')]
    """
    words, estimate = report.words, report.estimate
    if report.outcome is not None:
        return charged_headlines(report)
    extents = {t.currency: _extent(report, t.jobs, t.takes) for t in estimate.totals}
    total = report.total
    if total.amount is None or not estimate.totals:
        return [Headline(Figure(t.due, t.currency), (), extents[t.currency]) for t in estimate.totals]
    amount, *beside = _grand_totals(report, total.currency)
    extent = _extent(report, sum(t.jobs for t in estimate.totals), sum(t.takes for t in estimate.totals))
    if total.unknown:
        extent += f" · {words('lead.not_counted', currencies=words.listed(total.unknown))}"
    return [Headline(amount, beside, extent, words("at_least") if total.at_least else "")]


def _grand_totals(report: Report, asked: str) -> Iterator[Figure]:
    """All that is planned: in the money that is asked for, in every other, and as it is counted."""
    codes = dict.fromkeys((asked, DOLLAR, *(rate.currency for rate in report.money)))
    for code in codes:
        amount = report.estimate.total(code).amount
        if amount is not None:
            yield Figure(amount, code, decimals_of(code))
    yield from (Figure(t.due, t.currency) for t in report.estimate.totals if t.currency not in codes)


def _extent(report: Report, jobs: int, takes: int) -> str:
    return report.words.listed([report.words.count("job", jobs), report.words.count("take", takes)])


def gauges(report: Report) -> list[Gauge]:
    """The limits, each with its share that is planned; of budgets by scope one a scope, in one money."""
    return [_gauge(report, standing) for standing in [*plain_limits(report), *_of_scopes(report)]]


def _of_scopes(report: Report) -> list[Standing]:
    """One limit a scope, of the report's month if it has one; and every other that is over."""
    month = month_of(report.estimate.as_of)
    by_scope: dict[str, list[tuple[Standing, str | None]]] = {}
    for standing, scope, of, _ in scope_limits(report):
        by_scope.setdefault(scope.path, []).append((standing, of))
    found: list[Standing] = []
    for limits in by_scope.values():
        shown = next((standing for standing, of in limits if of == month), limits[0][0])
        found += [standing for standing, _ in limits if standing is shown or standing.status == "over"]
    return [_in_one_money(report, standing) for standing in found[:_MOST_GAUGES]]


def _in_one_money(report: Report, standing: Standing) -> Standing:
    """A limit in the money that is asked for, where exchange rates are known."""
    here, there = report.per_usd(standing.currency), report.per_usd(report.asked)
    if here is None or there is None or standing.currency == report.asked:
        return standing

    def converted(amount: Decimal) -> Decimal:
        return divide_half_up(Fraction(amount) * Fraction(there or 1), here or Decimal(1))

    known = {name: getattr(standing, name) for name in _AMOUNTS}
    amounts: dict[str, Any] = {name: converted(amount) for name, amount in known.items() if amount is not None}
    return replace(standing, currency=report.asked, **amounts)


def limit_name(report: Report, standing: Standing) -> str:
    """What a limit is called: what it holds, and in which currency."""
    return f"{report.scope(standing.scope)} · {standing.currency}"


def _gauge(report: Report, standing: Standing) -> Gauge:
    words, limit, planned, left = report.words, standing.limit, standing.planned, standing.headroom
    status, tone = words(f"status.{standing.status}"), TONES[standing.status]
    name = limit_name(report, standing)
    digits = digits_of(standing.currency, report.credits)
    if left and not round_half_up(left, Decimal(1).scaleb(-digits[1])):
        digits = digits[0], _EVERY  # slightly over must not be shown as "0.00 over"

    def shown(amount: Decimal | None) -> str:
        return words("not_known") if amount is None else grouped(amount, words, *digits)

    if limit is None:
        return Gauge(name, None, words("gauge.no_limit", planned=shown(planned)), status, tone)
    if standing.status == "unknown":
        return Gauge(name, None, words("gauge.at_least", planned=shown(planned), limit=shown(limit)), status, tone)
    text = _taken(report, standing, shown)
    share = divide_half_up(limit - left, limit) if left is not None and limit else None
    return Gauge(name, share, text, status, tone)


def _taken(report: Report, standing: Standing, shown: Callable[[Decimal | None], str]) -> str:
    """How much of a limit is taken, and what is left; with what is set aside and committed, where there is any."""
    words, planned, left = report.words, standing.planned, standing.headroom
    more, limit = standing.contingency + standing.committed, shown(standing.limit)
    taken = shown(planned + more if more and planned is not None else planned)
    if left is not None and left < 0:
        return words("gauge.spent_over" if more else "gauge.over", planned=taken, limit=limit, over=shown(-left))
    return words("gauge.spent_text" if more else "gauge.text", planned=taken, limit=limit, headroom=shown(left))


def faults(report: Report) -> list[Fact]:
    """The first errors, or else warnings, each listed once; and a link to the others.

    >>> import kling_cost as kc
    >>> estimate = kc.estimate([{"job_id": "a", "request": {"model": "kling-v3-text-to-video"}}])
    >>> [(fact.name, fact.text) for fact in faults(Report(estimate))]
    [('a · prompt', 'required field is missing')]
    """
    words, problems = report.words, worst_first(report.problems)
    findings = report.outcome.errors if report.outcome else ()
    errors = [problem for problem in problems if problem.severity == "error"]
    is_bad = bool(findings or errors)
    told = [problem for problem in problems if problem.severity != "info"]
    wrong = (*_of_findings(report, findings), *_of_problems(report, errors if is_bad else told))
    left = len(findings) + len(told) - len(wrong[:_MOST_FAULTS])
    if left:
        target = _target(report, "problems", "part-problems") if told else _target(report, "findings", "part-findings")
        return [*wrong[:_MOST_FAULTS], Fact("", words("lead.more", count=words.grouped(str(left))), is_bad, target)]
    return list(wrong)


def _of_findings(report: Report, findings: Sequence[Finding]) -> Iterator[Fact]:
    """What was not charged as due, the most money first; no more than are shown."""
    words = report.words
    for at, finding in enumerate(largest_first(findings)[:_MOST_FAULTS], 1):
        place = _place(words(f"kind.{finding.kind}"), finding.job_id or finding.task_id)
        yield Fact(place, words.finding(finding).message, True, _target(report, "findings", f"findings-{at}"))


def _of_problems(report: Report, problems: Sequence[Problem]) -> Iterator[Fact]:
    """What is wrong with jobs, limits and answers; no more than are shown."""
    for at, found in enumerate(problems[:_MOST_FAULTS], 1):
        where = found.job_id or (f"{found.source or ''}:{found.row}" if found.row else found.source)
        message, target = report.words.problem(found).message, _target(report, "problems", f"problems-{at}")
        yield Fact(_place(where, found.field), message, found.severity == "error", target)


def _place(*names: str | None) -> str:
    return " · ".join(name for name in names if name)


def _target(report: Report, part: str, target: str) -> str:
    """Where a page says more; nowhere, if that part is not written."""
    return target if not report.only or part in report.only else ""
