"""What if: the combinations in use, and the price of every alternative."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from typing import Any

from kling_cost.amounts import EXACT
from kling_cost.jobs.bodies import MAX_TAKES, PROMPT_SHOWN
from kling_cost.jobs.job import Job, Options, ask_for
from kling_cost.planning.limits import Standing
from kling_cost.pricebook.book import PriceBook, Sku
from kling_cost.pricebook.counting.length_tiers import tiers_of
from kling_cost.pricebook.counting.quantity import INPUT, INPUT_AND_OUTPUT, TOKENS
from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.pricing.pricer import Pricer
from kling_cost.problems import shown
from kling_cost.reporting.money import digits_of
from kling_cost.reporting.page_what_if import WhatIf
from kling_cost.reporting.parts.budget import is_money
from kling_cost.reporting.parts.key_figures import limit_name
from kling_cost.reporting.parts.prices.change_pains import PainIndex, suggestion_buttons
from kling_cost.reporting.parts.prices.price_lookups import Periods, asked_units, option_key
from kling_cost.reporting.parts.rules.limit_kinds import plain_limits
from kling_cost.reporting.parts.tag_choice import shown_tags
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Rows

_MOST_SECONDS = 120
_MOST_NAMES, _LONGEST_NAME = 3, 60
_TAG = "tag:"


def what_if(report: Report) -> WhatIf | None:
    """The plan for a page's script; None without a price book or without a line."""
    book, items = report.book, report.line_items
    if book is None or not items:
        return None
    plan = _Plan(report, book)
    for item in items:
        plan.add(item)
    decimals = _decimals(book, plan.models)
    tags = [name.removeprefix(_TAG) for name in shown_tags(report)]
    return WhatIf(
        [_in_steps(model, decimals[model["currency"]]) for model in plan.models],
        [(option_key(name), name) for name in report.options],
        plan.groups,
        plan.lines,
        [f"{_TAG}{name}" for name in tags],
        Rows(items, lambda item: [_prompt(item.job), *(item.job.tags.get(name, "") for name in tags)]),
        _currencies(report, decimals),
        list(_limits(report)),
        _money(report),
        MAX_TAKES,
        plan.pains.profiles,
        suggestion_buttons(report, items),
    )


def _prompt(job: Job) -> str:
    """The part of a prompt that is kept, and whether there was more."""
    return job.prompt if len(job.prompt) < PROMPT_SHOWN else f"{job.prompt}…"


class _Plan:
    """Collects the models in use, the groups of jobs that are alike, and which line is of which."""

    def __init__(self, report: Report, book: PriceBook) -> None:
        self.models: list[dict[str, Any]] = []
        self.groups: list[dict[str, Any]] = []
        self.lines: list[tuple[int, int, int]] = []
        self.pains = PainIndex(report)
        self._book, self._scopes, self._options = book, _scopes(report), report.options
        self._pricer, self._periods = Pricer(book, report.estimate.as_of), Periods(report)
        self._known: dict[tuple[str, str, Any], int] = {}
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._used: dict[tuple[str, str], set[str]] = {}
        for charge, _, _ in report.estimate.by_charge:
            self._used.setdefault((charge.provider, charge.model), set()).add(_units(charge))

    def add(self, item: LineItem) -> None:
        """Count a line to the jobs that are like it in all that may be changed."""
        job, options = item.job, item.charge.options
        model, source = self._model(item), self._scopes.get(job.source)
        chosen = [options.get(name) for name in self._options]
        key = (model, *chosen, _units(item.charge) or None, source, job.takes)
        at = self._numbers.setdefault(key, len(self._numbers))
        if at == len(self.groups):
            names = ("model", *map(option_key, self._options), "seconds", "source", "takes")
            self.groups.append({**dict(zip(names, key, strict=True)), "takes": 0, "jobs": 0, "shots": [], "pains": {}})
        group = self.groups[at]
        group["jobs"] += 1
        group["takes"] += job.takes
        if len(group["shots"]) < _MOST_NAMES:
            group["shots"].append(shown(job.job_id, _LONGEST_NAME))
        pains = self.pains.of(item)
        group["pains"][pains] = group["pains"].get(pains, 0) + 1
        self.lines.append((at, job.takes, pains))

    def _model(self, item: LineItem) -> int:
        """The number of a line's model, which has its own prices in each period and for what is counted."""
        charge = item.charge
        period = self._periods.of_day(item.job.date, charge.rate_effective_from)
        model = (charge.provider, charge.model, (period, charge.adjustments.counts))
        at = self._known.setdefault(model, len(self._known))
        if at == len(self.models):
            used = self._used[charge.provider, charge.model]
            self.models.append(_model(self._book, self._pricer, item, used))
        return at


