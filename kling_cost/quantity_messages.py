"""The English sentences about quantities that are not known before: message and hint of errors, by key."""

from __future__ import annotations

from collections.abc import Mapping

QUANTITIES: Mapping[str, tuple[str, str]] = {
    "price_unknown.no_upper_end": (
        "{limit} cannot be judged: the plan costs {least} or more, and nothing says how much at most",
        "give how much is asked for in the column that the price book counts, such as input_seconds",
    ),
    "price_unknown.open_line": (
        "a take costs {least} or more, and nothing says how much at most",
        "give how much is asked for in the column that the price book counts, such as input_seconds",
    ),
}
