"""Output files: whole or untouched, through links and pipes, with their mode, whoever else writes."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kling_cost.io.writing import WriteError, replacing, same_file, write_bytes


def test_a_link_stays_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "real" / "budget.csv")
    for data in (b"new", b"again"):  # the target is made, then replaced
        write_bytes(tmp_path / "link.csv", data)
        assert (tmp_path / "link.csv").is_symlink()
        assert (tmp_path / "real" / "budget.csv").read_bytes() == data
    assert [p.name for p in (tmp_path / "real").iterdir()] == ["budget.csv"]


def test_a_circle_of_links_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to("b.csv")
    (tmp_path / "b.csv").symlink_to("a.csv")
    with pytest.raises(WriteError, match="cannot be written"):
        write_bytes(tmp_path / "a.csv", b"x")


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_a_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "private.csv"
    path.touch()
    path.chmod(mode)
    write_bytes(path, b"x")
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_has_the_mode_that_any_new_file_has(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    write_bytes(tmp_path / "budget.csv", b"x")
    assert (tmp_path / "budget.csv").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with open(tmp_path / "read", "wb") as read, subprocess.Popen(["cat", str(pipe)], stdout=read):
        write_bytes(pipe, b"x" * 300_000)
    assert (tmp_path / "read").read_bytes() == b"x" * 300_000
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_pipe_that_nobody_reads_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    monkeypatch.setattr("kling_cost.io.writing._BETWEEN_LOOKS", 0)
    with pytest.raises(WriteError, match="no process reads this pipe"):
        write_bytes(tmp_path / "pipe.csv", b"x")


def test_a_full_device_is_told() -> None:
    with pytest.raises(WriteError, match="No space left"):
        write_bytes("/dev/full", b"x")


@pytest.mark.parametrize("name", ["가" * 80 + ".csv", "n" * 255, "\udcff.csv"])
def test_a_name_that_the_system_takes_is_taken(tmp_path: Path, name: str) -> None:
    write_bytes(tmp_path / name, b"x")
    assert (tmp_path / name).read_bytes() == b"x"


def test_a_name_with_a_null_character_is_told() -> None:
    with pytest.raises(WriteError, match="null character"):
        write_bytes("a\0.csv", b"x")


def test_an_error_of_the_caller_comes_through_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "x.csv") as stream:
        stream.write(b"half" * (1 // 0))
    assert list(tmp_path.iterdir()) == []


def test_writers_of_one_path_do_not_disturb_each_other(tmp_path: Path) -> None:
    path, failed = tmp_path / "t.csv", []
    wholes = [bytes([at]) * 200_000 for at in range(4)]

    def write(data: bytes) -> None:
        try:
            for _ in range(20):
                write_bytes(path, data)
                assert path.read_bytes() in wholes
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(data,)) for data in wholes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


def test_what_a_killed_writer_left_stays_and_hinders_nobody(tmp_path: Path) -> None:
    killed = (
        "import os, signal, sys\n"
        "from kling_cost.io.writing import replacing\n"
        "with replacing(sys.argv[1]) as stream:\n"
        "    stream.write(b'half'); stream.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = tmp_path / "budget.csv"
    path.write_bytes(b"before")
    subprocess.run([sys.executable, "-c", killed, str(path)], check=False)
    assert path.read_bytes() == b"before"
    (left,) = [p for p in tmp_path.iterdir() if p != path]
    write_bytes(path, b"after")
    assert path.read_bytes() == b"after"
    assert left.read_bytes() == b"half"


def test_one_file_is_known_by_every_spelling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").touch()
    (tmp_path / "link.csv").symlink_to("a.csv")
    os.link("a.csv", "hard.csv")
    (tmp_path / "folder").mkdir()
    for other in ("./a.csv", tmp_path / "a.csv", "link.csv", "hard.csv", "folder/../a.csv"):
        assert same_file("a.csv", other)
    assert not same_file("a.csv", "b.csv")
    assert same_file("b.csv", "folder/../b.csv")
