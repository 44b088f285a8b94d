"""Frames of any engine are reconciled, and reconciliations become frames."""

from __future__ import annotations

from kling_cost.actuals.frames.reconciled import reconcile_frame
from kling_cost.actuals.frames.tables import task_frame

__all__ = ["reconcile_frame", "task_frame"]
