"""Reconciliation: what was reserved, charged and refunded, compared with what was due, without remainder."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from kling_cost.amounts import EXACT, grouped_text, many
from kling_cost.messages.finding_messages import KINDS
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.grand_total import DOLLAR, GrandTotal, grand_total
from kling_cost.pricing.provenance import Stamp
from kling_cost.problems import EXIT_FINDING, EXIT_OK, SEVERITIES, Problem, UsageError, exit_code_of, shown
from kling_cost.python_values import list_of
from kling_cost.reconciliation.answers.answer import Event
from kling_cost.reconciliation.answers.answer_set import Balance
from kling_cost.reconciliation.findings.discrepancies import Difference, Expected
from kling_cost.reconciliation.findings.finding_text import finding_sentence
from kling_cost.results.document_types import estimate_sha256
from kling_cost.results.html_rows import html_rows
from kling_cost.results.record_types import TASK

if TYPE_CHECKING:
    import pandas as pd


class Finding(NamedTuple):
    """One thing that is not as it should be, or worth knowing.

    Attributes:
        what: the difference; tasks alike share it.
        job_id: the job; None for an orphan that names none.
        task_id: the task; None for a job without one.
        ignored: the caller does not count it.
    """

    what: Difference
    job_id: str | None
    task_id: str | None
    ignored: bool = False

    def __repr__(self) -> str:
        about = ", ".join(shown(name) for name in (self.job_id, self.task_id) if name is not None)
        by = "" if self.difference is None else f" by {grouped_text(self.difference)} {self.currency}"
        return f"<Finding {self.kind}{by}: {about or 'the whole'}>"

    @property
    def kind(self) -> str:
        """The kind from the closed list in docs/reference/findings.md, such as `over_reserved`."""
        return self.what.kind

    @property
    def severity(self) -> str:
        """`error`, `warning` or `info`; only errors count where nothing else is said."""
        return self.what.severity

    @property
    def expected(self) -> Expected:
        """What was due; of a stated fact, what was submitted."""
        return self.what.expected

    @property
    def reported(self) -> Expected:
        """What was stated."""
        return self.what.reported

    @property
    def difference(self) -> Decimal | None:
        """`reported` − `expected`; None where no amounts are compared."""
        return self.what.difference

    @property
    def currency(self) -> str | None:
        """Of the amounts; None for facts."""
        return self.what.currency

    @property
    def explained_by(self) -> tuple[str, ...]:
        """Every smallest change under which the amount would have been due."""
        return self.what.explained_by

    @property
    def message(self) -> str:
        """What is found, in English."""
        return finding_sentence(self).message

    @property
    def hint(self) -> str | None:
        """What to do about it, in English; None where the message says all."""
        return finding_sentence(self).hint or None

    @property
    def at_stake(self) -> Decimal:
        """How much money it is about, never negative; 0 for facts."""
        for amount in (self.what.difference, self.what.reported, self.what.expected):
            if isinstance(amount, Decimal):
                return abs(amount)
        return Decimal(0)


class Task(NamedTuple):
    """One take of a job with the task that fills it, or a task beyond the takes.

    Attributes:
        job_id: the job.
        task_id: None where no task fills the take, or where answers name none.
        provider: the provider's id.
        status: the provider's word; None without answer.
        state: `open`, `succeeded`, `failed`; `missing` without a task.
        estimated: what is due: the cost of one take, 0 for a task beyond the takes.
        reserved, settled: as stated last.
        refunded: what was given back.
        reported: the newest amount less refunds stated apart; None where none is usable.
        currency: of all amounts.
        matched_by: `job_id`, `task_id` or `alike`; None without a task.
        findings: kinds of findings about it.
        extra: what the caller put beside its answers.
        events: its reservations, settlements and refunds; empty in a reconciliation that was stored.
        created: the day on which it was created, in UTC; None where no answer says it.
    """

    job_id: str | None
    task_id: str | None
    provider: str
    status: str | None
    state: str
    estimated: Decimal
    reserved: Decimal | None
    settled: Decimal | None
    refunded: Decimal | None
    reported: Decimal | None
    currency: str
    matched_by: str | None
    findings: tuple[str, ...]
    extra: Mapping[str, object]
    events: tuple[Event, ...] = ()
    created: date | None = None

    def __repr__(self) -> str:
        reported = "no amount" if self.reported is None else grouped_text(self.reported)
        amounts = f"{reported} of {grouped_text(self.estimated)} {self.currency}"
        return f"<Task {shown(self.task_id or 'none')} of {shown(self.job_id or 'no job')}: {self.state}, {amounts}>"

    @property
    def variance(self) -> Decimal | None:
        """`reported` − `estimated`, positive when it cost more; None where no amount is usable."""
        return None if self.reported is None else EXACT.subtract(self.reported, self.estimated)


class ActualTotal(NamedTuple):
    """What a provider was due and what it took; all amounts in one currency, exact.

    `estimated − estimated_without_amount + variance = reported`; orphans stand outside every other figure.

    Attributes:
        provider, currency: whose.
        jobs: jobs with a line item.
        estimated: all takes of these jobs that have been submitted.
        without_amount: takes that have no usable amount.
        estimated_without_amount: what these are due.
        reported: newest amounts less refunds stated apart.
        variance: reported − estimated over takes and further tasks with an amount.
        orphans: amounts of tasks of no line item.
        refunded: what came back, as far as answers say so.
        open: reported of tasks without a final answer.
        rounding: sum of differences below 0.01.
        unexplained: sum of absolute differences that no single change explains.
        over, under, given_back: the variance by its reason: more than due, less than due, money that came back.
        not_submitted: takes that have not been submitted yet, as the caller says.
        estimated_not_submitted: what these will be due; it is in no other figure.
    """

    provider: str | None
    currency: str | None
    jobs: int
    estimated: Decimal
    without_amount: int
    estimated_without_amount: Decimal
    reported: Decimal
    variance: Decimal
    orphans: Decimal
    refunded: Decimal
    open: Decimal
    rounding: Decimal
    unexplained: Decimal
    over: Decimal
    under: Decimal
    given_back: Decimal
    not_submitted: int = 0
    estimated_not_submitted: Decimal = Decimal(0)

    @property
    def adds_up(self) -> bool:
        """Whether the identity holds, to the last digit."""
        with_amount = EXACT.subtract(self.estimated, self.estimated_without_amount)
        return EXACT.add(with_amount, self.variance) == self.reported


@dataclass(frozen=True, repr=False)
class Reconciliation:
    """Whether what was reserved, charged and refunded is what was due.

    Attributes:
        tasks: one row for each take and each task beyond the takes, in the order of the jobs.
        findings: in the order of the tasks; those of no task come last.
        totals: one for each provider and currency.
        balances: of accounts, as answers state them.
        problems: of the jobs and of the answers.
        partial: a job has no line item, or an answer could not be read.
        price_book: which prices the estimate was made with.
        stored_sha256: that hash, as a stored reconciliation keeps it; made from the estimate where it is None.
        fail_on: the kinds that count, if the caller names them; else every error counts.
        estimate: what was planned; None in a reconciliation that was stored.

    >>> import kling_cost as kc
    >>> job = {"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}
    >>> usage = {"credits_reserved": 40.5}
    >>> answer = {"job_id": "a", "response": {"id": "task-1", "status": "pending", "usage": usage}}
    >>> outcome = kc.reconcile(kc.estimate([job]), kc.read_responses([answer]))
    >>> [(finding.kind, str(finding.difference), finding.explained_by) for finding in outcome.errors]
    [('over_reserved', '13.5000', ('sound=on',))]
    """

    tasks: Sequence[Task]
    findings: Sequence[Finding]
    totals: Sequence[ActualTotal]
    balances: Sequence[Balance]
    problems: Sequence[Problem]
    partial: bool
    price_book: Stamp
    stored_sha256: str | None = field(repr=False, compare=False)
    fail_on: frozenset[str] = frozenset()
    estimate: Estimate | None = None

    @cached_property
    def estimate_sha256(self) -> str:
        """Hash of the estimate as `estimate -o FILE.json` writes it; made when it is asked for."""
        stored = self.stored_sha256 or ""
        return stored if stored or self.estimate is None else estimate_sha256(self.estimate)

    @cached_property
    def errors(self) -> list[Finding]:
        """The findings that count: every error, or the kinds that the caller named; ignored ones never do."""
        return [finding for finding in self.findings if counts(finding, self.fail_on)]

    @cached_property
    def warnings(self) -> list[Finding]:
        """Differences that are explained, and still worth a look."""
        return [finding for finding in self.findings if finding.severity == "warning" and not finding.ignored]

    @property
    def totals_in(self) -> GrandTotal:
        """All that was charged, in dollars as far as rates are known; takes without an amount come on top."""
        per_usd = {code: rate.per_usd for code, rate in self.price_book.exchange.items()} | {DOLLAR: Decimal(1)}
        costs: dict[str, Decimal] = {}
        for total in self.totals:
            if total.jobs and total.currency is not None:
                costs[total.currency] = EXACT.add(costs.get(total.currency, Decimal(0)), total.reported)
        open_ended = self.partial or any(total.without_amount for total in self.totals)
        return grand_total(costs.items(), DOLLAR, per_usd.get, open_ended)

    @property
    def exit_code(self) -> int:
        """5 or 4 where a job or an answer is invalid or unpriced, 6 where a finding counts, else 0."""
        return exit_code_of(self.problems) or (EXIT_FINDING if self.errors else EXIT_OK)

    @property
    def exit(self) -> int:
        """The same under the name that it has in JSON."""
        return self.exit_code

    def counting(self, fail_on: Iterable[str] = (), ignore: Iterable[str] = ()) -> Reconciliation:
        """The same, with other kinds of findings counting.

        Args:
            fail_on: only these kinds count; every error if empty.
            ignore: these kinds do not count; they are still shown.

        Raises:
            UsageError: there is no such kind.
        """
        failing, ignored = frozenset(list_of(fail_on, "fail_on")), frozenset(list_of(ignore, "ignore"))
        check_kinds(failing | ignored)
        findings = self.findings
        if ignored or any(finding.ignored for finding in findings):
            findings = [f._replace(ignored=f.kind in ignored) for f in findings]
        return replace(self, findings=findings, fail_on=failing)

    def __repr__(self) -> str:
        return f"<Reconciliation: {self._told()}>"

    def _told(self) -> str:
        told = [many(len(self.tasks), "task"), many(len(self.errors), "error"), many(len(self.warnings), "warning")]
        told += [f"variance {grouped_text(t.variance)} {t.currency}" for t in self.totals if t.jobs and t.currency]
        told += [many(len(self.problems), "problem")] * bool(self.problems)
        return ", ".join(told)

    def _repr_html_(self) -> str:
        names = ("kind", "severity", "job_id", "task_id", "expected", "reported", "difference", "currency")
        shown_first = sorted(self.findings, key=lambda found: SEVERITIES.index(found.severity))
        rows = html_rows(names, ([getattr(found, name) for name in names] for found in shown_first))
        return f"<p>{escape(self._told())}</p>{rows}"

    def to_frame(self) -> pd.DataFrame:
        """The tasks as a pandas DataFrame; amounts are exact Arrow decimals, unknown ones are missing.

        >>> import kling_cost as kc
        >>> job = {"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}
        >>> kc.reconcile(kc.estimate([job]), kc.read_responses([])).to_frame().loc[0, "findings"]
        'missing_response'
        """
        from kling_cost.results.arrow_tables import arrow_table, pandas_frame

        return pandas_frame(arrow_table(TASK, self.tasks))


def check_kinds(kinds: Iterable[str]) -> None:
    """Refuse kinds of findings that there are not.

    Raises:
        UsageError: there is no such kind.

    >>> check_kinds(["over_reserved"])
    """
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise UsageError(f"unknown kind of finding {', '.join(map(repr, unknown))}; the kinds are: {', '.join(KINDS)}")


def counts(finding: Finding, fail_on: Collection[str]) -> bool:
    """Whether a finding asks a script to stop."""
    return not finding.ignored and (finding.kind in fail_on if fail_on else finding.severity == "error")
