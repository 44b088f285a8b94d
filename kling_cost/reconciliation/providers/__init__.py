"""How each provider answers: one file each, listed here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType

from kling_cost.reconciliation.providers import evolink, kling, kling3api
from kling_cost.reconciliation.providers.answer_schema import Body, Taker

#: The readers, the more particular form first.
_MODULES: tuple[ModuleType, ...] = (kling, kling3api, evolink)
Read = Callable[[Body, Taker, str | None, bool], bool]
#: What reads a provider's answers.
READERS: Mapping[str, Read] = {module.PROVIDER: module.read for module in _MODULES}


def provider_of(body: Body) -> str | None:
    """Whose answer a body is, told by its form; None where no form fits.

    >>> provider_of({"code": 200, "data": {"task_id": "n75a", "status": "SUCCESS"}}), provider_of({})
    ('kling3api', None)
    """
    if "usage" in body and "id" in body and "code" not in body:  # by far the most
        return evolink.PROVIDER
    return next((module.PROVIDER for module in _MODULES if module.is_answer(body)), None)
