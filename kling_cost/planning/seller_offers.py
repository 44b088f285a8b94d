"""What another seller asks for the same video, with everything written out; or the one reason why it cannot be had."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from kling_cost.jobs.job import Ask, Options, ask_for
from kling_cost.jobs.providers import KINDS
from kling_cost.jobs.providers.request_model import RequestKind
from kling_cost.jobs.same_material import can_have, has_place_for
from kling_cost.pricebook.book import PRICED_OPTIONS, PriceBook, Provider, Rate, Sku
from kling_cost.pricebook.counting.length_tiers import DURATION
from kling_cost.pricebook.counting.quantity import PER_CALL
from kling_cost.pricebook.terms.extras import COUNTED_NEEDS, NOT_ASKED_FOR, TOLD_BY_NEEDS
from kling_cost.pricebook.terms.products import ProductEntry
from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.pricing.pricer import Pricer
from kling_cost.problems import Problem
from kling_cost.results.certainty import EXACT

NOT_OFFERED, NO_RATE, NEEDS_FEATURE, NO_EXCHANGE_RATE = "not_offered", "no_rate", "needs_feature", "no_exchange_rate"
QUALITY, SOUND, OPTION, SECONDS = (
    "quality_unsupported",
    "sound_unsupported",
    "option_unsupported",
    "duration_unsupported",
)
REQUEST_RULE = "request_rule"
#: Why a seller's price is not comparable, from the first thing that is looked at to the last.
REASONS = (
    NOT_OFFERED, NO_RATE, QUALITY, SOUND, OPTION, SECONDS, NEEDS_FEATURE, REQUEST_RULE, NO_EXCHANGE_RATE,
)  # fmt: skip
_OF_FIELD = {"quality": QUALITY, "sound": SOUND, DURATION: SECONDS}


class SameVideo(NamedTuple):
    """What stays the same, whoever makes it.

    Attributes:
        seconds: its length; None where that follows from what is given.
        options: every option by the price book's words, sorted by name.
        needs: what the request has beside, sorted by name.
        shots: the sum of its shots' seconds, else None.
        is_read: whether request rules have read the request, so that nothing else is in it.
        day: whose rates count; None for the pricer's.
    """

    seconds: int | None
    options: tuple[tuple[str, str], ...]
    needs: tuple[tuple[str, int | bool], ...]
    shots: int | None
    is_read: bool
    day: date | None

    @property
    def asked(self) -> frozenset[str]:
        """What it needs beside words."""
        shots = () if self.shots is None else ("multi_shot",)
        return frozenset([*(name for name, count in self.needs if count), *shots])


class Offer(NamedTuple):
    """What a seller asks for one take.

    Attributes:
        provider: the seller.
        model: the model that makes it; None where the seller has none.
        charge: what one take costs; None where that is not known.
        reason: why it is not comparable, one of `REASONS`; None where it is.
    """

    provider: str
    model: str | None
    charge: Charge | None
    reason: str | None

    @property
    def is_comparable(self) -> bool:
        """Whether it is the same video at a price in one money with all others."""
        return self.reason is None

    @property
    def certainty(self) -> str | None:
        """How certain the price is; None without one."""
        return None if self.charge is None else self.charge.certainty

    @property
    def is_same_video(self) -> bool:
        """Whether it is a price of the same video, be it that its dollars are not known."""
        return self.charge is not None and self.reason in (None, NO_EXCHANGE_RATE)

    @property
    def is_known(self) -> bool:
        """Whether it is comparable, and its cost has an upper end."""
        return self.is_comparable and self.charge is not None and self.charge.cost is not None

    @property
    def doubt(self) -> str | None:
        """Why the published price is probably a mistake; None where it is not."""
        return None if self.charge is None or self.charge.rate is None else self.charge.rate.suspicious

    @property
    def is_suspicious(self) -> bool:
        """Whether the published price is probably a mistake."""
        return self.doubt is not None

    @property
    def is_firm(self) -> bool:
        """Whether it is a comparable price that is exact and that nobody doubts."""
        return (
            self.is_comparable and not self.is_suspicious and self.charge is not None and self.charge.certainty == EXACT
        )


def same_video(item: LineItem, book: PriceBook, fixed: Mapping[str, str]) -> SameVideo:
    """What a line item's video is, with everything written out that its own seller takes by default.

    Args:
        item: as it is planned.
        book: its price book.
        fixed: what its model decides, as the product says.
    """
    ask, charge = item.job.ask, item.charge
    sold = book.sellers(charge.model, charge.provider)
    options = {name: value for name, value in ask.options if isinstance(value, str)}
    for _, sku in sold:
        options = {name: sku.names.get(name, {}).get(value, value) for name, value in options.items()}
    for provider, sku in sold:
        options = _defaults(provider, sku, charge.rate) | options
    options |= dict(fixed) | dict(charge.options)
    length = options.pop(DURATION, None)
    given = ask.duration if isinstance(ask.duration, int) else None
    return SameVideo(
        given if length is None else int(length),
        tuple(sorted(options.items())),
        tuple(sorted(item.job.needs.items())),
        ask.shots,
        _is_read(ask),
        item.job.date,
    )


def _is_read(ask: Ask) -> bool:
    """Whether request rules have read a request, so that nothing else is in it."""
    return ask.checked_as is not None


def _defaults(provider: Provider, sku: Sku, rate: Rate | None) -> dict[str, str]:
    """What a seller takes for options on which its price does not depend."""
    free = [name for name in rate.options if name not in rate.by and name != DURATION] if rate is not None else ()
    found = {name: provider.default(sku, name) for name in free}
    return {name: value for name, value in found.items() if value is not None}


def own_entries(item: LineItem, entries: Iterable[ProductEntry]) -> list[ProductEntry]:
    """The entries that a line item is of: its seller's model, its material, and nothing that is decided otherwise."""
    here = item.charge.provider, item.charge.model
    asked, is_read = frozenset(name for name, count in item.job.needs.items() if count), _is_read(item.job.ask)
    return [
        entry
        for entry in entries
        if (entry.provider, entry.model) == here
        and entry.suits(asked, is_read)
        and all(item.charge.options.get(name, value) == value for name, value in entry.fixed.items())
    ]


