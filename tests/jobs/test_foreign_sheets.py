"""Sheets that were not made for us: mapped right, or asked about; never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.io.sources import name_sources
from kling_cost.io.strict_yaml import compose
from kling_cost.io.yaml_values import typed
from kling_cost.jobs.field_names import OTHER_WORDS, folded
from kling_cost.jobs.foreign.columns_file import columns_text, file_beside
from kling_cost.jobs.foreign.foreign_sheets import ForeignSheets
from kling_cost.jobs.foreign.questions import Question, SheetQuestionsError
from kling_cost.jobs.read_jobs import stream_jobs
from kling_cost.problems import FileFaultsError, ReadError, UsageError
from tests.jobs.storyboards import write_storyboard

MODEL = "kling-v3-text-to-video"
AS_OF = date(2026, 11, 20)
CASES = typed(compose((Path(__file__).parent.parent / "cases" / "storyboards.yaml").read_text("utf-8"))[0])
CLEAR = [case for case in CASES if "asks" not in case]
ASKING = [case for case in CASES if "asks" in case]
HEADER = "Shot,Description,Length (s),Res,Audio?,Versions"


def named(cases: list[Any]) -> Any:
    return pytest.mark.parametrize("case", cases, ids=[case["name"] for case in cases])


def foreign(case: Mapping[str, Any], **given: Any) -> ForeignSheets:
    return ForeignSheets(None if case.get("model") == "none" else MODEL, **given)


def read(path: Path, sheets: ForeignSheets) -> kc.Estimate:
    return kc.estimate(stream_jobs(name_sources([path]), foreign=sheets).collect(), as_of=AS_OF)


def sheet(tmp_path: Path, *rows: str, header: str = HEADER, name: str = "board.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join([header, *rows, ""]), "utf-8")
    return path


def asked(path: Path, sheets: ForeignSheets | None = None) -> SheetQuestionsError:
    with pytest.raises(SheetQuestionsError) as found:
        read(path, sheets or ForeignSheets(MODEL))
    return found.value


def told(question: Question) -> list[Any]:
    return [question.field, question.cell, question.value, [*question.choices]]


def total(estimate: kc.Estimate) -> str:
    (only,) = estimate.totals
    return str(only.cost.normalize())


@named(CLEAR)
def test_a_storyboard_is_read_as_a_person_would(case: Mapping[str, Any], tmp_path: Path) -> None:
    path, messages = write_storyboard(case, tmp_path), list[str]()
    sheets = foreign(case, tell=messages.append)
    found = read(path, sheets)
    assert [problem for problem in found.problems if problem.severity == "error"] == []
    assert (len(found.line_items), total(found)) == (case["jobs"], case["total"])
    mapping = sheets.proposed(*name_sources([path]), path.suffix[1:], None, ()).mapping
    assert {field: column.letters for field, column in mapping.columns.items()} == case["mapping"]
    assert all(column.reason for column in mapping.columns.values())
    assert messages, "how it is read is told"
    if "ids" in case:
        assert [item.job_id for item in found.line_items] == case["ids"]
    scenes = {key: sums.jobs for key, sums in ((row.key, row) for row in found.breakdowns.get("tag:scene", ()))}
    assert scenes == case.get("tags", scenes)


@named(CLEAR)
def test_the_file_beside_it_says_the_same(case: Mapping[str, Any], tmp_path: Path) -> None:
    path = write_storyboard(case, tmp_path)
    form = path.suffix[1:]
    mapping = foreign(case).proposed(*name_sources([path]), form, None, ()).mapping
    file_beside(path).write_text(columns_text(mapping, path.name), "utf-8")
    messages = list[str]()
    found = read(path, foreign(case, tell=messages.append))
    assert (len(found.line_items), total(found)) == (case["jobs"], case["total"])
    assert messages == [f"{path.name}: columns as {path.name}.columns.yaml says"]


@named(ASKING)
def test_what_is_unclear_is_asked(case: Mapping[str, Any], tmp_path: Path) -> None:
    found = asked(write_storyboard(case, tmp_path))
    assert [told(question) for question in found.questions] == case["asks"]
    assert found.exit_code == case["exit"]
    assert len(found.problems) == len(found.questions)


def test_at_least_eleven_of_twelve_are_read_at_once() -> None:
    assert (len(CASES), len(CLEAR)) == (12, 11)


def test_every_kind_is_there() -> None:
    text = str(CASES)
    assert all(word in text for word in ("콘티", "絵コンテ", "分镜", "merges", "separator", "Table 1", "TRUE", "Days"))


@pytest.mark.parametrize(
    ("row", "field", "value", "choices"),
    [
        ("1,Fog,5,HD,yes,1", "quality", "HD", ["720p", "1080p", "4k"]),
        ("1,Fog,5,高清,yes,1", "quality", "高清", ["720p", "1080p", "4k"]),
        ("1,Fog,4.5,1080p,yes,1", "duration", "4.5", ["4", "5"]),
        ("1,Fog,5-8,1080p,yes,1", "duration", "5-8", ["5", "8"]),
        ("1,Fog,00:00:05:12,1080p,yes,1", "duration", "00:00:05:12", ["5", "6"]),
        ("1,Fog,00:05:00,1080p,yes,1", "duration", "00:05:00", ["5", "300"]),
        ("1,Fog,5,1080p,maybe,1", "sound", "maybe", ["on", "off"]),
        ("1,Fog,5,1080p,x,1", "sound", "x", ["on", "off"]),
        ("1,Fog,5,1080p,yes,2-3", "takes", "2-3", ["2", "3"]),
        ("1,Fog,,1080p,yes,1", "duration", None, []),
        ("1,Fog,5,,yes,1", "quality", None, ["720p", "1080p", "4k"]),
        ("1,Fog,5,1080p,,1", "sound", None, ["off", "on"]),
        ("1,Fog,5,1080p,yes,", "takes", None, []),
    ],
)
def test_a_cell_that_could_mean_several_things_is_asked(
    tmp_path: Path, row: str, field: str, value: str | None, choices: list[str]
) -> None:
    found = asked(sheet(tmp_path, "0,Dawn,5,720p,no,1", "00,Noon,6,720p,yes,2", row))
    (question,) = found.questions
    assert (question.field, question.value, [*question.choices]) == (field, value, choices)
    assert found.exit_code == 5


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("15s", 15), ("0:06", 6), ("00:00:06", 6), ("6″", 6), ("0'06\"", 6), ("10 秒", 10), ("7초", 7), ("１２", 12),
        ("5.0", 5), ('"5,0"', 5), ("PT9S", 9), ("1:00", 60), ("00:00:08:00", 8),
    ],
)  # fmt: skip
def test_lengths_are_whole_seconds(tmp_path: Path, cell: str, seconds: int) -> None:
    cell = cell if cell.startswith('"') else f'"{cell.replace(chr(34), chr(34) * 2)}"'
    path = sheet(tmp_path, f"1,Fog,{cell},720p,no,1")
    (job,) = stream_jobs(name_sources([path]), foreign=ForeignSheets(MODEL))
    assert job.ask.duration == seconds


@pytest.mark.parametrize(("rule", "seconds"), [("up", 5), ("down", 4), ("nearest", 5)])
def test_a_rule_of_rounding_has_to_be_given(tmp_path: Path, rule: str, seconds: int) -> None:
    path = sheet(tmp_path, "1,Fog,4.5,720p,no,1")
    (job,) = stream_jobs(name_sources([path]), foreign=ForeignSheets(MODEL, {"rounding": rule}))
    assert job.ask.duration == seconds


@pytest.mark.parametrize(
    "word", ["FHD", "全高清", "フルHD", "풀HD", "Full HD", "1920x1080", "1080", "1080P", "fhd (1080p)"]
)
def test_full_hd_is_1080p(tmp_path: Path, word: str) -> None:
    (job,) = stream_jobs(name_sources([sheet(tmp_path, f"1,Fog,5,{word},no,1")]), foreign=ForeignSheets(MODEL))
    assert job.ask.option("quality") == "1080p"


@pytest.mark.parametrize(
    ("word", "sound"),
    [
        ("yes", "on"), ("Y", "on"), ("예", "on"), ("はい", "on"), ("有", "on"), ("あり", "on"), ("TRUE", "on"),
        ("no", "off"), ("N", "off"), ("아니요", "off"), ("なし", "off"), ("无", "off"), ("무", "off"), ("MOS", "off"),
    ],
)  # fmt: skip
def test_yes_and_no_in_four_languages(tmp_path: Path, word: str, sound: str) -> None:
    (job,) = stream_jobs(name_sources([sheet(tmp_path, f"1,Fog,5,720p,{word},1")]), foreign=ForeignSheets(MODEL))
    assert job.ask.option("sound") == sound


def test_among_ticks_alone_a_blank_cell_is_no_tick(tmp_path: Path) -> None:
    path = sheet(tmp_path, "1,Fog,5,720p,✓,1", "2,Sun,5,720p,,1")
    jobs = stream_jobs(name_sources([path]), foreign=ForeignSheets(MODEL))
    assert [job.ask.option("sound") for job in jobs] == ["on", "off"]


def test_without_a_model_it_is_asked(tmp_path: Path) -> None:
    found = asked(sheet(tmp_path, "1,Fog,5,720p,no,1"), ForeignSheets())
    (question,) = found.questions
    assert (question.field, question.cell, question.value, found.exit_code) == ("model", None, None, 2)
    assert MODEL in question.choices


def test_a_model_beside_another_in_the_sheet_is_asked(tmp_path: Path) -> None:
    path = sheet(tmp_path, "1,Fog,5,720p,no,1,std-text-to-video", header=f"{HEADER},Engine")
    found = asked(path)
    assert [told(one) for one in found.questions] == [
        ["model", "G2", "std-text-to-video", ["std-text-to-video", MODEL]]
    ]
    assert found.exit_code == 2


def test_a_model_by_another_name_is_asked(tmp_path: Path) -> None:
    path = sheet(tmp_path, "1,Fog,5,720p,no,1,Kling 3.0", header=f"{HEADER},Engine")
    (question,) = asked(path, ForeignSheets()).questions
    assert (question.field, question.cell, question.value) == ("model", "G2", "Kling 3.0")


@pytest.mark.parametrize(
    ("header", "row", "field"),
    [
        ("Shot,Description,Time,Res", ["1,Fog,0:05,720p", "2,Sun,0:11,720p", "3,Rain,0:20,720p"], "duration"),
        ("Shot,Description,Length (frames),Res", ["1,Fog,120,720p", "2,Sun,150,720p"], "duration"),
        ("Shot,Description,Length (min),Res", ["1,Fog,5,720p", "2,Sun,6,720p"], "duration"),
        ("Shot,Description,Length,Length v2,Res", ["1,Fog,5,6,720p", "2,Sun,6,7,720p"], "duration"),
        ("Shot,Description,Hold,Res,Sound", ["1,Fog,5,720p,no", "2,Sun,7,720p,no", "3,Sky,5,720p,no"], "duration"),
        ("Shot,Description,Length,Master", ["1,Fog,5,1080p", "2,Sun,6,1080p", "3,Sky,6,720p"], "quality"),
        ("Shot,Description,Length,Atmos", ["1,Fog,5,yes", "2,Sun,6,no", "3,Sky,6,no"], "sound"),
        ("Shot,Description,Length,Audio", ["1,Fog,5,wind and waves", "2,Sun,6,birds"], "sound"),
        ("Shot,Description,Length,Ver", ["1,Fog,5,2", "2,Sun,6,3", "3,Sky,6,2"], "takes"),
        ("Shot,Description,Length,Bids", ["1,Fog,5,2", "2,Sun,6,3", "3,Sky,6,2"], "takes"),
    ],
)
def test_a_column_that_may_change_the_price_is_asked(tmp_path: Path, header: str, row: list[str], field: str) -> None:
    found = asked(sheet(tmp_path, *row, header=header))
    assert field in {question.field for question in found.questions}
    assert found.exit_code == 2


@pytest.mark.parametrize(
    ("rows", "header", "field"),
    [
        (["1,Fog,720p", "2,Sun,720p"], "Shot,Description,Res", "duration"),
        (["1,Fog,5,Who is there?", "2,Sun,6,"], "Shot,Description,Length,Dialogue", "sound"),
    ],
)
def test_what_no_column_says_is_asked_and_answered_by_a_default(
    tmp_path: Path, rows: list[str], header: str, field: str
) -> None:
    path = sheet(tmp_path, *rows, header=header)
    found = asked(path)
    assert [(question.field, question.cell) for question in found.questions] == [(field, None)]
    assert found.exit_code == 2
    default = {"duration": "5", "sound": "on"}[field]
    assert read(path, ForeignSheets(MODEL, {field: default})).problems == []


def test_titles_that_speak_of_a_resolution_are_asked(tmp_path: Path) -> None:
    path = sheet(tmp_path, "Shot,Description,Length", "1,Fog,5", "2,Sun,6", header="Deliver all shots in 1080p,,")
    assert [question.field for question in asked(path).questions] == ["quality"]


def test_a_number_that_repeats_in_a_scene_is_no_name(tmp_path: Path) -> None:
    path = sheet(tmp_path, "1,a,Fog,5", "1,a,Sun,6", "2,b,Sky,5", header="Shot,Scene,Description,Length")
    found = read(path, ForeignSheets(MODEL))
    assert [item.job_id for item in found.line_items] == ["board.csv:2", "board.csv:3", "board.csv:4"]


def test_scenes_of_dividers_become_a_tag(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        "SCENE 1 - PIER,,",
        "1,Fog,5",
        "2,Sun,6",
        "Scene 2: Roof,,",
        "1,Sky,5",
        header="Shot,Description,Length",
    )
    found = read(path, ForeignSheets(MODEL))
    assert [item.tags["scene"] for item in found.line_items] == ["SCENE 1 - PIER", "SCENE 1 - PIER", "Scene 2: Roof"]
    assert len({item.job_id for item in found.line_items}) == 3


def test_a_blank_description_is_a_warning(tmp_path: Path) -> None:
    found = read(sheet(tmp_path, "1,,5,720p,no,1", "2,Sun,6,720p,no,1"), ForeignSheets(MODEL))
    (problem,) = found.problems
    assert (problem.severity, problem.code, problem.field, problem.row) == (
        "warning",
        "request_incomplete",
        "prompt",
        2,
    )
    assert len(found.line_items) == 2


def test_a_sum_that_does_not_add_up_is_a_warning(tmp_path: Path) -> None:
    found = read(sheet(tmp_path, "1,Fog,5,720p,no,1", "2,Sun,6,720p,no,1", "Total,,12,,,2"), ForeignSheets(MODEL))
    assert ("warning", "mismatch", 4) in {(one.severity, one.code, one.row) for one in found.problems}


@pytest.mark.parametrize(
    "row",
    [
        "Total,,11,,,", "Total running time: 0:11,,,,,", ",Sum (s),11,,,2", "Scene 1 total,,11,,,", ",,11,,,",
        "합계,,11초,,,",
        "TOTAL 2 shots,,0:11,,,",
    ],
)  # fmt: skip
def test_sums_are_no_shots(tmp_path: Path, row: str) -> None:
    found = read(sheet(tmp_path, "1,Fog,5,720p,no,1", "2,Sun,6,720p,no,1", row), ForeignSheets(MODEL))
    assert [(item.job_id, str(item.requested_quantity)) for item in found.line_items] == [("1", "5"), ("2", "6")]
    assert [(one.severity, one.code, one.row) for one in found.problems] == [("info", "has_no_effect", 4)]


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("Description,Length,Res", ["Dawn,5,720p", "Total darkness,5,720p", "Sum of all fears,5,720p"]),
        ("Shot,Description,Length", ["SC01-01,Dawn,5", "SC01-02,Total darkness,5", "SC02,Scene of the crime,5"]),
        ("Shot,Scene,Length", ["1,Scene 1,5", "2,Scene 1,5", "3,Total,5"]),
    ],
)
def test_no_shot_is_taken_for_a_sum_or_a_divider(tmp_path: Path, header: str, rows: list[str]) -> None:
    path = sheet(tmp_path, *rows, header=header)
    try:
        found = read(path, ForeignSheets(MODEL))
    except SheetQuestionsError:
        return  # asking is as good
    assert total(found) == "81"  # 15×5.4


@pytest.mark.parametrize("row", ["SC01-02,Fog,,720p", "SC01-02,,,720p", "SC01-02,Fog,,", "Scene 2,,9,"])
def test_what_could_be_a_shot_is_never_dropped(tmp_path: Path, row: str) -> None:
    header = "Shot,Description,Length,Res"
    assert asked(sheet(tmp_path, "SC01-01,Dawn,5,720p", row, "SC01-03,Sun,6,720p", header=header)).exit_code == 5


def test_a_row_of_units_below_the_headings_is_no_shot(tmp_path: Path) -> None:
    found = read(sheet(tmp_path, ",,(sec),(p),(Y/N),", "1,Fog,5,720p,no,1"), ForeignSheets(MODEL))
    assert [item.job_id for item in found.line_items] == ["1"]
    assert asked(sheet(tmp_path, ",,(frames),(p),(Y/N),", "1,Fog,5,720p,no,1"))


def test_the_letters_o_and_x_are_yes_and_no_where_both_are_there(tmp_path: Path) -> None:
    path = sheet(tmp_path, "1,Fog,5,720p,O,1", "2,Sun,5,720p,X,1")
    jobs = stream_jobs(name_sources([path]), foreign=ForeignSheets(MODEL))
    assert [job.ask.option("sound") for job in jobs] == ["on", "off"]


def test_a_shot_called_total_darkness_is_a_shot(tmp_path: Path) -> None:
    found = read(sheet(tmp_path, "1,Total darkness,5,720p,no,1", "2,Total,6,720p,no,1"), ForeignSheets(MODEL))
    assert [item.job_id for item in found.line_items] == ["1", "2"]


def test_a_number_alone_between_shots_is_asked_and_at_the_end_is_told(tmp_path: Path) -> None:
    assert {one.cell for one in asked(sheet(tmp_path, "1,Fog,5,720p,no,1", "2", "3,Sun,6,720p,no,1")).questions} >= {
        "C3"
    }
    found = read(sheet(tmp_path, "1,Fog,5,720p,no,1", "2,,,,,", "3,,,,,"), ForeignSheets(MODEL))
    assert [(one.severity, one.code, one.row) for one in found.problems] == [("warning", "has_no_effect", 3)]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Sound (Y/N)", "sound"), ("Audio Y/N", "sound"), ("Takes (n)", "takes"), ("Duration, sec", "duration"),
        ("LENGTH\n(sec.)", "duration"), ("时长（秒）", "duration"), ("尺【秒】", "duration"),
        ("길이 / Length", "duration"),
        ("Resolution*", "quality"), ("출력해상도", "quality"), ("# of versions", "takes"),
        ("No. of gens", "takes"), ("생성 횟수", "takes"),
        ("Native audio?", "sound"), ("音声の有無", "sound"), ("是否有声", "sound"), ("AI model", "model"),
    ],
)  # fmt: skip
def test_headings_are_known_however_they_are_written(tmp_path: Path, heading: str, field: str) -> None:
    value = {"sound": "yes", "takes": "2", "duration": "5s", "quality": "720p", "model": MODEL}[field]
    path = tmp_path / "board.csv"
    length = "" if field == "duration" else ",Dur"
    path.write_text(f'Shot,Description,"{heading}"{length}\n1,Fog,{value}{length and ",5"}\n', "utf-8")
    mapping = ForeignSheets(MODEL).proposed(*name_sources([path]), "csv", None, ()).mapping
    assert mapping.columns[field].column == 3


@pytest.mark.parametrize("row", [",Fog rolls in,,,,", ",,7,720p,,"])
def test_a_row_that_may_be_no_shot_is_asked(tmp_path: Path, row: str) -> None:
    found = asked(sheet(tmp_path, "1,Dawn,5,720p,no,1", row, "2,Sun,6,720p,no,1"))
    assert [question.field for question in found.questions] == ["row"]
    assert found.exit_code == 5


def test_a_second_table_of_shots_is_asked(tmp_path: Path) -> None:
    rows = ["1,Dawn,5,720p,no,1", "", "Cut,Seconds,Action,Quality,Audio,Takes", "7,6,Sun,720p,no,1"]
    found = asked(sheet(tmp_path, *rows))
    assert (found.questions[0].field, found.questions[0].cell, found.exit_code) == ("row", "A4", 2)


def test_headings_that_are_repeated_are_no_shot(tmp_path: Path) -> None:
    again = "컷,내용,길이,화질,소리,테이크"
    rows = ["1,Dawn,5,720p,no,1", "", HEADER, "2,Sun,6,720p,no,1", again, "3,Sea,7,720p,no,1"]
    found = read(sheet(tmp_path, *rows), ForeignSheets(MODEL))
    assert [item.job_id for item in found.line_items] == ["1", "2", "3"]


def test_answers_of_a_terminal_are_kept_beside_the_sheet(tmp_path: Path) -> None:
    path, questions = sheet(tmp_path, "1,Fog,4.5,HD,yes,1", "2,Sun,5,HD,no,2"), list[Question]()

    def ask(question: Question) -> str:
        questions.append(question)
        return {"model": MODEL, "duration": "5", "quality": "1080p"}[question.field]

    assert total(read(path, ForeignSheets(ask=ask))) == "125.982"  # 5×10.8 + 5×7.1982×2
    assert [question.field for question in questions] == ["model", "duration", "quality"]
    assert total(read(path, ForeignSheets())) == "125.982"


def test_a_file_that_does_not_fit_the_sheet_is_refused(tmp_path: Path) -> None:
    path = sheet(tmp_path, "1,Fog,5,720p,no,1")
    mapping = ForeignSheets().proposed(*name_sources([path]), "csv", None, ()).mapping
    file_beside(path).write_text(columns_text(mapping, path.name), "utf-8")
    sheet(tmp_path, "1,Fog,5,720p,no,1", header=HEADER.replace("Length (s)", "Runtime"))
    with pytest.raises(ReadError, match=r"Length \(s\)"):
        read(path, ForeignSheets(MODEL))


def test_columns_that_moved_are_found_and_new_priced_ones_asked(tmp_path: Path) -> None:
    path = sheet(tmp_path, "1,Fog,5,720p", header="Shot,Description,Length,Res")
    mapping = ForeignSheets().proposed(*name_sources([path]), "csv", None, ()).mapping
    file_beside(path).write_text(columns_text(mapping, path.name), "utf-8")
    sheet(tmp_path, "5,x,1,Fog,720p", header="Length,Colour,Shot,Description,Res")
    assert total(read(path, ForeignSheets(MODEL))) == "27"
    sheet(tmp_path, "1,Fog,5,720p,3", header="Shot,Description,Length,Res,Takes")
    assert [told(one)[:3] for one in asked(path).questions] == [["takes", "E1", "Takes"]]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("schema: 2\nheader_row: 1\ncolumns: {}\n", "schema"),
        ("schema: 1\nheader_row: x\ncolumns: {}\n", "header_row"),
        ("schema: 1\nheader_row: 1\n", "columns: missing"),
        ("schema: 1\nheader_row: 1\ncolumns: {duration: D}\n", "columns.duration"),
        ("schema: 1\nheader_row: 1\ncolumns: {}\nrounding: sideways\n", "rounding"),
        ("schema: 1\nheader_row: 1\ncolumns: {}\nmodle: x\n", "modle"),
        ("- a\n", "mapping"),
        ("schema: [\n", "1"),
    ],
)
def test_faults_of_the_file_have_their_place(tmp_path: Path, text: str, why: str) -> None:
    path = sheet(tmp_path, "1,Fog,5,720p,no,1")
    file_beside(path).write_text(text, "utf-8")
    with pytest.raises(FileFaultsError, match=why) as found:
        read(path, ForeignSheets(MODEL))
    assert all(fault.startswith(f"{file_beside(path)}:") for fault in found.value.faults)


@pytest.mark.parametrize("defaults", [{"colour": "red"}, {"quality": "HD"}, {"duration": "4.5"}, {"rounding": "on"}])
def test_a_default_that_is_none_is_refused(defaults: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        ForeignSheets(MODEL, defaults)


def test_a_model_and_defaults_fill_blank_cells_of_our_own_sheets(tmp_path: Path) -> None:
    path = sheet(tmp_path, "a,5,,", "b,6,1080p,note", ",,,note", header="job_id,duration,quality,remark")
    found = read(path, ForeignSheets(MODEL, {"quality": "1080p"}))
    assert total(found) == "79.1802"  # 11×7.1982
    assert [(one.code, one.row) for one in found.problems if one.severity == "error"] == [("missing", 4)]


def test_a_model_beside_another_in_our_own_sheet_is_asked(tmp_path: Path) -> None:
    path = sheet(tmp_path, "std-text-to-video,5", header="model,duration")
    assert [told(one)[1:3] for one in asked(path).questions] == [["A2", "std-text-to-video"]]


@pytest.mark.parametrize("header", ["model,Length,Res", "model,duration,sond", "Length,Resolution,Audio"])
def test_a_slip_in_a_sheet_of_ours_is_still_an_error(tmp_path: Path, header: str) -> None:
    found = read(sheet(tmp_path, f"{MODEL},5,720p", header=header), ForeignSheets())
    assert any(one.code == "unknown_field" and one.severity == "error" for one in found.problems)
    assert not found.line_items


def test_no_heading_of_a_storyboard_hides_a_word_for_what_changes_the_price() -> None:
    """`num` counts takes elsewhere: as the name of a shot it would be priced for one."""
    words = typed(compose(files("kling_cost.jobs.foreign").joinpath("sheet_words.yaml").read_text("utf-8"))[0])
    listed = {**words["headings"], "notes": words["notes"], "labels": words["labels"], "heard": words["heard"]}
    hidden = [
        (field, word)
        for field, some in listed.items()
        for word in some
        if OTHER_WORDS.get(folded(str(word)), field) != field
    ]
    assert hidden == []


def test_many_questions_are_told_in_few_words_and_kept(tmp_path: Path) -> None:
    sheet = tmp_path / "shots.csv"
    rows = [f"{row},A wave,5,HD{row},no,1" for row in range(1, 200)]
    sheet.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    with pytest.raises(SheetQuestionsError) as error:
        read(sheet, ForeignSheets(MODEL))
    asked = error.value.questions
    assert len(asked) > 20
    lines = str(error.value).splitlines()
    assert (len(lines), lines[-1]) == (21, f"and {len(asked) - 20} more questions")
