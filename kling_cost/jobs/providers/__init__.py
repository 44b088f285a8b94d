"""The request models of each provider: one file each, listed here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from kling_cost.jobs.job import Ask
from kling_cost.jobs.providers import evolink, kling, kling3api
from kling_cost.jobs.providers.equivalent_values import PlainValue
from kling_cost.jobs.providers.request_model import ModelRules, RequestKind
from kling_cost.jobs.providers.request_schema import Body, form_fields
from kling_cost.jobs.providers.request_words import RequestWords


class ProviderRequests(Protocol):
    """What a provider's module says of its requests."""

    @property
    def PROVIDER(self) -> str:
        """The provider's id in the price book."""

    @property
    def NAME_FIELD(self) -> str:
        """The field that holds the model's name."""

    @property
    def MODELS(self) -> Mapping[str, ModelRules]:
        """The rules of each model by its name."""

    @property
    def FIXED(self) -> Mapping[str, Mapping[str, str]]:
        """What a word of a model's name says of priced fields that its requests do not have."""

    @property
    def PLAIN_VALUES(self) -> Mapping[str, PlainValue]:
        """Values of free fields that none of its rules tells apart; a field that is not named is always looked at."""

    @property
    def API_ERRORS(self) -> Mapping[str, str]:
        """The provider's own name of an error, by field."""

    @property
    def ANSWERS_REPEAT_REQUEST(self) -> bool:
        """Whether its answers repeat the request."""


#: Every provider with request rules.
PROVIDERS: tuple[ProviderRequests, ...] = (evolink, kling3api)


def _kinds() -> Iterator[RequestKind]:
    names = frozenset(model for provider in PROVIDERS for model in provider.MODELS)
    for provider in PROVIDERS:
        siblings = frozenset(path for form, _, _ in provider.MODELS.values() for path, _ in form_fields(form))
        for model, (form, check, facts) in provider.MODELS.items():
            yield RequestKind(
                provider.PROVIDER,
                model,
                provider.NAME_FIELD,
                form,
                check,
                facts,
                siblings,
                provider.API_ERRORS,
                provider.ANSWERS_REPEAT_REQUEST,
                names,
                next((fixed for word, fixed in provider.FIXED.items() if word in model.split("-")), {}),
            )


#: Every kind of request by provider and model.
KINDS: Mapping[tuple[str, str], RequestKind] = {(kind.provider, kind.model): kind for kind in _kinds()}
_NAMES = [model for _, model in KINDS]
#: Kinds whose model name only one provider uses.
KINDS_BY_MODEL: Mapping[str, RequestKind] = {m: kind for (_, m), kind in KINDS.items() if _NAMES.count(m) == 1}
#: Every kind of request by what it is called where all are listed, those that are told by form or path among them.
EVERY_KIND: Mapping[str, RequestKind] = {
    **{f"{provider}:{model}": kind for (provider, model), kind in KINDS.items()},
    **{f"{kling.PROVIDER}:{model}": kind for model, kind in kling.NAMED_KINDS.items()},
    **{f"{kling.PROVIDER}:/{operation}/…": kind for operation, kind in kling.PATH_KINDS.items()},
}
#: The field that holds the model's name, by provider.
NAME_FIELDS: Mapping[str, str] = {known.PROVIDER: known.NAME_FIELD for known in PROVIDERS}


def _plain_values() -> Iterator[tuple[str, PlainValue]]:
    """Those fields of which every provider that has them says the same."""
    for field in dict.fromkeys(field for provider in PROVIDERS for field in provider.PLAIN_VALUES):
        having = {kind.provider for kind in KINDS.values() if field in kind.fields}
        values = {known.PLAIN_VALUES.get(field) for known in PROVIDERS if known.PROVIDER in having}
        value = values.pop()
        if value is not None and not values:
            yield field, value


#: Values that no rule of any provider tells apart, by field.
PLAIN_VALUES: Mapping[str, PlainValue] = dict(_plain_values())


def kind_by_form(body: Body, provider: str | None, path: str | None) -> RequestKind | None:
    """The kind of a request that is told by its form or its path; None where a provider is named that has others.

    >>> kind_by_form({"model_name": "kling-v3", "duration": "5"}, None, None).model
    'kling-v3'
    """
    return None if provider in NAME_FIELDS else kling.kind_of(body, path)


def words_of(ask: Ask) -> RequestWords | None:
    """How the request of an ask says what a price depends on; None where it does so as a row does.

    >>> words_of(Ask("kling", "kling-v3", name_field="model_name")).places["quality"]
    'mode'
    """
    return kling.words_of(ask.name_field, ask.model)


def api_error(provider: str | None, field: str) -> str | None:
    """The provider's own name for an error in a field, or None.

    >>> api_error("kling3api", "duration")
    'INVALID_DURATION'
    """
    return next((known.API_ERRORS.get(field) for known in PROVIDERS if provider == known.PROVIDER), None)
