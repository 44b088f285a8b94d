"""One price, asked for by name."""

from __future__ import annotations

from datetime import date
from typing import Any

from kling_cost.jobs.job import Ask, Job, ask_for
from kling_cost.pricebook.book import PriceBook, book_given
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.pricer import pricer
from kling_cost.problems import Problem, RequestError, problem
from kling_cost.python_values import day, plain, whole

_TEXTS = frozenset({str, type(None)})
_ON_OFF = {True: "on", False: "off"}


def price(
    model: str,
    *,
    provider: str | None = None,
    duration: int | None = None,
    quality: str | None = None,
    sound: str | bool | None = None,
    as_of: date | str | None = None,
    book: PriceBook | None = None,
) -> LineItem:
    """What one call costs.

    Args:
        model: model or task type; `provider:model` where several providers use the name.
        provider: the provider's id, if it is not part of `model`.
        duration: whole seconds. Below the provider's range they are billed at the rate's minimum, and the line's
            notes say so: such a request could not be submitted.
        quality, sound: where left out, the provider's documented default holds, and `defaults_applied` names it.
        as_of: the day whose rate counts; the latest rate in the book if left out.
        book: the price book; the one that comes with the library if left out.

    Raises:
        RequestError: it has no price; `problems` say why.
        UsageError: `as_of` is no day, or `book` no price book.

    >>> price("kling-v3-text-to-video", duration=5, sound="on").cost
    Amount('40.5', 'EVOLINK_CREDIT')
    >>> price("kling-v3-text-to-video", duration=2).notes
    ['3 s minimum']
    """
    if duration.__class__ is not int and duration is not None:
        duration = _whole(duration)
    if model.__class__ is not str or not {provider.__class__, quality.__class__, sound.__class__} <= _TEXTS:
        model, provider, quality, sound = _texts(model, provider, quality, sound)
    if provider is None and ":" in model:
        provider, _, model = model.partition(":")
    options = tuple((name, value) for name, value in (("quality", quality), ("sound", sound)) if value is not None)
    ask = ask_for(provider, model, duration, options)
    charge, problems = pricer(book_given(book), day(as_of, "as_of")).quote(ask, None, True)
    if charge is None:
        raise RequestError(problems)
    return LineItem(_asked(ask, problems), charge)


def _texts(model: Any, *others: Any) -> tuple[Any, ...]:
    """Model, provider, quality and sound of other types than text."""
    values = [plain(value) for value in (model, *others)]
    if values[-1].__class__ is bool:
        values[-1] = _ON_OFF[values[-1]]
    for name, value in zip(("model", "provider", "quality", "sound"), values, strict=True):
        if value.__class__ is not str and (value is not None or name == "model"):
            raise RequestError([problem("wrong_type.text", name, value=value)])
    return tuple(values)


def _asked(ask: Ask, problems: tuple[Problem, ...]) -> Job:
    return Job(None, None, None, ask, problems=problems)


def _whole(value: Any) -> int:
    """A whole number of another type than int, such as NumPy's; a float or bool is refused."""
    found = whole(value)
    if found.__class__ is not int:
        raise RequestError([problem("wrong_type.integer", "duration", value=value)])
    return found
