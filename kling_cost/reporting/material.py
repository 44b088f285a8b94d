"""Where report material lies: inside the installed package, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path


def material(name: str) -> Path:
    """The path of a file or folder of `reports/`, such as `templates/page.html.j2`.

    >>> material("templates").is_dir()
    True
    """
    package = Path(__file__).resolve().parent.parent
    inside = package / "reports" / name
    return inside if inside.exists() else package.parent / "reports" / name
