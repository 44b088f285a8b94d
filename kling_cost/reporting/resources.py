"""Find report material, inside the installed package or at the top of a checkout, and the languages that it has."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kling_cost.pricebook.places import shipped_file

ENGLISH = "en"


def material(name: str) -> Path:
    """The path of a file or folder of `reports/`, such as `templates/page.html.j2`.

    >>> material("templates").is_dir()
    True
    """
    return shipped_file(f"reports/{name}")


@cache
def locales() -> tuple[str, ...]:
    """The languages of reports: each that has a file in `reports/locales/`, English first.

    >>> locales()
    ('en', 'ja', 'ko', 'zh')
    """
    found = sorted(file.stem for file in material("locales").glob("*.yaml"))
    return (ENGLISH, *(code for code in found if code != ENGLISH))
