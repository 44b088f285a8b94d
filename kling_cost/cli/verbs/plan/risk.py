"""`plan risk`: what a plan may really cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kling_cost.cli.options import InputOptions, PriceOptions, locale_option, optional_input_options, price_options
from kling_cost.cli.overwriting import InputPath, refuse_inputs

if TYPE_CHECKING:
    from kling_cost.planning.risk.risk_result import Risk
    from kling_cost.reporting.report import Report
    from kling_cost.reporting.translations import Words

_FORMS = ("md", "csv", "json")
_REPORTS = ("xlsx", "html")  # of the whole plan


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
@price_options
@click.option(
    "--format", "form", type=click.Choice(["table", *_FORMS]), default="table", help="Format of standard output."
)
@click.option(
    "-o",
    "--output",
    "files",
    metavar="FILE",
    multiple=True,
    help="Also write a .xlsx, .html, .md, .csv or .json file, or the rules of --learn; repeatable.",
)
@locale_option
def command(
    inputs: InputOptions,
    rules: tuple[str, ...],
    confidence: str | None,
    budget: tuple[str, ...],
    learn: tuple[str, ...],
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

    \b
    Examples:
      kling-cost plan risk --learn takes.csv -o rules.yaml
      kling-cost plan risk campaign.yaml --rules rules.yaml --budget "500 USD"
      kling-cost plan risk jobs.jsonl --rules rules.yaml --confidence 0.9 --format json
      kling-cost plan risk campaign.yaml --rules rules.yaml -o risk.xlsx -o risk.html
    """
    from kling_cost.cli.job_inputs import read_estimate
    from kling_cost.cli.learnt_rules import learn_rules
    from kling_cost.cli.outputs import print_bytes, print_tables
    from kling_cost.cli.streams import tell
    from kling_cost.io.writing import write_bytes
    from kling_cost.planning.risk.risk import USUAL_CONFIDENCE, risk
    from kling_cost.reporting.parts.risk.risk_tables import risk_tables
    from kling_cost.reporting.translations import words_of

    refuse_inputs(files)
    if learn:
        _refuse_figures(confidence, budget, form)
        return learn_rules(learn, inputs, rules, price, files)
    if not inputs.jobs:
        raise click.UsageError("Missing argument 'JOBS...'.")
    forms = [_form_of(path) for path in files]
    level = USUAL_CONFIDENCE if confidence is None else confidence
    result = risk(read_estimate(inputs, price), list(rules) or None, level, budget=budget or None)
    words = words_of(locale)
    report = _report(result, rules, budget, locale) if set(forms) & set(_REPORTS) else None
    for path, kind in zip(files, forms, strict=True):
        write_bytes(path, _bytes(result, kind, words, report))
        tell(f"wrote {path}")
    if form == "table":
        print_tables(risk_tables(result, words), words)
    else:
        print_bytes(_bytes(result, form, words))
    return result.exit_code


def _refuse_figures(confidence: str | None, budget: tuple[str, ...], form: str) -> None:
    """Refuse what asks for figures where none are worked out."""
    given = (("--confidence", confidence), ("--budget", budget), ("--format", form != "table"))
    names = [name for name, value in given if value]
    if names:
        raise click.UsageError(f"--learn writes rules and works out no costs; omit {', '.join(names)}")


def _form_of(path: str) -> str:
    """The form of a file by its suffix."""
    from kling_cost.problems import UsageError
    from kling_cost.reporting.formats import suffix_of

    form = suffix_of(path).lstrip(".")
    if form not in (*_REPORTS, *_FORMS):
        raise UsageError(f"{path}: a risk can be written as .{', .'.join((*_REPORTS, *_FORMS))}")
    return form


def _report(result: Risk, rules: tuple[str, ...], budget: tuple[str, ...], locale: str) -> Report:
    """The plan as `check` reports it, each limit with the contingency of the confidence."""
    from kling_cost.planning.verdict import check
    from kling_cost.reporting.report import Report

    plan, without = result.verdict.estimate, not result.verdict.limits
    verdict = check(plan, budget=budget or None, no_budget=without, rules=rules or None, confidence=result.confidence)
    return Report(plan, verdict, locale)


def _bytes(result: Risk, form: str, words: Words, report: Report | None = None) -> bytes:
    if report is not None and form in _REPORTS:
        from kling_cost.reporting.write_report import report_bytes

        return report_bytes(f".{form}", report)
    if form == "json":
        from kling_cost.io.json_text import json_bytes
        from kling_cost.results.document_types import RISK

        return json_bytes(RISK.json(result))
    if form == "csv":
        from kling_cost.reporting.parts.risk.risk_tables import ROW_NAMES, risk_rows
        from kling_cost.reporting.writers.csv_text import csv_bytes

        return csv_bytes(ROW_NAMES, risk_rows(result))
    from kling_cost.reporting.parts.risk.risk_tables import risk_tables
    from kling_cost.reporting.writers.markdown import tables_text

    return tables_text(risk_tables(result, words), words)
