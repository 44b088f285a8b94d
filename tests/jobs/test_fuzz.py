"""Good files with bytes changed: every outcome is a result or a readable refusal, never a crash."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

import kling_cost as kc

FORMS = ["json", "jsonl", "yaml", "csv", "tsv", "xlsx", "parquet"]
ROUNDS = 150
SPLICES = [
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b'"',
    b"'",
    b"\n",
    b"\r",
    b",",
    b"{",
    b"[" * 300,
    b"]",
    b":",
    b"&a",
    b"*a",
    b"!!x ",
    b"1e999",
    b"NaN",
    b"null",
    b"-",
    b"9" * 50,
    "０".encode(),
    b"\\ud800",
    b"=1+1",
    b"%s",
    b"{{x}}",
]


def mutated(data: bytes, rnd: random.Random) -> Iterator[bytes]:
    for _ in range(ROUNDS):
        changed = bytearray(data)
        for _ in range(rnd.randint(1, 6)):
            at = rnd.randrange(len(changed) + 1)
            match rnd.randrange(5):
                case 0:
                    changed[at:at] = rnd.choice(SPLICES)
                case 1:
                    del changed[at : at + rnd.randint(1, 40)]
                case 2 if at < len(changed):
                    changed[at] = rnd.randrange(256)
                case 3:
                    start = rnd.randrange(len(changed) + 1)
                    changed[at:at] = changed[start : start + rnd.randint(1, 60)]
                case _:
                    del changed[at:]
        yield bytes(changed)


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_file_is_read_or_refused(project: Path, tmp_path: Path, form: str, seed: int) -> None:
    good = (project / "examples" / f"campaign.{form}").read_bytes()
    rnd = random.Random(f"{seed} {form}")
    path = tmp_path / f"jobs.{form}"
    outcomes = {"read": 0, "refused": 0}
    for number, data in enumerate(mutated(good, rnd)):
        path.write_bytes(data)
        try:
            found = kc.estimate(kc.read_jobs(path))
        except kc.KlingCostError as error:
            messages = str(error).splitlines()
            outcomes["refused"] += 1
        else:
            messages = [problem.message for problem in found.problems]
            outcomes["read"] += 1
            assert found.partial == (found.left_out > 0), number
            assert all(item.cost.value > 0 for item in found.line_items), number
        assert all(text and len(text) < 2_000 and text.isprintable() for text in messages), (number, messages)
    assert sum(outcomes.values()) == ROUNDS
