"""A copy of the project to which a recipe of docs/how-to/extend.md is applied, as a reader would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
RECIPES = PROJECT / "docs" / "how-to" / "extend.md"
_FENCE = re.compile(r'^```(\w+) title="(\S+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class House:
    """The copy: what is added to it is gone with its folder."""

    path: Path

    def follow(self, heading: str) -> None:
        """Apply every block under a heading: write a file, or change one or several."""
        text = RECIPES.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
        blocks = _FENCE.findall(text)
        assert blocks, heading
        for language, name, block in blocks:
            if language == "diff":
                for file in sorted(self.path.glob(name)):
                    self._change(file, block)
            else:
                assert not (self.path / name).exists(), name
                (self.path / name).write_text(block, encoding="utf-8")

    def _change(self, file: Path, block: str) -> None:
        lines = block.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] != "+")
        after = "".join(line[1:] for line in lines if line[0] != "-")
        text = file.read_text(encoding="utf-8")
        assert text.count(f"\n{before}") == 1, (file, before)
        file.write_text(text.replace(f"\n{before}", f"\n{after}"), encoding="utf-8")

    def python(self, script: str) -> str:
        """What a script prints."""
        return self._run("-c", script)

    def command(self, *words: str, code: int = 0) -> str:
        """What the command prints, on whichever stream."""
        return self._run("-m", "kling_cost", *words, code=code)

    def _run(self, *words: str, code: int = 0) -> str:
        environment = {**os.environ, "PYTHONPATH": str(self.path), "COLUMNS": "200", "NO_COLOR": "1"}
        done = subprocess.run(
            [sys.executable, *words], cwd=self.path, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr


def house_in(folder: Path) -> House:
    """A copy of what the package and its material are made of."""
    for name in ("kling_cost", "reports/locales", "reports/templates", "books"):
        shutil.copytree(PROJECT / name, folder / name)  # with what Python has compiled, which knows its source by time
    shutil.copy(PROJECT / "pricing.yaml", folder)
    return House(folder)
