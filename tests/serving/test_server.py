"""Who gets an answer, what is refused, and that nothing of one user reaches another."""

from __future__ import annotations

import http.client
import io
import os
import signal
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kling_cost.cli import main
from kling_cost.io.sources import MEBIBYTE
from kling_cost.serving.answers import LARGEST_FORM
from kling_cost.serving.pages import policy
from kling_cost.serving.server import SheetServer
from kling_cost.serving.uploads import LARGEST, Uploads, Wishes, safe_name
from tests.serving.served import BOARD, MODEL, OURS, Browser, serving

Served = tuple[SheetServer, Browser, Path]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    with serving(folder) as (server, browser):
        yield server, browser, folder


def test_it_listens_on_this_machine_alone_and_prints_where(served: Served) -> None:
    server, browser, _ = served
    assert server.socket.getsockname() == ("127.0.0.1", server.server_port)
    token = browser.base.removeprefix("/")
    assert server.address == f"http://127.0.0.1:{server.server_port}/{token}"
    assert len(token) >= 32


@pytest.mark.parametrize(
    "path", ["/", "", "/x", "/{token}x", "/{short}", "/x/{token}", "/sheets", "/?t={token}", "/%00"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_the_token_there_is_no_answer(served: Served, method: str, path: str) -> None:
    _, browser, folder = served
    token = browser.base.removeprefix("/")
    before = list(folder.iterdir())
    said = browser.ask(method, path.format(token=token, short=token[:-1]), OURS if method == "POST" else None)
    assert said.status == 403
    assert token not in said.text
    assert list(folder.iterdir()) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:{port}"},
        {"Host": "127.0.0.1.evil.example:{port}"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:1"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "http://localhost:{port}"},
    ],
)
def test_a_foreign_host_or_origin_gets_no_answer_even_with_the_token(served: Served, headers: dict[str, str]) -> None:
    _, browser, _ = served
    mine = {name: value.format(port=browser.port) for name, value in headers.items()}
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
        assert browser.ask(method, browser.base, headers=mine).status == 403
    assert browser.ask("POST", f"{browser.base}/sheets?name=a.csv", OURS, mine).status == 403


def test_both_names_of_this_machine_and_the_own_origin_are_answered(served: Served) -> None:
    _, browser, _ = served
    for host in ("127.0.0.1", "localhost"):
        at = f"{host}:{browser.port}"
        assert browser.ask("GET", browser.base, headers={"Host": at, "Origin": f"http://{at}"}).status == 200


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_what_the_page_does_not_do_is_not_done(served: Served, method: str) -> None:
    _, browser, _ = served
    said = browser.ask(method, browser.base)
    assert said.status == 404
    assert (said.body == b"") == (method == "HEAD")


def test_answers_are_strict(served: Served) -> None:
    _, browser, _ = served
    page, shown = browser.page(), browser.drop("a.csv", OURS)
    book = browser.take(shown.key, "workbook")
    for said in (page, shown, book, browser.ask("GET", "/")):
        assert said.headers["Cache-Control"] == "no-store"
        assert said.headers["X-Content-Type-Options"] == "nosniff"
        assert said.headers["X-Frame-Options"] == "DENY"
        assert said.headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in said.headers["Content-Security-Policy"]
        assert "default-src 'none'" in said.headers["Content-Security-Policy"]
        assert "Python" not in said.headers["Server"]
    assert page.headers["Content-Security-Policy"] == policy()
    assert "unsafe" not in policy()
    assert page.text.count("<script") == page.text.count("<style") == 1
    assert "//" not in page.text.partition("<main>")[2].partition("<script>")[0]
    assert book.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a-budget.xlsx"


def test_a_sheet_that_is_too_large_is_refused_in_words_before_it_is_kept(served: Served) -> None:
    _, browser, folder = served
    before = set(folder.iterdir())
    for size in (LARGEST + 1, 10**15):
        connection = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=60)
        connection.putrequest("POST", f"{browser.base}/sheets?name=a.csv&lang=en")
        connection.putheader("Content-Length", str(size))
        connection.endheaders()
        if size == LARGEST + 1:
            connection.send(b"x" * size)
        answer = connection.getresponse()
        assert (answer.status, b"32 MiB" in answer.read()) == (413, True)
        connection.close()
    assert set(folder.iterdir()) == before
    assert LARGEST == 32 * MEBIBYTE


