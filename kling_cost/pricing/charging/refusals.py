"""Why a price book has no price for what a request names, and what was probably meant."""

from __future__ import annotations

from collections.abc import Sequence

from kling_cost.jobs.job import Ask
from kling_cost.jobs.spelling import closest, closest_model
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricebook.other_books import book_that_sells
from kling_cost.problems import Listed, Problem, problem


def no_seller(book: PriceBook, ask: Ask, sellers: Sequence[str]) -> Problem:
    """Why no one seller can be told for the model of a request.

    Args:
        book: the price book.
        ask: what is asked for.
        sellers: who sells it, none or several.

    >>> from kling_cost.jobs.job import ask_for
    >>> from kling_cost.pricebook.load import load_prices
    >>> no_seller(load_prices(), ask_for(None, "kling-v3-text-to-vidoe"), []).hint
    'did you mean kling-v3-text-to-video?'
    """
    model, wanted, field = ask.model or "", ask.provider, ask.name_field
    if sellers:
        example = f"{sellers[0]}:{model}"
        return problem("ambiguous.model", field, model=model, providers=Listed(sellers), example=example)
    if wanted is not None and wanted not in book.providers:
        return problem("unknown_model.provider", "provider", provider=wanted, providers=Listed(list(book.providers)))
    if wanted is not None:
        found = problem("unknown_model.at_provider", field, provider=wanted, model=model)
        return with_api_error(found, wanted, "type")
    meant = closest_model(model, book.models())
    if meant:
        return problem("unknown_model.misspelt", field, model=model, meant=meant)
    other = book_that_sells(model)
    if other:
        return problem("unknown_model.other_book", field, model=model, book=other)
    return problem("unknown_model.name", field, model=model)


def not_allowed(ask: Ask, name: str, value: str, allowed: tuple[str, ...]) -> Problem:
    """Why a value of an option has no price.

    >>> from kling_cost.jobs.job import NO_ASK
    >>> not_allowed(NO_ASK, "quality", "1080", ("720p", "1080p")).code
    'not_allowed'
    """
    meant = closest(value, allowed)
    if meant:
        return problem("not_allowed.misspelt", name, value=value, choices=Listed(allowed), meant=meant)
    other = book_that_sells(ask.model or "", name, value)
    if other:
        return problem("not_allowed.other_book", name, value=value, choices=Listed(allowed), book=other)
    return problem("not_allowed.choice", name, value=value, choices=Listed(allowed))


def with_api_error(found: Problem, provider: str, field: str) -> Problem:
    """A problem with the name of the error that the API returns for it, where it has one.

    >>> with_api_error(problem("missing.required", "x"), "nobody", "x").message
    'required field is missing'
    """
    from kling_cost.jobs.providers import api_error

    name = api_error(provider, field)
    return found if name is None else Problem(found.key, found.field, (*found.params, ("api", name)), found.severity)
