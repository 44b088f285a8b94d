"""Changes: what a plan costs more or less than another one, by currency, step, job and tag."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from kling_cost.amounts import divide_half_up
from kling_cost.planning.changes.change import Change, JobChange, StepTotal, TagChange
from kling_cost.planning.changes.price_steps import OTHER
from kling_cost.pricing.line_item import LineItem
from kling_cost.reporting.document import Chart
from kling_cost.reporting.money import decimals_of
from kling_cost.reporting.number_format import grouped
from kling_cost.reporting.parts.column_titles import tag_name, titled
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import AT_LENGTH, Cell, Column, Formula, Row, Table
from kling_cost.reporting.translations import Words

_OF_CURRENCY = "SUMIF({change_steps.currency},{currency},{change_steps.amount})"
_JOBS_IN_TEXT = 2_000


def change_tables(report: Report) -> list[Table]:
    """What changed from the plan that this one is compared with; none where there is no such plan."""
    change = report.change
    if change is None:
        return []
    words = report.words
    tables = [_totals(change, words), _steps(change, words), *_waterfall(change, report), _jobs(change, words)]
    return [*tables, *_tags(change, words)] if change.steps or not change.is_empty else tables[:2]


def change_charts(report: Report) -> list[Chart]:
    """The waterfall from the one plan to the other, in one money."""
    change = report.change
    if change is None or not _is_drawn(change, report):
        return []
    title = f"{report.words('diff.money')} · {report.asked}"
    return [Chart(title, "waterfall", ("step",), "level", AT_LENGTH, begin="begin", amount="amount", unit=report.asked)]


def step_name(step: str, words: Words) -> str:
    """What a step is called; an option that a price book names itself is called what the book says.

    >>> from kling_cost.reporting.translations import words_of
    >>> step_name("quality+sound", words_of("en")), step_name("tier", words_of("en"))
    ('quality + sound', 'tier')
    """
    return " + ".join(words.texts.get(f"step.{name}", name) for name in step.split("+"))


def _totals(change: Change, words: Words) -> Table:
    columns = [
        Column("currency", kind="id"),
        Column("before", kind="amount"),
        Column("after", kind="amount"),
        Column("difference", kind="amount"),
        Column("growth", kind="percent"),
        Column("explained", kind="amount", helper=True),
    ]
    rows: list[Row] = [
        [
            total.currency,
            total.old,
            total.new,
            Formula("{after}-{before}", total.difference),
            Formula('IF({before}=0,"",({after}-{before})/{before})', _growth(total.old, total.new)),
            Formula(_OF_CURRENCY, total.difference),
        ]
        for total in change.totals
    ]
    empty = words("diff.none")
    return Table(
        "change_totals", words("diff.totals"), titled(words, columns), rows, notes=_in_money(change, words), empty=empty
    )


def _growth(old: Decimal, new: Decimal) -> Decimal | None:
    return divide_half_up(new - old, old) if old else None


def _in_money(change: Change, words: Words) -> list[str]:
    """Both totals in one money, where that says something new."""
    money = change.totals_in
    if money.old is None or money.new is None or [total.currency for total in change.totals] == [money.currency]:
        return []
    digits = decimals_of(money.currency)
    old, new = (grouped(amount, words, digits, digits) for amount in (money.old, money.new))
    text = words("diff.in_money", currency=money.currency, old=old, new=new)
    return [f"{text} {words('lead.not_counted', currencies=words.listed(money.unknown))}" if money.unknown else text]


def _steps(change: Change, words: Words) -> Table:
    columns = [
        Column("step", kind="status", tones={words(f"step.{OTHER}"): "bad"}),
        Column("amount", kind="amount"),
        Column("currency", kind="id"),
        Column("jobs", kind="integer"),
    ]
    rows = [_step_row(step, words) for step in change.steps]
    order = words.listed(step_name(step, words) for step in change.order)
    notes = [words("diff.order", steps=order)] if rows else []
    title, empty = words("diff.steps"), words("diff.none")
    return Table("change_steps", title, titled(words, columns), rows, notes=notes, empty=empty)


def _step_row(step: StepTotal, words: Words) -> Row:
    return [step_name(step.step, words), step.amount, step.currency, step.jobs]


def _is_drawn(change: Change, report: Report) -> bool:
    return bool(change.total(report.asked).steps)


def _waterfall(change: Change, report: Report) -> Iterator[Table]:
    """From the one plan to the other in one money, for a chart."""
    words, money = report.words, change.total(report.asked)
    if not money.steps or money.old is None or money.new is None:
        return
    columns = [
        Column("step", kind="id"),
        Column("amount", kind="amount"),
        Column("currency", kind="id"),
        Column("begin", kind="amount", helper=True),
        Column("level", kind="amount", helper=True),
    ]
    level = money.old
    rows: list[Row] = [[words("step.old"), money.old, money.currency, Decimal(0), money.old]]
    for step in money.steps:
        begin, level = level, level + step.amount
        rows.append([step_name(step.step, words), step.amount, money.currency, begin, level])
    last: list[Cell] = [words("step.new"), money.new, money.currency, Decimal(0), money.new]
    title = f"{words('diff.money')} · {money.currency}"
    yield Table("waterfall", title, titled(words, columns), [*rows, last], places=AT_LENGTH)


def _jobs(change: Change, words: Words) -> Table:
    columns = [
        Column("job_id", kind="id"),
        Column("status", kind="status"),
        Column("what_changed", kind="text"),
        Column("before", kind="amount"),
        Column("after", kind="amount"),
        Column("difference", kind="amount"),
        Column("currency", kind="id"),
    ]
    changed = sorted((job for job in change.jobs if job.status != "same"), key=_largest_first)
    rows = [row for job in changed for row in _job_rows(job, change.options, words)]
    empty = words("diff.none")
    return Table(
        "changed_jobs",
        words("diff.jobs"),
        titled(words, columns),
        rows,
        empty=empty,
        uniform=len(rows) > _JOBS_IN_TEXT,
    )


def _largest_first(job: JobChange) -> Decimal:
    return -max((abs(step.amount) for step in job.steps), default=Decimal(0))


def _job_rows(job: JobChange, options: Sequence[str], words: Words) -> Iterator[Row]:
    """A row for each currency of a job, of which it has two where its seller is another one."""
    codes = dict.fromkeys(item.currency for item in (job.old, job.new) if item is not None)
    text = words.listed(_what_changed(job, options, words))
    for code in codes:
        before, after = (_cost(item, code) for item in (job.old, job.new))
        difference = Formula("N({after})-N({before})", (after or Decimal(0)) - (before or Decimal(0)))
        yield [job.job_id, words(f"status.{job.status}"), text, before, after, difference, code]


def _cost(item: LineItem | None, currency: str) -> Decimal | None:
    return item.cost_value if item is not None and item.currency == currency else None


def _what_changed(job: JobChange, options: Sequence[str], words: Words) -> Iterator[str]:
    old, new = job.old, job.new
    if old is None or new is None:
        return
    if any(step.step.startswith("price") for step in job.steps):
        yield words("step.price")
    if (old.provider, old.model) != (new.provider, new.model):
        yield _from_to(words("step.seller"), _seller(old, new), _seller(new, old), words)
    for name in (*options, "duration"):
        if old.options.get(name) != new.options.get(name):
            yield _from_to(step_name(name, words), old.options.get(name), new.options.get(name), words)
    if old.takes != new.takes:
        yield _from_to(words("step.takes"), str(old.takes), str(new.takes), words)
    yield from _changed_tags(old, new, words)


def _changed_tags(old: LineItem, new: LineItem, words: Words) -> Iterator[str]:
    for tag in sorted(old.tags.keys() | new.tags.keys()):
        if old.tags.get(tag) != new.tags.get(tag):
            yield _from_to(tag_name(tag), old.tags.get(tag), new.tags.get(tag), words)


def _seller(item: LineItem, other: LineItem) -> str:
    """A model, with its provider where that tells it from another."""
    return f"{item.provider} {item.model}" if item.model == other.model else item.model


def _from_to(name: str, old: str | None, new: str | None, words: Words) -> str:
    none = words("without_value")
    return words("diff.from_to", name=name, old=none if old is None else old, new=none if new is None else new)


def _tags(change: Change, words: Words) -> Iterator[Table]:
    """The values of tags whose cost changed."""
    columns = [
        Column("tag", kind="id"),
        Column("value", kind="id"),
        Column("before", kind="amount"),
        Column("after", kind="amount"),
        Column("difference", kind="amount"),
        Column("currency", kind="id"),
    ]
    rows = [_tag_row(tag, words) for tag in change.tags if tag.difference]
    if rows:
        yield Table("change_tags", words("diff.tags"), titled(words, columns), rows)


def _tag_row(tag: TagChange, words: Words) -> Row:
    value = words("without_value") if tag.key is None else tag.key
    difference = Formula("{after}-{before}", tag.difference)
    return [tag_name(tag.tag), value, tag.old, tag.new, difference, tag.currency]
