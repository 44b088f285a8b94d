"""Recognise what text that is not JSON looks like, so that the message can say what to do."""

from __future__ import annotations

import re

from kling_cost.io.strict_json import JsonError, parse_json

_STRING = r'"(?:[^"\\\n]|\\.)*"'
_COMMENT = re.compile(rf"({_STRING})|//[^\n]*|/\*.*?\*/|(?:(?<=\n)|^)[ \t]*#[^\n]*", re.DOTALL)
_COMMA = re.compile(rf"({_STRING})|,(?=\s*[}}\]])")
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\$\{[^}]*\}|<%.*?%>", re.DOTALL)
_PYTHON = re.compile(r"""[{\[(,:]\s*'|(?<![\w"])(?:True|False|None)(?![\w"])""")
_PAGE = re.compile(r"\s*<(?:!doctype|html|\?xml|head|body|script)", re.IGNORECASE)
_QUOTES = "“”„‘’«»"
_MOST = 1 << 20  # characters that are looked at


def likeness(data: bytes, is_whole: bool = False) -> str:
    """Which sentence about unreadable JSON says what the text is; empty where it looks like nothing known.

    >>> likeness(b"{'model': None}"), likeness(b'{"a": 1, // one\\n}'), likeness(b"[1")
    ('unreadable.json_python', 'unreadable.json_comments', '')
    """
    text = data[:_MOST].decode("utf-8", "replace")
    if _PAGE.match(text):
        return "unreadable.json_page"
    if is_curl(data):
        return "unreadable.json_curl"
    for key, tells in _TELLS:
        if tells(text) and not (is_whole and key == "unreadable.json_beginning"):
            return key
    return ""


def is_curl(data: bytes) -> bool:
    """Whether a text begins with a call of curl.

    >>> is_curl(b"$ curl -X POST https://example.com"), is_curl(b"curly,model")
    (True, False)
    """
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n$>").lower()
    return re.match(rb"curl(?:\.exe)?[ \t\\^]", start) is not None


def _parses(text: str) -> bool:
    try:
        parse_json(text.encode("utf-8", "surrogatepass"))
    except JsonError:
        return False
    return True


def _has_comments(text: str) -> bool:
    bare = _COMMENT.sub(lambda found: found[1] or "", text)
    return bare != text and _parses(_COMMA.sub(lambda found: found[1] or "", bare))


def _has_commas(text: str) -> bool:
    bare = _COMMA.sub(lambda found: found[1] or "", text)
    return bare != text and _parses(bare)


def _is_lines(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()]
    return len(lines) > 1 and all(line.lstrip()[:1] in ("{", "[") and _parses(line) for line in lines[:2])


_TELLS = (
    ("unreadable.json_lines", _is_lines),
    ("unreadable.json_comments", _has_comments),
    ("unreadable.json_comma", _has_commas),
    ("unreadable.json_template", lambda text: _TEMPLATE.search(text) is not None),
    ("unreadable.json_python", lambda text: _PYTHON.search(text) is not None),
    ("unreadable.json_quotes", lambda text: any(mark in text for mark in _QUOTES)),
    ("unreadable.json_beginning", lambda text: text.strip() in ("{", "[", "[{", "}", "]")),
)
