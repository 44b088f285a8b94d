"""Headlines of a reconciliation: what was charged and due, the biggest difference, what to claim."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from kling_cost.amounts import EXACT, exact_sum, round_half_up
from kling_cost.pricing.grand_total import grand_total
from kling_cost.reconciliation.result import ActualTotal, Finding
from kling_cost.reporting.document import Figure, Headline, Lead
from kling_cost.reporting.money import DOLLAR, decimals_of, digits_of
from kling_cost.reporting.number_format import grouped
from kling_cost.reporting.parts.charged.findings import claims
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Fact

_EVERY = 12  # decimals


def charged_headlines(report: Report) -> list[Headline]:
    """What was charged in the money that is asked for, with the credits beside it, and what was due for it; one more
    for each currency without an exchange rate.

    >>> import kling_cost as kc
    >>> plan = kc.estimate([{"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}])
    >>> answer = {"id": "task-unified-1", "usage": {"credits_reserved": 40.5}, "status": "completed"}
    >>> outcome = kc.reconcile(plan, [{"job_id": "a", "response": answer}])
    >>> [line.extent for line in charged_headlines(Report(plan, outcome=outcome))]
    ['0.38 USD due: 0.19 USD (13.5 EVOLINK_CREDIT) more than due']
    """
    totals = [t for t in (report.outcome.totals if report.outcome else ()) if t.jobs and t.currency]
    known = [t for t in totals if _is_known(report, t.currency)]
    lines = [_Charged(report, known, report.asked).headline()] if known else []
    return lines + [_Charged(report, [t], t.currency or "").headline() for t in totals if t not in known]


def charged_leads(report: Report) -> list[Lead]:
    """The biggest difference, and what to claim: in money, with the credits beside it."""
    words = report.words
    differences = [_difference(report, finding) for finding in _biggest(report)]
    claimed = [
        Fact(words.count("task", len({f.task_id or f.job_id for f in found})), _both(report, code, _sum(found)),
             target=f"claim-{at}" if not report.only or "findings" in report.only else "")
        for at, (code, found) in enumerate(claims(report).items(), 1)
    ]  # fmt: skip
    found = Lead(words("lead.difference"), differences)
    return [*([found] if differences else []), Lead(words("lead.claim"), claimed or [Fact("", words("claim.nothing"))])]


def _sum(found: Sequence[Finding]) -> Decimal:
    return exact_sum(finding.at_stake for finding in found)


def _is_known(report: Report, code: str | None) -> bool:
    return code == report.asked or bool(report.per_usd(code or "") and report.per_usd(report.asked))


class _Charged:
    """What some totals come to in one currency."""

    def __init__(self, report: Report, totals: Sequence[ActualTotal], code: str) -> None:
        self._report, self._totals, self._code = report, totals, code

    def headline(self) -> Headline:
        report = self._report
        figures = [*self._in_money(), *self._as_counted()]
        before = report.words("column.reported")
        if report.outcome and report.outcome.partial:
            before += f": {report.words('at_least')}"
        return Headline(figures[0], figures[1:], self._extent(), before)

    def _sum(self, amounts: Iterable[Decimal], unit: str = "") -> Decimal:
        costs = [(t.currency or "", amount) for t, amount in zip(self._totals, amounts, strict=True)]
        return grand_total(costs, unit or self._code, self._report.per_usd, False).amount or Decimal(0)

    def _money(self) -> list[str]:
        """The currencies that the totals can be told in."""
        report, code = self._report, self._code
        wanted = dict.fromkeys((code, DOLLAR, *(rate.currency for rate in report.money)))
        return [unit for unit in wanted if unit == code or (_is_known(report, code) and report.per_usd(unit))]

    def _in_money(self) -> Iterator[Figure]:
        for unit in self._money():
            digits = None if unit in self._report.credits else decimals_of(unit)
            yield Figure(self._sum((t.reported for t in self._totals), unit), unit, digits)

    def _as_counted(self) -> Iterator[Figure]:
        """What was charged in credits that are none of these."""
        money = self._money()
        for code in dict.fromkeys(t.currency for t in self._totals if t.currency not in money):
            if code:
                yield Figure(exact_sum(t.reported for t in self._totals if t.currency == code), code)

    def _extent(self) -> str:
        """How that compares with what was due, and what is still awaited."""
        words, totals = self._report.words, self._totals
        extent = self._difference() if any(t.variance for t in totals) else words("charged.equal")
        awaited = self._sum(t.estimated_without_amount for t in totals)
        if awaited:
            extent += f" · {words('charged.awaited', due=_amount_text(self._report, awaited, self._code))}"
        return extent

    def _difference(self) -> str:
        report, totals, code = self._report, self._totals, self._code
        variance = self._sum(t.variance for t in totals)
        key, sign = ("charged.less", -1) if variance < 0 else ("charged.more", 1)
        difference = _amount_text(report, sign * variance, code)
        if len(totals) == 1:
            difference = _both(report, totals[0].currency or code, sign * totals[0].variance)
        due = self._sum(EXACT.subtract(t.reported, t.variance) for t in totals)
        return report.words(key, due=_amount_text(report, due, code), difference=difference)


def _biggest(report: Report) -> list[Finding]:
    """The finding of the largest difference: of all where money is known for all, else one a currency."""
    found: dict[str, Finding] = {}
    seen = [f for f in (report.outcome.findings if report.outcome else ()) if f.difference and f.currency]
    counted = [finding for finding in seen if not finding.ignored and finding.severity != "info"]

    def weight(finding: Finding) -> Decimal:
        return abs(finding.difference or Decimal(0)) / (report.per_usd(finding.currency or "") or 1)

    for finding in sorted(counted, key=lambda f: -weight(f)):  # of equal ones the first
        found.setdefault("" if _is_known(report, finding.currency) else finding.currency or "", finding)
    return list(found.values())


def _difference(report: Report, finding: Finding) -> Fact:
    place = " · ".join(n for n in (report.words(f"kind.{finding.kind}"), finding.job_id or finding.task_id) if n)
    return Fact(place, _both(report, finding.currency or "", finding.difference or Decimal(0), sign=True))


def _both(report: Report, code: str, amount: Decimal, sign: bool = False) -> str:
    """An amount in money, where that is known, and as it was counted."""
    plus = "+" if sign and amount > 0 else ""
    counted = f"{plus}{_amount_text(report, amount, code)}"
    money = grand_total([(code, amount)], report.asked, report.per_usd, False).amount
    if code == report.asked or money is None or not _is_known(report, code):
        return counted
    return f"{plus}{_amount_text(report, money, report.asked)} ({counted})"


def _amount_text(report: Report, amount: Decimal, code: str) -> str:
    """An amount and its currency; a tiny amount is not shown as 0.00."""
    least, most = digits_of(code, report.credits)
    if amount and not round_half_up(amount, Decimal(1).scaleb(-most)):
        most = _EVERY
    return f"{grouped(amount, report.words, least, most)} {code}"
