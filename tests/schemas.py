"""Results held to the schemas that the library publishes."""

from __future__ import annotations

from functools import cache

import jsonschema

from kling_cost.results.result_schema import schema


def validate(record: object, kind: str) -> None:
    """Fail unless a result keeps to the schema of its kind.

    That the schema is one is looked at once for each kind: it takes twenty times as long as to look at a result.
    """
    _validator(kind).validate(record)


@cache
def _validator(kind: str) -> jsonschema.Draft202012Validator:
    found = schema(kind)
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)
