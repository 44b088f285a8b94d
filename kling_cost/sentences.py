"""The English sentences of problems: what is wrong, and what to do about it.

A key is a code of the closed list in docs/reference/problems.md, a dot, and the case. Parameters stand in braces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

from kling_cost.shape_sentences import SHAPES


class Sentence(NamedTuple):
    """Severity, message and hint of a kind of problem; an empty hint says nothing."""

    severity: Literal["error", "warning", "info"]
    message: str
    hint: str = ""


def _error(message: str, hint: str = "") -> Sentence:
    return Sentence("error", message, hint)


def _warning(message: str, hint: str = "") -> Sentence:
    return Sentence("warning", message, hint)


def _info(message: str, hint: str = "") -> Sentence:
    return Sentence("info", message, hint)


_FILES = {
    "unreadable.no_file": _error("there is no such file"),
    "unreadable.folder": _error("this is a folder, not a file"),
    "unreadable.cannot_open": _error("it cannot be read: {why}"),
    "unreadable.empty": _error("the file is empty"),
    "unreadable.too_large": _error("it holds more than {limit}", "split it, or give .jsonl, .csv or .parquet"),
    "unreadable.encoding": _error("not {encoding} text", "save it as UTF-8, or say --encoding cp949 | cp932 | gb18030"),
    "unreadable.unknown_encoding": _error("{encoding} is no known encoding"),
    "unreadable.json": _error("not JSON: {why} (column {column})"),
    "unreadable.json_encoding": _error("not UTF-8 text (column {column})", "save the file as UTF-8, or say --encoding"),
    "unreadable.duplicate_key": _error("the key {name} stands twice (column {column})", "keep one of the two"),
    "unreadable.long_line": _error("the line is longer than 4 MiB"),
    "unreadable.endless_line": _error(
        "a line has no end within {limit}", "look at the file; it is no text that is made of lines"
    ),
    "unreadable.not_object": _error("a job is an object, not {value}"),
    "unreadable.stored_estimate": _error(
        "this is a stored estimate, not a list of jobs", "give it alone to check, report or reconcile"
    ),
    "unreadable.stored_result": _error("this is a stored {kind}, not a list of jobs"),
    "unreadable.no_estimate": _error("this is no stored estimate"),
    "unreadable.line_items": _error(
        "these are line items without their count and totals, neither jobs nor a stored estimate",
        "store the estimate as .json or .csv, or give its jobs",
    ),
    "unreadable.stored_version": _error(
        "the schema version {version} is not known", "store it again, or read it with the release that stored it"
    ),
    "unreadable.stored_line": _error("the line was changed since it was stored", "store it again from its jobs"),
    "unreadable.stored_lines": _error(
        "lines are missing, doubled or of another plan: {why}", "store it again from its jobs"
    ),
    "unreadable.stored": _error("the stored estimate is damaged: {why}"),
    "unreadable.no_reconciliation": _error("this is no stored reconciliation"),
    "unreadable.stored_outcome": _error("the stored reconciliation is damaged: {why}", "store it again"),
    "unreadable.stored_sum": _error("the stored estimate does not add up {job}", "store it again from its jobs"),
    "unreadable.stored_sheet": _error("the stored line items are damaged", "store them again from their jobs"),
    "unreadable.yaml": _error("not acceptable YAML: {why}"),
    "unreadable.no_campaign": _error("no campaign: it has no list `jobs`"),
    "unreadable.jobs_no_list": _error("`jobs` must be a list"),
    "unreadable.budget": _error("{value} is no limit", "write for example 500 USD or 36000 EVOLINK_CREDIT"),  # example
    "unreadable.budget_bare": _error(
        "{value}: a limit needs a currency",
        "write for example 60 USD or 36000 EVOLINK_CREDIT",  # example
    ),
    "unreadable.budget_yen": _error("{value}: ¥ is the sign of yuan and of yen", "write CNY or JPY"),
    "unreadable.budget_sign": _error("{value}: a limit has no minus, plus or dash"),
    "unreadable.budget_number": _error(
        "{value}: the number can be read in more than one way, or in none",
        "write 1000.50 or 1,000.50: a point before the decimals, commas only between groups of three digits",
    ),
    "unreadable.budget_digits": _error("{value}: more digits than any amount has", "at most 60 on either side"),
    "unreadable.budget_credits": _error(
        "{value}: whose credits are meant is not said",
        "write the currency, such as EVOLINK_CREDIT",  # example
    ),
    "unreadable.ragged": _error(
        "the row has {found} cells, the header {wanted}",
        "put a cell that holds the separator between quotation marks",
    ),
    "unreadable.quote": _error("a quotation mark is never closed, or stands inside a cell", 'double it: ""'),
    "unreadable.huge_cell": _error("a cell is longer than 131,072 characters", "is a quotation mark never closed?"),
    "unreadable.long_cell": _error("a cell is longer than 131,072 characters"),
    "unreadable.workbook": _error("no readable .xlsx workbook: {why}"),
    "unreadable.encrypted": _error(
        "an encrypted workbook, or one in the old .xls format", "save it as .xlsx without password"
    ),
    "unreadable.too_large_workbook": _error("its part {part} unpacks to more than it may", "give .csv or .parquet"),
    "unreadable.no_sheet": _error("there is no sheet {sheet}; there are: {sheets}"),
    "unreadable.which_sheet": _error("several sheets may be meant: {sheets}", "say --sheet NAME"),
    "unreadable.no_job_sheet": _error("none of its sheets has a column `{needed}`: {sheets}", "say --sheet NAME"),
    "unreadable.empty_sheet": _error("the sheet {sheet} is empty"),
    "unreadable.formula": _error(
        "a formula without a stored result", "open the file in a spreadsheet program, save it, and try again"
    ),
    "unreadable.no_answer": _error("no answer of a provider that is known", "give it as the provider sent it"),
    "unreadable.no_task": _error("an answer that names neither a task nor a job"),
    "unreadable.success": _error(
        "the call succeeded (code {answer}), but no task can be read from its answer",
        "keep it in a sheet with the columns job_id, task_id, status and credits",
    ),
    "unreadable.unknown_seller": _error(
        "the answer of a seller that is not known: it has {keys}",
        "keep it in a sheet with the columns job_id, task_id, status and credits",
    ),
    "unreadable.price_quote": _warning(
        "the quote of a price, not an answer about a task", "keep the answers of the tasks themselves"
    ),
    "unreadable.account": _warning("what an account holds, not an answer about a task"),
    "unreadable.no_answer_columns": _error(
        "no known column is there", "a sheet of answers has job_id or task_id, and status and credits"
    ),
    "unreadable.no_answer_ids": _error(
        "no column says which job or task a row is about", "head one of them job_id or task_id"
    ),
    "unreadable.error_cell": _error("the cell holds the error value {value}"),
    "unreadable.cell_value": _error("the cell holds what no spreadsheet writes: {value}", "type it anew, and save"),
    "unreadable.cell_twice": _error("the cell {cell} stands twice in the file", "type it anew, and save"),
    "unreadable.merged_over": _error("the merged cells {cells} hide another value here", "unmerge them"),
    "unreadable.merged_columns": _error(
        "the merged cells {cells} span several columns; which one is meant cannot be told", "unmerge them"
    ),
    "unreadable.merged_rows": _error(
        "the merged cells {cells} span several rows, but such a value holds for one only",
        "unmerge them, and give each row its own",
    ),
    "unreadable.merged_alone": _error(
        "all that stands in this row is merged with rows above it ({cells})", "unmerge them, or delete the row"
    ),
    "unreadable.merged_header": _error(
        "the heading in {cells} is merged with other cells", "keep one row of headings, each in one cell"
    ),
    "unreadable.parquet": _error("no readable Parquet file: {why}"),
    "unreadable.too_large_parquet": _error(
        "it unpacks to more than it may in: {columns}", "store it again with shorter values, or give .csv"
    ),
    "unreadable.price_book": _error("{why}"),
    "usage.call": _error("{why}"),
    "unwritable.file": _error("cannot be written: {why}"),
}

_VALUES = {
    "wrong_type.text": _error("must be text, not {value}"),
    "wrong_type.rounded_id": _error(
        "{value} is a number that a spreadsheet has rounded, not an id",
        "format the column as text, then paste the ids anew",
    ),
    "wrong_type.null": _error("null is no value", "leave it out, or give a value"),
    "wrong_type.amount": _warning("{amount} is no amount; it counts as not stated, never as 0"),
    "wrong_type.integer": _error("must be a whole number, not {value}"),
    "wrong_type.integer_as": _error("must be a whole number, not {value}", "write {meant}"),
    "wrong_type.boolean": _error("must be true or false, not {value}"),
    "wrong_type.boolean_as": _error("must be true or false, not {value}", "write {meant}"),
    "wrong_type.list": _error("must be a list, not {value}"),
    "wrong_type.object": _error("must be an object, not {value}"),
    "wrong_type.number": _error("must be a number, not {value}"),
    "wrong_type.seconds": _error('must be whole seconds such as "5", not {value}'),
    "wrong_type.date": _error("must be a day such as 2026-03-01, not {value}"),
    "wrong_type.on_off": _error("must be on or off, not {value}"),
    "wrong_type.on_off_as": _error("must be on or off, not {value}", "write {meant}"),
    "missing.required": _error("required, but not there"),
    "missing.model_name": _error(
        "required, but not there", "a request names its model (or type); an envelope holds it under request"
    ),
    "missing.empty": _error("must not be empty"),
    "missing.because": _error("required when {other} is {is_}"),
    "missing.tag_name": _error("a tag needs a name", "write tag:NAME"),
    "missing.jobs": _warning("there is no job to check"),
    "missing.recommended": _warning("expected, but not there"),
    "missing.planned": _warning("the shots are planned from the prompt, but there is none"),
    "out_of_range.between": _error("{value} is outside {low} to {high}"),
    "out_of_range.at_least": _error("{value} is below {low}"),
    "out_of_range.share": _error("{value} is outside 0 to 1"),
    "out_of_range.takes": _error("{value} is outside 1 to {high}"),
    "out_of_range.time": _error("a time beyond the years 1 to 9999"),
    "too_long.text": _error("{count} characters; at most {limit}"),
    "too_many.items": _error("{count} items; at most {limit}"),
    "not_allowed.status": _warning("the status {value} is not known; such a task counts as open"),
    "not_allowed.choice": _error("{value} is not one of {choices}"),
    "not_allowed.form": _error("{value} is not acceptable: {why}"),
    "not_allowed.misspelt": _error("{value} is not one of {choices}", "did you mean {meant}?"),
    "not_allowed.other_book": _error(
        "{value} is not one of {choices}, which this price book sells",
        "the price book {book} sells it: pass --overlay {book}",
    ),
    "not_allowed.together": _error("not allowed when {other} is {is_}"),
    "not_allowed.without": _error("not allowed without {other}"),
    "not_allowed.image_format": _warning("{value} does not look like JPG, JPEG or PNG"),
    "mismatch.shots": _error("the shots last {shots} s together, the video {duration} s", "they must be equal"),
    "mismatch.shots_default": _error(
        "the shots last {shots} s together, the video {duration} s, which is the default",
        "they must be equal",
    ),
    "mismatch.other_column": _error("{value} stands here, but not under {meant}", "remove one of the two columns"),
    "mismatch.element": _warning("<<<{element}>>> refers to nothing: element_list has {count} items"),
    "invalid_url.not_web": _error("{value} is no http or https address"),
    "invalid_url.not_https": _error("{value} must begin with https://"),
    "invalid_url.image_data": _error("image data, not an address", "give a link to the image; only links are taken"),
    "invalid_url.internal": _error("{value} leads to an address that is not public"),
}

_NAMES = {
    "unknown_field.ignored": _warning("no such field is documented; the provider may ignore it"),
    "unknown_field.misspelt": _warning("no such field is documented", "did you mean {meant}?"),
    "unknown_field.other_word": _error(
        "no such field is documented; the provider would ignore it and charge its default for {meant}", "write {meant}"
    ),
    "unknown_field.other_place": _error(
        "no such field is documented there; the provider would ignore it and charge its default for {meant}",
        "write {meant} at the top of the request",
    ),
    "unknown_field.otherwise": _error(
        "no such field is documented; it says {value}, which {meant} does not", "keep one of the two"
    ),
    "unknown_field.takes_word": _error(
        "no field of a request; the provider would ignore it", 'takes stand beside it: {{"takes": …, "request": {{…}}}}'
    ),
    "unknown_field.material": _error(
        "no such field is documented; {meant} is missing, which it may hold", "write {meant}"
    ),
    "unknown_field.rule": _error(
        "no such key is known; a rule that it holds would not be applied",
        "remove it; remarks stand under notes or x-NAME, labels under tags",
    ),
    "unknown_field.beside_defaults": _error(
        "no key of a campaign; it would not be applied", "write defaults: {{{meant}: …}}"
    ),
    "unknown_field.remark": _warning("an unknown key; it is taken for a remark"),
    "unknown_field.column": _warning("an unknown column; it is ignored", "tag:NAME keeps a column"),
    "unknown_field.misspelt_column": _error("an unknown column that looks like {meant}", "rename it to {meant}"),
    "unknown_field.lookalike": _error(
        "an unknown column that holds what {meant} could", "name it {meant}, or tag:NAME if it is a label"
    ),
    "unknown_field.misspelt_key": _error("an unknown key that looks like {meant}", "rename it to {meant}"),
    "unknown_field.priced_key": _error(
        "no field of a request; it would be ignored", 'write {{"{field}": …, "request": {{…}}}}'
    ),
    "unknown_field.job_key": _warning(
        "no field of a request; it is ignored", 'write {{"{field}": …, "request": {{…}}}}'
    ),
    "unknown_model.name": _error("nobody in the price book sells {model}"),
    "unknown_model.misspelt": _error("nobody in the price book sells {model}", "did you mean {meant}?"),
    "unknown_model.other_book": _error(
        "nobody in the price book sells {model}", "the price book {book} does: pass --overlay {book}"
    ),
    "unknown_model.at_provider": _error("{provider} does not sell {model}"),
    "unknown_model.provider": _error("the price book has no provider {provider}; it has {providers}"),
    "ambiguous.model": _error("{model} is sold by {providers}", "name the provider, for example {example}"),
    "ambiguous.near": _info(
        "{one} and {other} differ only in how they are written; such pairs: {count}",
        "write them in one way, if one thing is meant",
    ),
    "ambiguous.sheet_read": _info("the sheet {sheet} is read, not {others}", "--sheet NAME reads another"),
    "duplicate.job_id": _error(
        "{value} stands twice; the first one, {first}, counts", "give each job an id of its own"
    ),
    "duplicate.tag": _error("the tag stands twice, its accents encoded in two ways", "keep one of the two"),
    "duplicate.column": _error("the column stands twice", "remove one of the two"),
    "duplicate.limit": _error("two limits in {currency}", "keep one of the two"),
}

_PRICES = {
    "no_rate.before": _error("no price is known for {day}; the first holds from {first}"),
    "no_exchange_rate.unknown": _info(
        "what a {currency} costs in dollars is not known", 'say --rate "NUMBER {currency}/USD"'
    ),
    "no_exchange_rate.limit": _error(
        "the limit {limit} cannot be judged: no rate of exchange for {currencies}",
        'say --rate "NUMBER CURRENCY/USD"',
    ),
    "no_exchange_rate.uncovered": _error(
        "no limit covers what is counted in {currency}", "give a limit in {currency}, or one in USD"
    ),
    "price_unknown.input": _error(
        "the price depends on it, but the price book has no price with it", "remove it, or use a book that has one"
    ),
    "price_unknown.length": _error(
        "the price is by the seconds of the video that is given, which are not said",
        "price it as a row, with its seconds as duration",
    ),
    "price_unknown.mode": _error(
        "it chooses the price, which the price book tells by quality", "write quality: {meant}"
    ),
    "repeated_request.bodies": _warning(
        "{count} requests without job_id repeat an earlier one word for word; the repeats cost {cost}",
        "leave the repeats out, or write takes or a job_id where they are meant",
    ),
    "request_incomplete.fields": _warning(
        "no column for required fields, so requests are priced but not complete: {fields}"
    ),
    "request_not_validated.model": _warning("no request rules are known for {model}; it is priced as it stands"),
    "has_no_effect.other_model": _warning("not a field of {model}; it has no effect there"),
    "has_no_effect.multi_shot_off": _warning("has no effect without model_params.multi_shot"),
    "has_no_effect.prompt": _info("ignored in multi-shot mode; each shot has a prompt of its own"),
    "has_no_effect.other_material": _warning("not used when reference_type is {kind}"),
    "has_no_effect.hidden_rows": _info(
        "hidden rows: {count}, the first is row {first}; they are priced like all others"
    ),
    "refused.by_provider": _warning(
        "the provider refused: {why} ({answer})",
        "the answer does not say whether anything was charged; look at the recent tasks before you send it again",
    ),
    "has_no_effect.hidden_columns": _info(
        "hidden columns: {count}, the first is {first} ({name}); they count like all others"
    ),
    "has_no_effect.hidden_sheet": _info("the sheet {sheet} is read although it is hidden"),
    "has_no_effect.hidden_others": _info("hidden sheets that are not read: {sheets}", "--sheet NAME reads another"),
    "suspicious_price.rate": _warning(
        "the published price of {price} looks wrong: {why}", "confirm it before you spend much"
    ),
    "future_price.rate": _warning(
        "no day is given, so {model} is priced by the rate that begins on {first}, after the price book's version",
        "give the day whose rates count",
    ),
    "future_price.exchange": _warning(
        "no day is given, so {currency} counts by the rate that begins on {first}, after the price book's version",
        "give the day whose rates count",
    ),
    "old_price.checked": _warning(
        "the oldest price used was last checked on {checked}, {days} days before {as_of}",
        "compare it with its source",
    ),
}

#: Remarks on a line item, not problems.
NOTES: Mapping[str, str] = MappingProxyType(
    {
        "minimum": "{minimum} s minimum",
        "minimum_charge": "minimum charge of {charge}",
        "sound_free": "sound has no effect on the price",
        "elements_free": "using elements adds nothing to the price",
        "stored": "{text}",
        "suspicious": "the published price looks wrong: {why}",
        "future_rate": "no day was given; this rate begins on {first}, after the price book's version",
        "future_exchange": "no day was given; the rate of {currency} begins on {first}, after the price book's version",
    }
)

SENTENCES: Mapping[str, Sentence] = MappingProxyType(
    {**_FILES, **_VALUES, **_NAMES, **_PRICES, **{key: _error(*texts) for key, texts in SHAPES.items()}}
)


#: What is said of a provider that has its own name for an error.
ANSWER = "the API answers {api}"


def render(
    key: str,
    params: Sequence[tuple[str, str]],
    field: str = "",
    sentences: Mapping[str, Sentence] = SENTENCES,
    answer: str = ANSWER,
) -> Sentence:
    """The sentence of a key with its parameters filled in.

    Args:
        key: which sentence.
        params: its parameters.
        field: where it is said.
        sentences: those of another language.
        answer: what is said there of a provider's own name for an error.

    >>> render("out_of_range.at_least", [("value", "0"), ("low", "1")]).message
    '0 is below 1'
    """
    values = {"field": field, **dict(params)}
    if key.endswith(".stored") and "message" in values:  # of a stored result, which keeps the words only
        return Sentence("error", values["message"], values["hint"])
    severity, message, hint = sentences[key]
    hint = hint.format(**values)
    if "api" in values:
        answer = answer.format(**values)
        hint = f"{hint}; {answer}" if hint else answer
    return Sentence(severity, message.format(**values), hint)
