"""One request body, held to every rule and priced before it is sent."""

from __future__ import annotations

from datetime import date
from typing import Any

from kling_cost.io.json_files import json_problem
from kling_cost.io.strict_json import JsonError, parse_json
from kling_cost.jobs.bodies import Details, clean_ask, job_from_body
from kling_cost.jobs.read_jobs import exact
from kling_cost.pricebook.book import PriceBook, book_given
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.pricer import Pricer, pricer
from kling_cost.problems import RequestError, problem
from kling_cost.python_values import day, text


def price_request(
    body: bytes | str | dict[str, Any],
    book: PriceBook | None = None,
    *,
    provider: str | None = None,
    as_of: date | str | None = None,
) -> LineItem:
    """Hold one request body to every rule of its provider and price it, before it is sent unchanged.

    Args:
        body: the body as JSON text or bytes, where a repeated key is refused, or as a dict.
        book: the price book; the one that comes with the library if left out.
        provider: the provider's id, where the body does not tell it.
        as_of: the day whose rate counts; the latest rate in the book if left out.

    Returns:
        The line item; warnings stand in `job.problems`.

    Raises:
        UsageError: `as_of` is no day, or `book` no price book.
        RequestError: the body is no JSON object, breaks a rule or has no price; `problems` hold every fault.

    >>> price_request('{"model": "kling-v3-text-to-video", "prompt": "Fog", "duration": 5}').cost
    Amount('27', 'EVOLINK_CREDIT')
    """
    known = pricer(book, None) if as_of is None and book is None else pricer(book_given(book), day(as_of, "as_of"))
    if provider is not None:
        provider = text(provider, "provider")
    try:
        parsed = parse_json(body) if body.__class__ is bytes else _of_other(body)
    except JsonError as error:
        raise RequestError([json_problem(error, _bytes(body))]) from None
    if parsed.__class__ is not dict:
        raise RequestError([problem("unreadable.not_object", value=parsed)])
    asked = clean_ask(parsed, provider)
    item = None if asked is None else known.clean_request(*asked)
    return _priced(parsed, provider, known) if item is None else item


def _of_other(body: Any) -> Any:
    return parse_json(_bytes(body)) if isinstance(body, (bytes, str)) else exact(body)


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str.encode(body, "utf-8", "surrogatepass")


def _priced(body: dict[str, Any], provider: str | None, known: Pricer) -> LineItem:
    job = job_from_body(body, Details(provider=provider, options=known.book.own_inputs))
    item, problems = known.line_item(job)
    if item is None:
        raise RequestError([p for p in problems if p.severity == "error"])
    return LineItem(job._replace(problems=problems, prompt=""), item.charge)
