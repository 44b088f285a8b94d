"""The lists in requirements/, and what the distributions that they name require of others.

`python -m tests.tidy.requirement_lists` writes the second down in requirements/metadata.json, from what is installed
here and for the rest from pip's report; so a list is proved complete without an index, for every Python.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "requirements"
RECORD = FOLDER / "metadata.json"
#: The extras of the project that a list is made for; that of what builds is a group of its own.
EXTRAS = {
    "run": [],
    "test": ["test", "spark"],
    "bench": ["bench"],
    "mutants": ["mutants"],
    "docs": ["docs"],
    "lowest": ["test"],
}
LISTS = [*EXTRAS, "build"]
#: Pythons by the version that they state; 3.11.2 is Debian's.
PYTHONS = ("3.11.1", "3.11.2", "3.12.0", "3.13.0", "3.13.9")

#: What a distribution of a version requires: its requirements and the Pythons that it takes.
Metadata = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True)
class Line:
    """One distribution of a list."""

    name: str
    version: str
    marker: Marker | None
    hashes: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.name}=={self.version}"

    def applies(self, environment: Mapping[str, str]) -> bool:
        return self.marker is None or self.marker.evaluate(dict(environment))


def lines_of(text: str) -> list[Line]:
    """The lines of a list."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            spec, *hashes = line.split(" --hash=")
            wanted = Requirement(spec)
            (pin,) = wanted.specifier
            assert pin.operator == "==", line
            found.append(
                Line(canonicalize_name(wanted.name), pin.version, wanted.marker, tuple(h.strip() for h in hashes))
            )
    return found


def read(name: str) -> list[Line]:
    return lines_of((FOLDER / f"{name}.txt").read_text(encoding="utf-8"))


def environment(python: str, machine: str = "x86_64") -> dict[str, str]:
    """What markers are held against on a Linux with this Python."""
    return {
        **{key: str(value) for key, value in default_environment().items()},
        "implementation_name": "cpython",
        "implementation_version": python,
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": "linux",
    }


def asked_for(name: str) -> list[Requirement]:
    """What pyproject.toml wants of a list."""
    pyproject = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    project = pyproject["project"]
    if name == "build":
        return [Requirement(text) for text in [*pyproject["dependency-groups"]["build"], *_build_system(pyproject)]]
    texts = project["dependencies"] + [t for extra in EXTRAS[name] for t in project["optional-dependencies"][extra]]
    return [Requirement(text) for text in texts]


def _build_system(pyproject: Mapping[str, Mapping[str, list[str]]]) -> list[str]:
    return pyproject["build-system"]["requires"]


def gaps(
    lines: Iterable[Line], roots: Iterable[Requirement], known: Metadata, environment: Mapping[str, str]
) -> list[str]:
    """What a list lacks to be installed without resolving; nothing if it is closed."""
    pins: dict[str, str] = {}
    found = []
    for line in lines:
        if line.applies(environment) and pins.setdefault(line.name, line.version) != line.version:
            found.append(f"{line.name} is listed twice")
    waiting = [("pyproject.toml", root) for root in roots]
    looked_at: set[tuple[str, str]] = set()
    while waiting:
        by, wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": "", **environment}):
            continue
        if name not in pins:
            found.append(f"{by} requires {wanted}, which is not listed")
            continue
        if not wanted.specifier.contains(pins[name], prereleases=True):
            found.append(f"{by} requires {wanted}, but {pins[name]} is listed")
        for extra in ["", *wanted.extras]:
            if (name, extra) not in looked_at:
                looked_at.add((name, extra))
                waiting += _required(name, pins[name], extra, known, environment)
    found += [f"nothing requires {name}" for name in sorted(pins.keys() - {name for name, _ in looked_at})]
    return [*found, *_not_for(environment["python_full_version"], pins, known)]


def _not_for(python: str, pins: Mapping[str, str], known: Metadata) -> list[str]:
    found = []
    for name, version in pins.items():
        takes = Requirement(f"python{known[f'{name}=={version}']['requires_python'] or ''}").specifier
        if not takes.contains(python, prereleases=True):
            found.append(f"{name} {version} is not for Python {python}")
    return found


def _required(
    name: str, version: str, extra: str, known: Metadata, environment: Mapping[str, str]
) -> Iterator[tuple[str, Requirement]]:
    for text in known[f"{name}=={version}"]["requires"]:  # type: ignore[attr-defined]
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate({**environment, "extra": extra}):
            wanted.marker = None  # judged already, with the extra
            yield f"{name}[{extra}]" if extra else name, wanted


def installed(line: Line) -> dict[str, object] | None:
    """What a distribution says of itself that is installed here in the version of the list."""
    try:
        found = metadata.distribution(line.name)
    except metadata.PackageNotFoundError:
        return None
    if found.version != line.version:
        return None
    return {"requires": sorted(found.requires or []), "requires_python": found.metadata.get("Requires-Python")}


def recorded() -> Metadata:
    record: Metadata = json.loads(RECORD.read_text(encoding="utf-8"))
    return record


def main() -> None:
    """Write down what every listed distribution requires, for the Pythons on Linux that it is listed for."""
    old = recorded() if RECORD.exists() else {}
    found: dict[str, Mapping[str, object]] = {}
    missing: dict[str, dict[str, Line]] = {}
    for name in LISTS:
        for line in read(name):
            for python in PYTHONS:
                if line.applies(environment(python)):
                    known = installed(line) or old.get(line.key)
                    if known:
                        found[line.key] = known
                    elif line.key not in {key for lines in missing.values() for key in lines}:
                        missing.setdefault(name + python, {})[line.key] = line
    for where, lines in missing.items():
        found |= _from_pip(lines.values(), where[-6:])
    RECORD.write_text(json.dumps(dict(sorted(found.items())), indent=1) + "\n", encoding="utf-8")
    print(f"wrote requirements/{RECORD.name}: {len(found)} distributions")


def _from_pip(lines: Iterable[Line], python: str) -> dict[str, dict[str, object]]:
    """What distributions require that are not installed here, asked of the index that pip knows."""
    with tempfile.TemporaryDirectory() as folder:
        wanted, report = Path(folder, "wanted.txt"), Path(folder, "report.json")
        texts = [" ".join([line.key, *(f"--hash={digest}" for digest in line.hashes)]) for line in lines]
        wanted.write_text("\n".join(texts), encoding="utf-8")
        options = ["--dry-run", "--ignore-installed", "--no-deps", "--quiet", "--python-version", python.strip(".")]
        command = [sys.executable, "-m", "pip", "install", *options, "--report", str(report), "-r", str(wanted)]
        subprocess.run([*command, "--target", folder], check=True)
        items = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {
        f"{canonicalize_name(item['metadata']['name'])}=={item['metadata']['version']}": {
            "requires": sorted(item["metadata"].get("requires_dist", [])),
            "requires_python": item["metadata"].get("requires_python"),
        }
        for item in items
    }


if __name__ == "__main__":
    main()
