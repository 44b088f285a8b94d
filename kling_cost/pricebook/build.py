"""Build a `PriceBook` from the tree of its file, or collect every fault; comes after `layers`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from kling_cost.amounts import Currency
from kling_cost.io.strict_yaml import Mapping, Node, Scalar, Sequence, walk
from kling_cost.pricebook import book_rules as checks
from kling_cost.pricebook.answers.answer_paths import PATH_KEYS, AnswerForm, Paths, answer_path
from kling_cost.pricebook.book import (
    CONSUMED,
    FAILED,
    OPEN,
    PRICED_OPTIONS,
    SUCCEEDED,
    AnswerWords,
    ExchangeRate,
    PriceBook,
    Provider,
    Rate,
    Sku,
)
from kling_cost.pricebook.book_problems import Faults
from kling_cost.pricebook.counting.length_tiers import DURATION, tier_range
from kling_cost.pricebook.counting.quantity import BILLED, OUTPUT, Counted
from kling_cost.pricebook.file_schema import (
    BookFile,
    DefaultsFile,
    ExchangeFile,
    QuantityFile,
    RateFile,
    ResponsesFile,
    SkuFile,
)
from kling_cost.pricebook.rate_table import RateTables
from kling_cost.pricebook.terms.build_terms import built_extras, built_products, built_rounding, built_terms
from kling_cost.pricebook.terms.conditions import Table, Tables, with_conditions
from kling_cost.pricebook.terms.extras import COUNTED_NEEDS
from kling_cost.pricebook.terms.terms_rules import check_products
from kling_cost.problems import PriceBookError


def build_book(root: Mapping, faults: Faults, sha256: str, layers: tuple[str, ...]) -> PriceBook:
    """Check a tree and build the book.

    Raises:
        PriceBookError: with the faults given and every one found here, in the order of the file.
    """
    file = _validated(root, faults)
    tables = dict(_read_tables(root, faults))
    checks.check_book(root, faults)
    check_products(root, tables, faults)
    if faults or file is None:
        raise PriceBookError(faults.lines())
    providers = {
        provider_id: Provider(
            provider_id,
            provider.name,
            provider.currency,
            _defaults(provider.defaults),
            {sku_id: _sku(sku_id, sku, tables, (provider_id, sku_id)) for sku_id, sku in provider.skus.items()},
            _answers(provider.responses),
            built_terms(provider.terms),
        )
        for provider_id, provider in file.providers.items()
    }
    currencies = {code: Currency(code, c.name, c.quantum) for code, c in file.currencies.items()}
    exchange = {code: _exchange(code, c.exchange) for code, c in file.currencies.items() if c.exchange}
    exchange |= {p.currency: _exchange(p.currency, p.exchange) for p in file.providers.values() if p.exchange}
    named = dict.fromkeys(name for table in tables.values() for name in table.options if name != DURATION)
    options = tuple(dict.fromkeys((*PRICED_OPTIONS, *named)))
    products = built_products(file.products, _sold(file))
    made = (currencies, providers, exchange, layers, options, file.schema_)
    counts, quantities = _counts(providers.values()), _quantities(providers.values())
    return PriceBook(file.version, sha256, *made, products, counts, quantities=quantities)


def _sold(file: BookFile) -> set[tuple[str, str]]:
    """Every seller with each of its models."""
    sellers = file.providers.items()
    return {(name, model) for name, seller in sellers for sku in seller.skus.values() for model in sku.models}


def _counts(providers: Iterable[Provider]) -> tuple[str, ...]:
    """What any extra counts."""
    rates = (rate for provider in providers for sku in provider.skus.values() for rate in sku.rates)
    per = {extra.per for rate in rates for extra in rate.extras}
    return tuple(name for name in COUNTED_NEEDS if name in per)


def _answers(responses: ResponsesFile | None) -> AnswerWords | None:
    if responses is None:
        return None
    named = responses.words or responses.statuses
    words = {} if named is None else {OPEN: named.open, SUCCEEDED: named.succeeded, FAILED: named.failed}
    small = responses.small_unit
    return AnswerWords(
        responses.takes or (responses.amount if isinstance(responses.amount, str) else CONSUMED),
        {word.lower(): state for state, named in words.items() for word in named},
        None if small is None else (small.name, small.per_unit),
        responses.counted_in,
        {prefix: tuple(skus) for prefix, skus in responses.task_prefixes.items()},
        responses.refund_on_failure,
        _answer_form(responses),
    )


def _answer_form(responses: ResponsesFile) -> AnswerForm | None:
    """Where answers state what; None where the book says only what their words mean."""
    if responses.task_id is None or responses.status is None:
        return None
    small, code = responses.small_unit, responses.code
    is_small = small is not None and responses.unit == small.name
    paths = {name: _paths(getattr(responses, name)) for name in PATH_KEYS}
    return AnswerForm(
        **paths,
        scale=Decimal(1) / small.per_unit if small is not None and is_small else None,
        where={answer_path(path): frozenset(words) for path, words in responses.where.items()},
        code=_paths(code.path if code else None),
        success=frozenset(code.success if code else ()),
    )


def _paths(texts: list[str] | None) -> Paths:
    return tuple(map(answer_path, texts or ()))


def _sku(sku_id: str, sku: SkuFile, tables: Tables, at: tuple[str, str]) -> Sku:
    billing_rule, seconds = _billing(sku)
    days = sorted(sku.rates)
    rates = tuple(
        _rate(day, _first_day_without(sku, sku.rates[day], following), sku.rates[day], tables[(*at, day.isoformat())])
        for day, following in zip(days, [*days[1:], None], strict=True)
    )
    return Sku(
        sku_id,
        tuple(sku.models),
        billing_rule,
        seconds or tier_range(rate.options for rate in rates),
        rates,
        sku.names,
        _defaults(sku.defaults),
        _counted(sku.quantity),
    )


def _billing(sku: SkuFile) -> tuple[str, tuple[int, int] | None]:
    """The billing rule, and the range of seconds."""
    quantity, seconds = sku.quantity, sku.seconds
    if quantity is None:
        return sku.billing_rule or "", (seconds.minimum, seconds.maximum) if seconds else None
    bounds = quantity.minimum, quantity.maximum
    is_range = quantity.of == OUTPUT and None not in bounds
    return BILLED[quantity.of], bounds if is_range else None  # type: ignore[return-value]


def _counted(quantity: QuantityFile | None) -> Counted | None:
    if quantity is None:
        return None
    ends = quantity.minimum, quantity.maximum, quantity.unknown
    return Counted(quantity.of, quantity.step or 1, quantity.round or "up", *ends)


def _quantities(providers: Iterable[Provider]) -> tuple[str, ...]:
    """The columns that give quantities which no request tells."""
    given = {sku.given_as for provider in providers for sku in provider.skus.values()}
    return tuple(sorted(name for name in given if name is not None))


def _first_day_without(sku: SkuFile, rate: RateFile, following: date | None) -> date | None:
    """The first day on which a rate no longer holds: the one after its last or the SKU's, or when another begins."""
    ends = [day + timedelta(days=1) for day in (rate.until, sku.until) if day is not None]
    return min([*ends, *([] if following is None else [following])], default=None)


