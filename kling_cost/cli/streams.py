"""Standard streams that never lose data: a closed pipe ends quietly, a full disk is reported.

Python's own streams lose data without a word where they are unbuffered (PYTHONUNBUFFERED, usual in containers): a
short write is taken for a whole one.
"""

from __future__ import annotations

import io
import os
import select
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import click

from kling_cost.io.writing import WriteError
from kling_cost.problems import UsageError, shown

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_LARGEST_WRITE = 1 << 20


class _Output(io.FileIO):
    """Writes everything it is given, or raises; after a closed pipe or a full disk it discards whatever follows.

    Args:
        file: the descriptor, which stays open.
        name: its name in messages; None to ignore a full disk.
    """

    def __init__(self, file: int, name: str | None) -> None:
        super().__init__(file, "wb", closefd=False)
        self._called = name
        self._ended = False

    def write(self, data: ReadableBuffer, /) -> int:
        left = memoryview(data).cast("B")
        size = left.nbytes
        while left and not self._ended:
            try:
                left = left[os.write(self.fileno(), left[:_LARGEST_WRITE]) :]
            except BlockingIOError:
                select.select([], [self.fileno()], [])
            except BrokenPipeError:
                self._ended = True
            except OSError as error:
                self._ended = True
                if self._called is not None:
                    raise WriteError(self._called, error.strerror or str(error)) from None
        return size


def take_over() -> None:
    """Replace standard output and error by streams that neither lose data nor fail when the reader has gone."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # for as long as the process lives
    else:
        sys.stderr = _text(sys.stderr, None)
    if sys.stdout is not None:
        sys.stdout = _text(sys.stdout, "standard output")


def _text(stream: TextIO, name: str | None) -> TextIO:
    try:
        file = stream.fileno()
        stream.flush()
    except (OSError, ValueError):  # not a file of the system
        return stream
    buffered = io.BufferedWriter(_Output(file, name))
    return io.TextIOWrapper(
        buffered, stream.encoding, "backslashreplace", line_buffering=name is None or stream.isatty()
    )


def tell(text: str) -> None:
    """Write a message to standard error, with control characters made visible."""
    click.echo("\n".join(shown(line, len(line)) for line in text.split("\n")), err=True)


def standard_output() -> Any:
    """Standard output, where there is one.

    Raises:
        UsageError: it is closed.
    """
    if sys.stdout is None:
        raise UsageError("standard output is closed")
    return sys.stdout


def standard_input() -> BinaryIO:
    """The bytes of standard input.

    Raises:
        UsageError: it is closed.
    """
    if sys.stdin is None:
        raise UsageError("standard input is closed")
    return sys.stdin.buffer
