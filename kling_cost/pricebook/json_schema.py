"""The JSON Schema of `pricing.yaml`, for editors."""

from __future__ import annotations

from typing import Any

from kling_cost.pricebook.file_schema import BookFile


def price_book_schema() -> dict[str, Any]:
    """The schema of a whole price book; an overlay leaves out what it does not change.

    >>> price_book_schema()["title"]
    'kling_cost price book'
    """
    schema = BookFile.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "kling_cost price book",
    }