def agreed(entries: Sequence[ProductEntry]) -> dict[str, str]:
    """What models decide, as far as all of their entries say the same."""
    first = dict(entries[0].fixed) if entries else {}
    return {name: value for name, value in first.items() if all(one.fixed.get(name) == value for one in entries)}


class OfferFinder:
    """Finds what sellers ask for the same video; what equal videos come to is worked out once.

    Args:
        pricer: the price book and day.
    """

    def __init__(self, pricer: Pricer) -> None:
        self._pricer = pricer
        self._known: dict[tuple[SameVideo, str, str, tuple[tuple[str, str], ...]], Offer] = {}

    def best(self, video: SameVideo, provider: str, entries: Iterable[ProductEntry]) -> Offer:
        """What a seller asks: of several models the one that may be taken, then the cheapest; else the nearest.

        Args:
            video: what is to be made.
            provider: the seller.
            entries: what makes it, anybody's.
        """
        found = [self.offer(video, entry) for entry in entries if entry.provider == provider]
        return min(found, key=_rank, default=Offer(provider, None, None, NOT_OFFERED))

    def offer(self, video: SameVideo, entry: ProductEntry) -> Offer:
        """What a seller asks for a video made by an entry of a product."""
        key = video, entry.provider, entry.model, tuple(sorted(entry.fixed.items()))
        if key not in self._known:
            self._known[key] = self._offer(video, entry)
        return self._known[key]

    def _offer(self, video: SameVideo, entry: ProductEntry) -> Offer:
        asked = self.ask(video, entry)
        if isinstance(asked, str):
            return Offer(entry.provider, entry.model, None, asked)
        charge, problems = self._pricer.quote(asked, video.day)
        return Offer(entry.provider, entry.model, charge, _reason(charge, problems))

    def ask(self, video: SameVideo, entry: ProductEntry, free: Container[str] = ()) -> Ask | str:
        """The request for a video made by an entry of a product, everything written out; or why it cannot be made.

        Args:
            video: what is to be made.
            entry: what makes it.
            free: options that need not be the same, where its requests cannot choose them.
        """
        ((_, sku),) = self._pricer.book.sellers(entry.model, entry.provider)
        rate, kind = sku.rate(video.day or self._pricer.as_of), KINDS.get((entry.provider, entry.model))
        if rate is None:
            return NO_RATE
        options = _Target(sku, rate, kind, entry.fixed, free, self._pricer.book).options(video)
        if isinstance(options, str):
            return options
        if not _has_its_length(video, entry, sku, rate):
            return SECONDS
        if not _takes_its_material(video, entry, kind):
            return NEEDS_FEATURE
        checked_as = None if kind is None else kind.provider
        return ask_for(entry.provider, entry.model, video.seconds, options, video.shots, checked_as)


def _rank(offer: Offer) -> tuple[object, ...]:
    """Where an offer stands among those of one seller."""
    if offer.charge is None or not offer.is_comparable:
        return 1, -REASONS.index(offer.reason or NO_EXCHANGE_RATE), False, 0, offer.model
    return 0, 0, not offer.is_firm, offer.charge.due, offer.model


