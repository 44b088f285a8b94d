"""Keep rates: of the takes that were made, how many were kept, by class, with how well that is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from kling_cost.amounts import many
from kling_cost.planning.learning.read_take_log import take_log
from kling_cost.planning.learning.rules_text import rules_text, writable
from kling_cost.planning.learning.take_classes import PlannedJobs, Unknown, class_of, classes_of
from kling_cost.planning.learning.take_log import KEPT, Take, TakeLog
from kling_cost.planning.learning.wilson_interval import wilson_interval
from kling_cost.planning.rules.read_rules import rules_given
from kling_cost.planning.rules.read_take_classes import needs_end
from kling_cost.planning.rules.rule_types import Rules
from kling_cost.planning.rules.take_types import MOST_TAKES, TakeClass
from kling_cost.pricing.estimate import Estimate
from kling_cost.problems import Problem, exit_code_of, problem
from kling_cost.python_values import day, instance, text

#: Of fewer takes a rate is told to be uncertain: the usual size from which a share of a sample is taken for steady.
ENOUGH_TAKES = 30
_HUNDRED = 100
_MOST_FILES = 3  # that a source names


class KeepRate(NamedTuple):
    """How many takes of a class were kept.

    Attributes:
        kept: of them.
        takes: that say whether they were kept.
        of: the class as rules have it, with the rate as its success: low and high are the 80 % Wilson interval.
        has_no_end: so few takes were kept that its `at_most` is the most that there is.
    """

    kept: int
    takes: int
    of: TakeClass
    has_no_end: bool = False

    @property
    def name(self) -> str:
        """Of the class."""
        return self.of.name

    @property
    def rate(self) -> Fraction:
        """The share of takes that were kept."""
        return Fraction(self.kept, self.takes)


@dataclass(frozen=True, slots=True, repr=False)
class KeepRates:
    """The result of `keep_rates`.

    Attributes:
        rates: one for each class of which there are takes.
        problems: what is wrong with the log, and what the rates rest on.

    >>> keep_rates([{"tag:class": "hero", "kept": "yes"}, {"tag:class": "hero", "kept": "no"}])
    <KeepRates: hero 1 of 2, 1 problem>
    """

    rates: Sequence[KeepRate]
    problems: Sequence[Problem]

    @property
    def partial(self) -> bool:
        """Whether a take could not be counted because of an error."""
        return any(found.severity == "error" for found in self.problems)

    @property
    def exit_code(self) -> int:
        """0, or 5 where there is an error."""
        return exit_code_of(self.problems)

    def to_yaml(self) -> str:
        """The classes as the section `takes` of a rules file, which `read_rules` reads."""
        return rules_text([rate.of for rate in self.rates])

    def __repr__(self) -> str:
        rates = (f"{rate.name} {rate.kept:,} of {rate.takes:,}" for rate in self.rates)
        texts = [*rates, *[many(len(self.problems), "problem")] * bool(self.problems)]
        return f"<KeepRates: {', '.join(texts) or 'nothing'}>"


def keep_rates(
    takes: Any,
    rules: Any = None,
    estimate: Estimate | None = None,
    as_of: date | str | None = None,
    *,
    input_format: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
) -> KeepRates:
    """Learn from a log of takes how many are kept, by class.

    Takes of one class are those of a class of the rules, the first that matches; without classes in rules, those with
    one value of `tag:class`; without that tag, those of one model and quality.

    Args:
        takes: paths of sheets (CSV, TSV, XLSX, Parquet), of JSONL or JSON, a frame, a list of dicts or a
            reconciliation, with a column `kept`, yes or no, and a row for each take.
        rules: paths of rules files, or `Rules`, whose classes of takes count.
        estimate: the plan whose jobs the takes are of: what a row does not say, the job of its `job_id` does.
        as_of: the day that the classes are to be checked on.
        input_format: `csv`, `tsv`, `xlsx`, `jsonl`, `json` or `parquet`; told by the suffix if left out.
        encoding: of text files that are neither UTF-8 nor UTF-16 with a byte order mark.
        sheet: which sheet of a workbook to read.

    Returns:
        The rates, and every problem: a row that cannot be read counts neither as kept nor as not kept.

    Raises:
        ReadError: a file cannot be read at all, or does not say which takes were kept.
        RulesError: the rules are not valid.
        UsageError: an argument is of the wrong type.

    >>> log = [{"tag:class": "hero", "kept": kept} for kept in ("yes", "no", "no", "no")]
    >>> rate = keep_rates(log, as_of="2026-11-28").rates[0]
    >>> rate.rate
    Fraction(1, 4)
    >>> rate.of.origin
    'takes: 1 kept of 4 takes'
    """
    checked, known = day(as_of, "as_of"), rules_given(rules)
    if estimate is not None:
        instance(estimate, Estimate, "estimate", "an estimate")
    texts = (text(input_format, "input_format"), text(encoding, "encoding"), text(sheet, "sheet"))
    return rates_of_log(take_log(takes, *texts), known, estimate, checked)


def rates_of_log(log: TakeLog, rules: Rules | None, estimate: Estimate | None, checked: date | None) -> KeepRates:
    """What a log of takes comes to."""
    found, planned = list(log.problems), PlannedJobs(estimate)
    takes = [planned.filled(take) for take in _counted(log.takes, found)]
    given = rules.takes if rules else ()
    classes = given or classes_of(takes)
    by_class = _by_class(takes, classes, found)
    rates = [_rate(of, by_class[of.name], checked) for of in classes if of.name in by_class]
    found += [problem("has_no_effect.no_takes", name=of.name) for of in given if of.name not in by_class]
    for rate in rates:
        found += _remarks(rate)
    if not rates and not any(p.severity == "error" for p in found):
        found.append(problem("missing.kept", KEPT))
    return KeepRates(rates, found)


def _counted(takes: Iterable[Take], found: list[Problem]) -> Iterator[Take]:
    """The takes that were delivered and say whether they were kept; of the others it is told how many there are."""
    failed, blank = [], []
    for take in takes:
        if take.failed and take.kept:
            found.append(problem("mismatch.kept_failed", KEPT).at(None, take.source, take.row))
        elif take.failed:
            failed.append(take)
        elif take.kept is None:
            blank.append(take)
        else:
            yield take
    if failed:
        found.append(problem("has_no_effect.failed_takes", count=f"{len(failed):,}"))
    if blank:
        found.append(problem("has_no_effect.kept_blank", KEPT, count=f"{len(blank):,}", first=blank[0].place))


def _by_class(
    takes: Sequence[Take], classes: Sequence[TakeClass], found: list[Problem]
) -> Mapping[str, Sequence[Take]]:
    """The takes of each class; those of which it is not known are errors, those of none are told."""
    by_class: dict[str, list[Take]] = {}
    none: list[Take] = []
    for take in takes:
        of = class_of(take, classes)
        if isinstance(of, Unknown):
            found.append(_unknown(of, take))
        elif of is None:
            none.append(take)
        else:
            by_class.setdefault(of.name, []).append(take)
    found[:] = dict.fromkeys(found)  # a column that is not there is told once
    if none and classes:
        found.append(problem("has_no_effect.no_class", count=f"{len(none):,}", first=none[0].place))
    elif none:
        found.append(problem("missing.take_class").at(None, none[0].source, None))
    return by_class


def _unknown(unknown: Unknown, take: Take) -> Problem:
    """That a take lacks what tells its class: a cell, or for all takes of a sheet a column."""
    is_column = take.columns is not None and unknown.field not in take.columns
    key, row = ("missing.class_column", None) if is_column else ("missing.class_cell", take.row)
    return problem(key, unknown.field, name=unknown.of.name).at(None, take.source, row)


def _rate(of: TakeClass, takes: Sequence[Take], checked: date | None) -> KeepRate:
    kept, count = sum(take.kept is True for take in takes), len(takes)
    low, high = wilson_interval(kept, count)
    success = (Fraction(low), writable(Fraction(kept, count)), Fraction(high))
    learnt = replace(of, success=success, origin=_origin(takes, kept), checked=checked, preset=None)
    if needs_end(learnt):
        return KeepRate(kept, count, replace(learnt, at_most=MOST_TAKES), has_no_end=True)
    return KeepRate(kept, count, learnt)


def _origin(takes: Sequence[Take], kept: int) -> str:
    """Files, days and number of takes, in one line."""
    files = sorted({take.source for take in takes})
    more = f" and {len(files) - _MOST_FILES:,} more" if len(files) > _MOST_FILES else ""
    days = sorted({take.day.isoformat() for take in takes if take.day is not None})
    when = f", {days[0]}" if days else ""
    when += f" … {days[-1]}" if len(days) > 1 else ""
    return f"{', '.join(files[:_MOST_FILES])}{more}{when}: {kept:,} kept of {many(len(takes), 'take')}"


def _remarks(rate: KeepRate) -> Iterator[Problem]:
    """What a rate rests on."""
    low, _, high = rate.of.success
    if rate.takes < ENOUGH_TAKES:
        ends = {"low": _percent(low), "high": _percent(high)}
        yield problem("assumed_takes.few", name=rate.name, count=rate.takes, **ends)
    if rate.has_no_end:
        yield problem("assumed_takes.no_end", name=rate.name, most=f"{MOST_TAKES:,}")


def _percent(chance: Fraction) -> str:
    return f"{round(chance * _HUNDRED)} %"
