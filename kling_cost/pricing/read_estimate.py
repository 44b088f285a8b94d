"""Estimates that were stored before, read back and taken as they are: nothing is priced again."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from operator import attrgetter
from typing import Any

from kling_cost.amounts import EXACT, PLAIN_NUMBER, divide_half_up, exact_sum, plain_text, round_half_up
from kling_cost.io.sources import Source, name_sources
from kling_cost.jobs.job import NO_ASK, Job
from kling_cost.jobs.own_line_items import StoredEstimateError
from kling_cost.jobs.read_jobs import stream_jobs
from kling_cost.messages import NOTES
from kling_cost.pricebook.book import ExchangeRate
from kling_cost.pricebook.load import parse_exchange
from kling_cost.pricebook.terms.extras import Rounding
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import MINIMUMS, Charge, LineItem
from kling_cost.pricing.provenance import Stamp, stored_stamp
from kling_cost.pricing.rule import Adjustments, ChargedExtra, rounded, unrounded_cost
from kling_cost.pricing.stored_sheet import document_of_sheet
from kling_cost.problems import UsageError, problem
from kling_cost.python_values import list_of
from kling_cost.results.certainty import AT_MOST, certainty_of
from kling_cost.results.certainty import EXACT as CERTAIN
from kling_cost.results.document_types import ESTIMATE
from kling_cost.results.record_types import LINE_ITEM
from kling_cost.results.stored_forms import stored_problem, stored_result

#: What depends on the takes of a job, and so is no part of its charge.
_OF_TAKES = ("takes", "cost", "cost_least", "cost_most", "usd")
#: Options that give a quantity.
_QUANTITIES = ("input_seconds", "tokens", "duration")
_NUMBER = re.compile(PLAIN_NUMBER, re.ASCII)
_PLACES = 30  # decimals of what one take costs at least


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
    stored = stored_result(ESTIMATE, document, source, "unreadable.stored")
    texts = list_of(rates, "rates", str, "an exchange rate")
    given = {rate.currency: rate for rate in map(parse_exchange, texts)}
    known = stored_stamp(stored.price_book)
    for currency in given.keys() & known.exchange.keys():
        raise UsageError(f"the stored estimate already has an exchange rate for {currency}; it cannot be replaced")
    exchange = {**known.exchange, **given}
    items = stored_line_items(source, stored.line_items, exchange, given)
    stamp = _used(known, {item.charge.currency for item in items} - {"USD"}, exchange, given)
    problems = [stored_problem(p) for p in stored.problems if p.code != "no_exchange_rate" or not given]
    if given or found.document is None:
        problems += [problem("no_exchange_rate.unknown", "", currency=c) for c in stamp.without_exchange]
    estimate = Estimate(items, problems, stored.left_out, stored.as_of, stamp, stored_sha256=found.sha256)
    _check_totals(source, stored, estimate, given, found.document is not None)
    return estimate


def _used(known: Stamp, used: set[str], exchange: Mapping[str, ExchangeRate], given: Collection[str]) -> Stamp:
    """The stamp with the exchange rates that line items use, and those that are given."""
    kept = {currency: rate for currency, rate in exchange.items() if currency in used or currency in given}
    return replace(known, exchange=kept, without_exchange=tuple(sorted(used - exchange.keys())))


def stored_line_items(
    source: Source, records: Iterable[Any], exchange: Mapping[str, ExchangeRate], given: Collection[str] = ()
) -> list[LineItem]:
    """Line items as a stored result holds them, each held to its own figures.

    Args:
        source: the file.
        records: the line items.
        exchange: the exchange rates that count.
        given: currencies whose rate the caller gave, so that the file has no dollars for them.

    Raises:
        ReadError: a line does not add up.
    """
    per_usd = {"USD": Decimal(1)} | {currency: rate.per_usd for currency, rate in exchange.items()}
    facts = attrgetter(*(field.name for field in LINE_ITEM.fields if not field.own and field.name not in _OF_TAKES))
    charges: dict[str, Charge] = {}
    items = []
    for number, record in enumerate(records):
        key = repr((facts(record), _least_of_one(record)))
        charge = charges.get(key)
        if charge is None:
            charge = charges[key] = _charge(record, per_usd.get(record.currency))
        items.append(_line_item(source, number, record, charge, record.currency not in given))
    return items


def _line_item(source: Source, number: int, record: Any, charge: Charge, dollars_are_stored: bool) -> LineItem:
    if record.job_id is None:
        raise source.error("unreadable.stored", None, f"line_items.{number}.job_id", why="must be text")
    ids = tuple(record.task_ids)
    job = Job(record.job_id, record.source, record.row, NO_ASK, record.takes, tags=record.tags, task_ids=ids)
    item = LineItem(job, charge)
    agrees = (
        _extras_add_up(charge) and item.cost_value == record.cost and (not dollars_are_stored or item.usd == record.usd)
    )
    is_counted = len(charge.adjustments.counts) == len(record.counted or ())  # each of them is a whole number
    if not (agrees and is_counted and _is_bounded_right(record, item) and adds_up(charge)):
        raise source.error("unreadable.stored_sum", None, f"line_items.{number}", job=record.job_id)
    return item


def _charge(record: Any, per_usd: Decimal | None) -> Charge:
    return Charge(
        record.provider,
        record.model,
        record.options,
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
        certainty=record.certainty,
        cost_least=_least_of_one(record),
        adjustments=_adjustments(record),
    )


def _least_of_one(record: Any) -> Decimal | None:
    """The least that one take of a stored line costs."""
    least: Decimal | None = record.cost_least
    return None if least is None else divide_half_up(least, Decimal(record.takes), _PLACES)


def _is_bounded_right(record: Any, item: LineItem) -> bool:
    """Whether a stored line says of its bounds what follows from them."""
    least, most = record.cost_least, record.cost_most
    if record.certainty == CERTAIN:
        return (least, most) == (None, None) and record.cost is not None
    known = AT_MOST if record.certainty == AT_MOST and most is not None else certainty_of(least, most)
    if (known, most) != (record.certainty, record.cost):
        return False
    told = item.cost_least
    return told is None or (told.value == least and (most is None or least < most))


def _adjustments(record: Any) -> Adjustments:
    """What comes to a stored line's quantity × unit price."""
    extras = tuple(ChargedExtra(extra.per, extra.quantity, extra.unit_price, extra.cost) for extra in record.extras)
    rounding = None if record.rounding is None else Rounding(record.rounding.to, record.rounding.mode)
    return Adjustments(extras, record.factor, rounding, record.group, _counts(record))


