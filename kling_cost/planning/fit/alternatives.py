"""What a job may become: every combination of the changes that rules allow, each priced by the pricer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any, NamedTuple

from kling_cost.jobs.job import Ask, Job, with_values
from kling_cost.planning.fit.kept_policies import KeptPolicies
from kling_cost.planning.fit.sellers.seller_moves import Move, SellerMoves
from kling_cost.planning.rules.fitting.fit_rules import DROP, DURATION, QUALITY, SELLER, SOUND, TAKES, MayChange
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.charging.adjusted_charges import volume_notes
from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.pricing.pricer import Pricer
from kling_cost.problems import UsageError
from kling_cost.results.certainty import EXACT

_MOST = 100_000  # alternatives of one job
#: What may change of a request beside its seller, in the order in which it is told.
OPTION_PARTS = (QUALITY, SOUND, DURATION)
#: What is said of every request of a model without request rules: no fault of the price.
UNCHECKED = "request_not_validated.model"
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
        ask: the request then; None where it stays as it is.
    """

    pain: int
    takes: int
    parts: tuple[tuple[str, str, int], ...]
    charge: Charge
    takes_pain: int = 0
    ask: Ask | None = None


class Requested(NamedTuple):
    """A request that may be made instead, and what one take of it costs."""

    ask: Ask
    charge: Charge


class _Request(NamedTuple):
    """What may be asked for instead, with how much that hurts and what one take costs."""

    pain: int
    parts: tuple[tuple[str, str, int], ...]
    charge: Charge
    ask: Ask | None = None


class AlternativeFinder:
    """Finds what jobs may become; what jobs that ask for the same may become is worked out once.

    Args:
        pricer: of the plan's price book and day.
        policies: which a changed job has to keep as it did before.
        may_cost: whether a job may cost something in another currency than its own.
        may_move: whether a changed job may come under other limits.

    Attributes:
        used: the rules by which some job may become something else.
    """

    def __init__(
        self, pricer: Pricer, policies: KeptPolicies, may_cost: Callable[[str], bool], may_move: bool = False
    ) -> None:
        self._pricer, self.policies, self._may_cost = pricer, policies, may_cost
        self._moves, self._days = SellerMoves(pricer), PriceDays(pricer.book, pricer.as_of)
        # One that another is no worse than may be the one that keeps policies, or comes under no tight limit.
        self._keeps_every_request = bool(policies) or may_move
        self.used: set[MayChange] = set()
        self._requests: dict[tuple[Any, ...], list[_Request]] = {}
        self._known: dict[tuple[Any, ...], Sequence[Alternative]] = {}
        self._mays: dict[int, Sequence[MayChange]] = {}  # rules are known by identity, so they have to stay

    def alternatives(self, item: LineItem, may: Sequence[MayChange]) -> Sequence[Alternative]:
        """The job as it is, then all that it may become, in a fixed order; jobs of the same share one list.

        Raises:
            UsageError: it may become too many things.
        """
        job, bits = item.job, self.policies.bits(item.job)
        request = (job.ask, self._days.first_like(job.date), frozenset(job.needs.items()), id(may))
        self._mays.setdefault(id(may), may)
        key = (*request, job.takes, bits)
        if key not in self._known:
            if request not in self._requests:
                self._requests[request] = list(self._found(item, may))
            self._known[key] = self._combined(item, may, self._requests[request], bits)
        return self._known[key]

    def _combined(
        self, item: LineItem, may: Sequence[MayChange], requests: Sequence[_Request], bits: int
    ) -> Sequence[Alternative]:
        """Every request with every number of takes, and the job left out."""
        takes = _fewer_takes(item, may)
        self.used.update(rule for rule in may if self._is_used(rule, item, requests))
        if not self._keeps_every_request:
            requests = _undominated(requests)  # before there are as many for each number of takes
        if len(requests) * len(takes) > _MOST:
            raise UsageError(
                f"job {item.job_id}: rules allow more than {_MOST:,} alternatives; raise `down_to` of takes or duration"
            )
        found = [
            Alternative(pain + takes_pain, count, parts, charge, takes_pain, ask)
            for pain, parts, charge, ask in requests
            for count, takes_pain in takes.items()
        ]
        drops = [rule.pain for rule in may if rule.change == DROP]
        dropped = [Alternative(min(drops), 0, (), item.charge, min(drops))] if drops else []
        return [found[0], *self._keeping(item, bits, found[1:]), *dropped]

    def _keeping(self, item: LineItem, bits: int, found: Sequence[Alternative]) -> Sequence[Alternative]:
        """Those with which a job breaks no policy that it does not break as it is."""
        if not self.policies:
            return found
        broken, before = self.policies.broken, self.policies.broken(bits, item.charge, item.takes)
        return [one for one in found if broken(bits, one.charge, one.takes) <= before]

    def _found(self, item: LineItem, may: Sequence[MayChange]) -> Iterator[_Request]:
        """The request as it is, then as it may be made instead."""
        moves: list[tuple[Move | None, int]] = [(None, 0), *self._moves.pains(item.charge, may).items()]
        asked = self.asked(item) if len(moves) > 1 else item.charge.options
        axes = [[("", 0), *_values(item, asked.get(part), part, may).items()] for part in OPTION_PARTS]
        for (move, pain), values in product(moves, product(*axes)):
            parts = tuple(
                (part, value, more) for part, (value, more) in zip(OPTION_PARTS, values, strict=True) if value
            )
            requested = self.requested(item, move, {part: value for part, value, _ in parts})
            if move is not None:
                parts = ((SELLER, str(move.seller), pain), *parts)
            if requested is not None:
                ask = requested.ask if parts else None
                yield _Request(sum(more for *_, more in parts), parts, requested.charge, ask)

    def asked(self, item: LineItem) -> Mapping[str, str]:
        """What a job asks for: its options and seconds, and the options that its model itself decides."""
        return self._moves.asked(item)

    def requested(self, item: LineItem, move: Move | None, changes: Mapping[str, str]) -> Requested | None:
        """The request of a job with some changes, and what one take of it costs.

        None where it is not for sale, or would not ask for just that, or not at an exact price that nobody doubts.

        Args:
            item: the job.
            move: where to; None for its own seller.
            changes: other values of the parts of the request.
        """
        if move is None:
            return self._of_own_seller(item, changes)
        ask = self._moves.request(item, move, changes)
        charge = None if ask is None else self._charge(item, ask, (UNCHECKED,))
        if ask is None or charge is None or not self._moves.is_same(item, changes, charge):
            return None
        return Requested(ask, charge)

    def _of_own_seller(self, item: LineItem, changes: Mapping[str, str]) -> Requested | None:
        if not changes:
            return Requested(item.job.ask, item.charge)
        ask = with_values(item.job.ask, changes)
        charge = self._charge(item, ask)
        return None if charge is None or not changes.items() <= charge.options.items() else Requested(ask, charge)

    def _charge(self, item: LineItem, ask: Ask, known: Iterable[str] = ()) -> Charge | None:
        """What a request costs in place of a job's own; None without a certain price, or if there is more to be said
        than of the job's own, and than is known."""
        day = item.job.date
        charge, problems = self._pricer.quote(ask, day)
        told = {*known, *(found.key for found in self._pricer.quote(item.job.ask, day).problems)}
        if charge is None or not self._is_certain(charge, item):
            return None
        return charge if told.issuperset(found.key for found in problems) else None

    def _is_certain(self, charge: Charge, item: LineItem) -> bool:
        """Whether a price is exact, nobody doubts it, and it is in a currency that a job may cost."""
        doubted = charge.rate is not None and charge.rate.suspicious is not None
        is_allowed = charge.currency == item.currency or self._may_cost(charge.currency)
        return charge.certainty == EXACT and is_allowed and not doubted

    def _is_used(self, rule: MayChange, item: LineItem, requests: Sequence[_Request]) -> bool:
        """Whether a job may become something by a rule."""
        if rule.change == TAKES:
            return (rule.down_to or 1) < item.takes
        parts = {part[:2] for request in requests for part in request.parts}
        if rule.change == SELLER:
            return any((SELLER, str(move.seller)) in parts for move in self._moves.moves(item.charge, rule))
        return rule.change == DROP or any(part == rule.change and rule.to in (None, value) for part, value in parts)


