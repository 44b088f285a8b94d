"""What a reader of a page may try out: combinations in use, and the price of every other that could be chosen.

All amounts are whole numbers of a step as small as the finest price, as text, so that a script adds them up exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The plan as a page's script knows it.

    Attributes:
        models: for each model in use: its name, its currency, and the options and prices of its combinations.
        groups: distinct combinations in use: model, quality, sound, seconds, and how many takes.
        lines: for each line item, its group and its takes.
        currencies: steps of a unit and units for a dollar, by code.
        limits: what is held against the plan; `source`, here and in groups, numbers the file that a limit holds.
    """

    models: Sequence[dict[str, Any]]
    groups: Sequence[dict[str, Any]]
    lines: Sequence[tuple[int, int]]
    currencies: dict[str, dict[str, Any]]
    limits: Sequence[dict[str, Any]]
