"""The project's own source, read as text and as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "kling_cost"


@dataclass(frozen=True)
class Module:
    """One file of the package: its dotted name without `kling_cost.`, its lines, its tree."""

    name: str
    path: Path
    lines: tuple[str, ...]
    tree: ast.Module

    @property
    def room(self) -> str:
        """The folder, or for a file at the top its own name."""
        return self.name.partition(".")[0]

    def line(self, node: ast.AST) -> str:
        """The line of text on which a node begins."""
        return self.lines[node.lineno - 1]  # type: ignore[attr-defined]


@cache
def modules() -> tuple[Module, ...]:
    """All files of the package, without the two that only name others."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
        if name in ("__init__", "__main__"):
            continue
        text = path.read_text(encoding="utf-8")
        found.append(Module(name, path, tuple(text.splitlines()), ast.parse(text)))
    return tuple(found)


def imports(module: Module, when_it_runs: bool = False) -> Iterator[tuple[ast.stmt, str]]:
    """Every imported module by its full name; names imported from a package count as its modules where they are.

    Args:
        module: the file.
        when_it_runs: only those that are imported when it runs, be it in a function; not those for types alone.
    """
    skipped = _for_types(module.tree) if when_it_runs else set()
    known = {m.name for m in modules()}
    for node in ast.walk(module.tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = node.module.removeprefix("kling_cost").removeprefix(".")
            inside = node.module.partition(".")[0] == "kling_cost"
            parts = [f"{inner}.{a.name}" for a in node.names if f"{inner}.{a.name}" in known]
            for name in parts or [inner]:
                yield node, f"kling_cost.{name}".rstrip(".") if inside else node.module


def _for_types(tree: ast.Module) -> set[int]:
    """The ids of the nodes below `if TYPE_CHECKING:`."""
    guarded = [n for n in ast.walk(tree) if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"]
    return {id(inner) for node in guarded for branch in node.body for inner in ast.walk(branch)}


def docstrings(tree: ast.Module) -> set[int]:
    """The ids of the constants that are docstrings."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, holders) and node.body and isinstance(node.body[0], ast.Expr):
            value = node.body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                found.add(id(value))
    return found
