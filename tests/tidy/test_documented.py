"""Every public name is documented, typed and shown by an example that runs."""

from __future__ import annotations

import doctest
import inspect
import re
import subprocess
import sys

import pytest

import kling_cost as kc

PUBLIC = sorted(kc.__all__)
#: Nothing of this is loaded to price one job.
HEAVY = ["pandas", "numpy", "pyarrow", "narwhals", "openpyxl", "defusedxml", "jinja2", "click", "rich"]


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_documented_with_an_example(name: str) -> None:
    thing = getattr(kc, name)
    examples = doctest.DocTestFinder().find(thing, name, globs={})
    assert any(test.examples for test in examples), f"kling_cost.{name} has no example in its docstring"


@pytest.mark.parametrize("name", PUBLIC)
def test_whatever_is_public_in_a_class_is_documented(name: str) -> None:
    thing = getattr(kc, name)
    if not inspect.isclass(thing):
        return
    own = {key: value for key, value in vars(thing).items() if not key.startswith("_")}
    for key, value in own.items():
        if callable(value) or isinstance(value, property) or hasattr(value, "func"):
            assert inspect.getdoc(value), f"kling_cost.{name}.{key} says nothing"


@pytest.mark.parametrize("name", PUBLIC)
def test_a_function_says_its_arguments_and_what_it_raises(name: str) -> None:
    thing = getattr(kc, name)
    if not inspect.isfunction(thing):
        return
    said = inspect.getdoc(thing) or ""
    for argument in inspect.signature(thing).parameters:
        assert re.search(rf"\b{argument}(:|, )", said), f"{name}({argument})"
    assert "Raises:" in said, f"{name} does not say what it raises"


def test_the_public_names_are_all_there_and_nothing_else_is() -> None:
    assert set(dir(kc)) >= set(kc.__all__)
    assert sorted(kc._HOMES) == PUBLIC
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        kc.nonsense  # noqa: B018


def test_one_price_loads_nothing_heavy() -> None:
    program = (
        "import sys, kling_cost as kc\n"
        "kc.price('kling-v3-text-to-video', duration=5)\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
