"""A job: one planned API call times its takes, reduced to what a price and a report need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias, overload

from kling_cost.amounts import Amount, many
from kling_cost.frozen import Frozen
from kling_cost.io.strict_yaml import Mapping as Tree
from kling_cost.pricebook.book import PRICED_OPTIONS
from kling_cost.problems import Problem, shown

if TYPE_CHECKING:
    from kling_cost.jobs.request_digest import RequestDigest


class Unreadable:
    """Sentinel for a value that was given but cannot be read, which differs from one that was left out."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNREADABLE"

    def __reduce__(self) -> str:
        return "UNREADABLE"  # unpickled, it is the same object again


UNREADABLE: Final = Unreadable()
#: The keys of an envelope, beside `request`. The first three change what is priced.
ENVELOPE: Final = ("takes", "date", "provider", "job_id", "tags", "task_id", "locked")
NO_TAGS: Final[Mapping[str, str]] = Frozen()
#: What a request asks for beside what its price is looked up by: a count of each, or True where nothing is counted.
Needs: TypeAlias = "Mapping[str, int | bool]"
NO_NEEDS: Final[Needs] = Frozen()
#: Names and values of what a price may depend on beside the model and the seconds: those that are given, in the order
#: of `PRICED_OPTIONS`. Which of them count, the rate says.
Options: TypeAlias = "tuple[tuple[str, str | Unreadable], ...]"


class Ask(NamedTuple):
    """What a request asks for, as far as a price depends on it: the key under which prices are remembered.

    Its values are texts, whole numbers, None and UNREADABLE and nothing that merely equals them, such as True or 5.0.

    Attributes:
        provider: the provider's id, or None where nothing names one.
        model: the model or task type, or None where it is missing.
        duration: whole seconds; None where it is left out, UNREADABLE where it is no whole number.
        options: the options that are given.
        shots: the sum of the shots' seconds in multi-shot mode, else None.
        checked_as: provider whose request rules the body was held against; None where there are none.
        name_field: the field of the request that holds the model's name.

    >>> Ask("evolink", "kling-v3", 5, (("quality", "720p"),)).option("quality")
    '720p'
    """

    provider: str | None
    model: str | None
    duration: int | Unreadable | None = None
    options: Options = ()
    shots: int | None = None
    checked_as: str | None = None
    name_field: str = "model"

    def option(self, name: str) -> str | Unreadable | None:
        """The value of an option; None where it is left out."""
        return next((value for option, value in self.options if option == name), None)


#: The one `Ask` of these values, so that a million jobs that ask for the same share one: 300 bytes less for each.
ask_for = lru_cache(maxsize=1 << 16)(Ask)
NO_ASK: Final = ask_for(None, None)
_SECONDS = "duration"


def with_values(ask: Ask, values: Mapping[str, str]) -> Ask:
    """A request with other values of options, and of its seconds.

    >>> with_values(Ask("evolink", "kling-v3", 8), {"quality": "720p", "duration": "5"})[2:4]
    (5, (('quality', '720p'),))
    """
    given = dict(ask.options) | {name: value for name, value in values.items() if name != _SECONDS}
    names = [*(name for name in PRICED_OPTIONS if name in given), *(n for n in given if n not in PRICED_OPTIONS)]
    seconds = int(values[_SECONDS]) if _SECONDS in values else ask.duration
    options = tuple((name, given[name]) for name in names)
    return ask_for(ask.provider, ask.model, seconds, options, ask.shots, ask.checked_as, ask.name_field)


@lru_cache(maxsize=1 << 10)
def _shared_needs(asked: tuple[tuple[str, int | bool], ...]) -> Needs:
    """The needs, of which equal requests keep one copy."""
    return Frozen(asked)


def needs_of(**asked: int | bool) -> Needs:
    """What a request needs, without what it has none of.

    >>> dict(needs_of(image=1, elements=2, video=0))
    {'image': 1, 'elements': 2}
    """
    return _shared_needs(tuple((name, count) for name, count in asked.items() if count))


