"""Read the selectors of rules: fields of a closed list, and what they have to be."""

from __future__ import annotations

import re
from datetime import date

from kling_cost.io.strict_yaml import Mapping, Node, Scalar, Sequence
from kling_cost.jobs.field_names import folded
from kling_cost.jobs.id_likeness import composed
from kling_cost.jobs.misnamed_fields import told
from kling_cost.planning.rules.selectors import FIELDS, TAG, Condition, Selector
from kling_cost.planning.rules.tree_reader import WHOLE, TreeReader, joined, unknown
from kling_cost.problems import shown

_PRESENT, _ABSENT = "present", "absent"
_ON_OFF = ("on", "off")


def read_selector(reader: TreeReader, parent: Mapping, key: str, path: str) -> Selector | None:
    """The selector below a key; None where it is left out or cannot be read."""
    node = parent.items.get(key)
    if node is None:
        return None
    at = joined(path, key)
    if not isinstance(node, Mapping):
        reader.fault(node, at, "must be a mapping of fields")
        return None
    if not node.items:
        reader.fault(node, at, "must not be empty")
    found: dict[str, Condition] = {}
    for field in node.items:
        condition = _condition(reader, node, field, at)
        if condition is not None and found.setdefault(condition.field, condition) is not condition:
            reader.fault(node.key_nodes[field], at, f"duplicate field {shown(condition.field)}")
    return tuple(found.values())


def read_field(reader: TreeReader, parent: Mapping, field: str, path: str) -> str | None:
    """A key of a mapping as the field of jobs that it names; None where there is no such field."""
    if field.startswith(TAG) and field.removeprefix(TAG).strip():
        return TAG + composed(field.removeprefix(TAG))
    if field in FIELDS:
        return field
    reader.fault(parent.key_nodes[field], path, unknown("field", field, (*FIELDS, "tag:NAME")))
    return None


def _condition(reader: TreeReader, parent: Mapping, field: str, path: str) -> Condition | None:
    node, name = parent.items[field], read_field(reader, parent, field, path)
    if name is None:
        return None
    items = node.items if isinstance(node, Sequence) else [node]
    at = path if name.startswith(TAG) else joined(path, name)
    if not items:
        reader.fault(node, at, f"{shown(name)} must not be an empty list")
    words = {_word(item) for item in items}
    texts = (read_value(reader, item, name, at) for item in items if _word(item) is None)
    values = frozenset(text for text in texts if text is not None)
    return Condition(name, values, _PRESENT in words, _ABSENT in words)


def _word(node: Node) -> str | None:
    """`present` or `absent` where it stands without quotes."""
    is_word = isinstance(node, Scalar) and node.plain and node.text in (_PRESENT, _ABSENT)
    return node.text if is_word and isinstance(node, Scalar) else None


def read_value(reader: TreeReader, node: Node, field: str, path: str) -> str | None:
    """A value of a field as jobs have it."""
    if not isinstance(node, Scalar) or node.is_null or not node.text.strip():
        reader.fault(node, path, f"{shown(field)} must be a value, a list of values, present or absent")
        return None
    why = wrong_value(field, node.text)
    if why:
        reader.fault(node, path, why)
        return None
    return composed(node.text) if field.startswith(TAG) or field == "job_id" else node.text.strip()


def wrong_value(field: str, text: str) -> str | None:
    """Why a field can never have a value; None where it can."""
    if field in ("takes", "duration") and not re.fullmatch(WHOLE, text, re.ASCII):
        return f"{shown(text)} is not a whole number from 1"
    if field == "sound" and text not in _ON_OFF:
        return f"must be on or off, not {shown(text)}"
    if field == "date" and not _is_day(text):
        return f"{shown(text)} is not a date such as 2026-11-20"
    return _misspelt_quality(text.strip()) if field == "quality" else None


def _misspelt_quality(text: str) -> str | None:
    """Why no job has a quality that is spelt like this: a rule about it would hold of none."""
    meant = quality_of_jobs(text)
    return f"no job has the quality {shown(text)}; write {meant}" if meant != text else None


def quality_of_jobs(text: str) -> str:
    """A quality as jobs have it, however its letters are written; any other text as it is.

    >>> quality_of_jobs("1080P"), quality_of_jobs("1080"), quality_of_jobs("std")
    ('1080p', '1080p', 'std')
    """
    meant = told("quality", text)
    return meant if isinstance(meant, str) and meant.startswith(folded(text)) else text


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
