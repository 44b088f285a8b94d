"""How each provider answers: one file each, listed here and nowhere else, or as a price book describes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Protocol

from kling_cost.pricebook.book import AnswerWords, PriceBook
from kling_cost.reconciliation.answers.answer import Facts
from kling_cost.reconciliation.providers import evolink, kling, kling3api
from kling_cost.reconciliation.providers.answer_schema import Body, Taker
from kling_cost.reconciliation.providers.described_answers import DescribedAnswers


class Read(Protocol):
    """Reads a provider's answers."""

    def __call__(self, body: Body, to: Taker, stage: str | None, small_unit: bool) -> bool:
        """Hand on what a body says; False where it says nothing that is known."""


class ProviderAnswers(Protocol):
    """What a provider's module says of its answers."""

    @property
    def PROVIDER(self) -> str:
        """The provider's id in the price book."""

    @property
    def read(self) -> Read:
        """What reads an answer."""

    def is_answer(self, body: Body) -> bool:
        """Whether a body looks like an answer of this provider."""


#: Every provider whose answers are read, the more particular form first.
PROVIDERS: tuple[ProviderAnswers, ...] = (kling, kling3api, evolink)
#: What reads a provider's answers.
READERS: Mapping[str, Read] = {known.PROVIDER: known.read for known in PROVIDERS}


def provider_of(body: Body) -> str | None:
    """The provider whose answer a body is, recognised by its form; None where no form fits.

    >>> provider_of({"code": 200, "data": {"task_id": "n75a", "status": "SUCCESS"}}), provider_of({})
    ('kling3api', None)
    """
    if "usage" in body and "id" in body and "code" not in body:  # by far the most
        return evolink.PROVIDER
    return next((known.PROVIDER for known in PROVIDERS if known.is_answer(body)), None)


class AnswerReaders:
    """What reads the answers of every provider that is known, and of those that price books describe.

    Args:
        books: those whose descriptions count; of several that say something of a provider's answers, the first.

    Attributes:
        by_provider: what reads a provider's answers.
    """

    def __init__(self, books: Iterable[PriceBook] = ()) -> None:
        self._words: dict[str, AnswerWords] = {}
        for provider in (provider for book in books for provider in book.providers.values()):
            if provider.answers is not None:
                self._words.setdefault(provider.id, provider.answers)
        self._described = {
            name: DescribedAnswers(name, words, words.form) for name, words in self._words.items() if words.form
        }
        self.by_provider: Mapping[str, Read] = {**READERS, **{n: known.read for n, known in self._described.items()}}

    def provider_of(self, body: Body) -> str | None:
        """Whose answer a body is; None where nobody's form fits, or the forms of several do."""
        if not self._described:
            return provider_of(body)
        candidates = self.candidates(body)
        return candidates[0] if len(candidates) == 1 else None

    def candidates(self, body: Body) -> list[str]:
        """Everybody whose answer a body may be; a seller that the books do not have is not one where one of theirs is.

        >>> AnswerReaders().candidates({"code": 200, "data": {"task_id": "n75a", "status": "SUCCESS"}})
        ['kling3api']
        """
        known = provider_of(body)
        found = [name for name, described in self._described.items() if described.is_answer(body)]
        if known is None or known in self._described:
            return found or self._refusers(body)
        return [known, *found] if not found or self._is_task(known, body) else found

    def _refusers(self, body: Body) -> list[str]:
        """One provider that may have refused; which one does not matter, for a refusal is about no task."""
        for name, described in self._described.items():
            seen = _Seen()
            described.read(body, seen, None, False)
            if seen.is_refusal:
                return [name]
        return []

    def _is_task(self, provider: str, body: Body) -> bool:
        """Whether a body may be about a task of a provider that the books have: all its words are known there."""
        words, seen = self._words.get(provider), _Seen()
        READERS[provider](body, seen, None, False)
        return words is not None and seen.is_task and all(word.lower() in words.states for word in seen.status)


class _Seen:
    """Takes what an answer says, only to see what it is."""

    def __init__(self) -> None:
        self.is_task = self.is_refusal = False
        self.status: list[str] = []

    def task(
        self,
        task_id: object,
        facts: Facts,
        created: int | Decimal | None,
        request: Body | None,
        external_id: str | None = None,
    ) -> None:
        """An answer about a task."""
        self.is_task = True
        self.status += [] if facts.status is None else [facts.status]

    def listing(self) -> None:
        """All tasks of this body stand in a list."""

    def balance(self, account: Body, token: Body) -> None:
        """The balance of an account."""

    def refusal(self, code: object, message: object) -> None:
        """The provider says that it refused."""
        self.is_refusal = True
