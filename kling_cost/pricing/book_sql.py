"""A price book as SQL: two tables of prices that the one rule has made, and the view that looks jobs up in them.

A warehouse multiplies by takes and calculates nothing else. DuckDB, PostgreSQL and Spark run these statements in the
tests, and every figure is held to that of `price_frame`. BigQuery's and Snowflake's have not been run on either: a
parser reads them, and its translation of them into DuckDB's dialect is held to the same figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import islice

from kling_cost.amounts import EXACT, MONEY_PLACES
from kling_cost.jobs.bodies import MAX_TAKES
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.price_listings import Listing, Price, listings
from kling_cost.pricing.sql_dialects import DIALECTS, Dialect, Value
from kling_cost.problems import UsageError

RATES, PRICES, PRICED_JOBS = "kling_cost_rates", "kling_cost_prices", "kling_cost_priced_jobs"
_NAMES = {"rates": RATES, "prices": PRICES, "priced_jobs": PRICED_JOBS}
_BATCH = 500  # rows of one INSERT
_NOT_NAMED, _LEFT_OUT, _NO_SECONDS = "", "", -1  # what stands for nothing, so that plain equality finds it

# Spark makes the type of a product or sum from those of its parts, and cuts decimals off beyond 38 digits.
_TAKES = (7, 0)
_WHOLE = (20, 0)
_COST_EACH = (30, 6)
_COST = (38, 6)
_USD_EACH = (29, MONEY_PLACES)
_MONEY = (38, MONEY_PLACES)
_MOST_USD = 10 ** (29 - MONEY_PLACES)
_LARGEST = 2**63 - 1

_NOTE = """\
kling_cost: prices to look up. No price is calculated here; each was made by the library's one rule.
price book {version}, sha256 {sha256}, from {layers}
as of {as_of}: exchange rates for all jobs, rates for jobs without a date of their own

{rates}: which listing answers which provider, model and day. provider '' is a job that names none.
    The first day is in effective_from, inclusive; effective_until is the first day after the last.
{prices}: every combination on a listing. {names} '', duration -1: left out, or without effect.
    usd_per_take is cut after {places} decimals; usd_rest / usd_divisor of the last one is missing from it.
{priced_jobs}: your jobs with billed_quantity, unit_price, cost of all takes, currency, usd (rounded half up
    to {places} decimals), rate_effective_from and defaults_applied.

jobs, which has to be there, is a table or view with the columns
    job_id, provider, model, {texts}: text; sound is on or off, the others as the book writes them: 720p
    duration, takes: whole numbers; date: a day
{given}{counted}Null is left out: the provider's default holds, takes are 1, the date is that of the line "as of".

Not priced, with null in every added column, never 0: a model that nobody sells or that several do, a date before
the first rate, a value that is not on the listing, takes below 1, above {most_takes} or not whole. Values have
to be clean: 1080P or " on" are not found, though `kling-cost estimate` reads some such spellings. It says why, too.

To refresh, run the statements of a newer book or day again, in this database and schema: new dates are further
rows. Every statement ends with a semicolon at the end of a line."""

_GIVEN = """\
    {names}: whole numbers; where null, the price is that of the most that may be asked for.
"""

_COUNTED = """\
    {counts}: whole numbers; null is none. What is counted further than the table goes is not priced.
