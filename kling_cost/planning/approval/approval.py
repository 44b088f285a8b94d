"""An approval: which plan somebody approved, what it cost, by how much it may grow. Evidence, not a signature."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal, NamedTuple

from kling_cost.amounts import grouped_text
from kling_cost.io.json_files import json_document
from kling_cost.io.sources import MEBIBYTE, Source, name_sources
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.plan_hash import canonical_json
from kling_cost.pricing.provenance import Stamp, stored_stamp
from kling_cost.pricing.read_estimate import stored_line_items
from kling_cost.results.document_types import APPROVAL
from kling_cost.results.stored_forms import stored_result

Bind = Literal["total", "jobs", "exact"]
BINDS: tuple[Bind, ...] = ("total", "jobs", "exact")
_MOST = 1_024 * MEBIBYTE


class ApprovedTotal(NamedTuple):
    """What the plan cost in one currency when it was approved."""

    currency: str
    cost: Decimal


class ApprovedJob(NamedTuple):
    """A job of the approved plan, and who was to make it."""

    job_id: str | None
    provider: str
    model: str


@dataclass(frozen=True, slots=True, repr=False)
class Approval:
    """Who approved which plan; `approve` makes it, `read_approval` reads it back.

    Attributes:
        by: who approved.
        on: on which day.
        until: the last day on which it holds, inclusive; None for no end.
        note: a remark.
        bind: what must stay as it was: the `total`, also the `jobs`, or the `exact` plan.
        growth: by which share the total of each currency may grow, counted from what was approved.
        estimate_sha256, plan_sha256: of the estimate, and of the plan.
        price_book: which prices were used.
        totals: what the plan cost.
        jobs: the jobs.
        rules_sha256: of the rules that it was checked against; None without rules.
        uses: how many reservations a ledger lets it serve; None for any number.
        line_items: what each job cost; empty in an approval of an earlier version, which has none.

    >>> import kling_cost as kc
    >>> plan = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}], as_of="2026-11-20")
    >>> kc.approve(kc.check(plan, budget="1 USD"), by="Ada", allow_growth="5%")
    <Approval by Ada on 2026-11-20: 27 EVOLINK_CREDIT, 5% more at most>
    """

    by: str
    on: date
    until: date | None
    note: str | None
    bind: Bind
    growth: Decimal
    estimate_sha256: str
    plan_sha256: str
    price_book: Stamp
    totals: tuple[ApprovedTotal, ...]
    jobs: tuple[ApprovedJob, ...]
    rules_sha256: str | None = None
    uses: int | None = None
    line_items: Sequence[LineItem] = field(default=(), compare=False)

    @property
    def plan(self) -> Estimate | None:
        """The plan that was approved, as an estimate that was stored; None where its lines are not known."""
        return Estimate(self.line_items, [], 0, None, self.price_book) if self.line_items else None

    @property
    def approval_sha256(self) -> str:
        """The hash of everything else in its JSON."""
        return _own_hash(APPROVAL.json(_Unsealed(self)))

    def to_json(self) -> dict[str, Any]:
        """The approval as JSON of the kind `approval` holds it."""
        return APPROVAL.json(self)

    def __repr__(self) -> str:
        sums = ", ".join(f"{grouped_text(total.cost)} {total.currency}" for total in self.totals) or "nothing"
        more = f", {grouped_text(self.growth.scaleb(2))}% more at most" if self.growth else ""
        return f"<Approval by {self.by} on {self.on}: {sums}{more}>"


class _Unsealed:
    """An approval before its own hash is known."""

    def __init__(self, approval: Approval) -> None:
        self._approval = approval

    approval_sha256 = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._approval, name)


def _own_hash(record: Mapping[str, Any]) -> str:
    content = {key: value for key, value in record.items() if key != "approval_sha256"}
    return sha256(canonical_json(content).encode("utf-8", "backslashreplace")).hexdigest()


def read_approval(path: str | os.PathLike[str]) -> Approval:
    """Read an approval.

    Args:
        path: the file that `approve` wrote.

    Raises:
        ReadError: it cannot be read, is something else, is of another schema version, or was edited.

    >>> import kling_cost as kc, json, pathlib, tempfile
    >>> plan = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}], as_of="2026-11-20")
    >>> given = kc.approve(kc.check(plan, budget="1 USD"), by="Ada")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "approval.json")
    ...     _ = file.write_text(json.dumps(given.to_json()), "utf-8")
    ...     read_approval(file).plan_sha256 == given.plan_sha256
    True
    """
    source = name_sources([path])[0]
    document = json_document(source, source.read(_MOST))
    if not isinstance(document, dict) or document.get("kind") != "approval":
        raise source.error("unreadable.no_approval")
    stored = stored_result(APPROVAL, document, source, "unreadable.approval")
    if _own_hash(document) != stored.approval_sha256:
        raise source.error("unreadable.approval_edited", None, "approval_sha256")
    return _approval(stored, source)


def _approval(stored: Any, source: Source) -> Approval:
    totals = tuple(ApprovedTotal(total.currency, total.cost) for total in stored.totals)
    jobs = tuple(ApprovedJob(job.job_id, job.provider, job.model) for job in stored.jobs)
    if stored.bind not in BINDS:
        raise source.error("unreadable.approval", None, "bind", why="unknown way to bind")
    return Approval(
        stored.by,
        stored.on,
        stored.until,
        stored.note,
        stored.bind,
        stored.growth,
        stored.estimate_sha256,
        stored.plan_sha256,
        stored_stamp(stored.price_book),
        totals,
        jobs,
        stored.rules_sha256,
        stored.uses,
        stored_line_items(source, stored.line_items, stored_stamp(stored.price_book).exchange),
    )
