"""What somebody does to a workbook by hand, beside what the library says of the plan that this makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import column_index_from_string

import kling_cost as kc
from kling_cost.reporting.report import Report
from kling_cost.reporting.write_report import report_bytes
from tests.reporting.office import Step, edited
from tests.reporting.samples import AS_OF

BUDGET = ["3300 EVOLINK_CREDIT", "12000 KLING3API_CREDIT", "80 USD"]
RATES = ["100 KLING3API_CREDIT/USD"]
LINES = "Line items"


def plan() -> list[dict[str, Any]]:
    """Jobs of two sellers, with takes and tags."""
    text, still = {"model": "kling-v3-text-to-video", "prompt": "x"}, {"model": "kling-v3-image-to-video"}
    image = {**still, "prompt": "x", "image_start": "https://example.com/a.jpg"}
    other = {"type": "pro-text-to-video", "prompt": "x", "duration": 10, "sound": False}
    return [
        {"request": {**text, "duration": 10, "quality": "1080p", "sound": "on"}, "takes": 4, "tags": {"scene": "a"}},
        {"request": {**text, "duration": 10, "quality": "1080p", "sound": "on"}, "takes": 8, "tags": {"scene": "b"}},
        {"request": {**image, "duration": 15, "quality": "720p", "sound": "off"}, "takes": 4, "tags": {"scene": "b"}},
        {"request": {**text, "duration": 3, "quality": "1080p", "sound": "off"}, "takes": 5},
        {"request": other, "takes": 2, "tags": {"scene": "c"}},
        {"request": {**other, "sound": True}, "takes": 3, "tags": {"scene": "a"}},
    ]  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """One thing that somebody does, and the plan that comes of it.

    Attributes:
        steps: what is done in the workbook.
        cells: how many inputs differ afterwards, at least.
        jobs: what the plan's jobs become; None for a job that no longer has a price.
        budget, rates: what is given to the library then.
        blocked: nothing can be priced by that, whatever the jobs are.
        over: a limit is passed by what the library does not know of: contingency.
        foreign: a formula was written over, which is no edit that may be made.
    """

    steps: Sequence[tuple[str, ...]]
    cells: int = 1
    jobs: Callable[[list[Any]], None] = lambda jobs: None
    budget: Sequence[str] = tuple(BUDGET)
    rates: Sequence[str] = tuple(RATES)
    blocked: bool = False
    over: bool = False
    foreign: bool = False


def changed(at: int, **options: Any) -> Callable[[list[Any]], None]:
    """A job with other options; one that nobody sells is left out."""

    def change(jobs: list[Any]) -> None:
        takes = options.pop("takes", None) if "takes" in options else None
        jobs[at] = {**jobs[at], "request": {**jobs[at]["request"], **options}}
        if takes is not None:
            jobs[at]["takes"] = takes

    return change


def without(at: int) -> Callable[[list[Any]], None]:
    """A job that has no price any more."""

    def change(jobs: list[Any]) -> None:
        jobs[at] = None

    return change


def gone(at: int) -> Callable[[list[Any]], None]:
    """A job that was taken out."""
    return lambda jobs: jobs.pop(at) and None


def nothing_left(jobs: list[Any]) -> None:
    """No job has a price any more."""
    jobs[:] = [None] * len(jobs)


def more(body: Mapping[str, Any], takes: int) -> Callable[[list[Any]], None]:
    """A job that was put in."""
    return lambda jobs: jobs.append({"request": dict(body), "takes": takes})


class Sheet:
    """Where things stand in a workbook, by what people read."""

    def __init__(self, path: Path) -> None:
        self._book = openpyxl.load_workbook(path)
        lines = self._book[LINES]
        self.header = next(cell.row for cell in lines["A"] if cell.value == "Job")
        self._letters = {cell.value: cell.column_letter for cell in lines[self.header]}

    def line(self, at: int, title: str) -> tuple[str, str]:
        """A cell of a line item."""
        return LINES, f"{self._letters[title]}{self.header + 1 + at}"

    def named(self, name: str) -> tuple[str, str]:
        """A cell that has a name."""
        sheet, cell = self._book.defined_names[name].attr_text.rsplit("!", 1)
        return sheet.strip("'"), cell.replace("$", "")

    def price(self, **wanted: str) -> tuple[str, str]:
        """The price of a combination."""
        sheet = self._book["Price book"]
        header = next(cell.row for cell in sheet["A"] if cell.value == "Provider")
        letters = {cell.value: cell.column_letter for cell in sheet[header]}
        row = next(
            row for row in range(header + 1, sheet.max_row)
            if all(sheet[f"{letters[title]}{row}"].value == value for title, value in wanted.items())
        )  # fmt: skip
        return "Price book", f"{letters['Unit price']}{row}"

    @property
    def last_letter(self) -> str:
        """The last column of the line items."""
        return list(self._letters.values())[-1]


def cases(at: Sheet) -> dict[str, Edit]:
    """Everything that is tried."""
    cheap = {"duration": 15, "quality": "720p", "sound": "off"}
    first = at.header + 1
    whole_row = f"A{first + 1}:{at.last_letter}{first + 1}"
    every_row = f"A{first}:{at.last_letter}{first + 5}"
    currency = f"C{at.named('limit_1')[1][1:]}"  # of the first limit
    body = {"model": "kling-v3-text-to-video", "prompt": "x", "duration": 10, "quality": "1080p", "sound": "on"}

    def line(kind: str, row: int, title: str, *value: str) -> Step:
        return (kind, *at.line(row, title), *value)

    def column(title: str) -> str:
        letter = at.line(0, title)[1].rstrip("0123456789")
        return f"{letter}{first}:{letter}{first + 5}"

    def number(title: str) -> str:
        return str(column_index_from_string(column(title).split(":")[0].rstrip("0123456789")) - 1)

    def several(row: int, **values: str) -> list[Step]:
        return [
            line("number" if text.replace(".", "").isdigit() else "text", row, title, text)
            for title, text in values.items()
        ]

    return {
        "as written": Edit([], 0),
        "15 s, 720p, off, 10 takes": Edit(
            several(0, Seconds="15", Quality="720p", Sound="off", Takes="10"), 4, changed(0, **cheap, takes=10)
        ),
        "every line of a combination to another": Edit(
            [*several(0, Quality="720p"), *several(1, Quality="720p")], 2,
            lambda jobs: [changed(n, quality="720p")(jobs) for n in (0, 1)] and None,
        ),
        "model of another kind, seconds left over": Edit(several(0, Model="kling-custom-element"), 1, without(0)),
        "4k": Edit(several(0, Quality="4k"), 1, without(0)),
        "40 s": Edit(several(0, Seconds="40"), 1, without(0)),
        "2 s": Edit(several(0, Seconds="2"), 1, without(0)),
        "no seconds": Edit([line("clear", 0, "Seconds")], 1, without(0)),
        "5.5 s": Edit(several(0, Seconds="5.5"), 1, without(0)),
        "-5 s": Edit([line("number", 0, "Seconds", "-5")], 1, without(0)),
        "ten s": Edit([line("text", 0, "Seconds", "ten")], 1, without(0)),
        "seconds as text": Edit([line("text", 0, "Seconds", "9")], 1, changed(0, duration=9)),
        "seconds as 10,8": Edit([line("text", 0, "Seconds", "10,8")], 1, without(0)),
        "seconds that are an error": Edit([line("formula", 0, "Seconds", "=1/0")], 1, without(0)),
        "no sound": Edit([line("clear", 0, "Sound")], 1, without(0)),
        "sound ON": Edit([line("text", 3, "Sound", "ON")], 1, changed(3, sound="on")),
        "quality *": Edit([line("text", 0, "Quality", "*")], 1, without(0)),
        "no takes": Edit([line("clear", 0, "Takes")], 1, without(0)),
        "0 takes": Edit([line("number", 0, "Takes", "0")], 1, without(0)),
        "2.5 takes": Edit([line("number", 0, "Takes", "2.5")], 1, without(0)),
        "takes as text": Edit([line("text", 0, "Takes", "6")], 1, changed(0, takes=6)),
        "another seller": Edit(several(0, Provider="kling3api"), 1, without(0)),
        "another seller and its model": Edit(
            [*several(0, Provider="kling3api", Model="pro-text-to-video"), line("clear", 0, "Quality")], 3,
            lambda jobs: jobs.__setitem__(0, {**jobs[0], "request": {**jobs[4]["request"], "sound": True}}),
        ),
        "a day before every price": Edit([line("number", 0, "Priced on", "36526")], 1, without(0)),
        "a day in the year 2026": Edit([line("number", 0, "Priced on", "46100")], 1),
        "a tag": Edit([line("text", 0, "Scene", "new")], 1, lambda jobs: jobs[0].update(tags={"scene": "new"})),
        "no tag": Edit([line("clear", 0, "Scene")], 1, lambda jobs: jobs[0].pop("tags") and None),
        "a cost written over": Edit([line("number", 0, "Cost", "1")], 0, without(0), foreign=True),
        "contingency of 50 %": Edit([("number", *at.named("contingency_rate"), "0.5")], over=True),
        "contingency emptied": Edit([("clear", *at.named("contingency_rate"))], blocked=True),
        "another rate": Edit(
            [("number", *at.named("rate_KLING3API_CREDIT"), "50")], rates=["50 KLING3API_CREDIT/USD"]
        ),
        "a rate of 0": Edit([("number", *at.named("rate_KLING3API_CREDIT"), "0")], rates=[]),
        "a rate emptied": Edit([("clear", *at.named("rate_KLING3API_CREDIT"))], rates=[]),
        "a lower limit": Edit([("number", *at.named("limit_3"), "60")], budget=[*BUDGET[:2], "60 USD"]),
        "a limit emptied": Edit([("clear", *at.named("limit_1"))], blocked=True),
        "a limit as text": Edit([("text", *at.named("limit_1"), "3,5oo")], blocked=True),
        "a price as 10,8": Edit(
            [("text", *at.price(Model="kling-v3-text-to-video", Quality="1080p", Sound="on"), "10,8")], 1,
            lambda jobs: [without(n)(jobs) for n in (0, 1)] and None,
        ),
        "a price emptied": Edit(
            [("clear", *at.price(Model="kling-v3-image-to-video", Quality="720p", Sound="off"))], 1, without(2)
        ),
        "a row without formulas in the middle": Edit(
            [("insert", LINES, f"A{first + 1}"), *several(1, Model="kling-v3-text-to-video", Takes="5")], 1,
            lambda jobs: jobs.append(None),
        ),
        "a row without formulas at the top": Edit([("insert", LINES, f"A{first}")], 1, lambda j: j.append(None)),
        "a row without formulas at the end": Edit(
            [("insert", LINES, f"A{first + 6}"), *several(6, Model="kling-v3-text-to-video", Takes="5")], 1,
            lambda jobs: jobs.append(None),
        ),
        "a row with its formulas": Edit(
            [
                ("insert", LINES, f"A{first + 2}"),
                ("fill", LINES, f"A{first + 2}", whole_row),
                *several(2, Job="new", Seconds="10", Quality="1080p", Sound="on", Takes="2"),
                line("clear", 2, "Scene"),
            ], 1, more(body, 2),
        ),
        "a row out": Edit([("delete", LINES, f"A{first + 2}")], 1, gone(2)),
        "the first row out": Edit([("delete", LINES, f"A{first}")], 1, gone(0)),
        "the last row out": Edit([("delete", LINES, f"A{first + 5}")], 1, gone(5)),
        "sorted by cost": Edit([("sort", LINES, every_row, number("Cost"))], 0),
        "one column sorted": Edit(
            [("sort", LINES, column("Seconds"), "0")], 4,
            lambda jobs: [changed(n, duration=s)(jobs) for n, s in enumerate((15, 10, 10, 10, 10, 3))] and None,
        ),
        "costs pasted as values": Edit([("values", LINES, column("Cost"))], 0, nothing_left, foreign=True),
        "all lines pasted as values": Edit([("values", LINES, every_row)], 0, nothing_left, foreign=True),
        "the count of edits pasted as values": Edit(
            [("values", LINES, column("Edited"))], 0, nothing_left, foreign=True
        ),
        "every model emptied": Edit([("clear", LINES, column("Model"))], 6, nothing_left),
        "every tag emptied": Edit(
            [("clear", LINES, column("Scene"))], 5, lambda jobs: [job.pop("tags", None) for job in jobs] and None
        ),
        "rows hidden": Edit([("hide", LINES, f"A{first}:A{first + 1}")], 0),
        "a row twice": Edit(
            [("insert", LINES, f"A{first + 1}"),
             ("fill", LINES, f"A{first + 1}", f"A{first}:{at.last_letter}{first}")], 2,
            lambda jobs: jobs.append(jobs[0]),
        ),
        "a row moved away": Edit([("move", LINES, f"A{first + 10}", f"A{first}:{at.last_letter}{first}")], 1,
                                 lambda jobs: jobs.__setitem__(0, None) or jobs.append(None)),
        "a line below the sums": Edit(
            several(8, Model="kling-v3-text-to-video", Seconds="5", Takes="5"), 1, lambda jobs: jobs.append(None)
        ),
        "a sum of all lines written over": Edit([line("number", 6, "USD", "1")], 0, foreign=True),
        "1e9 takes": Edit([line("number", 0, "Takes", "1000000000")], 1, without(0)),
        "a day as text": Edit([line("text", 0, "Priced on", "2026-12-01")], 1, without(0)),
        "contingency of -5 %": Edit([("number", *at.named("contingency_rate"), "-0.05")], blocked=True),
        "contingency as text": Edit([("text", *at.named("contingency_rate"), "5 %")], blocked=True),
        "a rate as text": Edit([("text", *at.named("rate_KLING3API_CREDIT"), "100")], rates=[]),
        "a limit of the same digits as text": Edit([("text", *at.named("limit_1"), "3300")], blocked=True),
        "a limit in another currency": Edit(
            [("unprotect", "Summary", "A1"), ("text", "Summary", currency, "USD")], 0, blocked=True
        ),
        "a row of the price book out": Edit(
            [("unprotect", "Price book", "A1"),
             ("delete", *at.price(Model="kling-v3-text-to-video", Quality="1080p", Sound="on"))], 1,
            lambda jobs: [without(n)(jobs) for n in (0, 1)] and None,
        ),
        "a row out and another twice": Edit(
            [("delete", LINES, f"A{first + 2}"), ("insert", LINES, f"A{first + 2}"),
             ("fill", LINES, f"A{first + 2}", whole_row)], 1,
            lambda jobs: jobs.__setitem__(2, jobs[1]),
        ),
    }  # fmt: skip


def expected(edit: Edit) -> tuple[str, kc.Estimate, int]:
    """Verdict, estimate and number of lines without a price by the library."""
    jobs = plan()
    edit.jobs(jobs)
    left = [job for job in jobs if job is not None]
    estimate = kc.estimate(left, kc.load_prices(rates=list(edit.rates)), as_of=AS_OF)
    assert not estimate.left_out, [found.message for found in estimate.problems]
    estimate = replace(estimate, left_out=len(jobs) - len(left))
    if edit.blocked or estimate.left_out:
        return "blocked", estimate, len(jobs) - len(left)
    verdict = kc.check(estimate, budget=list(edit.budget))
    return "over" if edit.over else verdict.verdict, estimate, 0


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook that is edited."""
    estimate = kc.estimate(plan(), kc.load_prices(rates=RATES), as_of=AS_OF)
    path = tmp_path_factory.mktemp("edited") / "budget.xlsx"
    path.write_bytes(report_bytes(".xlsx", Report(estimate, kc.check(estimate, budget=BUDGET))))
    return path


