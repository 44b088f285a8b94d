"""A row that was edited in a report's workbook is refused whenever the same job would be, in a body or a sheet."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import kling_cost as kc
from kling_cost.jobs.providers import KINDS
from kling_cost.pricebook.book import PriceBook
from kling_cost.problems import Problem, exit_code_of
from kling_cost.reporting.report import Report
from kling_cost.reporting.write_report import report_bytes
from tests.jobs.test_request_rules import BODIES, BOOK, RULES, made
from tests.reporting.test_read_back import AS_OF, LINES, T2V

BOOK_WITH_VIDEO = kc.load_prices("market-2026-11")
NAMES = {"duration": "Seconds", "quality": "Quality", "sound": "Sound", "model": "Model", "provider": "Provider"}
#: Where requests say what a row shows.
PLACES = {
    "duration": ("duration", "settings.duration"),
    "quality": ("quality", "mode", "settings.resolution"),
    "sound": ("sound", "settings.audio"),
}
QUALITIES = {"720p": "std", "1080p": "pro", "4k": "4k"}


def bodies() -> dict[str, dict[str, Any]]:
    """Every clean body of the cases of the rules."""
    inside = {f"{rule['id']} {at}": made(case) for rule in RULES["rules"] for at, case in enumerate(rule["inside"])}
    return {name: made({"body": name}) for name in BODIES} | inside


def item(name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    path = {"path": body["$path"]} if "$path" in body else {}
    return {"job_id": name, "request": {key: value for key, value in body.items() if key != "$path"}, **path}


def estimate(jobs: Any, book: PriceBook = BOOK) -> kc.Estimate:
    return kc.estimate(kc.read_jobs(jobs, book=book), book, as_of=AS_OF)


def workbook(path: Path, jobs: Sequence[Any], book: PriceBook = BOOK) -> Path:
    path.write_bytes(report_bytes(".xlsx", Report(estimate(list(jobs), book), None, "en")))
    return path


def edited(path: Path, edits: Mapping[str, str | int | None], names: Callable[[str], bool] = bool) -> Path:
    """The workbook with the same edits in every row of some jobs."""
    book = openpyxl.load_workbook(path)
    sheet: Any = book[LINES]
    header = next(row for row in sheet.iter_rows() if row[0].value == "Job")
    columns = {cell.value: cell.column for cell in header}
    for row in range(header[0].row + 1, sheet.max_row + 1):
        name = sheet.cell(row, 1).value
        if name is not None and sheet.cell(row, columns["Model"]).value is not None and names(name):
            for field, value in edits.items():
                is_number = field == "duration" and value is not None
                sheet.cell(row, columns[NAMES.get(field, field)]).value = int(value or 0) if is_number else value
    found = path.with_name("edited.xlsx")
    book.save(found)
    return found


def errors(found: kc.Estimate) -> dict[str | None, list[Problem]]:
    wrong: dict[str | None, list[Problem]] = {}
    for one in found.problems:
        if one.severity == "error":
            wrong.setdefault(one.job_id, []).append(one)
    return wrong


@pytest.fixture(scope="module")
def every_body(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workbook(tmp_path_factory.mktemp("rules") / "budget.xlsx", [item(*pair) for pair in bodies().items()])


EDITS = [
    {"duration": "3"},
    {"duration": "10"},
    {"quality": "4k"},
    {"quality": "720p"},
    {"sound": "on"},
    {"sound": "off"},
]
MODELS = [
    {"provider": "evolink", "model": f"kling-{name}"}
    for name in ("v3-text-to-video", "custom-element", "o3-image-to-video", "o3-text-to-video", "v3-motion-control")
]


def said(body: dict[str, Any], edit: Mapping[str, Any]) -> dict[str, Any] | None:
    """The body that says the same; None where it is another seller's."""
    body = copy.deepcopy(body)
    if "model" in edit:
        return {**body, "model": edit["model"]} if (edit["provider"], body.get("model")) in KINDS else None
    ((field, value),) = edit.items()
    *above, last = _place(body, field).split(".")
    holder = body
    for name in above:
        holder = holder.setdefault(name, {})
    holder[last] = _word(body, field, last, value)
    return body


