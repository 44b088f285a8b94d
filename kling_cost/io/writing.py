"""Write output files: each is replaced as a whole or left unchanged, and links are followed."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from kling_cost.problems import KlingCostError, shown

_LOOKS, _BETWEEN_LOOKS = 100, 0.05  # float: seconds; five in all until a pipe must have a reader
_NEW_FILE = 0o666  # before the umask, as for any file that a program makes


class WriteError(KlingCostError):
    """A file cannot be written; an existing file is unchanged.

    >>> WriteError("budget.xlsx", "no space left").exit_code
    2
    """

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, why)
        self.name, self.why = name, why

    def __str__(self) -> str:
        return f"{shown(self.name, 200)}: cannot be written: {self.why}"


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write beside the file, then rename: whoever looks sees the old file or the new one.

    Raises:
        WriteError: it cannot be written.
    """
    with replacing(path) as stream:
        stream.write(data)


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file to be written beside another, which it replaces at the end, or leaves as it was where that fails.

    A link is followed and stays a link; a file that is replaced keeps its mode. A pipe or device cannot be
    replaced: it is written to.

    Raises:
        WriteError: it cannot be written.

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(pathlib.Path(folder, "x.txt")) as stream:
    ...         _ = stream.write(b"x")
    ...     pathlib.Path(folder, "x.txt").read_bytes()
    b'x'
    """
    try:
        target = os.path.realpath(os.fspath(path))
        mode = _mode_of(target)
        if mode is None or stat.S_ISREG(mode):
            with _beside(target, mode) as stream:
                yield stream
        else:
            with open(_pipe(target) if stat.S_ISFIFO(mode) else target, "wb") as stream:
                yield stream
    except OSError as error:
        raise WriteError(os.fspath(path), error.strerror or str(error)) from None
    except ValueError as error:
        if "null byte" not in str(error) and "null character" not in str(error):
            raise
        raise WriteError(os.fspath(path), "its name contains a null character") from None


def _pipe(target: str) -> int:
    """A named pipe that has a reader, opened for writing; without a reader, opening it would block for ever."""
    for _ in range(_LOOKS):
        try:
            file = os.open(target, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            time.sleep(_BETWEEN_LOOKS)
        else:
            os.set_blocking(file, True)
            return file
    raise OSError(errno.ENXIO, "no process reads this pipe")


def _mode_of(target: str) -> int | None:
    """Type and permissions of an existing file; None if there is none."""
    try:
        return os.stat(target).st_mode
    except FileNotFoundError:
        return None


@contextmanager
def _beside(target: str, mode: int | None) -> Iterator[BinaryIO]:
    """A new file in the same folder; its name is short, and no other writer's."""
    beside = os.path.join(os.path.dirname(target), f".kling-cost-{os.urandom(8).hex()}.part")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), _NEW_FILE)
    try:
        with open(file, "wb") as stream:
            if mode is not None:
                os.chmod(beside, stat.S_IMODE(mode))
            yield stream
        os.replace(beside, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def same_file(one: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    """Whether two paths lead to one file, by whatever spelling or link; also where it is not there yet.

    >>> same_file("a/../b.csv", "./b.csv"), same_file("a.csv", "b.csv")
    (True, False)
    """
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        pass
    try:
        return os.path.realpath(one) == os.path.realpath(other)
    except (OSError, ValueError):
        return False
