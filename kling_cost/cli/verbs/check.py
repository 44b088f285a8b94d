"""`check`: the gate before a campaign is submitted."""

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
@click.option("--budget", metavar='"N CUR"', multiple=True, help='A limit such as "500 USD"; one a currency.')
@click.option("--no-budget", is_flag=True, help="No limit: only that every job is valid and priced.")
@price_options
@output_options
def command(
    inputs: InputOptions,
    budget: tuple[str, ...],
    no_budget: bool,
    price: PriceOptions,
    outputs: OutputOptions,
) -> int:
    """The gate: requests valid, all priced, within budget.

    A limit in credits holds the jobs of that currency, one in USD holds all. Equal is not over; above 80 % is a
    warning. JOBS may be an estimate that was stored with `estimate -o FILE.json`.

    \b
    Examples:
      kling-cost check campaign.yaml --budget "500 USD"
      kling-cost check jobs.jsonl --budget "36000 EVOLINK_CREDIT" --format json
    """
    from kling_cost.cli.job_inputs import read_estimate
    from kling_cost.cli.outputs import deliver
    from kling_cost.planning.verdict import check
    from kling_cost.reporting.parts import verdict_tables
    from kling_cost.results.document_types import CHECK

    verdict = check(read_estimate(inputs, price), budget=budget, no_budget=no_budget)
    report = outputs.report(verdict.estimate, verdict)
    return deliver(report, outputs, CHECK, lambda _: verdict, lambda: verdict_tables(report))
