"""Lists of requirements are complete, and setting up with them gives the same on any day."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.tidy import requirement_lists as lists

#: Lists that go into one environment, one after another.
TOGETHER = [("build", "run"), ("build", "test", "bench"), ("build", "test", "mutants"), ("build", "test", "docs")]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("python", lists.PYTHONS)
@pytest.mark.parametrize("name", lists.LISTS)
def test_a_list_is_closed(name: str, python: str, machine: str) -> None:
    """Everything that a listed distribution requires, extras too, is met by a listed version; no other is listed."""
    where = lists.environment(python, machine)
    assert lists.gaps(lists.read(name), lists.asked_for(name), lists.recorded(), where) == []


@pytest.mark.parametrize(
    ("change", "gap"),
    [
        (lambda text: text.replace("coverage==", "covrage=="), "pyproject.toml requires coverage[toml]"),
        (lambda text: text.replace("pluggy==1.7.0", "pluggy==1.4.0"), "pytest requires pluggy"),
        (lambda text: text + "\npip==23.2 --hash=sha256:0", "pip is listed twice"),
        (lambda text: text + "\ngenai-prices==0.2.3 --hash=sha256:0", "nothing requires genai-prices"),
        (lambda text: text.replace("python_full_version < '3.12'", "python_full_version > '3.14'"), "numpy"),
    ],
)
def test_a_gap_in_a_list_is_seen(change: object, gap: str) -> None:
    text = (lists.FOLDER / "test.txt").read_text(encoding="utf-8")
    lines = lists.lines_of(change(text))  # type: ignore[operator]
    known = {**lists.recorded()}
    for line in lines:  # a version that nobody looked at
        like = next((k for k in known if k.startswith(f"{line.name}==")), None)
        known.setdefault(line.key, known[like] if like else {"requires": [], "requires_python": ""})
    found = lists.gaps(lines, lists.asked_for("test"), known, lists.environment("3.11.2"))
    assert any(gap in text for text in found), found


def test_an_extra_asks_for_more() -> None:
    known = {
        "a==1": {"requires": ["b>=2; extra == 'more'"], "requires_python": None},
        "b==1": {"requires": [], "requires_python": ">=3.12"},
    }
    where = lists.environment("3.11.2")
    lines = lists.lines_of("a==1 \\\n    --hash=sha256:0\nb==1 --hash=sha256:0\n")
    plain, more = ([lists.Requirement(text)] for text in ("a", "a[more]"))
    assert lists.gaps(lines[:1], plain, known, where) == []
    assert lists.gaps(lines[:1], more, known, where) == ["a[more] requires b>=2, which is not listed"]
    assert lists.gaps(lines, more, known, where) == [
        "a[more] requires b>=2, but 1 is listed",
        "b 1 is not for Python 3.11.2",
    ]


def test_what_is_recorded_is_what_is_installed_here() -> None:
    record, compared = lists.recorded(), 0
    for line in lists.read("test") + lists.read("lowest"):
        found = lists.installed(line)
        if found is not None and line.key in record:
            assert record[line.key] == found, line.key
            compared += 1
    assert compared > 20


def test_every_line_has_hashes_and_no_list_names_a_host() -> None:
    for path in lists.FOLDER.iterdir():
        assert "://" not in path.read_text(encoding="utf-8"), path
    for name in lists.LISTS:
        assert all(line.hashes for line in lists.read(name)), name


@pytest.mark.parametrize("names", TOGETHER, ids="+".join)
def test_lists_that_are_installed_together_agree(names: tuple[str, ...]) -> None:
    for python in lists.PYTHONS:
        pins: dict[str, str] = {}
        for line in (line for name in names for line in lists.read(name)):
            if line.applies(lists.environment(python)):
                assert pins.setdefault(line.name, line.version) == line.version, line.name


# --- setting up, on an index that moves ---

BACKEND = '''"""Builds the smallest project that can be installed."""
import zipfile
import builder
assert builder.VERSION == "1"
def build_editable(folder, settings=None, metadata=None):
    name = "project-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        about = "project-1.dist-info"
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\\nName: project\\nVersion: 1\\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{about}/RECORD", "")
    return name
build_wheel = build_editable
'''
PYPROJECT = """
[build-system]
requires = ["builder>=1"]
build-backend = "backend"
backend-path = ["."]
"""


def wheel(folder: Path, name: str, version: str, *requires: str) -> str:
    """Put a distribution on offer; the line that names it in a list."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    about = f"{name}-{version}.dist-info"
    headers = [
        f"Name: {name}",
        f"Version: {version}",
        "Provides-Extra: more",
        *(f"Requires-Dist: {r}" for r in requires),
    ]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", f"VERSION = {version!r}\n")
        archive.writestr(f"{about}/METADATA", "\n".join(["Metadata-Version: 2.1", *headers]) + "\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def _answers(command: str, *words: str) -> bool:
    return bool(shutil.which(command)) and subprocess.run([command, *words], capture_output=True).returncode == 0


_HAS = "import {}, sys; sys.exit(sys.version_info < (3, 11))"
#: This Python's pip; the distribution's, which is older; uv, and the pip that comes with Python, where pip is missing.
INSTALLERS = {
    "pip": _answers(sys.executable, "-c", _HAS.format("pip")),
    "/usr/bin/python3": _answers("/usr/bin/python3", "-c", _HAS.format("pip")),
    "uv": _answers("uv", "--version"),
    "ensurepip": _answers(sys.executable, "-c", _HAS.format("ensurepip")),
}


@pytest.mark.parametrize("installer", [name for name, there in INSTALLERS.items() if there])
def test_newer_releases_on_offer_change_nothing(project: Path, tmp_path: Path, installer: str) -> None:
    offer, requirements = tmp_path / "offer", tmp_path / "requirements"
    offer.mkdir()
    requirements.mkdir()
    shutil.copy(project / "requirements" / "set_up.sh", requirements)
    (tmp_path / "backend.py").write_text(BACKEND, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (requirements / "build.txt").write_text(wheel(offer, "builder", "1"), encoding="utf-8")
    inner, outer = wheel(offer, "inner", "1.0"), wheel(offer, "outer", "1.0", "inner[more]>=1", "fresh>=1")
    (requirements / "run.txt").write_text(inner + outer + wheel(offer, "fresh", "1.0"), encoding="utf-8")
    before = set_up(tmp_path, installer)
    assert before == ["builder 1", "fresh 1.0", "inner 1.0", "outer 1.0", "project 1"]

    for name in ("builder", "inner", "outer", "fresh"):
        wheel(offer, name, "2.0", "stray>=1")
    wheel(offer, "stray", "1.0")
    assert set_up(tmp_path, installer) == before


def set_up(folder: Path, installer: str) -> list[str]:
    """What is in a new environment that `make demo` would set up in a folder, with nothing but its offer."""
    settings = {name: value for name, value in os.environ.items() if name.partition("_")[0] not in ("PIP", "UV")}
    settings |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder / "offer"), "PIP_CONFIG_FILE": os.devnull}
    settings |= {"UV_NO_INDEX": "1", "UV_FIND_LINKS": str(folder / "offer"), "UV_NO_CACHE": "1"}
    settings["PYTHON"] = {"pip": sys.executable, "/usr/bin/python3": installer}.get(installer, _without_pip(folder))
    if installer == "ensurepip":
        settings["PATH"] = "/usr/bin:/bin"
    shutil.rmtree(folder / "new", ignore_errors=True)
    command = ["sh", "requirements/set_up.sh", "new", "run"]
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    listing = "import importlib.metadata as m; print(*(f'{d.name} {d.version}' for d in m.distributions()), sep=';')"
    output = subprocess.run(
        [folder / "new/bin/python", "-c", listing], capture_output=True, text=True, check=True
    ).stdout
    return sorted(name for name in output.strip().split(";") if not name.startswith(("pip ", "setuptools ")))


def _without_pip(folder: Path) -> str:
    """A Python that makes environments and has no pip of its own."""
    program = folder / "python-without-pip"
    program.write_text(f'#!/bin/sh\n[ "$1 $2" = "-m pip" ] && exit 1\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return str(program)


def test_what_hatchling_asks_for_to_install_the_project_is_listed(project: Path) -> None:
    """It asks for more while it builds than it says that it requires."""
    program = (
        "import hatchling.build as b; print(*b.get_requires_for_build_editable(), *b.get_requires_for_build_wheel())"
    )
    output = subprocess.run(
        [sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=True
    ).stdout
    pins = {line.name: line.version for line in lists.read("build")}
    asked = [lists.Requirement(text) for text in output.split()]
    assert asked
    for wanted in asked:
        assert wanted.specifier.contains(pins[lists.canonicalize_name(wanted.name)])
