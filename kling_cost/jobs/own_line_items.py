"""Results that this library wrote, line items by their header: they are priced already, and are not jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Literal

from kling_cost.io.sources import Source
from kling_cost.jobs.id_likeness import composed
from kling_cost.problems import ReadError

#: Any one of these marks line items that carry their plan's count and totals.
_STORED = {"price_book_sha256", "plan_lines", "plan_takes", "plan_cost", "checksum"}
#: All of these mark line items without them.
_LINES = {"requested_quantity", "cost_per_take", "rate_effective_from"}


def kind_of_header(header: Iterable[str | None]) -> Literal["stored", "lines"] | None:
    """What a header heads: a stored plan, line items alone, or None for neither.

    >>> kind_of_header(["job_id", "model", "duration"]), kind_of_header(["job_id", "plan_cost"])
    (None, 'stored')
    """
    names = {name.strip() for name in header if name}
    if names & _STORED:
        return "stored"
    return "lines" if names >= _LINES else None


def is_of_jobs(header: list[str]) -> bool:
    """Whether a header is none of ours, and no two of its names differ only in how their accents are encoded.

    >>> is_of_jobs(["model", "tag:a"]), is_of_jobs(["model", "tag:\u00e9", "tag:e\u0301"])
    (True, False)
    """
    return kind_of_header(header) is None and len({composed(name) for name in header}) == len(set(header))


class StoredEstimateError(ReadError):
    """The file is no list of jobs but an estimate that was stored before; `document` holds it, `sha256` its hash."""

    def __init__(self, found: ReadError, document: Mapping[str, Any] | None, sha256: str | None = None) -> None:
        super().__init__(found.problem)
        self.document, self.sha256 = document, sha256


def refuse_stored(source: Source, document: dict[str, Any], data: bytes) -> None:
    """Refuse a document that this library wrote.

    Raises:
        ReadError: it is one.
    """
    if _is_estimate(document):
        raise StoredEstimateError(source.error("unreadable.stored_estimate"), document, sha256(data).hexdigest())
    if document.get("kind") == "report" and _is_estimate(document.get("estimate")):
        stored = {**document["estimate"], "schema_version": document.get("schema_version")}
        raise StoredEstimateError(source.error("unreadable.stored_estimate"), stored)
    if "kind" in document and "schema_version" in document:
        from kling_cost.results.result_schema import KINDS

        if document["kind"] in KINDS:
            raise source.error("unreadable.stored_result", kind=document["kind"])


def _is_estimate(document: Any) -> bool:
    return isinstance(document, dict) and document.get("kind") == "estimate" and "line_items" in document


def refuse_lines(source: Source, header: Sequence[str | None]) -> None:
    """Refuse a sheet of line items that this library wrote.

    Raises:
        ReadError: it is one.
    """
    kind = kind_of_header(header)
    if kind == "stored":
        raise StoredEstimateError(source.error("unreadable.stored_estimate"), None)
    if kind == "lines":
        raise source.error("unreadable.line_items")
