"""`reconcile`: compare what was reserved, charged and refunded with what was due."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from kling_cost.reconciliation.result import Reconciliation


@click.command("reconcile")
@input_options
@response_options
@price_options
@output_options
@click.option("--observe", metavar="FILE", help="Also write what was charged for one second or call, as JSON.")
def command(
    inputs: InputOptions,
    responses: ResponseOptions,
    price: PriceOptions,
    outputs: OutputOptions,
    observe: str | None,
) -> int:
    """Compare what was charged with what was due.

    JOBS are files of jobs, or an estimate stored with `estimate -o FILE.json`, which is not priced again. Answers are
    the providers' own bodies, one per line, or wrapped as {"job_id": …, "response": {…}}; or a sheet with the columns
    job_id, task_id, provider, stage, status, credits, refunded.

    \b
    Examples:
      kling-cost reconcile campaign.yaml --responses answers.jsonl
      kling-cost reconcile estimate.json --responses answers.jsonl -o charged.xlsx
      kling-cost reconcile jobs.csv --responses sheet.xlsx --ignore rounding
      kling-cost reconcile campaign.yaml --responses answers.jsonl --observe observed.json
    """
    from kling_cost.cli.job_inputs import read_estimate, read_outcome
    from kling_cost.cli.outputs import deliver
    from kling_cost.cli.overwriting import refuse_inputs
    from kling_cost.problems import UsageError
    from kling_cost.reporting.parts import outcome_tables
    from kling_cost.results.document_types import RECONCILIATION

    if not responses.files:
        raise UsageError("reconcile needs answers: pass --responses FILE")
    if observe is not None:
        refuse_inputs([*outputs.files, observe])
    estimate = read_estimate(inputs, price)
    outcome = read_outcome(estimate, inputs, price, responses)
    if observe is not None:
        _write_observed(observe, outcome, price)
    report = outputs.report(estimate, None, outcome)
    return deliver(report, outputs, RECONCILIATION, lambda _: outcome, lambda: outcome_tables(report))


def _write_observed(path: str, outcome: Reconciliation, price: PriceOptions) -> None:
    from kling_cost.cli.streams import tell
    from kling_cost.io.json_text import json_bytes
    from kling_cost.io.writing import write_bytes
    from kling_cost.reconciliation.observe_prices import observe_prices

    plan = outcome.estimate
    book = price.book() if plan is not None and plan.book is None else None
    write_bytes(path, json_bytes(observe_prices(outcome, book).to_json()))
    tell(f"wrote {path}")
