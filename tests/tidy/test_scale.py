"""The figures of docs/explanation/scale.md and its plot are those of the table."""

from __future__ import annotations

from pathlib import Path

from docs import scale_plot


def test_figures_and_plot_are_those_of_the_table(project: Path) -> None:
    folder = project / "docs" / "explanation"
    text = (folder / "scale.csv").read_text(encoding="utf-8")
    assert (folder / "scale.svg").read_text(encoding="utf-8") == scale_plot.drawing(text)
    assert scale_plot.reckoned(text) in (folder / "scale.md").read_text(encoding="utf-8")
