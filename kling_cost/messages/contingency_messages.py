"""The English sentences about contingencies: severity, message and hint, by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

CONTINGENCIES: Mapping[str, tuple[Literal["error", "warning", "info"], str, str]] = {
    "has_no_effect.confidence": (
        "warning",
        "no job is in a class of takes, so the confidence sets nothing aside; a contingency in the rules still counts",
        "write classes of takes into a rules file, below `takes`, and pass it with --rules",
    ),
}
