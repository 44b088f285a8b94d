"""What an answer repeats of a request is held against what was submitted, value by value."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from kling_cost.jobs.request_digest import differing, digest_of

#: Values of which no two are equal, though they look alike when they are put into text carelessly.
UNLIKE: list[Any] = [
    "5", 5, "1:5", "a,b", ["a,b"], ["a", "b"], [["a"], "b"], ["a", ["b"]], {"a": "b"}, {"b": "b"}, {"a": 1, "b": 2},
    {"a": 2, "b": 1}, {"a": "1,b=2"}, "[a]", "{a=b}", [], {}, "", None, "None", True, "True", "[]", "{}", [""], [[]],
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), list(combinations(UNLIKE, 2)))
def test_values_that_differ_are_told_apart(one: Any, other: Any) -> None:
    assert list(differing(digest_of({"prompt": one}), {"prompt": other})) == ["prompt"]


@pytest.mark.parametrize("value", UNLIKE)
def test_a_value_is_like_itself(value: Any) -> None:
    assert list(differing(digest_of({"prompt": value, "seed": 1}), {"seed": 1, "prompt": value})) == []
