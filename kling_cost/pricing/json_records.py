"""The outer form of estimates: plain records as the JSON results hold them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from typing import Any

from kling_cost.amounts import plain_text
from kling_cost.io.json_text import JsonLines, json_line, json_pieces, json_string
from kling_cost.pricebook.book import ExchangeRate
from kling_cost.pricing.cost_sums import Total
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.grand_total import grand_total_record
from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.pricing.provenance import Stamp
from kling_cost.pricing.totals import Totals
from kling_cost.problems import Problem

SCHEMA_VERSION = "1"
_PIECES = 10_000  # pieces of text that are hashed at a time
_quoted = lru_cache(maxsize=1 << 10)(json_line)  # names of files come again and again


def estimate_record(estimate: Estimate | Totals, line_items: bool = True) -> dict[str, Any]:
    """An estimate as a JSON result holds it, or one without its line items; amounts are decimal text, unknown is None.

    >>> import kling_cost as kc
    >>> record = estimate_record(kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}]))
    >>> record["line_items"][0]["cost"], record["totals"][0]["usd"]
    ('27', '0.375')
    """
    if isinstance(estimate, Totals):
        return _record(estimate, "summary" if line_items else "estimate")
    items = list(line_item_records(estimate.line_items)) if line_items else None
    return _record(estimate.summary, "estimate", items)


def estimate_sha256(estimate: Estimate) -> str:
    """The hash of an estimate's JSON: of the file that it was read back from, else of what would be written now.

    >>> import kling_cost as kc
    >>> len(estimate_sha256(kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])))
    64
    """
    if estimate.stored_sha256 is not None:
        return estimate.stored_sha256
    items = estimate.line_items
    lines = JsonLines(len(items), lambda: line_item_texts(items))
    digest = sha256()
    pieces = json_pieces(_record(estimate.summary, "estimate", lines))
    while batch := "".join(islice(pieces, _PIECES)):
        digest.update(batch.encode("utf-8", "backslashreplace"))
    return digest.hexdigest()


def _record(totals: Totals, kind: str, line_items: Any = None) -> dict[str, Any]:
    items = {} if line_items is None else {"line_items": line_items}
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": kind,
        "as_of": totals.as_of.isoformat() if totals.as_of else None,
        "partial": totals.partial,
        "price_book": stamp_record(totals.price_book),
        **items,
        "totals": [_total_record(total) for total in totals.totals],
        "totals_in": grand_total_record(totals.totals_in),
        "breakdowns": {
            name: [{"key": total.key, **_total_record(total)} for total in sums]
            for name, sums in totals.breakdowns.items()
        },
        "problems": [problem_record(p) for p in totals.problems],
        **_more_problems(totals),
        "left_out": totals.left_out,
    }


def _more_problems(totals: Totals) -> dict[str, Any]:
    """What is said of problems that were counted only."""
    if not totals.more_problems:
        return {}
    counts = [
        {"severity": severity, "code": code, "count": count} for (severity, code), count in sorted(totals.codes.items())
    ]
    return {"more_problems": totals.more_problems, "problem_counts": counts}


def stamp_record(stamp: Stamp) -> dict[str, Any]:
    """Which prices were used, exchange rates among them."""
    return {
        "version": stamp.version,
        "sha256": stamp.sha256,
        "oldest_checked": stamp.oldest_checked.isoformat() if stamp.oldest_checked else None,
        "exchange": [exchange_record(rate) for rate in stamp.exchange.values()],
    }


def line_item_records(items: Iterable[LineItem]) -> Iterator[dict[str, Any]]:
    """Line items in order; what jobs share is put into text once."""
    shared: dict[int, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {}
    for item in items:
        parts = shared.get(id(item.charge))
        if parts is None:
            parts = shared[id(item.charge)] = _charge_parts(item.charge)
        what, how, when = parts
        cost = item.cost_value
        usd = item.charge.usd(cost)
        yield {
            "job_id": item.job.job_id,
            "source": item.job.source,
            "row": item.job.row,
            **what,
            **how,
            "takes": item.job.takes,
            "cost": plain_text(cost),
            "currency": item.charge.currency,
            "usd": None if usd is None else plain_text(usd),
            **when,
            "notes": item.notes,
            "tags": dict(item.job.tags),
            **({"task_ids": list(item.job.task_ids)} if item.job.task_ids else {}),
        }


def line_item_texts(items: Iterable[LineItem]) -> Iterator[str]:
    """Line items in order, each as the JSON text of its record; what jobs share is put into text once."""
    shared: dict[tuple[int, int], str] = {}
    for item in items:
        job = item.job
        if job.uses_elements or job.tags or job.task_ids:
            yield json_line(line_item_record(item))
            continue
        key = (id(item.charge), job.takes)
        rest = shared.get(key)
        if rest is None:
            start = json_line({"job_id": job.job_id, "source": job.source, "row": job.row})[:-1]
            rest = shared[key] = json_line(line_item_record(item))[len(start) :]
        row = "null" if job.row is None else job.row
        job_id = "null" if job.job_id is None else json_string(job.job_id)
        yield f'{{"job_id": {job_id}, "source": {_quoted(job.source)}, "row": {row}{rest}'


def line_item_record(item: LineItem) -> dict[str, Any]:
    """One line item."""
    return next(line_item_records([item]))


def problem_record(found: Problem) -> dict[str, Any]:
    """A problem with its English message.

    >>> from kling_cost.problems import problem
    >>> problem_record(problem("missing.required", "prompt"))["code"]
    'missing'
    """
    return {
        "severity": found.severity,
        "code": found.code,
        "job_id": found.job_id,
        "source": found.source,
        "row": found.row,
        "field": found.field,
        "message": found.message,
        "hint": found.hint,
    }


def _charge_parts(charge: Charge) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    what = {
        "provider": charge.provider,
        "model": charge.model,
        "options": dict(charge.options),
        "defaults_applied": list(charge.defaults_applied),
        "billing_rule": charge.billing_rule,
    }
    how = {
        "requested_quantity": plain_text(charge.requested_quantity),
        "billed_quantity": plain_text(charge.billed_quantity),
        "unit": charge.unit,
        "unit_price": plain_text(charge.unit_price),
        "cost_per_take": plain_text(charge.cost),
    }
    return what, how, {"rate_effective_from": charge.rate_effective_from.isoformat()}


def _total_record(total: Total) -> dict[str, Any]:
    return {
        "currency": total.currency,
        "jobs": total.jobs,
        "takes": total.takes,
        "cost": plain_text(total.cost),
        "usd": amount_text(total.usd),
    }


def amount_text(number: Decimal | None) -> str | None:
    """Decimal text, or None for what is not known.

    >>> amount_text(Decimal("40.50")), amount_text(None)
    ('40.5', None)
    """
    return None if number is None else plain_text(number)


def exchange_record(rate: ExchangeRate) -> dict[str, Any]:
    """A exchange rate; one that the caller gave has no date of its own."""
    given = rate.checked is None
    return {
        "currency": rate.currency,
        "per_usd": plain_text(rate.per_usd),
        "effective_from": None if given else rate.effective_from.isoformat(),
        "source": rate.source,
        "checked": None if rate.checked is None else rate.checked.isoformat(),
    }
