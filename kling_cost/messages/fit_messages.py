"""The English sentences about fitting a plan into its limits: severity, message and hint, by key."""

from __future__ import annotations

from collections.abc import Mapping

from kling_cost.messages.sentence import Texts

FITS: Mapping[str, Texts] = {
    "has_no_effect.may": (
        "warning",
        "no job can be changed by {change}",
        "check its values and its `where`; jobs that are kept, or have tasks already, are not changed",
    ),
    "not_allowed.policies": (
        "error",
        "the plan does not keep these policies: {policies}",
        "check which jobs break them with `kling-cost check`",
    ),
    "has_no_effect.no_solver": (
        "info",
        "without a solver it is not known whether another plan within these limits hurts less",
        "install `kling_cost[fit]`",
    ),
    "cannot_check.limits_together": (
        "error",
        "whether a plan holds all limits together is not known",
        "install `kling_cost[fit]`, or allow more changes",
    ),
    "cannot_check.with_confidence": (
        "error",
        "of the plans that were tried ({rounds}), none holds the limits with the contingency that it needs itself",
        "pass higher limits or a lower --confidence, or allow more changes",
    ),
    "wrong_type.locked": (
        "error",
        "must be yes or no, not {value}",
        "write yes where the job must stay as it is, and leave it out elsewhere",
    ),
}
