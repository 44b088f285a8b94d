"""Sheets that were dropped: each in a folder of its own, under an id that nobody can guess; the oldest give way."""

from __future__ import annotations

import re
import secrets
import shutil
import unicodedata
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from threading import Lock
from types import MappingProxyType

from kling_cost.io.sources import MEBIBYTE

#: The largest sheet that is taken.
LARGEST = 32 * MEBIBYTE
MOST_KEPT, MOST_BYTES = 1_000, 512 * MEBIBYTE
_ID_BYTES = 16
_LONGEST_NAME, _LONGEST_ENDING = 120, 16  # bytes, since file systems count these
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|]')
_NOTHING: Mapping[str, Mapping[str, str]] = MappingProxyType({})
#: What may be changed for a plan that fits, unless somebody says otherwise.
MAY = ("quality", "sound", "takes:1")


@dataclass(frozen=True)
class Wishes:
    """What somebody said of a sheet on the page.

    Attributes:
        budget: as it was typed.
        sheet, model, encoding: as of `read_jobs`; empty where nothing was said.
        changes: by row of the sheet: what a shot becomes, by `takes`, `duration`, `quality`, `sound` and `seller`.
        may: what may be changed for a plan that fits.
        is_fitted: whether such a plan is asked for.
        find: a part of the id or the description of the shots that are shown.
        page: which part of them is shown, from 0.
    """

    budget: str = ""
    sheet: str = ""
    model: str = ""
    encoding: str = ""
    changes: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: _NOTHING)
    may: tuple[str, ...] = MAY
    is_fitted: bool = False
    find: str = ""
    page: int = 0


@dataclass
class Upload:
    """One sheet that was dropped.

    Attributes:
        key: its id.
        path: the file.
        size: in bytes.
        wishes: what was said of it last.
        proposed: by the letters of a column: the field that was proposed for it, and why.
        lock: held while it is read or changed.
    """

    key: str
    path: Path
    size: int
    wishes: Wishes = field(default_factory=Wishes)
    proposed: dict[str, tuple[str, str]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


class Uploads:
    """The sheets that are kept, at most so many and so many bytes of them.

    Args:
        folder: where they lie; whoever made it takes it away again.
        most, most_bytes: what is kept.
    """

    def __init__(self, folder: Path, most: int = MOST_KEPT, most_bytes: int = MOST_BYTES) -> None:
        self._folder, self._most, self._most_bytes = folder, most, most_bytes
        self._kept: OrderedDict[str, Upload] = OrderedDict()
        self._lock = Lock()

    def add(self, name: str, chunks: Iterable[bytes], wishes: Wishes) -> Upload:
        """Keep a sheet; the ones that were not asked for the longest time give way."""
        key = secrets.token_urlsafe(_ID_BYTES)
        folder = self._folder / key
        folder.mkdir(mode=0o700)
        path, size = folder / safe_name(name), 0
        try:
            with path.open("wb") as file:
                for chunk in chunks:
                    size += file.write(chunk)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        upload = Upload(key, path, size, wishes)
        with self._lock:
            self._kept[key] = upload
            gone = list(self._too_many())
        for one in gone:
            shutil.rmtree(one.path.parent, ignore_errors=True)
        return upload

    def _too_many(self) -> Iterable[Upload]:
        """Take out the oldest until the others are few and small enough; the newest stays."""
        while len(self._kept) > 1 and (
            len(self._kept) > self._most or sum(one.size for one in self._kept.values()) > self._most_bytes
        ):
            yield self._kept.popitem(last=False)[1]

    def get(self, key: str) -> Upload | None:
        """A sheet that is kept; None for one that gave way, or never was."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found


def safe_name(name: str) -> str:
    """The file name of a sheet, from what a browser says of it: without folders, controls and what systems refuse.

    >>> safe_name("../../etc/passwd"), safe_name("콘티 최종.xlsx"), safe_name("..\\\\..\\\\a?.csv"), safe_name("")
    ('passwd', '콘티 최종.xlsx', 'a_.csv', 'sheet')
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(c if c.isprintable() else "_" for c in last)
    bare = _NOT_IN_NAMES.sub("_", plain).strip().lstrip(".")
    ending = PurePosixPath(bare).suffix
    ending = ending if len(ending.encode()) <= _LONGEST_ENDING else ""
    stem = bare.removesuffix(ending).encode()[:_LONGEST_NAME].decode("utf-8", "ignore").rstrip()
    return f"{stem}{ending}" if stem else f"sheet{ending}"
