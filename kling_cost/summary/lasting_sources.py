"""Streams and pipes are copied into files, since a second look at ids may be needed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from kling_cost.io.sources import LONGEST_LINE, Source

_WAITING = 1 << 20  # bytes that are copied at a time


@contextmanager
def lasting(sources: Sequence[Source]) -> Iterator[list[Source]]:
    """The sources with a file in place of every stream or pipe.

    Raises:
        ReadError: one has no end.
    """
    with tempfile.TemporaryDirectory(prefix="kling-cost-") as folder:
        found = []
        for at, source in enumerate(sources):
            if source.stream is None and not source.is_pipe:
                found.append(source)
                continue
            copy = Path(folder, str(at))
            with source.open() as stream, open(copy, "xb") as kept:
                _keep(source, stream, kept)
            found.append(source._replace(path=copy, stream=None))
        yield found


def _keep(source: Source, stream: BinaryIO, kept: BinaryIO) -> None:
    """Copy a stream to its end, unless it has none."""
    since = 0
    while block := stream.read(_WAITING):
        kept.write(block)
        since = 0 if b"\n" in block else since + len(block)
        if since > LONGEST_LINE:
            raise source.endless()
