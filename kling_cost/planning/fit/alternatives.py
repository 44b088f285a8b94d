"""What a job may become: every combination of the changes that rules allow, each priced by the pricer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from kling_cost.jobs.job import Ask, Job, ask_for
from kling_cost.planning.fit.kept_policies import KeptPolicies
from kling_cost.planning.rules.fitting.fit_rules import DROP, DURATION, QUALITY, SOUND, TAKES, MayChange
from kling_cost.pricebook.book import PRICED_OPTIONS
from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.pricing.pricer import Pricer
from kling_cost.problems import UsageError
from kling_cost.results.certainty import EXACT

_MOST = 100_000  # alternatives of one job
#: What may change of a request itself, in the order in which it is told.
REQUEST_PARTS = (QUALITY, SOUND, DURATION)
#: Inputs that fix the length and the sound of what is made of them.
_MATERIAL = ("video", "voice")
_Pains = dict[str, int]


class Alternative(NamedTuple):
    """What a job may become.

    Attributes:
        pain: how much that hurts, without any weight.
        takes: how many are made; 0 of a job that is dropped.
        parts: what changes of the request: which part, its new value and the pain of that.
        charge: what one take costs then.
        takes_pain: the pain of takes that are left out, or of the whole job where it is dropped.
    """

    pain: int
    takes: int
    parts: tuple[tuple[str, str, int], ...]
    charge: Charge
    takes_pain: int = 0


class _Request(NamedTuple):
    """What may be asked for instead, with how much that hurts and what one take costs."""

    pain: int
    parts: tuple[tuple[str, str, int], ...]
    charge: Charge


class AlternativeFinder:
    """Finds what jobs may become.

    Args:
        pricer: of the plan's price book and day.
        policies: which a changed job has to keep as it did before.
        may_move: whether a changed job may come under other limits.

    Attributes:
        used: the rules by which some job may become something else.
    """

    def __init__(self, pricer: Pricer, policies: KeptPolicies, may_move: bool = False) -> None:
        self._pricer, self.policies = pricer, policies
        # One that another is no worse than may be the one that keeps policies, or comes under no tight limit.
        self._keeps_every_request = bool(policies) or may_move
        self.used: set[MayChange] = set()
        self._known: dict[tuple[Any, ...], list[_Request]] = {}

    def alternatives(self, item: LineItem, may: Sequence[MayChange]) -> list[Alternative]:
        """The job as it is, then all that it may become, in a fixed order.

        Raises:
            UsageError: it may become too many things.
        """
        requests, takes = self._requests(item, may), _fewer_takes(item, may)
        self.used.update(rule for rule in may if _is_used(rule, item, requests))
        if not self._keeps_every_request:
            requests = _undominated(requests)
        if len(requests) * len(takes) > _MOST:
            raise UsageError(
                f"job {item.job_id}: rules allow more than {_MOST:,} alternatives; raise `down_to` of takes or duration"
            )
        found = [
            Alternative(pain + takes_pain, count, parts, charge, takes_pain)
            for pain, parts, charge in requests
            for count, takes_pain in takes.items()
        ]
        kept = found[1:]
        if self.policies:
            kept = [one for one in kept if self.policies.keep(item, changed_item(item, one))]
        drops = [rule.pain for rule in may if rule.change == DROP]
        dropped = [Alternative(min(drops), 0, (), item.charge, min(drops))] if drops else []
        return [found[0], *kept, *dropped]

    def _requests(self, item: LineItem, may: Sequence[MayChange]) -> list[_Request]:
        """The request as it is, then as it may be asked for instead; worked out once for all jobs that ask for it."""
        job = item.job
        key = (job.ask, job.date, *sorted(job.needs.items()), *may)
        if key not in self._known:
            self._known[key] = list(self._found(item, may))
        return self._known[key]

    def _found(self, item: LineItem, may: Sequence[MayChange]) -> Iterator[_Request]:
        axes = [list(_values(item, part, may).items()) for part in REQUEST_PARTS]
        for values in product(*([("", 0), *axis] for axis in axes)):
            parts = tuple(
                (part, value, pain) for part, (value, pain) in zip(REQUEST_PARTS, values, strict=True) if value
            )
            charge = self.charge(item, {part: value for part, value, _ in parts}) if parts else item.charge
            if charge is not None:
                yield _Request(sum(pain for _, _, pain in parts), parts, charge)

    def charge(self, item: LineItem, values: Mapping[str, str]) -> Charge | None:
        """What one take of a changed request costs; None where it is not for sale, or not at an exact price that
        nobody doubts."""
        job = item.job
        charge, problems = self._pricer.quote(changed_ask(job.ask, values), job.date)
        if charge is None or charge.certainty != EXACT or charge.currency != item.currency:
            return None
        known = {found.key for found in self._pricer.quote(job.ask, job.date).problems}
        doubted = charge.rate is not None and charge.rate.suspicious is not None
        return None if doubted or any(found.key not in known for found in problems) else charge


def changed_item(item: LineItem, to: Alternative) -> LineItem:
    """The line item of a job that becomes something else."""
    return LineItem(changed_job(item.job, to), to.charge)


def changed_job(job: Job, to: Alternative) -> Job:
    """A job that becomes something else."""
    if not to.parts:
        return job._replace(takes=to.takes)
    ask = changed_ask(job.ask, {part: value for part, value, _ in to.parts})
    return job._replace(ask=ask, takes=to.takes, request_digest=None)


def changed_ask(ask: Ask, values: Mapping[str, str]) -> Ask:
    """A request with other values, written out.

    >>> changed_ask(Ask("evolink", "kling-v3", 8), {"quality": "720p", "duration": "5"}).options
    (('quality', '720p'),)
    """
    given = dict(ask.options) | {name: value for name, value in values.items() if name != DURATION}
    names = [*(name for name in PRICED_OPTIONS if name in given), *(n for n in given if n not in PRICED_OPTIONS)]
    seconds = int(values[DURATION]) if DURATION in values else ask.duration
    options = tuple((name, given[name]) for name in names)
    return ask_for(ask.provider, ask.model, seconds, options, ask.shots, ask.checked_as, ask.name_field)


def _undominated(requests: Sequence[_Request]) -> list[_Request]:
    """Without those that hurt no less and cost no less than another; the first is the request as it is."""
    found: list[_Request] = []
    for request in sorted(requests, key=lambda one: (one.pain, one.charge.due)):
        if not found or request.charge.due < found[-1].charge.due:
            found.append(request)
    return found


def _is_used(rule: MayChange, item: LineItem, requests: Sequence[_Request]) -> bool:
    """Whether a job may become something by a rule."""
    if rule.change == TAKES:
        return (rule.down_to or 1) < item.takes
    parts = {part[:2] for request in requests for part in request.parts}
    return rule.change == DROP or any(part == rule.change and rule.to in (None, value) for part, value in parts)


def _values(item: LineItem, part: str, may: Sequence[MayChange]) -> _Pains:
    """What a part of a request may become, each with the least pain that a rule gives it."""
    now = item.charge.options.get(part)
    found: _Pains = {}
    if now is None or not _may_differ(item.job, part):
        return found
    for rule in may:
        if rule.change == part and rule.before in (None, now):
            for value, pain in _pains(item, rule, now):
                found[value] = min(pain, found.get(value, pain))
    found.pop(now, None)
    return dict(sorted(found.items()))


def _pains(item: LineItem, rule: MayChange, now: str) -> Iterator[tuple[str, int]]:
    """What a rule allows in place of a value."""
    if rule.change == DURATION:
        for seconds in range(rule.down_to or 1, int(now)):
            yield str(seconds), rule.pain * (int(now) - seconds)
    elif rule.to is not None:
        yield rule.to, rule.pain
    elif item.charge.rate is not None:
        yield from ((value, rule.pain) for value in item.charge.rate.options.get(rule.change, ()))


def _may_differ(job: Job, part: str) -> bool:
    """Whether a request may say something else of a part: what shots or other material fix stays as it is."""
    if part == QUALITY:
        return True
    if any(job.needs.get(name) for name in _MATERIAL):
        return False
    return part != DURATION or (job.ask.shots is None and not job.needs.get("multi_shot"))


def _fewer_takes(item: LineItem, may: Sequence[MayChange]) -> dict[int, int]:
    """How many takes may be made, each with the least pain that a rule gives it."""
    takes = item.takes
    found = {takes: 0}
    for rule in may:
        if rule.change == TAKES:
            for fewer in range(max(rule.down_to or 1, takes - _MOST), takes):
                pain = rule.pain * (takes - fewer)
                found[fewer] = min(pain, found.get(fewer, pain))
    return dict(sorted(found.items(), reverse=True))
