"""The house rules that keep a reader able to guess the file."""

from __future__ import annotations

import ast
import re

import pytest

from tests.tidy.source_files import PROJECT, Module, docstrings, imports, modules

#: From the ground up: a room imports from itself and from rooms before it.
ROOMS = [
    "messages",
    "problems",
    "python_values",
    "written_amounts",
    "amounts",
    "bounded_cache",
    "frozen",
    "folded_names",
    "field_words",
    "io",
    "results",
    "pricebook",
    "engines",
    "jobs",
    "pricing",
    "frames",
    "summary",
    "reconciliation",
    "planning",
    "reporting",
    "serving",
    "cli",
]
#: The only modules through which a part enters.
DOORS = {
    "pandas": {
        "engines",
        "jobs.pandas_frame",
        "frames",
        "pricing.estimate",
        "reconciliation.frames",
        "reconciliation.result",
        "results.arrow_tables",
    },
    "pyarrow": {
        "engines",
        "jobs.arrow_cells",
        "jobs.parquet_sheets",
        "jobs.parquet_limits",
        "jobs.writing.parquet_jobs",
        "frames",
        "summary.blocks",
        "summary.block_codes",
        "summary.column_counter",
        "summary.line_item_blocks",
        "reconciliation.frames",
        "results.arrow_tables",
    },
    "numpy": {
        "frames",
        "reconciliation.frames",
        "planning.fit.one_limit.pain_table",
        "planning.fit.several_limits.every_plan",
        "planning.risk.lattice",
        "summary.id_hashes",
        "summary.line_item_blocks",
        "summary.blocks",
        "summary.block_codes",
        "summary.column_counter",
    },
    "highspy": {"planning.fit.solver"},
    "narwhals": set(),
    "polars": {"frames"},
    "duckdb": {"frames"},
    "pyspark": {"frames"},
    "openpyxl": {
        "reporting.writers.xlsx",
    },
    "defusedxml": {"io.sheets.xlsx.zip_package"},
    "jinja2": {"reporting.writers.page_templates", "reporting.writers.footer"},
    "markupsafe": {
        "reporting.writers.html",
        "reporting.writers.html_table",
        "reporting.writers.page_templates",
        "reporting.writers.footer",
    },
    "babel": {"reporting.money", "reporting.translations"},
    "rich": {"cli.job_inputs", "reporting.writers.terminal"},
    "click": {"cli"},
    "yaml": {"io.strict_yaml", "io.yaml_text"},
    "jiter": {"io.strict_json"},
    "pydantic": {
        "pricebook.file_schema",
        "pricebook.schema",
        "pricebook.build",
        "jobs.providers",
        "results.stored_forms",
    },
    "csv": {"io.sheets.csv_sheets", "summary.blocks", "reporting.writers.csv_text"},
    "time": {"cli.job_inputs", "io.writing"},
    "http": {"serving.server"},
    "socketserver": {"serving.server"},
    "secrets": {"serving.server", "serving.uploads"},
}
NOWHERE = {
    "socket", "ssl", "http.client", "urllib.request", "ftplib", "smtplib", "subprocess", "pickle", "shelve", "marshal",
    "random", "uuid", "locale", "logging", "requests", "httpx", "urllib3", "aiohttp",
}  # fmt: skip
WRITERS_KNOW = {"document", "table", "number_format", "resources", "job_template", "style", "translations", "writers"}
#: Numbers that are structure wherever they stand: nothing, one, two, and powers of ten.
STRUCTURE = {-1, 0, 1, 2, 10}
#: Rooms through which prices pass; a number in them is a named constant at the top of the module.
MONEY_ROOMS = {"amounts", "results", "pricebook", "pricing", "frames", "summary", "reconciliation", "planning"}
PROVIDER_WORDS = re.compile(r"evolink|kling3api|kling-(?!cost)|\bo3-|EVOLINK|KLING3API", re.IGNORECASE)
MOST_LINES = 400

by_name = pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)


def within(name: str, allowed: set[str]) -> bool:
    return any(name == door or name.startswith(f"{door}.") for door in allowed)


@by_name
def test_nothing_imports_upwards(module: Module) -> None:
    assert module.room in ROOMS, f"{module.name}: a new room has to be put into its place in ROOMS"
    reachable = ROOMS[: ROOMS.index(module.room) + 1]
    for node, name in imports(module):
        if name.startswith("kling_cost."):
            room = name.split(".")[1]
            assert room in reachable, f"{module.path}:{node.lineno}: {module.room} may not import {room}"


