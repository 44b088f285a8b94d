"""`approve`: record who approved a plan, so that the gate can refuse another one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, cast

import click

from kling_cost.cli.options import (
    Day,
    InputOptions,
    PriceOptions,
    RuleOptions,
    input_options,
    locale_option,
    price_options,
    rule_options,
)

if TYPE_CHECKING:
    from kling_cost.planning.approval.approval import Bind
    from kling_cost.planning.verdict import Verdict


@click.command("approve")
@input_options
@click.option("--by", metavar="NAME", required=True, help="Who approves.")
@click.option("--note", metavar="TEXT", help="A remark.")
@click.option("--until", type=Day(), metavar="DATE", help="Last day on which the approval holds.")
@click.option(
    "--allow-growth",
    metavar='"N %"',
    default="0%",
    show_default=True,
    help="By how much each total may grow, counted from what is approved.",
)
@click.option(
    "--bind",
    type=click.Choice(["total", "jobs", "exact"]),
    default="jobs",
    show_default=True,
    help="What must stay as it is.",
)
@click.option("--uses", type=click.IntRange(1), metavar="N", help="How many reservations a ledger lets it serve.")
@click.option(
    "--budget", metavar='"N CUR"', multiple=True, help='Limit such as "500 USD"; repeatable, one per currency.'
)
@click.option("--no-budget", is_flag=True, help="No limit: only check that every job is valid and priced.")
@rule_options
@price_options
@locale_option
@click.option("-o", "--output", metavar="FILE", help="Write a .json file instead of standard output.")
def command(
    inputs: InputOptions,
    by: str,
    note: str | None,
    until: date | None,
    allow_growth: str,
    bind: str,
    uses: int | None,
    budget: tuple[str, ...],
    no_budget: bool,
    rules: RuleOptions,
    price: PriceOptions,
    locale: str,
    output: str | None,
) -> int:
    """Approve a plan that passes its check.

    What --bind names must stay as it is: "total" only each total; "jobs" also no new job and no other seller or model;
    "exact" everything that costs. "check --approval FILE" refuses any other plan. The file is evidence, not a
    signature: keep it under version control, and let code owners protect it.

    \b
    Examples:
      kling-cost approve campaign.yaml --by "Ada Park" -o approval.json
      kling-cost approve campaign.yaml --by "Ada Park" --until 2026-12-31 --allow-growth "5 %" -o approval.json
    """
    from kling_cost.cli.job_inputs import read_estimate
    from kling_cost.cli.outputs import write_or_print
    from kling_cost.cli.overwriting import refuse_inputs
    from kling_cost.io.json_text import json_bytes
    from kling_cost.planning.approval.approve import approve
    from kling_cost.planning.verdict import check

    if output is not None:
        refuse_inputs([output])
    plan = read_estimate(inputs, price)
    verdict = check(plan, budget=budget, no_budget=no_budget, rules=rules.files, actuals=rules.actuals)
    if verdict.exit_code and not verdict.awaits_approval:
        return _refused(verdict, locale)
    approval = approve(
        verdict,
        by=by,
        on=price.as_of,
        until=until,
        note=note,
        bind=cast("Bind", bind),
        allow_growth=allow_growth,
        uses=uses,
    )
    data = json_bytes(approval.to_json())
    write_or_print(data, output)
    return 0


def _refused(verdict: Verdict, locale: str) -> int:
    """Show why a plan cannot be approved."""
    from kling_cost.cli.outputs import print_tables
    from kling_cost.cli.streams import tell
    from kling_cost.reporting.parts import verdict_tables
    from kling_cost.reporting.report import Report

    report = Report(verdict.estimate, verdict, locale)
    print_tables(verdict_tables(report), report.words)
    tell("kling-cost: the plan is not approved: it does not pass its check")
    return verdict.exit_code
