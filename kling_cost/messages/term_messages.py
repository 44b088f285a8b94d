"""The English sentences about what a price list says beside unit prices: errors, remarks and notes, by key."""

from __future__ import annotations

from collections.abc import Mapping

#: Message and hint of errors.
TERM_ERRORS: dict[str, tuple[str, str]] = {
    "price_unknown.count": (
        "the price depends on how many there are, which is not a whole number",
        "write their number",
    ),
    "price_unknown.uncounted": (
        "the price depends on how many {name} there are, which cannot be counted here",
        "give their number under {name}",
    ),
    "mismatch.counted": (
        "{value} is fewer than the {count} that the request itself has",
        "remove it where the request says it all, or give the whole number",
    ),
    "no_rate.ended_elsewhere": (
        "the model is no longer sold; its last day was {last}",
        "use one that sells the same: {sellers}",
    ),
    "no_rate.before_elsewhere": (
        "no price is known for {day}; prices start on {first}",
        "use one that sells the same: {sellers}",
    ),
}
#: Message and hint of what is only worth knowing.
TERM_REMARKS: dict[str, tuple[str, str]] = {
    "has_no_effect.group": ("{provider} has no prices for group {group}", ""),
}
#: Remarks on a line item.
TERM_NOTES: Mapping[str, str] = {
    "extra": "{quantity} × {per}: {cost}",
    "group": "price of group {group}: × {factor}",
    "rounded_half_up": "rounded half up to {to}",
    "rounded_up": "rounded up to {to}",
    "rounded_down": "rounded down to {to}",
    "volume": "may cost × {factor} where more than {above} is spent in a month, which is not known yet",
}
