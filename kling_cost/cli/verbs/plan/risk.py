"""`plan risk`: what a plan may really cost."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import click

from kling_cost.cli.options import InputOptions, PriceOptions, locale_option, optional_input_options, price_options
from kling_cost.cli.overwriting import InputPath, refuse_inputs
from kling_cost.cli.plans.plan_outputs import FORMS, REPORTS, PlanOutput, files_option, format_option, refuse_files

if TYPE_CHECKING:
    from kling_cost.planning.risk.risk_result import Risk
    from kling_cost.reporting.report import Report


@click.command("risk")
@optional_input_options
@click.option(
    "--rules", metavar="FILE", type=InputPath(), multiple=True, help="Rules with classes of takes; repeatable."
)
@click.option("--confidence", metavar="CHANCE", help="Chance that the contingency is enough; 0.8 if omitted.")
@click.option(
    "--budget", metavar='"N CUR"', multiple=True, help='Limit such as "500 USD"; repeatable, one per currency.'
)
@click.option(
    "--learn",
    metavar="FILE",
    type=InputPath(),
    multiple=True,
    help="Learn keep rates from a log of takes with a column `kept`, and write them as rules; repeatable.",
)
@click.option(
    "--estimates",
    metavar="FILE",
    type=InputPath(),
    multiple=True,
    help="Show stored estimates beside what the log of --learn says was charged, by month; repeatable.",
)
@price_options
@format_option
@files_option(", or the rules of --learn")
@locale_option
def command(
    inputs: InputOptions,
    rules: tuple[str, ...],
    confidence: str | None,
    budget: tuple[str, ...],
    learn: tuple[str, ...],
    estimates: tuple[str, ...],
    price: PriceOptions,
    form: str,
    files: tuple[str, ...],
    locale: str,
) -> int:
    """Work out what a plan may really cost, exactly.

    Jobs of a class of takes are made again until enough takes are usable; all others are made as often as planned.
    Shows the total that 5, 8 or 9 of 10 such plans do not exceed, and the chance to stay within each limit. A plan that
    is over a limit with its contingency exits with 3. A workbook and a page are those of `check --confidence`.

    With --learn, nothing is priced: a log with a row for each take says how often your own takes are kept, by the
    classes of --rules, else by tag:class, else by model and quality. The rates are written as a rules file, to -o or
    standard output; where a row cannot be read, nothing is. JOBS are needed only where rows say no more than a job_id.
    With --estimates, no rates are written: each month of the stored estimates is shown as planned, as 8 of 10 such
    plans cost at most by the classes of --rules, and as charged, as far as log or reconciliation state it.

    \b
    Examples:
      kling-cost plan risk --learn takes.csv -o rules.yaml
      kling-cost plan risk --learn october.json --estimates plan.json --rules rules.yaml
      kling-cost plan risk campaign.yaml --rules rules.yaml --budget "500 USD"
      kling-cost plan risk jobs.jsonl --rules rules.yaml --confidence 0.9 --format json
      kling-cost plan risk campaign.yaml --rules rules.yaml -o risk.xlsx -o risk.html
    """
    from kling_cost.cli.job_inputs import read_estimate
    from kling_cost.cli.plans.learnt_rules import learn_rules
    from kling_cost.cli.plans.shown_accuracy import show_accuracy
    from kling_cost.planning.risk.risk import USUAL_CONFIDENCE, risk
    from kling_cost.reporting.parts.risk.risk_tables import ROW_NAMES, risk_rows, risk_tables
    from kling_cost.reporting.translations import words_of
    from kling_cost.results.document_types import RISK

    if estimates and not learn:
        raise click.UsageError("--estimates needs --learn FILE: a log, answers or a reconciliation with charges")
    if learn:
        refuse_inputs(files)
        _refuse_figures(confidence, budget, "table" if estimates else form)
        if estimates:
            return show_accuracy(learn, estimates, inputs, rules, price, form, files, locale)
        return learn_rules(learn, inputs, rules, price, files)
    refuse_files(files, "risk", (*REPORTS, *FORMS))
    if not inputs.jobs:
        raise click.UsageError("Missing argument 'JOBS...'.")
    level = USUAL_CONFIDENCE if confidence is None else confidence
    result = risk(read_estimate(inputs, price), list(rules) or None, level, budget=budget or None)
    words = words_of(locale)
    PlanOutput(
        lambda: risk_tables(result, words),
        ROW_NAMES,
        lambda: risk_rows(result),
        lambda: RISK.json(result),
        cache(lambda: _report(result, rules, budget, locale)),
    ).put_out(form, files, words)
    return result.exit_code


def _refuse_figures(confidence: str | None, budget: tuple[str, ...], form: str) -> None:
    """Refuse what asks for figures where none are worked out."""
    given = (("--confidence", confidence), ("--budget", budget), ("--format", form != "table"))
    names = [name for name, value in given if value]
    if names:
        raise click.UsageError(f"--learn writes rules and works out no costs; omit {', '.join(names)}")


def _report(result: Risk, rules: tuple[str, ...], budget: tuple[str, ...], locale: str) -> Report:
    """The plan as `check` reports it, each limit with the contingency of the confidence."""
    from kling_cost.cli.next_command import fit_command
    from kling_cost.planning.verdict import check
    from kling_cost.reporting.report import Report

    plan, without = result.verdict.estimate, not result.verdict.limits
    verdict = check(plan, budget=budget or None, no_budget=without, rules=rules or None, confidence=result.confidence)
    return Report(plan, verdict, locale, fit_command=fit_command(verdict))