@pytest.mark.parametrize("length", ["-1", "x", "", "1e3", "5, 5", None])
def test_a_length_that_is_none_is_refused(served: Served, length: str | None) -> None:
    _, browser, _ = served
    with socket.create_connection(("127.0.0.1", browser.port), timeout=60) as raw:
        said = "" if length is None else f"Content-Length: {length}\r\n"
        raw.sendall(
            f"POST {browser.base}/sheets?name=a.csv HTTP/1.1\r\nHost: 127.0.0.1:{browser.port}\r\n{said}\r\n".encode()
        )
        raw.shutdown(socket.SHUT_WR)
        assert b" 400 " in raw.makefile("rb").readline()


def test_a_sheet_that_ends_too_early_is_not_kept(served: Served) -> None:
    _, browser, folder = served
    before = set(folder.iterdir())
    with socket.create_connection(("127.0.0.1", browser.port), timeout=60) as raw:
        head = f"POST {browser.base}/sheets?name=a.csv HTTP/1.1\r\nHost: 127.0.0.1:{browser.port}\r\n"
        raw.sendall(f"{head}Content-Length: 500\r\n\r\n".encode() + OURS)
        raw.shutdown(socket.SHUT_WR)
        assert b" 400 " in raw.makefile("rb").readline()
    assert set(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/sheets/nobody", "do=fit", 410),
        ("/sheets/nobody/workbook", None, 410),
        ("/sheets/{key}", b"\xff\xfe=1", 400),
        ("/sheets/{key}", "a=1&" * 300_000, 400),
        ("/sheets/{key}", "a" * (LARGEST_FORM + 1), 413),
        ("/sheets/{key}", "do=apply", 200),
        ("/sheets/{key}", "do=shots&shot%7C2%7Ctakes=-5&shot%7C2%7Cduration=1e9&shot%7C..%7Cx=y&shot%7C=", 200),
        ("/sheets/{key}", "do=columns&sheet=Nowhere&encoding=rot13&model=%00&column%7CA=..%2F", 200),
        ("/sheets/{key}", "do=fit&may%7Ctakes=on&floor%7Ctakes=-1&budget=%3Cb%3E", 200),
        ("/sheets/{key}/../../../etc/passwd", None, 404),
        ("/sheets/{key}/passwd", None, 404),
        ("/nothing", None, 404),
    ],
)
def test_odd_requests_are_answered_in_a_sentence(served: Served, path: str, body: str | None, status: int) -> None:
    _, browser, _ = served
    key = browser.drop("a.csv", OURS).key
    said = browser.ask("GET" if body is None else "POST", browser.base + path.format(key=key), body)
    assert said.status == status
    assert "Traceback" not in said.text
    assert "internal error" not in said.text


