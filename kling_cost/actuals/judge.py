"""What the answers about one task come to: its newest amount, and whether that is what was due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from kling_cost.actuals.answers import CREATE, STATUS, Answer, Event, Facts
from kling_cost.actuals.explain import ROUNDING_LIMIT, Explainer
from kling_cost.actuals.intake import Answers, Responses, several
from kling_cost.actuals.wording import FINDINGS
from kling_cost.amounts import EXACT, plain_text
from kling_cost.pricebook.book import FAILED, OPEN, REQUEST_ONLY, AnswerWords, PriceBook, Rate
from kling_cost.pricing.line_item import Charge
from kling_cost.problems import shown

_NOTHING = Decimal(0)
_DEFAULT_GROUP = "default"
Expected = Decimal | str | None


@dataclass(slots=True, eq=False)
class Difference:
    """What is found about a task; tasks alike share one.

    Attributes:
        key: the kind of finding, and where it has several cases, a dot and the case.
        severity: `error` or `info`.
        expected, reported: amounts; of a stated fact, the texts; None where there is none.
        difference: reported − expected; None where no amount is held against another.
        currency: of the amounts; None for facts.
        params: of its sentence.
        group: the user group that the answers name.
        explained_by: every smallest change under which the amount would have been due.
    """

    key: str
    severity: Literal["error", "info"]
    expected: Expected = None
    reported: Expected = None
    difference: Decimal | None = None
    currency: str | None = None
    params: tuple[tuple[str, str], ...] = ()
    group: str | None = None
    explained_by: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of finding."""
        return self.key.partition(".")[0]


def difference(
    key: str,
    expected: Expected = None,
    reported: Expected = None,
    currency: str | None = None,
    held_against: bool = False,
    **params: object,
) -> Difference:
    """Make a `Difference`; its severity is that of its sentence.

    >>> difference("over_reserved", Decimal(27), Decimal("40.5"), "EVOLINK_CREDIT", True).difference
    Decimal('13.5')
    """
    texts = {name: shown(_plain(value)) for name, value in params.items()}
    for name, value in (("expected", expected), ("reported", reported), ("currency", currency)):
        if value is not None:
            texts[name] = shown(_plain(value))
    by = EXACT.subtract(reported, expected) if held_against else None  # type: ignore[arg-type]
    severity: Any = FINDINGS[key].severity
    return Difference(key, severity, expected, reported, by, currency, tuple(texts.items()))


def _plain(value: object) -> object:
    return plain_text(value) if isinstance(value, Decimal) else value


class Charged(NamedTuple):
    """What one task was charged, as far as its answers say.

    Attributes:
        status: the provider's word.
        state: `open`, `succeeded` or `failed`.
        reserved, settled: as stated last.
        refunded: what was given back.
        reported: the newest amount less refunds stated apart; None where no answer states a usable amount.
        differences: what is found.
    """

    status: str | None
    state: str
    reserved: Decimal | None
    settled: Decimal | None
    refunded: Decimal | None
    reported: Decimal | None
    differences: tuple[Difference, ...]

    @property
    def came_to_nothing(self) -> bool:
        """It failed and cost nothing, so that trying again is no fault."""
        return self.state == FAILED and self.reported == 0


class _Stand(NamedTuple):
    """One answer, ranked: the amounts that it states, in the provider's currency."""

    rank: tuple[bool, bool, Decimal, bool]
    state: str
    facts: Facts
    reserved: Decimal | None
    settled: Decimal | None
    refunded: Decimal | None

    @property
    def amount(self) -> Decimal | None:
        return self.settled if self.settled is not None else self.reserved


