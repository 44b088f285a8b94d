"""The scalars of a price book's schema: every one arrives as text and is read strictly."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

from kling_cost.amounts import CURRENCY_CODE, PLAIN_NUMBER, Amount, book_decimal
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


def _step(value: Any) -> int:
    try:
        return _whole(value)
    except ValueError:
        raise ValueError("not a whole number; with `step: 1, round: up` parts of a second cost no less") from None


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
Number = Annotated[Decimal, BeforeValidator(_number), _NumberField]
Quantum = Annotated[Decimal, BeforeValidator(_quantum), _NumberField]
Positive = Annotated[Decimal, BeforeValidator(_positive), _NumberField]
Power = Annotated[int, BeforeValidator(_power), WithJsonSchema({"type": ["integer", "string"], "pattern": "^10{1,9}$"})]
Whole = Annotated[int, BeforeValidator(_whole), WithJsonSchema({"type": ["integer", "string"]})]
Step = Annotated[int, BeforeValidator(_step), WithJsonSchema({"type": ["integer", "string"]})]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"})]
Text = Annotated[str, BeforeValidator(_text)]
Code = Annotated[str, BeforeValidator(_currency), WithJsonSchema({"type": "string", "pattern": f"^{CURRENCY_CODE}$"})]
Id = Annotated[str, BeforeValidator(_identifier)]
Truth = Annotated[bool, BeforeValidator(_truth), WithJsonSchema({"enum": [True, False, "true", "false"]})]
Copied = Annotated[
    str, BeforeValidator(_copied), WithJsonSchema({"type": ["string", "integer"], "pattern": f"^({COPIED})$"})
]
Values = Annotated[list[Text], Field(min_length=1)]
Table = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [_NUMBER_SCHEMA, {"type": "object"}],
            "description": "a number, or numbers by the options named in `by`, nested in that order",
        }
    ),
]
Address = Annotated[str, BeforeValidator(_address), WithJsonSchema({"type": "string", "format": "uri"})]
LastDay = Annotated[Day | None, Field(description="last day on which it is sold, inclusive")]
DateBasis = Literal["stated", "assumed"]
#: What is a path is checked by the rules of answers, which know the place of each.
Path = Annotated[str, BeforeValidator(_text), WithJsonSchema(_PATH_SCHEMA)]
Paths = Annotated[
    list[Path],
    Field(min_length=1),
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [_PATH_SCHEMA, _PATHS_SCHEMA]}),
]
AnswerAmount = Annotated[
    Any,
    BeforeValidator(_word_or_paths),
    WithJsonSchema({"anyOf": [{"enum": list(_AMOUNT_WORDS)}, _PATHS_SCHEMA]}),
]


class Entity(BaseModel):
    """A mapping of known keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)  # only the whole book is ever validated


def _amount_of(value: Any) -> Amount:
    found = re.fullmatch(rf"({PLAIN_NUMBER}) ({CURRENCY_CODE})", value, re.ASCII) if isinstance(value, str) else None
    if found is None:
        raise ValueError("not an amount such as 98 USD")
    return Amount(book_decimal(found[1]), found[2])


def _share(value: Any) -> Decimal:
    if not isinstance(value, str) or not value.endswith("%"):
        raise ValueError("not a percentage such as 2.5 %")
    return book_decimal(value.removesuffix("%").rstrip(" ")).scaleb(-2)


def _yes(value: Any) -> bool:
    if value not in ("yes", "no"):
        raise ValueError("must be yes or no")
    return bool(value == "yes")


MoneyAmount = Annotated[
    Amount,
    PlainValidator(_amount_of),
    WithJsonSchema({"type": "string", "pattern": f"^{PLAIN_NUMBER} {CURRENCY_CODE}$"}),
]
Share = Annotated[
    Decimal, BeforeValidator(_share), WithJsonSchema({"type": "string", "pattern": f"^{PLAIN_NUMBER} *%$"})
]
YesNo = Annotated[bool, BeforeValidator(_yes), WithJsonSchema({"enum": [True, False, "yes", "no"]})]
