"""A company's style: name, colours, font, logo and words for page and workbook."""

from __future__ import annotations

import os
import re
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from string import Formatter

from kling_cost.problems import UsageError, shown
from kling_cost.reporting.translations import LOCALES, catalogue, words_of

ACCENT, ACCENT_DARK = "#1f4e78", "#7db7e0"
_TOKENS = ("company", "accent", "accent_dark", "font", "logo", "footer", "css")
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_FONT = re.compile(r"[^\W\d_][\w -]{0,60}")
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_HEADER = 33  # bytes up to the end of its first part
_FORM = "spreadsheet."  # how a language looks in a spreadsheet; it is no word
_TOLD_APART = ("part", "status", "verdict")
_MOST_BYTES, _MOST_PIXELS = 512 * 1024, 4_096


@dataclass(frozen=True, slots=True)
class Logo:
    """A PNG picture with its size in pixels."""

    data: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Style:
    """How reports look.

    Attributes:
        company: whose report it is; nothing is said if empty.
        accent, accent_dark: the one accent colour as `#rrggbb`, on light and on dark.
        font: family of page and workbook; the system's own, and Calibri, if empty.
        logo: shown at the top.
        words: texts that replace those of a language, by locale and key.
        footer: a line at the end of the page, as a template.
        css: rules added to those of the page.
    """

    company: str = ""
    accent: str = ACCENT
    accent_dark: str = ACCENT_DARK
    font: str = ""
    logo: Logo | None = None
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    footer: str = ""
    css: str = ""


def load_style(folder: str | os.PathLike[str]) -> Style:
    """Read a company's look from a folder: `style.yaml`, and beside it a logo and a template where it names them.

    Args:
        folder: its path.

    Raises:
        UsageError: no such folder, or something in it that is not acceptable, with file, line and key.

    >>> load_style("no-such-folder")
    Traceback (most recent call last):
    kling_cost.problems.UsageError: no-such-folder/style.yaml: no such file
    """
    path = Path(folder) / "style.yaml"
    texts = catalogue(_text(path), str(path))
    _check_tokens(path, texts)
    css = _text(_beside(path, "css", texts["css"])) if "css" in texts else ""
    if "<" in css:
        raise UsageError(f"{path.with_name(texts['css'])}: the rules of a style must not contain <")
    return Style(
        company=texts.get("company", ""),
        accent=texts.get("accent", ACCENT),
        accent_dark=texts.get("accent_dark", ACCENT_DARK),
        font=texts.get("font", ""),
        logo=_logo(_beside(path, "logo", texts["logo"])) if "logo" in texts else None,
        words=_words(path, texts),
        footer=_text(_beside(path, "footer", texts["footer"])) if "footer" in texts else "",
        css=css,
    )


def _check_tokens(path: Path, texts: Mapping[str, str]) -> None:
    unknown = [key for key in texts if key not in _TOKENS and not key.startswith("words.")]
    if unknown:
        raise UsageError(f"{path}: {unknown[0]}: unknown token; the tokens are: {', '.join(_TOKENS)}, words")
    for key in ("accent", "accent_dark"):
        if key in texts and not _COLOR.fullmatch(texts[key]):
            raise UsageError(f"{path}: {key}: must be a colour such as #1f4e78")
    if "font" in texts and not _FONT.fullmatch(texts["font"]):
        raise UsageError(f"{path}: font: must be the name of a font family")


def _words(path: Path, texts: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Words by locale; each must be one of the catalogue's, with no parameter that it lacks."""
    found: dict[str, dict[str, str]] = {}
    for key, text in texts.items():
        if key.startswith("words."):
            _, locale, name = (*key.split(".", 2), "")[:3]
            known = words_of(locale).texts if locale in LOCALES else {}
            if name not in known or name.startswith(_FORM):
                raise UsageError(f"{path}: {key}: unknown word")
            if not _fields(text) <= _fields(known[name]):
                raise UsageError(f"{path}: {key}: only these can be in braces: {', '.join(_fields(known[name]))}")
            found.setdefault(locale, {})[name] = text
    for locale, words in found.items():
        _check_told_apart(path, locale, {**words_of(locale).texts, **words})
    return found


def _check_told_apart(path: Path, locale: str, texts: Mapping[str, str]) -> None:
    for family in _TOLD_APART:
        mine = [text.casefold() for name, text in texts.items() if name.startswith(f"{family}.")]
        if len(set(mine)) < len(mine):
            raise UsageError(f"{path}: words.{locale}.{family}: two of the words are equal; make them different")


def _fields(text: str) -> set[str]:
    try:
        return {field for _, field, _, _ in Formatter().parse(text) if field is not None}
    except ValueError:
        return {text}


def _text(path: Path) -> str:
    try:
        return _bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path}: not valid UTF-8 text") from None


def _beside(path: Path, key: str, name: str) -> Path:
    """A file of the folder, by its plain name: a style reads nothing from elsewhere."""
    if name in ("", ".", "..") or "\0" in name or PurePath(name).name != name:
        raise UsageError(f"{path}: {key}: must be the name of a file in the same folder, not {shown(name)}")
    return path.with_name(name)


def _bytes(path: Path) -> bytes:
    """A plain file of at most 512 KiB; its size is looked at before anything is read."""
    try:
        found = path.lstat()
        data = b""
        if stat.S_ISREG(found.st_mode) and found.st_size <= _MOST_BYTES:
            with path.open("rb") as stream:
                data = stream.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"{path}: cannot be read: {why}") from None
    if not stat.S_ISREG(found.st_mode):
        raise UsageError(f"{path}: must be a regular file, not a link, folder, pipe or device")
    if max(found.st_size, len(data)) > _MOST_BYTES:
        raise UsageError(f"{path}: larger than 512 KiB")
    return data


def _logo(path: Path) -> Logo:
    data = _bytes(path)
    if data[:8] != _PNG or data[12:16] != b"IHDR" or len(data) < _PNG_HEADER:
        raise UsageError(f"{path}: a logo must be a PNG picture")
    width, height = struct.unpack(">II", data[16:24])
    if not 0 < width <= _MOST_PIXELS or not 0 < height <= _MOST_PIXELS:
        raise UsageError(f"{path}: a logo can have at most {_MOST_PIXELS} pixels a side")
    return Logo(data, width, height)
