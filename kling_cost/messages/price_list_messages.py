"""The English sentences about price lists that are imported: severity, message and hint, by key."""

from __future__ import annotations

from collections.abc import Mapping

from kling_cost.messages.sentence import Severity, Texts

_E: Severity = "error"
_W: Severity = "warning"

PRICE_LISTS: Mapping[str, Texts] = {
    "unreadable.no_price_columns": (
        _E,
        "not a price list: none of its columns is known: {columns}",
        "use column names such as provider, model, quality, sound, unit_price, or pass --columns FILE",
    ),
    "unreadable.no_list_rows": (_E, "not a price list: it has no row with a price", "check the file"),
    "unreadable.no_observed_prices": (
        _E,
        "these are no observed prices",
        "pass the file that kling-cost reconcile --observe wrote",
    ),
    "unreadable.stored_observed": (_E, "the observed prices are damaged: {why}", "make them again"),
    "unreadable.no_list_price": (
        _E,
        "not a price: {value}",
        "write a plain number such as 0.084, with currency and unit beside it where you like: $0.084 / s",
    ),
    "unreadable.list_decimal": (
        _E,
        "the comma may separate decimals or thousands: {value}",
        'write decimal_mark: "," or decimal_mark: "." in the column file',
    ),
    "unreadable.list_point": (
        _E,
        "the point may separate decimals or thousands: {value}",
        'write decimal_mark: "." or decimal_mark: "," in the column file',
    ),
    "unreadable.list_zero": (
        _E,
        "a price of 0 may mean anything: {value}",
        "omit the row, write – if it is not sold, or write what is free into the book by hand",
    ),
    "unreadable.list_digits": (
        _E,
        "a price has at most nine digits before the point and six after it: {value}",
        "check it against its source; a formula may need rounding",
    ),
    "unreadable.list_number": (_E, "not a whole number: {value}", "write it like 15"),
    "unreadable.list_day": (_E, "not a day: {value}", "write it like 2026-11-28"),
    "unreadable.list_id": (
        _E,
        "{value} cannot be an id: use lower-case letters, digits, dots, hyphens and underscores",
        "write the id here, or under names in the column file",
    ),
    "unreadable.list_currency": (_E, "not a currency code: {value}", "write it like USD or KIE_CREDIT"),
    "missing.list_column": (_E, "no column for {name}", "add the column, or a fixed value in the column file"),
    "missing.list_value": (_E, "the row has no {name}", "write it down; in a column file, see blank: {name}: above"),
    "missing.list_price": (_E, "the row has no price", "write it down, or – if it is not sold"),
    "mismatch.list_currency": (_E, "{value} is not in {currency}", "fix one of the two"),
    "mismatch.list_unit": (_E, "{value} is not a price per {unit}", "fix one of the two"),
    "mismatch.list_heading_unit": (
        _E,
        "the heading says {value}, the prices are per {unit}",
        "give the price of one second or call, and mend the heading",
    ),
    "mismatch.list_shared": (
        _E,
        "{name} differs within {owner}: {value} here, {other} in row {row}",
        "give both rows the same, or tell them apart by sku or effective_from",
    ),
    "mismatch.list_models": (
        _E,
        "{value} and {other} are models of {sku}, but are not sold in the same combinations",
        "give each of them its own sku",
    ),
    "duplicate.list_price": (
        _E,
        "two prices for {combination}: {value} here, {other} in row {row}",
        "keep one of the two, or read the column that tells them apart",
    ),
    "duplicate.list_heading": (
        _E,
        "{name} heads several columns: {columns}",
        "name one in the column file: {{header: …, column: {first}}}",
    ),
    "duplicate.list_model": (_E, "{value} is also a model of {sku}", "use each model once"),
    "ambiguous.list_blank": (
        _E,
        "no {name}, which other prices of {sku} have",
        "write it down, or say in the column file what blank means: blank: {{{name}: all}} or above",
    ),
    "ambiguous.list_value": (
        _E,
        "{value} and {other} differ only in how they are written",
        "write them the same, or under names in the column file",
    ),
    "unknown_field.list_heading": (_E, "no column is headed like this; the headings are: {columns}", "fix it"),
    "unknown_field.list_heading_meant": (_E, "no column is headed like this", "did you mean {meant}?"),
    "unknown_field.list_columns": (
        _W,
        "columns that are not read: {columns}",
        "rename one to option:NAME if the price depends on it",
    ),
    "unknown_field.list_option": (
        _E,
        "the prices may depend on this column, which is not read",
        "use it as {option}, or name it under ignore in the column file",
    ),
    "not_allowed.combination": (_E, "not sold together: {values}", "look at kling-cost prices show for what is sold"),
    "not_allowed.list_value": (_E, "{value} is not one of {choices}", "write it so, or under names in the column file"),
    "has_no_effect.list_notes": (_W, "rows without a price are taken for headings or notes: {rows}", ""),
    "price_unknown.list_combination": (_W, "{sku} from {day}: not sold: {combinations}", ""),
}
