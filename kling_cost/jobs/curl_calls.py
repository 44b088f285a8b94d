"""Calls of curl, as every API's page prints them: the body after `-d` and the address are read, or nothing is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from kling_cost.io.json_files import json_problem
from kling_cost.io.strict_json import JsonError, parse_json
from kling_cost.jobs.wrapped_requests import Call
from kling_cost.problems import problem

_BODY = ("-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json")
#: Options whose value is no address.
_VALUED = frozenset(
    "-X --request -H --header -o --output -u --user -A --user-agent -b --cookie -e --referer -m --max-time --retry"
    " --connect-timeout -x --proxy --cacert --cert --key -w --write-out".split()
)
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_START = re.compile(r"^[ \t]*(?:[$>][ \t]*)?curl(?:\.exe)?(?=[ \t\\^])", re.MULTILINE | re.IGNORECASE)


def curl_calls(text: str) -> Iterator[tuple[int, Call]]:
    """Every call of curl in a text, with the line on which it begins.

    >>> [(row, call.url, call.body) for row, call in curl_calls('curl https://example.com -d \\'{"model": "m"}\\'')]
    [(1, 'https://example.com', {'model': 'm'})]
    """
    for row, _, _, call in calls_with_places(text):
        yield row, call


def calls_with_places(text: str) -> Iterator[tuple[int, int, int, Call]]:
    """The same, each call with the places between which it stands.

    >>> [(row, start, end) for row, start, end, call in calls_with_places("#\\ncurl a")]
    [(2, 2, 8)]
    """
    starts = [found.start() for found in _START.finditer(text)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield text.count("\n", 0, start) + 1, start, end, _call(text[start:end])


def _call(command: str) -> Call:
    joined = re.sub(r"\\\r?\n", " ", command)
    if "$'" in joined:
        return _unread("the shell would change the text in $'…'")
    try:
        words = shlex.split(joined.partition("<<")[0] if "<<" in _unquoted(joined) else joined)
    except ValueError:
        return _unread("a quotation mark is never closed")
    bodies, url = _parts(words[1:] if words and words[0] != "$" else words[2:])
    if len(bodies) != 1:
        return _unread("it has no -d" if not bodies else "it has several -d", url)
    return _call_with(bodies[0], url)


def _call_with(body: str, url: str | None) -> Call:
    if body.startswith("@"):
        return _unread(f"the body is in the file {body[1:]}", url)
    try:
        parsed = parse_json(body.encode("utf-8", "surrogatepass"))
    except JsonError as error:
        return _unread(json_problem(error, body.encode("utf-8", "replace")).message, url)
    return Call(parsed, url) if isinstance(parsed, dict) else _unread("the body is not an object", url)


def _unquoted(text: str) -> str:
    """A text without its quoted parts."""
    return re.sub(r"\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"", "", text, flags=re.DOTALL)


def _unread(why: str, url: str | None = None) -> Call:
    return Call(None, url, problem("unreadable.curl", why=why))


_GLUED = re.compile(r"-d(?=.)", re.DOTALL)


def _parts(words: list[str]) -> tuple[list[str], str | None]:
    """The bodies and the address of a call."""
    bodies: list[str] = []
    url = None
    left = iter(words)
    for word in left:
        name, equals, value = word.partition("=")
        if word in _BODY:
            bodies.append(next(left, ""))
        elif equals and name in _BODY:
            bodies.append(value)
        elif _GLUED.match(word):
            bodies.append(word[len("-d") :])
        elif word == "--url":
            url = next(left, None)
        elif word in _VALUED:
            next(left, None)
        elif _ADDRESS.match(word):
            url = word
    return bodies, url
