"""`check`: gate a campaign before it is submitted."""

from __future__ import annotations

from functools import partial

import click

from kling_cost.cli.options import (
    InputOptions,
    OutputOptions,
    PriceOptions,
    RuleOptions,
    input_options,
    output_options,
    price_options,
    rule_options,
)


@click.command("check")
@input_options
@click.option(
    "--budget", metavar='"N CUR"', multiple=True, help='Limit such as "500 USD"; repeatable, one per currency.'
)
@click.option("--no-budget", is_flag=True, help="No limit: only check that every job is valid and priced.")
@click.option("--summary", is_flag=True, help="Keep no job; for files larger than memory.")
@click.option(
    "--processes", type=click.IntRange(1), metavar="N", help="With --summary: processes that read in parallel."
)
@rule_options
@price_options
@output_options
def command(
    inputs: InputOptions,
    budget: tuple[str, ...],
    no_budget: bool,
    summary: bool,
    processes: int | None,
    rules: RuleOptions,
    price: PriceOptions,
    outputs: OutputOptions,
) -> int:
    """Gate a plan: requests valid, all priced, within budget, and every policy kept.

    A limit in credits covers the jobs priced in that currency, a limit in USD covers all jobs. A plan that equals its
    limit is within it; above 80 % is a warning. JOBS can be an estimate stored with `estimate -o FILE.json`. With
    `--summary` the verdict is the same, but only `--strict` looks for similar ids and repeated requests.

    With `--rules`, budgets by scope and month and policies hold, too; with `--actuals`, takes that have a task count
    as committed, with what they were charged.

    \b
    Examples:
      kling-cost check campaign.yaml --budget "500 USD"
      kling-cost check jobs.jsonl --budget "36000 EVOLINK_CREDIT" --format json
      kling-cost check "jobs/*.parquet" --budget "36000 EVOLINK_CREDIT" --summary
      kling-cost check year.yaml --rules finance.yaml --actuals october.json
    """
    from kling_cost.planning.verdict import check

    if summary:
        rules.refuse_summary()
        from kling_cost.cli.summary_run import deliver_summary

        check_plan = partial(check, budget=budget, no_budget=no_budget)
        return deliver_summary(inputs, price, outputs, processes, check_plan)
    if processes is not None:
        raise click.UsageError("--processes is for --summary")
    from kling_cost.cli.job_inputs import read_estimate
    from kling_cost.cli.outputs import deliver
    from kling_cost.reporting.parts import verdict_tables
    from kling_cost.results.document_types import CHECK

    estimate = read_estimate(inputs, price)
    verdict = check(estimate, budget=budget, no_budget=no_budget, rules=rules.files, actuals=rules.actuals)
    report = outputs.report(verdict.estimate, verdict)
    return deliver(report, outputs, CHECK, lambda _: verdict, lambda: verdict_tables(report))
