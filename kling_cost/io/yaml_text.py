"""Write YAML that the strict reader takes, from Python values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

from kling_cost.amounts import plain_text

_INLINE = 100  # characters of a mapping that stands on one line
_WIDE = 10_000


class Quoted(str):
    """Text that is written in quotation marks, since the bare word would mean something else."""

    __slots__ = ()


class _Writer(yaml.SafeDumper):
    """Writes decimals and days as they are read, and small mappings on one line."""


def _number(writer: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    text = plain_text(value)
    return writer.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in text else 'int'}", text)


def _day(writer: yaml.SafeDumper, value: date) -> yaml.Node:
    return writer.represent_scalar("tag:yaml.org,2002:timestamp", value.isoformat())


def _quoted(writer: yaml.SafeDumper, value: Quoted) -> yaml.Node:
    return writer.represent_scalar("tag:yaml.org,2002:str", str(value), style='"')


_Writer.add_representer(Quoted, _quoted)
_Writer.add_representer(Decimal, _number)
_Writer.add_representer(date, _day)


def yaml_text(tree: Mapping[str, Any], comment: str = "") -> str:
    """Python values as YAML in which every scalar reads as it is meant.

    Args:
        tree: by key: mappings, lists, texts, whole numbers, decimals and days.
        comment: lines that stand before it.

    >>> print(yaml_text({"schema": 2, "rate": {"unit_price": Decimal("5.40")}}), end="")
    schema: 2
    rate: {unit_price: 5.4}
    """
    lines = "".join(f"# {line}".rstrip() + "\n" for line in comment.splitlines())
    return lines + "".join(_entry(key, value, 0) for key, value in tree.items())


def _entry(key: Any, value: Any, depth: int) -> str:
    """One entry: on one line where it fits, else with its own entries below."""
    start = f"{'  ' * depth}{_inline(key)}:"
    is_nested = isinstance(value, Mapping) and any(isinstance(inner, Mapping) for inner in value.values())
    if not is_nested:
        line = f"{start} {_inline(value)}\n"
        if not isinstance(value, Mapping) or not value or len(line) < _INLINE:
            return line
    return f"{start}\n" + "".join(_entry(name, inner, depth + 1) for name, inner in value.items())


def _inline(value: Any) -> str:
    options: dict[str, Any] = {"default_flow_style": True, "sort_keys": False, "width": _WIDE, "allow_unicode": True}
    written: str = yaml.dump(value, Dumper=_Writer, **options)
    return written.removesuffix("...\n").strip()
