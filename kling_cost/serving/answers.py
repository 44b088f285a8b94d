"""What the server answers to a request, once it is known to come from this page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import NamedTuple
from urllib.parse import parse_qsl, quote

from kling_cost.io.sources import MEBIBYTE
from kling_cost.problems import KlingCostError
from kling_cost.reporting.resources import ENGLISH, locales
from kling_cost.reporting.translations import Words
from kling_cost.serving.downloads import KINDS, download
from kling_cost.serving.page_words import page_words
from kling_cost.serving.pages import fragment, policy, shell
from kling_cost.serving.priced_sheet import PricedSheet, Prices, price_dropped
from kling_cost.serving.sheet_content import error_texts
from kling_cost.serving.uploads import LARGEST, Upload, Uploads, Wishes
from kling_cost.serving.wishes_form import LONGEST_BUDGET, take_over

#: The largest form that a page sends.
LARGEST_FORM = 4 * MEBIBYTE
_MOST_FIELDS = 200_000
_HTML, _TEXT = "text/html; charset=utf-8", "text/plain; charset=utf-8"
_OK, _BAD, _NOT_FOUND, _GONE, _TOO_LARGE = 200, 400, 404, 410, 413
_CONFLICT = 409
_INERT = "default-src 'none'; sandbox; frame-ancestors 'none'"


class Answer(NamedTuple):
    """An answer of the server.

    Attributes:
        status: of HTTP.
        body: its content.
        kind: its media type.
        name: under which it is to be saved; empty for what is shown.
        policy: its content security policy.
    """

    status: int
    body: bytes
    kind: str = _TEXT
    name: str = ""
    policy: str = _INERT

    @property
    def saved_as(self) -> str:
        """The header that says how it is saved, in which no name can break out.

        >>> Answer(200, b"", name="콘티.csv").saved_as
        "attachment; filename*=UTF-8''%EC%BD%98%ED%8B%B0.csv"
        """
        return f"attachment; filename*=UTF-8''{quote(self.name, safe='')}"


class Asked(NamedTuple):
    """A request that has come to the right address.

    Attributes:
        method: `GET` or `POST`.
        path: what follows the address, such as `/sheets`.
        query: what was said behind a question mark.
        length: of the body in bytes; None where that was not said.
        chunks: reads the body.
    """

    method: str
    path: str
    query: Mapping[str, str]
    length: int | None
    chunks: Callable[[], Iterator[bytes]]

    @property
    def words(self) -> Words:
        """The language that was asked for, English for one that is not known."""
        wanted = self.query.get("lang", "")
        return page_words(wanted if wanted in locales() else ENGLISH)


class Answers:
    """Answers requests about sheets.

    Args:
        address: the path of everything, with the token.
        folder: where sheets lie.
        prices: which prices to use.
    """

    def __init__(self, address: str, folder: Path, prices: Prices) -> None:
        self._address, self._prices, self.uploads = address, prices, Uploads(folder)
        # One at a time: a sheet takes a processor and up to a few hundred megabytes, and what is cached has no locks.
        self._work = Lock()

    def to(self, asked: Asked) -> Answer:
        """The answer to a request."""
        match (asked.method, *asked.path.rstrip("/").split("/")[1:]):
            case ("GET",):
                return self._page(asked)
            case ("POST", "sheets"):
                return self._dropped(asked)
            case ("POST", "sheets", key):
                return self._changed(asked, key)
            case ("GET", "sheets", key, kind) if kind in KINDS:
                return self._taken(asked, key, kind)
        return text(_NOT_FOUND, "there is nothing here")

    def _page(self, asked: Asked) -> Answer:
        body = shell(self._address, asked.words, asked.query.get("budget", "")[:LONGEST_BUDGET])
        return Answer(_OK, body, _HTML, policy=policy())

    def _dropped(self, asked: Asked) -> Answer:
        """Keep a sheet, and show what it comes to."""
        if asked.length is None:
            return text(_BAD, "say how long the sheet is: Content-Length")
        if asked.length > LARGEST:
            return text(_TOO_LARGE, asked.words("serve.too_large"))
        wishes = Wishes(budget=asked.query.get("budget", "").strip()[:LONGEST_BUDGET])
        try:
            upload = self.uploads.add(asked.query.get("name", ""), asked.chunks(), wishes)
        except EOFError:
            return text(_BAD, "the sheet ended before its end")
        return self._shown(upload, {}, asked.words)

    def _changed(self, asked: Asked, key: str) -> Answer:
        """Take over what somebody says of a sheet, and show what it comes to now."""
        upload = self.uploads.get(key)
        if upload is None:
            return text(_GONE, asked.words("serve.gone"))
        if asked.length is None or asked.length > LARGEST_FORM:
            return text(_BAD if asked.length is None else _TOO_LARGE, "the form is too long")
        try:
            form = dict(parse_qsl(_body(asked), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        except (ValueError, EOFError):
            return text(_BAD, "the form cannot be read")
        return self._shown(upload, form, asked.words)

    def _shown(self, upload: Upload, form: Mapping[str, str], words: Words) -> Answer:
        with self._work, upload.lock:
            try:
                priced = self._priced(upload, form)
                if self.uploads.get(upload.key) is None:  # it gave way to others in the meantime
                    return text(_GONE, words("serve.gone"))
                return Answer(_OK, fragment(self._address, upload, priced, words), _HTML)
            except KlingCostError as error:
                return text(_CONFLICT, "\n".join(error_texts(error, words)))

    def _priced(self, upload: Upload, form: Mapping[str, str]) -> PricedSheet:
        """The sheet with what somebody says of it; what cannot be had leaves the wishes as they were."""
        before = upload.wishes
        try:
            if form:
                take_over(upload, form, lambda: price_dropped(upload, self._prices))
            return price_dropped(upload, self._prices)
        except KlingCostError:
            upload.wishes = before
            raise

    def _taken(self, asked: Asked, key: str, kind: str) -> Answer:
        """A file to take away."""
        upload = self.uploads.get(key)
        if upload is None:
            return text(_GONE, asked.words("serve.gone"))
        with self._work, upload.lock:
            try:
                priced = price_dropped(upload, self._prices)
                found = download(kind, upload, priced, asked.words.locale)
            except KlingCostError as error:
                return text(_CONFLICT, "\n".join(error_texts(error, asked.words)))
        if found is None:
            return text(_NOT_FOUND, asked.words("serve.nothing"))
        return Answer(_OK, found.data, "application/octet-stream", found.name)


def text(status: int, sentence: str) -> Answer:
    """An answer in one sentence."""
    return Answer(status, f"{sentence}\n".encode())


def _body(asked: Asked) -> str:
    return b"".join(asked.chunks()).decode("utf-8")
