"""A real server in a thread, and the few words that a browser would say to it."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Thread
from typing import NamedTuple
from urllib.parse import quote, urlencode

import kling_cost as kc
from kling_cost.serving.priced_sheet import Prices
from kling_cost.serving.server import SheetServer

AS_OF = date(2026, 11, 20)
MODEL = "kling-v3-text-to-video"
OURS = (
    b"job_id,model,duration,quality,sound,takes\na,kling-v3-text-to-video,10,1080p,on,3\n"
    b"b,kling-v3-text-to-video,5,720p,off,2\n"
)
BOARD = (
    b"Storyboard v7 FINAL,,,,,\n,,,,,\nShot,Description,Length (s),Res,Audio?,Versions\n"
    b"1,Dawn,10,1080p,yes,3\n2,Waves,0:05,720p,no,2\nSCENE 2,,,,,\n3,Boats,8s,FHD,Y,1\n"
)
Headers = Mapping[str, str]


class Said(NamedTuple):
    """What a server answered."""

    status: int
    text: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def key(self) -> str:
        """The id of the sheet that it shows."""
        return re.search(r'data-key="([^"]+)"', self.text)[1]  # type: ignore[index]

    @property
    def credits(self) -> list[tuple[str, str]]:
        """The exact totals that stand in it, with their currencies."""
        return re.findall(r'<data class="big" value="([^"]+)">[^<]*</data> <span class="unit">([^<]+)<', self.text)

    @property
    def plain(self) -> str:
        """Its text without markup and choices."""
        bare = re.sub(r"<option.*?</option>", "", self.text)
        return " ".join(re.sub(r"<[^>]+>", " ", bare).split())


class Browser:
    """Says to a server what its page would say."""

    def __init__(self, server: SheetServer) -> None:
        self.port = server.server_port
        self.base = f"/{server.address.rpartition('/')[2]}"

    def ask(self, method: str, path: str, body: bytes | str | None = None, headers: Headers | None = None) -> Said:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            data = answer.read()
            return Said(answer.status, data.decode("utf-8", "replace"), dict(answer.getheaders()), data)
        finally:
            connection.close()

    def page(self, lang: str = "en") -> Said:
        return self.ask("GET", f"{self.base}?lang={lang}")

    def drop(self, name: str, data: bytes, budget: str = "", lang: str = "en") -> Said:
        return self.ask("POST", f"{self.base}/sheets?name={quote(name)}&budget={quote(budget)}&lang={lang}", data)

    def say(self, key: str, lang: str = "en", **values: str) -> Said:
        return self.form(key, values, lang)

    def form(self, key: str, values: Mapping[str, str], lang: str = "en") -> Said:
        return self.ask("POST", f"{self.base}/sheets/{key}?lang={lang}", urlencode(values))

    def take(self, key: str, kind: str) -> Said:
        return self.ask("GET", f"{self.base}/sheets/{key}/{kind}")


@contextmanager
def serving(folder: Path, book: kc.PriceBook | None = None) -> Iterator[tuple[SheetServer, Browser]]:
    """A server whose sheets lie in a folder."""
    with SheetServer(folder, Prices(book or kc.load_prices(), AS_OF)) as server:
        thread = Thread(target=lambda: server.serve_forever(0.02), daemon=True)
        thread.start()
        try:
            yield server, Browser(server)
        finally:
            server.shutdown()
            thread.join()
