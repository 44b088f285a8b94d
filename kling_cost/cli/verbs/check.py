"""`check`: gate a campaign before it is submitted."""

from __future__ import annotations

from dataclasses import replace
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
from kling_cost.cli.overwriting import InputPath


@click.command("check")
@input_options
@click.option(
    "--budget", metavar='"N CUR"', multiple=True, help='Limit such as "500 USD"; repeatable, one per currency.'
)
@click.option("--no-budget", is_flag=True, help="No limit: only check that every job is valid and priced.")
@click.option("--approval", metavar="FILE", type=InputPath(), help="Refuse a plan that is no longer the approved one.")
@click.option("--against", metavar="BASE", type=InputPath(), help="Show what changed from another plan.")
@click.option(
    "--old-prices", metavar="BOOK", type=InputPath(), help="Price book of --against; the same one by default."
)
@click.option("--comment", is_flag=True, help="Print a short comment for a pull request.")
@click.option(
    "--comment-above",
    metavar='"N %"',
    help="Print no comment unless the plan fails, or a total changed by more than this.",
)
@click.option(
    "--confidence",
    metavar="CHANCE",
    help="Set aside what is enough with this chance, by classes of takes in the rules.",
)
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
    approval: str | None,
    against: str | None,
    old_prices: str | None,
    comment: bool,
    comment_above: str | None,
    confidence: str | None,
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
    as committed, with what they were charged. With `--confidence`, what is set aside under each limit is enough for its
    own jobs with that chance, however often they are made again.

    \b
    Examples:
      kling-cost check campaign.yaml --budget "500 USD"
      kling-cost check jobs.jsonl --budget "36000 EVOLINK_CREDIT" --format json
      kling-cost check campaign.yaml --approval approval.json --against old.yaml
      kling-cost check "jobs/*.parquet" --budget "36000 EVOLINK_CREDIT" --summary
      kling-cost check year.yaml --rules finance.yaml --actuals october.json
      kling-cost check campaign.yaml --rules takes.yaml --confidence 0.8
    """
    from kling_cost.planning.verdict import check

    _refuse_contradictions(summary, approval, against, old_prices, comment, comment_above)
    if summary and confidence is not None:
        raise click.UsageError("--confidence needs every job; omit --summary")
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
    change = None
    if against is not None:
        from kling_cost.cli.plans.compared_plans import compared_with

        change = compared_with((against, replace(price, prices=old_prices or price.prices)), estimate, inputs)
    verdict = check(
        estimate,
        budget=budget,
        no_budget=no_budget,
        rules=rules.files,
        actuals=rules.actuals,
        approval=approval,
        on=price.as_of,
        against=change,
        confidence=confidence,
    )
    report = outputs.report(verdict.estimate, verdict)
    if comment:
        from kling_cost.cli.outputs import deliver_comment

        return deliver_comment(report, outputs, comment_above)
    return deliver(report, outputs, CHECK, lambda _: verdict, lambda: verdict_tables(report))


def _refuse_contradictions(
    summary: bool,
    approval: str | None,
    against: str | None,
    old_prices: str | None,
    comment: bool,
    comment_above: str | None,
) -> None:
    """Refuse options that have no effect without others, or contradict them."""
    if summary and (approval or against or comment):
        raise click.UsageError("--summary keeps no job to compare; omit it, or --approval, --against and --comment")
    if against is None and (old_prices or comment_above):
        raise click.UsageError("--old-prices and --comment-above need --against")
    if comment_above and not comment:
        raise click.UsageError("--comment-above needs --comment")
