"""From an estimate and the answers to a reconciliation."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from kling_cost.bounded_cache import BoundedCache
from kling_cost.io.sources import Source
from kling_cost.jobs.job import Job
from kling_cost.jobs.request_digest import differing
from kling_cost.pricebook.book import PriceBook, book_given
from kling_cost.pricebook.load import load_prices
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.problems import Problem, problem
from kling_cost.python_values import flag, instance, list_of
from kling_cost.reconciliation.answers.answer_set import Responses, several
from kling_cost.reconciliation.answers.read_answers import responses_given
from kling_cost.reconciliation.answers.status_words import StatusWords
from kling_cost.reconciliation.findings.common_causes import WholeCredits, explain_by_factors, is_told_together
from kling_cost.reconciliation.findings.discrepancies import Difference, difference, held_against
from kling_cost.reconciliation.findings.explain import Explainer
from kling_cost.reconciliation.matching.allocate import BEYOND, TAKE
from kling_cost.reconciliation.matching.match_tasks import Matching
from kling_cost.reconciliation.matching.matched_tasks import MatchedTask, Orphan, allocated
from kling_cost.reconciliation.matching.orphan_tasks import OrphanReasons, OtherPlans, by_name
from kling_cost.reconciliation.matching.submitted_jobs import ALL, Submitted, submitted_of
from kling_cost.reconciliation.result import Finding, Reconciliation
from kling_cost.reconciliation.task_outcome import TaskOutcomes
from kling_cost.reconciliation.task_rows import Row, TaskRows, due_of, task_of
from kling_cost.reconciliation.task_totals import Totals

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
            Where the first one does not describe a provider's answers, theirs counts.
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
    instance(estimate, Estimate, "estimate", "an estimate from estimate() or read_estimate()")
    known = book_given(book) or estimate.book or load_prices()
    given = list_of(also, "also", (PriceBook, str, os.PathLike), "a price book, or the name or path of one")
    books = [one if isinstance(one, PriceBook) else load_prices(one) for one in given]
    read = responses_given(responses, [known, *books])
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
        self._estimate, self._responses, self._book = estimate, responses, book
        self._only_mine, self._submitted = only_mine, submitted
        self._words = StatusWords(book, also)
        self._words.check_unit(responses.amount_unit)
        self._outcomes = TaskOutcomes(self._words, Explainer(book, also, estimate.as_of))
        self._matching = Matching(estimate, responses, self._outcomes)
        self._orphan_reasons = OrphanReasons(estimate)
        self._totals = Totals()
        self._rows: list[Row] = []
        self._times: dict[int, int] = {}
        self._findings: list[Finding] = []
        self._missing: dict[tuple[Any, ...], Difference] = {}
        self._reused: dict[int, list[tuple[Difference, str]]] = {}
        self._orphaned: dict[tuple[Any, ...], Difference] = BoundedCache()
        self._collect()

    def _collect(self) -> None:
        """Rows and findings, each task by itself."""
        of_no_job: list[Finding] = []
        for reused in sorted(self._matching.reused, key=lambda reused: (reused.job_id, reused.task_id)):
            found = difference("task_id_reused", owner=reused.owner, named=reused.job_id)
            if reused.at is not None:
                self._reused.setdefault(reused.at, []).append((found, reused.task_id))
            else:
                of_no_job.append(Finding(found, reused.job_id, reused.task_id))
        for at, item in enumerate(self._estimate.line_items):
            self._job(at, item)
        self._findings += of_no_job
        other_plans = OtherPlans(self._only_mine)
        for orphan in sorted(self._matching.orphans, key=by_name):
            if other_plans.has(orphan):
                other_plans.add(orphan, *self._amount_of(orphan))
            else:
                self._orphan(orphan)
        self._findings += other_plans.findings()

    @property
    def tasks(self) -> TaskRows:
        """One row for each take or task, once differences that tasks share have been reported."""
        return TaskRows(self._rows, self._times, lambda row: task_of(row, self._outcomes, self._responses))

    def amounts_seen(self, together: WholeCredits) -> None:
        """Show the differences of all tasks to what looks at them together."""
        for row in self._rows:
            for found in row.differences:
                together.add(row.item.charge.provider, found)

    def result(self) -> Reconciliation:
        """Everything, checked to add up."""
        together = WholeCredits()
        self.amounts_seen(together)
        of_all = together.told()
        if of_all:
            self._findings = [found for found in self._findings if not is_told_together(found.what)]
        explain_by_factors(self._findings, self._quantum)
        self._findings += [Finding(found, None, None) for found in of_all]
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
            None,
            estimate=self._estimate,
        )

    def _quantum(self, currency: str) -> Decimal:
        known = self._book.currencies.get(currency)
        return known.quantum if known else _FINE

    def _job(self, at: int, item: LineItem) -> None:
        """The rows and findings of one job."""
        tasks, takes = self._matching.of(at), item.job.takes
        if len(tasks) == 1 == takes and at not in self._reused:  # by far the most
            self._task(item, tasks[0], TAKE)
        else:
            self._takes(at, item, allocated(tasks, takes))

    def _takes(self, at: int, item: LineItem, tasks: Sequence[tuple[MatchedTask, int]]) -> None:
        """The takes of a job, and the tasks beyond them."""
        takes = item.job.takes
        for task, _ in tasks[:takes]:
            self._task(item, task, TAKE)
        left = max(0, takes - len(tasks))
        if left or at in self._reused:
            self._unfilled(at, item, left, takes - left)
        live = sum(not task.outcome.came_to_nothing for task, _ in tasks)
        for task, standing in tasks[takes:]:
            self._task(item, task, standing, (self._beyond(item, task, live),) if standing == BEYOND else ())

    def _beyond(self, item: LineItem, task: MatchedTask, found: int) -> Difference:
        """That a task is one too many."""
        reported, currency, takes = task.outcome.reported, item.charge.currency, item.job.takes
        if reported is None:
            return difference("duplicate_task", _NOTHING, None, currency, found=found, takes=takes)
        return held_against("duplicate_task", _NOTHING, reported, currency, found=found, takes=takes)

    def _task(self, item: LineItem, task: MatchedTask, standing: int, more: tuple[Difference, ...] = ()) -> None:
        """A take that a task fills, or a task beyond the takes."""
        job, charge = item
        differences = (*task.outcome.differences, *more) if more else task.outcome.differences
        if (
            job.request_digest is not None
            or self._responses.repeated
            or self._words.by_provider[charge.provider].task_prefixes
        ):
            differences = (*differences, *self._of_this_task(item, task))
        if differences:
            self._findings += [Finding(found, job.job_id, task.task_id) for found in differences]
        self._rows.append(_new(Row, (item, task, due_of(charge, standing), differences)))
        self._totals.count(charge, task.outcome, standing == TAKE)

    def _of_this_task(self, item: LineItem, task: MatchedTask) -> Iterable[Difference]:
        """What is found about this very task: its id, the request that its answers repeat, repeated answers."""
        job, charge = item
        prefix = self._words.prefix_of(charge.provider, task.task_id)
        if not self._words.fits(charge, prefix):
            yield difference("wrong_task_prefix", self._words.own_prefix(charge), prefix, model=charge.model)
        field = self._differing_field(job, task)
        if field is not None:
            yield difference("echo_differs.other", None, None, field=f"data.request.{field}")
        task_id = task.task_id if task.task_id is not None else job.job_id
        if not self._responses.repeated.isdisjoint(((charge.provider, task_id), (None, task_id))):
            yield difference("duplicate_response")

    def _differing_field(self, job: Job, task: MatchedTask) -> str | None:
        """A field of the request that an answer repeats differently, unless one that matters is reported already."""
        if job.request_digest is None or any(found.key == "echo_differs" for found in task.outcome.differences):
            return None
        requests = [answer.request for answer in several(task.answers) if answer.request is not None]
        return min((field for request in requests for field in differing(job.request_digest, request)), default=None)

    def _unfilled(self, at: int, item: LineItem, left: int, filled: int) -> None:
        """Takes of a job that nothing was answered about, and tasks that it names and that belong to another."""
        job, charge = item
        reused = self._reused.get(at, [])
        if left and not self._submitted.holds(job):
            self._totals.not_submitted(charge, left)
        elif left:
            missing = self._missing_takes(charge, left, filled)
            self._findings.append(Finding(missing, job.job_id, None))
            self._times[len(self._rows)] = left
            self._rows.append(Row(item, None, charge.due, (missing, *(found for found, _ in reused))))
            self._totals.unanswered(charge, left)
        self._findings += [Finding(found, job.job_id, task_id) for found, task_id in reused]

    def _missing_takes(self, charge: Charge, left: int, filled: int) -> Difference:
        """One finding for all takes of a job; equal jobs share it."""
        key = (id(charge), left, filled)
        found = self._missing.get(key)
        if found is None:
            case = "unread" if self._responses.broken else "some" if filled else "none"
            due, takes = charge.due * left, filled + left
            found = difference(f"missing_response.{case}", due, None, charge.currency, found=filled, takes=takes)
            self._missing[key] = found
        return found

    def _orphan(self, orphan: Orphan) -> None:
        """A task without a line item: no other figure includes its amount."""
        amount, currency = self._amount_of(orphan)
        seller = orphan.job.provider if orphan.job is not None else ""
        key = (amount, currency, orphan.is_known, seller, orphan.provider, orphan.job_id)
        found = self._orphaned.get(key)
        if found is None:
            found = self._orphaned[key] = self._orphan_reasons.difference(orphan, amount, currency)
        self._findings.append(Finding(found, orphan.job_id, orphan.task_id))
        if amount is not None:
            self._totals.orphan(orphan.provider, currency, amount)
        if (orphan.provider, orphan.task_id or orphan.job_id) in self._responses.repeated:
            self._findings.append(Finding(difference("duplicate_response"), orphan.job_id, orphan.task_id))

    def _amount_of(self, orphan: Orphan) -> tuple[Decimal | None, str | None]:
        """What a task of no line item was charged, and in what."""
        amount = self._outcomes.amount_of(orphan.provider, orphan.answers)
        return amount, self._words.currency_of(orphan.provider)

    def _unknown_words(self) -> list[Problem]:
        """One problem for each status word that the price book does not have."""
        found: set[tuple[str, str]] = set()
        for provider, tasks in self._responses.tasks.items():
            words = {answer.facts.status for answers in tasks.values() for answer in several(answers)}
            found |= {(provider or "", word) for word in words if word and not self._words.knows(provider, word)}
        return [problem("not_allowed.status", "status", value=word) for _, word in sorted(found)]
