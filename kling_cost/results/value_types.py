"""Which kinds of values results hold, and how a value of each stands in JSON, CSV, Arrow and JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from kling_cost.amounts import CURRENCY_CODE, MONEY_PLACES, plain_text, round_half_up
from kling_cost.messages.finding_messages import KINDS
from kling_cost.problems import SEVERITIES

if TYPE_CHECKING:
    from kling_cost.results.fields import Record

Convert = Callable[[Any], Any]
Look = Literal["id", "text", "integer", "credits", "amount"]
_COST_PLACES = 6  # decimals of what a provider charges
_TASK_PLACES = 18  # decimals of what answers state
_HASH = "^[0-9a-f]{64}$"


@dataclass(frozen=True)
class ValueType:
    """A kind of values. Unknown values are None everywhere; no conversion is asked for them.

    Attributes:
        name: what people call it.
        schema: what JSON holds, as JSON Schema.
        python: what is read back.
        to_json: makes what JSON holds; the value itself if left out.
        arrow: the Arrow type of a column; empty where it is no column.
        to_arrow: makes what a column holds; the value itself if left out.
        to_cell: makes what a CSV holds; that of JSON if left out.
        from_cell: makes what JSON holds from the text of a CSV.
        shown_as: the kind of a report's column.
        is_held: whether what is read back is held to `schema`, beyond its Python type.
        is_signed: whether a decimal may be negative.
        record: the record that a value is, or that each value of a list is.
        is_list: whether it is a list of records.
    """

    name: str
    schema: Mapping[str, Any]
    python: Any = str
    to_json: Convert | None = None
    arrow: str = "string"
    to_arrow: Convert | None = None
    to_cell: Convert | None = None
    from_cell: Convert = str
    shown_as: Look = "id"
    is_held: bool = True
    is_signed: bool = False
    record: Record | None = None
    is_list: bool = False

    @property
    def in_cell(self) -> Convert | None:
        """What makes the cell of a CSV; None where it is the value itself."""
        return self.to_cell or self.to_json


def reference(name: str) -> dict[str, Any]:
    """A reference to a definition of the JSON Schema.

    >>> reference("decimal")
    {'$ref': '#/$defs/decimal'}
    """
    return {"$ref": f"#/$defs/{name}"}


def choice(*values: str | int | None, python: Any = str, is_held: bool = True) -> ValueType:
    """One of some values.

    >>> choice("on", "off").schema
    {'enum': ['on', 'off']}
    """
    name = ", ".join(str(value) for value in values if value is not None)
    return ValueType(name, {"enum": list(values)}, python, is_held=is_held)


def constant(value: str) -> ValueType:
    """Always the same text.

    >>> constant("1").schema
    {'const': '1'}
    """
    return ValueType("text", {"const": value})


def decimal(places: int = MONEY_PLACES, shown_as: Look = "credits") -> ValueType:
    """An amount that is never negative: decimal text, in Arrow `decimal128` with some places.

    >>> decimal().to_json(Decimal("40.50")), decimal(6).arrow
    ('40.5', 'decimal128(38, 6)')
    """
    made = ValueType("decimal", reference("decimal"), Decimal, plain_text, f"decimal128(38, {places})")
    return replace(made, shown_as=shown_as)


def texts(item: Mapping[str, Any], separator: str = ",") -> ValueType:
    """A list of texts, in a cell joined by a separator.

    >>> texts(TEXT.schema, "; ").to_cell(["a", "b"])
    'a; b'
    """
    return ValueType(
        "list of text",
        {"type": "array", "items": item},
        list[str],
        list,
        to_arrow=separator.join,
        to_cell=separator.join,
        from_cell=lambda text: [part for part in text.split(separator) if part],
        shown_as="text",
        is_held=False,
    )


def one(record: Record) -> ValueType:
    """One record."""
    return ValueType("object", reference(record.name), dict, arrow="", record=record)


def several(record: Record, **more: Any) -> ValueType:
    """A list of records; `more` goes into its JSON Schema."""
    schema = {"type": "array", "items": reference(record.name), **more}
    return ValueType("list of objects", schema, list, arrow="", record=record, is_list=True)


def whole(least: int | None = None) -> ValueType:
    """A whole number, at least some number.

    >>> whole(1).schema
    {'type': 'integer', 'minimum': 1}
    """
    schema: dict[str, Any] = {"type": "integer"} if least is None else {"type": "integer", "minimum": least}
    return ValueType("whole number", schema, int, arrow="int64", from_cell=_whole_of, shown_as="integer")


def _whole_of(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text


def _exact(value: Any) -> Any:
    """A value that a caller put beside an answer, as JSON holds it: exact numbers are text.

    >>> _exact({"a": [Decimal("1.50"), None]})
    {'a': ['1.5', None]}
    """
    if isinstance(value, Decimal):
        return plain_text(value)
    if isinstance(value, dict):
        return {str(key): _exact(item) for key, item in value.items()}
    return [_exact(item) for item in value] if isinstance(value, list) else value


def mapping(schema: Mapping[str, Any], python: Any = dict[str, str]) -> ValueType:
    """Names with values, as far as a schema says which."""
    return ValueType("names and values", {"type": "object", **schema}, python, dict, arrow="")


def in_json_only(made: ValueType, **rules: Any) -> ValueType:
    """The same, of which no column is made; `rules` are more of its JSON Schema."""
    return replace(made, arrow="", schema={**made.schema, **rules})


TEXT = ValueType("text", {"type": "string"}, shown_as="text")
ID = replace(TEXT, shown_as="id")
HASH = ValueType("hash", {"type": "string", "pattern": _HASH}, is_held=False)
CURRENCY = ValueType("currency", reference("currency"))
DAY = ValueType("day", reference("day"), date, date.isoformat, "date32")
FLAG = ValueType("true or false", {"type": "boolean"}, bool, arrow="bool")
WHOLE, COUNT = whole(), whole(0)
#: What providers charge, and what it comes to in dollars.
COST, MONEY = decimal(_COST_PLACES), decimal()
#: How much is asked for or billed: whole seconds or calls.
QUANTITY = replace(decimal(), arrow="int64", to_arrow=int, shown_as="integer")
_STEP = Decimal(1).scaleb(-_TASK_PLACES)
#: What a provider's answers state of a task.
TASK_AMOUNT = replace(decimal(_TASK_PLACES, "amount"), to_arrow=lambda value: round_half_up(value, _STEP))
SIGNED = replace(TASK_AMOUNT, is_signed=True)
#: What an account holds.
HELD = decimal(_TASK_PLACES)
#: An amount, or what else was expected.
FACT = ValueType(
    "text or decimal", TEXT.schema, to_json=lambda value: value if value.__class__ is str else plain_text(value)
)
FINDING_KIND = ValueType("kind of finding", reference("finding_kind"), Literal[KINDS])
SEVERITY = choice(*SEVERITIES)
ANYTHING = replace(mapping({}, dict[str, Any]), to_json=_exact)
TAGS = mapping({"additionalProperties": {"type": "string"}})
#: What the definitions of the JSON Schema say that values refer to.
DEFINITIONS: Mapping[str, Mapping[str, Any]] = {
    "decimal": {
        "type": "string",
        "pattern": r"^-?[0-9]+(\.[0-9]*[1-9])?$",
        "description": "decimal text without exponent or trailing zeros",
    },
    "currency": {"type": "string", "pattern": f"^{CURRENCY_CODE}$"},
    "finding_kind": {"enum": list(KINDS)},
    "day": {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
}