def _defaults(defaults: DefaultsFile) -> dict[str, str]:
    return {name: str(value) for name, value in defaults.model_dump(exclude_none=True).items()}


def _rate(day: date, until: date | None, rate: RateFile, table: Table) -> Rate:
    return Rate(
        day,
        until,
        table.by,
        table.prices,
        table.options,
        None if rate.minimum_quantity is None else Decimal(rate.minimum_quantity),
        rate.minimum_charge,
        rate.settlement,
        rate.refund_on_failure,
        rate.suspicious,
        rate.source,
        rate.checked,
        rate.date_basis,
        rate.copied,
        rate.url,
        built_extras(rate.extra),
        built_rounding(rate.round),
        table.conditional,
    )


def _exchange(currency: str, entries: dict[date, ExchangeFile]) -> tuple[ExchangeRate, ...]:
    return tuple(
        ExchangeRate(currency, e.per_usd, day, e.source, e.checked, e.date_basis) for day, e in sorted(entries.items())
    )


def _read_tables(root: Mapping, faults: Faults) -> Iterator[tuple[tuple[str, str, str], Table]]:
    for provider_id, sku_id, sku in checks.each_sku(root):
        for day, rate in checks.entries(sku, "rates"):
            own = rate.items.get("options")
            shared = sku.items.get("options")
            ranges = own if own is not None else shared
            by, path = checks.texts(rate, "by"), f"providers.{provider_id}.skus.{sku_id}.rates.{day}"
            reader = RateTables(
                rate,
                path,
                by,
                {name: values for name in checks.keys(ranges) if (values := checks.texts(ranges, name))},
                own is None and ranges is not None and ranges.file != rate.file,
                faults,
            )
            table = Table(by, reader.unit_prices(), reader.options)
            yield (provider_id, sku_id, day), with_conditions(table, rate, path, faults)


def _validated(root: Mapping, faults: Faults) -> BookFile | None:
    try:
        return BookFile.model_validate(_plain(root))
    except ValidationError as error:
        nodes = dict(walk(root))
        for found in error.errors(include_url=False, include_input=False):
            path = tuple(part for part in found["loc"] if part != "[key]")
            of_key = path != found["loc"] or found["type"] in ("extra_forbidden", "missing")
            node = _where(root, nodes, path, of_key)
            faults.at(node, ".".join(map(str, path)), _why(found) + _meant(found))
        return None


def _plain(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {key: _plain(value) for key, value in node.items.items()}
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    return None if isinstance(node, Scalar) and node.is_null else getattr(node, "text", None)


def _where(root: Mapping, nodes: dict[tuple[str | int, ...], Node], path: tuple[str | int, ...], of_key: bool) -> Node:
    while path and path not in nodes:
        path = path[:-1]
    parent = nodes[path[:-1]] if path else root
    if path and of_key and isinstance(parent, Mapping):
        return parent.key_nodes[str(path[-1])]
    return nodes[path]


def _why(found: Any) -> str:
    context = found.get("ctx", {})
    match found["type"]:
        case "value_error":
            return str(context["error"])
        case "missing":
            return "missing"
        case "extra_forbidden":
            return "unknown key"
        case "literal_error":
            return f"must be one of {context['expected']}"
        case "dict_type" | "model_type" | "model_attributes_type":
            return "must be a mapping of keys"
        case "list_type":
            return "must be a list"
        case "too_short":
            return "must not be empty"
        case _:
            return str(found["msg"])


def _meant(found: Any) -> str:
    """Which key of a provider's answers an unknown one was probably meant to be."""
    from difflib import get_close_matches  # a book that nobody misspells does without

    *above, key = map(str, found["loc"])
    if found["type"] != "extra_forbidden" or above[-1:] != ["responses"]:
        return ""
    known = get_close_matches(key, ResponsesFile.model_fields, 1)
    return f"; did you mean {known[0]}?" if known else ""
