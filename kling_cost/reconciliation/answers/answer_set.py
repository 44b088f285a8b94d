"""The answers by task; an answer that comes again counts once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.amounts import many
from kling_cost.jobs.id_likeness import composed
from kling_cost.problems import Problem, problem
from kling_cost.reconciliation.answers.answer import Answer, Facts, usable
from kling_cost.reconciliation.providers.answer_schema import Body

_ROW_BITS = 40
_FEW = 8  # answers of one task that are compared one by one
_new: Any = tuple.__new__  # a named tuple without the Python function that its class wraps around it

#: One answer of a task, or several that differ.
Answers = Answer | list[Answer]


class Balance(NamedTuple):
    """What an account holds, as an answer states it; shown beside the tasks, matched with none.

    Attributes:
        provider: the provider's id.
        source, row: where it stands.
        account_remaining, account_used: of the account, in the provider's currency.
        key_remaining, key_used: of the key that asked; its own limit, not the account's.
    """

    provider: str
    source: str
    row: int
    account_remaining: Decimal | None
    account_used: Decimal | None
    key_remaining: Decimal | None
    key_used: Decimal | None


class Responses:
    """Answers of providers, read and not yet compared; made by `read_responses`.

    Attributes:
        sources: names of the files.
        tasks: answers by provider and task id.
        loose: answers that name a job but no task, by provider and job id.
        repeated: provider and id of tasks of which an answer came more than once.
        problems: broken lines, refusals, unusable amounts.
        balances: of accounts.
        broken: how many lines or rows could not be read.
        amount_unit: the smaller unit in which amounts are stated, as the caller says; None for credits.

    >>> import kling_cost as kc
    >>> answers = kc.read_responses([{"id": "task-1", "status": "pending", "usage": {"credits_reserved": 27}}])
    >>> len(answers), answers.problems
    (1, [])
    """

    def __init__(self, amount_unit: str | None = None) -> None:
        self.sources: list[str] = []
        self.tasks: dict[str | None, dict[str, Answers]] = {}
        self.loose: dict[tuple[str | None, str], Answers] = {}
        self.repeated: set[tuple[str | None, str]] = set()
        self.problems: list[Problem] = []
        self.balances: list[Balance] = []
        self.broken = 0
        self.amount_unit = amount_unit

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if isinstance(other, Responses) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it grows while it is read

    def __repr__(self) -> str:
        return f"<Responses: {many(len(self), 'task')}, {many(len(self.problems), 'problem')}>"

    def __len__(self) -> int:
        return sum(len(tasks) for tasks in self.tasks.values()) + len(self.loose)

    def place(self, answer: Answer) -> tuple[str, int]:
        """Source and line of an answer."""
        return self.sources[answer.place >> _ROW_BITS], answer.place & ((1 << _ROW_BITS) - 1)


def several(answers: Answers) -> list[Answer]:
    """Answers as a list, one or more."""
    return [answers] if answers.__class__ is Answer else answers  # type: ignore[return-value]


class AnswerCollector:
    """Takes what the readers read, at the place where the caller says that they read it.

    Args:
        to: what is filled.
    """

    def __init__(self, to: Responses) -> None:
        self.responses = to
        self._source = ""
        self._base = self.row = 0
        self._tasks_of: str | None = ""
        self._tasks: dict[str, Answers] = {}
        self._many: dict[int, dict[tuple[Any, ...], int]] = {}
        self._balances: set[tuple[Any, ...]] = set()
        self.job_id: str | None = None
        self.provider: str | None = None
        self.extra: dict[str, Any] | None = None
        self.listed = False

    def begin(self, source: str) -> None:
        """All that follows comes from another source."""
        self._source, self._base = source, len(self.responses.sources) << _ROW_BITS
        self.responses.sources.append(source)

    def at(self, row: int, provider: str | None, job_id: str | None, extra: dict[str, Any] | None) -> None:
        """All that follows comes from another line, and what the caller put around it."""
        self.row, self.provider, self.job_id, self.extra = row, provider, job_id, extra
        self.listed = False

    def listing(self) -> None:
        """All tasks of this line come from a list, which may hold those of the whole account."""
        self.listed = True

    def task(
        self,
        task_id: Any,
        facts: Facts,
        created: int | Decimal | None,
        request: Body | None,
        external_id: str | None = None,
    ) -> None:
        """An answer about a task."""
        for field, value in facts.unusable:
            self.note(problem("wrong_type.amount", field, amount=value))
        job_id = self.job_id
        if job_id is not None and not job_id.isascii():
            job_id = self.job_id = composed(job_id)
        values = (facts, job_id, created, request, self._base | self.row, self.extra, external_id, self.listed)
        answer: Answer = _new(Answer, values)
        if task_id.__class__ is not str or not task_id or task_id.isspace():
            self._without_task_id(answer)
            return
        provider = facts.provider
        if provider != self._tasks_of:
            self._tasks_of, self._tasks = provider, self.responses.tasks.setdefault(provider, {})
        task_id = composed(task_id)
        known = self._tasks.setdefault(task_id, answer)
        if known is not answer:
            self._tasks[task_id] = self._joined(known, answer, (provider, task_id))

    def _without_task_id(self, answer: Answer) -> None:
        """Answers that name a job and no task are about one task of that job."""
        if answer.job_id is None:
            self.broken(problem("unreadable.no_task"))
            return
        key, loose = (answer.facts.provider, answer.job_id), self.responses.loose
        known = loose.setdefault(key, answer)
        if known is not answer:
            loose[key] = self._joined(known, answer, key)

    def balance(self, account: Body, token: Body) -> None:
        """The balance of an account and of the key that asked; the same one counts once."""
        amounts = [usable(part.get(key)) for part in (account, token) for key in ("remaining_credits", "used_credits")]
        if (self.provider, *amounts) not in self._balances:
            self._balances.add((self.provider, *amounts))
            self.responses.balances.append(Balance(self.provider or "", self._source, self.row, *amounts))

    def refusal(self, code: Any, message: Any) -> None:
        """The provider says that it refused; there is no task."""
        self.note(problem("refused.by_provider", "", answer=code, why=message))

    def broken(self, found: Problem) -> None:
        """A line or row that cannot be read."""
        self.responses.broken += 1
        self.note(found)

    def note(self, found: Problem) -> None:
        """A problem of the line that is being read."""
        self.responses.problems.append(found.at(self.job_id, self._source, self.row))

    def _joined(self, known: Answers, answer: Answer, key: tuple[str | None, str]) -> Answers:
        """The answers of a task with one more, or the same ones where it is none of its own."""
        if isinstance(known, Answer):
            if not known.same_as(answer):
                if answer.job_id is not None and answer.job_id == known.job_id:  # one text for both
                    answer = answer._replace(job_id=known.job_id)
                return [known, answer]
            self.responses.repeated.add(key)
            return _merged(known, answer)
        at = self._place_among(known, answer)
        if at is None:
            known.append(answer)
        else:
            self.responses.repeated.add(key)
            known[at] = _merged(known[at], answer)
        return known

    def _place_among(self, known: list[Answer], answer: Answer) -> int | None:
        """Where several answers hold the same one already."""
        if len(known) < _FEW:
            return next((at for at, other in enumerate(known) if other.same_as(answer)), None)
        return self._place_among_many(known, answer)

    def _place_among_many(self, many: list[Answer], answer: Answer) -> int | None:
        """Where a task of very many answers has the same one already; each is looked up, not searched."""
        seen = self._many.get(id(many))
        if seen is None:
            seen = self._many[id(many)] = {_identity(other): at for at, other in enumerate(many)}
        identity = _identity(answer)
        at = seen.get(identity)
        if at is None:
            seen[identity] = len(many)
        return at


def _merged(known: Answer, again: Answer) -> Answer:
    """An answer that came again, with what was put beside it."""
    if again.extra != known.extra and _text(again.extra) < _text(known.extra):
        known = known._replace(extra=again.extra)
    if known.listed and not again.listed:  # it was asked for by itself, too
        known = known._replace(listed=False)
    return known


def _identity(answer: Answer) -> tuple[Any, ...]:
    return (answer.facts, answer.job_id, answer.created, answer.request and repr(answer.request), answer.external_id)


def _text(extra: Mapping[str, Any] | None) -> str:
    return json.dumps(extra, sort_keys=True, default=str)
