"""What a changed job says differently, and why some of it cannot be written back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from kling_cost.io.sources import Source
from kling_cost.jobs.job import Ask, Job, Unreadable
from kling_cost.problems import ReadError

if TYPE_CHECKING:
    from kling_cost.jobs.foreign.sheet_mapping import SheetMapping

PROVIDER, MODEL, DURATION, TAKES = "provider", "model", "duration", "takes"


class JobChange(NamedTuple):
    """A job that becomes another, or is taken out.

    Attributes:
        before: as the file has it.
        after: as it is to be; None for a job that is taken out.
    """

    before: Job
    after: Job | None

    @property
    def row(self) -> int:
        """Where it stands."""
        return self.before.row or 0

    def values(self) -> dict[str, str | None]:
        """The values that differ, by field; None for one that is no longer said.

        >>> from kling_cost.jobs.job import ask_for
        >>> job = Job("a", ask=ask_for(None, "m", 8, (("sound", "on"),)), takes=3)
        >>> JobChange(job, job._replace(ask=ask_for(None, "m", 5, (("sound", "off"),)), takes=2)).values()
        {'duration': '5', 'sound': 'off', 'takes': '2'}
        """
        before, after = self.before, self.after
        if after is None:
            return {}
        was, now = _texts_of(before.ask), _texts_of(after.ask)
        found = {name: now.get(name) for name in {**now, **was} if was.get(name) != now.get(name)}
        if before.takes != after.takes:
            found[TAKES] = str(after.takes)
        if before.ask.provider is None and after.ask.provider == before.ask.checked_as:
            found.pop(PROVIDER, None)  # the model's name tells it
        return found


def _texts_of(ask: Ask) -> dict[str, str]:
    values = {PROVIDER: ask.provider, MODEL: ask.model, DURATION: ask.duration, **dict(ask.options)}
    return {
        name: str(value) for name, value in values.items() if value is not None and not isinstance(value, Unreadable)
    }


class WrittenValue(NamedTuple):
    """One value of the new file that differs from the old one's.

    Attributes:
        row: the job's row in the old file.
        job_id: of the job.
        field: what it says; empty for a job that is taken out.
        place: the cell, where it has a name of its own.
        before, after: the values; None for nothing.
        was_formula: whether a formula stood there.
    """

    row: int
    job_id: str | None
    field: str
    place: str | None
    before: str | None
    after: str | None
    was_formula: bool = False


class NewFile(NamedTuple):
    """The content of a file with changed jobs, and what is different in it.

    Attributes:
        data: the content.
        values: what is different.
        mapping: how it is read, where its columns are none of ours; it belongs into the file beside it.
    """

    data: bytes
    values: Sequence[WrittenValue]
    mapping: SheetMapping | None = None


Changes = Mapping[int, JobChange]  # by row


def refusal(source: Source, change: JobChange, field: str, key: str, **params: object) -> ReadError:
    """Why a value of a job cannot be written back."""
    return ReadError(source.error(key, change.row, field, **params).problem)


def taken_out(change: JobChange) -> WrittenValue:
    """What is to be told of a job that is taken out."""
    return WrittenValue(change.row, change.before.job_id, "", None, change.before.ask.model, None)


def shown_value(value: Any) -> str | None:
    """A value of a request as it is shown: truth in the words of JSON; None for nothing.

    >>> shown_value("off"), shown_value(False), shown_value(5)
    ('off', 'false', '5')
    """
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