"""

_VIEW = """\
CREATE OR REPLACE VIEW {priced_jobs} AS
WITH asked AS (
  SELECT j.job_id, j.provider, j.model, j.duration, {of_jobs}, j.takes, j.date,
    COALESCE(j.date, {undated}) AS priced_on,
    CAST(CASE WHEN j.takes IS NULL THEN 1
      WHEN j.takes BETWEEN 1 AND {most_takes} AND j.takes = FLOOR(j.takes) THEN j.takes END AS {whole}) AS calls
  FROM jobs j
), dated AS (
  SELECT a.*, r.listing,
    CASE WHEN a.duration IS NULL OR NOT r.reads_duration THEN {no_seconds}
      WHEN a.duration >= 0 THEN a.duration END AS seconds,
    {read}
  FROM asked a
  LEFT JOIN {rates} r ON r.model = a.model AND r.provider = COALESCE(a.provider, '')
    AND a.priced_on >= r.effective_from AND (r.effective_until IS NULL OR a.priced_on < r.effective_until)
)
SELECT d.job_id, d.provider, d.model, d.duration, {of_dated}, d.takes, d.date,
  p.billed_quantity,
  p.unit_price,
  CAST({takes} * p.cost_per_take AS {cost}) AS cost,
  p.currency,
  CAST({takes} * p.usd_per_take
    + {last_places} * {smallest} AS {money}) AS usd,
  p.rate_effective_from,
  p.defaults_applied
