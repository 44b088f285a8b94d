"""The command, called as a user calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.commands import run

__all__ = ("AS_OF", "eventually", "measured", "process", "run")
AS_OF = ("--as-of", "2026-11-20")


def process(
    *words: str | Path, cwd: Path | None = None, stdin: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """`kling-cost WORDS` in a process of its own, where it is this that is looked at; `run` does all else."""
    found = subprocess.run(
        [sys.executable, "-m", "kling_cost", *map(str, words)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(Path(__file__).resolve().parents[2]), **(env or {})},
    )
    assert b"Traceback" not in found.stderr, found.stderr.decode()
    return found


_MEASURED = """
import json, re, sys, time
from kling_cost.cli import main
start = time.process_time()
code = main(sys.argv[2:])
peak = int(re.search("VmHWM: *([0-9]+)", open("/proc/self/status").read().replace("\\t", " "))[1]) // 1024
open(sys.argv[1], "w").write(json.dumps([code, peak, time.process_time() - start]))
"""


def measured(folder: Path, *words: str | Path) -> tuple[int, int, float, str]:
    """Exit code, peak memory in MiB, CPU seconds and standard error of `kling-cost WORDS`.

    The peak is the kernel's high-water mark of this process alone; getrusage would count its parent's, too.
    """
    report = folder / "measured.json"
    found = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(report), *map(str, words)],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert "Traceback" not in found.stderr, found.stderr
    code, peak, seconds = json.loads(report.read_text())
    return code, peak, seconds, found.stderr


def eventually(holds: Callable[[], object], looks: int = 6_000) -> bool:
    """Whether something comes to hold within so many looks; how long they take does not matter."""
    for _ in range(looks):
        if holds():
            return True
        time.sleep(0.01)
    return False
