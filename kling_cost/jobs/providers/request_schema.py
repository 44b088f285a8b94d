"""The forms of request bodies: typed dicts that pydantic validates, strictly, where the body stays as it came.

A form says what each field may hold; `Page` says where that is published. Rules that connect fields are plain
functions of the body: they run even where other fields are wrong, so that one run finds everything. Most bodies
are clean and their addresses spelt as usual, which the forms' patterns settle: those fields need no rule of their own.
A million bodies take 4 s less for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, TypeVar, get_args, get_origin

from pydantic import ConfigDict, Field
from typing_extensions import get_type_hints, is_typeddict

from kling_cost.jobs.job import NO_NEEDS, UNREADABLE, Needs, Options
from kling_cost.jobs.providers.urls import USUAL_CALLBACK, USUAL_IMAGE, USUAL_WEB

Body = dict[str, Any]
#: The sum of the shots' seconds in multi-shot mode, if there is one to compare, whether elements are used, and needs.
Facts = tuple[int | None, bool, Needs]
NO_FACTS: Final[Facts] = (None, False, NO_NEEDS)
Form = TypeVar("Form", bound=type)
_ON_OFF = {True: "on", False: "off"}


@dataclass(frozen=True, slots=True)
class Page:
    """Where the pages state what a field may hold, and how it is read where they leave it open."""

    page: str
    ruling: str = ""


#: Seconds of one shot; its type is checked by the multi-shot rules.
ShotSeconds = Annotated[Any, Page("zh t2v, ko/ja i2v: multi_prompt", "whole seconds of at least 1, as text or integer")]
Number = Annotated[Decimal | int, Field(union_mode="left_to_right")]


#: Patterns of what is spelt as usual, which no rule finds fault with; other texts may be in order, too.
UsualText = Field(pattern=r"[^\s\x1c-\x1f]")
UsualWeb, UsualImage, UsualCallback = (Field(pattern=usual) for usual in (USUAL_WEB, USUAL_IMAGE, USUAL_CALLBACK))
#: Paths of the fields that are not spelt as usual, or have a fault of form.
Unusual = Collection[str]
NOTHING: Final[Unusual] = frozenset()


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


def no_facts(body: Body) -> Facts:
    """Of requests that have neither shots nor elements, and need nothing.

    >>> no_facts({"type": "pro-text-to-video"})
    (None, False, {})
    """
    return NO_FACTS


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


def list_in(body: Body, name: str) -> list[Any]:
    """A list of a body; empty where there is none or it is unreadable.

    >>> list_in({"images": ["a.png"], "prompt": "Fog"}, "images"), list_in({}, "images")
    (['a.png'], [])
    """
    value = body.get(name)
    return value if isinstance(value, list) else []


def options_of(body: Body, names: Iterable[str]) -> Options:
    """The priced options that a body gives, with UNREADABLE for a value of another type.

    >>> options_of({"sound": True, "prompt": "Fog"}, ["quality", "sound"])
    (('sound', 'on'),)
    """
    found: Options = ()
    for name in names:
        value = body.get(name)
        if value is not None:
            if value.__class__ is not str:
                value = _ON_OFF[value] if name == "sound" and value.__class__ is bool else UNREADABLE
            found += ((name, value),)
    return found


def prompt_of(body: Body) -> str:
    """The prompt of a request, or those of its shots; empty where there are none.

    >>> prompt_of({"model_params": {"multi_prompt": [{"prompt": "Fog lifts"}, {"prompt": "Gulls cry"}]}})
    'Fog lifts; Gulls cry'
    >>> prompt_of({"contents": [{"type": "prompt", "text": "Fog"}, {"type": "first_frame", "url": "a.png"}]})
    'Fog'
    """
    prompt = body.get("prompt")
    if prompt:
        return prompt if isinstance(prompt, str) else ""
    shots = part(body, "model_params").get("multi_prompt", body.get("multi_prompt"))
    return "; ".join([*_texts(shots, "prompt"), *_texts(body.get("contents"), "text")])


def _texts(items: Any, name: str) -> Iterator[str]:
    for item in items if isinstance(items, list) else ():
        text = item.get(name) if isinstance(item, dict) else None
        if isinstance(text, str) and text:
            yield text
