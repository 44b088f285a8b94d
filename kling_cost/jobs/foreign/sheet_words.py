"""The words of foreign sheets, from the file beside this module, and what a heading means by them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from kling_cost.folded_names import folded
from kling_cost.io.sheets.sheet_kind import SheetKind
from kling_cost.io.strict_yaml import compose
from kling_cost.io.yaml_values import textual
from kling_cost.jobs.columns import TAG, known_name
from kling_cost.jobs.field_names import OTHER_WORDS, REPORT_WORDS

SCENE = f"{TAG}scene"
_BRACKETS = re.compile(r"[(\[{【〔「<]([^()\[\]{}【】〔〕「」<>]*)[)\]}】〕」>]")
_BETWEEN = re.compile(r"[/|\n\r&+,;:・、·]| - | – ")
_EITHER_OR = re.compile(r"[\s,:]+(?:y/n|yes/no|on/off|[有○o]/?[无無×x]|유/?무|o/x)\??\s*$", re.IGNORECASE)
_RATE = re.compile(r"[@/]? ?[0-9.]+ ?(?:fps)?")  # frames of a second, behind the unit
_AROUND = " \t.*:?!'\"…_-#№"
_NUMBER_OF = re.compile(r"(?:(?:no|num|nr|number|count|qty|quantity)\.? )?of (.+)", re.IGNORECASE)
_COUNTED = re.compile(r"(?<![제第v0-9])([0-9]{1,3}|two|three|four|five|six)[ -]?([^\W\d_]+)", re.IGNORECASE)
_COUNT_BEHIND = re.compile(r"([^\W\d_]+s|[^\W\d_a-z]+) ?[:=：x×] ?([0-9]{1,3})", re.IGNORECASE)
_FULL_WIDTH = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af]+")


class Heading(NamedTuple):
    """What a heading means.

    Attributes:
        field: the field that it names; None where no word of it is known, or where it is a note.
        is_sure: whether it means that field whatever stands below.
        is_note: whether it heads what is neither asked for nor a label.
        is_heard: whether it heads words or noises that are heard.
        is_label: whether it heads what is a label at most.
        is_inside: whether the field's name is only a part of it, as in "Length v2", or it counts shots.
        unit: `seconds`, `other`, or None where it says none.
    """

    field: str | None = None
    is_sure: bool = False
    is_note: bool = False
    is_heard: bool = False
    is_label: bool = False
    is_inside: bool = False
    unit: str | None = None


@cache
def words() -> Mapping[str, Any]:
    """The file of words.

    >>> "shot" in words()["headings"]["job_id"]
    True
    """
    text = Path(__file__).with_name("sheet_words.yaml").read_text("utf-8")
    found: Mapping[str, Any] = textual(compose(text)[0])
    return found


def as_word(text: str) -> str:
    """A text as words of the file are compared.

    >>> as_word("No. of Takes")
    'nooftakes'
    """
    return folded(text).replace(".", "").removesuffix("\ufe0f")


@cache
def word_set(*path: str) -> frozenset[str]:
    """The folded words of a list in the file.

    >>> "합계" in word_set("totals")
    True
    """
    found: Any = words()
    for key in path:
        found = found[key]
    return frozenset(as_word(str(word)) for word in found)


@cache
def _by_word(section: str) -> dict[str, str]:
    return {as_word(str(word)): field for field, listed in words()[section].items() for word in listed}


def is_video_model(text: str) -> bool:
    """Whether a text begins with the name of a maker of videos, ours or another.

    >>> [is_video_model(text) for text in ("Kling 3.0 Pro", "veo3", "可灵标准", "TikTok", "Wanted")]
    [True, True, True, False, False]
    """
    plain = as_word(text)
    named = [plain.removeprefix(word) for word in word_set("video_models") if plain.startswith(word)]
    return any(not rest[:1].isascii() or not rest[:1].isalpha() for rest in named)


@cache
def value_words(field: str) -> Mapping[str, str]:
    """By folded word: the value of a field that it means.

    >>> value_words("sound")["あり"]
    'on'
    """
    return {as_word(str(word)): value for value, listed in words()["values"][field].items() for word in listed}


@lru_cache(maxsize=1 << 12)
def heading(text: str, options: tuple[str, ...] = ()) -> Heading:
    """What a heading means, by its words in four languages.

    Args:
        text: the heading.
        options: options that the price book names itself.

    >>> [heading(text).field for text in ("Length (s)", "镜号 Shot", "Scene/Shot", "Sound (Y/N)")]
    ['duration', 'job_id', 'job_id', 'sound']
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    own = known_name(plain, options)
    is_theirs = folded(plain) in REPORT_WORDS or as_word(plain) in word_set("notes")
    return Heading(own, True) if own not in (None, "date") and not is_theirs else _by_parts(plain)


