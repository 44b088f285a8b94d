"""Keep spreadsheets from running CSV text as a formula, and undo that when reading."""

from __future__ import annotations

from typing import Any

_LIVE = "=+-@\t\r'"  # what a spreadsheet would run, and the mark itself


def escape_formula(value: Any) -> Any:
    """Text that a spreadsheet would run, made inert by an apostrophe before it.

    `unescape_formula` takes the apostrophe off again; an apostrophe that was there gets a second one.

    >>> escape_formula("=1+1"), escape_formula("Fog"), unescape_formula(escape_formula("'=1"))
    ("'=1+1", 'Fog', "'=1")
    """
    return f"'{value}" if isinstance(value, str) and value[:1] and value[0] in _LIVE else value


def unescape_formula(text: str) -> str:
    """What `escape_formula` was given."""
    return text[1:] if text[:1] == "'" and text[1:2] and text[1] in _LIVE else text
