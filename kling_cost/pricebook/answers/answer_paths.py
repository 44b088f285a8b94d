"""Where a provider's answers state what: paths into its JSON, as a price book describes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from kling_cost.frozen import Frozen

#: A path such as `data.usage.cost`; `billing[].amount` leads to one value for each entry of a list.
ANSWER_PATH = r"[^\s.\[\]]+(?:\[\])?(?:\.[^\s.\[\]]+(?:\[\])?)*"
#: Keys of a provider's answers under which paths stand and nothing else, by the names that `AnswerForm` has, too.
PATH_KEYS = (
    "task_id", "status", "items", "amount", "reserved", "refund", "model", "seconds", "created", "error", "message",
    "has", "lacks",
)  # fmt: skip
_LONGEST = 200
_EACH = "[]"


class AnswerPath(NamedTuple):
    """A path into an answer.

    Attributes:
        text: as the book writes it.
        steps: the keys that lead there, and whether the entries of a list follow each.
    """

    text: str
    steps: tuple[tuple[str, bool], ...]

    @property
    def is_of_entries(self) -> bool:
        """Whether it leads to one value for each entry of a list."""
        return any(each for _, each in self.steps)


Paths = tuple[AnswerPath, ...]


class AnswerForm(NamedTuple):
    """Where a provider's answers state what; the first path of several that leads to a value counts.

    Attributes:
        task_id, status: of the task.
        items: where tasks stand that are not the answer itself: one, or a list of them. Paths that follow lead on from
            there, but for `code`, `error`, `message`, `has` and `lacks`.
        amount: what is held while the task is open, and what it was charged at the end.
        reserved: what is held, where that is stated apart.
        refund: what was given back, where that is stated apart.
        scale: how much of the currency one unit of the answers' amounts is; None where they are in the currency, or in
            the count that the book states for all answers.
        where: what has to stand in an answer whose amounts are in this unit.
        model, seconds: what was made.
        created: when the task was created.
        code, success: where a code stands, and those under which tasks are stated.
        error, message: where a refusal and its reason stand.
        has, lacks: what stands in every answer about a task, or in none.
    """

    task_id: Paths
    status: Paths
    items: Paths = ()
    amount: Paths = ()
    reserved: Paths = ()
    refund: Paths = ()
    scale: Decimal | None = None
    where: Mapping[AnswerPath, frozenset[str]] = Frozen()
    model: Paths = ()
    seconds: Paths = ()
    created: Paths = ()
    code: Paths = ()
    success: frozenset[str] = frozenset()
    error: Paths = ()
    message: Paths = ()
    has: Paths = ()
    lacks: Paths = ()

    @property
    def states_amounts(self) -> bool:
        """Whether its answers say at all what a task costs."""
        return bool(self.amount or self.reserved)


def is_path(text: str) -> bool:
    """Whether a text is a path.

    >>> is_path("data.usage.cost"), is_path("billing[].amount"), is_path("data..cost"), is_path("data[0].cost")
    (True, True, False, False)
    """
    return len(text) <= _LONGEST and re.fullmatch(ANSWER_PATH, text) is not None


def answer_path(text: str) -> AnswerPath:
    """Read a path.

    >>> answer_path("billing[].amount").steps
    (('billing', True), ('amount', False))
    """
    return AnswerPath(text, tuple((step.removesuffix(_EACH), step.endswith(_EACH)) for step in text.split(".")))
