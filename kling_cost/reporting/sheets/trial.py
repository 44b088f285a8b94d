"""What if: the combinations in use, and what the one rule says of every other that may be chosen for them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from typing import Any

from kling_cost.amounts import EXACT
from kling_cost.jobs.job import ask_for
from kling_cost.pricebook.book import PriceBook, Sku
from kling_cost.pricing.judge import Pricer
from kling_cost.pricing.line_item import LineItem
from kling_cost.reporting.money import DOLLAR
from kling_cost.reporting.report import Report
from kling_cost.reporting.sheets.headlines import limit_name
from kling_cost.reporting.sheets.prices import Periods
from kling_cost.reporting.what_if import WhatIf

_OPTIONS = ("quality", "sound")
_MOST_SECONDS = 120


def what_if(report: Report) -> WhatIf | None:
    """The plan for a page's script; None without a price book or without a line."""
    book, items = report.book, report.estimate.line_items
    if book is None or not items:
        return None
    models: dict[tuple[str, str, Any], int] = {}
    made: list[dict[str, Any]] = []
    groups: dict[tuple[Any, ...], int] = {}
    takes: list[int] = []
    lines: list[tuple[int, int]] = []
    scopes = _scopes(report)
    used: dict[tuple[str, str], set[str]] = {}
    for charge, _, _ in report.estimate.by_charge:
        used.setdefault((charge.provider, charge.model), set()).add(charge.options.get("duration", ""))
    pricer, periods = Pricer(book, report.estimate.as_of), Periods(report)
    for item in items:
        charge = item.charge
        model = (charge.provider, charge.model, periods.of_day(item.job.date, charge.rate_effective_from))
        if model not in models:
            models[model] = len(models)
            made.append(_model(book, pricer, item, used[charge.provider, charge.model]))
        source = scopes.get(item.job.source)
        options = charge.options
        group = (models[model], options.get("quality"), options.get("sound"), options.get("duration"), source)
        at = groups.setdefault(group, len(groups))
        if at == len(takes):
            takes.append(0)
        takes[at] += item.job.takes
        lines.append((at, item.job.takes))
    names = ("model", "quality", "sound", "seconds", "source")
    found = [{**dict(zip(names, group, strict=True)), "takes": takes[at]} for group, at in groups.items()]
    decimals = _decimals(book, made)
    models_in_steps = [_in_steps(model, decimals[model["currency"]]) for model in made]
    return WhatIf(models_in_steps, found, lines, _currencies(report, decimals), list(_limits(report)))


def _scopes(report: Report) -> dict[str | None, int]:
    """A number for each file whose jobs have a limit of their own."""
    limits = report.verdict.limits if report.verdict else ()
    sources = dict.fromkeys(standing.source for standing in limits if standing.source is not None)
    return {source: number for number, source in enumerate(sources)}


def _model(book: PriceBook, pricer: Pricer, item: LineItem, used: set[str]) -> dict[str, Any]:
    """A model with what may be chosen for it, and the cost of one take of each combination."""
    charge = item.charge
    ((_, sku),) = book.sellers(charge.model, charge.provider)
    rate = sku.rate(item.job.date or pricer.as_of)
    offered = {name: rate.options.get(name, ()) if rate and name in charge.options else () for name in _OPTIONS}
    seconds = _seconds(sku, used) if "duration" in charge.options else []
    prices: dict[str, Decimal] = {}
    for combination in product(*(values or ("",) for values in (*offered.values(), seconds))):
        quality, sound, duration = (value or None for value in combination)
        ask = ask_for(charge.provider, charge.model, int(duration) if duration else None, quality, sound)
        priced = pricer.judge(ask, item.job.date).charge
        if priced is not None:
            prices["|".join(combination)] = priced.cost
    return {
        "name": charge.model,
        "provider": charge.provider,
        "currency": charge.currency,
        **{name: list(values) for name, values in offered.items()},
        "seconds": seconds,
        "prices": prices,
    }


def _seconds(sku: Sku, used: set[str]) -> list[str]:
    """The durations that may be chosen; where there are very many, those that are in use."""
    low, high = sku.seconds or (0, -1)
    if high - low < _MOST_SECONDS:
        return [str(seconds) for seconds in range(low, high + 1)]
    return sorted(used, key=int)


def _decimals(book: PriceBook, made: list[dict[str, Any]]) -> dict[str, int]:
    """Decimals of a step of each currency: of its quantum, or of a finer price, such as a minimum charge."""
    found: dict[str, int] = {}
    for model in made:
        code = model["currency"]
        amounts = (book.currencies[code].quantum, *model["prices"].values())
        places = (-int(amount.normalize(EXACT).as_tuple().exponent) for amount in amounts)
        found[code] = max(found.get(code, 0), *places)
    return found


def _in_steps(model: dict[str, Any], decimals: int) -> dict[str, Any]:
    """A model with its prices as whole numbers of the smallest step, as text."""
    steps = {name: str(int(cost.scaleb(decimals, EXACT))) for name, cost in model["prices"].items()}
    return {**model, "prices": steps}


def _currencies(report: Report, decimals: dict[str, int]) -> dict[str, dict[str, Any]]:
    """Decimals of a step of each currency that occurs, and units for a dollar as text, or null."""
    found = {}
    for code in sorted(decimals):
        per_usd = report.per_usd(code)
        found[code] = {"decimals": decimals[code], "per_usd": None if per_usd is None else f"{per_usd:f}"}
    return found


def _limits(report: Report) -> Iterator[dict[str, Any]]:
    """The limits that a script can judge: in a currency that occurs, or in dollars where all are known."""
    codes = {total.currency for total in report.estimate.totals}
    known = all(report.per_usd(code) is not None for code in codes)
    scopes = _scopes(report)
    for standing in report.verdict.limits if report.verdict else ():
        converted = standing.currency == DOLLAR
        if standing.limit is not None and (known if converted else standing.currency in codes):
            yield {
                "name": limit_name(report, standing),
                "currency": standing.currency,
                "converted": converted,
                "limit": f"{standing.limit:f}",
                "source": scopes.get(standing.source),
            }
