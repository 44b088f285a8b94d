"""Which task fills which take of a job: one rule, for the tasks of one job and for arrays of all tasks alike.

Nothing here knows what a task is. Whole numbers and arrays of them go through the same expressions, so that objects
and frames cannot come to differ.
"""

from __future__ import annotations

from typing import Any

#: A task fills a take, is one too many, or came to nothing beside those that fill the takes.
STANDINGS = TAKE, BEYOND, RETRY = 0, 1, 2


def precedence(came_to_nothing: Any, without_amount: Any, *age: Any) -> tuple[Any, ...]:
    """What decides which tasks of a job come first, the weightiest first; the lower comes first.

    Args:
        came_to_nothing: it failed and cost nothing.
        without_amount: no answer states a usable amount.
        age: when it was created, and by what tasks of one moment are told apart.

    >>> sorted([precedence(True, False, 1), precedence(False, True, 1), precedence(False, False, 2)])[0]
    (False, False, 2)
    """
    return came_to_nothing, without_amount, *age


def standing(place: Any, takes: Any, came_to_nothing: Any) -> Any:
    """Where a task stands: `TAKE`, `BEYOND` or `RETRY`.

    Args:
        place: how many tasks of its job come before it.
        takes: how many the job has.
        came_to_nothing: it failed and cost nothing.

    >>> standing(0, 1, True), standing(1, 1, False), standing(1, 1, True)
    (0, 1, 2)
    """
    return (place >= takes) * (BEYOND + came_to_nothing)
