"""The records that results consist of, field by field; `document_types` has the results themselves."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from operator import itemgetter
from typing import Any

from kling_cost.messages import SENTENCES
from kling_cost.results.bound_fields import BOUNDS, BOUNDS_OF_SUM, MOST, in_json
from kling_cost.results.fields import Field, Record, Share
from kling_cost.results.terms.adjusted_fields import ADJUSTED, OF_RATE
from kling_cost.results.terms.book_terms import terms_record
from kling_cost.results.value_types import (
    ANYTHING,
    COST,
    COUNT,
    CURRENCY,
    DAY,
    FACT,
    FINDING_KIND,
    FLAG,
    HASH,
    HELD,
    ID,
    MONEY,
    QUANTITY,
    SEVERITY,
    SIGNED,
    TAGS,
    TASK_AMOUNT,
    TEXT,
    WHOLE,
    ValueType,
    choice,
    in_json_only,
    mapping,
    one,
    several,
    texts,
    whole,
)

_RULE, _UNIT, _ON_OFF = (
    choice("per_second", "per_call", "per_token"),
    choice("second", "call", "token"),
    choice("on", "off"),
)
_SETTLEMENT = choice("request_only", "request_then_actual")
_CODES = dict.fromkeys(key.partition(".")[0] for key in SENTENCES)
_SECONDS = ValueType("seconds as text", {"type": "string", "pattern": "^[0-9]+$"}, is_held=False)


def _option(name: str) -> Callable[[Any], Any]:
    return lambda item: item.charge.options.get(name)


def line_item_record(options: tuple[str, ...], is_exact: bool = True) -> Record:
    """One priced job; what it costs is shared by all jobs that ask for the same.

    Args:
        options: options that the price book names itself, each of which is a column.
        is_exact: no column says how certain a cost is, since all are exact.

    >>> [column.name for column in line_item_record(("tier",)).columns()][5:9]
    ['duration', 'quality', 'sound', 'tier']
    """
    return _line_item_record(options, is_exact)


@cache
def _line_item_record(options: tuple[str, ...], is_exact: bool) -> Record:
    return Record("line_item", _line_item_fields(options, is_exact), _SHARES, tags="job.tags", is_many=True)


def _line_item_fields(options: tuple[str, ...], is_exact: bool) -> list[Field]:
    return [
        Field("job_id", ID, "the job's id", "job.job_id", null=True, own=True),
        Field("source", ID, "its file", "job.source", null=True, absent=None, own=True),
        Field("row", WHOLE, "its line, sheet row or position", "job.row", null=True, absent=None, own=True),
        Field("provider", ID, "the seller's id in the price book", "charge.provider"),
        Field("model", ID, "the model or task type", "charge.model"),
        Field(
            "options",
            mapping({}),
            "what the price depends on, and the seconds asked for",
            "charge.options",
            parts=(
                Field("duration", _SECONDS, "seconds asked for", _option("duration")),
                Field("quality", ID, "resolution, such as 720p", _option("quality")),
                Field("sound", _ON_OFF, "whether sound is made", _option("sound")),
                *(Field(name, ID, "an option of the price book", _option(name)) for name in options),
            ),
        ),
        Field("defaults_applied", texts(TEXT.schema), "options left out", "charge.defaults_applied"),
        Field("billing_rule", _RULE, "how it is billed", "charge.billing_rule"),
        Field("requested_quantity", QUANTITY, "seconds or calls asked for", "charge.requested_quantity"),
        Field("billed_quantity", QUANTITY, "the same, the minimum applied", "charge.billed_quantity"),
        Field("unit", _UNIT, "what is billed", "charge.unit"),
        Field("unit_price", MONEY, "price of one second or call, in `currency`", "charge.unit_price"),
        *ADJUSTED,
        Field("cost_per_take", COST, f"cost of one call, in `currency`; {MOST}", "charge.cost", null=True),
        Field("takes", whole(1), "planned calls", "job.takes"),
        Field("cost", COST, f"cost of all takes, in `currency`; {MOST}", "cost_value", null=True),
        *(in_json(BOUNDS) if is_exact else BOUNDS),
        Field("currency", CURRENCY, "the provider's", "charge.currency"),
        Field("usd", MONEY, "`cost` in dollars; empty without a rate of exchange", null=True),
        Field("rate_effective_from", DAY, "first day of the rate used", "charge.rate_effective_from"),
        Field("notes", texts(TEXT.schema, "; "), "remarks, such as a minimum"),
        Field("tags", TAGS, "labels for grouping", "job.tags", own=True),
        Field(
            "task_ids",
            in_json_only(texts(TEXT.schema), minItems=1),
            "the provider's ids of its tasks, where the file names them",
            "job.task_ids",
            optional=True,
            absent=(),
            own=True,
        ),
    ]


_SHARES = (Share("charge", by_identity=True), Share("job.takes"), Share("job.uses_elements"))
#: A line item of a book that names no options itself.
LINE_ITEM = line_item_record(())

_SUM = (
    Field("currency", CURRENCY, "of the line items"),
    Field("jobs", COUNT, "how many jobs"),
    Field("takes", COUNT, "how many calls"),
    Field("cost", COST, f"exact, in `currency`; {MOST}", null=True),
    *BOUNDS_OF_SUM,
    Field("usd", MONEY, "`cost` in dollars; empty without a rate of exchange", null=True, absent=None),
)
#: A sum over line items of one currency.
TOTAL = Record("total", _SUM)
#: The same over line items that share a value.
BREAKDOWN = Record("breakdown", [Field("key", TEXT, "the value; empty where it is lacking", null=True), *_SUM])
#: Everything in one money.
TOTALS_IN = Record(
    "totals_in",
    [
        Field("currency", CURRENCY, "of the amount"),
        Field("amount", MONEY, "the sum of what is known, at most; null where nothing is", null=True),
        Field("at_least", FLAG, "whether it costs more than that"),
        Field("unknown", texts(CURRENCY.schema), "currencies without a rate of exchange"),
    ],
    about="everything in one money, as far as rates of exchange are known",
)


def _since(rate: Any) -> Any:
    return None if rate.checked is None else rate.effective_from


#: A rate of exchange.
EXCHANGE = Record(
    "exchange",
    [
        Field("currency", CURRENCY, "what a dollar is exchanged for"),
        Field("per_usd", MONEY, "units of `currency` for one dollar"),
        Field("effective_from", DAY, "first day; empty where the caller gave it", _since, null=True, absent=None),
        Field("source", TEXT, "where it stands"),
        Field("checked", DAY, "when somebody last looked", null=True, absent=None),
    ],
)
_BOOK = (
    Field("version", TEXT, "of the price book"),
    Field("sha256", HASH, "of the price book"),
)
#: Which prices were used.
PRICE_BOOK = Record(
    "price_book",
    [
        *_BOOK,
        Field("oldest_checked", DAY, "when the oldest rate used was last checked", null=True),
        Field("exchange", several(EXCHANGE), "rates used", lambda stamp: list(stamp.exchange.values()), absent=()),
        Field("group", TEXT, "the group of customers whose prices counted", null=True, optional=True, absent=None),
    ],
)
#: A price book, in short.
BOOK = Record("book", _BOOK)
#: A price book by its files.
LAYERED_BOOK = Record(
    "layered_book", [*_BOOK, Field("layers", texts(TEXT.schema), "its files, the first below the others")]
)
#: Who sells.
SELLER = Record(
    "seller",
    [
        Field("id", ID, "as jobs name it"),
        Field("name", TEXT, "as people name it"),
        Field("currency", CURRENCY, "of its prices"),
        Field("defaults", TAGS, "what it takes for an option left out"),
        Field("terms", ANYTHING, "its terms of sale, as the book says them", terms_record, optional=True),
    ],
)
#: What is wrong, or worth knowing.
PROBLEM = Record(
    "problem",
    [
        Field("severity", SEVERITY, "how bad it is"),
        Field("code", choice(*_CODES, is_held=False), "what it is, for scripts"),
        Field("job_id", ID, "the job", null=True, absent=None),
        Field("source", ID, "the file", null=True, absent=None),
        Field("row", WHOLE, "the line, sheet row or position", null=True, absent=None),
        Field("field", TEXT, "the field", absent=""),
        Field("message", TEXT, "in English"),
        Field("hint", TEXT, "what to do about it", null=True, absent=None),
    ],
)
#: How many problems of a summary have a code.
PROBLEM_COUNT = Record(
    "problem_count",
    [
        Field("severity", SEVERITY, "how bad they are", itemgetter(0)),
        Field("code", TEXT, "what they are", itemgetter(1)),
        Field("count", whole(1), "how many there are", itemgetter(2)),
    ],
)
_MATCHES = ("job_id", "task_id", "alike")
#: A take of a job with the task that fills it, or a task beyond the takes.
TASK = Record(
    "task",
    [
        Field("job_id", ID, "the job", null=True),
        Field("task_id", ID, "the task; empty where no task fills the take", null=True),
        Field("provider", ID, "the seller's id"),
        Field("status", ID, "the provider's word", null=True),
        Field("state", in_json_only(choice("open", "succeeded", "failed", "missing")), "what it means"),
        Field("estimated", TASK_AMOUNT, "what is due"),
        Field("reserved", TASK_AMOUNT, "as stated last", null=True),
        Field("settled", TASK_AMOUNT, "as stated last", null=True),
        Field("refunded", TASK_AMOUNT, "what was given back", null=True),
        Field("reported", SIGNED, "the newest amount less refunds stated apart", null=True),
        Field("variance", SIGNED, "reported − estimated", null=True),
        Field("currency", CURRENCY, "of all amounts"),
        Field("matched_by", choice(*_MATCHES, None), "how the task was matched; empty without one", null=True),
        Field("findings", texts(FINDING_KIND.schema), "kinds of findings about it"),
        Field("extra", ANYTHING, "what the caller put beside its answers"),
        Field("created", in_json_only(DAY), "when it was created, in UTC", optional=True, absent=None),
    ],
    is_many=True,
)
#: One thing that is not as it should be, or worth knowing.
FINDING = Record(
    "finding",
    [
        Field("kind", FINDING_KIND, "what it is, for scripts"),
        Field("severity", SEVERITY, "how bad it is"),
        Field("job_id", ID, "the job", null=True, own=True),
        Field("task_id", ID, "the task", null=True, own=True),
        Field("expected", FACT, "what was due, or what was submitted", null=True),
        Field("reported", FACT, "what was stated", null=True),
        Field("difference", SIGNED, "reported − expected; empty for facts", null=True),
        Field("currency", CURRENCY, "of the amounts; empty for facts", null=True),
        Field("explained_by", texts({"type": "string", "pattern": "^[a-z_]+="}), "changes that would make it due"),
        Field("ignored", FLAG, "whether the caller does not count it"),
        Field("message", TEXT, "in English"),
        Field("hint", TEXT, "what to do about it", null=True),
    ],
    shared_by=[Share("what", by_identity=True), Share("ignored")],
    is_many=True,
)
#: What a provider was due and what it took.
ACTUAL_TOTAL = Record(
    "actual_total",
    [
        Field("provider", ID, "the seller's id", null=True),
        Field("currency", CURRENCY, "of all amounts", null=True),
        Field("jobs", COUNT, "jobs with a line item"),
        Field("estimated", TASK_AMOUNT, "all takes that have been submitted"),
        Field("without_amount", COUNT, "takes without a usable amount"),
        Field("estimated_without_amount", TASK_AMOUNT, "what these are due"),
        Field("reported", SIGNED, "newest amounts less refunds stated apart"),
        Field("variance", SIGNED, "reported − estimated, of all with an amount"),
        Field("orphans", SIGNED, "amounts of tasks of no line item"),
        Field("refunded", TASK_AMOUNT, "what came back"),
        Field("open", SIGNED, "reported of tasks without a final answer"),
        Field("rounding", SIGNED, "sum of differences below 0.01"),
        Field("unexplained", TASK_AMOUNT, "sum of differences that no single change explains"),
        Field("over", SIGNED, "variance of tasks that cost more than due"),
        Field("under", SIGNED, "variance of tasks that cost less than due"),
        Field("given_back", SIGNED, "variance that is money given back"),
        Field("not_submitted", COUNT, "takes not submitted yet", absent=0),
        Field("estimated_not_submitted", TASK_AMOUNT, "what these will be due", absent=Decimal(0)),
    ],
)
#: What an account holds, as an answer states it.
BALANCE = Record(
    "balance",
    [
        Field("provider", ID, "the seller's id"),
        Field("source", ID, "the file of the answer"),
        Field("row", COUNT, "its line"),
        Field("account_remaining", HELD, "left on the account", null=True),
        Field("account_used", HELD, "used of the account", null=True),
        Field("key_remaining", HELD, "left of the key's own limit", null=True),
        Field("key_used", HELD, "used of the key's own limit", null=True),
    ],
)


@cache
def price_row_record(options: tuple[str, ...]) -> Record:
    """What a book asks for one combination while one rate holds; `options` are those that the book names itself."""
    fields, variant = _price_row_fields(options), None if options else _of_own_options
    return Record("price_row", fields, variant=variant, additionalProperties={"type": ["string", "null"]})


def _of_own_options(offer: Any) -> Record | None:
    own = tuple(name for name in offer.options if name not in _OFFERED)
    return price_row_record(own) if own else None


def _option_of_row(name: str) -> Callable[[Any], Any]:
    return lambda row: row.options.get(name)


def _price_row_fields(options: tuple[str, ...]) -> list[Field]:
    return [
        Field("provider", ID, "the seller's id", "provider.id"),
        Field("model", ID, "the model or task type"),
        Field("sku", ID, "what the book calls it", "sku.id"),
        Field("billing_rule", _RULE, "how it is billed", "sku.billing_rule"),
        Field("unit", _UNIT, "what is billed", "sku.unit"),
        Field("quality", ID, "resolution, such as 720p", lambda row: row.options.get("quality"), null=True),
        Field("sound", _ON_OFF, "whether sound is made", lambda row: row.options.get("sound"), null=True),
        *(Field(name, ID, "an option of the price book", _option_of_row(name), null=True) for name in options),
        Field("unit_price", MONEY, "price of one second or call, in `currency`", "price.price"),
        Field("currency", CURRENCY, "the provider's", "provider.currency"),
        Field("seconds_minimum", WHOLE, "shortest video", lambda row: row.seconds and row.seconds[0], null=True),
        Field("seconds_maximum", WHOLE, "longest video", lambda row: row.seconds and row.seconds[1], null=True),
        Field("minimum_quantity", QUANTITY, "least billed", "rate.minimum_quantity", null=True),
        Field("minimum_charge", MONEY, "least that a call costs", "rate.minimum_charge", null=True),
        Field("effective_from", DAY, "first day, inclusive", "rate.effective_from"),
        Field("effective_until", DAY, "first day without it", "rate.effective_until", null=True),
        Field("base_rate", MONEY, "the arithmetic behind the price", "price.base_rate", null=True),
        Field("multiplier", MONEY, "the arithmetic behind the price", "price.multiplier", null=True),
        Field("printed", TEXT, "what the page prints beside it", "price.printed", null=True),
        Field("settlement", _SETTLEMENT, "what decides the cost", "rate.settlement"),
        Field(
            "refund_on_failure",
            FLAG,
            "whether failed calls are given back",
            "rate.refund_on_failure",
            null=True,
        ),
        Field("suspicious", TEXT, "why the price is probably a mistake", "rate.suspicious", null=True),
        Field("source", TEXT, "where it is published", "rate.source"),
        Field("checked", DAY, "when somebody last looked", "rate.checked"),
        Field("copied", TEXT, "when the copy was made that was read", "rate.copied", null=True),
        Field(
            "date_basis",
            choice("stated", "assumed"),
            "whether the source prints the day",
            "rate.date_basis",
        ),
        *OF_RATE,
    ]


#: A row of a book that names no options itself.
PRICE_ROW = price_row_record(())
_OFFERED = frozenset(field.name for field in PRICE_ROW.fields)
#: What is wrong with what a result was made of.
PROBLEMS = Field("problems", several(PROBLEM), "what is wrong, or worth knowing")
#: What a plan was priced with.
BEFORE = (
    Field("as_of", DAY, "the day whose rates count; null for the latest", null=True),
    Field("partial", FLAG, "whether any job is left out", absent=None),
    Field("price_book", one(PRICE_BOOK), "which prices were used"),
)
