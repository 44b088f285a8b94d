"""Answers of a provider whose price book describes them: which paths lead to what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.amounts import EXACT
from kling_cost.bounded_cache import BoundedCache
from kling_cost.pricebook.answers.answer_paths import AnswerForm, AnswerPath, Paths
from kling_cost.pricebook.book import AnswerWords
from kling_cost.reconciliation.answers.answer import Facts, RequestFact, usable
from kling_cost.reconciliation.providers.answer_schema import (
    Body,
    Statement,
    Taker,
    created_at,
    facts_of,
    is_refusal,
    is_success,
    refusal_in,
    seconds_out,
    text,
)

#: An amount that is written as text.
_AMOUNT = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,30})?", re.ASCII)
_MARKS_OF_SUCCESS = ("code", "success", "status_code")
_NOTHING = Decimal(0)


Steps = tuple[tuple[str, bool], ...]
Found = tuple[AnswerPath, tuple[Any, ...]]


class Misfit(NamedTuple):
    """What keeps a path from being followed: something else than the object or the list that it leads through."""

    value: Any


def values_at(value: Any, steps: Steps) -> tuple[Any, ...]:
    """What stands at the end of a path; what is null, or not there, is left out, but not the entry of a list.

    >>> values_at({"billing": [{"amount": 1}, {}]}, (("billing", True), ("amount", False)))
    (1, Misfit(value=None))
    """
    for at, (name, each) in enumerate(steps, 1):
        if value.__class__ is not dict:
            return (Misfit(value),)
        value = value.get(name)
        if value is None:
            return ()
        if each:
            return _values_of_entries(value, steps[at:])
    return (value,)


def _values_of_entries(entries: Any, steps: Steps) -> tuple[Any, ...]:
    if entries.__class__ is not list:
        return (Misfit(entries),)
    return tuple([value for entry in entries for value in values_at(entry, steps) or (Misfit(None),)])


class DescribedAnswers:
    """Reads the answers of one provider.

    Args:
        provider: its id in the price book.
        words: what its words mean.
        form: where its answers state what.
    """

    def __init__(self, provider: str, words: AnswerWords, form: AnswerForm) -> None:
        self._provider, self._words, self._form = provider, words, form
        self._known: dict[tuple[Any, ...], Facts] = BoundedCache()  # of this book; another may name another unit
        self._read = (form.reserved, form.amount, form.refund, form.model, form.seconds, *[(p,) for p in form.where])

    def is_answer(self, body: Body) -> bool:
        """Whether a body looks in every respect like an answer about tasks, the words for where they stand included."""
        form = self._form
        if any(not _plain(body, (path,)) for path in form.has) or any(_plain(body, (path,)) for path in form.lacks):
            return False
        has_succeeded = any(_word(code) in form.success for code in _plain(body, form.code))
        if form.code and not has_succeeded:
            return False
        tasks, _ = self._tasks(body)
        return bool(tasks) and all(self._is_known(task, has_succeeded) for task in tasks)

    def _is_known(self, task: Any, has_succeeded: bool) -> bool:
        """Whether this is a task with a word that is known, or one of a call that succeeded and has no word yet."""
        status = self._status_of(task)
        if self._id_of(task) is None or not (status or has_succeeded):
            return False
        return all((word or "").lower() in self._words.states for word in status)

    def read(self, body: Body, to: Taker, stage: str | None, small_unit: bool) -> bool:
        """Hand on what a body says; False where it says nothing that is known."""
        tasks, is_list = self._tasks(body)
        if is_list:
            to.listing()
        elif not self._status_of(tasks[0]) and self._refusal(body, to):  # an id may be that of the call
            return True
        read_well = [self._task(task, to, stage, small_unit) for task in tasks]  # one that is none hides no other
        if tasks and all(read_well):
            return True
        return not any(read_well) and self._refusal(body, to)

    def _tasks(self, body: Body) -> tuple[list[Any], bool]:
        """What may be tasks, and whether they stand in a list."""
        for value in _plain(body, self._form.items):
            if value.__class__ is list:
                return value, True
            if value.__class__ is dict:
                return [value], False
        return [body], False

    def _id_of(self, task: Any) -> str | None:
        """The id of a task; None where this is none."""
        found = [_word(value) for value in _plain(task, self._form.task_id)]
        return found[0] if found and found[0] and not found[0].isspace() else None

    def _status_of(self, task: Any) -> list[str | None]:
        """The word for where a task stands, if there is one yet; None for what cannot be such a word."""
        return [_word(value) for value in _first(task, self._form.status)[1]]

    def _task(self, task: Any, to: Taker, stage: str | None, small_unit: bool) -> bool:
        """Hand on one task; False where this is none."""
        task_id, status = self._id_of(task), self._status_of(task)
        if task_id is None or None in status:
            return False
        found = tuple([_first(task, paths) for paths in self._read])
        classes = tuple([value.__class__ for _, values in found for value in values])  # true equals 1, and is none
        values = (self._provider, text(next(iter(status), None)), stage, small_unit, found, classes)
        created = next(iter(_plain(task, self._form.created)), None)
        to.task(task_id, facts_of(values, self._facts, self._known), created_at(created), None)
        return True

    def _facts(
        self, provider: str, status: str | None, stage: str | None, small_unit: bool, found: tuple[Found, ...], _: Any
    ) -> Facts:
        """The facts of the values that `_task` reads."""
        reserved, taken, refunded, model, seconds, *units = found
        statement = Statement()
        amounts = [self._amount(statement, *one) for one in (reserved, taken, refunded)]
        if any(amount is not None for amount in amounts):
            self._check_unit(statement, units)
        if statement.unusable:  # what is left would be too little
            amounts = [None, None, None]
        return Facts(
            provider,
            status,
            stage,
            None,
            amounts[0],
            None,
            amounts[1],
            amounts[2],
            (*_request_facts("model", text, *model), *_request_facts("duration", seconds_out, *seconds)),
            tuple(statement.unusable),
            small_unit and self._form.scale is None,
        )

    def _amount(self, statement: Statement, path: AnswerPath, values: tuple[Any, ...]) -> Decimal | None:
        """An amount, the sum of a list; None where none is stated, or one of them is unusable."""
        total = _NOTHING
        for value in values:
            amount = usable(Decimal(value) if value.__class__ is str and _AMOUNT.fullmatch(value) else value)
            if amount is None:
                _reject(statement, path, value)
                return None
            total = EXACT.add(total, amount)
        scale = self._form.scale
        return None if not values else total if scale is None else EXACT.multiply(total, scale)

    def _check_unit(self, statement: Statement, units: list[Found]) -> None:
        """Reject amounts where what says in which unit they are says something else, or nothing."""
        for (path, words), (_, values) in zip(self._form.where.items(), units, strict=True):
            wrong = [value for value in values or (None,) if _word(value) not in words]
            if wrong:
                _reject(statement, path, wrong[0])

    def _refusal(self, body: Body, to: Taker) -> bool:
        """Hand on a refusal; a code that means success is never one, whatever else stands there."""
        form = self._form
        codes = _plain(body, form.code)
        if any(_word(code) in form.success or is_success(code) for code in (*codes, *map(body.get, _MARKS_OF_SUCCESS))):
            return False
        path, errors = _first(body, form.error)
        errors = tuple([error for error in errors if error and not isinstance(error, Misfit)])
        code = next(iter(codes), path.text)
        refused = (code, None) if errors or is_refusal(code) else refusal_in(body)
        if refused is None:
            return False
        code, why = refused
        reasons = [reason for reason in (*_plain(body, form.message), *errors, why) if reason and text(reason)]
        to.refusal(code, next(iter(reasons), None))
        return True


def _reject(statement: Statement, path: AnswerPath, value: Any) -> None:
    statement.reject(path.text, value.value if isinstance(value, Misfit) else value)


def _request_facts(
    what: str, text_of: Callable[[Any], str | None], path: AnswerPath, values: tuple[Any, ...]
) -> Iterator[RequestFact]:
    """What was made, each thing that is said of it once."""
    for found in dict.fromkeys(map(text_of, values)):
        if found is not None:
            yield RequestFact(f"{what}_differs", what, path.text, found)


def _first(value: Any, paths: Paths) -> Found:
    """The first path that leads to something, and what stands there."""
    for path in paths:
        found = values_at(value, path.steps)
        if found:
            return path, found
    return _NOWHERE, ()


def _plain(value: Any, paths: Paths) -> list[Any]:
    """What stands at the first path that can be followed to its end."""
    for path in paths:
        found = [one for one in values_at(value, path.steps) if not isinstance(one, Misfit)]
        if found:
            return found
    return []


def _word(value: Any) -> str | None:
    """A word, or a number that stands for one."""
    return value if value.__class__ is str else str(value) if value.__class__ is int else None


_NOWHERE = AnswerPath("", ())