class TaskJudge:
    """Judges the answers of tasks; equal ones are judged once.

    Args:
        words: what each provider's answers mean.
        explainer: finds what an amount may be.
        book: says how a stored charge is settled.
    """

    def __init__(self, words: Mapping[str, AnswerWords], explainer: Explainer, book: PriceBook) -> None:
        self.book = book
        self.words, self.explainer = words, explainer
        self._states = {word: state for known in words.values() for word, state in known.states.items()}
        self._known: dict[tuple[int, ...], Charged] = {}

    def charged(self, charge: Charge, day: date | None, answers: Answers) -> Charged:
        """What a task was charged.

        Args:
            charge: what one call costs.
            day: whose rates count.
            answers: everything that was answered about the task.
        """
        if answers.__class__ is Answer:
            key: tuple[int, ...] = (id(charge), id(answers.facts))  # type: ignore[union-attr]
        else:
            key = (id(charge), *[id(answer.facts) for answer in answers])  # type: ignore[union-attr]
        found = self._known.get(key)
        if found is None:
            facts = list(dict.fromkeys(answer.facts for answer in several(answers)))
            found = self._known[key] = _Case(self, charge, day, facts).charged()
        return found

    def stated(self, provider: str | None, answers: Answers) -> Decimal | None:
        """The newest amount of a task that is held against nothing, less refunds stated apart."""
        facts = list(dict.fromkeys(answer.facts for answer in several(answers)))
        return _Amounts(self, provider, None, None, facts).net

    def state(self, provider: str | None, status: str | None) -> str:
        """Where a status word says that a task stands; an unknown word says open."""
        words = self.words.get(provider or "")
        states = words.states if words else self._states
        return states.get(status.lower(), OPEN) if status else OPEN

    def is_creation(self, facts: Facts) -> bool:
        """Whether an answer is that of the call which created the task."""
        if facts.stage is not None:
            return facts.stage == CREATE
        return self.state(facts.provider, facts.status) == OPEN and not facts.progress

    def events(self, responses: Responses, answers: Answers) -> Iterator[Event]:
        """The reservations, settlements and refunds that answers state, in the order of their lines."""
        for answer in sorted(several(answers), key=lambda answer: answer.place):
            facts, (source, row) = answer.facts, responses.place(answer)
            is_open = self.state(facts.provider, facts.status) == OPEN
            reserved = facts.taken if is_open and facts.reserved is None else facts.reserved
            settled = facts.taken if not is_open and facts.settled is None else facts.settled
            if reserved is not None:
                yield Event("reservation", reserved, facts.status, source, row)
            if settled is not None:
                yield Event("settlement", settled, facts.status, source, row)
            if facts.refunded is not None:
                yield Event("refund", facts.refunded, facts.status, source, row)


