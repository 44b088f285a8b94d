"""The forms of request bodies: typed dicts that pydantic validates, strictly, where the body stays as it came.

A form says what each field may hold; `Page` says where that is published. Rules that connect fields are plain
functions of the body: they run even where other fields are wrong, so that one run finds everything. Most bodies
are clean; the forms' patterns settle that without running a rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, TypeVar, get_args, get_origin

from pydantic import ConfigDict, Field
from typing_extensions import get_type_hints, is_typeddict

Body = dict[str, Any]
#: The sum of the shots' seconds in multi-shot mode, if there is one to compare, and whether elements are used.
Facts = tuple[int | None, bool]
NO_FACTS: Final[Facts] = (None, False)
Form = TypeVar("Form", bound=type)


@dataclass(frozen=True, slots=True)
class Page:
    """Where the pages state what a field may hold, and how it is read where they leave it open."""

    page: str
    ruling: str = ""


#: Seconds of one shot; its type is checked by the multi-shot rules.
ShotSeconds = Annotated[Any, Page("zh t2v, ko/ja i2v: multi_prompt", "whole seconds of at least 1, as text or integer")]
Number = Annotated[Decimal | int, Field(union_mode="left_to_right")]

# Patterns that call for a closer look, not faults: text that matches breaks no rule, text that does not may.
Filled = Field(pattern=r"\S")
_HOST = r"^https?://[A-Za-z0-9][A-Za-z0-9.-]*/"
PlainWeb = Field(pattern=_HOST + r"[A-Za-z0-9._~/%+-]*$")
PlainImage = Field(pattern=_HOST + r"[A-Za-z0-9._~/%+-]*\.(?:jpe?g|png|JPE?G|PNG)$")
PlainWords = Field(pattern=r"^[^<]*$")


def form(cls: Form) -> Form:
    """Mark a typed dict as a form: strict types, no fields but the documented ones."""
    cls.__pydantic_config__ = ConfigDict(strict=True, extra="forbid")  # type: ignore[attr-defined]
    return cls


def form_fields(form: type, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Path and kind of every field: text, integer, boolean, number, list, object, any.

    Nested objects come with their own fields, by dotted path.

    >>> from typing_extensions import TypedDict
    >>> @form
    ... class Params(TypedDict, total=False):
    ...     multi_shot: bool
    >>> list(form_fields(Params))
    [('multi_shot', 'boolean')]
    """
    for name, annotation in get_type_hints(form).items():
        path = f"{prefix}{name}"
        if is_typeddict(annotation):
            yield path, "object"
            yield from form_fields(annotation, f"{path}.")
        else:
            yield path, _kind(annotation)


def _kind(annotation: Any) -> str:
    if annotation in (str, int, bool):
        return {str: "text", int: "integer", bool: "boolean"}[annotation]
    origin = get_origin(annotation)
    if origin is Literal:
        return "text"
    if origin is list:
        return "list"
    return "number" if Decimal in get_args(annotation) else "any"


def given(body: Body, *names: str) -> bool:
    """Whether any of the fields stands in the body.

    >>> given({"prompt": ""}, "prompt"), given({}, "prompt")
    (True, False)
    """
    return any(name in body for name in names)


def blank(value: Any) -> bool:
    """Whether a required value is as good as missing: absent, empty, or only blanks.

    >>> blank(None), blank([]), blank(" "), blank(0)
    (True, True, True, False)
    """
    if value.__class__ is str:
        return not value or value.isspace()
    return value is None or (isinstance(value, (list, dict)) and not value)


def part(body: Body, name: str) -> Body:
    """A nested object of a body; empty where there is none or it is unreadable.

    >>> part({"model_params": {"multi_shot": True}}, "model_params")
    {'multi_shot': True}
    """
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def shot_prompts(body: Body) -> str:
    """The prompts of a video that has one for each shot; empty where there are none.

    >>> shot_prompts({"model_params": {"multi_prompt": [{"prompt": "Fog lifts"}, {"prompt": "Gulls cry"}]}})
    'Fog lifts; Gulls cry'
    """
    shots = part(body, "model_params").get("multi_prompt")
    told = (shot.get("prompt") for shot in shots if isinstance(shot, dict)) if isinstance(shots, list) else ()
    return "; ".join(text for text in told if isinstance(text, str) and text)
