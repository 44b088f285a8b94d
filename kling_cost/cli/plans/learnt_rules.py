"""`plan risk --learn`: keep rates out of a log of takes, written as a rules file or refused as a whole."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from kling_cost.amounts import many
from kling_cost.cli.options import InputOptions, PriceOptions
from kling_cost.cli.streams import tell
from kling_cost.planning.learning.keep_rates import KeepRates
from kling_cost.problems import UsageError, exit_code_of, shown

_MOST_TOLD = 100  # problems


def learn_rules(
    logs: Sequence[str], inputs: InputOptions, rules: Sequence[str], price: PriceOptions, files: Sequence[str]
) -> int:
    """Write the keep rates of some logs as rules; without a file, print them. With an error, write nothing.

    Args:
        logs: the files of the log.
        inputs: the jobs that the takes are of, and how to read files.
        rules: files with classes of takes.
        price: the day, and the prices of the jobs.
        files: where to write; one at most.

    Returns:
        The exit code.

    Raises:
        ReadError, RulesError, PriceBookError, UsageError: a file cannot be read, or is not to be overwritten.
    """
    from kling_cost.cli.outputs import write_or_print

    path = _output(files)
    found = _learnt(logs, inputs, rules, price)
    problems = [p.as_error() for p in found.problems] if inputs.strict else found.problems
    for one in problems[:_MOST_TOLD]:
        tell(f"{one.severity}: {one}")
    if len(problems) > _MOST_TOLD:
        tell(f"and {len(problems) - _MOST_TOLD:,} more")
    code = exit_code_of(problems)
    if code:
        tell("kling-cost: no rules are written: correct the errors first")
        return code
    write_or_print(found.to_yaml().encode("utf-8"), path)
    if path is not None:
        for rate in found.rates:
            tell(f"{shown(rate.name)}: {rate.kept:,} kept of {many(rate.takes, 'take')}")
    return code


def _learnt(logs: Sequence[str], inputs: InputOptions, rules: Sequence[str], price: PriceOptions) -> KeepRates:
    from kling_cost.cli.job_inputs import job_sources, read_estimate
    from kling_cost.planning.learning.keep_rates import rates_of_log
    from kling_cost.planning.learning.read_take_log import log_of_sources
    from kling_cost.planning.rules.read_rules import rules_given

    known = rules_given(list(rules) or None)
    estimate = read_estimate(inputs, price) if inputs.jobs else None
    form, sheet = (None, None) if inputs.jobs else (inputs.input_format, inputs.sheet)
    log = log_of_sources(job_sources(replace(inputs, jobs=logs, input_format=form)), form, sheet)
    return rates_of_log(log, known, estimate, price.as_of)


def _output(files: Sequence[str]) -> str | None:
    """The one file to write; rules are written by hand as well, so that none is replaced.

    Raises:
        UsageError: there are several, or it is there already.
    """
    if len(files) > 1:
        raise UsageError("the rules of --learn go to one file; pass -o once")
    path = files[0] if files else None
    if path is not None and os.path.isfile(path):
        raise UsageError(f"-o {path} exists; rules are never overwritten, so write to another file")
    return path
