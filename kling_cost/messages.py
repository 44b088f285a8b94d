"""The English sentences of problems: a message that says what is wrong, and a hint that says what to do.

A key is a code of the closed list in docs/reference/problems.md, a dot, and the case. Parameters are in braces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

from kling_cost.plan_messages import PLANS
from kling_cost.price_list_messages import PRICE_LISTS
from kling_cost.quantity_messages import QUANTITIES, QUANTITY_NOTES, QUANTITY_WARNINGS
from kling_cost.risk_messages import RISKS
from kling_cost.rule_messages import RULES
from kling_cost.shape_messages import SHAPES
from kling_cost.term_messages import TERM_ERRORS, TERM_NOTES, TERM_REMARKS


class Sentence(NamedTuple):
    """Severity, message and hint of a kind of problem; an empty hint says nothing."""

    severity: Literal["error", "warning", "info"]
    message: str
    hint: str = ""


def error(message: str, hint: str = "") -> Sentence:
    """What makes a job invalid, or stops a run."""
    return Sentence("error", message, hint)


def warning(message: str, hint: str = "") -> Sentence:
    """What a run goes on with, unless it is strict."""
    return Sentence("warning", message, hint)


def info(message: str, hint: str = "") -> Sentence:
    """What is only worth knowing."""
    return Sentence("info", message, hint)


_FILES = {
    "unreadable.no_file": error("no such file"),
    "unreadable.folder": error("this is a folder, not a file"),
    "unreadable.cannot_open": error("cannot be read: {why}"),
    "unreadable.empty": error("the file is empty"),
    "unreadable.too_large": error("larger than {limit}", "split it, or use .jsonl, .csv or .parquet"),
    "unreadable.encoding": error(
        "not valid {encoding} text", "save it as UTF-8, or pass --encoding cp949 | cp932 | gb18030"
    ),
    "unreadable.unknown_encoding": error("unknown encoding {encoding}"),
    "unreadable.json": error("not JSON: {why} (column {column})"),
    "unreadable.json_encoding": error(
        "not valid UTF-8 text (column {column})", "save the file as UTF-8, or pass --encoding"
    ),
    "unreadable.duplicate_key": error("duplicate key {name} (column {column})", "keep one of the two"),
    "unreadable.long_line": error("the line is longer than 4 MiB"),
    "unreadable.endless_line": error("no end of line within {limit}", "check that the file is line-based text"),
    "unreadable.not_object": error("a job must be an object, not {value}"),
    "unreadable.stored_estimate": error(
        "this is a stored estimate, not a list of jobs", "pass it as the only input to check, report or reconcile"
    ),
    "unreadable.stored_result": error("this is a stored {kind}, not a list of jobs"),
    "unreadable.no_estimate": error("not a stored estimate"),
    "unreadable.line_items": error(
        "line items without their count and totals: neither jobs nor a stored estimate",
        "store the estimate as .json or .csv, or pass its jobs",
    ),
    "unreadable.stored_version": error(
        "unknown schema version {version}", "store it again, or read it with the release that wrote it"
    ),
    "unreadable.stored_line": error("the line was changed after it was stored", "store it again from its jobs"),
    "unreadable.stored_lines": error(
        "lines are missing, duplicated or from another plan: {why}", "store it again from its jobs"
    ),
    "unreadable.stored": error("the stored estimate is damaged: {why}"),
    "unreadable.no_reconciliation": error("not a stored reconciliation"),
    "unreadable.stored_outcome": error("the stored reconciliation is damaged: {why}", "store it again"),
    "unreadable.stored_sum": error("the stored estimate does not add up {job}", "store it again from its jobs"),
    "unreadable.stored_sheet": error("the stored line items are damaged", "store them again from their jobs"),
    "unreadable.yaml": error("invalid YAML: {why}"),
    "unreadable.no_campaign": error("not a campaign: it has no `jobs` list"),
    "unreadable.jobs_no_list": error("`jobs` must be a list"),
    "unreadable.budget": error(
        "{value} is not a valid limit",
        "write it like 500 USD or 36000 EVOLINK_CREDIT",  # example
    ),
    "unreadable.budget_bare": error(
        "{value}: a limit needs a currency",
        "write it like 60 USD or 36000 EVOLINK_CREDIT",  # example
    ),
    "unreadable.budget_yen": error("{value}: ¥ can mean yuan or yen", "write CNY or JPY"),
    "unreadable.budget_sign": error("{value}: a limit cannot contain a plus, a minus or a dash"),
    "unreadable.budget_number": error(
        "{value}: the number is ambiguous or malformed",
        "write 1000.50 or 1,000.50: a point before the decimals, commas only between groups of three digits",
    ),
    "unreadable.budget_digits": error("{value}: too many digits", "use at most 60 on either side of the point"),
    "unreadable.budget_credits": error(
        "{value}: it is unclear which provider's credits are meant",
        "write the currency, such as EVOLINK_CREDIT",  # example
    ),
    "unreadable.ragged": error(
        "the row has {found} cells, the header has {wanted}",
        "put quotation marks around cells that contain the separator",
    ),
    "unreadable.quote": error(
        "a quotation mark is never closed, or is inside a cell", 'write "" for a quotation mark inside a cell'
    ),
    "unreadable.huge_cell": error(
        "a cell is longer than 131,072 characters", "look for a quotation mark that is never closed"
    ),
    "unreadable.long_cell": error("a cell is longer than 131,072 characters"),
    "unreadable.workbook": error("not a readable .xlsx workbook: {why}"),
    "unreadable.encrypted": error(
        "the workbook is encrypted, or in the old .xls format", "save it as .xlsx without a password"
    ),
    "unreadable.too_large_workbook": error("its part {part} is too large when unpacked", "use .csv or .parquet"),
    "unreadable.no_sheet": error("the workbook has no sheet {sheet}; it has: {sheets}"),
    "unreadable.which_sheet": error("more than one sheet could be meant: {sheets}", "pass --sheet NAME"),
    "unreadable.no_job_sheet": error("no sheet has a column `{needed}`: {sheets}", "pass --sheet NAME"),
    "unreadable.empty_sheet": error("the sheet {sheet} is empty"),
    "unreadable.formula": error(
        "the formula has no stored result", "open the file in a spreadsheet program, save it, and try again"
    ),
    "unreadable.no_answer": error("not an answer from a known provider", "pass it as the provider sent it"),
    "unreadable.no_task": error("the answer names neither a task nor a job"),
    "unreadable.success": error(
        "the call succeeded (code {answer}), but its answer contains no readable task",
        "record it in a sheet with the columns job_id, task_id, status and credits",
    ),
    "unreadable.unknown_seller": error(
        "an answer from an unknown provider, with the keys {keys}",
        "record it in a sheet with the columns job_id, task_id, status and credits",
    ),
    "unreadable.price_quote": warning(
        "a price quote, not an answer about a task", "pass the answers about the tasks themselves"
    ),
    "unreadable.account": warning("an account balance, not an answer about a task"),
    "unreadable.no_answer_columns": error(
        "no known column", "give a sheet of answers the columns job_id or task_id, status and credits"
    ),
    "unreadable.no_answer_ids": error(
        "no column identifies the job or task of each row", "name one of them job_id or task_id"
    ),
    "unreadable.error_cell": error("the cell contains the error value {value}"),
    "unreadable.cell_value": error(
        "the cell contains what no spreadsheet program writes: {value}", "retype it, and save the file"
    ),
    "unreadable.cell_twice": error("duplicate cell {cell} in the file", "retype it, and save the file"),
    "unreadable.merged_over": error("the merged cells {cells} hide another value here", "unmerge them"),
    "unreadable.merged_columns": error(
        "the merged cells {cells} span several columns, so it is unclear which one is meant", "unmerge them"
    ),
    "unreadable.merged_rows": error(
        "the merged cells {cells} span several rows, but such a value can apply to one row only",
        "unmerge them, and give each row its own value",
    ),
    "unreadable.merged_alone": error(
        "every value in this row is merged with rows above it ({cells})", "unmerge them, or delete the row"
    ),
    "unreadable.merged_header": error(
        "the heading in {cells} is merged with other cells", "use one row of headings, each in its own cell"
    ),
    "unreadable.parquet": error("not a readable Parquet file: {why}"),
    "unreadable.too_large_parquet": error(
        "these columns are too large when unpacked: {columns}", "store it again with shorter values, or use .csv"
    ),
    "unreadable.price_book": error("{why}"),
    "usage.call": error("{why}"),
    "unwritable.file": error("cannot be written: {why}"),
}

_VALUES = {
    "wrong_type.text": error("must be text, not {value}"),
    "wrong_type.rounded_id": error(
        "{value} is a number that a spreadsheet has rounded, not an id",
        "format the column as text, then paste the ids again",
    ),
    "wrong_type.null": error("must not be null", "omit it, or give it a value"),
    "wrong_type.amount": warning("{amount} is not a valid amount; it counts as missing, never as 0"),
    "wrong_type.integer": error("must be a whole number, not {value}"),
    "wrong_type.integer_as": error("must be a whole number, not {value}", "write {meant}"),
    "wrong_type.boolean": error("must be true or false, not {value}"),
    "wrong_type.boolean_as": error("must be true or false, not {value}", "write {meant}"),
    "wrong_type.list": error("must be a list, not {value}"),
    "wrong_type.object": error("must be an object, not {value}"),
    "wrong_type.number": error("must be a number, not {value}"),
    "wrong_type.seconds": error('must be whole seconds such as "5", not {value}'),
    "wrong_type.date": error("must be a date such as 2026-03-01, not {value}"),
    "wrong_type.on_off": error("must be on or off, not {value}"),
    "wrong_type.on_off_as": error("must be on or off, not {value}", "write {meant}"),
    "missing.required": error("required field is missing"),
    "missing.model_name": error(
        "required field is missing", "name its model (or type); in an envelope, put the request under `request`"
    ),
    "missing.empty": error("must not be empty"),
    "missing.because": error("required when {other} is {is_}"),
    "missing.tag_name": error("a tag needs a name", "write tag:NAME"),
    "missing.jobs": warning("there are no jobs to check"),
    "missing.recommended": warning("expected field is missing"),
    "missing.planned": warning("the shots are planned from the prompt, which is missing"),
    "out_of_range.between": error("{value} is outside the range {low} to {high}"),
    "out_of_range.at_least": error("{value} is below the minimum of {low}"),
    "out_of_range.share": error("{value} is outside the range 0 to 1"),
    "out_of_range.takes": error("{value} is outside the range 1 to {high}"),
    "out_of_range.time": error("the time is outside the years 1 to 9999"),
    "too_long.text": error("{count} characters; the maximum is {limit}"),
    "too_many.items": error("{count} items; the maximum is {limit}"),
    "not_allowed.status": warning("unknown status {value}; the task counts as open"),
    "not_allowed.choice": error("{value} is not one of {choices}"),
    "not_allowed.form": error("{value} is not valid: {why}"),
    "not_allowed.misspelt": error("{value} is not one of {choices}", "did you mean {meant}?"),
    "not_allowed.other_book": error(
        "{value} is not one of {choices}, the values in this price book",
        "use a price book that has it: pass --overlay {book}",
    ),
    "not_allowed.together": error("not allowed when {other} is {is_}"),
    "not_allowed.without": error("not allowed without {other}"),
    "not_allowed.image_format": warning("{value} does not look like JPG, JPEG or PNG"),
    "mismatch.shots": error("the shots add up to {shots} s, but the video is {duration} s", "make them equal"),
    "mismatch.shots_default": error(
        "the shots add up to {shots} s, but the video is {duration} s by default",
        "make them equal",
    ),
    "mismatch.other_column": error("{value} contradicts the value under {meant}", "remove one of the two columns"),
    "mismatch.element": warning("<<<{element}>>> refers to no element: element_list has {count} items"),
    "invalid_url.not_web": error("{value} is not an http or https URL"),
    "invalid_url.not_https": error("{value} must begin with https://"),
    "invalid_url.image_data": error("image data, not a URL", "give a link to the image; only links are accepted"),
    "invalid_url.internal": error("{value} points to an address that is not public"),
}

_NAMES = {
    "unknown_field.ignored": warning("undocumented field; the provider may ignore it"),
    "unknown_field.misspelt": warning("undocumented field", "did you mean {meant}?"),
    "unknown_field.other_word": error(
        "undocumented field; the provider would ignore it and charge its default for {meant}", "write {meant}"
    ),
    "unknown_field.other_place": error(
        "undocumented in this place; the provider would ignore it and charge its default for {meant}",
        "put {meant} at the top level of the request",
    ),
    "unknown_field.otherwise": error("undocumented field; its value {value} contradicts {meant}", "keep one of them"),
    "unknown_field.takes_word": error(
        "not a field of a request; the provider would ignore it",
        'put takes beside the request: {{"takes": …, "request": {{…}}}}',
    ),
    "unknown_field.material": error("undocumented field; {meant} is missing, and this may be it", "write {meant}"),
    "unknown_field.rule": error(
        "unknown key; a rule in it would not be applied",
        "remove it; put remarks under notes or x-NAME, labels under tags",
    ),
    "unknown_field.beside_defaults": error(
        "not a key of a campaign; it would not be applied", "write defaults: {{{meant}: …}}"
    ),
    "unknown_field.remark": warning("unknown key; it is treated as a remark"),
    "unknown_field.column": warning("unknown column; it is ignored", "rename it to tag:NAME to keep it"),
    "unknown_field.misspelt_column": error("unknown column that looks like {meant}", "rename it to {meant}"),
    "unknown_field.misspelt_key": error("unknown key that looks like {meant}", "rename it to {meant}"),
    "unknown_field.priced_key": error(
        "not a field of a request; it would be ignored", 'write {{"{field}": …, "request": {{…}}}}'
    ),
    "unknown_field.job_key": warning(
        "not a field of a request; it is ignored", 'write {{"{field}": …, "request": {{…}}}}'
    ),
    "unknown_model.name": error("no provider in the price book sells {model}"),
    "unknown_model.misspelt": error("no provider in the price book sells {model}", "did you mean {meant}?"),
    "unknown_model.other_book": error(
        "no provider in the price book sells {model}", "use a price book that has it: pass --overlay {book}"
    ),
    "unknown_model.at_provider": error("{provider} does not sell {model}"),
    "unknown_model.provider": error("the price book has no provider {provider}; it has {providers}"),
    "ambiguous.model": error(
        "{model} is sold by several providers: {providers}", "name the provider, for example {example}"
    ),
    "ambiguous.near": info(
        "{one} and {other} differ only in how they are written; pairs like this: {count}",
        "write both the same way if they mean the same",
    ),
    "ambiguous.sheet_read": info("reading the sheet {sheet}, not {others}", "pass --sheet NAME to read another"),
    "duplicate.job_id": error("duplicate job_id {value}; the first one ({first}) is used", "give each job its own id"),
    "duplicate.tag": error("duplicate tag, with its accents encoded in two ways", "keep one of the two"),
    "duplicate.column": error("duplicate column", "remove one of the two"),
    "duplicate.limit": error("two limits in {currency}", "keep one of the two"),
}

_PRICES = {
    "no_rate.ended": error("the model is no longer sold; its last day was {last}"),
    "no_rate.before": error("no price is known for {day}; prices start on {first}"),
    "no_exchange_rate.unknown": info(
        "the dollar price of {currency} is unknown", 'pass --rate "NUMBER {currency}/USD"'
    ),
    "no_exchange_rate.limit": error(
        "the limit {limit} cannot be checked: no exchange rate for {currencies}",
        'pass --rate "NUMBER CURRENCY/USD"',
    ),
    "no_exchange_rate.uncovered": error(
        "no limit covers costs in {currency}", "set a limit in {currency}, or one in USD"
    ),
    "price_unknown.input": error(
        "the price depends on this field, but the price book has no price with it",
        "remove it, or use a price book that has one",
    ),
    "price_unknown.length": error(
        "the price depends on the length of the input video, which the request does not state",
        "price it as a row, with the video's seconds as duration",
    ),
    "price_unknown.mode": error(
        "this field decides the price, but the price book lists prices by quality", "write quality: {meant}"
    ),
    "repeated_request.bodies": warning(
        "{count} requests without job_id repeat an earlier one exactly; the repeats cost {cost}",
        "remove the repeats, or write takes or a job_id where they are intended",
    ),
    "request_incomplete.fields": warning(
        "no columns for these required fields, so the requests are priced but incomplete: {fields}"
    ),
    "request_not_validated.model": warning("no request rules are known for {model}; it is priced without validation"),
    "has_no_effect.other_model": warning("not a field of {model}; it has no effect"),
    "has_no_effect.multi_shot_off": warning("has no effect without {other}"),
    "has_no_effect.prompt": info("ignored in multi-shot mode; each shot has its own prompt"),
    "has_no_effect.other_material": warning("not used when reference_type is {kind}"),
    "has_no_effect.hidden_rows": info("hidden rows: {count}, the first is row {first}; they are priced like others"),
    "refused.by_provider": warning(
        "the provider refused the request: {why} ({answer})",
        "check the recent tasks before sending it again: the answer does not say whether anything was charged",
    ),
    "has_no_effect.hidden_columns": info(
        "hidden columns: {count}, the first is {first} ({name}); they are read like others"
    ),
    "has_no_effect.hidden_sheet": info("the sheet {sheet} is read although it is hidden"),
    "has_no_effect.hidden_others": info("hidden sheets that are not read: {sheets}", "pass --sheet NAME to read one"),
    "suspicious_price.rate": warning(
        "the published price of {price} looks wrong: {why}", "confirm it before spending much"
    ),
    "future_price.rate": warning(
        "no date is given, so {model} is priced at the rate from {first}, after the book's version",
        "give the date whose rates apply",
    ),
    "future_price.exchange": warning(
        "no date is given, so {currency} is converted at the rate from {first}, after the book's version",
        "give the date whose rates apply",
    ),
    "old_price.checked": warning(
        "the oldest price used was last checked on {checked}, {days} days before {as_of}",
        "compare it with its source",
    ),
}

#: Remarks on a line item, not problems; they are values of JSON results, so their words stay.
NOTES: Mapping[str, str] = MappingProxyType(
    {
        "minimum": "{minimum} s minimum",
        "minimum_charge": "minimum charge of {charge}",
        "sound_free": "sound has no effect on the price",
        "same_model": "asked for as {asked}",
        "elements_free": "using elements adds nothing to the price",
        "stored": "{text}",
        "suspicious": "the published price looks wrong: {why}",
        "future_rate": "no day was given; this rate begins on {first}, after the price book's version",
        "future_exchange": "no day was given; the rate of {currency} begins on {first}, after the price book's version",
        **TERM_NOTES,
        **QUANTITY_NOTES,
    }
)

_OTHERS = {key: error(*texts) for key, texts in {**SHAPES, **QUANTITIES, **TERM_ERRORS}.items()}
_OTHERS |= {key: warning(*texts) for key, texts in QUANTITY_WARNINGS.items()}
_OTHERS |= {key: info(*texts) for key, texts in TERM_REMARKS.items()}
_OTHERS |= {key: Sentence(*texts) for key, texts in {**PLANS, **PRICE_LISTS, **RISKS, **RULES}.items()}
SENTENCES: Mapping[str, Sentence] = MappingProxyType(_FILES | _VALUES | _NAMES | _PRICES | _OTHERS)


#: What is said of a provider that has its own name for an error.
ANSWER = "the API returns {api}"


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
    '0 is below the minimum of 1'
    """
    values = {"field": field, **dict(params)}
    if key.endswith(".stored") and "message" in values:  # of a stored result, which keeps the words only
        return Sentence("error", values["message"], values["hint"])
    severity, message, hint = sentences[key]
    hint = hint.format(**values)
    if "api" in values:
        hint = "; ".join(filter(None, [hint, answer.format(**values)]))
    return Sentence(severity, message.format(**values), hint)
