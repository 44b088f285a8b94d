"""For a page's script: how much a change hurts on each job, and the suggestions as buttons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kling_cost.planning.fit.job_cohorts import FitRuleIndex
from kling_cost.planning.fit.may_text import BUILT_IN_PAINS
from kling_cost.planning.fit.single_changes.suggestions import Suggestion
from kling_cost.planning.rules.fitting.fit_rules import (
    DURATION,
    NO_FIT,
    QUALITY,
    SOUND,
    TAKES,
    FitRules,
    MayChange,
)
from kling_cost.pricing.line_item import LineItem
from kling_cost.problems import shown
from kling_cost.reporting.number_format import grouped
from kling_cost.reporting.parts.fit.fit_tables import change_name
from kling_cost.reporting.report import Report

#: What a kind of change is called in a page's script.
PAGE_NAMES = {QUALITY: "quality", SOUND: "sound", DURATION: "seconds", TAKES: "each"}
_CHEAPER = "*"  # any value that makes a job cheaper
_LONGEST_NAME = 60


class PainIndex:
    """How much changes hurt on jobs; those on which they hurt alike share a number.

    Args:
        report: whose rules count; where they allow nothing, the pains are the built-in ones.

    Attributes:
        profiles: for each number, rules by what they change, each with what it needs to be one of, and its points.
    """

    def __init__(self, report: Report) -> None:
        rules = report.verdict.may if report.verdict else NO_FIT
        if not rules.may:
            built_in = (MayChange(change, pain, down_to=1) for change, pain in BUILT_IN_PAINS.items())
            rules += FitRules(tuple(built_in))
        self._index = FitRuleIndex(rules)
        self._numbers: dict[int, int] = {}
        self.profiles: list[list[list[Any]]] = []

    def of(self, item: LineItem) -> int:
        """The number of a job."""
        bits = self._index.bits(item)
        at = self._numbers.setdefault(bits, len(self._numbers))
        if at == len(self.profiles):
            weight = self._index.weight(bits)
            rules = (rule for rule in self._index.may(bits) if rule.change in PAGE_NAMES)
            self.profiles.append([_points(rule, weight) for rule in rules])
        return at


def _points(rule: MayChange, weight: int) -> list[Any]:
    """A rule for a script: what it changes, from and to which value, and its points."""
    name = PAGE_NAMES[rule.change]
    if rule.change in (DURATION, TAKES):
        return [name, None, rule.down_to or 1, weight * rule.pain]
    return [name, rule.before, rule.to or _CHEAPER, weight * rule.pain]


def suggestion_buttons(report: Report, items: Iterable[LineItem]) -> list[dict[str, Any]]:
    """The suggestions that a page can try, each with the number of its line and a label."""
    found = report.verdict.suggestions if report.verdict else ()
    wanted = {(one.job_id, one.source, one.row) for one in found}
    places = ((number, (job.job_id, job.source, job.row)) for number, (job, _) in enumerate(items) if wanted)
    lines = {named: number for number, named in places if named in wanted}
    buttons = ((one, lines.get((one.job_id, one.source, one.row))) for one in found if one.change in PAGE_NAMES)
    return [_button(one, line, report) for one, line in buttons if line is not None]


def _button(one: Suggestion, line: int, report: Report) -> dict[str, Any]:
    words = report.words
    label = words(
        "what_if.suggestion",
        job=shown(one.job_id or "", _LONGEST_NAME),
        change=change_name(one.change, words),
        before=one.before or "",
        to=one.to or "",
        saves=f"{grouped(one.saves, words)} {one.currency}",
    )
    return {"line": line, "name": PAGE_NAMES[one.change], "to": one.to, "label": label}
