"""Names that two people would take for one: equal but for case or width, or for letters of another script."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator

from kling_cost.jobs.id_likeness import likeness
from kling_cost.problems import Problem, problem


def near_problem(names: Collection[str], field: str) -> list[Problem]:
    """One remark if some names look alike; none if all are distinct.

    Args:
        names: distinct names, composed.
        field: where they stand.

    >>> [found.message for found in near_problem(["Hero", "hero", "villain"], "job_id")]
    ['Hero and hero differ only in how they are written; pairs like this: 1']
    >>> near_problem(["a-11", "a1-1", "장면-1", "장면-2"], "job_id")
    []
    """
    pairs = list(_pairs(names))
    if not pairs:
        return []
    one, other = pairs[0]
    return [problem("ambiguous.near", field, one=_told(one, other), other=_told(other, one), count=len(pairs))]


def near_tags(tags: Iterable[tuple[str, str]]) -> list[Problem]:
    """One remark for each tag whose values look alike, and one where names of tags do.

    >>> [found.field for found in near_tags([("scene", "Fog"), ("scene", "fog"), ("client", "fog")])]
    ['tags.scene']
    """
    values: dict[str, dict[str, None]] = {}
    for name, value in sorted(tags):
        values.setdefault(name, {})[value] = None
    found = near_problem(values, "tags")
    for name, texts in values.items():
        found += near_problem(texts, f"tags.{name}")
    return found


def _pairs(names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Pairs of names that look alike; where all are ASCII, those that differ in case."""
    lowered: dict[str, str] = {}
    plain: list[str] = []
    others: dict[str, str] = {}
    for name in names:
        if name.isascii():
            plain.append(name)
            first = lowered.setdefault(name.lower(), name)
        else:
            first = others.setdefault(likeness(name), name)
        if first != name:
            yield first, name
    if any(looks.isascii() for looks in others):
        for name in plain:
            other = others.get(likeness(name))
            if other is not None:
                yield name, other


def _told(name: str, other: str) -> str:
    """A name, with the first letter of another script than the other's spelt out."""
    odd = next((letter for letter in name if not letter.isascii() and letter not in other), None)
    return name if odd is None else f"{name} ({odd}: {unicodedata.name(odd, '?').lower()})"
