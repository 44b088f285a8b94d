"""From an estimate and the answers to a reconciliation."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from kling_cost.bounded_cache import BoundedCache
from kling_cost.io.sources import Source
from kling_cost.jobs.request_digest import differing
from kling_cost.pricebook.book import PriceBook, book_given
from kling_cost.pricebook.load import load_prices
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import LineItem
from kling_cost.problems import Problem, problem
from kling_cost.python_values import flag, instance, list_of
from kling_cost.reconciliation.answer_set import Responses, several
from kling_cost.reconciliation.discrepancies import Difference, difference, held_against
from kling_cost.reconciliation.explain import Explainer
from kling_cost.reconciliation.factors import explain_by_factors
from kling_cost.reconciliation.matched_tasks import Claimed, Orphan, age
from kling_cost.reconciliation.matching import Matching
from kling_cost.reconciliation.orphan_tasks import Strays, by_name
from kling_cost.reconciliation.other_plans import OtherTasks
from kling_cost.reconciliation.read_answers import read_responses
from kling_cost.reconciliation.result import Finding, Reconciliation
from kling_cost.reconciliation.rounded_charges import WholeCredits, is_told_together
from kling_cost.reconciliation.status_words import Meaning
from kling_cost.reconciliation.submitted_jobs import ALL, Submitted, submitted_of
from kling_cost.reconciliation.task_outcome import TaskJudge
from kling_cost.reconciliation.task_rows import Row, task_of
from kling_cost.reconciliation.task_totals import Totals
from kling_cost.reconciliation.tasks import Tasks
from kling_cost.results.document_types import estimate_sha256

_NOTHING = Decimal(0)
_FINE = Decimal(1).scaleb(-6)  # the step of a currency that the book does not know
_new: Any = tuple.__new__  # a named tuple without the Python function that its class wraps around it


def reconcile(
    estimate: Estimate,
    responses: Any,
    *,
    also: Iterable[PriceBook | str | os.PathLike[str]] = (),
    book: PriceBook | None = None,
    fail_on: Iterable[str] = (),
    ignore: Iterable[str] = (),
    only_mine: bool | None = None,
    submitted_until: date | str | None = None,
    submitted: str | os.PathLike[str] | Iterable[str] | Source | None = None,
) -> Reconciliation:
    """Hold what providers answered against what was due.

    Args:
        estimate: what was planned; it is not priced again.
        responses: what `read_responses` gives, or anything that it takes: a path, a DataFrame, parsed bodies.
        also: further price books that may explain an amount, by name or file, too; what one of them asks is expected.
        book: the price book that explains amounts; the estimate's, or the one that comes with the library.
        fail_on: the kinds of findings that count; every error if left out.
        ignore: kinds that do not count; they are still shown.
        only_mine: whether tasks that belong to no job of the plan are those of other plans, and told in one finding
            instead of one each; if left out, so are those that are known only from a list of the account's tasks.
        submitted_until: jobs that are dated later have not been submitted yet.
        submitted: the ids of the jobs that have been, or a file with one a line. That no answer has come for what is
            not submitted is no finding, and its cost stands apart from what is due.

    Returns:
        One row a take or task, every finding, exact totals. The order and the repetition of answers change nothing
        but the remark that an answer came more than once.

    Raises:
        ReadError, UsageError: as `read_responses`; an unknown kind or unit; a submitted job that is not in the plan.

    >>> import kling_cost as kc
    >>> plan = kc.estimate([{"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}])
    >>> usage = {"credits_reserved": 27, "billing_rule": "per_second"}
    >>> outcome = kc.reconcile(plan, [{"job_id": "a", "response": {"id": "t", "status": "pending", "usage": usage}}])
    >>> [(finding.kind, finding.severity) for finding in outcome.findings], outcome.exit_code
    ([('still_open', 'info')], 0)
    """
    instance(estimate, Estimate, "estimate", "an estimate, as estimate() and read_estimate() give it")
    read = responses if isinstance(responses, Responses) else read_responses(responses)
    known = book_given(book) or estimate.book or load_prices()
    given = list_of(also, "also", (PriceBook, str, os.PathLike), "a price book, or the name or path of one")
    books = [one if isinstance(one, PriceBook) else load_prices(one) for one in given]
    mine = None if only_mine is None else flag(only_mine, "only_mine")
    sent = submitted_of(estimate, submitted_until, submitted)
    made = Reconciler(estimate, read, known, books, mine, sent).result()
    return made.counting(fail_on, ignore)


class Reconciler:
    """Goes through the jobs once and collects rows, findings and totals.

    Args:
        estimate, responses: what was planned, and what was answered.
        book, also: whose prices explain amounts.
        only_mine: which tasks that belong to no job are those of other plans.
        submitted: which jobs have been submitted yet.
    """

    def __init__(
        self,
        estimate: Estimate,
        responses: Responses,
        book: PriceBook,
        also: Sequence[PriceBook] = (),
        only_mine: bool | None = None,
        submitted: Submitted = ALL,
    ) -> None:
        self._submitted = submitted
        self._estimate, self._responses, self._book = estimate, responses, book
        self._only_mine = only_mine
        self._meaning = Meaning(book)
        self._meaning.check_unit(responses.amount_unit)
        self._judge = TaskJudge(self._meaning, Explainer(book, also, estimate.as_of))
        self._matching = Matching(estimate, responses, self._judge)
        self._rows: list[Row] = []
        self._times: dict[int, int] = {}
        self._findings: list[Finding] = []
        self._totals = Totals()
        self._unanswered: dict[tuple[Any, ...], Difference] = {}
        self._reused: dict[int, list[tuple[Difference, str]]] = {}
        self._strays = Strays(estimate)
        self._orphaned: dict[tuple[Any, ...], Difference] = BoundedCache()
        self._collect()

    def _collect(self) -> None:
        """Rows and findings, each judged by itself."""
        of_no_job: list[Finding] = []
        for loser in sorted(self._matching.reused, key=lambda loser: (loser.job_id, loser.task_id)):
            found = difference("task_id_reused", owner=loser.owner, named=loser.job_id)
            if loser.at is not None:
                self._reused.setdefault(loser.at, []).append((found, loser.task_id))
            else:
                of_no_job.append(Finding(found, loser.job_id, loser.task_id))
        for at, item in enumerate(self._estimate.line_items):
            self._job(at, item)
        self._findings += of_no_job
        others = OtherTasks(self._only_mine)
        for orphan in sorted(self._matching.orphans, key=by_name):
            if others.has(orphan):
                others.add(orphan, *self._stated(orphan))
            else:
                self._orphan(orphan)
        self._findings += others.findings()

    @property
    def tasks(self) -> Tasks:
        """One row a take or task, as far as what was seen together has been told."""
        return Tasks(self._rows, self._times, lambda row: task_of(row, self._judge, self._responses))

    def amounts_seen(self, together: WholeCredits) -> None:
        """Show the differences of all tasks to what looks at them together."""
        for row in self._rows:
            for what in row.differences:
                together.add(row.item.charge.provider, what)

    def result(self) -> Reconciliation:
        """Everything, checked to add up."""
        together = WholeCredits()
        self.amounts_seen(together)
        of_all = together.told()
        if of_all:
            self._findings = [found for found in self._findings if not is_told_together(found.what)]
        explain_by_factors(self._findings, self._quantum)
        self._findings += [Finding(what, None, None) for what in of_all]
        totals = self._totals.result(self._estimate)
        problems = [*self._estimate.problems, *self._responses.problems, *self._unknown_words()]
        return Reconciliation(
            self.tasks,
            self._findings,
            totals,
            sorted(self._responses.balances, key=lambda b: (b.provider, b.source, b.row)),
            problems,
            self._estimate.partial or self._responses.broken > 0,
            self._estimate.price_book,
            estimate_sha256(self._estimate),
            estimate=self._estimate,
        )

    def _quantum(self, currency: str) -> Decimal:
        known = self._book.currencies.get(currency)
        return known.quantum if known else _FINE

    def _job(self, at: int, item: LineItem) -> None:
        """The rows and findings of one job."""
        tasks = self._matching.of(at)
        takes = item.job.takes
        if len(tasks) == 1 == takes and at not in self._reused:
            self._filled(item, tasks[0], True, ())
            return
        live = sorted((t for t in tasks if not t.charged.came_to_nothing), key=_first_with_amount)
        retried = sorted((t for t in tasks if t.charged.came_to_nothing), key=age)
        filling = [*live, *retried][:takes]
        for claimed in filling:
            self._filled(item, claimed, True, ())
        left = takes - len(filling)
        if left and not self._submitted.holds(item.job):
            self._totals.not_submitted(item.charge, left)
            left = 0
        if left or at in self._reused:
            self._unfilled(at, item, left, len(filling))
        for claimed in live[takes:]:
            beyond = self._beyond(item, claimed, len(live))
            self._filled(item, claimed, False, (beyond,))
        for claimed in retried[max(0, takes - len(live)) :]:
            self._filled(item, claimed, False, ())

    def _beyond(self, item: LineItem, claimed: Claimed, tasks: int) -> Difference:
        """That a task is one too many."""
        reported, currency, takes = claimed.charged.reported, item.charge.currency, item.job.takes
        if reported is None:
            return difference("duplicate_task", _NOTHING, None, currency, found=tasks, takes=takes)
        return held_against("duplicate_task", _NOTHING, reported, currency, found=tasks, takes=takes)

    def _filled(self, item: LineItem, claimed: Claimed, is_take: bool, more: tuple[Difference, ...]) -> None:
        """A take that a task fills, or a task beyond the takes."""
        charged = claimed.charged
        job, charge = item
        differences = (*charged.differences, *more) if more else charged.differences
        if job.echo is not None or self._responses.repeated or self._meaning.words[charge.provider].task_prefixes:
            differences = (*differences, *self._of_this_task(item, claimed))
        due = charge.cost if is_take else _NOTHING
        if differences:
            self._findings += [Finding(what, job.job_id, claimed.task_id) for what in differences]
        self._rows.append(_new(Row, (item, claimed, due, differences)))
        self._totals.count(charge, charged, is_take)

    def _of_this_task(self, item: LineItem, claimed: Claimed) -> Iterable[Difference]:
        """What is found about this very task: its id, the request that its answers repeat, repeated answers."""
        job, charge = item
        task_id = claimed.task_id
        prefix = self._meaning.prefix_of(charge.provider, task_id)
        if not self._meaning.fits(charge, prefix):
            own = self._meaning.own_prefix(charge)
            yield difference("wrong_task_prefix", own, prefix, model=charge.model)
        if job.echo is not None and not any(d.key == "echo_differs" for d in claimed.charged.differences):
            fields = [
                field
                for answer in several(claimed.answers)
                if answer.request is not None
                for field in differing(job.echo, answer.request)
            ]
            if fields:
                yield difference("echo_differs.other", None, None, field=f"data.request.{min(fields)}")
        for provider in (charge.provider, None):
            if (provider, task_id if task_id is not None else job.job_id) in self._responses.repeated:
                yield difference("duplicate_response")
                break

    def _unfilled(self, at: int, item: LineItem, left: int, found: int) -> None:
        """Takes of a job that nothing was answered about; one finding for all of them."""
        job, charge = item
        reused = self._reused.get(at, [])
        if left:
            key = (id(charge), left, found)
            what = self._unanswered.get(key)
            if what is None:
                due = charge.cost * left
                case = "unread" if self._responses.broken else "some" if found else "none"
                takes = found + left
                what = difference(f"missing_response.{case}", due, None, charge.currency, found=found, takes=takes)
                self._unanswered[key] = what
            self._findings.append(Finding(what, job.job_id, None))
            self._times[len(self._rows)] = left
            self._rows.append(Row(item, None, charge.cost, (what, *(other for other, _ in reused))))
            self._totals.unanswered(charge, left)
        self._findings += [Finding(what, job.job_id, task_id) for what, task_id in reused]

    def _orphan(self, orphan: Orphan) -> None:
        """A task of no line item: its amount stands outside every other figure."""
        amount, currency = self._stated(orphan)
        seller = orphan.job.provider if orphan.job is not None else ""
        key = (amount, currency, orphan.is_known, seller, orphan.provider, orphan.job_id)
        what = self._orphaned.get(key)
        if what is None:
            what = self._orphaned[key] = self._strays.difference(orphan, amount, currency)
        self._findings.append(Finding(what, orphan.job_id, orphan.task_id))
        if amount is not None:
            self._totals.orphan(orphan.provider, currency, amount)
        if (orphan.provider, orphan.task_id or orphan.job_id) in self._responses.repeated:
            self._findings.append(Finding(difference("duplicate_response"), orphan.job_id, orphan.task_id))

    def _stated(self, orphan: Orphan) -> tuple[Decimal | None, str | None]:
        """What a task of no line item was charged, and in what."""
        amount = self._judge.stated(orphan.provider, orphan.answers)
        return amount, self._meaning.currency_of(orphan.provider)

    def _unknown_words(self) -> list[Problem]:
        """One problem for each status word that no price book knows."""
        found: set[tuple[str, str]] = set()
        for provider, tasks in self._responses.tasks.items():
            words = {a.facts.status for answers in tasks.values() for a in several(answers)}
            found |= {(provider or "", w) for w in words if w and not self._meaning.knows(provider, w)}
        return [problem("not_allowed.status", "status", value=word) for _, word in sorted(found)]


def _first_with_amount(task: Claimed) -> tuple[Any, ...]:
    return (task.charged.reported is None, *age(task))
