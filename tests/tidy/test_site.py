"""The documentation builds without a warning, holds every page, and fetches nothing from elsewhere."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import kling_cost as kc
from docs import site
from tests.engines import need_module
from tests.tidy.pages import PAGES, name_of


@pytest.fixture(scope="module")
def built(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make site` builds it."""
    need_module("mkdocs")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "docs.site", str(folder)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return folder


def test_the_site_holds_every_page_and_fetches_nothing_from_elsewhere(built: Path) -> None:
    for page in PAGES:
        if page.name != "README.md":
            made = built / Path(name_of(page).removeprefix("docs/")).with_suffix(".html")
            assert made.exists(), made
    assert list(site.faults(built)) == []


def test_every_public_name_is_in_the_reference_with_its_example(built: Path) -> None:
    text = (built / "reference" / "python.html").read_text(encoding="utf-8")
    for name in kc.__all__:
        assert f'<h3 id="kling_cost.{name}"' in text, name
    assert text.count('<span class="gp">') > len(kc.__all__)


def test_papers_at_the_top_are_linked(built: Path) -> None:
    assert 'href="CONTRIBUTING.html"' in (built / "index.html").read_text(encoding="utf-8")
    assert 'href="../CONTRIBUTING.html#recipes"' in (built / "how-to/extend.html").read_text(encoding="utf-8")
    assert 'href="docs/' not in (built / "CONTRIBUTING.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://cdn.example.com/a.js"></script>',
        '<script src=" //cdn.example.com/a.js"></script>',
        '<link rel="stylesheet" href="https://fonts.example.com/css">',
        '<link rel="preconnect" href="https://fonts.example.com">',
        '<img src="http://example.com/a.png">',
        '<div style="background: url(https://example.com/a.png)"></div>',
        "<style>@import 'https://example.com/a.css';</style>",
        '<pre class="mermaid"></pre>',
    ],
)
def test_what_is_fetched_from_elsewhere_is_seen(page: str, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(f'<meta content="{site.POLICY}">{page}', encoding="utf-8")
    assert len(list(site.faults(tmp_path))) == 1


def test_what_is_not_fetched_is_not_blamed(tmp_path: Path) -> None:
    page = '<a href="https://semver.org/">A</a><img src="a.png"><link rel="canonical" href="https://example.com/">'
    page += f'<code>url(https://example.com)</code><meta content="{site.POLICY}">'
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    assert list(site.faults(tmp_path)) == []
    (tmp_path / "404.html").write_text("<html>", encoding="utf-8")
    assert list(site.faults(tmp_path)) == ["404.html has no policy that forbids it to fetch from elsewhere"]
    assert doctest.testmod(site).failed == 0


def test_a_page_with_a_fault_stops_the_build(project: Path, tmp_path: Path) -> None:
    need_module("mkdocs")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# One\n\n[nowhere](nowhere.md)\n", encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text("site_name: one\nstrict: true\nplugins: []\n", encoding="utf-8")
    program = f"import pathlib, docs.site as s; s.TOP = pathlib.Path({str(tmp_path)!r}); s.build(s.TOP / 'site')"
    done = subprocess.run([sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "nowhere.md" in done.stderr
