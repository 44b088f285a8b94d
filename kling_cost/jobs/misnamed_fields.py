"""Fields that a provider would ignore although they say what a price depends on: other words, slips, other places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.jobs.field_names import OTHER_MATERIAL, OTHER_WORDS, folded, meant_value
from kling_cost.jobs.spelling import closest
from kling_cost.problems import Problem, problem

PRICED = ("duration", "quality", "sound")
_DEEPEST, _MOST = 5, 500  # levels and fields of an unknown object that are looked at
_LONGEST = 40  # characters of a text that may be a value
#: Parts of a name that tell what it is about, where no list has the name itself.
_STEMS = (("sound", "audio sound"), ("quality", "resolution quality"), ("duration", "duration seconds"))
_KEPT_SOUND = ("original", "keep")  # of a video that is given; no sound is made
_MONEY = "budget limit maxcost maxprice maximumcost costcap pricecap spend contingenc policy policies ceiling".split()
_LABELS = ("code", "center", "centre", "line", "name", "id", "owner")  # which money, not how much
#: Objects that hold labels of one's own, where `count` may count anything, and the words for takes that hold there.
_LABELLED = frozenset("metadata meta tags labels label info context tracking client user annotations custom".split())
_TAKES_ANYWHERE = frozenset(
    "n takes numtakes ntakes numoutputs numvideos numberofvideos numberoftakes numsamples samples copies repeats"
    " variations".split()
)
_LINES = re.compile(r"([0-9]{3,4})p?", re.ASCII)
_SIZE = re.compile(r"([0-9]{3,4})[x×*]([0-9]{3,4})", re.ASCII)
_TIERS = {"std": "720p", "standard": "720p", "pro": "1080p", "professional": "1080p", "hd": "720p"}
_TIERS |= {"fhd": "1080p", "fullhd": "1080p", "2k": "1440p", "uhd": "4k", "4k": "4k", "2160p": "4k", "sd": "480p"}


class Known(NamedTuple):
    """What is known of a request while its unknown fields are checked.

    Attributes:
        body: the request.
        priced: the fields that its price depends on.
        takes: how often it is sent.
        fixed: what the model itself says of further fields; `name_field` holds its name.
        places: where the API expects a priced field, if not under its own name at the top.
    """

    body: Mapping[str, Any]
    priced: tuple[str, ...]
    takes: int = 1
    fixed: Mapping[str, str] = {}
    name_field: str = "model"
    places: Mapping[str, str] = {}


def told(field: str, value: Any) -> Any:
    """What a value means for a priced field, in the field's own words; None where that is unclear.

    >>> told("quality", "1920x1080"), told("quality", "fast"), told("sound", 1), told("duration", "10s")
    ('1080p', None, 'on', 10)
    """
    if field == "quality":
        return _quality(value)
    if field == "sound" and value in (0, 1) and not isinstance(value, bool):
        return "on" if value else "off"
    return meant_value(field, value)


def _quality(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    word = folded(str(value))
    size, lines = _SIZE.fullmatch(word), _LINES.fullmatch(word)
    if size:
        word = f"{min(int(size[1]), int(size[2]))}p"
    elif lines:
        word = f"{int(lines[1])}p"
    return _TIERS.get(word, word if _LINES.fullmatch(word) else None)


def value_at(body: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path that leads through objects only; None where it leads nowhere.

    >>> value_at({"input": {"duration": 5}}, "input.duration"), value_at({"a.b": 1}, "a.b")
    (5, 1)
    """
    if path in body:
        return body[path]
    above, _, below = path.partition(".")
    inner = body.get(above)
    return value_at(inner, below) if isinstance(inner, dict) and below else None


def meant_faults(unknown: Iterable[tuple[str, Any]], known: Known) -> dict[str, Problem]:
    """Errors by path, for undocumented fields that a price may depend on.

    Args:
        unknown: path and value of each field that the request should not have.
        known: the request.

    >>> body = {"seconds": 10, "seed": 1, "input": {"resolution": "1080p"}}
    >>> found = meant_faults(body.items(), Known(body, ("duration", "quality")))
    >>> [(path, error.hint) for path, error in found.items()]
    [('seconds', 'write duration'), ('input.resolution', 'put quality at the top level of the request')]
    """
    found = {}
    for path, value in unknown:
        for count, (place, name, inner) in enumerate(_places(path, value)):
            if count > _MOST:
                break
            fault = _fault(place, name, inner, known)
            if fault is not None:
                found[place] = fault
    return found


