"""The error gallery: what is said about each bad file, word for word, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kling_cost.cli import main
from tests.cases import cases
from tests.schemas import validate

GALLERY = cases("gallery")["cases"]


def written(folder: Path, case: dict[str, Any]) -> None:
    text = case.get("text", "")
    data = bytes.fromhex(str(case["hex"])) if "hex" in case else text.encode(case.get("encoding", "utf-8"))
    (folder / case["file"]).write_bytes(data)


def as_line(record: dict[str, Any]) -> str:
    """A problem of JSON as people read it."""
    place = ":".join(str(part) for part in (record["source"], record["row"]) if part is not None)
    text = ": ".join(part for part in (place, record["field"], record["message"]) if part)
    return f"{text} ({record['hint']})" if record["hint"] else text


@pytest.mark.parametrize("case", GALLERY, ids=lambda case: case["name"])
def test_a_bad_file_is_reported_as_expected(
    case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    written(tmp_path, case)
    monkeypatch.chdir(tmp_path)
    words = ["estimate", case["file"], "--as-of", "2026-11-20", "--format", "json", *case.get("args", [])]
    code = main(words)
    out, err = capfdbinary.readouterr()
    if case["exit"] == 2:
        assert err.decode() == "".join(f"{line}\n" for line in case["says"])
        record = json.loads(out)
        validate(record, "error")
        assert [f"kling-cost: {told}" for told in map(as_line, record["problems"])] == case["says"]
    else:
        found = [f"{p['severity']} {as_line(p)}" for p in json.loads(out)["problems"] if p["source"] is not None]
        assert found == case["says"]
    assert code == case["exit"]
