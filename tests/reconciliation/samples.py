"""Jobs and answers to reconcile."""

from __future__ import annotations

from typing import Any

import kling_cost as kc
from examples.answers import every_kind, evolink, kling3api, wrapped

Line = dict[str, Any]
FOG = {"model": "kling-v3-text-to-video", "prompt": "Fog", "duration": 5}
EAGLE = {"type": "pro-text-to-video", "prompt": "Eagle", "duration": 5, "sound": True, "aspect_ratio": "16:9"}


def job(job_id: str = "a", request: Line | None = None, **beside: Any) -> Line:
    """An envelope; five seconds without sound, 27 credits, if nothing else is said."""
    return {"job_id": job_id, "request": request or FOG, **beside}


def outcome(jobs: Line | list[Line], answers: Any, **options: Any) -> kc.Reconciliation:
    """Jobs held against answers; a body without wrapper is one of job `a`."""
    jobs = jobs if isinstance(jobs, list) else [jobs]
    return kc.reconcile(kc.estimate(jobs), kc.read_responses(answers), **options)


def of_a(*bodies: Line) -> kc.Reconciliation:
    """Answers about one task of job `a`, which costs 27 credits."""
    return outcome(job(), [wrapped("a", body) for body in bodies])


def kinds(result: kc.Reconciliation) -> list[str]:
    """The kinds of findings, in order."""
    return [finding.kind for finding in result.findings]


__all__ = ["EAGLE", "FOG", "Line", "every_kind", "evolink", "job", "kinds", "kling3api", "of_a", "outcome", "wrapped"]
