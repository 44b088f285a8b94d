"""What the answers about one task come to: its newest amount, and whether that is what was due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.amounts import EXACT
from kling_cost.pricebook.book import FAILED, OPEN, REQUEST_ONLY, RESERVED, SUCCEEDED
from kling_cost.pricing.line_item import Charge
from kling_cost.reconciliation.answers.answer import Answer, Event, Facts
from kling_cost.reconciliation.answers.answer_set import Answers, Responses, several
from kling_cost.reconciliation.answers.status_words import StatusWords
from kling_cost.reconciliation.findings.discrepancies import Difference, Expected, difference, held_against
from kling_cost.reconciliation.findings.explain import ROUNDING_LIMIT, Explainer
from kling_cost.reconciliation.task_amounts import TaskAmounts

_NOTHING = Decimal(0)
_DEFAULT_GROUP = "default"


class TaskOutcome(NamedTuple):
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
        return self.state == FAILED and self.reported is not None and self.reported <= 0


class TaskOutcomes:
    """Evaluates the answers of tasks; equal ones are evaluated once.

    Args:
        words: what the words of answers mean.
        explainer: finds what an amount may be.
    """

    def __init__(self, words: StatusWords, explainer: Explainer) -> None:
        self.words, self.explainer = words, explainer
        self._known: dict[tuple[int, ...], TaskOutcome] = {}
        self._amounts: dict[tuple[Any, ...], Decimal | None] = {}

    def of(self, charge: Charge, day: date | None, answers: Answers) -> TaskOutcome:
        """What a task was charged.

        Args:
            charge: what one call costs.
            day: whose rates count.
            answers: everything that was answered about the task.
        """
        if answers.__class__ is Answer:
            key: tuple[int, ...] = (id(charge), id(answers.facts))
        else:
            key = (id(charge), *[id(answer.facts) for answer in answers])  # type: ignore[union-attr]
        found = self._known.get(key)
        if found is None:
            facts = list(dict.fromkeys(answer.facts for answer in several(answers)))
            found = self._known[key] = _Evaluation(self, charge, day, facts).outcome()
        return found

    def amount_of(self, provider: str | None, answers: Answers) -> Decimal | None:
        """The newest amount of a task that is compared with nothing, less refunds stated apart."""
        key = (provider, *[id(answer.facts) for answer in several(answers)])
        if key not in self._amounts:
            facts = list(dict.fromkeys(answer.facts for answer in several(answers)))
            self._amounts[key] = TaskAmounts(self.words, self.explainer, provider, None, None, facts).net
        return self._amounts[key]

    def events(self, responses: Responses, answers: Answers) -> Iterator[Event]:
        """The reservations, settlements and refunds that answers state, in the order of their lines."""
        for answer in sorted(several(answers), key=lambda answer: answer.place):
            facts, (source, row) = answer.facts, responses.place(answer)
            is_open = self.words.state(facts.provider, facts.status) == OPEN
            for kind, amount in _movements(facts, is_open):
                yield Event(kind, amount, facts.status, source, row, answer.created)


def _movements(facts: Facts, is_open: bool) -> Iterator[tuple[Any, Decimal]]:
    """What an answer says was reserved, settled and refunded, each as it is stated: in units, in money, or in both."""
    reserved, settled = facts.reserved, facts.settled
    if is_open and reserved is None:
        reserved = facts.taken
    elif not is_open and settled is None:
        settled = facts.taken
    for amount in _parts(reserved, facts.money if is_open else None):
        yield "reservation", amount
    for amount in _parts(settled, None if is_open else facts.money):
        yield "settlement", amount
    if facts.refunded is not None:
        yield "refund", facts.refunded


def _parts(amount: Decimal | None, money: Decimal | None) -> list[Decimal]:
    """An amount as it is stated: in units, in money, or a part in each."""
    if amount is None:
        return []
    return [part for part in (amount, money) if part] or [amount]


class _Evaluation:
    """Compares the answers of one task with what is due."""

    def __init__(self, outcomes: TaskOutcomes, charge: Charge, day: date | None, facts: Sequence[Facts]) -> None:
        self._outcomes, self._charge, self._day = outcomes, charge, day
        self._rate = outcomes.words.rate_of(charge)
        self._amounts = TaskAmounts(outcomes.words, outcomes.explainer, charge.provider, charge, day, facts)
        self._beside: list[Difference] = []

    def outcome(self) -> TaskOutcome:
        amounts, currency = self._amounts, self._charge.currency
        main = self._main()
        for printed, divided in sorted(amounts.scaled.items(), reverse=True)[:1]:
            small = self._outcomes.words.by_provider[self._charge.provider].small_unit
            self._note("unit_scale", None, divided, currency, printed=printed, unit=small[0] if small else "")
        self._note_conflicts()
        self._note_request_facts()
        if not amounts.final:
            key = "still_open" if amounts.net is not None else "still_open.unstated"
            self._note(key, self._charge.due, amounts.net, currency)
        differences = (*([main] if main else []), *self._beside)
        status = amounts.last.facts.status
        held, settled, back = amounts.held, amounts.settled, amounts.given_back
        return TaskOutcome(status, amounts.state, held, settled, back, amounts.net, differences)

    def _main(self) -> Difference | None:
        """The one finding about the task's amount, if there is any."""
        amounts, currency = self._amounts, self._charge.currency
        gross, net = amounts.gross, amounts.net
        if gross is None or net is None:
            return self._of_no_amount()
        due = self._charge.nearest(net)
        if net <= -ROUNDING_LIMIT:
            usual = _NOTHING if amounts.state == FAILED else due
            return held_against("refunded_too_much", usual, net, currency, charged=gross, back=gross - net)
        if amounts.state == FAILED:
            return self._of_failure(net)
        if self._is_discounted(net):
            return held_against("discounted", due, net, currency)
        return self._of_charge(self._after_refund(gross, net), gross)

    def _after_refund(self, gross: Decimal, net: Decimal) -> Decimal:
        """The amount that is compared with what is due; what came back beyond it has a finding of its own."""
        due, currency = self._charge.nearest(net), self._charge.currency
        back = EXACT.subtract(gross, net)
        if not back:
            return net
        if EXACT.subtract(due, net) < ROUNDING_LIMIT:
            self._note("refunded_in_part.balanced", None, back, currency, charged=gross)
            return net
        usual = min(gross, due)
        found = held_against("refunded_in_part", usual, net, currency, charged=gross, back=back)
        self._beside.append(found)
        return usual

    def _of_charge(self, amount: Decimal, gross: Decimal) -> Difference | None:
        """What is found about what a task that did not fail was charged.

        Args:
            amount: what is held against what is due.
            gross: what was taken before anything came back, which is what may be explained.
        """
        amounts, due, currency = self._amounts, self._charge.nearest(amount), self._charge.currency
        off = abs(EXACT.subtract(amount, due))
        if self._moved and self._from_request and not amounts.back:
            key = "settled_differs" if off >= ROUNDING_LIMIT else "settled_differs.as_due"
            found = held_against(key, due, amount, currency, created=amounts.created)
        elif off < ROUNDING_LIMIT:
            return held_against("rounding", due, amount, currency) if off else None
        else:
            found = held_against(self._key_of(amount), due, amount, currency)
        return self._explained(found, gross) if found.severity == "error" else found

    def _key_of(self, amount: Decimal) -> str:
        """The finding about an amount that is not what is due, by the provider's word for what it states."""
        word = self._outcomes.words.by_provider[self._charge.provider].amount
        is_charge = self._amounts.is_settled and (word == RESERVED or self._amounts.back)
        return f"{'over' if amount > self._charge.nearest(amount) else 'under'}_{word}{'.charged' if is_charge else ''}"

    def _explained(self, found: Difference, gross: Decimal) -> Difference:
        """With what would explain the amount, before any discount; an expected one is no error."""
        amounts = self._amounts
        found.group = next((g for s in reversed(amounts.ranked) if (g := s.facts.of_request("user_group"))), None)
        is_final = amounts.ended is not None and (self._moved or not self._from_request)
        listed = amounts.list_price if amounts.list_price is not None else gross
        found.explained_by, is_given = self._outcomes.explainer.reason(self._charge, self._day, listed, is_final)
        if is_given or (not self._from_request and self._came_out(found.explained_by)):
            found.severity = "warning"
        return found

    def _came_out(self, explained_by: Sequence[str]) -> bool:
        """Whether the seconds that came out explain an amount, and no answer states other seconds."""
        others = {text for s in self._amounts.ends if (text := s.facts.of_request("duration"))}
        others.discard(self._charge.options.get("duration", ""))
        seconds = {change.partition("=")[2] for change in explained_by if change.startswith("actual_seconds=")}
        return bool(seconds) and others <= seconds

    @property
    def _moved(self) -> bool:
        """Whether the final amount, before anything came back, is another than that at creation."""
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
        return bool(self._outcomes.words.by_provider[self._charge.provider].refund_on_failure if own is None else own)

    def _is_discounted(self, net: Decimal) -> bool:
        """Whether the provider says that what is due was its list price, and took less."""
        listed = self._amounts.list_price
        if listed is None:
            return False
        due = self._charge.nearest(listed)
        return net < due and abs(EXACT.subtract(listed, due)) < ROUNDING_LIMIT

    def _of_no_amount(self) -> Difference | None:
        """No answer has an amount to compare with what is due; an open task need not have one."""
        due, currency = self._charge.due, self._charge.currency
        other = self._amounts.other_currency
        if other is not None:
            return difference("invalid_amount.currency", due, None, currency, other=other)
        unusable = any(answer.facts.unusable for answer in self._amounts.ranked)
        if self._amounts.state == FAILED and not unusable:
            return difference("refund_unverified.unstated", due, None, currency)
        if not unusable and not self._amounts.final:
            return None
        key = "invalid_amount" if unusable or self._states_amounts else "invalid_amount.unstated"
        return difference(key, due, None, currency)

    @property
    def _states_amounts(self) -> bool:
        """Whether the provider's answers say at all what a task costs; as the book describes them."""
        form = self._outcomes.words.by_provider[self._charge.provider].form
        return form is None or form.states_amounts

    def _of_failure(self, net: Decimal) -> Difference | None:
        currency = self._charge.currency
        if self._amounts.ended is None and not self._amounts.back:
            return difference("refund_unverified", None, net, currency)
        if net >= ROUNDING_LIMIT:
            case = "promised" if self._is_promised else "unsaid"
            return held_against(f"failed_not_refunded.{case}", _NOTHING, net, currency)
        return held_against("rounding", _NOTHING, net, currency) if net else None

    def _note_conflicts(self) -> None:
        amounts, currency = self._amounts, self._charge.currency
        if amounts.in_conflict:
            words = [next(s.facts.status for s in amounts.final if s.state == end) for end in (FAILED, SUCCEEDED)]
            key = "conflicting_states" if amounts.net is not None else "conflicting_states.unstated"
            self._note(key, None, amounts.net, currency, failed=words[0], succeeded=words[1])
        by_rank: dict[tuple[Any, ...], set[Decimal]] = {}
        for answer in amounts.ranked:
            if answer.amount is not None:
                by_rank.setdefault((answer.rank, answer.state), set()).add(answer.amount)
        for _, found in sorted(by_rank.items(), reverse=True):
            if len(found) > 1:
                self._note("conflicting_answers", None, max(found), currency, smaller=min(found))

    def _note_request_facts(self) -> None:
        """What the answers say of the request, the newest answer first."""
        options = self._charge.options
        due = {
            "model": self._charge.model,
            "duration": options.get("duration"),
            "sound": options.get("sound"),
            "billing_rule": self._charge.billing_rule,
            "user_group": _DEFAULT_GROUP,
        }
        if not self._from_request:  # the answer states what came out
            del due["duration"]
        for answer in reversed(self._amounts.ranked):
            for kind, what, field, text in answer.facts.request_facts:
                expected = due.get(what)
                if expected is not None and text != expected:
                    self._note(kind, expected, text, field=field)

    def _note(
        self, key: str, expected: Expected, reported: Expected, currency: str | None = None, **params: object
    ) -> None:
        """Note a difference beside the one about the amount; at most one of each kind."""
        if all(known.key != key for known in self._beside):
            self._beside.append(difference(key, expected, reported, currency, **params))
