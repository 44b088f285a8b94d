"""Ways of measuring that interleave the rivals, so that a slow minute of the machine hits both."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
_MICRO = 1_000_000
# Programs run from bytecode, as installed ones do, whatever this process was told; it is kept apart from the checkout.
_BYTECODE = tempfile.TemporaryDirectory(prefix="kling-cost-bytecode-")
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
_ENVIRONMENT["PYTHONPYCACHEPREFIX"] = _BYTECODE.name


@dataclass(frozen=True)
class Figure:
    """One row of the table: what was measured, beside which rival, with what outcome, against which goal."""

    what: str
    rival: str
    measured: float
    goal: float
    unit: str = "×"
    more_is_better: bool = False
    detail: str = ""

    @property
    def reached(self) -> bool:
        """Whether the goal holds; being equal to it is enough."""
        return self.measured >= self.goal if self.more_is_better else self.measured <= self.goal


def best_of(ways: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """The shortest time of each way in seconds, the ways taking turns."""
    best = [float("inf")] * len(ways)
    for _ in range(rounds):
        for index, way in enumerate(ways):
            begin = time.perf_counter()
            way()
            best[index] = min(best[index], time.perf_counter() - begin)
    return best


def cpu_of(ways: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """The least processor time of each way in seconds, the ways taking turns: what else runs hardly counts."""
    best = [float("inf")] * len(ways)
    for _ in range(rounds):
        for index, way in enumerate(ways):
            begin = time.process_time()
            way()
            best[index] = min(best[index], time.process_time() - begin)
    return best


def best_calls(ways: Sequence[Callable[[], object]], calls: int, rounds: int) -> list[float]:
    """The shortest time of one call of each way in microseconds."""

    def many(way: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            for _ in range(calls):
                way()

        return run

    return [seconds / calls * _MICRO for seconds in best_of([many(way) for way in ways], rounds)]


def process(*command: str) -> Callable[[], None]:
    """A way that runs a command to its end; a failing command is an error, not a time."""

    def run() -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=PROJECT, env=_ENVIRONMENT)

    return run


def python(code: str) -> Callable[[], None]:
    """A way that runs Python code in a fresh process."""
    return process(sys.executable, "-c", code)


_LAUNCHER = """
import os, sys
running = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[
    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, usage = os.wait4(running, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def peak_memory(*command: str) -> int:
    """The most memory that a command held at any time, in bytes.

    It is started by a small process, since a process begins its count with what its parent held.
    """
    done = subprocess.run([sys.executable, "-c", _LAUNCHER, *command], check=True, capture_output=True, cwd=PROJECT)
    return int(done.stdout) * 1024
