"""What the page says of a sheet is what the command says of it, and what it hands out prices the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.reporting.translations import LOCALES
from tests.jobs.storyboards import write_storyboard
from tests.jobs.test_foreign_sheets import CASES, CLEAR
from tests.serving.served import AS_OF, BOARD, MODEL, OURS, Browser, Said, serving

SAMPLES = ("campaign.yaml", "campaign.csv", "campaign.xlsx", "campaign.jsonl")
UNCLEAR = b"Shot,Description,Length,Res,Audio?\n1,Clouds,4.5,HD,yes\n2,Sun,5,1080p,\n"
HANGUL = "샷,설명,길이,해상도,사운드,테이크\n1,새벽 등대,10,1080p,예,3\n2,파도,5,720p,아니오,2\n"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with serving(tmp_path_factory.mktemp("served")) as (_, browser):
        yield browser


def command(capsys: pytest.CaptureFixture[str], file: Path, *options: str) -> list[tuple[str, str]]:
    """The totals of `kling-cost estimate` on a file."""
    main(["estimate", str(file), "--as-of", AS_OF.isoformat(), "--format", "json", *options])
    found = json.loads(capsys.readouterr().out)
    return [(one["cost"], one["currency"]) for one in found.get("totals", [])]


def cost_of_shots(said: Said) -> list[str]:
    return re.findall(r'<td class="n c">(\S+ \S+)</td></tr>', said.text)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_page_says_what_the_command_says(
    browser: Browser, project: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    file = project / "examples" / name
    totals = command(capsys, file)
    said = browser.drop(name, file.read_bytes(), "$60")
    assert totals
    assert said.credits == totals


def test_a_board_is_asked_about_and_then_costs_what_the_command_says(
    browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = tmp_path / "콘티 v7.csv"
    board.write_bytes(BOARD)
    first = browser.drop(board.name, BOARD, "$6")
    assert (first.credits, "Nothing is priced" in first.plain) == ([], True)
    said = browser.say(first.key, do="columns", model=MODEL)
    assert said.credits == command(capsys, board, "--model", MODEL) == [("464.4", "EVOLINK_CREDIT")]
    assert "OVER BUDGET" in said.text
    beside = browser.take(first.key, "columns")
    (tmp_path / f"{board.name}.columns.yaml").write_bytes(beside.body)
    assert command(capsys, board) == said.credits


def test_a_corrected_column_counts_for_the_command_too(
    browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = tmp_path / "board.csv"
    board.write_bytes(BOARD)
    key = browser.drop(board.name, BOARD).key
    said = browser.form(key, {"do": "columns", "model": MODEL, "column|F": ""})
    assert said.credits == [("221.4", "EVOLINK_CREDIT")]  # 108 + 27 + 86.4: one take of each
    (tmp_path / "board.csv.columns.yaml").write_bytes(browser.take(key, "columns").body)
    assert command(capsys, board) == said.credits
    back = browser.form(key, {"do": "columns", "column|F": "takes"})
    assert back.credits == [("464.4", "EVOLINK_CREDIT")]


def test_a_column_of_the_price_that_somebody_says_twice_is_never_lost(browser: Browser) -> None:
    key = browser.drop("board.csv", BOARD).key
    said = browser.form(key, {"do": "columns", "model": MODEL, "column|F": "duration"})
    assert said.credits == []
    assert 'class="alarm"' in said.text


def test_questions_are_choices_and_nothing_is_priced_before_each_is_answered(
    browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = tmp_path / "unclear.csv"
    board.write_bytes(UNCLEAR)
    said = browser.drop(board.name, UNCLEAR)
    answers = {"cell|duration|C2|4.5": "5", "cell|quality|D2|HD": "1080p", "blank|sound|E3|": "off"}
    said = browser.form(said.key, {"do": "columns", "model": MODEL})
    for name, answer in answers.items():
        assert f'name="answer|{name}"' in said.text
        assert said.credits == []
        said = browser.form(said.key, {"do": "columns", f"answer|{name}": answer})
    assert said.credits == [("89.991", "EVOLINK_CREDIT")]
    (tmp_path / "unclear.csv.columns.yaml").write_bytes(browser.take(said.key, "columns").body)
    assert command(capsys, board) == said.credits


NAMED = "Shot,Description,Length,Res,Audio?,Engine\n1,Fog,5,720p,no,{}\n2,Sun,5,720p,no,{}\n"


def test_a_model_by_another_name_is_asked_once(browser: Browser) -> None:
    key = browser.drop("board.csv", NAMED.format("Kling 3.0", "Kling 3.0").encode()).key
    said = browser.form(key, {"do": "columns", "answer|model|model|F2|Kling 3.0": MODEL})
    assert said.credits == [("54", "EVOLINK_CREDIT")]
    assert "answer|" not in said.text


@pytest.mark.parametrize(("answer", "total"), [(MODEL, ("54", "EVOLINK_CREDIT")), ("std-text-to-video", None)])
def test_a_model_beside_another_is_the_one_that_somebody_chooses(
    browser: Browser, answer: str, total: tuple[str, str] | None
) -> None:
    key = browser.drop("board.csv", NAMED.format("std-text-to-video", "").encode()).key
    asked = browser.form(key, {"do": "columns", "model": MODEL})
    assert asked.credits == []
    said = browser.form(key, {"do": "columns", "answer|model|model|F2|std-text-to-video": answer})
    assert "answer|" not in said.text
    assert [one for one in said.credits if one[1] == "EVOLINK_CREDIT"] == ([] if total is None else [total])


def test_an_answer_that_is_no_choice_answers_nothing(browser: Browser) -> None:
    key = browser.drop("unclear.csv", UNCLEAR).key
    browser.form(key, {"do": "columns", "model": MODEL})
    said = browser.form(key, {"do": "columns", "answer|cell|quality|D2|HD": "144p"})
    assert 'name="answer|cell|quality|D2|HD"' in said.text
    assert said.credits == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_a_korean_sheet_is_read_in_its_encoding(browser: Browser, encoding: str) -> None:
    said = browser.drop("콘티.csv", HANGUL.encode(encoding), lang="ko")
    if encoding == "cp949":
        assert 'name="encoding"' in said.text
        said = browser.say(said.key, "ko", do="columns", encoding=encoding)
    said = browser.say(said.key, "ko", do="columns", model=MODEL)
    assert said.credits == [("378", "EVOLINK_CREDIT")]
    assert "새벽 등대" in said.text


def test_a_changed_shot_costs_what_the_library_says_of_the_changed_sheet(
    browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = browser.drop("ours.csv", OURS).key
    said = browser.form(key, {"do": "shots", "shot|2|sound": "off", "shot|2|takes": "4", "shot|3|duration": "7"})
    changed = OURS.replace(b"a,kling-v3-text-to-video,10,1080p,on,3", b"a,kling-v3-text-to-video,10,1080p,off,4")
    changed = changed.replace(b",5,720p", b",7,720p")
    taken = browser.take(key, "sheet")
    assert taken.body == changed
    file = tmp_path / "changed.csv"
    file.write_bytes(taken.body)
    assert said.credits == command(capsys, file)
    assert browser.say(key, do="reset").credits == [("378", "EVOLINK_CREDIT")]


def test_what_nobody_sells_is_said_and_changes_nothing(browser: Browser) -> None:
    key = browser.drop("ours.csv", OURS).key
    for part, value in (("duration", "99"), ("quality", "4k"), ("seller", "nobody:x"), ("takes", "0"), ("sound", "?")):
        said = browser.form(key, {"do": "shots", f"shot|2|{part}": value})
        assert (said.credits, "Not available as chosen" in said.text) == ([("378", "EVOLINK_CREDIT")], True), part
        browser.say(key, do="reset")


def test_another_seller_is_priced_as_the_library_prices_it(browser: Browser) -> None:
    said = browser.drop("ours.csv", OURS)
    assert 'value="kling3api:pro-text-to-video"' in said.text
    moved = browser.form(said.key, {"do": "shots", "shot|2|seller": "kling3api:pro-text-to-video"})
    item = kc.price("pro-text-to-video", duration=10, sound="on", as_of=AS_OF)
    assert moved.credits == [("54", "EVOLINK_CREDIT"), (f"{(item.cost.value * 3).normalize():f}", "KLING3API_CREDIT")]


def test_all_shots_change_at_once_where_they_can(browser: Browser) -> None:
    key = browser.drop("ours.csv", OURS).key
    said = browser.form(key, {"do": "shots", "shot|*|takes": "1"})
    assert said.credits == [("135", "EVOLINK_CREDIT")]
    assert browser.form(key, {"do": "shots", "shot|2|takes": "2"}).credits == [("243", "EVOLINK_CREDIT")]
    assert browser.form(key, {"do": "shots", "shot|*|takes": ""}).credits == [("378", "EVOLINK_CREDIT")]


def test_a_plan_that_fits_is_the_one_of_the_library_and_is_taken_over(
    browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ours.csv"
    file.write_bytes(OURS)
    plan = kc.fit(kc.estimate(kc.read_jobs(file), as_of=AS_OF), "$4", may="sound,takes:1")
    assert plan.status == "changed"
    key = browser.drop("ours.csv", OURS, "$4").key
    fitted = {"do": "fit", "may|sound": "on", "may|takes": "on", "floor|takes": "1"}
    proposed = browser.form(key, fitted)
    assert f"It hurts {plan.pain}." in proposed.plain
    assert '<data value="3.74925" title="3.74925">3.7493</data>' in proposed.text  # dollars, rounded as in reports
    assert proposed.credits == [("378", "EVOLINK_CREDIT")]
    said = browser.say(key, do="apply")
    assert said.credits == [(f"{one.cost.normalize():f}", one.currency) for one in plan.estimate.totals]
    assert "within budget" in said.text
    taken = tmp_path / "taken.csv"
    taken.write_bytes(browser.take(key, "sheet").body)
    assert command(capsys, taken) == said.credits


def test_a_plan_without_a_budget_or_that_cannot_fit_is_said(browser: Browser) -> None:
    key = browser.drop("ours.csv", OURS).key
    assert "no budget" in browser.form(key, {"do": "fit", "may|sound": "on"}).plain
    said = browser.form(key, {"do": "fit", "may|sound": "on", "budget": "1 USD"})
    assert "the limit would have to be at least" in said.plain
    assert 'id="apply"' not in said.text
    assert "nothing may be changed" in browser.say(key, do="fit").plain


@pytest.mark.parametrize(
    ("budget", "word"), [("$60", "within budget"), ("60", "a limit needs a currency"), ("$1", "OVER")]
)
def test_the_budget_is_what_somebody_types(browser: Browser, budget: str, word: str) -> None:
    key = browser.drop("ours.csv", OURS).key
    said = browser.say(key, budget=budget)
    assert word in said.text
    assert said.credits == [("378", "EVOLINK_CREDIT")]


@pytest.mark.parametrize("kind", ["workbook", "page", "sheet"])
def test_what_is_taken_away_of_a_board_is_priced_the_same(
    browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    key = browser.drop("board.csv", BOARD, "$60").key
    said = browser.say(key, do="columns", model=MODEL)
    taken = browser.take(key, kind)
    assert taken.status == 200
    if kind == "page":
        assert "464.4" in taken.text
        return
    name = taken.headers["Content-Disposition"].rpartition("''")[2]
    assert name == ("board-budget.xlsx" if kind == "workbook" else "board-changed.csv")
    file = tmp_path / name
    file.write_bytes(taken.body)
    if kind == "sheet":
        assert taken.body == BOARD  # nothing was changed
        (tmp_path / f"{name}.columns.yaml").write_bytes(browser.take(key, "beside").body)
        assert command(capsys, file) == said.credits
    else:
        assert taken.body.startswith(b"PK")


def test_a_sheet_with_errors_is_partial_and_comes_back_with_them_but_never_as_a_list_of_the_others(
    browser: Browser,
) -> None:
    wrong = BOARD.replace(b"3,Boats,8s", b"3,Boats,99s")
    key = browser.drop("board.csv", wrong, "$60").key
    said = browser.say(key, do="columns", model=MODEL)
    assert said.credits == [("378", "EVOLINK_CREDIT")]
    assert "1 job excluded" in said.plain
    assert "BLOCKED" in said.text
    assert browser.take(key, "sheet").body == wrong
    board = b"Shot,Description,Length,Res,Audio?\n1,Dawn,10,1080p,yes\n2,Waves,99,720p,no\n"
    key = browser.drop("board.csv", board).key
    browser.say(key, do="columns", model=MODEL)
    said = browser.form(key, {"do": "shots", "shot|2|takes": "3"})
    assert "cannot be written into the sheet: " in said.text
    assert f"{key}/sheet" not in said.text
    assert browser.take(key, "sheet").status == 404


@pytest.mark.parametrize("lang", LOCALES)
def test_the_page_speaks_one_language(browser: Browser, lang: str) -> None:
    page = browser.page(lang)
    assert f'<html lang="{lang}">' in page.text
    key = browser.drop("board.csv", BOARD, "$4", lang).key
    shown = browser.say(key, lang, do="columns", model=MODEL)
    fitted = browser.form(key, {"do": "fit", "may|sound": "on", "may|takes": "on"}, lang)
    text = f"{page.text.partition('<script>')[0]} {shown.plain} {fitted.plain}"
    words = ("Budget", "Nothing", "Take away", "Workbook", "Shots", "Every shot", "OVER", "planned", "Changes", "Job ")
    found = [word for word in words if word in text]
    assert (found != []) == (lang == "en")
    assert shown.credits == [("464.4", "EVOLINK_CREDIT")]


@pytest.mark.parametrize("case", CLEAR, ids=lambda case: case["name"])
def test_a_storyboard_costs_on_the_page_what_a_person_would_pay(
    browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: Mapping[str, Any]
) -> None:
    path = write_storyboard(case, tmp_path)
    said = browser.drop(path.name, path.read_bytes(), "$60")
    if not said.credits:
        said = browser.say(said.key, do="columns", model=MODEL, sheet=case.get("sheet", ""))
    assert said.credits == [(case["total"], "EVOLINK_CREDIT")]
    assert command(capsys, path, *([] if "model" in case["mapping"] else ["--model", MODEL])) == said.credits


def test_questions_are_answered_all_at_once(browser: Browser, tmp_path: Path) -> None:
    (case,) = (case for case in CASES if "asks" in case)
    path = write_storyboard(case, tmp_path)
    key = browser.drop(path.name, path.read_bytes()).key
    browser.say(key, do="columns", model=MODEL)
    form = {"do": "columns"}
    for field, cell, value, choices in case["asks"]:
        form[f"answer|{'blank' if value is None else 'cell'}|{field}|{cell}|{value or ''}"] = choices[-1]
    said = browser.form(key, form)
    assert [currency for _, currency in said.credits] == ["EVOLINK_CREDIT"]
    assert "answer|" not in said.text