FROM dated d
LEFT JOIN {prices} p ON p.listing = d.listing AND p.duration = d.seconds
  AND {matches} AND d.calls IS NOT NULL"""


def book_sql(book: PriceBook, dialect: str, as_of: date | None = None) -> str:
    """The statements that make and fill the tables of prices, and the view that prices a table `jobs`.

    Args:
        book: the price book.
        dialect: a key of `DIALECTS`.
        as_of: the day for jobs without a date, and for exchange rates; the latest rates if left out.

    Raises:
        UsageError: there is no such dialect, or a number is too large for every warehouse.

    >>> from kling_cost.pricebook.load import load_prices
    >>> print(book_sql(load_prices(), "duckdb")[:35])
    -- kling_cost: prices to look up. N
    """
    if dialect not in DIALECTS:
        raise UsageError(f"unknown dialect {dialect}; the dialects are {', '.join(DIALECTS)}")
    written, lists = DIALECTS[dialect], listings(book, as_of)
    note = _NOTE.format(
        version=book.version,
        sha256=book.sha256,
        layers=", ".join(book.layers),
        as_of=as_of or "the latest rates",
        **_NAMES,
        places=MONEY_PLACES,
        most_takes=MAX_TAKES,
        names=f"{', '.join(book.options[:-1])} and {book.options[-1]}",
        texts=", ".join(book.options),
        counted=_COUNTED.format(counts=", ".join(book.counts)) if book.counts else "",
        given=_GIVEN.format(names=", ".join(book.quantities)) if book.quantities else "",
    )
    comment = "\n".join(f"-- {line}".rstrip() for line in note.splitlines())
    asked = (*book.options, *book.quantities, *book.counts)
    statements = [*_tables(written, lists, asked), _view(written, book, as_of or date.max)]
    return "\n\n".join([comment, *(f"{statement};" for statement in statements)]) + "\n"


def _tables(written: Dialect, lists: Sequence[Listing], options: Sequence[str]) -> Iterator[str]:
    text, whole, truth = written.text, written.whole, written.truth
    rates = {"provider": text, "model": text, "effective_from": "DATE", "effective_until": "DATE", "listing": text}
    asked = ("duration", *options)
    rates |= {f"reads_{name}": truth for name in asked}
    prices = {
        "listing": text,
        "duration": whole,
        **dict.fromkeys(options, text),
        "billed_quantity": whole,
        "unit_price": written.decimal(*_MONEY),
        "cost_per_take": written.decimal(*_COST_EACH),
        "currency": text,
        "per_usd": written.decimal(*_MONEY),
        "usd_per_take": written.decimal(*_USD_EACH),
        "usd_rest": whole,
        "usd_divisor": whole,
        "rate_effective_from": "DATE",
        "defaults_applied": text,
    }
    filled = ((RATES, rates, _rate_rows(lists, asked)), (PRICES, prices, _price_rows(lists)))
    for table, columns, _ in filled:
        yield from _made(written, table, columns)
    if written.keeps_tables:
        yield "BEGIN TRANSACTION"
        yield from (f"DELETE FROM {table} WHERE TRUE" for table, _, _ in filled)  # noqa: S608  # our names
    for table, columns, rows in filled:
        while batch := list(islice(rows, _BATCH)):
            values = ",\n".join(f"({', '.join(map(written.literal, row))})" for row in batch)
            yield f"INSERT INTO {table} ({', '.join(columns)}) VALUES\n{values}"
    if written.keeps_tables:
        yield "COMMIT"


def _made(written: Dialect, table: str, columns: Mapping[str, str]) -> Iterator[str]:
    listed = ",\n".join(f"  {name} {kind}" for name, kind in columns.items())
    if written.keeps_tables:
        yield f"CREATE TABLE IF NOT EXISTS {table} (\n{listed}\n)"
    else:
        yield f"DROP TABLE IF EXISTS {table}"
        yield f"CREATE TABLE {table} (\n{listed}\n) USING parquet"


def _rate_rows(lists: Sequence[Listing], asked: Sequence[str]) -> Iterator[tuple[Value, ...]]:
    for found in lists:
        reads = [name in found.reads for name in asked]
        for provider, model in found.asked_as:
            seller = _NOT_NAMED if provider is None else provider
            yield seller, model, found.effective_from, found.effective_until, found.name, *reads


def _price_rows(lists: Sequence[Listing]) -> Iterator[tuple[Value, ...]]:
    for found in lists:
        for price in found.prices:
            yield (
                found.name,
                _NO_SECONDS if price.duration is None else price.duration,
                *(value or _LEFT_OUT for value in price.options),
                price.billed_quantity,
                price.unit_price,
                price.cost,
                price.currency,
                price.per_usd,
                *_dollars(price),
                price.rate_effective_from,
                price.defaults_applied,
            )


def _dollars(price: Price) -> tuple[Value, Value, Value]:
    """One take in dollars, cut off, and what is missing from its last decimal as a numerator and a divisor.

    Dollars seldom come out even. With both parts, takes can multiply them before anything is rounded.
    """
    if price.per_usd is None:
        return None, None, None
    exact = Fraction(price.cost) / Fraction(price.per_usd) * 10**MONEY_PLACES
    whole, rest = divmod(exact.numerator, exact.denominator)
    cut = _at_last_place(whole)
    if cut >= _MOST_USD or (2 * MAX_TAKES + 1) * exact.denominator > _LARGEST:
        raise UsageError(f"{price.per_usd} {price.currency}/USD has too many digits to be exact in a warehouse")
    return cut, rest, exact.denominator


def _at_last_place(whole: int) -> Decimal:
    return Decimal(whole).scaleb(-MONEY_PLACES, context=EXACT)


def _view(written: Dialect, book: PriceBook, undated: date) -> str:
    rest = written.quotient.format("(2 * d.calls * p.usd_rest + p.usd_divisor)", "(2 * p.usd_divisor)")
    options = (*book.options, *book.quantities, *book.counts)
    given = {name: f"COALESCE(a.{name}, '')" for name in book.options}
    given |= {name: f"COALESCE(CAST(a.{name} AS {written.text}), '')" for name in book.quantities}
    given |= {name: f"COALESCE(CAST(a.{name} AS {written.text}), '0')" for name in book.counts}
    reads = (f"CASE WHEN r.reads_{name} THEN {value} ELSE '' END AS {name}_read" for name, value in given.items())
    return _VIEW.format(
        **_NAMES,
        of_jobs=", ".join(f"j.{name}" for name in options),
        of_dated=", ".join(f"d.{name}" for name in options),
        read=",\n    ".join(reads),
        matches=" AND ".join(f"p.{name} = d.{name}_read" for name in options),
        takes=f"CAST(d.calls AS {written.decimal(*_TAKES)})",
        last_places=f"CAST({rest} AS {written.decimal(*_WHOLE)})",
        smallest=written.literal(_at_last_place(1)),
        undated=written.literal(undated),
        most_takes=MAX_TAKES,
        whole=written.whole,
        no_seconds=_NO_SECONDS,
        cost=written.decimal(*_COST),
        money=written.decimal(*_MONEY),
    )