class _Amounts:
    """The answers of one task in order, their amounts in the provider's currency.

    Args:
        judge: knows what words mean, and what explains an amount.
        provider: whose answers; None where nobody says.
        charge, day: what is due, and whose rates count; None for a task that nothing is held against.
        facts: what the answers state, each once.
    """

    def __init__(
        self, judge: TaskJudge, provider: str | None, charge: Charge | None, day: date | None, facts: Sequence[Facts]
    ) -> None:
        self._judge, self._provider, self._charge, self._day = judge, provider, charge, day
        self._words = judge.words.get(provider or "")
        self.scaled: dict[Decimal, Decimal] = {}
        self.stands = sorted((self._stand(f) for f in facts), key=_order)
        self.final = [s for s in self.stands if s.state != OPEN]
        self.created = _newest([s for s in self.stands if s.state == OPEN])
        self.ended = _newest(self.final)
        self.base = self.ended if self.ended is not None else self.created
        self.back = max((s.refunded for s in self.stands if s.refunded is not None), default=None)
        self.held = self.created if self.created is not None else _newest_of(self.stands, "reserved")
        taken_off = self.base is None or self.back is None
        self.net = self.base if taken_off else _net(self.base, self.back, self.held)  # type: ignore[arg-type]

    @property
    def state(self) -> str:
        """Where the task stands: as its newest answer says; where two of equal standing differ, failed."""
        last = self.stands[-1]
        return FAILED if any(s.state == FAILED and s.rank == last.rank for s in self.final) else last.state

    @property
    def settled(self) -> Decimal | None:
        """What was taken in the end, where that is said, or is another amount than was held."""
        found = _newest_of(self.stands, "settled")
        return self.ended if found is None and self.held is not None and self.ended != self.held else found

    @property
    def given_back(self) -> Decimal | None:
        """What came back: as stated apart, or by how much the final amount of a failed task is lower."""
        if self.back is None and self.state == FAILED and self.created is not None and self.ended is not None:
            return EXACT.subtract(self.created, self.ended) if self.ended < self.created else None
        return self.back

    def _stand(self, facts: Facts) -> _Stand:
        state = self._judge.state(facts.provider or self._provider, facts.status)
        at_end = state != OPEN
        reserved = facts.reserved if facts.reserved is not None or at_end else facts.taken
        settled = facts.taken if facts.settled is None and at_end else facts.settled
        stage = facts.stage or (STATUS if at_end or facts.progress else CREATE)
        progress = facts.progress if facts.progress is not None else Decimal(-1)
        return _Stand(
            (at_end, stage == STATUS, progress, facts.refunded is not None),
            state,
            facts,
            self._amount(reserved, facts),
            self._amount(settled, facts),
            self._amount(facts.refunded, facts),
        )

    def _amount(self, stated: Decimal | None, facts: Facts) -> Decimal | None:
        """An amount in the provider's currency; one in its small unit is divided first."""
        if stated is None or self._words is None:
            return stated
        if self._words.counted_in is not None:
            return EXACT.multiply(stated, self._words.counted_in)
        small = self._words.small_unit
        if small is None or not stated:
            return stated
        divided = EXACT.divide(stated, Decimal(small[1]))
        if stated in self.scaled or facts.small_unit or self._looks_small(stated, divided):
            self.scaled[stated] = divided
            return divided
        return stated

    def _looks_small(self, stated: Decimal, divided: Decimal) -> bool:
        charge, explain = self._charge, self._judge.explainer.explained_by
        if charge is None or stated != stated.to_integral_value() or abs(stated - charge.cost) < ROUNDING_LIMIT:
            return False
        if abs(divided - charge.cost) < ROUNDING_LIMIT:
            return True
        return not explain(charge, self._day, stated) and bool(explain(charge, self._day, divided))