def bomb() -> bytes:
    """A workbook whose one sheet unpacks to far more than it is."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/workbook.xml", b"0" * (600 * MEBIBYTE // 4))
    return packed.getvalue()


HOSTILE = {
    "bomb.xlsx": bomb(),
    "cut.xlsx": b"PK\x03\x04" + b"\0" * 50,
    "nuls.csv": b"\0" * 4096,
    "page.csv": b"<!doctype html><html><script>alert(1)</script>",
    "empty.csv": b"",
    "blank.csv": b"\n\n\n",
    "endless.csv": b"a" * (5 * MEBIBYTE),
    "quote.csv": b'model,duration\n"kling',
    "deep.json": b"[" * 100_000,
    "alias.yaml": b"a: &a [*a]\nb: *a\n",
    "tag.yaml": b"!!python/object/apply:os.system [id]",
    "rubbish.parquet": b"PAR1" + b"\xff" * 64 + b"PAR1",
    "unknown.exe": b"MZ",
    "../../../../evil.csv": b"x",
    "nameless": b"model\nkling-v3-text-to-video\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_sheet_is_refused_in_words_and_the_next_one_is_priced(served: Served, name: str) -> None:
    _, browser, folder = served
    said = browser.drop(name, HOSTILE[name], "$60")
    assert (said.status, said.credits) == (200, [])
    assert 'role="alert"' in said.text
    assert "Traceback" not in said.text
    assert str(folder) not in said.text
    assert browser.drop("a.csv", OURS).credits == [("378", "EVOLINK_CREDIT")]


def test_hostile_text_of_a_sheet_is_shown_as_text_and_written_so_that_no_spreadsheet_runs_it(served: Served) -> None:
    _, browser, _ = served
    sheet = 'Shot,Description,Length,Res,Audio?\n=1+1,"<img src=x onerror=alert(1)>",5,720p,no\n'
    sheet += "@x,</select><b>,5,720p,no\n"
    key = browser.drop("<b>&콘티.csv", sheet.encode()).key
    said = browser.say(key, do="columns", model=MODEL)
    assert said.credits == [("54", "EVOLINK_CREDIT")]
    assert "<img" not in said.text
    assert "<b>" not in said.text
    assert "&lt;img src=x" in said.text
    browser.form(key, {"do": "shots", "shot|2|takes": "2"})  # for which the sheet has no column
    taken = browser.take(key, "sheet")
    assert "\r\n'=1+1," in taken.text
    assert "\r\n'@x," in taken.text
    assert taken.headers["Content-Disposition"].isascii()


def test_two_users_at_once_never_see_each_others_sheets(served: Served) -> None:
    _, browser, _ = served

    def user(takes: int) -> list[tuple[str, str]]:
        key = browser.drop(f"user{takes}.csv", OURS.replace(b",on,3", f",on,{takes}".encode())).key
        first = browser.form(key, {"do": "shots", "shot|3|takes": str(takes)})
        again = browser.say(key)
        assert first.credits == again.credits
        assert f"user{takes}.csv" in again.text
        return again.credits

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(user, range(1, 25)))
    assert found == [[(f"{108 * takes + 27 * takes}", "EVOLINK_CREDIT")] for takes in range(1, 25)]


def test_five_hundred_requests_at_once_are_all_answered(served: Served) -> None:
    _, browser, _ = served

    def one(at: int) -> int:
        return (browser.page() if at % 10 else browser.drop("a.csv", OURS, "$60")).status

    with ThreadPoolExecutor(500) as pool:
        assert set(pool.map(one, range(500))) == {200}


def test_the_oldest_sheets_give_way_and_the_newest_stays(tmp_path: Path) -> None:
    kept = Uploads(tmp_path, most=2, most_bytes=100)
    first, second, third = (kept.add("a.csv", [b"x" * 10], Wishes()) for _ in range(3))
    assert (kept.get(first.key), kept.get(second.key), kept.get(third.key)) == (None, second, third)
    large = kept.add("b.csv", [b"x" * 80, b"x" * 80], Wishes())
    assert [kept.get(one.key) for one in (second, third)] == [None, None]
    assert kept.get(large.key) is large
    assert [folder.name for folder in tmp_path.iterdir()] == [large.key]
    assert len({one.key for one in (first, second, third, large)}) == 4


def test_a_sheet_that_gave_way_is_said_to_be_gone(served: Served) -> None:
    server, browser, _ = served
    key = browser.drop("a.csv", OURS).key
    del server.answers.uploads._kept[key]
    said = browser.say(key, lang="en")
    assert (said.status, "drop it again" in said.text) == (410, True)


@pytest.mark.parametrize(
    "name", ["..", ".", "", "/", "a/..", "\0", "\u202e.csv", "a" * 300 + ".csv", "가" * 300, "con\n.csv"]
)
def test_a_name_never_leads_elsewhere(tmp_path: Path, name: str) -> None:
    safe = safe_name(name)
    assert (tmp_path / safe).parent == tmp_path
    assert 0 < len(f"{safe}.columns.yaml".encode()) <= 255
    assert safe.isprintable()
    (tmp_path / safe).write_bytes(b"x")


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_0_and_leaves_no_file(tmp_path: Path, kind: signal.Signals) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "kling_cost", "serve", "--as-of", "2026-11-20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline().decode().rstrip("\n")
        host, _, path = line.removeprefix("http://").partition("/")
        connection = http.client.HTTPConnection(host, timeout=60)
        connection.request("POST", f"/{path}/sheets?name=board.csv", BOARD)
        assert connection.getresponse().status == 200
        assert len(list(tmp_path.rglob("board.csv"))) == 1
        process.send_signal(kind)
        rest, told = process.communicate(timeout=60)
    assert (process.returncode, rest) == (0, b"")
    assert told.splitlines() == [b"open this address in a browser; Ctrl-C ends it"]
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        before = set(os.listdir(tempfile.gettempdir()))
        assert main(["serve", "--port", str(port)]) == 2
        assert f"port {port}" in capsys.readouterr().err
        assert not {name for name in set(os.listdir(tempfile.gettempdir())) - before if name.startswith("kling-cost-")}
