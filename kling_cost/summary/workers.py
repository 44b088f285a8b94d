"""Several processes that count chunks of files; what they find comes back in the order of the chunks."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process, resource_tracker
from typing import Any, NamedTuple

from kling_cost.io.chunks import Chunk
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.pricer import pricer
from kling_cost.problems import KlingCostError, Problem, ReadError
from kling_cost.summary.accumulator import Tally
from kling_cost.summary.jsonl_counter import LineCounter, Plan
from kling_cost.summary.look_ahead import in_order

_AHEAD = 2  # chunks that wait for each process, so that none of them idles
#: A chunk, and its rows whose id stands elsewhere already.
Work = tuple[Chunk, Mapping[int, str]]
_counters: list[LineCounter] = []  # the one of a helping process, which reads with it chunk after chunk


class WorkerError(KlingCostError):
    """A process that helped to read ended on its own: killed, or out of memory.

    >>> WorkerError("jobs.jsonl").exit_code
    2
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: a process that read a part of it died; --processes 1 reads it without others")


class _Setup(NamedTuple):
    """What a process has to know before the first chunk."""

    book: PriceBook
    as_of: Any
    strict: bool
    all_ids: bool
    names: frozenset[str]


def tallies(work: Iterable[Work], plan: Plan, processes: int) -> Iterator[Tally]:
    """What chunks come to, in their order.

    Args:
        work: the chunks.
        plan: how to count.
        processes: how many count at the same time; 1 is this one.

    Raises:
        ReadError: a file cannot be read any more.
        WorkerError: a process died.
    """
    if processes == 1:
        counter = LineCounter(plan)
        for chunk, repeated in work:
            yield counter.tally(chunk, repeated)
        return
    setup = _Setup(plan.pricer.book, plan.pricer.as_of, plan.strict, plan.all_ids, plan.names)
    context = get_context("spawn")  # a copy of this process could hold locks of its threads for ever
    name, others = "the job files", active_children()
    pool = ProcessPoolExecutor(processes, context, _begin, (setup,))

    def start(item: Work) -> Future[Tally | Problem]:
        nonlocal name
        name = item[0].source.name
        try:
            with _deaf_to_interrupts():  # a process may begin now
                return pool.submit(_counted, *item)
        except (OSError, ValueError):  # it died, or could not be made; or one died while this one took its pipes
            raise BrokenProcessPool from None

    try:
        for found in in_order(start, work, _AHEAD * processes):
            if isinstance(found, Problem):
                raise ReadError(found)
            yield found
    except BrokenProcessPool:
        # The pool ends those that it knows of; one that began while another died would be waited for without end.
        for process in active_children():
            if process not in others:
                process.terminate()
        raise WorkerError(name) from None
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes that begin here never hear Ctrl-C; this one hears it when the block ends, and ends them."""
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


def _begin(setup: _Setup) -> None:
    """Make a helping process ready: it leaves Ctrl-C to the one that it helps, and ends with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    plan = Plan(pricer(setup.book, setup.as_of), setup.strict, setup.all_ids, setup.names)
    _counters[:] = [LineCounter(plan)]


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _counted(chunk: Chunk, repeated: Mapping[int, str]) -> Tally | Problem:
    """What a helping process makes of a chunk; an error of reading travels as its problem."""
    try:
        return _counters[0].tally(chunk, repeated)
    except ReadError as error:
        return error.problem
