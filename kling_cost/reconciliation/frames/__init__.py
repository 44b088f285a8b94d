"""Frames of any engine are reconciled."""

from __future__ import annotations

from kling_cost.reconciliation.frames.reconcile_frame import reconcile_frame

__all__ = ["reconcile_frame"]
