"""Data for trying out changes on a page: combinations in use, and the price of every alternative.

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
        options: key and name of each option that may be changed.
        groups: distinct combinations in use: model, options, seconds, how many jobs, how many takes they have together
            (each the same), what the first of the jobs are called, and by numbers of pains, how many jobs have them.
        lines: for each line item, its group, its takes and the number of its pains.
        pains: what changes hurt, by number: for each rule what it changes, from and to which value, and its points.
        suggestions: changes to try: the number of a line, the name of an option, its value and a label.
        tags: names of all tags.
        told: for each line item, its prompt and its tags, in that order.
        currencies: steps of a unit and units for a dollar, by code.
        limits: what is held against the plan; `source`, here and in groups, numbers the file that a limit holds.
        money: the money in which totals are wanted: its code, decimals, and units for a dollar as text, or null.
        most_takes: that a job may have.
    """

    models: Sequence[dict[str, Any]]
    options: Sequence[tuple[str, str]]
    groups: Sequence[dict[str, Any]]
    lines: Sequence[tuple[int, int, int]]
    tags: Sequence[str]
    told: Sequence[Sequence[str]]
    currencies: dict[str, dict[str, Any]]
    limits: Sequence[dict[str, Any]]
    money: dict[str, Any]
    most_takes: int
    pains: Sequence[Sequence[Sequence[Any]]] = ()
    suggestions: Sequence[dict[str, Any]] = ()
