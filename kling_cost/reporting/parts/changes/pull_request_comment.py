"""A short comment on a pull request: the verdict, the limits, what changed, and the worst problems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from kling_cost.planning.changes.growth import grows_beyond
from kling_cost.pricebook.upkeep.price_diff import percentage
from kling_cost.problems import Problem, shown
from kling_cost.reporting.parts.changes.plan_changes import change_tables
from kling_cost.reporting.parts.cover import summary_tables
from kling_cost.reporting.parts.key_figures import gauges, verdict_words
from kling_cost.reporting.parts.problem_list import worst_first
from kling_cost.reporting.parts.risk.risk_tables import confidence_notes
from kling_cost.reporting.report import Report
from kling_cost.reporting.translations import Words, words_of
from kling_cost.reporting.writers.markdown import inert, table_lines

#: By which a script finds the comment that it wrote before, to replace it.
MARKER = "<!-- kling-cost -->"
MAX_CHARACTERS = 3_000
_MOST_LIMITS, _MOST_STEPS, _MOST_PROBLEMS = 6, 10, 5
_TITLE, _LINE = 100, 200  # characters
_HUNDRED = 100


def comment(report: Report) -> str:
    """The comment, as Markdown of at most 3,000 characters.

    >>> import kling_cost as kc
    >>> estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
    >>> print(comment(Report(estimate, kc.check(estimate, budget="1 USD"))).splitlines()[1])
    ### Kling 3.0 videos: within budget
    """
    words = report.words
    head = [MARKER, f"### {inert(shown(report.title, _TITLE))}: {verdict_words(report)}", ""]
    return _cut([*head, *_limits(report), *_figures(report), *_problems(report)], words("text.comment_cut"))


def error_comment(problems: Sequence[Problem], locale: str) -> str:
    """The comment on a run that was stopped.

    >>> from kling_cost.problems import problem
    >>> print(error_comment([problem("unreadable.no_file").at(None, "jobs.csv", None)], "en").splitlines()[-1])
    - error: jobs.csv: no such file
    """
    words = words_of(locale)
    return _cut([MARKER, *_listed(problems, words)], words("text.comment_cut"))


def is_worth_it(report: Report, above: str | None) -> bool:
    """Whether there is something to comment on: the plan fails, or a total changed by more than a percentage.

    Raises:
        UsageError: it is not a percentage.
    """
    if above is None:
        return True
    share = Fraction(percentage(above)) / _HUNDRED
    if report.exit_code or report.change is None:
        return True
    return any(_moved(total.old, total.new, share) for total in report.change.totals)


def _moved(old: Decimal, new: Decimal, share: Fraction) -> bool:
    """Whether a total rose or fell by more than a share of what it was."""
    return grows_beyond(old, new, share) or Fraction(new) < Fraction(old) * (1 - share)


def _limits(report: Report) -> Iterator[str]:
    for gauge in gauges(report)[:_MOST_LIMITS]:
        yield f"- {inert(shown(gauge.name, _LINE))}: {inert(gauge.text)} ({inert(gauge.status)})"
    yield from (f"\n{inert(note)}" for note in confidence_notes(report)[:1])
    yield ""


def _figures(report: Report) -> Iterator[str]:
    """What changed, or the totals where there is no other plan."""
    tables = change_tables(report) or [table for table in summary_tables(report) if table.key == "totals"]
    for table in tables:
        if table.key in ("change_totals", "change_steps", "totals"):
            yield from _without_notes(table_lines(table, report.words, _MOST_STEPS))


def _without_notes(lines: Sequence[str]) -> Iterator[str]:
    """The head and rows of a table, under a smaller heading."""
    title, blank, *rest = lines
    rows = [line for line in rest if line.startswith("|")]
    return iter([f"##{title}", blank, *(rows or rest[:1]), ""])


def _problems(report: Report) -> Iterator[str]:
    return _listed([found for found in report.problems if found.severity != "info"], report.words)


def _listed(found_problems: Sequence[Problem], words: Words) -> Iterator[str]:
    problems = worst_first(found_problems)
    if problems:
        yield from (f"#### {words('part.problems')}", "")
    for found in problems[:_MOST_PROBLEMS]:
        place = ":".join(str(part) for part in (found.source, found.row) if part is not None)
        texts = [found.job_id or place, found.field, words.problem(found).message]
        text = ": ".join(inert(shown(part, _LINE)) for part in texts if part)
        yield f"- {words(f'status.{found.severity}')}: {text}"
    if len(problems) > _MOST_PROBLEMS:
        yield f"- {words('lead.more', count=words.grouped(str(len(problems) - _MOST_PROBLEMS)))}"


def _cut(lines: list[str], note: str) -> str:
    """Lines that fit, and a note where some do not."""
    text = "\n".join(lines).rstrip() + "\n"
    if len(text) <= MAX_CHARACTERS:
        return text
    room = MAX_CHARACTERS - len(note) - 2
    kept, used = [], 0
    for line in lines:
        used += len(line) + 1
        if used > room:
            break
        kept.append(line)
    return "\n".join([*kept, note]) + "\n"
