"""A storyboard that was changed on the page comes back as itself: only the cells that were changed differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from kling_cost.io.sheets.sheet_kind import CellFault
from kling_cost.io.sheets.whole_sheets import whole_sheets
from kling_cost.io.sources import name_sources
from kling_cost.jobs.cell_values import to_text
from kling_cost.jobs.foreign.sheet_words import FOREIGN_SHEET
from tests.jobs.storyboards import write_storyboard
from tests.jobs.test_foreign_sheets import CLEAR
from tests.serving.served import BOARD, MODEL, Browser, serving
from tests.serving.test_dropped_sheets import command

FIELDS = ("duration", "quality", "sound")
OTHER = {"duration": ("7", "8"), "quality": ("720p", "1080p"), "sound": ("on", "off")}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with serving(tmp_path_factory.mktemp("served")) as (_, browser):
        yield browser


def cells(path: Path) -> dict[tuple[str | None, int, int], str]:
    """Every cell of a file that holds something, by sheet, row and column."""
    return {
        (sheet.title, number, column): "fault" if isinstance(cell, CellFault) else str(to_text(cell))
        for sheet in whole_sheets(name_sources([path])[0], path.suffix[1:], FOREIGN_SHEET)
        for number, row in sheet.rows
        for column, cell in enumerate(row, 1)
        if cell not in (None, "")
    }


def value_now(text: str, row: str, field: str) -> str:
    """What a control of a shot has chosen."""
    found = re.search(rf'name="shot\|{row}\|{field}".*?(?:value="([^"]*)" selected|value="([^"]*)" aria)', text)
    assert found is not None
    return str(found[1] or found[2])


@pytest.mark.parametrize("case", CLEAR, ids=lambda case: case["name"])
def test_a_storyboard_comes_back_with_only_its_changed_cells_and_costs_what_the_page_says(
    browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: Mapping[str, Any]
) -> None:
    path = write_storyboard(case, tmp_path)
    said = browser.drop(path.name, path.read_bytes())
    if not said.credits:
        said = browser.say(said.key, do="columns", model=MODEL, sheet=case.get("sheet", ""))
    row = re.findall(r'name="shot\|(\d+)\|duration"', said.text)[-1]
    wanted = {
        f"shot|{row}|{field}": next(one for one in OTHER[field] if one != value_now(said.text, row, field))
        for field in FIELDS
    }
    changed = browser.form(said.key, {"do": "shots", **wanted})
    assert changed.credits != said.credits
    sheet, beside = browser.take(said.key, "sheet"), browser.take(said.key, "beside")
    taken = tmp_path / f"{path.stem}-changed{path.suffix}"
    assert sheet.headers["Content-Disposition"].endswith(quote(taken.name))
    taken.write_bytes(sheet.body)
    taken.with_name(f"{taken.name}.columns.yaml").write_bytes(beside.body)
    assert command(capsys, taken) == changed.credits
    before, after = cells(path), cells(taken)
    differ = {place for place in {*before, *after} if before.get(place) != after.get(place)}
    assert {place[1] for place in differ} == {int(row)}
    assert len(differ) == len(FIELDS)


def test_cells_are_written_in_the_words_of_their_column(browser: Browser) -> None:
    key = browser.drop("board.csv", BOARD).key
    browser.say(key, do="columns", model=MODEL)
    browser.form(key, {"do": "shots", "shot|5|duration": "7", "shot|5|quality": "1080p", "shot|7|sound": "off"})
    expected = BOARD.replace(b"0:05,720p", b"0:07,1080p").replace(b"8s,FHD,Y,1", b"8s,FHD,no,1")
    assert browser.take(key, "sheet").body == expected


def test_a_change_without_a_column_is_said_and_handed_out_as_a_list(
    browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = b"Shot,Description,Length,Res,Audio?\n1,Dawn,10,1080p,yes\n2,Waves,5,720p,no\n"
    key = browser.drop("board.csv", board).key
    browser.say(key, do="columns", model=MODEL)
    said = browser.form(key, {"do": "shots", "shot|2|takes": "3"})
    assert "no column for takes" in said.plain
    assert "/beside" not in said.text
    taken = browser.take(key, "sheet")
    assert taken.headers["Content-Disposition"].endswith("board-jobs.csv")
    (tmp_path / "board-jobs.csv").write_bytes(taken.body)
    assert command(capsys, tmp_path / "board-jobs.csv") == said.credits
