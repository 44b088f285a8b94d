"""`check`: gate a campaign before it is submitted."""

from __future__ import annotations

import click

from kling_cost.cli.options import (
    InputOptions,
    OutputOptions,
    PriceOptions,
    input_options,
    output_options,
    price_options,
)


@click.command("check")
@input_options
@click.option(
    "--budget", metavar='"N CUR"', multiple=True, help='Limit such as "500 USD"; repeatable, one per currency.'
)
@click.option("--no-budget", is_flag=True, help="No limit: only check that every job is valid and priced.")
@price_options
@output_options
def command(
    inputs: InputOptions,
    budget: tuple[str, ...],
    no_budget: bool,
    price: PriceOptions,
    outputs: OutputOptions,
) -> int:
    """Gate a plan: requests valid, all priced, within budget.

    A limit in credits covers the jobs priced in that currency, a limit in USD covers all jobs. A plan that equals its
    limit is within it; above 80 % is a warning. JOBS can be an estimate stored with `estimate -o FILE.json`.

    \b
    Examples:
      kling-cost check campaign.yaml --budget "500 USD"
      kling-cost check jobs.jsonl --budget "36000 EVOLINK_CREDIT" --format json
    """
    from kling_cost.cli.job_inputs import read_estimate
    from kling_cost.cli.outputs import deliver
    from kling_cost.planning.verdict import check, verdict_record
    from kling_cost.reporting.parts import verdict_tables

    verdict = check(read_estimate(inputs, price), budget=budget, no_budget=no_budget)
    report = outputs.report(verdict.estimate, verdict)
    return deliver(report, outputs, lambda _: verdict_record(verdict), lambda: verdict_tables(report))
