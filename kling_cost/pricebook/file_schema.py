"""The schema of `pricing.yaml` as pydantic models.

Tables of prices are not checked here: `tables` checks them against the ranges. Every scalar arrives as text.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, WithJsonSchema

from kling_cost.pricebook.schema.book_scalars import (
    Address,
    AnswerAmount,
    Code,
    Copied,
    DateBasis,
    Day,
    Entity,
    Id,
    LastDay,
    Number,
    Path,
    Paths,
    Positive,
    Power,
    Quantum,
    Step,
    Table,
    Text,
    Truth,
    Values,
    Whole,
)
from kling_cost.pricebook.schema.terms_schema import EntryFile, ExtraFile, RoundFile, TermsFile


class ExchangeFile(Entity):
    """An exchange rate from a date on."""

    per_usd: Annotated[Positive, Field(description="units for one US dollar")]
    source: Text
    checked: Day
    date_basis: DateBasis = "stated"


class CurrencyFile(Entity):
    """A currency."""

    name: Text
    quantum: Quantum
    exchange: dict[Day, ExchangeFile] = Field({})


class SecondsFile(Entity):
    """The range of a duration, both ends inclusive."""

    minimum: Whole
    maximum: Whole


class QuantityFile(Entity):
    """What is counted, in which steps, and the range of what may be asked for, both ends inclusive."""

    of: Literal["output_seconds", "input_seconds", "input_and_output_seconds", "call", "tokens"]
    step: Annotated[Step | None, Field(description="it is counted in multiples of this; 1 if left out")] = None
    round: Annotated[
        Literal["half_up", "up", "down"] | None, Field(description="what lies between two steps; up if left out")
    ] = None
    minimum: Whole | None = None
    maximum: Whole | None = None
    unknown: Annotated[Whole | None, Field(description="what is held where it is not known before")] = None


class OptionsFile(Entity):
    """Which values an option may have; a book of schema 2 may name options of its own."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Values]

    quality: Values | None = None
    sound: Annotated[list[Literal["off", "on"]], Field(min_length=1)] | None = None


class RateFile(Entity):
    """A price from a day on, complete in itself."""

    base_rate: Number | None = None
    multiplier: Table = None
    unit_price: Table = None
    printed: Table = None
    by: list[Id] = Field([])
    options: OptionsFile | None = None
    minimum_quantity: Whole | None = None
    minimum_charge: Positive | None = None
    extra: Annotated[list[ExtraFile], Field(description="what is charged beside the unit price")] = Field([])
    round: Annotated[RoundFile | None, Field(description="how one call is rounded; else to the quantum")] = None
    settlement: Literal["request_only", "request_then_actual"] = "request_only"
    refund_on_failure: Truth | None = None
    suspicious: Text | None = None
    until: LastDay = None
    url: Annotated[Address | None, Field(description="where a person can look it up")] = None
    source: Text
    checked: Day
    copied: Annotated[Copied | None, Field(description="when the copy of the source was made that is compared")] = None
    date_basis: DateBasis = "stated"


class DefaultsFile(Entity):
    """What the provider takes for a field that a request leaves out; other options of schema 2 included."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Text]

    duration: Whole | None = None
    quality: Text | None = None
    sound: Literal["off", "on"] | None = None


class SkuFile(Entity):
    """What can be bought under one or more model names."""

    models: Annotated[list[Text], Field(min_length=1)]
    billing_rule: Literal["per_second", "per_call"] | None = None
    seconds: SecondsFile | None = None
    quantity: QuantityFile | None = None
    options: OptionsFile | None = None
    names: Annotated[dict[Id, dict[Text, Text]], Field(description="the seller's words for values of options")] = Field(
        {}
    )
    defaults: DefaultsFile = Field(default_factory=lambda: DefaultsFile())
    until: LastDay = None
    rates: Annotated[dict[Day, RateFile], Field(min_length=1)]


class StatusesFile(Entity):
    """The provider's words for the states of a task."""

    open: Values
    succeeded: Values
    failed: Values


class SmallUnitFile(Entity):
    """A smaller unit in which some answers state amounts."""

    name: Text
    per_unit: Power


class CodeFile(Entity):
    """Where a code stands, and which of them say that the call succeeded."""

    path: Paths
    success: Values


class ResponsesFile(Entity):
    """What the provider's answers mean, and where they state what; see `AnswerForm`."""

    amount: Annotated[
        AnswerAmount | None, Field(description="paths of it; or, without paths, the word under `takes`")
    ] = None
    takes: Annotated[
        Literal["reserved", "consumed"] | None, Field(description="the provider's word for what it takes")
    ] = None
    task_id: Paths | None = None
    status: Paths | None = None
    items: Paths | None = None
    reserved: Paths | None = None
    refund: Paths | None = None
    unit: Annotated[Text | None, Field(description="the currency, the small unit, or what `counted_in` counts")] = None
    where: dict[Path, Values] = Field({})
    model: Paths | None = None
    seconds: Paths | None = None
    created: Paths | None = None
    code: CodeFile | None = None
    error: Paths | None = None
    message: Paths | None = None
    has: Paths | None = None
    lacks: Paths | None = None
    statuses: Annotated[StatusesFile | None, Field(description="the same as `words`")] = None
    words: StatusesFile | None = None
    small_unit: SmallUnitFile | None = None
    counted_in: Annotated[Positive | None, Field(description="currency for one unit of the answers' own count")] = None
    task_prefixes: dict[Text, Values] = Field({})
    refund_on_failure: Truth | None = None
    source: Text


class ProviderFile(Entity):
    """A provider, its currency and its exchange rate."""

    name: Text
    currency: Code
    exchange: dict[Day, ExchangeFile] = Field({})
    defaults: DefaultsFile = Field(default_factory=lambda: DefaultsFile())
    terms: Annotated[TermsFile | None, Field(description="what the price list says beside prices")] = None
    responses: ResponsesFile | None = None
    skus: Annotated[dict[Id, SkuFile], Field(min_length=1)]


class BookFile(Entity):
    """A whole price book."""

    schema_: Annotated[Literal["1", "2"], Field(alias="schema"), WithJsonSchema({"enum": [1, "1", 2, "2"]})]
    version: Text
    currencies: dict[Code, CurrencyFile] = Field({})
    products: Annotated[
        dict[Text, Annotated[list[EntryFile], Field(min_length=1)]],
        Field(description="models that make the same thing, whoever sells them"),
    ] = Field({})
    providers: dict[Id, ProviderFile] = Field({})
