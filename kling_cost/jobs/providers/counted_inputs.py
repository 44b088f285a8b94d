"""What a price book counts in a request: how many images, elements and the like it has, and what it tells beside.

A book names what it counts; a sheet or frame has a column of that name, and of a request it is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kling_cost.jobs.field_names import folded
from kling_cost.jobs.job import Needs, Options
from kling_cost.pricebook.terms.extras import COUNTED_NEEDS, TOLD_BY_NEEDS
from kling_cost.problems import Problem, problem

#: What the name of a field or column has in it that may hold what is counted.
_HOLDS = {
    "image": re.compile("image|frame|photo|picture|contents"),
    "reference_image": re.compile("images|imagelist|imageurls|refer|contents"),
    "element": re.compile("element|contents"),
    "video": re.compile("video|contents"),
}
_DEEPEST = 4


def counted(names: Iterable[str]) -> tuple[str, ...]:
    """Those among the inputs of a price book that are counted.

    >>> counted(["tier", "element"])
    ('element',)
    """
    return tuple(name for name in names if name in COUNTED_NEEDS)


def told_by(needs: Needs, given: Options, names: Sequence[str], problems: list[Problem]) -> Options:
    """The inputs of a request: those that it gives under their names, and those that its needs tell.

    Args:
        needs: what the request has.
        given: what is given under the names of inputs.
        names: the inputs of the price book.
        problems: a number that is given and too small is added to these.
    """
    found = dict(given)
    for name in names:
        if name in COUNTED_NEEDS:
            count = sum(int(needs.get(need, 0)) for need in COUNTED_NEEDS[name])
            _check(name, found.get(name), count, problems)
            if count:
                found.setdefault(name, str(count))
        elif name in TOLD_BY_NEEDS and needs.get("video" if name == "input" else name):
            found.setdefault(name, TOLD_BY_NEEDS[name])
    return tuple(found.items())


def _check(name: str, given: Any, count: int, problems: list[Problem]) -> None:
    """A number that is given and is less than what the request has would be too cheap."""
    if isinstance(given, str) and given.isascii() and given.isdigit() and int(given) < count:
        problems.append(problem("mismatch.counted", name, value=given, count=count))


def with_counts(needs: Needs, given: Options) -> dict[str, int | bool]:
    """The needs with the numbers that are given beside the request."""
    numbers = {COUNTED_NEEDS[name][0]: value for name, value in given if name in COUNTED_NEEDS}
    found = {need: int(text) for need, text in numbers.items() if isinstance(text, str) and text.isdecimal()}
    return {**needs, **{need: number for need, number in found.items() if need not in needs}}


def uncounted(values: Mapping[str, Any], given: Iterable[str], names: Iterable[str]) -> list[Problem]:
    """Errors about fields or columns without rules that may hold what a price book counts, where no number is given.

    Args:
        values: the fields, by name; blank ones hold nothing.
        given: the inputs whose number is given.
        names: the inputs of the price book.

    >>> [found.field for found in uncounted({"elements": [1, 2], "prompt": "Fog"}, [], ["element"])]
    ['elements']
    """
    wanted = [name for name in counted(names) if name not in given]
    found = {}
    for path, field in _named(values) if wanted else ():
        name = next((name for name in wanted if path not in COUNTED_NEEDS and _HOLDS[name].search(field)), None)
        if name is not None:
            found[path] = problem("price_unknown.uncounted", path, name=name)
    return list(found.values())


def may_hold(column: str, name: str) -> bool:
    """Whether a column of a sheet may hold what is counted.

    >>> may_hold("model_params.element_list", "element"), may_hold("prompt", "element")
    (True, False)
    """
    return column not in COUNTED_NEEDS and _HOLDS[name].search(folded(column)) is not None


def _named(holder: Mapping[str, Any], above: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Path and folded name of every field that holds something."""
    for name, value in holder.items():
        if value in (None, "", False) or value == [] or value == {}:
            continue
        yield f"{above}{name}", folded(name)
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _named(value, f"{above}{name}.", depth + 1)