def _reason(charge: Charge | None, problems: Iterable[Problem]) -> str | None:
    """Why a quote is not comparable; None where it is."""
    if charge is None:
        faults = [_reason_of(found) for found in problems if found.severity == "error"]
        return min(faults, key=REASONS.index, default=REQUEST_RULE)
    if charge.defaults_applied:  # another seller's defaults are not what was asked for
        return min((_of(name) for name in charge.defaults_applied), key=REASONS.index)
    return NO_EXCHANGE_RATE if charge.per_usd is None else None


def _reason_of(found: Problem) -> str:
    if found.code == "no_rate":
        return NO_RATE
    if found.code in ("not_allowed", "out_of_range", "price_unknown", "missing", "wrong_type"):
        return _of(found.field)
    return REQUEST_RULE


def _of(field: str) -> str:
    return _OF_FIELD.get(field, OPTION)


class _Target(NamedTuple):
    """What a seller's model can be asked for.

    Attributes:
        sku, rate: what it is sold as, and its prices.
        kind: its request rules, where they are known.
        fixed: what it decides itself.
        free: options that need not be the same, where its requests cannot choose them.
        book: the price book.
    """

    sku: Sku
    rate: Rate
    kind: RequestKind | None
    fixed: Mapping[str, str]
    free: Container[str]
    book: PriceBook

    def options(self, video: SameVideo) -> Options | str:
        """Every option as the seller has to be asked for it; or why it cannot be asked."""
        asked = dict(video.options)
        found: list[tuple[str, str]] = []
        names = dict.fromkeys([*PRICED_OPTIONS, *asked, *self.rate.options, *self.fixed])
        for name in (name for name in names if name != DURATION):
            value = asked.get(name, self._not_needed(video, name))
            if name not in self.free and not self._makes(name, value):
                return _of(name)
            value = self.fixed.get(name) if value is None else value
            found += [(name, value)] if value is not None and self._takes(name) else []
        return tuple(found)

    def _takes(self, name: str) -> bool:
        """Whether its requests say an option, be it one on which no price depends."""
        if name in self.book.quantities:
            return self.sku.given_as == name
        is_of_requests = self.kind is not None and name in self.kind.fields
        return name in self.rate.options or name in COUNTED_NEEDS or is_of_requests

    def _makes(self, name: str, value: str | None) -> bool:
        """Whether it makes a value of an option: it can be asked for, or the model decides it so."""
        if name in COUNTED_NEEDS:
            return True
        if name in self.book.quantities:  # counted, or one price for any
            return self.sku.given_as == name or self.sku.billing_rule == PER_CALL
        if value is None:
            return self._needs_no_value(name)
        if name in self.fixed:
            return value == self.fixed[name]
        if name in self.rate.options:
            return value in self.rate.options[name]
        is_needless = value in NOT_ASKED_FOR and name != "sound"  # what is not asked for silence may have sound
        return is_needless or self._takes(name)

    def _needs_no_value(self, name: str) -> bool:
        """Whether it makes what says nothing of an option.

        Of quality and sound, a model that decides them and one that does not say never agree.
        """
        if name in self.rate.conditional:
            return True
        return name not in PRICED_OPTIONS if name in self.fixed else name not in self.rate.options

    def _not_needed(self, video: SameVideo, name: str) -> str | None:
        """What an option is that tells of a need where the request is known to have, or to lack it."""
        if not video.is_read or name not in TOLD_BY_NEEDS:
            return None
        if ("video" if name == "input" else name) in video.asked:
            return TOLD_BY_NEEDS[name]
        return next((word for word in NOT_ASKED_FOR if word in self.rate.options.get(name, ())), None)


def _takes_its_material(video: SameVideo, entry: ProductEntry, kind: RequestKind | None) -> bool:
    """Whether a model is known to take what a video needs beside words: by its request rules, else by the book."""
    if not entry.suits(video.asked, video.is_read):
        return False
    if kind is None:
        return video.asked <= {*entry.needs, *entry.takes}
    return can_have(kind, dict(video.needs)) if video.is_read else has_place_for(kind, video.asked)


def _has_its_length(video: SameVideo, entry: ProductEntry, sku: Sku, rate: Rate) -> bool:
    """Whether a video has the same length: it can be asked for, the model decides it so, or material does."""
    fixed = entry.fixed.get(DURATION)
    if fixed is not None:
        return video.seconds == int(fixed)
    is_one_price = sku.billing_rule == PER_CALL and sku.seconds is None and DURATION not in rate.options
    from_video = "video" in video.asked or dict(video.options).get("input") == "video"
    return not is_one_price or video.seconds is None or from_video