def _whole_limits(report: Report) -> list[Standing]:
    """The limits that hold nothing but what a plan costs, so that a script can check them."""
    limits = plain_limits(report)
    return [limit for limit in limits if not limit.contingency and limit.actual is None]


def _scopes(report: Report) -> dict[str | None, int]:
    """A number for each file whose jobs have a limit of their own."""
    sources = dict.fromkeys(standing.source for standing in _whole_limits(report) if standing.source is not None)
    return {source: number for number, source in enumerate(sources)}


def _model(book: PriceBook, pricer: Pricer, item: LineItem, used: set[str]) -> dict[str, Any]:
    """A model with what may be chosen for it, and the cost of one take of each combination."""
    charge = item.charge
    ((_, sku),) = book.sellers(charge.model, charge.provider)
    rate = sku.rate(item.job.date or pricer.as_of)
    offered = {name: rate.options.get(name, ()) if rate and name in charge.options else () for name in book.options}
    lengths = tiers_of(rate.options) if rate else []
    seconds = [str(length) for length in lengths] or (_seconds(sku, used) if _units(charge) else [])
    return {
        "name": charge.model,
        "provider": charge.provider,
        "currency": charge.currency,
        **{option_key(name): list(values) for name, values in offered.items()},
        "seconds": seconds,
        "prices": dict(_costs(pricer, item, sku, offered, seconds)),
    }


def _costs(
    pricer: Pricer, item: LineItem, sku: Sku, offered: Mapping[str, Sequence[str]], seconds: Sequence[str]
) -> Iterator[tuple[str, Decimal]]:
    """The cost of one take of each combination that is sold, by its values."""
    for combination in product(*(values or ("",) for values in (*offered.values(), seconds))):
        options = tuple((name, value) for name, value in zip(offered, combination, strict=False) if value)
        duration, given = _asked(sku, combination[-1])
        given += item.charge.adjustments.asked
        asked = ask_for(item.charge.provider, item.charge.model, duration, options + given)
        priced = pricer.quote(asked, item.job.date).charge
        if priced is not None:
            yield "|".join(combination), priced.due


def _units(charge: Charge) -> str:
    """What is asked for, as text; empty for a call."""
    return str(asked_units(charge) or "")


def _asked(sku: Sku, units: str) -> tuple[int | None, Options]:
    """The duration and the further input of a request for some units."""
    if not units:
        return None, ()
    of = None if sku.quantity is None else sku.quantity.of
    if of == TOKENS:
        return None, ((TOKENS, units),)
    if of == INPUT_AND_OUTPUT:
        return 1, ((INPUT, str(int(units) - 1)),)
    return int(units), ()


def _seconds(sku: Sku, used: set[str]) -> list[str]:
    """The durations that may be chosen; where there are very many or no range, those that are in use."""
    low, high = sku.seconds or (0, _MOST_SECONDS)
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
    """The limits that a script can check: in a currency that occurs, or in money where all are known."""
    codes = {total.currency for total in report.estimate.totals}
    scopes = _scopes(report)
    for standing in _whole_limits(report):
        code = standing.currency
        per_usd = report.per_usd(code) if is_money(report, code) else None
        if standing.limit is not None and (code in codes if per_usd is None else report.is_all_money):
            yield {
                "name": limit_name(report, standing),
                "currency": code,
                "converted": per_usd is not None,
                "per_usd": None if per_usd is None else f"{per_usd:f}",
                "digits": digits_of(code, report.credits)[1],
                "limit": f"{standing.limit:f}",
                "source": scopes.get(standing.source),
            }


def _money(report: Report) -> dict[str, Any]:
    per_usd = report.per_usd(report.asked)
    known = None if per_usd is None else f"{per_usd:f}"
    return {"code": report.asked, "digits": digits_of(report.asked, report.credits)[1], "per_usd": known}
