"""The English sentences about quantities that are not known before: message and hint of errors, by key."""

from __future__ import annotations

from collections.abc import Mapping

#: Message and hint of errors.
QUANTITIES: Mapping[str, tuple[str, str]] = {
    "price_unknown.quantity": (
        "the price depends on {name}, which is not given and for which the price book has no range",
        "give it under {name}",
    ),
    "wrong_type.quantity": ("{value} is not a number above 0", "write a plain number such as 7 or 7.5"),
    "duplicate.input": (
        "given both beside the request and in it",
        "remove one of the two",
    ),
    "out_of_range.at_most": ("{value} is above the maximum of {high}", ""),
    "mismatch.quantity": (
        "both {value} and {other} are given",
        "give it once, beside the request",
    ),
    "price_unknown.no_upper_end": (
        "{limit} cannot be judged: the plan costs {least} or more, and nothing says how much at most",
        "give how much is asked for in the column that the price book counts, such as input_seconds",
    ),
    "price_unknown.open_line": (
        "a take costs {least} or more, and nothing says how much at most",
        "give how much is asked for in the column that the price book counts, such as input_seconds",
    ),
}
#: Message and hint of warnings.
QUANTITY_WARNINGS: Mapping[str, tuple[str, str]] = {
    "price_unknown.open": (
        "{name} is not given and the price book has no maximum, so that only the least cost is known",
        "give it under {name}",
    ),
}
#: Remarks on a line item.
QUANTITY_NOTES: Mapping[str, str] = {
    "minimum_tokens": "at least {minimum} tokens",
    "counted": "{given} counted as {units}",
    "between": "{name} not given: {least} to {most}",
    "from": "{name} not given: {least} or more",
    "up_to": "{name} not given: at most {most}",
    "held": "the seller holds {held} until it is known",
}
