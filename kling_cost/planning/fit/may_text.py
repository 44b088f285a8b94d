"""Changes that a caller allows in a few words, such as `quality,sound,takes:2`, with pains of our own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kling_cost.jobs.spelling import closest
from kling_cost.planning.rules.fitting.fit_rules import DURATION, QUALITY, SELLER, SOUND, TAKES, MayChange
from kling_cost.planning.rules.tree_reader import WHOLE
from kling_cost.problems import UsageError, problem, shown
from kling_cost.python_values import list_of

#: How much each change hurts where no rule says it; of a take, and of a second, where these are changed.
BUILT_IN_PAINS: Mapping[str, int] = {QUALITY: 3, SOUND: 2, TAKES: 2, DURATION: 1, SELLER: 4}
_ON, _OFF = "on", "off"
_WITH_FLOOR = (TAKES, DURATION)


def may_given(may: str | Sequence[str] | None) -> tuple[MayChange, ...]:
    """The changes that are allowed in words.

    Quality may become the cheapest that is sold, sound may be turned off, and whoever sells the same product may make
    the video; takes and duration need their floor.

    Raises:
        UsageError: a word is not known, has no floor or one that it cannot have, or is said twice.

    >>> [(rule.change, rule.pain, rule.down_to) for rule in may_given("sound,takes:2")]
    [('sound', 2, None), ('takes', 2, 2)]
    """
    words = [word.strip() for text in list_of(may, "may") for word in text.split(",")]
    found = [_rule(word) for word in words]
    kinds = [rule.change for rule in found]
    twice = next((kind for kind in kinds if kinds.count(kind) > 1), None)
    if twice is not None:
        raise UsageError(f"may: {twice} is given more than once")
    return tuple(found)


def _rule(word: str) -> MayChange:
    kind, colon, floor = word.partition(":")
    pain = BUILT_IN_PAINS.get(kind)
    if pain is None:
        meant = closest(kind, BUILT_IN_PAINS)
        hint = f"did you mean {meant}?" if meant else f"use {', '.join(BUILT_IN_PAINS)}, or rules with `fit`"
        raise UsageError(f"may: unknown change {shown(kind) or 'without a name'}; {hint}")
    if kind in _WITH_FLOOR:
        if not re.fullmatch(WHOLE, floor, re.ASCII):
            least = problem("missing.least", kind)
            raise UsageError(f"may: {kind} needs the least that it may become, such as {kind}:2", problem=least)
        return MayChange(kind, pain, down_to=int(floor))
    if colon:
        raise UsageError(f"may: {kind} takes no number; for a value of your own, write rules with `fit`")
    return MayChange(kind, pain, before=_ON, to=_OFF) if kind == SOUND else MayChange(kind, pain)
