"""Where the values of a JSON text stand, so that some of them can be replaced and the rest stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kling_cost.io.editing.text_edits import TextEdit

Path = tuple[str | int, ...]
_BLANKS = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ATOM = re.compile(r"[^\s,\]}]+")
_ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|.", re.DOTALL)
_LOW_SURROGATES = re.compile("[\udc00-\udfff]")
_CLOSE = {"{": "}", "[": "]"}


class Member:
    """A value, and the places that belong to it.

    Attributes:
        start, end: of the value.
        entry: where its entry begins: at its key, or at the value of a list.
        lead: blanks before the entry.
        colon: what stands between key and value.
        members: by key or place in the list; None for a value that holds no others.
    """

    __slots__ = ("colon", "end", "entry", "lead", "members", "start")

    def __init__(self, start: int, entry: int, lead: str, colon: str) -> None:
        self.start, self.entry, self.lead, self.colon = start, entry, lead, colon
        self.end = start
        self.members: dict[str | int, Member] | None = None


class JsonText:
    """A valid JSON text whose values can be edited.

    Args:
        text: a text that holds the document.
        start: where the document begins in it.

    >>> text = JsonText('{"a": [1, 2], "b": "x"}')
    >>> edits = [*text.replaced(("a", 1), "3"), *text.added(("c",), "true")]
    >>> from kling_cost.io.editing.text_edits import edited
    >>> edited(text.text, edits)
    '{"a": [1, 3], "b": "x", "c": true}'
    """

    def __init__(self, text: str, start: int = 0) -> None:
        self.text = text
        self.root = _member(text, _after_blanks(text, start))

    def find(self, path: Path) -> Member | None:
        """The value at a path; None where there is none."""
        found: Member | None = self.root
        for name in path:
            found = found.members.get(name) if found is not None and found.members is not None else None
        return found

    def replaced(self, path: Path, value: str) -> list[TextEdit]:
        """The edit that puts other JSON text in place of a value; none where there is no such value."""
        found = self.find(path)
        return [] if found is None else [TextEdit(found.start, found.end, value)]

    def added(self, path: Path, value: str) -> list[TextEdit]:
        """The edit that adds an entry to the end of the object above it, spaced as its other entries are.

        None where nothing is above it.
        """
        above = self.find(path[:-1])
        if above is None or above.members is None:
            return []
        key = json.dumps(path[-1], ensure_ascii=False)
        if not above.members:
            return [TextEdit(above.start + 1, above.start + 1, f"{key}: {value}")]
        last = list(above.members.values())[-1]
        lead = last.lead
        if len(above.members) == 1 and not lead:
            lead = " " if last.colon.endswith(" ") else ""
        return [TextEdit(last.end, last.end, f",{lead}{key}{last.colon}{value}")]

    def removed(self, path: Path) -> list[TextEdit]:
        """The edit that takes an entry out, with its comma; none where there is no such entry."""
        above = self.find(path[:-1])
        if above is None or not above.members or path[-1] not in above.members:
            return []
        entries = list(above.members.values())
        at = entries.index(above.members[path[-1]])
        if at:
            return [TextEdit(entries[at - 1].end, entries[at].end, "")]
        end = entries[1].entry if len(entries) > 1 else entries[0].end
        return [TextEdit(entries[0].entry, end, "")]

    def without(self, path: Path, places: Sequence[int]) -> list[TextEdit]:
        """The edits that take some items out of a list."""
        above = self.find(path)
        if above is None or not above.members:
            return []
        entries, gone = list(above.members.values()), set(places)
        kept = [at for at in range(len(entries)) if at not in gone]
        if not kept:
            return [TextEdit(entries[0].entry, entries[-1].end, "")]
        first = [TextEdit(entries[0].entry, entries[kept[0]].entry, "")] if kept[0] else []
        return first + [TextEdit(entries[at - 1].end, entries[at].end, "") for at in sorted(gone) if at > kept[0]]


def _after_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return at if found is None else found.end()


def _member(text: str, start: int) -> Member:
    """The value that begins at a place, with all below it; depth is bounded, for the text was parsed before."""
    root = Member(start, start, "", "")
    waiting = [root]
    at = start
    while waiting:
        holder = waiting[-1]
        opened = _opened(text, at, holder) if holder.members is None else None
        if opened is None and holder.members is None:
            at = holder.end
            waiting.pop()
            continue
        at, inner = _next_entry(text, at if opened is None else opened, holder)
        if inner is None:
            holder.end = at
            waiting.pop()
        else:
            waiting.append(inner)
    return root


def _opened(text: str, at: int, holder: Member) -> int | None:
    """Past the bracket of an object or a list; None for another value, whose end is noted."""
    if text[at] in _CLOSE:
        holder.members = {}
        return at + 1
    found = (_STRING if text[at] == '"' else _ATOM).match(text, at)
    holder.end = at if found is None else found.end()
    return None


def _next_entry(text: str, at: int, holder: Member) -> tuple[int, Member | None]:
    """The next entry of an object or a list, and where its value begins; None at its end, which comes instead."""
    members = holder.members if holder.members is not None else {}
    entry = _after_blanks(text, at)
    if text[entry] == ",":
        at = entry + 1
        entry = _after_blanks(text, at)
    if text[entry] == _CLOSE[text[holder.start]]:
        return entry + 1, None
    lead = text[at:entry]
    if text[holder.start] == "[":
        inner = members[len(members)] = Member(entry, entry, lead, "")
        return entry, inner
    found = _STRING.match(text, entry)
    end = entry if found is None else found.end()
    start = _after_blanks(text, text.index(":", end) + 1)
    inner = members[json.loads(text[entry:end], strict=False)] = Member(start, entry, lead, text[end:start])
    return start, inner


def inside_text(text: str, member: Member, edits: Sequence[TextEdit]) -> list[TextEdit]:
    """Edits of a text that stands as a JSON string in another, as edits of the other.

    >>> outer = JsonText('{"body": "{\\\\"a\\\\": 1}"}')
    >>> inside_text(outer.text, outer.root.members["body"], [TextEdit(6, 7, "2")])
    [TextEdit(start=18, end=19, text='2')]
    """
    places = [*_places(text[member.start + 1 : member.end - 1]), member.end - member.start - 2]
    shift = member.start + 1
    return [
        TextEdit(shift + places[edit.start], shift + places[edit.end], json.dumps(edit.text, ensure_ascii=False)[1:-1])
        for edit in edits
    ]


def _places(escaped: str) -> Iterator[int]:
    """Where each character of a JSON string stands in its text; two escapes may be one character."""
    for found in _ESCAPED.finditer(escaped):
        if not (found[0].startswith("\\u") and _LOW_SURROGATES.match(json.loads(f'"{found[0]}"'))):
            yield found.start()


def paths_of_objects(document: Any) -> Mapping[int, Path]:
    """The path of each object of a document by its identity.

    >>> document = {"jobs": [{"model": "m"}]}
    >>> paths_of_objects(document)[id(document["jobs"][0])]
    ('jobs', 0)
    """
    found: dict[int, Path] = {}
    waiting: list[tuple[Path, Any]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            found[id(value)] = path
            waiting += [((*path, name), inner) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, at), inner) for at, inner in enumerate(value)]
    return found
