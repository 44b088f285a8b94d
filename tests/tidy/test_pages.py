"""What the pages show is true: their commands and examples run and print it, their links lead somewhere."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.engines import need_module, spark_session
from tests.tidy import pages
from tests.tidy.pages import PAGES, Desk, blocks, commands, name_of

TEXTS = {name_of(page): page.read_text(encoding="utf-8") for page in PAGES}
SPARK = [name for name, text in TEXTS.items() if "SparkSession" in text]
#: Pages whose blocks are tried as changes of the code, by tests/recipes.
RECIPES = {"docs/how-to/extend.md"}
#: Blocks of these languages are run, or show what nothing runs.
LANGUAGES = {"console", "pycon", "text", "yaml", "json", "csv", ""}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(tmp_path)
    monkeypatch.chdir(desk.place)
    return desk


@pytest.mark.parametrize("name", [name for name, text in TEXTS.items() if "```" in text and name not in RECIPES])
def test_examples_give_what_is_shown(name: str, desk: Desk) -> None:
    for part in ("polars", "duckdb"):
        if f"import {part}" in TEXTS[name]:
            need_module(part)
    for block in blocks(TEXTS[name]):
        assert block.language in LANGUAGES, block
        if block.title:
            desk.put(block)
        if block.title.startswith(pages.WORKFLOW):
            for line in pages.steps(block):
                printed = desk.run(line)
                assert desk.code == 0, (line, printed)
        elif block.language == "console":
            run(desk, list(commands(block)))
        elif block.language == "pycon" and "SparkSession" not in block.text:
            assert desk.session(block) == 0, block.text


def run(desk: Desk, found: list[pages.Command]) -> None:
    assert found, "a console without a command"
    for command, following in zip(found, [*found[1:], None], strict=True):
        if not command.is_run:
            assert command.shown == "", command
            continue
        printed = desk.run(command.line)
        assert pages.matches(command.shown, printed), (command.line, printed)
        told = "echo $?" in (command.line, following.line if following else "")
        if not told:
            assert desk.code == 0, (command.line, printed)


@pytest.mark.parametrize("name", SPARK)
def test_examples_for_spark_give_what_is_shown(name: str, desk: Desk) -> None:
    spark_session()
    exec("from datetime import date\nimport kling_cost as kc", desk.names)
    for block in blocks(TEXTS[name]):
        if "SparkSession" in block.text:  # its machine may have been started in another folder
            text = re.sub(r'parquet\("(\w+)"\)', lambda found: f'parquet("{desk.place / found[1]}")', block.text)
            assert desk.session(pages.Block("pycon", "", text)) == 0
    assert pq.read_table(desk.place / "priced").num_rows == 3


def test_that_pages_were_looked_at_and_a_wrong_one_is_seen(desk: Desk) -> None:
    assert sum(len(list(commands(block))) for text in TEXTS.values() for block in blocks(text)) > 30
    wrong = "```console\n$ kling-cost --version\nkling-cost 9.9\n```\n```pycon\n>>> 1 + 1\n3\n```\n"
    first, second = blocks(wrong)
    with pytest.raises(AssertionError):
        run(desk, list(commands(first)))
    assert desk.session(second) == 1
    with pytest.raises(AssertionError, match="--no-such"):
        run(desk, list(commands(pages.Block("console", "", "$ kling-cost --no-such\n…\n"))))
    assert doctest.testmod(pages).failed == 0


# --- links ---

#: Where links may lead that nobody can follow here.
ELSEWHERE = ("https://keepachangelog.com/", "https://semver.org/")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(text: str) -> set[str]:
    """The places of a page that a link may name, as the site and hosts of repositories call them."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}


def leads_somewhere(page: Path, place: str) -> bool:
    return page.exists() and (not place or place in anchors(page.read_text(encoding="utf-8")))


def broken(name: str, text: str, top: Path) -> list[str]:
    """Links of a page that lead nowhere; those of blocks of code are none."""
    found = []
    for target in _LINK.findall(re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)):
        path, _, place = target.partition("#")
        other = (top / name).parent / path if path else top / name
        if not target.startswith(ELSEWHERE) and not leads_somewhere(other, place):
            found.append(target)
    return found


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_somewhere(name: str, project: Path) -> None:
    assert broken(name, TEXTS[name], project) == []


def test_a_broken_link_is_seen(project: Path) -> None:
    text = "# One\n[a](nowhere.md) [b](#one) [c](#two) [d](https://example.com) [e](pricing.yaml)\n"
    assert broken("README.md", text.replace("#one", "#the-gate"), project) == [
        "nowhere.md",
        "#the-gate",
        "#two",
        "https://example.com",
    ]
    assert anchors("# The `price` verb\n## Who, what?\n") == {"the-price-verb", "who-what"}
