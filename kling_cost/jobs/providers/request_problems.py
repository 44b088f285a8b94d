"""From pydantic's errors to problems, and to what is left of a body for the rules that connect fields."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from kling_cost.jobs.job import UNREADABLE
from kling_cost.jobs.misnamed_fields import told
from kling_cost.problems import Listed, Problem, problem

ADDED_FIELD = "unknown_field.ignored"

_WRONG_TYPE = {
    "string_type": "wrong_type.text",
    "string_unicode": "wrong_type.text",
    "int_type": "wrong_type.integer",
    "int_from_float": "wrong_type.integer",
    "bool_type": "wrong_type.boolean",
    "list_type": "wrong_type.list",
    "dict_type": "wrong_type.object",
    "decimal_type": "wrong_type.number",
    "is_instance_of": "wrong_type.number",
}
_UNION_MEMBERS = ("decimal", "int", "str")
_KEEPS_VALUE = {"extra_forbidden", "missing", "string_too_long", "too_long"}

Path = tuple[str | int, ...]


def faults_of(error: ValidationError, body: dict[str, Any]) -> tuple[list[Problem], dict[str, Any], set[str]]:
    """Every fault of form, the body with UNREADABLE in place of each value that cannot be used, and the fields that
    have a fault or are not spelt as usual."""
    problems: list[Problem] = []
    unusable: list[Path] = []
    seen: set[Path] = set()
    unusual: set[str] = set()
    for found in error.errors(include_url=False):
        path = _path(found["loc"])
        unusual.add(_dotted(path))
        if found["type"] == "string_pattern_mismatch":  # no fault: the field's own rule looks closer
            continue
        if path in seen:  # a union reports one fault for each of its members
            continue
        seen.add(path)
        problems.append(_problem(found, _dotted(path), _at(body, path)))
        if found["type"] not in _KEEPS_VALUE:
            unusable.append(path)
    return problems, _without(body, unusable), unusual


def _problem(found: Any, path: str, value: Any) -> Problem:
    kind, context = found["type"], found.get("ctx", {})
    if kind in _WRONG_TYPE:
        return wrong_type(_WRONG_TYPE[kind], path, value)
    match kind:
        case "extra_forbidden":
            return problem(ADDED_FIELD, path)
        case "missing":
            return problem("missing.required", path)
        case "string_too_long":
            return problem("too_long.text", path, count=f"{len(value):,}", limit=f"{context['max_length']:,}")
        case "too_long":
            return problem("too_many.items", path, count=len(value), limit=context["max_length"])
        case "literal_error" if isinstance(value, str):
            return problem("not_allowed.choice", path, value=value, choices=Listed(_choices(context["expected"])))
        case "literal_error":
            return wrong_type("wrong_type.text", path, value)
        case "less_than_equal" | "greater_than_equal" | "finite_number":
            return problem("out_of_range.share", path, value=value)
        case _:
            return problem("not_allowed.form", path, value=value, why=found["msg"])


_SOUND_AS = {
    "wrong_type.text": "wrong_type.on_off_as",
    "wrong_type.on_off": "wrong_type.on_off_as",
    "wrong_type.boolean": "wrong_type.boolean_as",
}


def wrong_type(key: str, path: str, value: Any) -> Problem:
    """The problem of a value of another type than `key` says; with what to write, where that is plain.

    >>> wrong_type("wrong_type.integer", "duration", "5").hint, wrong_type("wrong_type.text", "sound", True).hint
    ('write 5', 'write "on"')
    """
    if value is None:
        return problem("wrong_type.null", path)
    if key == "wrong_type.integer" and not isinstance(value, bool):
        number = told("duration", value)
        if number is not None:
            return problem("wrong_type.integer_as", path, value=value, meant=number)
    name = path.rpartition(".")[2]
    if key == "wrong_type.text" and name == "duration":
        return problem("wrong_type.seconds", path, value=value)
    meant = told("sound", value) if name == "sound" else None
    if meant and key in _SOUND_AS:
        return problem(_SOUND_AS[key], path, value=value, meant=meant == "on" if "boolean" in key else f'"{meant}"')
    return problem(key, path, value=value)


def _choices(expected: str) -> list[str]:
    return [word.strip("' ") for word in expected.replace(" or ", ", ").split(",")]


def _path(loc: tuple[int | str, ...]) -> Path:
    """The location without the name of the union member that pydantic appends to it."""
    return loc[:-1] if loc[-1:] and loc[-1] in _UNION_MEMBERS else loc


def _at(body: Any, path: Path) -> Any:
    for step in path:
        body = body.get(step) if isinstance(body, dict) else body[step]
    return body


def _dotted(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def _without(body: dict[str, Any], paths: list[Path]) -> dict[str, Any]:
    if not paths:
        return body
    copy: dict[str, Any] = _copied(body)
    for path in paths:
        if path:
            holder = _at(copy, path[:-1])
            holder[path[-1]] = UNREADABLE
    return copy


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _copied(v) for k, v in value.items()}
    return [_copied(v) for v in value] if isinstance(value, list) else value
