"""The command `kling-cost` without a process of its own: what it prints and how it ends, at a tenth of the cost.

Starting Python and importing the library takes most of a second, which says nothing of what the command does. So tests
call it here, by the entry point of the installed command and with the same descriptors, variables and folder that a
process would have; a process is started only where it is itself what is looked at. tests/cli/test_commands.py holds
both ways to each other.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO
from unittest import mock

import pytest

from kling_cost import cli

#: Variables by these names mean something to Python while it starts, or to the clock: they need a process.
_OF_THE_START = ("PYTHON", "LC_", "LANG", "TZ")
#: What a pipe takes at once, wherever we run.
_PIPE = 4096


def run(
    *words: str | Path, cwd: Path | None = None, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """`kling-cost WORDS` in this process, as if in one of its own.

    Args:
        words: the command line.
        cwd: where it runs; here if None.
        stdin: what stands on standard input, which is a pipe.
        env: variables over those of this process and `NO_COLOR`.

    A warning is an error here, as in every test, where the command's own process would keep quiet.
    """
    assert not [name for name in env or {} if name.startswith(_OF_THE_START)], "this needs a process"
    given = {"NO_COLOR": "1", **(env or {})}
    argv = ["kling-cost", *map(str, words)]
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        mock.patch.dict(os.environ, given),
        mock.patch.object(sys, "argv", argv),
        _folder(cwd),
        _garbage_collection(),
    ):
        with _descriptors(stdin, out, err):
            code = _ended()
        found = subprocess.CompletedProcess(argv, code, _content(out), _content(err))
    assert b"Traceback" not in found.stderr, found.stderr.decode()
    return found


def _ended() -> int:
    try:
        with pytest.raises(SystemExit) as end:
            cli.run()
    finally:
        for stream in (sys.stdout, sys.stderr):  # as Python does at the end of a process
            stream.flush()
    assert isinstance(end.value.code, int)
    return end.value.code


def _content(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()


@contextmanager
def _folder(place: Path | None) -> Iterator[None]:
    before = os.open(".", os.O_RDONLY)
    try:
        if place is not None:
            os.chdir(place)
        yield
    finally:
        os.fchdir(before)
        os.close(before)


@contextmanager
def _garbage_collection() -> Iterator[None]:
    before = gc.get_threshold()
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _descriptors(stdin: bytes, out: BinaryIO, err: BinaryIO) -> Iterator[None]:
    """Descriptors 0, 1 and 2, and the streams of Python on them, until the block ends."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    with ExitStack() as stack:
        stack.callback(_streams_back, streams)
        for number, file in enumerate((stack.enter_context(_pipe_of(stdin)), out.fileno(), err.fileno())):
            kept = os.dup(number)
            stack.callback(os.close, kept)
            stack.callback(os.dup2, kept, number)
            os.dup2(file, number)
        sys.stdin = stack.enter_context(open(0, encoding="utf-8", closefd=False))
        sys.stdout = stack.enter_context(open(1, "w", encoding="utf-8", closefd=False))
        sys.stderr = stack.enter_context(open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False))
        yield


def _streams_back(streams: tuple[TextIO, TextIO, TextIO]) -> None:
    sys.stdin, sys.stdout, sys.stderr = streams


@contextmanager
def _pipe_of(data: bytes) -> Iterator[int]:
    """A pipe from which these bytes are read; who stops reading does not disturb the writer."""
    reader, writer = os.pipe()

    def fill() -> None:
        try:
            with open(writer, "wb") as pipe:
                pipe.write(data)
        except BrokenPipeError:
            return

    filling = threading.Thread(target=fill) if len(data) > _PIPE else None
    if filling:
        filling.start()
    else:
        fill()
    try:
        yield reader
    finally:
        os.close(reader)
        if filling:
            filling.join()
