"""However shots are written down, a sheet of them is priced as they are, or asked about."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.io.sources import Source, name_sources
from kling_cost.jobs.columns import known_name
from kling_cost.jobs.field_names import OTHER_WORDS
from kling_cost.jobs.foreign.foreign_sheets import ForeignSheets
from kling_cost.jobs.foreign.questions import SheetQuestionsError
from kling_cost.jobs.foreign.sheet_words import words
from kling_cost.jobs.read_jobs import stream_jobs
from kling_cost.problems import ReadError
from tests.jobs.storyboards import write_storyboard
from tests.jobs.test_foreign_sheets import AS_OF, MODEL

RATES = {
    ("720p", "off"): Decimal("5.4"), ("720p", "on"): Decimal("8.1"),
    ("1080p", "off"): Decimal("7.1982"), ("1080p", "on"): Decimal("10.8"),
}  # fmt: skip
PRICED = ("duration", "quality", "sound", "takes")


class Shot(NamedTuple):
    """What one shot is."""

    duration: int
    quality: str
    sound: str
    takes: int

    @property
    def cost(self) -> Decimal:
        return RATES[self.quality, self.sound] * self.duration * self.takes


shots = st.lists(
    st.builds(
        Shot, st.integers(3, 15), st.sampled_from(["720p", "1080p"]), st.sampled_from(["on", "off"]), st.integers(1, 5)
    ),
    min_size=2,
    max_size=6,
)
WRITTEN: dict[str, Callable[[Any], list[str]]] = {
    "duration": lambda n: [
        str(n),
        f"0:{n:02}",
        f"00:00:{n:02}",
        *(f"{n}{word}" for word in words()["behind"]["seconds"]),
    ],
    "quality": lambda value: [*words()["values"]["quality"][value], f"HD {value}"],
    "sound": lambda value: words()["values"]["sound"][value],
    "takes": lambda n: [str(n), f"x{n}", *(f"{n}{word}" for word in words()["behind"]["takes"])],
}
NOISE = [
    "A",
    "wide",
    "16:9",
    "24mm",
    "yes",
    "3",
    "5s",
    "1080p",
    "2026-05-01",
    "",
    "Kim",
    "on hold",
    "Cut",
    "0:05",
    "ok",
    "Veo 3",
]
DIVIDERS = ["SCENE 2 - PIER", "씬 2", "シーン2", "第二场", "ACT TWO"]
BELOW = ["Total", "합계", "合計", "总计", "TRT", "Total running time", "{count} shots", "共{count}镜"]
_ASIDE = [*words()["labels"], *words()["notes"], *words()["heard"]]


def headings(field: str) -> list[str]:
    own = [str(word) for word in words()["headings"].get(field, [])]
    return own + [word for word, meant in OTHER_WORDS.items() if meant == field and field != "model"]


@st.composite
def boards(draw: Any) -> tuple[str, list[Shot]]:
    """The text of a sheet, and the shots that it is about."""
    wanted = draw(shots)
    fields = draw(st.permutations(["job_id", "prompt", *PRICED, *["noise"] * draw(st.integers(0, 3))]))
    noise = [word for word in (*_ASIDE, "Mood", "Extra", "W/H") if known_name(str(word)) is None]
    header = [draw(st.sampled_from(noise if field == "noise" else headings(field))) for field in fields]
    assume(len({*header}) == len(header))
    numbers = draw(st.sampled_from([lambda n: str(n), lambda n: f"S{n:02}", lambda n: f"{n}A"]))
    rows = [[""] * len(fields)] if draw(st.booleans()) else []
    rows += [
        [title] + [""] * (len(fields) - 1)
        for title in draw(st.lists(st.sampled_from(["Spring film", "v7 FINAL"]), max_size=2))
    ]
    rows.append(header)
    for at, shot in enumerate(wanted, 1):
        rows.append([_cell(draw, field, at, shot, numbers) for field in fields])
        if draw(st.integers(0, 4)) == 0:
            rows.append([draw(st.sampled_from(DIVIDERS))] + [""] * (len(fields) - 1))
    if draw(st.booleans()):
        rows.append(_sums(draw, fields, wanted))
    text = io.StringIO()
    csv.writer(text, delimiter=draw(st.sampled_from(",;\t"))).writerows(rows)
    return text.getvalue(), wanted


def _cell(draw: Any, field: str, at: int, shot: Shot, numbers: Callable[[int], str]) -> str:
    if field == "job_id":
        return numbers(at)
    if field == "prompt":
        return str(
            draw(st.sampled_from(["Fog over the bay", "A child waves", "비 오는 거리", "夜明けの街", "Total darkness"]))
        )
    if field == "noise":
        return str(draw(st.sampled_from(NOISE)))
    return str(draw(st.sampled_from(WRITTEN[field](getattr(shot, field)))))


def _sums(draw: Any, fields: list[str], wanted: list[Shot]) -> list[str]:
    word = draw(st.sampled_from(BELOW)).format(count=len(wanted))
    sums = {
        "job_id": word,
        "duration": str(sum(one.duration for one in wanted)),
        "takes": str(sum(one.takes for one in wanted)),
    }
    return [sums.get(field, "") for field in fields]


@pytest.mark.hypothesis
@given(boards())
def test_a_sheet_of_others_is_priced_as_it_is_or_asked_about(board: tuple[str, list[Shot]]) -> None:
    text, wanted = board
    source = Source("board.csv", None, io.BytesIO(text.encode()))
    try:
        jobs = stream_jobs([source], "csv", foreign=ForeignSheets(MODEL)).collect()
    except SheetQuestionsError:
        return
    found = kc.estimate(jobs, as_of=AS_OF)
    assert [one for one in found.problems if one.severity == "error"] == []
    assert [one.cost for one in found.totals] == [sum((one.cost for one in wanted), Decimal(0))]


HEADER = ["Shot", "Description", "Length", "Res", "Audio", "Takes", "Notes"]


@st.composite
def tall_boards(draw: Any) -> tuple[list[list[Any]], list[str], list[Shot]]:
    """The rows of a sheet in which a shot takes up several of them, its merged cells, and the shots."""
    wanted, rows, merges = draw(shots), [list[Any](HEADER)], list[str]()
    for at, shot in enumerate(wanted, 1):
        height, top = draw(st.integers(1, 4)), len(rows) + 1
        rows.append([at, "Fog over the bay", shot.duration, shot.quality, shot.sound, shot.takes, ""])
        rows += [[""] * len(HEADER) for _ in range(height - 1)]
        open_ones = draw(st.sets(st.sampled_from("BG")))  # may go on with text of their own
        merges += [f"{letter}{top}:{letter}{top + height - 1}" for letter in "ABCDEFG" if letter not in open_ones]
        if height > 1 and open_ones and draw(st.booleans()):
            rows[-1]["ABCDEFG".index(min(open_ones))] = draw(st.sampled_from(["and gulls", "wide", "2nd line"]))
    return rows, [merge for merge in merges if merge[1:].partition(":")[0] != merge.rpartition(":")[2][1:]], wanted


@pytest.mark.hypothesis
@given(tall_boards())
def test_a_shot_of_several_rows_is_one_or_asked_about(
    tmp_path_factory: pytest.TempPathFactory, board: tuple[list[list[Any]], list[str], list[Shot]]
) -> None:
    rows, merges, wanted = board
    path = write_storyboard({"file": "board.xlsx", "rows": rows, "merges": merges}, tmp_path_factory.mktemp("boards"))
    try:
        jobs = stream_jobs(name_sources([path]), foreign=ForeignSheets(MODEL)).collect()
    except SheetQuestionsError:
        assert any(row[0] == "" and any(row) for row in rows)  # only a row with text of its own is unclear
        return
    assert [one.cost for one in kc.estimate(jobs, as_of=AS_OF).totals] == [
        sum((one.cost for one in wanted), Decimal(0))
    ]


@st.composite
def merged_anyhow(draw: Any) -> list[str]:
    """Merged cells that do not overlap, anywhere on a small board."""
    found, taken = list[str](), set[tuple[int, int]]()
    for _ in range(draw(st.integers(1, 5))):
        top, left = draw(st.integers(1, 7)), draw(st.integers(0, 6))
        bottom, right = draw(st.integers(top, 8)), draw(st.integers(left, 6))
        cells = {(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}
        if len(cells) > 1 and not cells & taken:
            taken |= cells
            found.append(f"{'ABCDEFG'[left]}{top}:{'ABCDEFG'[right]}{bottom}")
    return found


@pytest.mark.hypothesis
@given(merged_anyhow())
def test_cells_that_are_merged_anyhow_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, merges: list[str]
) -> None:
    shots_below = [[at, "Fog", at + 4, "1080p", "no", at % 3 + 1, ""] for at in range(1, 6)]
    rows = [["Spring film"], HEADER, *shots_below, ["Total", "", 35]]
    path = write_storyboard({"file": "board.xlsx", "rows": rows, "merges": merges}, tmp_path_factory.mktemp("boards"))
    with suppress(SheetQuestionsError, ReadError):
        kc.estimate(stream_jobs(name_sources([path]), foreign=ForeignSheets(MODEL)).collect(), as_of=AS_OF)
