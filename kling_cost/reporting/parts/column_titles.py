"""Column titles in the language of a report."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from kling_cost.problems import shown
from kling_cost.reporting.table import Column, Kind, Tone
from kling_cost.reporting.translations import Words
from kling_cost.results.fields import Record

#: How each state is to be read.
TONES: dict[str, Tone] = {
    "within": "good",
    "priced": "good",
    "warn": "warn",
    "over": "bad",
    "blocked": "bad",
    "refused": "bad",
    "pass": "good",
    "fail": "bad",
    "unknown": "warn",
    "ok": "good",
    "check": "bad",
    "edited": "warn",
    "error": "bad",
    "warning": "warn",
}


def titled(words: Words, columns: Iterable[Column]) -> list[Column]:
    """Columns with the titles that they have in a language; one that has a title keeps it.

    >>> from kling_cost.reporting.translations import words_of
    >>> [column.title for column in titled(words_of("en"), [Column("cost", kind="credits")])]
    ['Cost']
    """
    found = []
    for column in columns:
        title = column.title or words.texts.get(f"column.{column.key}", column.key.replace("_", " ").capitalize())
        found.append(replace(column, title=title, short=words.texts.get(f"short.{column.key}", "")))
    return unique(found)


def columns_of(
    words: Words, record: Record, names: Iterable[str], hidden: Collection[str] = (), **kinds: Kind
) -> list[Column]:
    """Columns for some fields of a record.

    Args:
        words: the language.
        record: what the rows are.
        names: of the fields.
        hidden: those among them that are not shown where there is little room.
        kinds: how those are shown that are not shown as their fields say.

    >>> from kling_cost.results.record_types import TOTAL
    >>> from kling_cost.reporting.translations import words_of
    >>> [(column.title, column.kind) for column in columns_of(words_of("en"), TOTAL, ["cost"])]
    [('Cost', 'credits')]
    """
    return titled(
        words, (Column(n, kind=kinds.get(n, record[n].type.shown_as), prominent=n not in hidden) for n in names)
    )


def tag_name(block: str) -> str:
    r"""What a tag is called where it is read: nothing of its name is invisible, or turns the text around.

    >>> tag_name("tag:scene\u202e")
    'scene\\u202e'
    """
    return shown(block.removeprefix("tag:"))


def tag_heading(block: str) -> str:
    """A tag's name as the head of a column, which begins as other heads do.

    >>> tag_heading("tag:scene"), tag_heading("桜")
    ('Scene', '桜')
    """
    name = tag_name(block)
    return name[:1].title() + name[1:]


def unique(columns: Iterable[Column]) -> list[Column]:
    """Columns whose titles differ beyond upper and lower case, as a spreadsheet wants them.

    >>> [column.title for column in unique([Column("a", "Cost"), Column("b", "cost")])]
    ['Cost', 'cost 2']
    """
    seen: set[str] = set()
    found = []
    for column in columns:
        title, number = column.title, 1
        while title.casefold() in seen:
            number += 1
            title = f"{column.title} {number}"
        seen.add(title.casefold())
        found.append(replace(column, title=title))
    return found


def status(words: Words, key: str, *states: str) -> Column:
    """A column of states.

    Args:
        words: the language.
        key: the column's name.
        states: which states it may show.
    """
    return Column(key, kind="status", tones={words(f"status.{state}"): TONES[state] for state in states})
