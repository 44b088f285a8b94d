"""What is built installs into a clean environment and works there, away from the checkout."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def built(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(project)]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    return folder


def _installed(package: Path, folder: Path) -> Path:
    """The bin folder of a new environment with the package, and of this one only what it depends on."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    site = next((folder / "lib").iterdir()) / "site-packages"
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    options = ["--no-deps", "--no-index", "--no-build-isolation", "--no-cache-dir", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", *options, str(package)]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    return python.parent


@pytest.mark.parametrize("suffix", [".whl", ".tar.gz"])
def test_what_is_built_prices_and_reports_away_from_the_checkout(built: Path, suffix: str, tmp_path: Path) -> None:
    (package,) = built.glob(f"*{suffix}")
    programs = _installed(package, tmp_path / "environment")
    home = tmp_path / "home"
    home.mkdir()

    def run(*command: str) -> str:
        done = subprocess.run(
            [str(programs / command[0]), *command[1:]],
            check=True, capture_output=True, encoding="utf-8", cwd=home, env={"HOME": str(home), "PATH": "/usr/bin"},
        )  # fmt: skip
        return done.stdout

    assert Path(run("python", "-c", "import kling_cost; print(kling_cost.__file__)")).is_relative_to(tmp_path)
    priced = run("kling-cost", "price", "kling-v3-text-to-video", "--duration", "10", "--quality", "1080p")
    assert "10 s × (5.4 × 1.333 = 7.1982) = 71.982 EvoLink credits" in priced
    run("kling-cost", "template", "jobs.xlsx")
    run(
        "kling-cost",
        "report",
        "jobs.xlsx",
        "--budget",
        "60 USD",
        "-o",
        "budget.html",
        "-o",
        "budget.xlsx",
        "-o",
        "budget.json",
    )
    assert "<svg" in (home / "budget.html").read_text(encoding="utf-8")
    turbo = run("kling-cost", "price", "kling-v3-turbo-text-to-video", "--prices", "evolink-2026-10-10")
    assert "5 s × (7.2 × 1 = 7.2) = 36 EvoLink credits" in turbo


def test_the_wheel_holds_the_material_and_nothing_else(built: Path, project: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        book = archive.read("kling_cost/pricing.yaml")
        presets = archive.read("kling_cost/takes.yaml")
    assert book == (project / "pricing.yaml").read_bytes()
    assert presets == (project / "takes.yaml").read_bytes()
    assert "kling_cost/py.typed" in names
    for folder in ("templates", "locales"):
        for file in (project / "reports" / folder).iterdir():
            assert f"kling_cost/reports/{folder}/{file.name}" in names
    assert {f"kling_cost/books/{file.name}" for file in (project / "books").iterdir()} <= names
    assert {name.partition("/")[0] for name in names} == {"kling_cost", "kling_cost-0.1.0.dist-info"}


def test_the_sdist_can_be_tested(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = (
        "pricing.yaml takes.yaml README.md CHANGELOG.md mkdocs.yml LICENSE Makefile docs/tutorial.md tests/conftest.py "
        "examples/campaign.yaml benchmarks/__main__.py"
    )
    assert set(wanted.split()) <= names
    assert not [name for name in names if "__pycache__" in name or ".venv" in name]
