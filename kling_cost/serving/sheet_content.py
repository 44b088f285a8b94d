"""What the page shows of a sheet, as its template takes it: every figure is one of the library's, as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from kling_cost.amounts import plain_text
from kling_cost.jobs.columns import priced_columns
from kling_cost.jobs.foreign.questions import NOT_READ, Question
from kling_cost.jobs.foreign.sheet_mapping import ASK, MappedColumn, SheetMapping, field_of
from kling_cost.problems import FileFaultsError, KlingCostError, ReadError, UsageError, shown
from kling_cost.reporting.number_format import grouped, shown_value
from kling_cost.reporting.parts.fit.fit_tables import fit_tables
from kling_cost.reporting.parts.key_figures import gauges, verdict_tone, verdict_words
from kling_cost.reporting.parts.problem_list import problem_table
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Column, Table, plain
from kling_cost.reporting.translations import Words
from kling_cost.reporting.writers.html_charts import gauge_content
from kling_cost.serving.downloads import ChangedSheet, changed_sheet
from kling_cost.serving.dropped_sheet import (
    TAG,
    DroppedSheet,
    column_key,
    columns_of,
    is_of_model,
    models,
    question_key,
)
from kling_cost.serving.page_words import told
from kling_cost.serving.priced_sheet import PricedSheet
from kling_cost.serving.shots_content import SHORT, part_name, shots_content
from kling_cost.serving.uploads import Upload, Wishes

_LONGEST = 300
_MOST_ROWS, _MOST_QUESTIONS, _MOST_FAULTS = 300, 50, 100
_PLACE = re.compile(r"(?P<file>.*?):(?P<line>[0-9]+):(?P<column>[0-9]+): (?P<why>.*)", re.ASCII | re.DOTALL)
#: Encodings of text files that people in Korea, Japan and China keep sheets in.
ENCODINGS = ("utf-8", "cp949", "cp932", "gb18030", "big5", "cp1252")
_NO_ENCODING = ("unreadable.encoding", "unreadable.unknown_encoding")
#: What may be changed for a plan that fits, and how far down where nobody says it; nothing of what has no numbers.
_MAY = (("quality", ""), ("sound", ""), ("takes", "1"), ("duration", "3"), ("seller", ""))
_LABELS = ("job_id", "prompt", "model", "date")
_NOTHING = SheetMapping(None, 1, {})
_REASONS = {
    "its heading": "serve.by_heading",
    "its values": "serve.by_values",
    "its heading and its values": "serve.by_both",
    "few different values": "serve.by_few",
    "the longest texts": "serve.by_longest",
}


def sheet_content(upload: Upload, priced: PricedSheet, words: Words) -> dict[str, Any]:
    """Everything that the template shows.

    Args:
        upload: the sheet.
        priced: what it comes to.
        words: the language.
    """
    sheet = priced.sheet
    report = None if priced.now is None else Report(priced.now, priced.verdict, words.locale)
    faults = [fault for error in _errors(priced) for fault in faults_content(error, words)]
    return {
        "key": upload.key,
        "name": shown(upload.path.name, _LONGEST),
        "faults": faults,
        "told": _told(report, faults, sheet, words),
        "is_open": report is None or bool(faults),
        "result": None if report is None else _result(priced, report),
        "reading": _reading(sheet, upload, words),
        "shots": None if priced.changer is None else shots_content(priced, priced.changer, upload.wishes, words),
        "fit": None if report is None else _fit(priced, upload.wishes, words),
        "problems": []
        if report is None
        else [table_content(problem_table(report.problems, words), words, ("code", "source"))],
        "take": None if report is None else _take(upload, priced, words),
    }


def _take(upload: Upload, priced: PricedSheet, words: Words) -> dict[str, Any]:
    """What can be taken away of the sheet itself; one that was not changed is the file that was dropped."""
    is_changed = priced.shots is not None and priced.shots.changed > 0
    found = changed_sheet(upload, priced) if is_changed else ChangedSheet(b"")
    is_foreign = priced.sheet.foreign is not None
    return {
        "has_sheet": found.data is not None or found.is_listed,
        "has_columns": is_foreign,
        "has_beside": is_foreign and is_changed and found.data is not None,
        "why": [] if found.why is None else error_texts(found.why, words),
    }


def _errors(priced: PricedSheet) -> list[KlingCostError]:
    found = [] if priced.sheet.fault is None else [priced.sheet.fault]
    return [*found, *priced.faults]


def faults_content(error: KlingCostError, words: Words) -> list[dict[str, Any]]:
    """What stopped something, in words; what is wrong at each place of a file is said in English only.

    >>> from kling_cost.problems import RulesError
    >>> from kling_cost.reporting.translations import words_of
    >>> faults_content(RulesError(["rules.yaml:3:1: budgets: must be a list"]), words_of("en"))
    [{'text': '1 place in rules.yaml is not valid', 'places': [('line 3, column 1', 'budgets: must be a list')]}]
    """
    faults = error.faults if isinstance(error, (FileFaultsError, ReadError)) else []
    places = [place for fault in faults if (place := _PLACE.fullmatch(fault))]
    if not places:
        return [{"text": text, "places": []} for text in error_texts(error, words)]
    file = words.listed(dict.fromkeys(shown(place["file"], SHORT) for place in places))
    key = "serve.faults.one" if len(places) == 1 else "serve.faults.other"
    told = [
        (words("serve.fault_place", line=place["line"], column=place["column"]), shown(place["why"], _LONGEST))
        for place in places[:_MOST_FAULTS]
    ]
    return [{"text": words(key, count=words.grouped(str(len(places))), file=file), "places": told}]


def error_texts(error: KlingCostError, words: Words) -> list[str]:
    """What stopped something, in words.

    >>> from kling_cost.problems import UsageError
    >>> from kling_cost.reporting.translations import words_of
    >>> error_texts(UsageError("60: a limit needs a currency"), words_of("en"))
    ['60: a limit needs a currency']
    """
    if isinstance(error, FileFaultsError):
        return [shown(fault, _LONGEST) for fault in str(error).splitlines()]
    found = error.problem if isinstance(error, (ReadError, UsageError)) else None
    return [shown(str(error), _LONGEST) if found is None else told(found, words)]


def _result(priced: PricedSheet, report: Report) -> dict[str, Any]:
    """The cost, the verdict and the limits."""
    words, estimate = report.words, report.closed.estimate
    grand = estimate.total(report.asked)
    is_only = priced.verdict is not None and len(priced.verdict.limits) == 1
    return {
        "verdict": verdict_words(report.closed),
        "tone": verdict_tone(report.closed),
        "totals": [
            {"cost": words.plain(one.due), "currency": one.currency, "exact": plain_text(one.due),
             "extent": words.listed([words.count("job", one.jobs), words.count("take", one.takes)])}
            for one in estimate.totals
        ],
        "money": "" if grand.amount is None else f"{grouped(grand.amount, words, 2, 2)} {grand.currency}",
        "at_least": words("at_least") if grand.at_least or not estimate.is_exact else "",
        "unknown": words.listed(grand.unknown),
        "left_out": words.count("job", estimate.left_out) if estimate.left_out else "",
        "gauges": [gauge_content(gauge, words, is_only=is_only) for gauge in gauges(report.closed)],
        "as_of": words("latest_rates") if estimate.as_of is None else words.day(estimate.as_of),
    }  # fmt: skip


def _told(report: Report | None, faults: Sequence[dict[str, Any]], sheet: DroppedSheet, words: Words) -> str:
    """What is wrong, what has to be said first, the totals and the verdict, for whoever hears the page."""
    texts = [fault["text"] for fault in faults]
    if report is not None:
        return " · ".join([*texts, _totals_told(report)])
    return " · ".join([*texts, words("serve.asked_first")] if sheet.questions else texts)


def _totals_told(report: Report) -> str:
    """The totals and the verdict in one line."""
    words, estimate = report.words, report.closed.estimate
    least = f"{words('at_least')} " if not estimate.is_exact else ""
    totals = [f"{least}{words.plain(one.due)} {one.currency}" for one in estimate.totals]
    return " · ".join(filter(None, (words.listed(totals), verdict_words(report.closed))))


def _reading(sheet: DroppedSheet, upload: Upload, words: Words) -> dict[str, Any] | None:
    """How the sheet is read, and what has to be said first; None for a file that nobody can ask about."""
    if not _can_be_asked(sheet):
        return None
    mapping = _NOTHING if sheet.foreign is None else sheet.foreign.mapping
    asked = [one for one in sheet.questions if one.kind != "column" and not is_of_model(one)]
    return {
        "columns": _columns(mapping, upload, words),
        "questions": [_question(one, sheet, words) for one in asked[:_MOST_QUESTIONS]],
        "more": words("serve.more_questions", count=words.grouped(str(len(asked) - _MOST_QUESTIONS)))
        if len(asked) > _MOST_QUESTIONS
        else "",
        "is_open": bool(sheet.questions),
        "models": [] if "model" in mapping.columns else models(),
        "model": upload.wishes.model or mapping.model,
        "encodings": ENCODINGS if _is_coded(sheet, upload.wishes) else (),
        "encoding": upload.wishes.encoding or ENCODINGS[0],
    }


def _can_be_asked(sheet: DroppedSheet) -> bool:
    """Whether somebody can say how a file is to be read."""
    return sheet.is_sheet and any((sheet.foreign, sheet.questions, sheet.fault))


def _is_coded(sheet: DroppedSheet, wishes: Wishes) -> bool:
    """Whether an encoding has to be named, or was."""
    return bool(wishes.encoding) or (isinstance(sheet.fault, ReadError) and sheet.fault.problem.key in _NO_ENCODING)


def _columns(mapping: SheetMapping, upload: Upload, words: Words) -> list[dict[str, Any]]:
    fields = [*_LABELS, *(name for name in priced_columns() if name not in _LABELS), TAG]
    return [_column(field, one, fields, upload, words) for field, one in columns_of(mapping)]


def _reason(field: str, one: MappedColumn, upload: Upload, words: Words) -> str:
    """Why a column is taken for what it is: by its proposal, or since somebody chose it."""
    if one.choices:
        return words("serve.may_be", choices=words.listed(_field_name(name, words) for name in one.choices))
    was, why = upload.proposed.get(one.letters, (field, one.reason))
    return words("serve.by_you") if was != field else words(_REASONS[why]) if why in _REASONS else ""


def _column(field: str, one: MappedColumn, fields: Sequence[str], upload: Upload, words: Words) -> dict[str, Any]:
    """One column, what it may be, and why it is taken for what it is."""
    known = {name: _field_name(name, words) for name in fields}
    if field.startswith(TAG):
        known = {name: text for name, text in known.items() if name != TAG}
        known[field] = f"{words('serve.tag')}: {shown(field.removeprefix(TAG), SHORT)}"
    if one.choices:
        known = {field: words("serve.decide"), **known}
    return {
        "letters": one.letters,
        "header": shown(one.header, SHORT) or words("without_value"),
        "name": column_key(one),
        "value": field,
        "options": [("", words("serve.not_read")), *known.items()],
        "reason": _reason(field, one, upload, words),
        "is_open": bool(one.choices),
    }


def _field_name(name: str, words: Words) -> str:
    """What a column of jobs is called for people."""
    if name in (TAG, NOT_READ):
        return words("serve.tag" if name == TAG else "serve.not_read")
    return words.texts.get(f"column.{field_of(name)}", field_of(name))


def _question(question: Question, sheet: DroppedSheet, words: Words) -> dict[str, Any]:
    told = words.problem(question.problem(sheet.source.name)).message
    choices = [choice for choice in question.choices if choice != ASK]
    return {"name": question_key(question), "text": shown(told, _LONGEST), "choices": choices}


def _fit(priced: PricedSheet, wishes: Wishes, words: Words) -> dict[str, Any]:
    """What may be changed for a plan that fits, and the plan."""
    plan, is_known = priced.plan, _has_products(priced)
    floors = dict(word.partition(":")[::2] for word in wishes.may)
    may = [
        {"name": name, "title": part_name(name, words), "is_on": name in floors, "floor": floors.get(name) or floor}
        for name, floor in _MAY
        if name != "seller" or is_known
    ]
    tables = [] if plan is None else [one for one in fit_tables(plan, words) if one.key in ("fit", "fit_changes")]
    return {
        "may": may,
        "no_sellers": "" if is_known else words("serve.no_sellers"),
        "tables": [table_content(table, words) for table in tables],
        "can_apply": plan is not None and plan.status == "changed",
    }


def _has_products(priced: PricedSheet) -> bool:
    """Whether the price book says who sells the same."""
    return priced.now is not None and priced.now.book is not None and bool(priced.now.book.products)


def table_content(table: Table, words: Words, without: Sequence[str] = ()) -> dict[str, Any]:
    """A table of a report as text, without columns that hold nothing, and some that say nothing of one sheet."""
    kept = [(i, column) for i, column in enumerate(table.columns) if column.key not in without]
    at = [i for i, _ in kept if any(plain(row[i]) not in (None, "") for row in table.rows)]
    rows = [[_text(plain(row[i]), table.columns[i], words) for i in at] for row in table.rows[:_MOST_ROWS]]
    more = len(table.rows) - len(rows)
    notes = [*map(str, table.notes), *([words("page.more_rows", rows=words.grouped(str(more)))] if more else [])]
    heads = [{"title": table.columns[i].title, "is_number": table.columns[i].is_number} for i in at]
    return {"key": table.key, "title": table.title, "heads": heads, "rows": rows, "notes": notes}


def _text(value: Any, column: Column, words: Words) -> dict[str, Any]:
    text, exact = shown_value(value, column, words), ""
    if isinstance(value, Decimal) and column.kind == "credits":
        text = words.plain(value)
    elif isinstance(value, Decimal) and column.kind in ("amount", "money"):
        exact = plain_text(value)
    return {
        "text": shown(text, _LONGEST),
        "exact": exact,
        "is_number": column.is_number,
        "tone": column.tones.get(str(value), ""),
    }
