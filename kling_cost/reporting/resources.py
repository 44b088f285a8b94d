"""Find report material: inside the installed package, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path

from kling_cost.pricebook.places import shipped_file


def material(name: str) -> Path:
    """The path of a file or folder of `reports/`, such as `templates/page.html.j2`.

    >>> material("templates").is_dir()
    True
    """
    return shipped_file(f"reports/{name}")
