"""The JSON Schemas of every kind of result, all in `results.schema.json`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

#: Kinds of JSON results; a summary is an estimate without line items.
KINDS = ("estimate", "summary", "check", "reconciliation", "report", "price", "prices", "error")


def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one kind of result, complete in itself.

    Raises:
        KeyError: the kind is unknown.

    >>> schema("estimate")["$ref"]
    '#/$defs/estimate'
    """
    if kind not in KINDS:
        raise KeyError(kind)
    whole = _whole()
    return {"$schema": whole["$schema"], "$ref": f"#/$defs/{kind}", "$defs": whole["$defs"]}


@cache
def _whole() -> dict[str, Any]:
    path = Path(__file__).with_name("results.schema.json")
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document