@pytest.fixture(scope="module")
def after(written: Path) -> dict[str, Any]:
    """What every edit leaves."""
    found = edited(written, {name: edit.steps for name, edit in cases(Sheet(written)).items()}, written.parent)
    return {name: openpyxl.load_workbook(path, data_only=True) for name, path in found.items()}


def value(book: Any, name: str) -> Any:
    sheet, cell = book.defined_names[name].attr_text.rsplit("!", 1)
    return book[sheet.strip("'").replace("$", "")][cell.replace("$", "")].value


SHOWN = {"within": "within budget", "over": "OVER BUDGET", "blocked": "BLOCKED"}


def test_a_workbook_says_of_every_edit_what_the_library_says_of_the_edited_plan(
    written: Path, after: dict[str, Any]
) -> None:
    wrong = []
    for name, edit in cases(Sheet(written)).items():
        wrong += [(name, *found) for found in differences(after[name], edit)]
    assert not wrong, "\n".join(map(str, wrong))


def differences(book: Any, edit: Edit) -> Iterator[tuple[Any, ...]]:
    """What a workbook says otherwise than the library."""
    verdict, estimate, unpriced = expected(edit)
    total, edits = estimate.total("USD"), value(book, "cells_edited")
    wanted = {
        "verdict": SHOWN[verdict],
        "adds_up": "CHECK" if edit.foreign else "OK",
        "lines_without_price": unpriced,
        "as_calculated": "edited" if edit.cells else "OK",
    }
    sums = {f"total_{money.currency.lower()}": money.cost for money in estimate.totals} | {"total_usd": total.amount}
    if not edit.foreign:
        wanted |= {name: pytest.approx(float(amount), abs=1e-9) for name, amount in sums.items() if amount is not None}
    yield from ((key, value(book, key), shown) for key, shown in wanted.items() if value(book, key) != shown)
    if edits < edit.cells:
        yield "changed inputs", edits
    summary = [str(row[0]) for row in book["Summary"].iter_rows(values_only=True)]
    if ("At least" in summary) != total.at_least:
        yield "at least", total
    head = next(text for text in summary if text.startswith("Budget: "))
    if not head.startswith(f"Budget: {SHOWN[verdict]}") or (unpriced and not head.endswith(f": {unpriced}")):
        yield ("heading", head)
    if unpriced and {"within", "warn"} & set(statuses(book)):
        yield ("limits", statuses(book))


