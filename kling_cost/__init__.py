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
    "Accuracy": "planning.learning.accuracy",
    "Amount": "amounts",
    "Approval": "planning.approval.approval",
    "Change": "planning.changes.change",
    "Comparison": "planning.compare.comparison",
    "Currency": "amounts",
    "CurrencyMismatchError": "problems",
    "Estimate": "pricing.estimate",
    "Job": "jobs.job",
    "Jobs": "jobs.job",
    "KeepRates": "planning.learning.keep_rates",
    "KlingCostError": "problems",
    "LineItem": "pricing.line_item",
    "ObservedDiff": "pricebook.upkeep.observed_prices",
    "ObservedPrices": "pricebook.upkeep.observed_prices",
    "Plan": "planning.fit.plan",
    "PriceBook": "pricebook.book",
    "PriceBookError": "problems",
    "PriceDiff": "pricebook.upkeep.price_diff",
    "Problem": "problems",
    "ReadError": "problems",
    "Reconciliation": "reconciliation.result",
    "Responses": "reconciliation.answers.answer_set",
    "RequestError": "problems",
    "Risk": "planning.risk.risk_result",
    "Rules": "planning.rules.rule_types",
    "RulesError": "problems",
    "Totals": "pricing.totals",
    "UsageError": "problems",
    "Verdict": "planning.verdict",
    "WriteError": "io.writing",
    "accuracy": "planning.learning.accuracy",
    "apply": "planning.fit.applying.apply_plan",
    "approve": "planning.approval.approve",
    "check": "planning.verdict",
    "compare": "planning.compare.compare",
    "diff_observed": "pricebook.upkeep.observed_prices",
    "diff": "planning.changes.compare_plans",
    "diff_prices": "pricebook.upkeep.price_diff",
    "estimate": "pricing.estimate",
    "fit": "planning.fit.fit",
    "keep_rates": "planning.learning.keep_rates",
    "lint_prices": "reporting.price_list",
    "load_prices": "pricebook.load",
    "observe_prices": "reconciliation.observe_prices",
    "price": "pricing.single_price",
    "price_frame": "frames",
    "price_table": "pricebook.price_rows",
    "read_approval": "planning.approval.approval",
    "read_estimate": "pricing.read_estimate",
    "price_request": "pricing.price_request",
    "read_jobs": "jobs.read_jobs",
    "read_reconciliation": "reconciliation.read_reconciliation",
    "read_responses": "reconciliation.answers.read_answers",
    "read_rules": "planning.rules.read_rules",
    "reconcile": "reconciliation.reconcile",
    "reconcile_frame": "reconciliation.frames",
    "risk": "planning.risk.risk",
    "summarize": "summary.summarize",
    "template": "reporting.template",
    "totals": "frames",
    "validate_frame": "frames",
    "write_report": "reporting.write_report",
}

if TYPE_CHECKING:
    from kling_cost.amounts import Amount, Currency
    from kling_cost.frames import price_frame, totals, validate_frame
    from kling_cost.io.writing import WriteError
    from kling_cost.jobs.job import Job, Jobs
    from kling_cost.jobs.read_jobs import read_jobs
    from kling_cost.planning.approval.approval import Approval, read_approval
    from kling_cost.planning.approval.approve import approve
    from kling_cost.planning.changes.change import Change
    from kling_cost.planning.changes.compare_plans import diff
    from kling_cost.planning.compare.compare import compare
    from kling_cost.planning.compare.comparison import Comparison
    from kling_cost.planning.fit.applying.apply_plan import apply
    from kling_cost.planning.fit.fit import fit
    from kling_cost.planning.fit.plan import Plan
    from kling_cost.planning.learning.accuracy import Accuracy, accuracy
    from kling_cost.planning.learning.keep_rates import KeepRates, keep_rates
    from kling_cost.planning.risk.risk import risk
    from kling_cost.planning.risk.risk_result import Risk
    from kling_cost.planning.rules.read_rules import read_rules
    from kling_cost.planning.rules.rule_types import Rules
    from kling_cost.planning.verdict import Verdict, check
    from kling_cost.pricebook.book import PriceBook
    from kling_cost.pricebook.load import load_prices
    from kling_cost.pricebook.price_rows import price_table
    from kling_cost.pricebook.upkeep.observed_prices import ObservedDiff, ObservedPrices, diff_observed
    from kling_cost.pricebook.upkeep.price_diff import PriceDiff, diff_prices
    from kling_cost.pricing.estimate import Estimate, estimate
    from kling_cost.pricing.line_item import LineItem
    from kling_cost.pricing.price_request import price_request
    from kling_cost.pricing.read_estimate import read_estimate
    from kling_cost.pricing.single_price import price
    from kling_cost.pricing.totals import Totals
    from kling_cost.problems import (
        CurrencyMismatchError,
        KlingCostError,
        PriceBookError,
        Problem,
        ReadError,
        RequestError,
        RulesError,
        UsageError,
    )
    from kling_cost.reconciliation.answers.answer_set import Responses
    from kling_cost.reconciliation.answers.read_answers import read_responses
    from kling_cost.reconciliation.frames import reconcile_frame
    from kling_cost.reconciliation.observe_prices import observe_prices
    from kling_cost.reconciliation.read_reconciliation import read_reconciliation
    from kling_cost.reconciliation.reconcile import reconcile
    from kling_cost.reconciliation.result import Reconciliation
    from kling_cost.reporting.price_list import lint_prices
    from kling_cost.reporting.template import template
    from kling_cost.reporting.write_report import write_report
    from kling_cost.summary.summarize import summarize

__all__ = [
    "Accuracy",
    "Amount",
    "Approval",
    "Change",
    "Comparison",
    "Currency",
    "CurrencyMismatchError",
    "Estimate",
    "Job",
    "Jobs",
    "KeepRates",
    "KlingCostError",
    "LineItem",
    "ObservedDiff",
    "ObservedPrices",
    "Plan",
    "PriceBook",
    "PriceBookError",
    "PriceDiff",
    "Problem",
    "ReadError",
    "Reconciliation",
    "RequestError",
    "Responses",
    "Risk",
    "Rules",
    "RulesError",
    "Totals",
    "UsageError",
    "Verdict",
    "WriteError",
    "accuracy",
    "apply",
    "approve",
    "check",
    "compare",
    "diff",
    "diff_observed",
    "diff_prices",
    "estimate",
    "fit",
    "keep_rates",
    "lint_prices",
    "load_prices",
    "observe_prices",
    "price",
    "price_frame",
    "price_request",
    "price_table",
    "read_approval",
    "read_estimate",
    "read_jobs",
    "read_reconciliation",
    "read_responses",
    "read_rules",
    "reconcile",
    "reconcile_frame",
    "risk",
    "summarize",
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
