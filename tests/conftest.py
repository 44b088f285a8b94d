"""Seeds that are printed, parts that must be there in CI, and files that tests need."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

#: How many inputs a generated test draws, where it does not say so itself.
EXAMPLES = "KLING_COST_EXAMPLES"

settings.register_profile(
    "kling_cost",
    max_examples=int(os.environ.get(EXAMPLES) or 100),
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)
settings.load_profile("kling_cost")
#: What is done once the tests of this process are over: they say what by `callback`. Not `atexit`,
#: since the processes of xdist end without it, and leave behind what they started.
AT_THE_END = ExitStack()
_SCRATCH = tempfile.TemporaryDirectory(prefix="kling-cost-hypothesis-")
AT_THE_END.callback(_SCRATCH.cleanup)
set_hypothesis_home_dir(_SCRATCH.name)  # so that a run leaves nothing behind

SEED = "KLING_COST_SEED"
REQUIRED = "KLING_COST_REQUIRE_PARTS"
#: Parts by name that a run does without: their tests are skipped, even where every part is required.
WITHOUT = "KLING_COST_WITHOUT_PARTS"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """One seed for every generated test of a run; workers take it from the environment."""
    seed = config.getoption("hypothesis_seed", None) or os.environ.get(SEED) or str(random.randrange(2**32))
    os.environ[SEED] = str(seed)
    config.option.hypothesis_seed = str(seed)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    with suppress(Exception):  # a browser that has gone already fails no test
        AT_THE_END.close()


#: Of what takes longest first, so that no process is left with it while the others have nothing more to do. Tests of
#: one place stay together in one process: each would make the same anew, such as a virtual machine or edited workbooks.
TOGETHER = (
    "spark",
    "tests/reporting/test_edited_workbooks.py",
    "tests/tidy/test_site.py",
    "tests/tidy/test_packages.py",
)
#: Tests that take seconds each go wherever there is room; all others by the file.
ONE_BY_ONE = ("tests/reporting/", "tests/recipes/", "tests/tidy/test_pages.py", "tests/cli/")


def unit(nodeid: str) -> tuple[int, str]:
    """When a test is to be run, and what is run in one process: the first come first."""
    for at, place in enumerate(TOGETHER):
        if place in nodeid:
            return at, place
    if nodeid.startswith(ONE_BY_ONE):
        return len(TOGETHER), nodeid
    return len(TOGETHER) + 1, nodeid.partition("::")[0]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: unit(item.nodeid)[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Units of `unit`, in the order in which they are collected; marks of xdist's own way get lost with pytest 9.2.

    Thousands of units are avoided, since xdist looks through all of them whenever a test has ended.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit(nodeid)[1]

    config.option.loadscopereorder = False
    return Scheduling(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"seed of generated tests: {os.environ[SEED]} (again with {SEED}=…)")


def need(program: str) -> str:
    """The path of a program; the test is skipped without it, and fails where every part is required."""
    not_left_out(program)
    found = shutil.which(program)
    if found is None:
        reason = f"{program} is not installed"
        if os.environ.get(REQUIRED):
            pytest.fail(f"{reason}, but {REQUIRED} is set")
        pytest.skip(reason)
    return found


def not_left_out(part: str) -> None:
    """Skip the test if the run is to do without a part."""
    if part in os.environ.get(WITHOUT, "").split():
        pytest.skip(f"this run does without {part} ({WITHOUT})")


@pytest.fixture
def seed() -> int:
    """For tests that make random input themselves."""
    return int(os.environ[SEED])


@pytest.fixture(scope="session")
def project() -> Path:
    """The top of the checkout."""
    return Path(__file__).resolve().parent.parent