def statuses(book: Any) -> list[str]:
    """The states of the limits."""
    rows = list(book["Summary"].iter_rows(values_only=True))
    head = next(at for at, row in enumerate(rows) if row[0] == "Scope")
    at = rows[head].index("Status")
    return [row[at] for row in rows[head + 1 : head + 4]]


def test_no_cell_shows_an_error_after_any_edit(after: dict[str, Any]) -> None:
    for name, book in after.items():
        shown = [
            (sheet.title, cell.coordinate, cell.value)
            for sheet in book
            for row in sheet.iter_rows()
            for cell in row
            if isinstance(cell.value, str) and cell.value.startswith("#")
        ]
        if name != "seconds that are an error":
            assert shown == [], name
    assert date(2026, 3, 19).toordinal() - date(1899, 12, 30).toordinal() == 46100  # the day of an edit above


def test_a_day_before_or_after_a_change_of_price_costs_what_it_costs_in_the_plan(tmp_path: Path) -> None:
    (tmp_path / "later.yaml").write_text(
        "schema: 1\nversion: later\nproviders: {kling3api: {skus: {kling-3.0-pro: {rates: {2026-06-01: "
        "{by: [sound], unit_price: {off: 70, on: 90}, source: s, checked: 2026-11-01}}}}}}\n",
        encoding="utf-8",
    )
    book, body = kc.load_prices(overlay=tmp_path / "later.yaml"), plan()[4]["request"]
    estimate = kc.estimate([{"request": body}, {"request": body}], book, as_of=AS_OF)
    path = tmp_path / "budget.xlsx"
    kc.write_report(path, estimate, kc.check(estimate, budget="10000 KLING3API_CREDIT"))
    at, days = Sheet(path), {"before": "2026-05-31", "on": "2026-06-01", "after": "2026-11-20"}
    steps = {
        name: [("number", *at.line(0, "Priced on"), str((date.fromisoformat(day) - date(1899, 12, 30)).days))]
        for name, day in days.items()
    }
    for name, found in edited(path, steps, tmp_path).items():
        jobs = [{"request": body, "date": days[name]}, {"request": body}]
        wanted = kc.estimate(jobs, book, as_of=AS_OF).totals[0].cost
        made = openpyxl.load_workbook(found, data_only=True)
        assert (value(made, "total_kling3api_credit"), value(made, "verdict")) == (float(wanted), "within budget"), name


