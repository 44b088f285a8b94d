"""`init`: a campaign by five questions, or by as many options."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import kling_cost as kc
from kling_cost.cli import main

T2V = "kling-v3-text-to-video"
GIVEN = {"--name": "봄 캠페인: #1", "--model": T2V, "--shots": "12", "--duration": "5", "--budget": "$60"}


def run(path: Path, **changes: str | None) -> int:
    options = GIVEN | {f"--{name}": value for name, value in changes.items()}
    words = [word for name, value in options.items() if value is not None for word in (name, value)]
    return main(["init", str(path), *words, "--as-of", "2026-11-20"])


def test_a_campaign_that_check_reads(tmp_path: Path) -> None:
    path = tmp_path / "spring.yaml"
    assert run(path) == 0
    estimate = kc.estimate(kc.read_jobs(path), as_of="2026-11-20")
    assert len(estimate.line_items) == 12
    assert [item.takes for item in estimate.line_items] == [1] * 12
    assert estimate.campaigns[0].name == GIVEN["--name"]
    assert [str(limit) for limit in estimate.campaigns[0].limits] == ["60 USD"]
    assert not any(item.charge.defaults_applied for item in estimate.line_items)
    assert str(estimate.totals[0].cost) == "324.0000"


def test_nothing_is_asked_where_nobody_sits_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "spring.yaml"
    assert run(path, shots=None, budget=None) == 2
    assert "it needs --shots, --budget" in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": "kling-v9"}, "the models are:"),
        ({"duration": "99"}, "could not be priced: duration"),
        ({"budget": "60"}, "a limit needs a currency"),
        ({"shots": "0"}, "--shots"),
        ({"model": "kling-custom-element"}, "omit --duration"),
    ],
)
def test_an_answer_that_is_none_is_refused(
    tmp_path: Path, changes: dict[str, str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "spring.yaml"
    assert run(path, **changes) == 2
    assert told in capsys.readouterr().err
    assert not path.exists()


def test_a_file_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "spring.yaml"
    path.write_text("mine")
    assert run(path) == 2
    assert "already exists" in capsys.readouterr().err
    assert path.read_text() == "mine"


def at_a_terminal(folder: Path, answers: list[bytes], stop: bool = False) -> tuple[int, str]:
    """The command with somebody at its terminal, who answers each question, or stops it by Ctrl-C at the next."""
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "kling_cost", "init", "--as-of", "2026-11-20"]
    process = subprocess.Popen(command, cwd=folder, stdin=child, stdout=child, stderr=child, close_fds=True)
    os.close(child)
    shown = b""
    for answer in [*answers, *([b""] if stop else [])]:
        asked = shown.count(b"?")
        while shown.count(b"?") == asked:
            shown += os.read(parent, 4096)
        if stop and not answer:
            process.send_signal(signal.SIGINT)
        else:
            os.write(parent, answer + b"\n")
            shown = shown.replace(b"?", b"!")
    try:
        while chunk := os.read(parent, 4096):
            shown += chunk
    except OSError:  # the terminal is closed
        pass
    os.close(parent)
    return process.wait(60), shown.decode("utf-8", "replace")


def test_five_questions_at_a_terminal_and_ctrl_c_that_leaves_nothing(tmp_path: Path) -> None:
    answers = [b"Spring", T2V.encode(), b"3", b"5", b"60 USD"]
    code, shown = at_a_terminal(tmp_path, answers)
    assert code == 0, shown
    assert len(kc.read_jobs(tmp_path / "campaign.yaml")) == 3
    other = tmp_path / "other"
    other.mkdir()
    code, shown = at_a_terminal(other, answers[:2], stop=True)
    assert code == 130, shown
    assert list(other.iterdir()) == []
