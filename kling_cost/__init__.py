"""kling_cost: know what a Kling 3.0 video campaign costs before you submit it, exact and sourced.

    import kling_cost as kc

    kc.price("kling-v3-text-to-video", duration=5, sound="on").cost
    estimate = kc.estimate(kc.read_jobs("campaign.yaml"))
    verdict = kc.check(estimate, budget="500 USD")
    kc.write_report("budget.xlsx", estimate, verdict)

Every name is loaded on first use, so that a script pays only for what it uses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Amount": "amounts",
    "Currency": "amounts",
    "CurrencyMismatchError": "problems",
    "Estimate": "pricing.estimate",
    "Job": "jobs.job",
    "Jobs": "jobs.job",
    "KlingCostError": "problems",
    "LineItem": "pricing.line_item",
    "PriceBook": "pricebook.book",
    "PriceBookError": "problems",
    "Problem": "problems",
    "ReadError": "problems",
    "Reconciliation": "actuals.reconciliation",
    "Responses": "actuals.intake",
    "RequestError": "problems",
    "UsageError": "problems",
    "Verdict": "planning.verdict",
    "WriteError": "documents.writing",
    "check": "planning.verdict",
    "estimate": "pricing.estimate",
    "lint_prices": "reporting.price_list",
    "load_prices": "pricebook.load",
    "price": "pricing.quick",
    "price_frame": "pricing.frames",
    "price_table": "pricebook.table",
    "read_estimate": "pricing.stored",
    "price_request": "pricing.request",
    "read_jobs": "jobs.reading",
    "read_reconciliation": "actuals.stored",
    "read_responses": "actuals.reading",
    "reconcile": "actuals.reconcile",
    "reconcile_frame": "actuals.frames",
    "template": "reporting.template",
    "totals": "pricing.frames",
    "validate_frame": "pricing.frames",
    "write_report": "reporting.write",
}

if TYPE_CHECKING:
    from kling_cost.actuals.frames import reconcile_frame
    from kling_cost.actuals.intake import Responses
    from kling_cost.actuals.reading import read_responses
    from kling_cost.actuals.reconcile import reconcile
    from kling_cost.actuals.reconciliation import Reconciliation
    from kling_cost.actuals.stored import read_reconciliation
    from kling_cost.amounts import Amount, Currency
    from kling_cost.documents.writing import WriteError
    from kling_cost.jobs.job import Job, Jobs
    from kling_cost.jobs.reading import read_jobs
    from kling_cost.planning.verdict import Verdict, check
    from kling_cost.pricebook.book import PriceBook
    from kling_cost.pricebook.load import load_prices
    from kling_cost.pricebook.table import price_table
    from kling_cost.pricing.estimate import Estimate, estimate
    from kling_cost.pricing.frames import price_frame, totals, validate_frame
    from kling_cost.pricing.line_item import LineItem
    from kling_cost.pricing.quick import price
    from kling_cost.pricing.request import price_request
    from kling_cost.pricing.stored import read_estimate
    from kling_cost.problems import (
        CurrencyMismatchError,
        KlingCostError,
        PriceBookError,
        Problem,
        ReadError,
        RequestError,
        UsageError,
    )
    from kling_cost.reporting.price_list import lint_prices
    from kling_cost.reporting.template import template
    from kling_cost.reporting.write import write_report

__all__ = [
    "Amount",
    "Currency",
    "CurrencyMismatchError",
    "Estimate",
    "Job",
    "Jobs",
    "KlingCostError",
    "LineItem",
    "PriceBook",
    "PriceBookError",
    "Problem",
    "ReadError",
    "Reconciliation",
    "RequestError",
    "Responses",
    "UsageError",
    "Verdict",
    "WriteError",
    "check",
    "estimate",
    "lint_prices",
    "load_prices",
    "price",
    "price_frame",
    "price_request",
    "price_table",
    "read_estimate",
    "read_jobs",
    "read_reconciliation",
    "read_responses",
    "reconcile",
    "reconcile_frame",
    "template",
    "totals",
    "validate_frame",
    "write_report",
]


if not TYPE_CHECKING:  # or a name that is not there would have any type

    def __getattr__(name: str) -> Any:
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{home}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