def test_a_line_that_no_limit_holds_blocks_the_plan(tmp_path: Path) -> None:
    job = "{model: kling-v3-text-to-video, prompt: x}"
    (tmp_path / "a.yaml").write_text(f"campaign: A\nbudget: 5 USD\njobs: [{job}, {job}]\n", encoding="utf-8")
    other = "{model: pro-text-to-video, prompt: x}"
    (tmp_path / "b.yaml").write_text(
        f"campaign: B\nbudget: 5000 KLING3API_CREDIT\njobs: [{other}, {other}]\n", encoding="utf-8"
    )
    estimate = kc.estimate(kc.read_jobs(tmp_path / "a.yaml", tmp_path / "b.yaml"), as_of=AS_OF)
    path = tmp_path / "budget.xlsx"
    kc.write_report(path, estimate, kc.check(estimate))
    at = Sheet(path)
    above, new = f"A{at.header + 1}:{at.last_letter}{at.header + 1}", ("Line items", f"A{at.header + 2}")
    put_in: list[Step] = [("insert", *new), ("fill", *new, above)]
    seller = {"Provider": "evolink", "Model": "kling-v3-text-to-video", "Quality": "720p"}
    steps: dict[str, list[Step]] = {
        "as written": [],
        "a line more of a file": put_in,
        "a line more of no file": [*put_in, ("clear", *at.line(1, "File"))],
        "a line of another seller": [("text", *at.line(2, title), text) for title, text in seller.items()],
    }
    books = {
        name: openpyxl.load_workbook(found, data_only=True) for name, found in edited(path, steps, tmp_path).items()
    }
    assert {name: value(book, "verdict") for name, book in books.items()} == {
        "as written": "within budget",
        "a line more of a file": "within budget",
        "a line more of no file": "BLOCKED",
        "a line of another seller": "BLOCKED",
    }
    assert {value(book, "adds_up") for book in books.values()} == {"OK"}
