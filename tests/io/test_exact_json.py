"""JSON is read exactly, and everything doubtful is refused with its place."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_cost.io.strict_json import JsonError, count_values, parse_json

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_what_was_written_is_read(value: object) -> None:
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_every_digit(number: Decimal) -> None:
    text = f"{number:f}"
    read = parse_json(text.encode())
    assert isinstance(read, (int, Decimal))
    assert not isinstance(read, bool)
    assert read == number


@pytest.mark.parametrize("text", ["27.0", "7.1982", "0.1", "1E5", "-0.0"])
def test_a_number_with_point_or_exponent_is_a_decimal(text: str) -> None:
    assert isinstance(parse_json(text.encode()), Decimal)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (b'{"a": 1,\n "a": 2}', 2, 6),
        (b"NaN", 1, 1),
        (b"[Infinity]", 1, 2),
        (b"[-Infinity]", 1, 3),
        (b'{"a": 1} x', 1, 10),
        (b"{'a': 1}", 1, 2),
        (b'{"a": 01}', 1, 8),
        (b'{"a": "\\ud800"}', 1, 14),
        (b'{"a": "\xff"}', 1, 8),
        (b'[1,\n"\xc3\xa9", "a\xc3"]', 2, 9),
        (b'"\x01"', 1, 2),
        (b"", 1, 0),
        (b"[" * 500, 1, 202),
        (b"1" * 10_000, 1, 4302),
        (b"1e99999999999999999999", 1, 22),
        (b"{} {}", 1, 4),
        (b"[1,]", 1, 4),
        (b"// x", 1, 1),
    ],
    ids=str,
)
def test_doubtful_json_is_refused_with_its_place(text: bytes, line: int, column: int) -> None:
    with pytest.raises(JsonError) as caught:
        parse_json(text)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_a_repeated_key_is_named() -> None:
    with pytest.raises(JsonError) as caught:
        parse_json(b'{"duration": 15, "duration": 3}')
    assert caught.value.duplicate_key == "duration"
    with pytest.raises(JsonError) as caught:
        parse_json(b'{"a": {"x\\"y": 1, "x\\"y": 2}}')
    assert caught.value.duplicate_key == 'x"y'


@given(values)
def test_the_count_of_values_is_an_upper_bound(value: object) -> None:
    def containers_and_items(part: object) -> int:
        if isinstance(part, dict):
            return 1 + sum(map(containers_and_items, part.values())) + max(0, len(part) - 1)
        if isinstance(part, list):
            return 1 + sum(map(containers_and_items, part)) + max(0, len(part) - 1)
        return 0

    assert count_values(json.dumps(value).encode()) >= containers_and_items(value)
