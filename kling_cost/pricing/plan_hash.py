"""The hash of a plan: the same on any day, in any order and file form, as long as its jobs and costs are the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from kling_cost.amounts import plain_text
from kling_cost.pricing.line_item import LineItem


def plan_sha256(items: Iterable[LineItem]) -> str:
    """SHA-256 over one line of canonical JSON for each job, sorted by id.

    A line is `[job_id, provider, model, options, takes, tags, currency, cost]`. The day, the files, notes, dollars and
    problems are not in it, so that tomorrow's run of the same plan has the same hash.

    >>> import kling_cost as kc
    >>> shots = [{"job_id": name, "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}} for name in "ab"]
    >>> one, other = (kc.estimate(jobs) for jobs in (shots, shots[::-1]))
    >>> plan_sha256(one.line_items) == plan_sha256(other.line_items)
    True
    """
    digest = sha256()
    for line in sorted(_lines(items)):
        digest.update(line[1].encode("utf-8", "backslashreplace"))
    return digest.hexdigest()


def canonical_json(value: Any) -> str:
    r"""JSON whose bytes follow from its values alone: sorted keys, no blanks, a newline at the end.

    >>> canonical_json({"b": 1, "a": "é"})
    '{"a":"é","b":1}\n'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str) + "\n"


def _lines(items: Iterable[LineItem]) -> Iterator[tuple[str, str]]:
    for item in items:
        options, tags = dict(item.options), dict(item.tags)
        cost = None if item.cost_value is None else plain_text(item.cost_value)
        facts = [item.job_id, item.provider, item.model, options, item.takes, tags, item.currency, cost]
        yield item.job_id or "", canonical_json(facts)