def _places(path: str, value: Any, depth: int = 0) -> Iterator[tuple[str, str, Any]]:
    yield path, path.rpartition(".")[2], value
    if isinstance(value, dict) and depth < _DEEPEST:
        for name, inner in value.items():
            yield from _places(f"{path}.{name}", inner, depth + 1)


def _fault(path: str, name: str, value: Any, known: Known) -> Problem | None:
    field, exact = meant_field(name, known.priced)
    if field == "takes":
        return _takes(path, name, value, known)
    if field is not None and field in known.fixed:
        return _otherwise(path, known.name_field, value, exact and _differs(told(field, value), known.fixed[field]))
    if field is None or field not in known.priced or not _plausible(field, name, value, exact):
        return None
    place = known.places.get(field, field)
    real = value_at(known.body, place)
    if real is not None:
        return _otherwise(path, place, value, exact and _differs(told(field, value), told(field, real)))
    key = "unknown_field.other_place" if "." in path and place == field else "unknown_field.other_word"
    return problem(key, path, meant=place)


def _differs(says: Any, real: Any) -> bool:
    return says is not None and bool(says != real)


def _otherwise(path: str, meant: str, value: Any, differs: bool) -> Problem | None:
    return problem("unknown_field.otherwise", path, meant=meant, value=value) if differs else None


def meant_field(name: str, priced: Iterable[str] = PRICED) -> tuple[str | None, bool]:
    """Which field a name means, and whether the name itself says so rather than a part of it.

    >>> meant_field("enableNativeAudio"), meant_field("Durration"), meant_field("seed")
    (('sound', False), ('duration', True), (None, False))
    """
    word = folded(name)
    if word in ("takes", *PRICED):
        return word, True
    if word in OTHER_WORDS:
        return OTHER_WORDS[word], True
    meant = closest(name, priced)
    if meant:
        return meant, True
    if any(part in word for part in _KEPT_SOUND):
        return None, False
    return next((field for field, stems in _STEMS if any(stem in word for stem in stems.split())), None), False


def _takes(path: str, name: str, value: Any, known: Known) -> Problem | None:
    count = meant_value("takes", value)
    if count is None or count == known.takes:
        return None
    above = {folded(part) for part in path.split(".")[:-1]}
    if above & _LABELLED and folded(name) not in _TAKES_ANYWHERE:
        return None
    return problem("unknown_field.takes_word", path)


def _plausible(field: str, name: str, value: Any, exact: bool) -> bool:
    """Whether a value may say what the field says; a part of a name is believed only with such a value."""
    if told(field, value) is not None:
        return True
    if not exact:
        return False
    if isinstance(value, str):
        return 0 < len(value.strip()) <= _LONGEST and "://" not in value and _plausible_text(field, name, value)
    if isinstance(value, bool):
        return field == "sound"
    return isinstance(value, (int, Decimal)) or (isinstance(value, dict) and field == "quality")


def _plausible_text(field: str, name: str, text: str) -> bool:
    if field == "duration":
        return any(c.isdigit() for c in text)
    return folded(name) not in ("mode", "size")


def is_about_money(name: str) -> bool:
    """Whether a key reads like a rule of what may be spent, which must not be passed over.

    >>> is_about_money("max_cost_per_job"), is_about_money("Contingency"), is_about_money("scene")
    (True, True, False)
    """
    word = folded(name)
    return any(stem in word for stem in _MONEY) and not word.endswith(_LABELS)


def missed_material(unknown: Mapping[str, Any], problems: Iterable[Problem]) -> dict[str, Problem]:
    """Errors by path, for fields that hold the material which a request lacks, under another API's name.

    >>> lacking = [problem("missing.required", "image_start")]
    >>> missed_material({"image_url": "https://example.com/a.jpg"}, lacking)["image_url"].hint
    'write image_start'
    """
    found = {}
    for lack in (found for found in problems if found.code == "missing" and found.severity == "error"):
        words = OTHER_MATERIAL.get(lack.field, frozenset()) | {folded(lack.field)}
        for name, value in unknown.items():
            if value and folded(name) in words:
                found[name] = problem("unknown_field.material", name, meant=lack.field)
    return found
