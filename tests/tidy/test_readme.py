"""What README says is true: its commands run and print what it shows, its map names what is there."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FENCE = re.compile(r"^```(\S+)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def desk(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the samples and with the files that README writes out."""
    (tmp_path / "examples").symlink_to(project / "examples")
    for _, name, text in blocks(project):
        if name:
            (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(project: Path) -> list[tuple[str, str, str]]:
    """Language, file name and text of every fenced block."""
    return FENCE.findall((project / "README.md").read_text(encoding="utf-8"))


def test_commands_print_what_is_shown(project: Path, desk: Path) -> None:
    ran = 0
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "80"}
    for language, _, text in blocks(project):
        for command, shown in re.findall(
            r"^\$ (kling-cost .*)\n((?:(?!\$ ).*\n)*)", text if language == "console" else "", re.M
        ):
            line = command.replace("kling-cost", f'"{sys.executable}" -m kling_cost', 1)
            found = subprocess.run(
                line, shell=True, capture_output=True, text=True, env=environment, cwd=desk, check=False
            )
            wanted = "".join(".*\n" if part == "…" else re.escape(part) + r" *\n" for part in shown.splitlines())
            out = found.stdout if found.stdout else found.stderr
            assert re.fullmatch(wanted.replace(".*\n", r"(?:.*\n)*"), out), (command, out, found.stderr)
            ran += 1
    assert ran >= 4


def test_the_script_runs(project: Path, desk: Path) -> None:
    text = "\n".join(text for language, _, text in blocks(project) if language == "pycon")
    test = doctest.DocTestParser().get_doctest(text, {}, "README.md", None, None)
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
    assert runner.tries > 5


def test_the_campaign_that_is_shown_is_priced(project: Path, desk: Path) -> None:
    import kling_cost as kc

    (text,) = [text for language, _, text in blocks(project) if language == "yaml"]
    (desk / "campaign.yaml").write_text(text, encoding="utf-8")
    estimate = kc.estimate(kc.read_jobs("campaign.yaml"))
    assert (len(estimate.line_items), estimate.problems) == (2, [])


def test_the_map_names_every_room_and_nothing_else(project: Path) -> None:
    text = (project / "README.md").read_text(encoding="utf-8")
    named = set(
        re.findall(r"`(kling_cost/\w+/|\w+/|\w+\.yaml)`", text.split("## The map of the house")[1].split("##")[0])
    )
    for name in named:
        places = [project / name, *(project / "kling_cost").glob(f"*/{name.rstrip('/')}")]
        assert any(place.exists() for place in places), name
    rooms = {
        f"kling_cost/{p.name}/" for p in (project / "kling_cost").iterdir() if p.is_dir() and p.name != "__pycache__"
    }
    assert rooms <= named


def test_links_lead_somewhere(project: Path) -> None:
    text = (project / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (project / target).exists(), target


def test_every_verb_and_make_target_is_there(project: Path) -> None:
    text = (project / "README.md").read_text(encoding="utf-8")
    made = set(re.findall(r"^([a-z]+):", (project / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", text)) <= made | {"nothing"}
    for verb in (project / "kling_cost" / "cli" / "verbs").glob("[a-z]*.py"):
        assert re.search(rf"(`|kling-cost ){verb.stem}\b", text), verb.stem