def _by_parts(plain: str) -> Heading:
    """What a heading means by its words: as a whole, without what is in brackets, by its parts, or by a part of it."""
    inside = [part for part in _BRACKETS.findall(plain) if part.strip()]
    base = _EITHER_OR.sub("", _BRACKETS.sub(" ", plain))
    unit = _unit([part for text in inside for part in (text, *_RATE.sub(" ", text).split())])
    for parts in (_whole(plain), _whole(base), _parts(base), [part for one in inside for part in _parts(one)]):
        found = _agreed([_by_words(part) for part in parts])
        if found is not None:
            return found._replace(unit=unit or found.unit)
    inner = next((one for one in map(_by_words, base.split()) if one.is_sure), Heading())
    return Heading(inner.field, is_inside=inner.field is not None, unit=unit)


def is_unit(text: str) -> bool:
    """Whether a text says that something is in seconds, or is in brackets and says nothing of another unit.

    >>> is_unit("(sec)"), is_unit("(Y/N)"), is_unit("frames"), is_unit("5")
    (True, True, False, False)
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    inside = _BRACKETS.fullmatch(plain)
    unit = _unit([plain if inside is None else inside[1]])
    return unit == "seconds" or (unit is None and inside is not None)


def _unit(inside: Collection[str]) -> str | None:
    told = {as_word(part.strip(_AROUND) or part) for part in inside}
    if told & word_set("units", "other"):
        return "other"
    return "seconds" if told & word_set("units", "seconds") else None


def _whole(text: str) -> list[str]:
    return [part for part in (text.strip(), text.strip(_AROUND)) if part]


def _parts(text: str) -> list[str]:
    """The parts of a heading that says one thing in two ways, or two things."""
    found: list[str] = []
    for part in _BETWEEN.split(text):
        wide = " ".join(_FULL_WIDTH.findall(part))
        narrow = _FULL_WIDTH.sub(" ", part)
        found += [part] if not wide or not narrow.strip(_AROUND) else [wide, narrow]
    return [stripped for part in found if (stripped := part.strip(_AROUND))]


def _by_words(part: str) -> Heading:
    word = as_word(part)
    if word in word_set("notes"):
        return Heading(is_note=True)
    if word in word_set("heard"):
        return Heading(is_heard=True)
    if word in word_set("labels"):
        return Heading(is_label=True)
    if word in word_set("counts"):
        return Heading("takes", is_inside=True)
    for is_sure, known in ((True, _by_word("headings")), (False, _by_word("unclear"))):
        if word in known:
            return Heading(known[word], is_sure, unit=_unit([part]))
    field = known_name(part) or OTHER_WORDS.get(word) or ("takes" if _counts_takes(part) else None)
    return Heading(field, field is not None, unit=_unit([part]))


def _counts_takes(part: str) -> bool:
    """Whether a heading is the number of what takes are called, as in "no. of gens"."""
    found = _NUMBER_OF.fullmatch(part)
    return found is not None and (as_word(found[1]) in word_set("spoken_takes") | word_set("headings", "takes"))


def _agreed(found: list[Heading]) -> Heading | None:
    """What parts mean together; scene and shot in one are the name of a shot, two priced fields are unclear."""
    known = [one for one in found if one.field is not None]
    fields = {one.field for one in known}
    if not known:
        return next((one for one in found if one != Heading()), None)
    if fields == {SCENE, "job_id"}:
        return Heading("job_id", True)
    unit = next((one.unit for one in known if one.unit is not None), None)
    sure = next((one for one in known if one.is_sure), known[0])
    return sure._replace(is_sure=sure.is_sure and len(fields) == 1, unit=unit)


def speaks_of_takes(text: str) -> bool:
    """Whether a title or note says how many of each shot are wanted, if not one.

    >>> [speaks_of_takes(text) for text in ("3 takes per shot", "各カット3テイク", "Takes: 2", "two options each")]
    [True, True, True, True]
    >>> [speaks_of_takes(text) for text in ("Version 7 FINAL", "第3案", "1 take", "30 shots")]
    [False, False, False, False]
    """
    counted = [*_COUNTED.findall(text), *((count, word) for word, count in _COUNT_BEHIND.findall(text))]
    return any(as_word(word) in word_set("spoken_takes") and count.strip("0") != "1" for count, word in counted)


def speaks_of_quality(word: str) -> bool:
    """Whether a word of a title is a resolution, or speaks of one.

    >>> speaks_of_quality("1080p"), speaks_of_quality("HD"), speaks_of_quality("1080")
    (True, True, False)
    """
    told = as_word(word)
    return (
        (told in value_words("quality") and not told.isdecimal())
        or told in word_set("unclear_quality")
        or (bool(word) and heading(word).field == "quality")
    )


def _known(text: str) -> str | None:
    return heading(text).field


#: Sheets of others, as far as the separator of a text file is to be told.
FOREIGN_SHEET = SheetKind(_known, len, "model", (), bool, bool)
