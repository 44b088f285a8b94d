"""What people write into the cells of a priced column: seconds, resolutions, yes and no, how many.

A cell says one thing, or it is unclear: then it is asked, with the values that it may mean.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from kling_cost.amounts import plain_text
from kling_cost.jobs.cell_values import is_blank, to_number, to_text
from kling_cost.jobs.foreign.sheet_words import as_word, value_words, word_set
from kling_cost.pricebook.catalogue import option_values
from kling_cost.pricebook.load import load_prices

#: How a length that is no whole number of seconds becomes one, where that is said.
ROUNDING = {"up": ROUND_CEILING, "down": ROUND_FLOOR, "nearest": ROUND_HALF_UP}
_NUMBER = re.compile(r"\+?([0-9]{1,6}(?:[.,][0-9]{1,6})?) ?(.*)", re.ASCII | re.DOTALL)
_CLOCK = re.compile(r"([0-9]{1,2})[:：]([0-9]{2})(?:[:：]([0-9]{2}))?(?:[:;：]([0-9]{2}))?", re.ASCII)
_SPOKEN = re.compile(r"(?:([0-9]{1,2}) ?(?:m|min|분|分|')) ?([0-9]{1,2}) ?(?:s|sec|초|秒|\"|″|”|'')", re.ASCII)
_ISO = re.compile(r"pt([0-9]{1,3})s", re.ASCII | re.IGNORECASE)
_TIMES = re.compile(r"[x×] ?([0-9]{1,4})", re.ASCII | re.IGNORECASE)
_PIXELS = re.compile(r"([0-9]{3,4}) ?[x×*] ?([0-9]{3,4})", re.ASCII | re.IGNORECASE)
_PARTS = re.compile(r"[\s/|()]+")
_FIGURE = re.compile(r"(\D*)(720|1080|2160) ?p?(\D*)", re.ASCII | re.IGNORECASE)
_SIZES = {(720, 1280): "720p", (1080, 1920): "1080p", (2160, 3840): "4k"}
_NO_BRACKETS = str.maketrans("", "", "()")
_MINUTE, _HOUR = 60, 3600
_WITH_FRAMES = 4  # parts of a time code


class Unclear(NamedTuple):
    """A cell that may mean several things; `choices` are the values that it may have been meant to be."""

    choices: tuple[str, ...]


Meant = str | Unclear
_LETTERS = {"o": "on", "x": "off"}


def _text(cell: Any) -> str:
    return unicodedata.normalize("NFKC", str(to_text(cell))).strip()


def read_seconds(cell: Any, rounding: str | None = None) -> Meant:
    """A length in whole seconds.

    >>> read_seconds("15s"), read_seconds("0:06"), read_seconds(time(0, 6)), read_seconds("4.5", "up")
    ('15', '6', '6', '5')
    >>> read_seconds("4.5")
    Unclear(choices=('4', '5'))
    """
    if isinstance(cell, (time, timedelta)):
        return _of_time(cell)
    if isinstance(cell, (bool, date)):
        return Unclear(())
    text = _text(cell)
    found = _clock(text)
    if found is not None:
        return found
    number = _NUMBER.fullmatch(text)
    if number is None or (number[2] and as_word(number[2]) not in word_set("behind", "seconds")):
        return Unclear(_numbers_in(text))
    return _whole_seconds(to_number(number[1].replace(",", ".")), rounding)


def _of_time(cell: time | timedelta) -> Meant:
    """A time of day that was typed as minutes and seconds is minutes and seconds."""
    if isinstance(cell, timedelta):
        seconds, rest = divmod(cell, timedelta(seconds=1))
        if rest:
            return Unclear(())
    else:
        seconds = cell.hour * _HOUR + cell.minute * _MINUTE + cell.second
        if cell.microsecond:
            return Unclear(())
    return str(seconds // _MINUTE if seconds % _MINUTE == 0 else seconds)


def _clock(text: str) -> Meant | None:
    """Minutes and seconds; None for another text. Frames at the end leave it open."""
    spoken = _SPOKEN.fullmatch(text)
    if spoken is not None:
        return str(int(spoken[1]) * _MINUTE + int(spoken[2]))
    iso = _ISO.fullmatch(text)
    if iso is not None:
        return str(int(iso[1]))
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    return _of_parts([int(part) for part in found.groups() if part is not None])


def _of_parts(parts: list[int]) -> Meant:
    """What the parts of a clock come to: minutes and seconds, with hours before them, with frames behind these."""
    if len(parts) == _WITH_FRAMES:
        seconds = parts[0] * _HOUR + parts[1] * _MINUTE + parts[2]
        return Unclear((str(seconds), str(seconds + 1))) if parts[3] else str(seconds)
    *before, minutes, seconds = parts
    if before == [0] and minutes and not seconds:
        return Unclear((str(minutes), str(minutes * _MINUTE)))  # with frames, or with hours
    return str(sum(before) * _HOUR + minutes * _MINUTE + seconds)


def _whole_seconds(number: Decimal, rounding: str | None) -> Meant:
    if number == number.to_integral_value():
        return plain_text(number.to_integral_value())
    if rounding is not None:
        return plain_text(number.to_integral_value(ROUNDING[rounding]))
    return Unclear(tuple(plain_text(number.to_integral_value(way)) for way in (ROUND_FLOOR, ROUND_CEILING)))


def _numbers_in(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(int(found)) for found in re.findall(r"[0-9]{1,4}", text)))


def _known(name: str, text: str) -> str | None:
    """The value that a text means, by all its words where it says it twice."""
    words = value_words(name)
    if as_word(text) in words:
        return words[as_word(text)]
    meant = {words.get(as_word(part)) for part in _PARTS.split(text) if part}
    return meant.pop() if len(meant) == 1 else None


def read_quality(cell: Any, rounding: str | None = None) -> Meant:
    """A resolution.

    >>> read_quality("全高清"), read_quality(1080), read_quality("1920×1080"), read_quality("720p (HD)")
    ('1080p', '1080p', '1080p', '720p')
    >>> read_quality("HD")
    Unclear(choices=('720p', '1080p', '4k'))
    """
    text = _text(cell)
    known = _known("quality", text) or _figure(text)
    if known is not None:
        return known
    pixels = _PIXELS.fullmatch(text)
    size = (
        None
        if pixels is None
        else _SIZES.get((min(int(p) for p in pixels.groups()), max(int(p) for p in pixels.groups())))
    )
    return Unclear(tuple(option_values(load_prices())["quality"])) if size is None else size


def _figure(text: str) -> str | None:
    """The resolution of a figure beside a word that says less, such as HD 1080p."""
    found = _FIGURE.fullmatch(text)
    if found is None:
        return None
    words, beside = value_words("quality"), as_word(f"{found[1]}{found[3]}".translate(_NO_BRACKETS))
    value = words[found[2]]
    return value if beside in word_set("unclear_quality") or words.get(beside) == value else None


def read_sound(cell: Any, rounding: str | None = None) -> Meant:
    """Whether there is sound.

    >>> read_sound("Y"), read_sound("無"), read_sound(True), read_sound("x")
    ('on', 'off', 'on', Unclear(choices=('on', 'off')))
    """
    if isinstance(cell, bool):
        return "on" if cell else "off"
    return _known("sound", _text(cell)) or Unclear(("on", "off"))


def read_count(cell: Any, rounding: str | None = None) -> Meant:
    """How many takes.

    >>> read_count("3x"), read_count("×2"), read_count(4.0), read_count("3개"), read_count("2-3")
    ('3', '2', '4', '3', Unclear(choices=('2', '3')))
    """
    text = _text(cell)
    before = _TIMES.fullmatch(text)
    if before is not None:
        return str(int(before[1]))
    found = _NUMBER.fullmatch(text)
    if found is None or (found[2] and as_word(found[2]) not in word_set("behind", "takes")):
        return Unclear(_numbers_in(text))
    number = to_number(found[1].replace(",", "."))
    return plain_text(number) if number == number.to_integral_value() else Unclear(_numbers_in(text))


def circle_and_cross(cells: Iterable[Any]) -> dict[str, dict[str, str]]:
    """What the letters O and X mean among the answers of a column: yes and no, where it has both.

    >>> circle_and_cross(["O", "X", "O"]), circle_and_cross(["X", ""])
    ({'sound': {'O': 'on', 'X': 'off'}}, {})
    """
    letters = {text for cell in cells if as_word(text := str(to_text(cell))) in _LETTERS}
    if len({as_word(letter) for letter in letters}) < len(_LETTERS):
        return {}
    return {"sound": {letter: _LETTERS[as_word(letter)] for letter in sorted(letters)}}


#: The fields whose cells are read by words.
READERS: Mapping[str, Callable[[Any, str | None], Meant]] = {
    "duration": read_seconds,
    "quality": read_quality,
    "sound": read_sound,
    "takes": read_count,
}


def is_tick(cell: Any) -> bool:
    """Whether a cell is a tick, which nobody sets for no.

    >>> is_tick("✓"), is_tick(True), is_tick("yes")
    (True, True, False)
    """
    return cell is True or (not is_blank(cell) and as_word(_text(cell)) in word_set("ticks"))


def are_counted_up(values: Sequence[Any]) -> bool:
    """Whether values are 1, 2, 3, as rows are counted.

    >>> are_counted_up([1, 2, 3]), are_counted_up([4, 2, 3])
    (True, False)
    """
    numbers = [str(to_text(cell)) for cell in values]
    return (
        len(numbers) > 2
        and all(number.isdecimal() for number in numbers)
        and [int(number) - int(numbers[0]) for number in numbers] == [*range(len(numbers))]
    )


def are_grades(values: Sequence[Any]) -> bool:
    """Whether values are words for a quality that do not say which one, with others that do among them at most.

    >>> are_grades(["Pro", "Std"]), are_grades(["720p", "Pro"]), are_grades(["720p"])
    (True, True, False)
    """
    texts = [str(to_text(cell)) for cell in values]
    vague = word_set("grades") | word_set("unclear_quality")
    grades = [as_word(text) in vague for text in texts]
    return any(grades) and all(
        is_grade or as_word(text) in value_words("quality") for is_grade, text in zip(grades, texts, strict=True)
    )


def have_digits(values: Sequence[Any]) -> bool:
    """Whether a figure is anywhere in some values.

    >>> have_digits(["v2", "final"]), have_digits(["final"])
    (True, False)
    """
    return any(c.isdigit() for cell in values for c in str(to_text(cell)))
