"""`init`: a campaign by five questions, or by as many options."""

from __future__ import annotations

from pathlib import Path

import pytest

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.cli.verbs import init

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


def answered(monkeypatch: pytest.MonkeyPatch, path: Path, *answers: str) -> int:
    """What the command comes to for somebody who gives these answers and then leaves."""
    left = iter(answers)

    def prompt(text: str) -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr(init, "_can_ask", lambda: True)
    monkeypatch.setattr("click.termui.visible_prompt_func", prompt)
    return main(["init", str(path), "--as-of", "2026-11-20"])


def test_five_questions_are_asked_and_an_end_before_the_last_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "campaign.yaml"
    answers = ["Spring", "nothing", T2V, "3", "99", "5", "60", "60 USD"]
    assert answered(monkeypatch, path, *answers) == 0
    assert len(kc.read_jobs(path)) == 3
    other = tmp_path / "other.yaml"
    assert answered(monkeypatch, other, "Spring") == 130
    assert not other.exists()
