"""The JSON Schema of every kind of result, made from its fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kling_cost.results.document_types import DOCUMENTS
from kling_cost.results.fields import Field, Record
from kling_cost.results.record_types import BREAKDOWN
from kling_cost.results.value_types import DEFINITIONS

#: Kinds of JSON results; a summary is an estimate without line items.
KINDS = tuple(record.name for record in DOCUMENTS)
_NULL = {"type": "null"}


def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one kind of result, complete in itself.

    Raises:
        KeyError: there is no such kind.

    >>> schema("estimate")["$ref"]
    '#/$defs/estimate'
    """
    if kind not in KINDS:
        raise KeyError(kind)
    definitions: dict[str, Any] = dict(DEFINITIONS)
    for record in (BREAKDOWN, *DOCUMENTS):
        _define(record, definitions)
    whole = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": whole, "$ref": f"#/$defs/{kind}", "$defs": definitions}


def _define(record: Record, definitions: dict[str, Any]) -> None:
    """Add what a record is, and every record in it."""
    about = {"description": record.about} if record.about else {}
    definitions[record.name] = {**about, **_object(record.fields), **record.rules}
    for field in record.fields:
        if field.type.record is not None and field.type.record.name not in definitions:
            _define(field.type.record, definitions)


def _object(fields: Iterable[Field]) -> dict[str, Any]:
    fields = list(fields)
    return {
        "type": "object",
        "properties": {field.name: _value(field) for field in fields},
        "required": [field.name for field in fields if not field.optional],
        "additionalProperties": False,
    }


def _value(field: Field) -> dict[str, Any]:
    if field.parts:
        return {**_object(field.parts), "required": [], "additionalProperties": {"type": "string"}}
    schema = dict(field.type.schema)
    is_open = field.null and None not in schema.get("enum", ())
    return {"anyOf": [schema, _NULL]} if is_open else schema
