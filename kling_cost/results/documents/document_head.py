"""What every result in JSON begins with."""

from __future__ import annotations

from kling_cost.results.fields import Field
from kling_cost.results.value_types import constant

SCHEMA_VERSION = "1"


def head(kind: str) -> tuple[Field, Field]:
    """The fields by which a result is told.

    >>> [field.name for field in head("check")]
    ['schema_version', 'kind']
    """
    return (
        Field(
            "schema_version",
            constant(SCHEMA_VERSION),
            "of the form of results",
            lambda _: SCHEMA_VERSION,
            is_read=False,
        ),
        Field("kind", constant(kind), "what the result is", lambda _: kind, is_read=False),
    )
