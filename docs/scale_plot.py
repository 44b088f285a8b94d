"""Draws how the cost of pricing frames grows: docs/explanation/scale.svg from scale.csv; a test holds it to that.

python -m benchmarks.growth      # measures docs/explanation/scale.csv anew
python -m docs.scale_plot
"""

from __future__ import annotations

import csv
from math import log10
from pathlib import Path

HERE = Path(__file__).parent / "explanation"
COLOURS = ("#1f5fbf", "#b3541e", "#2f7d4f", "#7a3fa0", "#444444")
_LEFT, _TOP, _WIDTH, _HEIGHT = 80, 56, 420, 300
_ROWS, _SECONDS = (4, 8), (-3, 2)  # powers of ten at the ends of the axes
_NAMES = {-3: "1 ms", -2: "10 ms", -1: "0.1 s", 0: "1 s", 1: "10 s", 2: "100 s"}


def times(text: str) -> tuple[str, dict[str, list[tuple[int, float]]]]:
    """What the first line says of the machine; for each engine its numbers of rows and seconds."""
    first, *lines = text.splitlines()
    found: dict[str, list[tuple[int, float]]] = {}
    for row in csv.DictReader(lines):
        found.setdefault(row["engine"], []).append((int(row["rows"]), float(row["seconds"])))
    return first.lstrip("# "), found


def drawing(text: str) -> str:
    """The plot of a table of times."""
    caption, engines = times(text)
    measured, _, machine = caption.partition("; ")
    right, bottom = _LEFT + _WIDTH, _TOP + _HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 {bottom + 76}" role="img" aria-labelledby="title" '
        'font-family="sans-serif" font-size="13" fill="#222">',
        '<title id="title">Seconds to price 10,000 to 100,000,000 rows, by engine, both axes logarithmic</title>',
        f'<rect width="840" height="{bottom + 76}" fill="#fff"/>',
        '<text x="16" y="26" font-size="16" font-weight="600">Ten times the rows take about ten times as long</text>',
    ]
    for power in range(_SECONDS[0], _SECONDS[1] + 1):
        y = _y(10.0**power)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_NAMES[power]}</text>')
    for power in range(_ROWS[0], _ROWS[1] + 1):
        x = _x(10**power)
        parts.append(f'<path d="M{x:.1f} {_TOP}V{bottom}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{10**power:,}</text>')
    parts.append(f'<text x="{_LEFT + _WIDTH / 2:.1f}" y="{bottom + 40}" text-anchor="middle">rows</text>')
    labels = _apart({name: _y(points[-1][1]) + 4 for name, points in engines.items()})
    for (name, points), colour in zip(engines.items(), COLOURS, strict=True):
        line = " ".join(f"{_x(rows):.1f},{_y(seconds):.1f}" for rows, seconds in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{_x(r):.1f}" cy="{_y(s):.1f}" r="3.5" fill="{colour}"/>' for r, s in points]
        caption = f"{name}: {points[-1][0] // 1_000_000} million in {points[-1][1]:.1f} s"
        parts.append(f'<text x="{right + 10}" y="{labels[name]:.1f}" fill="{colour}">{caption}</text>')
    for at, line in enumerate((measured, machine)):
        parts.append(f'<text x="16" y="{bottom + 56 + 13 * at}" font-size="9" fill="#555">{line}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def reckoned(text: str) -> str:
    """The sentences of docs/explanation/scale.md that rest on the table."""
    _, engines = times(text)
    points = next(points for name, points in engines.items() if name.startswith("PySpark"))
    (less, short), (rows, long) = points[-2:]
    grown = (f"{seen[-1][1] / seen[-2][1]:.1f} ({name})" for name, seen in engines.items() if seen is not points)
    billion = long * 10**9 / rows / 60
    lines = (
        f"* **Spark** on two cores took {short:.1f} s for {less:,} rows and {long:.0f} s for {rows:,}, from Parquet",
        f"  to totals by two columns: {long / short:.1f} times as long for ten times the rows. At that pace a billion",
        f"  rows are {billion:.0f} minutes. Nothing but the few groups of the totals is shuffled, so ten times the",
        "  cores should take about a tenth.",
        "* **One machine** took, for ten million rows instead of one million, so many times as long:",
        f"  {', '.join(grown)}.",
    )
    return "\n".join(lines)


def _x(rows: float) -> float:
    return _LEFT + _WIDTH * (log10(rows) - _ROWS[0]) / (_ROWS[1] - _ROWS[0])


def _y(seconds: float) -> float:
    return _TOP + _HEIGHT * (_SECONDS[1] - log10(seconds)) / (_SECONDS[1] - _SECONDS[0])


def _apart(places: dict[str, float]) -> dict[str, float]:
    """Labels moved down where they would lie on each other."""
    lowest = 0.0
    for name in sorted(places, key=places.__getitem__):
        lowest = places[name] = max(places[name], lowest + 16)
    return places


def main() -> None:
    """Write the drawing."""
    made = drawing((HERE / "scale.csv").read_text(encoding="utf-8"))
    (HERE / "scale.svg").write_text(made, encoding="utf-8")
    print("wrote docs/explanation/scale.svg")


if __name__ == "__main__":
    main()
