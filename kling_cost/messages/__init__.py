"""The English sentences of problems: a message that says what is wrong, and a hint that says what to do.

A key is a code of the closed list in docs/reference/problems.md, a dot, and the case. Parameters are in braces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from kling_cost.messages.file_messages import FILES
from kling_cost.messages.fit_messages import FITS
from kling_cost.messages.plan_messages import PLANS
from kling_cost.messages.price_list_messages import PRICE_LISTS
from kling_cost.messages.quantity_messages import QUANTITIES, QUANTITY_NOTES, QUANTITY_WARNINGS
from kling_cost.messages.risk_messages import RISKS
from kling_cost.messages.rule_messages import RULES
from kling_cost.messages.sentence import Sentence, error, info, warning
from kling_cost.messages.shape_messages import SHAPES
from kling_cost.messages.take_log_messages import TAKE_LOGS
from kling_cost.messages.term_messages import TERM_ERRORS, TERM_NOTES, TERM_REMARKS
from kling_cost.messages.workbooks.report_messages import REPORTS

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
    "missing.budget": error("no budget is given", "write one with its currency, such as 60 USD"),
    "missing.may_change": error("nothing may be changed", "name what may be changed"),
    "missing.products": error("the price book does not say who sells the same video"),
    "missing.least": error("the least that it may become is missing", "write a whole number of at least 1"),
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
    "no_exchange_rate.unknown_currency": error(
        "the price book does not know the currency {currency}", "write the budget in USD, or in a provider's credits"
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
_OTHERS |= {key: Sentence(*texts) for key, texts in {**PLANS, **PRICE_LISTS, **RISKS, **RULES, **TAKE_LOGS}.items()}
_OTHERS |= {key: Sentence(*texts) for key, texts in FITS.items()}
SENTENCES: Mapping[str, Sentence] = MappingProxyType(FILES | _VALUES | _NAMES | _PRICES | _OTHERS | REPORTS)


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
    message = f"{{at_cell}}: {message}" if "at_cell" in values else message
    if "api" in values:
        hint = "; ".join(filter(None, [hint, answer.format(**values)]))
    return Sentence(severity, message.format(**values), hint)
