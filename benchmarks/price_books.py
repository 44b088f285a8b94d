"""Checking price books: CPU time beside what must be done in any case."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

import kling_cost as kc
from benchmarks.measure import Figure
from kling_cost.pricebook.places import book_path

_BOOK, _DAY = "market-2026-11", date(2026, 11, 28)
_ROUNDS = 9
_MILLI = 1000


def figures() -> Iterator[Figure]:
    """A book of thirteen sellers, checked."""
    text = Path(book_path(_BOOK)).read_text(encoding="utf-8")
    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

    def parse() -> object:
        return yaml.load(text, Loader=loader)

    def lint() -> object:
        return kc.lint_prices(_BOOK, as_of=_DAY)

    lint()  # once, so that the first call's imports are not measured
    ours, theirs = _cpu([lint, parse])
    detail = f"{ours * _MILLI:.1f} ms beside {theirs * _MILLI:.1f} ms of CPU"
    yield Figure("lint of a book of 13 sellers", "PyYAML's C loader, same text", ours / theirs, 5, detail=detail)


def _cpu(ways: Sequence[Callable[[], object]]) -> list[float]:
    """The least CPU seconds of each way, the ways taking turns."""
    best = [float("inf")] * len(ways)
    for _ in range(_ROUNDS):
        for at, way in enumerate(ways):
            begin = time.process_time()
            way()
            best[at] = min(best[at], time.process_time() - begin)
    return best