class _Case:
    """One task before its judge."""

    def __init__(self, judge: TaskJudge, charge: Charge, day: date | None, facts: Sequence[Facts]) -> None:
        self._judge, self._charge, self._day = judge, charge, day
        self._rate = charge.rate or _rate_of(judge.book, charge)
        self._amounts = _Amounts(judge, charge.provider, charge, day, facts)
        self._beside: list[Difference] = []

    def charged(self) -> Charged:
        amounts, currency = self._amounts, self._charge.currency
        main = self._main()
        for stated, divided in sorted(amounts.scaled.items(), reverse=True)[:1]:
            small = self._judge.words[self._charge.provider].small_unit
            self._note("unit_scale", None, divided, currency, stated=stated, unit=small[0] if small else "")
        self._conflicts()
        self._claims()
        if not amounts.final:
            key = "still_open" if amounts.net is not None else "still_open.unstated"
            self._note(key, self._charge.cost, amounts.net, currency)
        differences = (*([main] if main else []), *self._beside)
        status = amounts.stands[-1].facts.status
        held, settled, back = amounts.held, amounts.settled, amounts.given_back
        return Charged(status, amounts.state, held, settled, back, amounts.net, differences)

    def _main(self) -> Difference | None:
        """The one finding about the task's amount, if there is any."""
        amounts, due, currency = self._amounts, self._charge.cost, self._charge.currency
        base, net = amounts.base, amounts.net
        if base is None or net is None:
            return difference("invalid_amount", due, None, currency)
        if amounts.state == FAILED:
            return self._of_failure(net)
        amount = net if net == due else base
        off = abs(EXACT.subtract(amount, due))
        if self._moved and self._from_request and amount == base:
            key = "settled_differs" if off >= ROUNDING_LIMIT else "settled_differs.as_due"
            found = difference(key, due, amount, currency, True, created=amounts.created)
        elif off >= ROUNDING_LIMIT:
            word = self._judge.words[self._charge.provider].amount
            found = difference(f"{'over' if amount > due else 'under'}_{word}", due, amount, currency, True)
        else:
            return difference("rounding", due, amount, currency, True) if off else None
        if found.severity == "error":
            found.group = next((g for s in reversed(amounts.stands) if (g := s.facts.stated("user_group"))), None)
            final = amounts.ended is not None and (self._moved or not self._from_request)
            found.explained_by = self._judge.explainer.explained_by(self._charge, self._day, amount, final)
        return found

    @property
    def _moved(self) -> bool:
        """Whether the final amount is another than that at creation."""
        created, ended = self._amounts.created, self._amounts.ended
        return created is not None and ended is not None and abs(EXACT.subtract(ended, created)) >= ROUNDING_LIMIT

    @property
    def _from_request(self) -> bool:
        """Whether the model is charged from the request, and not from what came out."""
        return self._rate is None or self._rate.settlement == REQUEST_ONLY

    @property
    def _is_promised(self) -> bool:
        """Whether failed calls are promised back: as the rate says, else as the provider does."""
        own = self._rate.refund_on_failure if self._rate is not None else None
        return bool(self._judge.words[self._charge.provider].refund_on_failure if own is None else own)

    def _of_failure(self, net: Decimal) -> Difference | None:
        currency = self._charge.currency
        if self._amounts.ended is None and self._amounts.back is None:
            return difference("refund_unverified", None, net, currency)
        if net >= ROUNDING_LIMIT:
            case = "promised" if self._is_promised else "unsaid"
            return difference(f"failed_not_refunded.{case}", _NOTHING, net, currency, True)
        return difference("rounding", _NOTHING, net, currency, True) if net else None

    def _conflicts(self) -> None:
        stated: dict[tuple[Any, ...], set[Decimal]] = {}
        for stand in self._amounts.stands:
            if stand.amount is not None:
                stated.setdefault(stand.rank, set()).add(stand.amount)
        for _, found in sorted(stated.items(), reverse=True):
            if len(found) > 1:
                self._note("conflicting_answers", None, max(found), self._charge.currency, smaller=min(found))

    def _claims(self) -> None:
        """What the answers say of the request, the newest answer first."""
        options = self._charge.options
        due = {
            "model": self._charge.model,
            "duration": options.get("duration"),
            "sound": options.get("sound"),
            "billing_rule": self._charge.billing_rule,
            "user_group": _DEFAULT_GROUP,
        }
        for stand in reversed(self._amounts.stands):
            for kind, what, field, text in stand.facts.claims:
                expected = due[what]
                if expected is not None and text != expected:
                    self._note(kind, expected, text, field=field)

    def _note(
        self, key: str, expected: Expected, reported: Expected, currency: str | None = None, **params: object
    ) -> None:
        """Note a difference that stands beside the one about the amount; one of a kind."""
        if all(known.key != key for known in self._beside):
            self._beside.append(difference(key, expected, reported, currency, **params))


def _rate_of(book: PriceBook, charge: Charge) -> Rate | None:
    """The rate of a charge that was stored, as a book has it."""
    provider = book.providers.get(charge.provider)
    sku = provider.sku(charge.model) if provider else None
    return sku.rate(charge.rate_effective_from) if sku else None


def _order(stand: _Stand) -> tuple[Any, ...]:
    """From the oldest to the newest; of equal standing, the larger amount and the failure come last."""
    amount = stand.amount
    return (
        stand.rank,
        amount is not None,
        amount if amount is not None else _NOTHING,
        stand.state == FAILED,
        str(stand.facts),
    )


def _newest(stands: Sequence[_Stand]) -> Decimal | None:
    """The amount of the newest answer that states one."""
    return next((s.amount for s in reversed(stands) if s.amount is not None), None)


def _newest_of(stands: Sequence[_Stand], name: str) -> Decimal | None:
    return next((amount for s in reversed(stands) if (amount := getattr(s, name)) is not None), None)


def _net(base: Decimal, back: Decimal, held: Decimal | None) -> Decimal:
    """An amount less what was given back, unless that is taken off already."""
    if back > base or (held is not None and EXACT.add(base, back) == held):
        return base
    return EXACT.subtract(base, back)
