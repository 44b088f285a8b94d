"""Runs every benchmark and prints one table of ratios: `python -m benchmarks`."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version

from rich.console import Console
from rich.table import Table

from benchmarks import actuals, cli, jobs, pricing, reconcile_frames, reporting, summary
from benchmarks.measure import Figure

PARTS = ("kling-cost", "pydantic", "pandas", "pyarrow", "openpyxl", "jinja2", "click", "genai-prices")


def main() -> int:
    """Prints the table; 1 where a goal was missed."""
    console = Console(width=max(Console().width, 110))
    parts = (cli, jobs, pricing, reporting, actuals, reconcile_frames, summary)
    figures = [figure for part in parts for figure in part.figures()]
    table = Table(
        "What", "Beside", "Measured", "Goal", "Reached", "Detail", title="Speed and memory, best of several runs"
    )
    for figure in figures:
        table.add_row(figure.what, figure.rival, *_cells(figure), figure.detail)
    console.print(table)
    versions = ", ".join(f"{name} {version(name)}" for name in PARTS)
    console.print(
        f"Python {platform.python_version()}, {versions}; {platform.machine()}, {os.cpu_count()} cores", markup=False
    )
    return 0 if all(figure.reached for figure in figures) else 1


def _cells(figure: Figure) -> tuple[str, str, str]:
    sign = "≥" if figure.more_is_better else "≤"
    return (
        f"{figure.measured:.2f}{figure.unit}",
        f"{sign} {figure.goal:g}{figure.unit}",
        "yes" if figure.reached else "NO",
    )


if __name__ == "__main__":
    sys.exit(main())
