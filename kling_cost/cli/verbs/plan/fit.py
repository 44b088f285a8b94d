"""`plan fit`: what to change so that a plan fits and hurts least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kling_cost.cli.options import InputOptions, PriceOptions, input_options, locale_option, price_options
from kling_cost.cli.overwriting import InputPath
from kling_cost.cli.plans.plan_outputs import FORMS, REPORTS, PlanOutput, files_option, format_option, refuse_files

if TYPE_CHECKING:
    from kling_cost.reporting.table import Table


@click.command("fit")
@input_options
@click.option(
    "--rules", metavar="FILE", type=InputPath(), multiple=True, help="Rules with the section `fit`; repeatable."
)
@click.option(
    "--may",
    metavar="CHANGE,…",
    multiple=True,
    help="Changes allowed without rules: quality, sound, seller, takes:2, duration:5.",
)
@click.option(
    "--confidence",
    metavar="CHANCE",
    help="Set aside for each limit what the plan itself needs with this chance, as 0.8.",
)
@click.option("--budget", metavar='"N CUR"', multiple=True, help='A limit, such as "500 USD"; repeatable.')
@click.option("--apply", "target", metavar="FILE", help="Write the changed jobs, in the form that they came in.")
@click.option("--dry-run", is_flag=True, help="Show what --apply would write, and write nothing.")
@price_options
@format_option
@files_option()
@locale_option
def command(
    inputs: InputOptions,
    rules: tuple[str, ...],
    may: tuple[str, ...],
    confidence: str | None,
    budget: tuple[str, ...],
    target: str | None,
    dry_run: bool,
    price: PriceOptions,
    form: str,
    files: tuple[str, ...],
    locale: str,
) -> int:
    """Change a plan so that it fits into its limits and hurts least.

    A plan hurts the sum of its changes; this one is the least that fits. The section `fit` of the rules says what may
    be changed and how much each change hurts; nothing else is changed. A plan that no such change makes fit exits with
    7, and says what the limit would have to be. The files of jobs stay as they are; --apply writes them anew with the
    changes.

    With --confidence, the classes of takes in the rules say how often takes are made again; a plan is proposed only
    where each limit holds it with the contingency that it needs itself.

    \b
    Examples:
      kling-cost plan fit campaign.yaml --rules rules.yaml --budget "300 USD"
      kling-cost plan fit jobs.jsonl --may quality,sound,takes:2 --budget "$60" -o changes.csv
      kling-cost plan fit jobs.csv --may sound --budget "$60" --apply fitted.csv
      kling-cost plan fit campaign.yaml --rules rules.yaml --budget "300 USD" -o fit.xlsx -o fit.html
    """
    from kling_cost.cli.job_inputs import read_estimate
    from kling_cost.cli.plans.applied_plan import target_of, write_applied
    from kling_cost.planning.fit.fit import fit
    from kling_cost.reporting.parts.fit.fit_tables import ROW_NAMES, fit_rows, fit_tables
    from kling_cost.reporting.parts.fit.written_values import written_values
    from kling_cost.reporting.report import Report
    from kling_cost.reporting.translations import words_of

    refuse_files(files, "plan", (*REPORTS, *FORMS))
    source = target_of(inputs, target, dry_run, files)
    plan = fit(
        read_estimate(inputs, price), budget or None, list(rules) or None, may=may or None, confidence=confidence
    )
    words = words_of(locale)
    shown = None if source is None else write_applied(plan, source, inputs, target or "", dry_run)

    def tables() -> list[Table]:
        return fit_tables(plan, words) + ([] if shown is None else [written_values(shown, target or "", words)])

    def report() -> Report:
        is_empty = all(job.dropped for job in plan.jobs)  # its check is that of the jobs as they were
        return Report(plan.estimate, None if is_empty else plan.verdict, locale, fitted=plan)

    PlanOutput(tables, ROW_NAMES, lambda: fit_rows(plan), plan.to_json, report).put_out(form, files, words)
    return plan.exit_code