def _place(body: Mapping[str, Any], field: str) -> str:
    return (
        PLACES[field][-1] if "$path" in body else PLACES[field][1 if field == "quality" and "model_name" in body else 0]
    )


def _word(body: Mapping[str, Any], field: str, last: str, value: Any) -> Any:
    if last == "mode":
        return QUALITIES[value]
    if last == "audio":
        return "native" if value == "on" else "off"
    if field == "duration" and "model_name" in body:
        return value
    if field == "duration":
        return int(value)
    return value == "on" if field == "sound" and "type" in body else value


@pytest.mark.parametrize("edit", EDITS + MODELS, ids=str)
def test_an_edit_that_a_body_would_be_refused_for_is_refused(every_body: Path, edit: dict[str, Any]) -> None:
    in_bodies = {name: new for name, body in bodies().items() if (new := said(body, edit)) is not None}
    refused = errors(estimate([item(*pair) for pair in in_bodies.items()]))
    wrong = errors(estimate(str(edited(every_body, edit))))
    lines = estimate([item(*pair) for pair in bodies().items()]).line_items
    before = {line.job_id: {**line.options, "model": line.model, "provider": line.provider} for line in lines}
    changed = {name for name, values in before.items() if {**values, **edit} != values}
    assert (refused.keys() & changed) - wrong.keys() == set()
    exits = {name: (exit_code_of(refused[name]), exit_code_of(wrong[name])) for name in refused.keys() & wrong.keys()}
    assert {name: pair for name, pair in exits.items() if pair[0] != pair[1]} == {}


FEATURE = [{"video_url": "a.mp4", "refer_type": "feature"}]
OFFICIAL = [
    ("omni", {"model_name": "kling-v3-omni", "prompt": "Fog", "video_list": FEATURE}, {"sound": "on"}, "sound"),
    ("path", {"$path": "/omni-video/kling-3.0-omni", "prompt": "Fog",
              "contents": [{"type": "feature_video", "url": "a.mp4"}]}, {"sound": "on"}, "settings.audio"),
    ("input", {"model_name": "kling-v3-omni", "prompt": "Fog", "video_list": FEATURE}, {"Input": "none"}, "input"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "edit", "field"), OFFICIAL, ids=[case[0] for case in OFFICIAL])
def test_what_a_row_has_and_does_not_show_counts_for_its_rules(
    tmp_path: Path, name: str, body: dict[str, Any], edit: dict[str, Any], field: str
) -> None:
    path = workbook(tmp_path / "budget.xlsx", [item(name, body)], BOOK_WITH_VIDEO)
    assert errors(estimate(str(path), BOOK_WITH_VIDEO)) == {}
    found = errors(estimate(str(edited(path, edit)), BOOK_WITH_VIDEO))[name]
    assert [one.field for one in found] == [field]
    assert str(found[0]).startswith(f"edited.xlsx:{found[0].row}: {field}: ")
    assert f"Line items!{'G' if 'Input' in edit else 'F'}{found[0].row}" in found[0].message


TASK = {"provider": "kling3api", "model": "std-text-to-video", "quality": "720p"}


@pytest.mark.parametrize(
    ("prompt", "edits", "key"),
    [
        ("Fog", {"Prompt": None}, "missing.required"),
        ("Fog", {"Prompt": "Fog " * 700}, "too_long.text"),
        ("Fog " * 80, TASK, "cannot_check.cell_prompt"),
        ("Fog " * 80, {"duration": 10}, None),
        ("Fog", TASK, None),
        ("Fog", {"Prompt": "Snow"}, None),
    ],
)
def test_a_prompt_is_held_to_the_rules_as_far_as_a_workbook_has_it(
    tmp_path: Path, prompt: str, edits: dict[str, Any], key: str | None
) -> None:
    bodies = [{"model": T2V, "prompt": prompt, "quality": "720p"}, {"type": "pro-text-to-video", "prompt": "Fog"}]
    path = workbook(tmp_path / "budget.xlsx", [item(f"job {at}", body) for at, body in enumerate(bodies)])
    found = errors(estimate(str(edited(path, edits, lambda name: name == "job 0"))))
    assert [one.key for one in found.get("job 0", [])] == ([] if key is None else [key])
