"""`plan risk --learn … --estimates …`: earlier estimates beside what a log says was charged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kling_cost.cli.options import InputOptions, PriceOptions
from kling_cost.cli.plans.plan_outputs import FORMS, PlanOutput, refuse_files
from kling_cost.problems import UsageError


def show_accuracy(
    logs: Sequence[str],
    estimates: Sequence[str],
    inputs: InputOptions,
    rules: Sequence[str],
    price: PriceOptions,
    form: str,
    files: Sequence[str],
    locale: str,
) -> int:
    """Print and write how near stored estimates came, by month and currency.

    Args:
        logs: reconciliations, or files of answers, such as a log of takes with charges.
        estimates: stored ones.
        inputs: whether warnings count as errors; what else it says is refused.
        rules: files with classes of takes.
        price: refused: nothing is priced.
        form: of standard output.
        files: where to write as well.
        locale: the language of tables.

    Returns:
        The exit code.

    Raises:
        ReadError, RulesError, UsageError: a file cannot be read, or an option does not apply.
    """
    from kling_cost.planning.learning.accuracy import accuracy
    from kling_cost.reporting.parts.risk.accuracy_tables import ACCURACY_NAMES, accuracy_rows, accuracy_tables
    from kling_cost.reporting.translations import words_of
    from kling_cost.results.plans.accuracy_types import ACCURACY

    _refuse_options(inputs, price)
    refuse_files(files, "table of months", FORMS)
    found = accuracy(_paths(inputs, estimates), _paths(inputs, logs), list(rules) or None)
    if inputs.strict:
        found = found.strictly()
    words = words_of(locale)
    PlanOutput(
        lambda: accuracy_tables(found, words),
        ACCURACY_NAMES,
        lambda: accuracy_rows(found),
        lambda: ACCURACY.json(found),
    ).put_out(form, files, words)
    return found.exit_code


def _refuse_options(inputs: InputOptions, price: PriceOptions) -> None:
    """Refuse what would have no effect: nothing is priced, and each file says its form by its name."""
    asked = (
        ("--rate", price.rate),
        ("JOBS", inputs.jobs),
        ("--input-format", inputs.input_format),
        ("--encoding", inputs.encoding),
        ("--sheet", inputs.sheet),
        ("--model", inputs.model),
        ("--default", inputs.defaults),
        ("--columns", inputs.columns),
    )
    given = [*price.given, *(name for name, value in asked if value)]
    if given:
        raise UsageError(f"--estimates are compared with the log as both are stored; omit {', '.join(given)}")


def _paths(inputs: InputOptions, files: Sequence[str]) -> list[Any]:
    """The files, patterns among them replaced by the files that match."""
    from kling_cost.cli.job_inputs import job_sources

    if "-" in files:
        raise UsageError("with --estimates, files are not read from standard input; pass their paths")
    return [source.path for source in job_sources(replace(inputs, jobs=files))]
