"""The server: on this machine alone, for whoever has its address; the standard library serves it."""

from __future__ import annotations

import re
import secrets
import socketserver
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from kling_cost import __version__
from kling_cost.io.sources import MEBIBYTE
from kling_cost.problems import UsageError
from kling_cost.serving.answers import Answer, Answers, Asked, text
from kling_cost.serving.priced_sheet import Prices

LOOPBACK = "127.0.0.1"
_HOSTS = (LOOPBACK, "localhost")
_TOKEN_BYTES, _CHUNK = 24, 64 * 1024
_PATIENCE, _SHORT_PATIENCE, _FAREWELL = 60, 3, 1  # seconds
_WAITING, _AT_ONCE = 1024, 64  # connections in the queue, and requests that are answered at once
_DRAINED = 64 * MEBIBYTE  # of a body that is refused, so that the answer is still read
_FORBIDDEN, _DEFECT = 403, 500
_LENGTH = re.compile("[0-9]{1,30}", re.ASCII)


class SheetServer(ThreadingHTTPServer):
    """Serves the page on the loopback address.

    Args:
        folder: where sheets lie while it runs; whoever made it takes it away.
        prices: which prices to use.
        port: where to listen; 0 for any that is free.

    Attributes:
        answers: what it answers with.

    Raises:
        UsageError: somebody else listens there.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = _WAITING

    def __init__(self, folder: Path, prices: Prices, port: int = 0) -> None:
        self._token = secrets.token_urlsafe(_TOKEN_BYTES)
        self.answers = Answers(f"/{self._token}", folder, prices)
        self._room = BoundedSemaphore(_AT_ONCE)
        try:
            super().__init__((LOOPBACK, port), _Handler)
        except (OSError, OverflowError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise UsageError(f"port {port}: {why}; leave --port out for one that is free") from None

    @property
    def address(self) -> str:
        """Where a browser finds it, with the token without which it answers nothing."""
        return f"http://{LOOPBACK}:{self.server_address[1]}/{self._token}"

    def server_bind(self) -> None:
        """Bind without asking anybody for the machine's name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own; more wait in the queue of connections."""
        self._room.acquire()
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._room.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer one request."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def server_close(self) -> None:
        """Stop listening, and wait a moment for those who still write into the folder."""
        super().server_close()
        for _ in range(_AT_ONCE):
            if not self._room.acquire(timeout=_FAREWELL):
                return

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that has gone is no error."""

    def path_of(self, target: str, hosts: list[str], origins: list[str]) -> tuple[str, str] | None:
        """Path behind the token, and query, of a request from this page or a person; None for any other.

        A foreign `Host` is a name that somebody made point to this machine, a foreign `Origin` another page.
        """
        known = [f"{host}:{self.server_port}" for host in _HOSTS]
        is_ours = len(hosts) == 1 and hosts[0] in known
        if not is_ours or any(origin != f"http://{hosts[0]}" for origin in origins):
            return None
        parts = urlsplit(target)
        _, token, *rest = [*parts.path.split("/", 2), ""][:3]
        if parts.netloc or not secrets.compare_digest(token.encode("utf-8", "replace"), self._token.encode()):
            return None
        return "/".join(["", *rest]) if rest and rest[0] else "", parts.query


class _Handler(BaseHTTPRequestHandler):
    """One connection, which is one request."""

    server: SheetServer
    timeout = _PATIENCE
    server_version, sys_version = f"kling-cost/{__version__}", ""

    def do_GET(self) -> None:
        """Show or hand out something."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Take something in."""
        self._answer("POST")

    def do_OTHER(self) -> None:
        """Refuse what nobody needs, to strangers as a stranger's request."""
        self._answer(self.command)

    do_DELETE = do_HEAD = do_OPTIONS = do_PATCH = do_PUT = do_OTHER

    def _answer(self, method: str) -> None:
        try:
            found = self._found(method)
        except (OSError, ConnectionError):
            raise
        except Exception as error:  # no traceback reaches anybody
            found = text(_DEFECT, f"internal error: {type(error).__name__}")
        self._send(found)

    def _found(self, method: str) -> Answer:
        headers = self.headers
        try:
            place = self.server.path_of(self.path, headers.get_all("Host", []), headers.get_all("Origin", []))
            query = {} if place is None else dict(parse_qsl(place[1], keep_blank_values=True))
        except ValueError:
            place, query = None, {}
        if place is None:
            return text(_FORBIDDEN, "open the address that kling-cost serve printed")
        return self.server.answers.to(Asked(method, place[0], query, self._length(), self._chunks))

    def _length(self) -> int | None:
        """The length of the body; None where it is not said in one clear number."""
        found = self.headers.get_all("Content-Length", [])
        if len(found) != 1 or "Transfer-Encoding" in self.headers:
            return None
        return int(found[0]) if _LENGTH.fullmatch(found[0]) else None

    def _chunks(self) -> Iterator[bytes]:
        """The body, bit by bit.

        Raises:
            EOFError: it ends too early.
        """
        left = self._length() or 0
        while left:
            chunk = self.rfile.read(min(left, _CHUNK))
            if not chunk:
                raise EOFError
            left -= len(chunk)
            self._read = self._read + len(chunk)
            yield chunk

    _read = 0

    def _send(self, found: Answer) -> None:
        self.close_connection = True
        self.send_response(found.status)
        self.send_header("Content-Type", found.kind)
        self.send_header("Content-Length", str(len(found.body)))
        self.send_header("Content-Security-Policy", found.policy)
        for name, value in _STRICT.items():
            self.send_header(name, value)
        if found.name:
            self.send_header("Content-Disposition", found.saved_as)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(found.body)
        self.wfile.flush()
        self._drain()

    def _drain(self) -> None:
        """Read what was sent of a body that is not wanted, or its sender would never see the answer."""
        left = min((self._length() or 0) - self._read, _DRAINED)
        self.connection.settimeout(_SHORT_PATIENCE)
        while left > 0:
            chunk = self.rfile.read(min(left, _CHUNK))
            if not chunk:
                return
            left -= len(chunk)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged: addresses hold the token."""


_STRICT = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
