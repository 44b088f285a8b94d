"""What a plan may really cost, as tables and as rows for programs."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from kling_cost.amounts import plain_text, round_half_up
from kling_cost.planning.limits import WHOLE_CAMPAIGN
from kling_cost.planning.risk.risk_figures import CHANCE_PLACES, RiskFigures, RiskTotal
from kling_cost.planning.risk.risk_result import Risk
from kling_cost.reporting.number_format import grouped
from kling_cost.reporting.parts.column_titles import titled
from kling_cost.reporting.parts.problem_list import problem_table
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import AT_LENGTH, Column, Kind, Row, Table
from kling_cost.reporting.translations import Words

_SHOWN = Decimal("1e-4")
_LEAST_CHANCE = Decimal(1).scaleb(-CHANCE_PLACES)
#: The header of the rows for programs.
ROW_NAMES = ("currency", "figure", "level", "amount")


def risk_rows(risk: Risk) -> Iterator[list[str]]:
    """A row for each figure of each total: currency, which one, its level if it is a percentile, and the amount."""
    for total in risk.totals:
        for figure in ("planned", "least", "expected", "most", "sd", "contingency", "error_at_most"):
            amount = getattr(total, figure)
            yield [total.currency, figure, "", "" if amount is None else plain_text(amount)]
        for found in total.percentiles:
            yield [total.currency, "percentile", plain_text(found.level), plain_text(found.total)]


def risk_tables(risk: Risk, words: Words) -> list[Table]:
    """What a terminal shows of a risk: its figures and the problems."""
    tables = [table for table in figure_tables(risk, words) if "text" in table.places]
    problems = problem_table(risk.problems, words)
    return [*tables, *([problems] if problems.rows else [])]


def figure_tables(risk: RiskFigures, words: Words) -> list[Table]:
    """Each total in its percentiles and its shape, the limits, the classes of takes, and what their ranges do."""
    tables = [table for total in risk.totals for table in (_total(risk, total, words), _shape(total, words))]
    others = (make(risk, words) for make in (_limits, _classes, _drivers, _results))
    return [table for table in (*tables, *others) if table.rows]


def shape_key(currency: str) -> str:
    """The key of the table that has the shape of a total."""
    return f"risk_shape_{currency}"


def sentence(risk: RiskFigures, total: RiskTotal, words: Words) -> str:
    """What a total is at most, with the confidence, as people say it."""
    amount, extra = (grouped(value, words) for value in (risk.at_confidence(total), total.contingency))
    return words("risk.sentence", **of_all(risk.confidence), amount=amount, contingency=extra, currency=total.currency)


def confidence_notes(report: Report) -> list[str]:
    """What is said below limits whose contingency is that of a confidence."""
    verdict, words = report.verdict, report.words
    if verdict is None or verdict.risk is None or not verdict.risk.classes:
        return []
    told = words("risk.set_aside", **of_all(verdict.risk.confidence))
    return [told, words("risk.no_sum")] if len(verdict.limits) > 1 else [told]


def of_all(level: Decimal) -> dict[str, str]:
    """A chance as people say it: 8 of 10."""
    share = Fraction(level)
    whole = 10 ** max(1, -int(level.normalize().as_tuple().exponent))
    return {"some": f"{int(share * whole):,}", "all": f"{whole:,}"}


def _total(risk: RiskFigures, total: RiskTotal, words: Words) -> Table:
    columns = [Column("figure", words("risk.figure")), Column("amount", kind="amount")]
    rows = list(_figures(risk, total, words))
    notes = [sentence(risk, total, words)]
    if not total.exact:
        notes.append(words("risk.inexact", error=grouped(total.error_at_most, words), currency=total.currency))
    title = words("risk.title", currency=total.currency)
    return Table(f"risk_{total.currency}", title, titled(words, columns), rows, notes=notes)


def _figures(risk: RiskFigures, total: RiskTotal, words: Words) -> Iterator[Row]:
    """Each figure of a total with its name; of one that is certain, only that."""
    yield [words("risk.planned"), total.planned]
    yield [words("risk.least"), total.least]
    if total.least != total.most:
        for found in total.percentiles:
            yield [words("risk.percentile", **of_all(found.level)), found.total]
    if total.most is not None:
        yield [words("risk.most"), total.most]
    yield [words("risk.expected"), round_half_up(total.expected, _SHOWN)]
    yield [words("risk.sd"), total.sd]
    yield [words("risk.contingency", **of_all(risk.confidence)), total.contingency]


def _shape(total: RiskTotal, words: Words) -> Table:
    """The chance of each range of totals, to draw."""
    columns = [
        _column(words, "range", "id"),
        _column(words, "chance", "chance"),
        _column(words, "chance_at_most", "chance"),
    ]
    pairs = zip((None, *total.shape), total.shape, strict=False)
    rows: list[Row] = [
        [
            _range(before and before.total, found.total, words),
            found.chance - (before.chance if before else 0),
            found.chance,
        ]
        for before, found in pairs
    ]
    title = words("risk.shape", currency=total.currency)
    return Table(shape_key(total.currency), title, titled(words, columns), rows, places=AT_LENGTH)


def _range(above: Decimal | None, up_to: Decimal | None, words: Words) -> str:
    low, high = (None if end is None else grouped(end, words) for end in (above, up_to))
    if low is None:
        return words("risk.up_to", amount=high)
    return words("risk.more_than", amount=low) if high is None else words("risk.from_to", low=low, high=high)


def _column(words: Words, name: str, kind: Kind = "text", prominent: bool = True) -> Column:
    return Column(name, words(f"risk.{name}"), kind, prominent=prominent)


def _limits(risk: RiskFigures, words: Words) -> Table:
    columns = [
        Column("scope"),
        Column("limit", kind="amount"),
        Column("currency", kind="id"),
        _column(words, "chance_within", "chance"),
    ]
    rows: list[Row] = [
        [_scope(limit.scope, words), limit.limit, limit.currency, _told(limit.chance_within, limit.is_certain)]
        for limit in risk.limits
    ]
    notes = [words("risk.no_sum")] if len(rows) > 1 else []
    return Table("risk_limits", words("risk.limits"), titled(words, columns), rows, notes=notes)


def _told(chance: Decimal | None, is_certain: bool) -> Decimal | None:
    """A chance to show; one that only its last digit makes 0 or 1 is told as a little more or less."""
    if chance is None or is_certain:
        return chance
    return min(max(chance, _LEAST_CHANCE), 1 - _LEAST_CHANCE)


def _scope(scope: str, words: Words) -> str:
    return words("scope.campaign") if scope == WHOLE_CAMPAIGN else scope


def _classes(risk: RiskFigures, words: Words) -> Table:
    columns = [
        _column(words, "class", "id"),
        Column("jobs", kind="integer"),
        _column(words, "needed", "integer"),
        _column(words, "success", "percent"),
        _column(words, "at_most", "integer"),
        _column(words, "expected_takes", "amount"),
        _column(words, "chance_short", "chance"),
        _column(words, "origin", prominent=False),
        Column("checked", kind="date", prominent=False),
    ]
    rows: list[Row] = [
        [
            of.name,
            of.jobs,
            of.usable,
            of.success,
            of.at_most,
            of.expected_takes,
            _told(of.chance_short, of.at_most is None or of.success == 1),
            of.source,
            of.checked,
        ]
        for of in risk.classes
    ]
    return Table("risk_classes", words("risk.classes"), titled(words, columns), rows)


def _drivers(risk: RiskFigures, words: Words) -> Table:
    columns = [
        _column(words, "class", "id"),
        Column("currency", kind="id"),
        _column(words, "share", "percent"),
        *(_column(words, name, "amount") for name in ("at_low", "at_likely", "at_high")),
    ]
    return Table(
        "risk_drivers",
        words("risk.drivers", **of_all(risk.confidence)),
        titled(words, columns),
        [[*d] for d in risk.drivers],
    )


def _results(risk: RiskFigures, words: Words) -> Table:
    columns = [
        _column(words, "class", "id"),
        _column(words, "kept", "amount"),
        *(_column(words, name, "amount") for name in ("per_kept", "per_usable_second", "per_finished_minute")),
        Column("currency", kind="id"),
    ]
    rows = [[*result] for result in risk.per_result]
    return Table("risk_results", words("risk.results"), titled(words, columns), rows)
