"""The pages that people read, their examples, and what running these gives.

In a page, a block with a title is a file; `console` shows commands with what they print, `pycon` a session of Python.
They run in the order of the page, in one folder. In what is shown, a line `…` stands for any number of lines. A command
that ends with another code than 0 is followed by `$ echo $?`.

`python -m tests.tidy.pages` writes what commands print now into the pages, where it differs.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from tests.commands import run

PROJECT = Path(__file__).resolve().parents[2]
PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
_FENCE = re.compile(r'^```(\w*)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
#: What a page may show without its being run: it sets up, needs a server, or starts the tests.
NOT_RUN = (
    "make ",
    "python3 -m venv ",
    ".venv/bin/",
    "pip install ",
    "psql ",
    "python -m ",
    "eval ",
    "git ",
    "kling-cost serve",
)
#: What a shell acts on outside single quotes.
_SHELL = re.compile(r"[|&;<>()$`*?\[#~{}!]")
WORKFLOW = ".github/workflows/"


def name_of(page: Path) -> str:
    """A page's path within the project."""
    return page.relative_to(PROJECT).as_posix()


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, title and text."""

    language: str
    title: str
    text: str


@dataclass(frozen=True)
class Command:
    """A command of a page, and the lines that the page shows of what it prints."""

    line: str
    shown: str

    @property
    def is_run(self) -> bool:
        return not self.line.startswith(NOT_RUN)


def blocks(page: str) -> list[Block]:
    """The blocks of a page, in order."""
    return [Block(*found) for found in _FENCE.findall(page)]


def commands(block: Block) -> Iterator[Command]:
    """The commands of a console; a line that ends with a backslash goes on."""
    for found in re.finditer(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE):
        yield Command(found[1], found[2])


def steps(block: Block) -> list[str]:
    """The commands of ours in the steps of a workflow."""
    jobs = yaml.safe_load(block.text)["jobs"].values()
    lines = [line for job in jobs for step in job["steps"] for line in step.get("run", "").splitlines()]
    return [line.strip() for line in lines if line.strip().startswith("kling-cost ")]


def matches(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed; blanks at the ends of lines do not count.

    >>> matches("a\\n…\\n", "a \\nb\\nc\\n"), matches("a\\n", "a\\nb\\n")
    (True, False)
    """
    wanted = "".join(r"(?:.*\n)*" if line == "…" else re.escape(line.rstrip()) + r" *\n" for line in shown.splitlines())
    return re.fullmatch(wanted, printed) is not None


def plain_words(line: str) -> list[str]:
    """The words of a line that asks only for our command, without anything that a shell would act on; else none.

    >>> plain_words('kling-cost check a.yaml --budget "500 USD"'), plain_words("kling-cost check a.yaml > b")
    (['check', 'a.yaml', '--budget', '500 USD'], [])
    """
    if not line.startswith("kling-cost ") or _SHELL.search(re.sub(r"'[^']*'", "", line)):
        return []
    return shlex.split(line.replace("\\\n", ""))[1:]


@dataclass
class Desk:
    """A folder with the samples, in which the examples of one page are run."""

    folder: Path
    names: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        programs = self.folder / "programs"
        programs.mkdir()
        program = programs / "kling-cost"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kling_cost "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        self.place = self.folder / "desk"
        (self.place / "jobs").mkdir(parents=True)
        (self.place / "examples").symlink_to(PROJECT / "examples")
        (self.place / "pricing.yaml").write_bytes((PROJECT / "pricing.yaml").read_bytes())
        pq.write_table(pa.table(JOBS), self.place / "jobs" / "day.parquet")
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        summary = str(self.place / "summary.md")
        self.given = {"NO_COLOR": "1", "COLUMNS": "80", "GITHUB_STEP_SUMMARY": summary}
        self.environment = {**os.environ, **self.given, "PATH": path, "PYTHONPATH": str(PROJECT)}
        self.code = 0

    def put(self, block: Block) -> None:
        """Write the file that a block shows."""
        path = self.place / block.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def run(self, line: str) -> str:
        """What a command prints: on standard output, else on standard error."""
        if line == "echo $?":
            return f"{self.code}\n"
        words = plain_words(line)
        if words:
            ours = run(*words, cwd=self.place, env=self.given)
            self.code = ours.returncode
            return (ours.stdout or ours.stderr).decode()
        done = subprocess.run(
            ["sh", "-c", line], capture_output=True, text=True, env=self.environment, cwd=self.place, check=False
        )
        self.code = done.returncode
        return done.stdout or done.stderr

    def session(self, block: Block) -> int:
        """How many examples of a session of Python do not give what is shown."""
        test = doctest.DocTestParser().get_doctest(block.text, self.names, "page", "page", 0)
        assert test.examples, block.text
        runner = doctest.DocTestRunner(verbose=False)
        runner.run(test, clear_globs=False)
        self.names.update(test.globs)
        return runner.failures


#: What lies in `jobs/day.parquet` on every desk.
JOBS = {
    "model": ["kling-v3-text-to-video"] * 3,
    "duration": [5, 10, 5],
    "sound": ["off", "off", "on"],
    "client": ["Acme", "Acme", "Initech"],
}


def refreshed(page: str, desk: Desk) -> str:
    """A page with what its commands print now, wherever that is not what it shows."""

    def again(found: re.Match[str]) -> str:
        block = Block(found[1], found[2] or "", found[3])
        if block.title:
            desk.put(block)
        if block.language == "pycon" and "SparkSession" not in block.text:
            desk.session(block)
        return found[0].replace(block.text, _printed(block, desk)) if block.language == "console" else found[0]

    return _FENCE.sub(again, page)


def _printed(block: Block, desk: Desk) -> str:
    lines = []
    for command in commands(block):
        printed = desk.run(command.line) if command.is_run else command.shown
        now = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
        lines.append(f"$ {command.line}\n{command.shown if matches(command.shown, printed) else now}")
    return "".join(lines)


def main() -> None:
    """Write what is printed now into the pages that are named, or into all."""
    for page in [Path(word).resolve() for word in sys.argv[1:]] or PAGES:
        text = page.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            desk = Desk(Path(folder))
            os.chdir(desk.place)
            now = refreshed(text, desk)
            os.chdir(PROJECT)
        if now != text:
            page.write_text(now, encoding="utf-8")
            print(f"wrote {name_of(page)}")


if __name__ == "__main__":
    main()
