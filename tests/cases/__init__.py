"""Cases with their sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kling_cost.io.strict_yaml import compose
from kling_cost.io.yaml_values import typed


def cases(name: str) -> Any:
    """A file of cases, numbers exact and words as they stand."""
    root, faults = compose((Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8"), name)
    assert not faults
    return typed(root)
