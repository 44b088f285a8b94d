"""The schema of `pricing.yaml` as pydantic models.

Tables of prices are not checked here: `tables` checks them against the ranges. Every scalar arrives as text.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from kling_cost.amounts import CURRENCY_CODE, book_decimal
from kling_cost.pricebook.answers.answer_paths import ANSWER_PATH

_NUMBER_SCHEMA = {"type": ["number", "string"], "description": "a plain number such as 7.1982"}
#: When a copy was made, as exactly as that is known.
COPIED = r"(?:(?:spring|summer|autumn|winter) )?\d{4}|\d{4}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?"
_AMOUNT_WORDS = ("reserved", "consumed")
_PATH_SCHEMA = {"type": "string", "pattern": f"^{ANSWER_PATH}$"}
_PATHS_SCHEMA = {"type": "array", "items": _PATH_SCHEMA, "minItems": 1}
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


def _number(value: Any) -> Decimal:
    return book_decimal(value)


def _positive(value: Any) -> Decimal:
    number = book_decimal(value)
    if not number:
        raise ValueError("must be above 0")
    return number


def _whole(value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"0|[1-9][0-9]{0,5}", value, re.ASCII):
        raise ValueError("not a whole number")
    return int(value)


def _power(value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"10{1,9}", value, re.ASCII):
        raise ValueError("must be 10, 100, 1000 and so on")
    return int(value)


def _day(value: Any) -> date:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("not a date such as 2026-02-01")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("not a calendar date") from None


def _copied(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(COPIED, value, re.ASCII):
        raise ValueError("not a day, month, year or season such as 2026-03-26, 2026-03, 2026 or spring 2026")
    if value.count("-") > 1:
        _day(value)
    return value


def _quantum(value: Any) -> Decimal:
    number = book_decimal(value)
    if not re.fullmatch(r"1|0\.0*1", value):
        raise ValueError("must be 1, 0.1, 0.01 and so on")
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be text")
    return value


def _currency(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(CURRENCY_CODE, value, re.ASCII):
        raise ValueError("not a currency code such as EVOLINK_CREDIT")  # example
    return value


def _identifier(value: Any) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError("not a name of lower-case letters, digits, dots, hyphens and underscores")
    return value


def _address(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s/]+\.[^\s]+", value, re.ASCII):
        raise ValueError("not a web address such as https://example.com/pricing")
    return value


def _truth(value: Any) -> bool:
    if value not in ("true", "false"):
        raise ValueError("must be true or false")
    return bool(value == "true")


def _listed(value: Any) -> Any:
    """One path is a list of one."""
    return [value] if isinstance(value, str) else value


def _word_or_paths(value: Any) -> Any:
    paths = value if isinstance(value, list) else []
    if value in _AMOUNT_WORDS or (paths and all(isinstance(path, str) for path in paths)):
        return value
    raise ValueError("must be 'reserved' or 'consumed', or a list of paths such as [data.cost]")


_NumberField = WithJsonSchema(_NUMBER_SCHEMA)
_Number = Annotated[Decimal, BeforeValidator(_number), _NumberField]
_Positive = Annotated[Decimal, BeforeValidator(_positive), _NumberField]
_Whole = Annotated[int, BeforeValidator(_whole), WithJsonSchema({"type": ["integer", "string"]})]
_Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"})]
_Text = Annotated[str, BeforeValidator(_text)]
_Code = Annotated[str, BeforeValidator(_currency), WithJsonSchema({"type": "string", "pattern": f"^{CURRENCY_CODE}$"})]
_Id = Annotated[str, BeforeValidator(_identifier)]
_Truth = Annotated[bool, BeforeValidator(_truth), WithJsonSchema({"enum": [True, False, "true", "false"]})]
_Copied = Annotated[
    str, BeforeValidator(_copied), WithJsonSchema({"type": ["string", "integer"], "pattern": f"^({COPIED})$"})
]
_Values = Annotated[list[_Text], Field(min_length=1)]
_Table = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [_NUMBER_SCHEMA, {"type": "object"}],
            "description": "a number, or numbers by the options named in `by`, nested in that order",
        }
    ),
]
_Address = Annotated[str, BeforeValidator(_address), WithJsonSchema({"type": "string", "format": "uri"})]
_LastDay = Annotated[_Day | None, Field(description="last day on which it is sold, inclusive")]
_DateBasis = Literal["stated", "assumed"]
#: What is a path is checked by the rules of answers, which know the place of each.
_Path = Annotated[str, BeforeValidator(_text), WithJsonSchema(_PATH_SCHEMA)]
_Paths = Annotated[
    list[_Path],
    Field(min_length=1),
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [_PATH_SCHEMA, _PATHS_SCHEMA]}),
]
_Amount = Annotated[
    Any,
    BeforeValidator(_word_or_paths),
    WithJsonSchema({"anyOf": [{"enum": list(_AMOUNT_WORDS)}, _PATHS_SCHEMA]}),
]


class _Entity(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)  # only the whole book is ever validated


class ExchangeFile(_Entity):
    """An exchange rate from a date on."""

    per_usd: Annotated[_Positive, Field(description="units for one US dollar")]
    source: _Text
    checked: _Day
    date_basis: _DateBasis = "stated"


class CurrencyFile(_Entity):
    """A currency."""

    name: _Text
    quantum: Annotated[Decimal, BeforeValidator(_quantum), _NumberField]
    exchange: dict[_Day, ExchangeFile] = {}


class SecondsFile(_Entity):
    """The range of a duration, both ends inclusive."""

    minimum: _Whole
    maximum: _Whole


class QuantityFile(_Entity):
    """What is counted, in which steps, and the range of what may be asked for, both ends inclusive."""

    of: Literal["output_seconds", "input_seconds", "input_and_output_seconds", "call", "tokens"]
    step: Annotated[_Whole | None, Field(description="it is counted in multiples of this; 1 if left out")] = None
    round: Annotated[
        Literal["half_up", "up", "down"] | None, Field(description="what lies between two steps; up if left out")
    ] = None
    minimum: _Whole | None = None
    maximum: _Whole | None = None
    unknown: Annotated[_Whole | None, Field(description="what is held where it is not known before")] = None


class OptionsFile(_Entity):
    """Which values an option may have; a book of schema 2 may name options of its own."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, _Values]

    quality: _Values | None = None
    sound: Annotated[list[Literal["off", "on"]], Field(min_length=1)] | None = None


