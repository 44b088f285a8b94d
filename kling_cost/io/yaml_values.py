"""Convert YAML trees to Python values: typed as in JSON, or with all scalars as text."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from kling_cost.io.strict_yaml import Mapping, Node, Scalar, Sequence

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})", re.ASCII)
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


def typed(node: Node | None) -> Any:
    """A node as JSON values: numbers exact, true, false and null; everything else, and all in quotes, is text.

    `on`, `yes`, `0x10`, `1_0`, `010` and `1:05` are text, whatever YAML 1.1 makes of them.

    >>> from kling_cost.io.strict_yaml import compose
    >>> typed(compose("{duration: 5, sound: on, index: '1', scale: 0.5}")[0])
    {'duration': 5, 'sound': 'on', 'index': '1', 'scale': Decimal('0.5')}
    """
    if isinstance(node, Mapping):
        return {key: typed(value) for key, value in node.items.items()}
    if isinstance(node, Sequence):
        return [typed(item) for item in node.items]
    if not isinstance(node, Scalar) or node.is_null:
        return None
    return _plain_value(node.text) if node.plain else node.text


def _plain_value(text: str) -> Any:
    """What a text without quotes stands for."""
    if text in _TRUTH:
        return _TRUTH[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return Decimal(text) if _DECIMAL.fullmatch(text) else text


def textual(node: Node | None) -> Any:
    """A mapping with its scalars as text, as a row of a sheet has them; the items of lists are typed.

    >>> from kling_cost.io.strict_yaml import compose
    >>> textual(compose("{duration: 5, sound: on, seed: ~}")[0])
    {'duration': '5', 'sound': 'on', 'seed': None}
    """
    if isinstance(node, Mapping):
        return {key: textual(value) for key, value in node.items.items()}
    if isinstance(node, Scalar):
        return None if node.is_null else node.text
    return typed(node)
