"""What one price costs a script and a shell, beside a process that only defines one pydantic model."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Figure, best_of, peak_memory, process, python

ONE_MODEL = "from pydantic import BaseModel\nclass Model(BaseModel):\n    number: int\n"
ONE_PRICE = "import kling_cost as kc; kc.price('kling-v3-text-to-video', duration=5, sound='on')"
COMMAND = str(Path(sys.executable).with_name("kling-cost"))
MIB = 1024 * 1024
JOBS = 100_000


def figures() -> Iterator[Figure]:
    """Fresh processes, and the memory of a long estimate."""
    rival = "process that defines one pydantic model"
    script, command, model = best_of(
        [python(ONE_PRICE), process(COMMAND, "price", "kling-v3-text-to-video", "--sound", "on"), python(ONE_MODEL)],
        rounds=15,
    )
    yield Figure("import kling_cost and one price, fresh process", rival, script / model, 1.4)
    yield Figure("kling-cost price, whole process", rival, command / model, 1.8)
    yield _memory()


def _memory() -> Figure:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "jobs.jsonl"
        with file.open("w", encoding="utf-8") as out:
            for number in range(JOBS):
                body = {"model": "kling-v3-text-to-video", "prompt": f"Shot {number}", "duration": 3 + number % 13}
                out.write(json.dumps(body) + "\n")
        peak = peak_memory(COMMAND, "estimate", str(file), "--as-of", "2026-11-20")
    return Figure(f"estimate of {JOBS:,} JSONL bodies, peak memory", "limit", peak / MIB, 512, unit=" MiB")
