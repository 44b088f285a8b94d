"""README is short and complete, the map of the house names what is there, the changelog what has changed in price."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import kling_cost

#: What README has, in this order.
PARTS = ["Install", "Try", "In CI", "Sheet columns", "Negotiated prices", "Python", "More"]
MOST_WORDS = 1_200


@pytest.fixture
def readme(project: Path) -> str:
    return (project / "README.md").read_text(encoding="utf-8")


def test_readme_is_short_and_has_its_parts_in_order(readme: str) -> None:
    assert len(readme.split()) < MOST_WORDS
    assert re.findall(r"^## (.+)$", readme, re.MULTILINE) == PARTS
    assert "tag:NAME" in readme


def test_every_verb_and_make_target_is_there(project: Path, readme: str) -> None:
    made = set(re.findall(r"^([a-z-]+):", (project / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for paper in (readme, (project / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        assert set(re.findall(r"(?:`|\$ )make ([a-z-]+)\b", paper)) <= made
    for verb in (project / "kling_cost" / "cli" / "verbs").glob("[a-z]*.py"):
        assert re.search(rf"(`|kling-cost ){verb.stem}\b", readme), verb.stem


def test_the_map_names_every_room_and_nothing_else(project: Path) -> None:
    text = (project / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Architecture")[1].split("\n## ")[0]
    named = set(re.findall(r"`(kling_cost/\w+/|\w+/|\w+\.yaml)`", text))
    for name in named:
        places = [project / name, *(project / "kling_cost").glob(f"*/{name.rstrip('/')}")]
        assert any(place.exists() for place in places), name
    rooms = (path.name for path in (project / "kling_cost").iterdir() if path.is_dir() and path.name != "__pycache__")
    assert {f"kling_cost/{room}/" for room in rooms} <= named


def test_decisions_have_a_day_each_and_stand_in_the_index(project: Path) -> None:
    index = (project / "docs" / "decisions" / "index.md").read_text(encoding="utf-8")
    pages = {path.name for path in (project / "docs" / "decisions").glob("*.md")} - {"index.md"}
    assert set(re.findall(r"\]\((.+?)\)", index)) == pages
    for name in pages:
        head, *days = (project / "docs" / "decisions" / name).read_text(encoding="utf-8").split("\n## ")
        assert head.startswith("# Decisions: "), name
        assert "\n- " not in head, name
        dates = [re.match(r"20\d\d-\d\d-\d\d\n\n- ", day) for day in days]
        assert all(dates), name
        assert dates == sorted(dates, key=lambda found: found[0] if found else ""), name


# --- the changelog ---


def rates(project: Path) -> Iterator[tuple[str, str, str]]:
    """Book, SKU and first day of every rate that comes with the library."""
    for path in [project / "pricing.yaml", *sorted((project / "books").iterdir())]:
        name = path.name if path.parent == project else path.stem
        for provider in yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)["providers"].values():
            for sku, entry in provider["skus"].items():
                for day in entry["rates"]:
                    yield name, sku, day


def listed(changelog: str) -> set[tuple[str, str, str]]:
    """Book, SKU and first day of every rate that the parts about prices name."""
    lines = re.findall(r"^\| `([^`]+)`[^|]*\| ([^|]+) \| ([\d-]+) \|$", changelog, re.MULTILINE)
    return {(book, sku, day) for book, skus, day in lines for sku in re.findall(r"`([\w.-]+)`(?!:)", skus)}


def test_the_changelog_names_every_rate_with_book_and_day(project: Path) -> None:
    assert listed((project / "CHANGELOG.md").read_text(encoding="utf-8")) == set(rates(project))


def test_the_changelog_has_the_form_of_keep_a_changelog(project: Path) -> None:
    text = (project / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert versions[0] == "Unreleased"
    assert versions[1].startswith(f"{kling_cost.__version__} ")
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ – 20\d\d-\d\d-\d\d", version) for version in versions[1:])
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Prices"}
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= kinds
    assert text.count("\n### Prices\n") == len(versions)
