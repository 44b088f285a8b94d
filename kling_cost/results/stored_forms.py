"""Stored results, held to the fields that they were made from; nothing is calculated here."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, create_model
from pydantic import Field as Held

from kling_cost.amounts import CURRENCY_CODE
from kling_cost.io.sources import Source
from kling_cost.problems import Problem
from kling_cost.results.fields import REQUIRED, SCHEMA_VERSION, Field, Record
from kling_cost.results.value_types import CURRENCY, ValueType

_DECIMAL = re.compile(r"[0-9]{1,40}(?:\.[0-9]{1,30})?", re.ASCII)


def _decimal(value: Any) -> Decimal:
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise ValueError("must be decimal text")
    return Decimal(value)


def _signed(value: Any) -> Decimal:
    below = isinstance(value, str) and value.startswith("-")
    return -_decimal(value[1:]) if below else _decimal(value)


def _day(value: Any) -> date:
    if not isinstance(value, str):
        raise ValueError("must be a day")
    return date.fromisoformat(value)


class _Stored(BaseModel):
    """A part of a stored result: types are strict, unknown keys are left alone."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)


@cache
def form_of(record: Record) -> type[_Stored]:
    """What a record has to be when it is read back."""
    fields: dict[str, Any] = {}
    for field in record.fields:
        if field.is_read:
            kind = _of_field(field)
            may_lack = field.null or field.absent is None
            default = ... if field.absent is REQUIRED else field.absent
            fields[field.name] = (kind | None if may_lack else kind, default)
    return create_model(record.name, __base__=_Stored, **fields)


def _of_field(field: Field) -> Any:
    if field.parts:
        return dict[str, str]
    return _of_type(field.type)


def _of_type(kind: ValueType) -> Any:
    """The type of a value as the checks of a stored result know it."""
    if kind.record is not None:
        inner = form_of(kind.record)
        return list[inner] if kind.is_list else inner  # type: ignore[valid-type]
    if kind.python is Decimal:
        return Annotated[Decimal, BeforeValidator(_signed if kind.is_signed else _decimal)]
    if kind.python is date:
        return Annotated[date, BeforeValidator(_day)]
    return _checked(kind) if kind.is_held else kind.python


def _checked(kind: ValueType) -> Any:
    """The type of a value that is held to its JSON Schema."""
    if kind is CURRENCY:
        return Annotated[str, Held(pattern=f"^{CURRENCY_CODE}$")]
    if "enum" in kind.schema:
        return Literal[tuple(kind.schema["enum"])]
    return Annotated[int, Held(ge=kind.schema["minimum"])] if "minimum" in kind.schema else kind.python


def stored_result(record: Record, document: Any, source: Source, key: str) -> Any:
    """A stored result, with an attribute for each of its fields.

    Args:
        record: what it has to be.
        document: what was read.
        source: where it was read.
        key: what is said of a damaged one, with the first thing that is wrong.

    Raises:
        ReadError: it is damaged, or of a version that is not known.
    """
    if isinstance(document, dict) and document.get("schema_version") != SCHEMA_VERSION:
        raise source.error("unreadable.stored_version", None, "schema_version", version=document.get("schema_version"))
    try:
        return form_of(record).model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        raise source.error(key, None, path, why=first["msg"].removeprefix("Value error, ")) from None


def stored_problem(record: Any) -> Problem:
    """The problem of a stored result, with the words that it was stored with."""
    texts = (("message", record.message), ("hint", record.hint or ""))
    key = f"{record.code}.stored"
    return Problem(key, record.field, texts, record.severity, record.job_id, record.source, record.row)
