"""`estimate`: line items, totals, breakdowns and problems."""

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


@click.command("estimate")
@input_options
@click.option("--summary", is_flag=True, help="Only totals, breakdowns and problems; for files larger than memory.")
@click.option(
    "--processes",
    type=click.IntRange(1),
    metavar="N",
    help="Number of processes for --summary; by default one per core.",
)
@price_options
@output_options
def command(
    inputs: InputOptions, summary: bool, processes: int | None, price: PriceOptions, outputs: OutputOptions
) -> int:
    """Price jobs: every line item, totals, breakdowns and problems.

    JOBS are files of request bodies, sheets or campaigns, or - for standard input. A job with an error has no line
    item and is not in any total.

    \b
    Examples:
      kling-cost estimate campaign.yaml
      kling-cost estimate jobs.csv -o budget.xlsx --format json
      cat bodies.jsonl | kling-cost estimate - --input-format jsonl
      kling-cost estimate "jobs/*.parquet" --summary -o lines.parquet
    """
    if summary:
        from kling_cost.cli.summary_run import deliver_summary

        return deliver_summary(inputs, price, outputs, processes)
    if processes is not None:
        raise click.UsageError("--processes needs --summary")
    from kling_cost.cli.job_inputs import read_estimate
    from kling_cost.cli.outputs import deliver
    from kling_cost.reporting.parts import estimate_tables
    from kling_cost.results.document_types import ESTIMATE

    report = outputs.report(read_estimate(inputs, price, stored=False))
    return deliver(report, outputs, ESTIMATE, lambda r: r.estimate, lambda: estimate_tables(report))