def _counts(record: Any) -> tuple[tuple[str, int], ...]:
    """What was counted for extras; nothing where the line does not say it, as in older files."""
    counted = (record.counted or {}).items()
    return tuple((name, int(count)) for name, count in counted if count.isascii() and count.isdigit())


def adds_up(charge: Charge) -> bool:
    """Whether a stored charge is what its quantity and unit price come to, rounded, with the minimums that it names.

    >>> from kling_cost.pricing.single_price import price
    >>> adds_up(price("kling-v3-text-to-video", duration=7, quality="1080p").charge)
    True
    """
    requested, billed, cost = charge.requested_quantity, charge.billed_quantity, charge.due
    notes = {NOTES[key].format(**dict(params)) for key, params in charge.notes}
    least = NOTES[MINIMUMS.get(charge.unit, "minimum")].format(minimum=plain_text(billed))
    if billed < requested or (billed > requested and least not in notes):
        return False
    if charge.certainty == CERTAIN and not _is_told(charge, notes):
        return False
    exact = unrounded_cost(charge.unit_price, billed, charge.adjustments)
    if _rounds_to(exact, cost, charge.adjustments.rounding):
        return True
    charged = NOTES["minimum_charge"].format(charge=f"{plain_text(cost)} {charge.currency}")
    return cost > exact and charged in notes


def _extras_add_up(charge: Charge) -> bool:
    extras, counts = charge.adjustments.extras, dict(charge.adjustments.counts)
    is_counted = all(extra.quantity <= counts.get(extra.per, extra.quantity) for extra in extras)
    return is_counted and all(extra.cost == EXACT.multiply(extra.quantity, extra.unit_price) for extra in extras)


def _rounds_to(exact: Decimal, cost: Decimal, rounding: Rounding | None) -> bool:
    """Whether an exact cost is rounded to a stored one, which tells the places of a currency that is not known."""
    if rounding is not None:
        return rounded(exact, rounding) == cost
    places = max(0, -int(cost.normalize(EXACT).as_tuple().exponent))
    return round_half_up(exact, Decimal(1).scaleb(-places)) == cost


def _is_told(charge: Charge, notes: Collection[str]) -> bool:
    """Whether the requested quantity is what the options of a stored charge say, as the seller counts it."""
    told = [charge.options[name] for name in _QUANTITIES if name in charge.options]
    if charge.unit == "call":
        return True
    if not told or not all(map(_NUMBER.fullmatch, told)):
        return False
    given = (exact_sum(map(Decimal, told)), Decimal(told[0]))
    counted = (NOTES["counted"].format(given=plain_text(g), units=plain_text(charge.requested_quantity)) for g in given)
    return charge.requested_quantity in given or any(note in notes for note in counted)


def _figures(totals: Iterable[Any], are_bounded: bool) -> dict[str, tuple[Any, ...]]:
    """What totals say; those of a CSV say nothing of bounds."""
    return {t.currency: (t.jobs, t.takes, t.cost, *((t.certainty, t.cost_least) * are_bounded)) for t in totals}


def _check_totals(source: Source, stored: Any, estimate: Estimate, given: Collection[str], are_bounded: bool) -> None:
    if _figures(stored.totals, are_bounded) != _figures(estimate.totals, are_bounded):
        raise source.error("unreadable.stored_sum", None, "totals", job="")
    money = {total.currency: total.usd for total in estimate.totals}
    if any(total.usd not in (None, money[total.currency]) for total in stored.totals if total.currency not in given):
        raise source.error("unreadable.stored_sum", None, "totals", job="")
    if stored.partial not in (None, estimate.partial):
        raise source.error("unreadable.stored_sum", None, "left_out", job="")
