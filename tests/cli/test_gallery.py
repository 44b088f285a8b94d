"""The error gallery: what is said about each bad file, word for word, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kling_cost.cli import main
from tests.cases import cases

GALLERY = cases("gallery")["cases"]


def written(folder: Path, case: dict[str, Any]) -> None:
    text = case.get("text", "")
    data = bytes.fromhex(str(case["hex"])) if "hex" in case else text.encode(case.get("encoding", "utf-8"))
    (folder / case["file"]).write_bytes(data)


@pytest.mark.parametrize("case", GALLERY, ids=lambda case: case["name"])
def test_what_is_said_about_a_bad_file(
    case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    written(tmp_path, case)
    monkeypatch.chdir(tmp_path)
    words = ["estimate", case["file"], "--as-of", "2026-11-20", "--format", "json", *case.get("args", [])]
    code = main(words)
    out, err = capfdbinary.readouterr()
    if case["exit"] == 2:
        assert err.decode() == "".join(f"{line}\n" for line in case["says"])
        assert out == b""
    else:
        said = [
            f"{p['severity']} {p['source']}{'' if p['row'] is None else ':' + str(p['row'])}: "
            + (f"{p['field']}: " if p["field"] else "")
            + p["message"]
            + (f" ({p['hint']})" if p["hint"] else "")
            for p in json.loads(out)["problems"]
            if p["source"] is not None
        ]
        assert said == case["says"]
    assert code == case["exit"]
