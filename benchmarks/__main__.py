"""Prints benchmarks as one table of ratios: `python -m benchmarks` all of them, `python -m benchmarks cli` one."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Figure

MODULES = (
    "cli",
    "jobs",
    "pricing",
    "price_books",
    "rules",
    "reporting",
    "serving",
    "reconciliation",
    "reconcile_frames",
    "summary",
    "frames",
    "results",
    "risk",
    "fits",
    "several_limits",
    "growth",
    "plans",
)
PARTS = (
    "kling-cost",
    "pydantic",
    "pandas",
    "pyarrow",
    "polars",
    "duckdb",
    "dask",
    "pyspark",
    "openpyxl",
    "jinja2",
    "click",
    "genai-prices",
    "numpy",
    "highspy",
)


def main(names: Sequence[str] = ()) -> int:
    """Prints the table of some modules, or of all; 1 where a goal was missed, 2 for a module that is not there."""
    unknown = [name for name in names if name not in MODULES]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(MODULES)}", file=sys.stderr)
        return 2
    console = Console(width=max(Console().width, 110))
    figures = [figure for name in names or MODULES for figure in import_module(f"benchmarks.{name}").figures()]
    table = Table(
        "What", "Beside", "Measured", "Goal", "Reached", "Detail", title="Speed and memory, best of several runs"
    )
    for figure in figures:
        table.add_row(figure.what, figure.rival, *_cells(figure), figure.detail)
    console.print(table)
    parts = ", ".join(f"{name} {found}" for name in PARTS if (found := _version(name)))
    console.print(
        f"Python {platform.python_version()}, {parts}; {platform.machine()}, {os.cpu_count()} cores", markup=False
    )
    return 0 if all(figure.reached for figure in figures) else 1


def _version(name: str) -> str | None:
    """The version of a package; None where it is not installed, as what no chosen benchmark uses need not be."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _cells(figure: Figure) -> tuple[str, str, str]:
    sign = "≥" if figure.more_is_better else "≤"
    return (
        f"{figure.measured:.2f}{figure.unit}",
        f"{sign} {figure.goal:g}{figure.unit}",
        "yes" if figure.reached else "NO",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
