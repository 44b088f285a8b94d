"""The columns of a sheet or frame: which are known, which are ignored, which look misspelt."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from functools import cache, lru_cache

from kling_cost.io.sheets.sheet_kind import SheetKind
from kling_cost.jobs.field_names import OTHER_WORDS, REPORT_WORDS, folded
from kling_cost.jobs.providers import KINDS, NAME_FIELDS
from kling_cost.jobs.spelling import closest_field
from kling_cost.problems import Listed, Problem, problem

JOB_COLUMNS = ("job_id", "provider", "model", "takes", "date", "task_id", "locked")
#: What the price of a row depends on; the options that a price book names itself come after `sound`.
PRICED_COLUMNS = ("provider", "model", "duration", "quality", "sound", "takes", "date")
TAG = "tag:"
_LIKE_TAGS = ("tag:", "tags:", "tags.", "tag.")
#: Begins what the column under another word for a priced one is called that is there, too: `beside:takes:copies`.
BESIDE = "beside:"
#: The column in which a template shows what a row costs; it is not read, and a row with nothing else is blank.
SHOWN_COST = "cost (only shown)"


@cache
def known_columns() -> dict[str, str]:
    """Every known column and what it holds; `tag:NAME` comes beside them.

    >>> known_columns()["duration"], known_columns()["model_params.multi_shot"]
    ('integer', 'boolean')
    """
    fields: dict[str, str] = dict.fromkeys(JOB_COLUMNS, "text")
    for kind in KINDS.values():
        for path, holds in kind.fields.items():
            if path not in NAME_FIELDS.values():
                fields.setdefault(path, holds)
    return fields


@cache
def _by_folded_name() -> dict[str, str]:
    return {**REPORT_WORDS, **{folded(name): name for name in known_columns()}}


def priced_columns(options: Sequence[str] = ()) -> tuple[str, ...]:
    """`PRICED_COLUMNS` with the options that a price book names itself.

    >>> priced_columns(["tier"])[4:6]
    ('sound', 'tier')
    """
    at = PRICED_COLUMNS.index("sound") + 1
    return (*PRICED_COLUMNS[:at], *options, *PRICED_COLUMNS[at:])


def known_name(name: str, options: Collection[str] = ()) -> str | None:
    """The column that a heading names, whatever its width, case and blanks; None for one that nobody knows.

    Args:
        name: the heading.
        options: options that the price book names itself.

    >>> known_name(" Ｄｕｒａｔｉｏｎ"), known_name("Tag: scene"), known_name("화질"), known_name("remark")
    ('duration', 'tag:scene', 'quality', None)
    """
    name = name.strip()
    if name in known_columns() or name in options:
        return name
    own = next((option for option in options if folded(option) == folded(name)), None)
    known = own or _by_folded_name().get(folded(name))
    if known is not None:
        return known
    at = next((at for at, c in enumerate(name) if unicodedata.normalize("NFKC", c) == ":"), None)
    label = "" if at is None else name[at + 1 :].strip()
    return f"{TAG}{label}" if label and f"{folded(name[:at])}:" == TAG else None


class Columns:
    """The header of one sheet.

    Args:
        names: the header's cells as text, in order; None or blank for a column without a name.
        options: options that the price book names itself, each of which is a column.

    Attributes:
        options: as given.
        names: what each column that is read is called, None for the others. One under another word for a priced
            column that is there, too, begins with `BESIDE`.
        problems: what is wrong with the header; one of severity error spoils every row.
        present: the known columns that are there, tags left out.
        unknown: the columns that are ignored, by position, as they are headed.
        shown: where what a row costs is only shown, by position.

    >>> columns = Columns(["Model", "takes ", "copies", "remark"])
    >>> columns.names, columns.unknown
    (['model', 'takes', 'beside:takes:copies', None], {3: 'remark'})
    """

    def __init__(self, names: Sequence[str | None], options: Sequence[str] = ()) -> None:
        self.options = tuple(options)
        self.problems: list[Problem] = []
        self.unknown: dict[int, str] = {}
        self.shown = {at for at, raw in enumerate(names) if raw == SHOWN_COST}
        raws = _headings(names)
        known = [known_name(raw, self.options) for raw in raws]
        self.present = {name for name in known if name is not None and not name.startswith(TAG)}
        self.names: list[str | None] = []
        for at, (raw, name) in enumerate(zip(raws, known, strict=True)):
            self.names.append(self._once(raw, name) if name is not None or not raw else self._unknown(at, raw))

    def _once(self, raw: str, name: str | None) -> str | None:
        """The name of a known column, where no column before it has the name."""
        if name is None or name not in self.names:
            return name
        self.problems.append(problem("duplicate.column", raw))
        return None

    @classmethod
    def of_known(cls, names: Sequence[str], options: Sequence[str] = ()) -> Columns:
        """The header of columns that have been told already, as `names` has them."""
        found = cls([name for name in names if not name.startswith(BESIDE)], options)
        found.names = list(names)
        return found

    @property
    def spoilt(self) -> bool:
        """Whether the header has an error, so that no row can be trusted."""
        return any(p.severity == "error" for p in self.problems)

    def has(self, path: str) -> bool:
        """Whether there is a column for a field or for a part of it.

        >>> Columns(["model", "model_params.element_image_list.frontal_image"]).has("model_params.element_image_list")
        True
        """
        below = f"{path}."
        above = path.partition("[")[0]
        return any(name == above or name.startswith(below) or path.startswith(f"{name}.") for name in self.present)

    def _unknown(self, at: int, raw: str) -> str | None:
        """Note that a column is unknown; return the name under which it is compared with another, if it must be."""
        meant = OTHER_WORDS.get(folded(raw))
        if meant is not None and meant in self.present:
            self.problems.append(problem("unknown_field.column", raw))
            return f"{BESIDE}{meant}:{raw}"
        fault = fault_of_name(raw, self.options)
        if fault is not None:
            self.problems.append(fault)
            if fault.severity != "error":
                self.unknown[at] = raw
        return None


@lru_cache(maxsize=1 << 10)
def fault_of_name(name: str, options: tuple[str, ...] = ()) -> Problem | None:
    """What is wrong with the name of a column; None where it is known, letter by letter.

    Args:
        name: the name.
        options: options that the price book names itself.

    >>> fault_of_name("durration").hint
    'rename it to duration'
    """
    known = [*known_columns(), *options]
    if name in known or (name.startswith(TAG) and name != TAG):
        return None
    if name == TAG:
        return problem("missing.tag_name", name)
    meant = known_name(name, options) or OTHER_WORDS.get(folded(name)) or closest_field(name, known)
    meant = meant or (f"{TAG}NAME" if folded(name).startswith(_LIKE_TAGS) else None)
    if meant:
        return problem("unknown_field.misspelt_column", name, meant=meant)
    return problem("unknown_field.column", name)


def columns_in(cells: Sequence[object]) -> int:
    """How many known columns a row names; 0 for one that can be no header of jobs.

    >>> columns_in(["model", "duration", "remark"]), columns_in(["model", "What to call"]), columns_in(["takes"])
    (2, 1, 0)
    """
    names = {known_name(cell) for cell in cells if isinstance(cell, str)}
    known = len(names & known_columns().keys())
    return known if "model" in names or known >= 3 else 0


def is_other_word(name: str) -> bool:
    """Whether others call a column so that a price depends on.

    >>> is_other_word("Length"), is_other_word("remark")
    (True, False)
    """
    return folded(name) in OTHER_WORDS


def is_tag(name: str) -> bool:
    """Whether a heading is that of a tag.

    >>> is_tag("Tag: scene"), is_tag("scene")
    (True, False)
    """
    return folded(name).startswith(TAG)


#: Sheets of jobs.
JOB_SHEET = SheetKind(known_name, columns_in, "model", ("job_id", "task_id"), is_other_word, is_tag)


def _headings(names: Sequence[str | None]) -> list[str]:
    """The headings without blanks around them; that of a cost that is only shown is none."""
    return ["" if raw is None or raw == SHOWN_COST else raw.strip() for raw in names]


def incomplete(fields: Sequence[str]) -> Problem:
    """The one warning of a file about required fields that it has no column for."""
    return problem("request_incomplete.fields", "", fields=Listed(sorted(fields)))
