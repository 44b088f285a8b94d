"""Estimates that were stored before, read back and taken as they are: nothing is priced again."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from kling_cost.amounts import EXACT, plain_text, round_half_up
from kling_cost.io.sources import Source, name_sources
from kling_cost.jobs.job import NO_ASK, Job
from kling_cost.jobs.read_jobs import StoredEstimateError, stream_jobs
from kling_cost.messages import NOTES
from kling_cost.pricebook.book import ExchangeRate
from kling_cost.pricebook.load import parse_exchange
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.pricing.provenance import Stamp
from kling_cost.pricing.stored_forms import (
    Code,
    Day,
    Number,
    Stored,
    StoredPriceBook,
    StoredProblem,
    stored_problem,
    validated,
)
from kling_cost.pricing.stored_sheet import document_of_sheet
from kling_cost.problems import UsageError, problem
from kling_cost.python_values import list_of


class _Item(Stored):
    job_id: str
    source: str | None = None
    row: int | None = None
    provider: str
    model: str
    options: dict[Literal["duration", "quality", "sound"], str]
    defaults_applied: list[str]
    billing_rule: Literal["per_second", "per_call"]
    requested_quantity: Number
    billed_quantity: Number
    unit: Literal["second", "call"]
    unit_price: Number
    cost_per_take: Number
    takes: Annotated[int, Field(ge=1)]
    cost: Number
    currency: Code
    usd: Number | None
    rate_effective_from: Day
    notes: list[str]
    tags: dict[str, str]
    task_ids: Annotated[list[str], Field(default_factory=list)]


class _Total(Stored):
    currency: Code
    jobs: int
    takes: int
    cost: Number
    usd: Number | None = None


class _Estimate(Stored):
    as_of: Day | None
    price_book: StoredPriceBook
    line_items: list[_Item]
    totals: list[_Total]
    problems: list[StoredProblem]
    left_out: Annotated[int, Field(ge=0)]
    partial: bool | None = None


def read_estimate(path: str | os.PathLike[str], *, rates: Iterable[str] = ()) -> Estimate:
    """Read an estimate that was stored as JSON, or as a CSV file of line items.

    Args:
        path: the file.
        rates: exchange rates such as `"100 KLING3API_CREDIT/USD"`, for currencies whose rate it does not know.

    Raises:
        ReadError: it cannot be read, is no estimate, or does not add up.
        UsageError: a rate is malformed, or the estimate knows that rate already.

    >>> import kling_cost as kc, pathlib, tempfile
    >>> estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     kc.write_report(pathlib.Path(folder, "estimate.csv"), estimate)
    ...     read_estimate(pathlib.Path(folder, "estimate.csv")).totals == estimate.totals
    True
    """
    source = name_sources([path])[0]
    try:
        stream_jobs([source]).collect()
    except StoredEstimateError as found:
        return stored_estimate(source, found, rates)
    raise source.error("unreadable.no_estimate")


def stored_estimate(source: Source, found: StoredEstimateError, rates: Iterable[str] = ()) -> Estimate:
    """The estimate that a reader of jobs came upon."""
    document = found.document if found.document is not None else document_of_sheet(source)
    stored = validated(_Estimate, document, source, "unreadable.stored")
    texts = list_of(rates, "rates", str, "an exchange rate")
    given = {rate.currency: rate for rate in map(parse_exchange, texts)}
    exchange = _exchange(stored, given)
    items = _line_items(source, stored, {currency: rate.per_usd for currency, rate in exchange.items()}, given)
    used = sorted({item.charge.currency for item in items} - {"USD"})
    stamp = Stamp(
        stored.price_book.version,
        stored.price_book.sha256,
        stored.price_book.oldest_checked,
        {currency: rate for currency, rate in exchange.items() if currency in used or currency in given},
        tuple(currency for currency in used if currency not in exchange),
    )
    problems = [stored_problem(p) for p in stored.problems if p.code != "no_exchange_rate" or not given]
    if given or found.document is None:
        problems += [problem("no_exchange_rate.unknown", "", currency=c) for c in stamp.without_exchange]
    estimate = Estimate(items, problems, stored.left_out, stored.as_of, stamp, stored_sha256=found.sha256)
    _check_totals(source, stored, estimate, given)
    return estimate


def _exchange(stored: _Estimate, given: Mapping[str, ExchangeRate]) -> dict[str, ExchangeRate]:
    known = stored.price_book.rates()
    for currency in given:
        if currency in known:
            raise UsageError(f"the stored estimate already has an exchange rate for {currency}; it cannot be replaced")
    return {**known, **given}


def _line_items(
    source: Source, stored: _Estimate, per_usd: Mapping[str, Decimal], given: Mapping[str, ExchangeRate]
) -> list[LineItem]:
    charges: dict[tuple[Any, ...], Charge] = {}
    items = []
    for number, record in enumerate(stored.line_items):
        key = _charge_key(record)
        charge = charges.get(key)
        if charge is None:
            charge = charges[key] = _charge(
                record, per_usd.get(record.currency, Decimal(1) if record.currency == "USD" else None)
            )
        ids = tuple(record.task_ids)
        job = Job(record.job_id, record.source, record.row, NO_ASK, record.takes, tags=record.tags, task_ids=ids)
        item = LineItem(job, charge)
        agrees = item.cost_value == record.cost and (record.currency in given or item.usd == record.usd)
        if not (agrees and adds_up(charge)):
            raise source.error("unreadable.stored_sum", None, f"line_items.{number}", job=record.job_id)
        items.append(item)
    return items


def _charge_key(record: _Item) -> tuple[Any, ...]:
    facts = record.model_dump(exclude={"job_id", "source", "row", "takes", "cost", "usd", "tags", "task_ids"})
    return tuple(str(value) for value in facts.values())


def _charge(record: _Item, per_usd: Decimal | None) -> Charge:
    return Charge(
        record.provider,
        record.model,
        {str(name): value for name, value in record.options.items()},
        tuple(record.defaults_applied),
        record.billing_rule,
        record.unit,
        record.requested_quantity,
        record.billed_quantity,
        record.unit_price,
        record.cost_per_take,
        record.currency,
        per_usd,
        record.rate_effective_from,
        tuple(("stored", (("text", note),)) for note in record.notes),
    )


def adds_up(charge: Charge) -> bool:
    """Whether a stored charge is what its quantity and unit price come to, rounded, with the minimums that it names.

    >>> from kling_cost.pricing.single_price import price
    >>> adds_up(price("kling-v3-text-to-video", duration=7, quality="1080p").charge)
    True
    """
    requested, billed, cost = charge.requested_quantity, charge.billed_quantity, charge.cost
    notes = {NOTES[key].format(**dict(params)) for key, params in charge.notes}
    least = NOTES["minimum"].format(minimum=plain_text(billed))
    if billed < requested or (billed > requested and least not in notes):
        return False
    seconds = charge.options.get("duration")
    if charge.unit == "second" and seconds != plain_text(requested):
        return False
    exact = EXACT.multiply(charge.unit_price, billed)
    places = max(0, -int(cost.normalize(EXACT).as_tuple().exponent))
    if round_half_up(exact, Decimal(1).scaleb(-places)) == cost:
        return True
    charged = NOTES["minimum_charge"].format(charge=f"{plain_text(cost)} {charge.currency}")
    return cost > exact and charged in notes


def _check_totals(source: Source, stored: _Estimate, estimate: Estimate, given: Collection[str]) -> None:
    told = {total.currency: (total.jobs, total.takes, total.cost) for total in stored.totals}
    if told != {total.currency: (total.jobs, total.takes, total.cost) for total in estimate.totals}:
        raise source.error("unreadable.stored_sum", None, "totals", job="")
    money = {total.currency: total.usd for total in estimate.totals}
    if any(total.usd not in (None, money[total.currency]) for total in stored.totals if total.currency not in given):
        raise source.error("unreadable.stored_sum", None, "totals", job="")
    if stored.partial not in (None, estimate.partial):
        raise source.error("unreadable.stored_sum", None, "left_out", job="")
