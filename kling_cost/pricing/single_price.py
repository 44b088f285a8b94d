"""One price, asked for by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kling_cost.jobs.job import Ask, Job, Options, ask_for
from kling_cost.pricebook.book import PriceBook, book_given
from kling_cost.pricebook.load import load_prices
from kling_cost.pricebook.terms.group_prices import book_for_group
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.pricer import pricer
from kling_cost.problems import Problem, RequestError, UsageError, problem, shown
from kling_cost.python_values import day, instance, plain, text, whole

_TEXTS = frozenset({str, type(None)})
_ON_OFF = {True: "on", False: "off"}


def price(
    model: str,
    *,
    provider: str | None = None,
    duration: int | None = None,
    quality: str | None = None,
    sound: str | bool | None = None,
    options: Mapping[str, str] | None = None,
    as_of: date | str | None = None,
    book: PriceBook | None = None,
    group: str | None = None,
) -> LineItem:
    """What one call costs.

    Args:
        model: model or task type; `provider:model` where several providers use the name.
        provider: the provider's id, if it is not part of `model`.
        duration: whole seconds. Below the provider's range they are billed at the rate's minimum, and the line's
            notes say so: such a request could not be submitted.
        quality, sound: where left out, the provider's documented default holds, and `defaults_applied` names it.
        options: values of the options that the price book names itself, such as `{"tier": "fast"}`, and the numbers of
            what it counts, such as `{"element": 2}`.
        as_of: the day whose rate counts; the latest rate in the book if left out.
        book: the price book; the one that comes with the library if left out.
        group: the group of customers whose prices count, as a seller's `terms` in the book list it.

    Raises:
        RequestError: it has no price; `problems` say why.
        UsageError: `as_of` is no day, `book` no price book, or the book has no such option or group.

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
    known = pricer(_prices(book, group), day(as_of, "as_of"))
    chosen: tuple[tuple[str, Any], ...] = (("quality", quality), ("sound", sound))
    asked: Options = tuple(pair for pair in chosen if pair[1] is not None)
    if options is not None:
        asked += _own_options(options, known.book)
    ask = ask_for(provider, model, duration, asked)
    charge, problems = known.quote(ask, None, True)
    if charge is None:
        raise RequestError(problems)
    return LineItem(_asked(ask, problems), charge)


def _prices(book: Any, group: Any) -> PriceBook | None:
    """The price book, with the prices of a group where one is named."""
    known = book_given(book)
    return known if group is None else book_for_group(known or load_prices(), text(group, "group"))


def _own_options(given: Any, book: PriceBook) -> Options:
    """Values of the options that the book names itself.

    Raises:
        UsageError: it is no mapping, or the book has no such option.
        RequestError: a value is no text.
    """
    found: Mapping[Any, Any] = instance(given, Mapping, "options", "a mapping of names to values")  # type: ignore[type-abstract]
    for name, value in found.items():
        if name not in book.own_inputs:
            known = ", ".join(book.own_inputs)
            raise UsageError(f"the price book has no option {shown(name)}" + (f"; it has {known}" if known else ""))
        if not isinstance(value, str) and not (name in book.counts and value.__class__ is int):
            raise RequestError([problem("wrong_type.text", name, value=plain(value))])
    return tuple((name, str(value)) for name, value in found.items())


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
