"""`report`: write the workbook, the page and other reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kling_cost.cli.options import (
    InputOptions,
    OutputOptions,
    PriceOptions,
    ResponseOptions,
    RuleOptions,
    input_options,
    output_options,
    price_options,
    response_options,
    rule_options,
)

if TYPE_CHECKING:
    from kling_cost.planning.verdict import Verdict
    from kling_cost.pricing.estimate import Estimate
    from kling_cost.reconciliation.result import Reconciliation


@click.command("report")
@input_options
@click.option(
    "--budget", metavar='"N CUR"', multiple=True, help='Limit such as "500 USD"; repeatable, one per currency.'
)
@rule_options
@response_options
@price_options
@output_options
def command(
    inputs: InputOptions,
    budget: tuple[str, ...],
    rules: RuleOptions,
    responses: ResponseOptions,
    price: PriceOptions,
    outputs: OutputOptions,
) -> int:
    """Write reports: workbook, page, Markdown, CSV, JSON.

    The exit code depends on the results: a report over budget is still written, and the exit code is 3.

    \b
    Examples:
      kling-cost report campaign.yaml -o budget.xlsx -o budget.html
      kling-cost report campaign.yaml --responses answers.jsonl -o charged.xlsx
    """
    from kling_cost.cli.job_inputs import read_estimate, read_outcome
    from kling_cost.cli.outputs import deliver
    from kling_cost.problems import UsageError
    from kling_cost.reporting.parts import outcome_tables, verdict_tables
    from kling_cost.results.document_types import REPORT

    if not outputs.files:
        raise UsageError("report writes files: pass -o FILE")
    if not responses.files and (responses.submitted or responses.submitted_until):
        raise UsageError("--submitted and --submitted-until need answers: pass --responses FILE")
    estimate = read_estimate(inputs, price)
    outcome = read_outcome(estimate, inputs, price, responses) if responses.files else None
    report = outputs.report(estimate, _verdict(estimate, budget, rules, outcome), outcome)
    shown = outcome_tables if outcome else verdict_tables
    return deliver(report, outputs, REPORT, lambda r: r, lambda: shown(report))


def _verdict(
    estimate: Estimate, budget: tuple[str, ...], rules: RuleOptions, outcome: Reconciliation | None
) -> Verdict | None:
    """The verdict, where there are limits or rules; by rules, what was charged is committed."""
    from kling_cost.planning.verdict import check

    has_rules = bool(rules.files) or any(campaign.rules for campaign in estimate.campaigns)
    if not has_rules and not budget and not any(campaign.limits for campaign in estimate.campaigns):
        return None
    actuals = rules.actuals or (outcome if has_rules else None)
    return check(estimate, budget=budget, rules=rules.files, actuals=actuals)
