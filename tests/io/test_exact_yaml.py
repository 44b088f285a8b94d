"""YAML stays text, knows its lines, and refuses what makes it dangerous or doubtful."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kling_cost.io.strict_yaml import MAX_DEPTH, Mapping, YamlError, compose, walk
from kling_cost.io.yaml_values import textual, typed


def read(text: str) -> object:
    root, faults = compose(text)
    assert faults == []
    return textual(root)


def test_scalars_stay_as_they_are_written() -> None:
    written = (
        "{a: off, b: on, c: 16:9, d: 7.1982, e: 010, f: 1_0, g: 1:05, h: NO, i: .5, j: 1e1, k: 0x10, l: 2026-02-01}"
    )
    assert read(written) == {
        "a": "off", "b": "on", "c": "16:9", "d": "7.1982", "e": "010", "f": "1_0",
        "g": "1:05", "h": "NO", "i": ".5", "j": "1e1", "k": "0x10", "l": "2026-02-01",
    }  # fmt: skip


def test_typed_values_are_those_of_json_and_nothing_more() -> None:
    written = "[5, -5, 5.0, true, false, null, ~, on, yes, 010, 1_0, 1:05, 0x10, .nan, 1e400, '5', \"true\", 0.5, TRUE]"
    assert typed(compose(written)[0]) == [
        5, -5, Decimal("5.0"), True, False, None, None, "on", "yes", "010", "1_0", "1:05", "0x10", ".nan", "1e400",
        "5", "true", Decimal("0.5"), True,
    ]  # fmt: skip


@given(
    st.recursive(
        st.text(st.characters(min_codepoint=32, max_codepoint=0x4FF), max_size=10),
        lambda i: st.lists(i, max_size=4) | st.dictionaries(st.text("abc", min_size=1, max_size=3), i, max_size=4),
        max_leaves=15,
    )
)
def test_what_a_writer_wrote_is_read(value: object) -> None:
    text = yaml.safe_dump(value, default_style='"', allow_unicode=True)
    assert typed(compose(text)[0]) == value


@pytest.mark.parametrize(
    ("text", "line", "column", "why"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "duplicate key 'a' (first on line 1)"),
        ("{a: 1, a: 2}", 1, 8, "duplicate key"),
        ("a: &x 1", 1, 4, "anchor &x"),
        ("a: 1\nb: *x\n", 2, 4, "alias"),
        ("a: !!float 1", 1, 4, "tag tag:yaml.org,2002:float"),
        ("a: !!python/object/apply:os.system [ls]", 1, 4, "tag"),
        ("<<: {a: 1}", 1, 1, "merge key"),
        ("? [a]\n: 1", 1, 3, "a key must be plain text"),
        ("a: 1\n---\nb: 2", 2, 1, "second document"),
        ("a: [1", 2, 1, "expected"),
        ("a: 1\n\tb: 2", 2, 1, "found"),
        ("", 1, 1, "empty"),
        ("# nothing\n", 1, 1, "empty"),
        ("a: \x00", 1, 1, "not allowed"),
        ("[" * (MAX_DEPTH + 1), 1, MAX_DEPTH + 1, "deeper"),
        ("[" * 900, 1, MAX_DEPTH + 1, "deeper"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_doubtful_yaml_is_refused_with_its_place(text: str, line: int, column: int, why: str) -> None:
    try:
        _, faults = compose(text)
    except YamlError as error:
        faults = error.faults
    assert any((f.line, f.column) == (line, column) and why in f.why for f in faults), faults


def test_a_depth_at_which_newer_parsers_stop_by_themselves_is_refused() -> None:
    with pytest.raises(YamlError) as caught:
        compose("[" * 50_000)
    (fault,) = caught.value.faults
    assert "nest" in fault.why


def test_all_faults_that_leave_a_tree_are_found_in_one_run() -> None:
    root, faults = compose("a: &x 1\na: 2\nb: !t 3\nc: *x\n")
    assert isinstance(root, Mapping)
    assert len(faults) == 4


def test_a_bomb_is_refused_before_it_grows() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(12)
    )
    start = time.process_time()
    _, faults = compose(bomb)
    assert faults
    assert time.process_time() - start < 5


def test_walk_names_every_path_and_place() -> None:
    root, _ = compose("a:\n  - {b: 1}\n", "f.yaml")
    places = {path: node.place for path, node in walk(root)}
    assert places[("a", 0, "b")] == "f.yaml:2:9"