class PriceDays:
    """Tells days on which a price book has the same prices.

    Args:
        book: the price book.
        as_of: the day of jobs without a day of their own; None for the latest prices.
    """

    def __init__(self, book: PriceBook, as_of: date | None) -> None:
        self._book, self._as_of = book, as_of
        self._first: dict[tuple[Any, ...], date | None] = {}
        self._known: dict[date | None, date | None] = {}

    def first_like(self, day: date | None) -> date | None:
        """The first day that was asked for of those on which all prices are the same as on this one.

        >>> from kling_cost.pricebook.load import load_prices
        >>> days = PriceDays(load_prices(), None)
        >>> days.first_like(date(2026, 3, 1)), days.first_like(date(2026, 4, 1)), days.first_like(date(2025, 1, 1))
        (datetime.date(2026, 3, 1), datetime.date(2026, 3, 1), datetime.date(2025, 1, 1))
        """
        if day not in self._known:
            on = day or self._as_of
            rates = tuple(id(sku.rate(on)) for _, sku in self._book.skus())
            volumes = (tuple(volume_notes(provider, on)) for provider in self._book.providers.values())
            self._known[day] = self._first.setdefault((on is None, rates, *volumes), day)
        return self._known[day]


def changed_item(item: LineItem, to: Alternative) -> LineItem:
    """The line item of a job that becomes something else."""
    return LineItem(changed_job(item.job, to), to.charge if to.parts else item.charge)


def changed_job(job: Job, to: Alternative) -> Job:
    """A job that becomes something else."""
    if to.ask is None:
        return job._replace(takes=to.takes)
    return job._replace(ask=to.ask, takes=to.takes, request_digest=None)


def _undominated(requests: Sequence[_Request]) -> list[_Request]:
    """Without those that hurt no less and cost no less, in one currency, than another; the first stays the first."""
    found: list[_Request] = []
    least: dict[str, Decimal] = {}
    for request in sorted(requests, key=lambda one: (one.pain, one.charge.due)):
        due, known = request.charge.due, least.get(request.charge.currency)
        if known is None or due < known:
            least[request.charge.currency] = due
            found.append(request)
    return found


def _values(item: LineItem, now: str | None, part: str, may: Sequence[MayChange]) -> _Pains:
    """What a part of a request may become that has some value now, each with the least pain that a rule gives it."""
    found: _Pains = {}
    if now is None or not may_differ(item.job, part):
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


def may_differ(job: Job, part: str) -> bool:
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
