"""`reconcile`: compare what was reserved, charged and refunded with what was due."""

from __future__ import annotations

import click

from kling_cost.cli.options import (
    InputOptions,
    OutputOptions,
    PriceOptions,
    ResponseOptions,
    input_options,
    output_options,
    price_options,
    response_options,
)


@click.command("reconcile")
@input_options
@response_options
@price_options
@output_options
def command(inputs: InputOptions, responses: ResponseOptions, price: PriceOptions, outputs: OutputOptions) -> int:
    """Compare what was charged with what was due.

    JOBS are files of jobs, or an estimate stored with `estimate -o FILE.json`, which is not priced again. Answers are
    the providers' own bodies, one per line, or wrapped as {"job_id": …, "response": {…}}; or a sheet with the columns
    job_id, task_id, provider, stage, status, credits, refunded.

    \b
    Examples:
      kling-cost reconcile campaign.yaml --responses answers.jsonl
      kling-cost reconcile estimate.json --responses answers.jsonl -o charged.xlsx
      kling-cost reconcile jobs.csv --responses sheet.xlsx --ignore rounding
    """
    from kling_cost.cli.job_inputs import read_estimate, read_outcome
    from kling_cost.cli.outputs import deliver
    from kling_cost.problems import UsageError
    from kling_cost.reporting.parts import outcome_tables
    from kling_cost.results.document_types import RECONCILIATION

    if not responses.files:
        raise UsageError("reconcile needs answers: pass --responses FILE")
    estimate = read_estimate(inputs, price)
    outcome = read_outcome(estimate, inputs, price, responses)
    report = outputs.report(estimate, None, outcome)
    return deliver(report, outputs, RECONCILIATION, lambda _: outcome, lambda: outcome_tables(report))