class RateFile(_Entity):
    """A price from a day on, complete in itself."""

    base_rate: _Number | None = None
    multiplier: _Table = None
    unit_price: _Table = None
    printed: _Table = None
    by: list[_Id] = []
    options: OptionsFile | None = None
    minimum_quantity: _Whole | None = None
    minimum_charge: _Positive | None = None
    settlement: Literal["request_only", "request_then_actual"] = "request_only"
    refund_on_failure: _Truth | None = None
    suspicious: _Text | None = None
    until: _LastDay = None
    url: Annotated[_Address | None, Field(description="where a person can look it up")] = None
    source: _Text
    checked: _Day
    copied: Annotated[_Copied | None, Field(description="when the copy of the source was made that is compared")] = None
    date_basis: _DateBasis = "stated"


class DefaultsFile(_Entity):
    """What the provider takes for a field that a request leaves out; other options of schema 2 included."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, _Text]

    duration: _Whole | None = None
    quality: _Text | None = None
    sound: Literal["off", "on"] | None = None


class SkuFile(_Entity):
    """What can be bought under one or more model names."""

    models: Annotated[list[_Text], Field(min_length=1)]
    billing_rule: Literal["per_second", "per_call"] | None = None
    seconds: SecondsFile | None = None
    quantity: QuantityFile | None = None
    options: OptionsFile | None = None
    names: Annotated[dict[_Id, dict[_Text, _Text]], Field(description="the seller's words for values of options")] = {}
    defaults: DefaultsFile = Field(default_factory=lambda: DefaultsFile())
    until: _LastDay = None
    rates: Annotated[dict[_Day, RateFile], Field(min_length=1)]


class StatusesFile(_Entity):
    """The provider's words for the states of a task."""

    open: _Values
    succeeded: _Values
    failed: _Values


class SmallUnitFile(_Entity):
    """A smaller unit in which some answers state amounts."""

    name: _Text
    per_unit: Annotated[
        int, BeforeValidator(_power), WithJsonSchema({"type": ["integer", "string"], "pattern": "^10{1,9}$"})
    ]


class CodeFile(_Entity):
    """Where a code stands, and which of them say that the call succeeded."""

    path: _Paths
    success: _Values


class ResponsesFile(_Entity):
    """What the provider's answers mean, and where they state what; see `AnswerForm`."""

    amount: Annotated[_Amount | None, Field(description="paths of it; or, without paths, the word under `takes`")] = (
        None
    )
    takes: Annotated[
        Literal["reserved", "consumed"] | None, Field(description="the provider's word for what it takes")
    ] = None
    task_id: _Paths | None = None
    status: _Paths | None = None
    items: _Paths | None = None
    reserved: _Paths | None = None
    refund: _Paths | None = None
    unit: Annotated[_Text | None, Field(description="the currency, the small unit, or what `counted_in` counts")] = None
    where: dict[_Path, _Values] = {}
    model: _Paths | None = None
    seconds: _Paths | None = None
    created: _Paths | None = None
    code: CodeFile | None = None
    error: _Paths | None = None
    message: _Paths | None = None
    has: _Paths | None = None
    lacks: _Paths | None = None
    statuses: Annotated[StatusesFile | None, Field(description="the same as `words`")] = None
    words: StatusesFile | None = None
    small_unit: SmallUnitFile | None = None
    counted_in: Annotated[_Positive | None, Field(description="currency for one unit of the answers' own count")] = None
    task_prefixes: dict[_Text, _Values] = {}
    refund_on_failure: _Truth | None = None
    source: _Text


class ProviderFile(_Entity):
    """A provider, its currency and its exchange rate."""

    name: _Text
    currency: _Code
    exchange: dict[_Day, ExchangeFile] = {}
    defaults: DefaultsFile = Field(default_factory=lambda: DefaultsFile())
    responses: ResponsesFile | None = None
    skus: Annotated[dict[_Id, SkuFile], Field(min_length=1)]


class BookFile(_Entity):
    """A whole price book."""

    schema_: Annotated[Literal["1", "2"], Field(alias="schema"), WithJsonSchema({"enum": [1, "1", 2, "2"]})]
    version: _Text
    currencies: dict[_Code, CurrencyFile] = {}
    providers: dict[_Id, ProviderFile] = {}
