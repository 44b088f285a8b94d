"""The forms that stored results share, and how a document is held to one."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kling_cost.amounts import CURRENCY_CODE
from kling_cost.io.sources import Source
from kling_cost.pricebook.book import ExchangeRate
from kling_cost.pricing.json_records import SCHEMA_VERSION
from kling_cost.problems import Problem

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
        raise ValueError("must be a date")
    return date.fromisoformat(value)


Number = Annotated[Decimal, BeforeValidator(_decimal)]
SignedNumber = Annotated[Decimal, BeforeValidator(_signed)]
Day = Annotated[date, BeforeValidator(_day)]
Code = Annotated[str, Field(pattern=f"^{CURRENCY_CODE}$")]


class Stored(BaseModel):
    """A part of a stored result: types are strict, unknown keys are left alone."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)


Result = TypeVar("Result", bound=Stored)


class _Exchange(Stored):
    currency: Code
    per_usd: Number
    effective_from: Day | None = None
    source: str
    checked: Day | None = None


class StoredPriceBook(Stored):
    """Which prices a result was made with."""

    version: str
    sha256: str
    oldest_checked: Day | None
    exchange: list[_Exchange] = []

    def rates(self) -> dict[str, ExchangeRate]:
        """The exchange rates by currency."""
        return {
            e.currency: ExchangeRate(e.currency, e.per_usd, e.effective_from or date.min, e.source, e.checked, "stated")
            for e in self.exchange
            if e.per_usd
        }


class StoredProblem(Stored):
    """A problem, of which only the words are kept."""

    severity: Literal["error", "warning", "info"]
    code: str
    job_id: str | None = None
    source: str | None = None
    row: int | None = None
    field: str = ""
    message: str
    hint: str | None = None


def validated(form: type[Result], document: Any, source: Source, key: str) -> Result:
    """A stored result in its form.

    Args:
        form: what it has to be.
        document: what was read.
        source: where it was read.
        key: what is said of a damaged one, with the first thing that is wrong.

    Raises:
        ReadError: it is damaged, or of a version that is not known.
    """
    if isinstance(document, dict) and document.get("schema_version") != SCHEMA_VERSION:
        raise source.error("unreadable.stored_version", None, "schema_version", version=document.get("schema_version"))
    try:
        return form.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        raise source.error(key, None, path, why=first["msg"].removeprefix("Value error, ")) from None


def stored_problem(record: StoredProblem) -> Problem:
    """The problem of a stored result, with the words that it was stored with."""
    texts = (("message", record.message), ("hint", record.hint or ""))
    key = f"{record.code}.stored"
    return Problem(key, record.field, texts, record.severity, record.job_id, record.source, record.row)
