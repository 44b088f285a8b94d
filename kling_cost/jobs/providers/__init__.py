"""The request models of each provider: one file each, listed here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import ModuleType

from kling_cost.jobs.providers import evolink, kling3api
from kling_cost.jobs.providers.request_model import RequestKind
from kling_cost.jobs.providers.request_schema import form_fields

_MODULES: tuple[ModuleType, ...] = (evolink, kling3api)


def _kinds() -> Iterator[RequestKind]:
    names = frozenset(model for module in _MODULES for model in module.MODELS)
    for module in _MODULES:
        siblings = frozenset(path for form, _, _ in module.MODELS.values() for path, _ in form_fields(form))
        for model, (form, check, facts) in module.MODELS.items():
            yield RequestKind(
                module.PROVIDER,
                model,
                module.NAME_FIELD,
                form,
                check,
                facts,
                siblings,
                module.API_ERRORS,
                module.IS_ECHOED,
                names,
                next((fixed for word, fixed in module.FIXED.items() if word in model.split("-")), {}),
            )


#: Every kind of request by provider and model.
KINDS: Mapping[tuple[str, str], RequestKind] = {(kind.provider, kind.model): kind for kind in _kinds()}
_NAMES = [model for _, model in KINDS]
#: Kinds whose model name only one provider uses.
KINDS_BY_MODEL: Mapping[str, RequestKind] = {m: kind for (_, m), kind in KINDS.items() if _NAMES.count(m) == 1}
#: The field that holds the model's name, by provider.
NAME_FIELDS: Mapping[str, str] = {module.PROVIDER: module.NAME_FIELD for module in _MODULES}


def api_error(provider: str | None, field: str) -> str | None:
    """The provider's own name for an error in a field, or None.

    >>> api_error("kling3api", "duration")
    'INVALID_DURATION'
    """
    return next((m.API_ERRORS.get(field) for m in _MODULES if provider == m.PROVIDER), None)