def test_no_module_imports_itself_through_others() -> None:
    graph = {
        m.name: {n.removeprefix("kling_cost.") for _, n in imports(m, when_it_runs=True) if n.startswith("kling_cost.")}
        for m in modules()
    }
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path, name])
        if name not in done:
            for following in sorted(graph.get(name, ())):
                visit(following, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@by_name
def test_parts_enter_at_their_doors(module: Module) -> None:
    for node, name in imports(module):
        for part, doors in DOORS.items():
            if name == part or name.startswith(f"{part}."):
                assert within(module.name, doors), f"{module.path}:{node.lineno}: {part} enters at {sorted(doors)}"
        assert not within(name, NOWHERE), f"{module.path}:{node.lineno}: {name} enters nowhere"


def test_every_door_is_used() -> None:
    used = {(part, m.name) for m in modules() for _, n in imports(m) for part in DOORS if within(n, {part})}
    for part, doors in DOORS.items():
        for door in doors:
            assert any(p == part and within(name, {door}) for p, name in used), f"{part} no longer enters at {door}"


@by_name
def test_the_clock_and_the_environment_are_read_at_the_command_line_only(module: Module) -> None:
    if module.room == "cli":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            what = ast.unparse(node)
            assert not re.search(
                r"\b(os\.environ|os\.getenv|sys\.argv|date\.today|datetime\.(now|utcnow|today))$", what
            ), f"{module.path}:{node.lineno}: {what}"


@by_name
def test_writers_know_tables_and_nothing_of_their_content(module: Module) -> None:
    if not module.name.startswith("reporting.writers"):
        return
    for node, name in imports(module):
        if name.startswith("kling_cost.reporting."):
            assert name.split(".")[2] in WRITERS_KNOW, f"{module.path}:{node.lineno}: {name}"
        elif name.startswith("kling_cost."):
            assert name.split(".")[1] in ("problems", "amounts", "io"), f"{module.path}:{node.lineno}: {name}"


@by_name
def test_no_float_comes_near_money_without_a_reason(module: Module) -> None:
    for node in ast.walk(module.tree):
        is_float = (isinstance(node, ast.Name) and node.id == "float") or (
            isinstance(node, ast.Constant) and isinstance(node.value, float)
        )
        if is_float:
            assert "# float: " in module.line(node), f"{module.path}:{node.lineno}: says `float` without `# float: why`"


@by_name
def test_no_number_of_money_stands_in_python(module: Module) -> None:
    documented = docstrings(module.tree)
    constants = {
        id(inner)
        for node in module.tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        and all(isinstance(t, ast.Name) and t.id.isupper() for t in (getattr(node, "targets", None) or [node.target]))  # type: ignore[union-attr]
        for inner in ast.walk(node)
    }
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Constant) or id(node) in documented:
            continue
        at = f"{module.path}:{node.lineno}: {node.value!r}"
        if isinstance(node.value, str):
            assert not re.fullmatch(r"\d+\.\d+", node.value), f"{at} is a number as text"
        elif isinstance(node.value, int) and module.room in MONEY_ROOMS and node.value not in STRUCTURE:
            assert id(node) in constants, f"{at} is a number without a name"


@by_name
def test_providers_are_named_where_their_requests_are_described(module: Module) -> None:
    if module.name.startswith(("jobs.providers", "reconciliation.providers", "pricebook.upkeep.evolink_catalogue")):
        return
    documented = docstrings(module.tree)
    examples = {
        id(c) for f in ast.walk(module.tree) if isinstance(f, ast.keyword) and f.arg == "help" for c in ast.walk(f)
    }
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented | examples:
            found = PROVIDER_WORDS.search(node.value)
            if found is not None:
                assert "# example" in module.line(node), f"{module.path}:{node.lineno}: {node.value!r}"


@by_name
def test_files_stay_small(module: Module) -> None:
    assert len(module.lines) <= MOST_LINES, f"{module.path} has {len(module.lines)} lines"


def test_nothing_is_left_to_be_done_or_points_outside() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|/(?:home|Users|tmp|work)/|pypi\.|files\.pythonhosted")
    suffixes = {".py", ".md", ".yaml", ".toml", ".j2", ".css", ".js", ""}
    skipped = {".git", ".venv", "build", "dist", "mutants", "__pycache__"}
    for path in PROJECT.rglob("*"):
        inside = path.relative_to(PROJECT)
        if path.suffix not in suffixes or not path.is_file() or skipped & set(inside.parts):
            continue
        if inside.as_posix() == "tests/tidy/test_house.py" or (
            inside.parts[0].startswith(".") and inside.parts[0] != ".ci"
        ):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            assert not words.search(line), f"{inside}:{number}: {line.strip()[:100]}"


def test_tests_mirror_the_rooms() -> None:
    tested = {path.name for path in (PROJECT / "tests").iterdir() if path.is_dir() and not path.name.startswith("_")}
    small = {"problems", "messages", "bounded_cache", "frozen", "folded_names", "field_words", "engines"}
    assert set(ROOMS) - small <= tested
