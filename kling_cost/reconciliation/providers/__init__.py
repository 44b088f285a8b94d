"""How each provider answers: one file each, listed here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from kling_cost.reconciliation.providers import evolink, kling, kling3api
from kling_cost.reconciliation.providers.answer_schema import Body, Taker


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
