"""Files are named shortly, decoded strictly, and read line by line within bounds."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from kling_cost.io.sources import MAX_RECORD, Source, name_sources
from kling_cost.problems import ReadError, UsageError


def source(data: bytes, encoding: str | None = None) -> Source:
    return Source("x", None, io.BytesIO(data), encoding)


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["jobs.jsonl"], ["jobs.jsonl"]),
        (["/data/spring/jobs.jsonl"], ["jobs.jsonl"]),
        (["spring/a.csv", "autumn/a.csv"], ["spring/a.csv", "autumn/a.csv"]),
        (["x/spring/a.csv", "y/spring/a.csv", "b.csv"], ["x/spring/a.csv", "y/spring/a.csv", "b.csv"]),
        (["a.csv", "sub/a.csv"], ["a.csv", "sub/a.csv"]),
        (["한국 작업.csv"], ["한국 작업.csv"]),
        (["a\x1b[31m.csv"], ["a\\x1b[31m.csv"]),
        (["-rf"], ["-rf"]),
    ],
)
def test_a_file_is_called_by_the_shortest_name_that_tells_it_apart(paths: list[str], names: list[str]) -> None:
    assert [s.name for s in name_sources(paths)] == names


def test_a_name_that_is_no_utf8_is_shown_and_still_opened(tmp_path: Path) -> None:
    path = str(tmp_path / "a").encode() + b"\xff.json"
    with open(path, "wb") as file:
        file.write(b"{}")
    (found,) = name_sources([path.decode("utf-8", "surrogateescape")])
    assert found.name == "a\\xff.json"
    assert found.read(10) == b"{}"


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        (b"abc", None, "abc"),
        (b"\xef\xbb\xbfabc", None, "abc"),
        ("안개".encode("utf-16"), None, "안개"),
        ("안개".encode("utf-16-be"), "utf-16-be", "안개"),
        (b"\xfe\xff" + "안개".encode("utf-16-be"), None, "안개"),
        ("안개".encode("cp949"), "cp949", "안개"),
        ("霧".encode("shift_jis"), "shift_jis", "霧"),
        ("雾".encode("gb18030"), "gb18030", "雾"),
        ("안개".encode("utf-32"), None, "안개"),
    ],
)
def test_text_is_decoded_by_its_mark_or_by_what_the_user_says(data: bytes, encoding: str | None, text: str) -> None:
    assert source(data, encoding).decode(data) == text
    assert source(data, encoding).text_stream().read() == text
    assert b"".join(line or b"" for _, line in source(data, encoding).lines()).decode() == text


@pytest.mark.parametrize(
    ("data", "encoding", "message"),
    [
        ("안개".encode("cp949"), None, "not valid UTF-8 text"),
        (b"abc\xff", None, "not valid UTF-8 text"),
        (b"abc", "no-such", "unknown encoding no-such"),
        (b"\xff\xfea", None, "not valid UTF-8 text"),
    ],
)
def test_text_in_another_encoding_is_refused_with_a_hint(data: bytes, encoding: str | None, message: str) -> None:
    with pytest.raises(ReadError, match=message) as caught:
        source(data, encoding).decode(data)
    if "UTF-8" in message:
        assert "--encoding" in str(caught.value)


def test_only_a_line_feed_ends_a_line() -> None:
    data = "a\u2028b\x85c\x1cd\r\ne\n\nf".encode()
    assert [(n, line) for n, line in source(data).lines()] == [
        (1, "a\u2028b\x85c\x1cd\r\n".encode()),
        (2, b"e\n"),
        (3, b"\n"),
        (4, b"f"),
    ]


def test_a_line_that_is_too_long_is_passed_over_and_counted() -> None:
    data = b"a\n" + b"x" * (MAX_RECORD * 2 + 5) + b"\nb\n"
    assert [(n, line and len(line)) for n, line in source(data).lines()] == [(1, 2), (2, None), (3, 2)]
    data = ("a\n" + "x" * (MAX_RECORD + 5) + "\nb\n").encode("utf-16")
    assert [(n, line and len(line)) for n, line in source(data).lines()] == [(1, 2), (2, None), (3, 2)]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "nothing.json", "no such file"),
        (lambda folder: folder, "folder"),
        (lambda folder: (folder / "empty.json").touch() or folder / "empty.json", "empty"),
        (lambda folder: (folder / "big.json").write_bytes(b"x" * 100) and folder / "big.json", "larger than"),
        (lambda folder: folder / ("n" * 300), "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path, make: object, message: str) -> None:
    made = make(tmp_path)  # type: ignore[operator]
    (found,) = name_sources([made])
    with pytest.raises(ReadError, match=message) as caught:
        found.read(50)
    assert caught.value.problem.source == found.place == str(made)


@pytest.mark.parametrize("name", ["a\x00b", "\ud800", b"a.csv", 5, None])
def test_what_can_be_no_file_is_refused_by_name(name: object) -> None:
    with pytest.raises(UsageError, match="a file must be a path"):
        name_sources([name])  # type: ignore[list-item]


class Endless(io.RawIOBase):
    """A device that gives noughts for ever."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        view[:] = bytes(len(view))
        return len(view)


@pytest.mark.parametrize("encoding", [None, "cp949"])
def test_a_line_without_an_end_is_given_up(encoding: str | None) -> None:
    lines = Source("zero", None, io.BufferedReader(Endless()), encoding).lines()
    assert next(lines) == (1, None)
    with pytest.raises(ReadError, match="no end of line within 64 MiB"):
        next(lines)


def test_files_whose_long_names_differ_only_at_the_end_are_two(tmp_path: Path) -> None:
    paths = [f"{'n' * 220}{end}.jsonl" for end in "ab"]
    assert [s.name for s in name_sources(paths)] == paths
    assert [s.suffix for s in name_sources([paths[0]])] == [".jsonl"]
    assert len(name_sources([paths[0]])[0].name) == 201


def test_errors_name_a_path_as_it_was_typed() -> None:
    (found,) = name_sources(["./some/../jobs.csv"])
    assert (found.name, found.place) == ("jobs.csv", "./some/../jobs.csv")
    assert str(found.error("unreadable.empty")) == "./some/../jobs.csv: the file is empty"
