"""Frames of any engine are reconciled, and reconciliations become frames."""

from __future__ import annotations

from kling_cost.reconciliation.frames.reconcile_frame import reconcile_frame
from kling_cost.reconciliation.frames.task_tables import task_frame

__all__ = ["reconcile_frame", "task_frame"]
