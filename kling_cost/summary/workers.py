"""Several processes that count pieces of files; what they find comes back in the order of the pieces."""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from kling_cost.io.chunks import Piece
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.pricer import pricer
from kling_cost.problems import KlingCostError, Problem, ReadError
from kling_cost.summary.accumulator import Tally
from kling_cost.summary.jsonl_counter import LineCounter, Plan

_AHEAD = 2  # pieces that wait for each process, so that none of them idles
#: A piece, and its rows whose id stands elsewhere already.
Work = tuple[Piece, Mapping[int, str]]


class WorkerError(KlingCostError):
    """A process that helped to read ended on its own: killed, or out of memory.

    >>> WorkerError("jobs.jsonl").exit_code
    2
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: a process that read a part of it died; --processes 1 reads it without others")


class _Setup(NamedTuple):
    """What a process has to know before the first piece."""

    book: PriceBook
    as_of: Any
    strict: bool
    all_ids: bool
    names: frozenset[str]


def tallies(work: Iterable[Work], plan: Plan, processes: int) -> Iterator[Tally]:
    """What pieces come to, in their order.

    Args:
        work: the pieces.
        plan: how to count.
        processes: how many count at the same time; 1 is this one.

    Raises:
        ReadError: a file cannot be read any more.
        WorkerError: a process died.
    """
    if processes == 1:
        counter = LineCounter(plan)
        for piece, repeated in work:
            yield counter.tally(piece, repeated)
        return
    setup = _Setup(plan.pricer.book, plan.pricer.as_of, plan.strict, plan.all_ids, plan.names)
    with _helpers(setup, processes) as lines:
        waiting: deque[tuple[Connection, str]] = deque()
        for number, (piece, repeated) in enumerate(work):
            if len(waiting) == _AHEAD * processes:
                yield _received(*waiting.popleft())
            line = lines[number % processes]
            _guarded(piece.source.name, line.send, (piece, repeated))
            waiting.append((line, piece.source.name))
        while waiting:
            yield _received(*waiting.popleft())


def _received(line: Connection, name: str) -> Tally:
    found = _guarded(name, line.recv)
    if isinstance(found, Problem):
        raise ReadError(found)
    if isinstance(found, Tally):
        return found
    raise RuntimeError(found)


def _guarded(name: str, act: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return act(*arguments)
    except (EOFError, BrokenPipeError, ConnectionError):
        raise WorkerError(name) from None


@contextmanager
def _helpers(setup: _Setup, count: int) -> Iterator[list[Connection]]:
    """Processes at the other ends of some lines; they end with this block, and with this process."""
    context = get_context("spawn")  # a copy of this process could hold locks of its threads for ever
    lines, helpers = [], []
    try:
        with _deaf_to_interrupts():
            for _ in range(count):
                ours, theirs = context.Pipe()
                helper = context.Process(target=_help, args=(theirs,), daemon=True)
                helper.start()
                theirs.close()
                lines.append(ours)
                helpers.append(helper)
        for line in lines:
            _guarded("the job files", line.send, setup)
        yield lines
    finally:
        for line in lines:
            line.close()
        for helper in helpers:
            helper.terminate()
            helper.join()


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes that begin here leave Ctrl-C to this one, which hears it when the block ends, and ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # it would hear again too early
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with _interrupts_put_off():  # other threads of this process are not deaf
            yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _interrupts_put_off() -> Iterator[None]:
    """Act upon an interrupt only when the block has ended: no process is then left half started."""
    act = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(act):
        yield
        return
    heard: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, act)
    if heard:
        act(heard[0], None)


def _help(line: Connection) -> None:
    """What a helping process does: count pieces until nobody sends any more."""
    try:
        setup: _Setup = line.recv()
        plan = Plan(pricer(setup.book, setup.as_of), setup.strict, setup.all_ids, setup.names)
        counter = LineCounter(plan)
        while True:
            piece, repeated = line.recv()
            try:
                found: object = counter.tally(piece, repeated)
            except ReadError as error:
                found = error.problem
            except Exception as error:  # a defect of ours, shown as one by whoever asked
                found = f"{type(error).__name__}: {error}"
            line.send(found)
    except (EOFError, BrokenPipeError, ConnectionError):
        return
