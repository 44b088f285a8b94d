"""`python -m tests.mutation FOLDER`: changes a folder of the package in every small way; a test should fail each time.

Of a large folder a sample can be judged (`python -m tests.mutation FOLDER 100`): so many changes, each as likely as
any other. The seed is printed; with `SEED=…` the same changes are judged, and only what is not judged yet is tried.

Works in `mutants/FOLDER`, on a copy of the checkout. It may be interrupted: what was judged stays judged, until the
function changes. Where the tests have changed, what survived them is tried again. A score and every survivor is
printed and written to `mutants/FOLDER.txt`. A change that takes too long counts as caught and is listed, too: on a busy
machine it may be one that survives. What only Spark reaches is not changed: it takes too long to start.

As a plugin of pytest (`-p tests.mutation`) it forgets what the package remembers before each test. Else a function
whose result is remembered would be called by the first test only, and its changes be held against that test alone.
"""

from __future__ import annotations

import functools
import gc
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[1]
COPIED = (
    "kling_cost tests examples docs benchmarks books reports requirements"
    " pricing.yaml takes.yaml pyproject.toml README.md Makefile"
).split()
#: A change in a folder is held against its doctests, the tests in the folder of its name, and these of other folders.
#: As each test is run first to see what it reaches, tests that reach little of the folder are left out.
ALSO_HELD_BY = {
    "planning": ["tests/jobs/test_campaign.py"],
    "pricing": ["tests/planning"],
    "jobs": [
        "tests/pricing/test_judge.py",
        "tests/pricing/test_problems.py",
        "tests/pricing/test_request.py",
        "tests/cli/test_gallery.py",  # what is said of bad files, word for word
    ],
    "reconciliation": ["tests/cli/test_reconcile.py"],  # what is said of bad answers, word for word
    "pricebook": ["tests/pricing"],
    "io": ["tests/jobs"],
}
#: What takes long to start is left out, as are tests of speed (CONFIG), since a function that can be changed is slower.
SETTINGS = {
    "KLING_COST_WITHOUT_PARTS": "java soffice chromium psql",
    "KLING_COST_SEED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
#: Names the file that says which test fails where nothing was changed.
FAILURE = "KLING_COST_MUTATION_FAILURE"
CONFIG = """
[tool.mutmut]
source_paths = ["kling_cost"]
only_mutate = ["kling_cost/{folder}/*", "kling_cost/{folder}.py"]
do_not_mutate = ["*/frames/spark.py"]
also_copy = {copied}
pytest_add_cli_args = ["-p", "tests.mutation", "-n0", "-k", "not in_little_memory and not in_no_time"]
pytest_add_cli_args_test_selection = {tests}
process_isolation = "forkserver"  # each change meets caches that no test has filled
timeout_multiplier = 10.0  # a change that no test catches runs them all, from cold caches: that is no timeout
timeout_constant = 60.0
"""
_KILLED = {"killed", "timeout", "caught by type check", "segfault"}
_OPEN = {"not checked", "check was interrupted by user"}


_GENERATE = """
from mutmut import __main__ as mutmut
mutmut.copy_src_dir(), mutmut.copy_also_copy_files(), mutmut.setup_source_paths()
mutmut.create_mutants(1)
"""


def main(folder: str, sample: int = 0) -> int:
    """Judge what is left to judge in a folder, or in a sample of so many changes; 0 where all of it was judged."""
    top = PROJECT / "mutants" / folder
    _copy(folder, top)
    failure = top / "failure.txt"
    failure.unlink(missing_ok=True)
    environment = {**os.environ, **SETTINGS, FAILURE: str(failure)}
    chosen, left, about = frozenset[str](), [], ""
    if sample:
        subprocess.run([sys.executable, "-c", _GENERATE], cwd=top, env=environment, stdout=subprocess.PIPE, check=True)
        seed = int(os.environ.get("SEED") or random.randrange(2**32))
        about = f", a sample of {sample} with SEED={seed}"
        print(f"{folder}{about}", flush=True)
        verdicts = dict(_verdicts(top))
        chosen = frozenset(random.Random(seed).sample(sorted(verdicts), min(sample, len(verdicts))))
        left = sorted(name for name in chosen if verdicts[name] in _OPEN)
    code = 0
    if left or not sample:
        command = [sys.executable, "-m", "mutmut", "run", *_workers(), *left]
        code = subprocess.run(command, cwd=top, env=environment, check=False).returncode
    text, open_ones = _summary(folder + about, top, chosen)
    (PROJECT / "mutants" / f"{folder}.txt").write_text(text, encoding="utf-8")
    print(text)
    if failure.exists():
        print(f"without any change, this fails: {failure.read_text(encoding='utf-8')}", file=sys.stderr)
    return code or bool(open_ones)


def held_by(folder: str) -> list[str]:
    """What pytest is given to hold changes in a module or folder; the tests of a folder hold all folders in it."""
    room = folder.partition("/")[0]
    own = f"tests/{room}"
    code = f"kling_cost/{folder}" if (PROJECT / "kling_cost" / folder).is_dir() else f"kling_cost/{folder}.py"
    return [*([own] if (PROJECT / own).is_dir() else []), *ALSO_HELD_BY.get(room, []), code]


def _workers() -> list[str]:
    return ["--max-children", os.environ["WORKERS"]] if "WORKERS" in os.environ else []


def _copy(folder: str, top: Path) -> None:
    """The checkout as it is now; a file that did not change keeps its time, so that it is not judged anew."""
    top.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        source, target = PROJECT / name, top / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            if name != "kling_cost":
                shutil.rmtree(top / "mutants" / name, ignore_errors=True)
        else:
            shutil.copy2(source, target)
    changed = top / "mutants" / "kling_cost"
    for path in changed.rglob("*"):  # else what is renamed or removed stays, and so does old data
        source = top / "kling_cost" / str(path.relative_to(changed)).removesuffix(".meta").removesuffix(".spans")
        if path.is_file() and (source.suffix != ".py" or not source.is_file()):
            path.unlink()
    copied = [name for name in COPIED if name != "kling_cost"]
    config = CONFIG.format(folder=folder, copied=json.dumps(copied), tests=json.dumps(held_by(folder)))
    with (top / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(config)
    _try_survivors_again(top)


def _try_survivors_again(top: Path) -> None:
    """Where tests changed: judge anew what they did not catch, and see anew what the changed ones reach."""
    now = {
        str(path.relative_to(top)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((top / "tests").rglob("*"))
        if path.is_file()
    }
    known = top / "tests.json"
    before = json.loads(known.read_text(encoding="utf-8")) if known.exists() else now
    changed = {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
    if changed:
        for path in (top / "mutants").rglob("*.meta"):
            meta = json.loads(path.read_text(encoding="utf-8"))
            codes = meta["exit_code_by_key"]
            meta["exit_code_by_key"] = {key: code if code in (1, 3) else None for key, code in codes.items()}
            path.write_text(json.dumps(meta, indent=4), encoding="utf-8")
        _forget_reach(top / "mutants" / "mutmut-stats.json", changed)
    known.write_text(json.dumps(now), encoding="utf-8")


def _forget_reach(stats: Path, changed: set[str]) -> None:
    """Forget which test reaches what: of files of tests that changed, of all if what tests share has."""
    if stats.exists() and all(Path(name).name.startswith("test_") for name in changed):
        found = json.loads(stats.read_text(encoding="utf-8"))
        tests = found["duration_by_test"]
        gone = {test for test in tests if test.partition("::")[0] in changed}
        found["duration_by_test"] = {test: took for test, took in tests.items() if test not in gone}
        reach = found["tests_by_mangled_function_name"]
        found["tests_by_mangled_function_name"] = {name: sorted(set(by) - gone) for name, by in reach.items()}
        stats.write_text(json.dumps(found), encoding="utf-8")
    else:
        stats.unlink(missing_ok=True)


def _verdicts(top: Path) -> Iterator[tuple[str, str]]:
    from mutmut.stats import status_by_exit_code

    for path in sorted((top / "mutants" / "kling_cost").rglob("*.meta")):
        for name, code in json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"].items():
            yield name, status_by_exit_code[code]


def _summary(title: str, top: Path, chosen: frozenset[str] = frozenset()) -> tuple[str, int]:
    """The score and the survivors with what was changed, and how many are not judged yet; of some names, or of all."""
    verdicts = [(name, verdict) for name, verdict in _verdicts(top) if not chosen or name in chosen]
    counts = Counter(verdict for _, verdict in verdicts)
    killed = sum(counts[verdict] for verdict in _KILLED)
    left = sum(counts[verdict] for verdict in _OPEN)
    decided = len(verdicts) - left
    share = f"{100 * killed / decided:.1f} %" if decided else "none"
    kinds = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
    lines = [f"{title}: {killed} of {decided} changes are caught, {share}; {left} not judged ({kinds})", ""]
    for name, verdict in verdicts:
        if verdict == "timeout" or verdict not in _KILLED | _OPEN:
            lines += [f"{verdict}: {name}", *_changed_lines(name, top), ""]
    return "\n".join(lines), left


def _changed_lines(name: str, top: Path) -> list[str]:
    shown = subprocess.run(
        [sys.executable, "-m", "mutmut", "show", name], cwd=top, capture_output=True, text=True, check=False
    ).stdout
    return [line for line in shown.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]


@functools.cache
def _remembered() -> list[Any]:
    """Everything in the package that remembers results."""
    from kling_cost.bounded_cache import BoundedCache

    found: list[Any] = [thing for thing in gc.get_objects() if isinstance(thing, BoundedCache)]
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "kling_cost":
            found += [thing for thing in vars(module).values() if hasattr(thing, "cache_clear")]
    return found


def pytest_runtest_setup() -> None:
    """Forget, before each test, what earlier ones have filled."""
    for thing in _remembered():
        (thing.clear if isinstance(thing, dict) else thing.cache_clear)()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep why a test fails before anything was changed; mutmut says only that one did."""
    if report.failed and os.environ.get("MUTANT_UNDER_TEST") in ("stats", ""):
        Path(os.environ[FAILURE]).write_text(f"{report.nodeid}\n{report.longreprtext}\n", encoding="utf-8")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tests first: most changes are caught by one of them."""
    known = Path("mutmut-stats.json")
    took = json.loads(known.read_text(encoding="utf-8"))["duration_by_test"] if known.exists() else {}
    items.sort(key=lambda item: took.get(item.nodeid, 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:])))