class Job(NamedTuple):
    """One planned API call, times its takes.

    Attributes:
        job_id: the caller's, or `FILE:ROW`; None for a single price that is asked for.
        source: the file's name; `row` is its line, sheet row or position from 1.
        ask: what the price depends on.
        takes: how often it will be called, at least 1.
        date: the day whose rates count; None for the estimate's.
        tags: labels for grouping.
        prompt: the beginning of the prompt, for reports.
        uses_elements: elements are used in the video (which costs nothing).
        problems: everything found while reading it.
        readable: False where an error excludes it.
        task_ids: the provider's ids of its tasks, where the file names them.
        request_digest: what an answer may repeat of the request; None where its provider's answers repeat nothing.
        repeats: an earlier job, without an id too, has the same request.
        needs: how many it asks for of `image`, `end_image`, `elements`, `reference` (images), `video` and `voice`, and
            whether of `multi_shot`; what it does not ask for is left out. Known of requests with request rules.
        locked: no plan may change it; its price does not depend on that.

    >>> Job("hero-01", ask=ask_for("evolink", "kling-v3-text-to-video")).takes
    1
    """

    job_id: str | None
    source: str | None = None
    row: int | None = None
    ask: Ask = NO_ASK
    takes: int = 1
    date: date | None = None
    tags: Mapping[str, str] = NO_TAGS
    prompt: str = ""
    uses_elements: bool = False
    problems: tuple[Problem, ...] = ()
    readable: bool = True
    task_ids: tuple[str, ...] = ()
    request_digest: RequestDigest | None = None
    repeats: bool = False
    needs: Needs = NO_NEEDS
    locked: bool = False

    def __repr__(self) -> str:
        told = [self.ask.model or "no model", many(self.takes, "take")]
        told += [many(len(self.problems), "problem")] * bool(self.problems)
        return f"<Job {shown(self.job_id or 'without id')}: {shown(', '.join(told))}>"


class Campaign(NamedTuple):
    """What a campaign file says beside its jobs.

    Attributes:
        name: the campaign's name.
        source: the file's name; its limits hold its jobs.
        limits: what may be spent, at most one amount a currency.
        rules: the sections of rules that it has, as they were written; None where it has none.
        rates: exchange rates that people changed in a workbook of a report, as units for a dollar by currency.
    """

    name: str | None
    source: str
    limits: tuple[Amount, ...] = ()
    rules: Tree | None = None
    rates: tuple[tuple[str, Decimal], ...] = ()


@dataclass(slots=True, repr=False)
class Jobs(Sequence[Job]):
    """Jobs as they were read, with the problems of the files; each job carries its own.

    Attributes:
        items: the jobs in the order of the files, those with errors among them.
        file_problems: warnings and remarks that concern a file as a whole.
        campaigns: what the campaign files among them say.
        sheets: what the sheets among them are called.
        options: the options of a price book, beside `quality` and `sound`, that were read.

    >>> from kling_cost.jobs.job import Jobs, Job
    >>> len(Jobs([Job("a"), Job("b")]))
    2
    """

    items: list[Job] = field(default_factory=list)
    file_problems: list[Problem] = field(default_factory=list)
    campaigns: list[Campaign] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    options: tuple[str, ...] = ()

    @property
    def problems(self) -> list[Problem]:
        """Every problem: the files' first, then the jobs' in order."""
        return [*self.file_problems, *(p for job in self.items for p in job.problems)]

    def __repr__(self) -> str:
        return f"<Jobs: {many(len(self.items), 'job')}, {many(len(self.problems), 'problem')}>"

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> Job: ...
    @overload
    def __getitem__(self, index: slice) -> list[Job]: ...
    def __getitem__(self, index: int | slice) -> Job | list[Job]:
        return self.items[index]

    def __iter__(self) -> Iterator[Job]:
        return iter(self.items)
