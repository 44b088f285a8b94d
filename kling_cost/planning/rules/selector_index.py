"""Which of many selectors hold of a job, looked up by the distinct values of its fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from kling_cost.jobs.job import Job
from kling_cost.planning.rules.selectors import CHARGE_FIELDS, TAG, Condition, Selector
from kling_cost.pricing.line_item import Charge, LineItem

_CHANGING = {*CHARGE_FIELDS, "takes"}  # fields that a change of a request may change
SOURCE = "source"  # the file of a job, by which rules of a campaign are told
_TAKES = "takes"
_JOB_FIELDS: Mapping[str, Callable[[Job], str | None]] = {
    "date": lambda job: None if job.date is None else job.date.isoformat(),
    "job_id": lambda job: job.job_id,
    SOURCE: lambda job: job.source,
}


class SelectorIndex:
    """The selectors that hold of a job, as the bits of a whole number: bit n stands for selector n.

    A value is looked up once, whatever the number of selectors, and a charge once for all jobs that share it.

    Args:
        selectors: each with the file whose jobs it is about, None for all.

    >>> from kling_cost.pricing.single_price import price
    >>> index = SelectorIndex([((), None), ((Condition("quality", frozenset({"1080p"})),), None)])
    >>> index.of(price("kling-v3-text-to-video"))
    1
    """

    def __init__(self, selectors: Sequence[tuple[Selector, str | None]]) -> None:
        self._all = (1 << len(selectors)) - 1
        fields: dict[str, _Field] = {}
        for number, (selector, source) in enumerate(selectors):
            own = [] if source is None else [Condition(SOURCE, frozenset({source}))]
            for condition in (*selector, *own):
                fields.setdefault(condition.field, _Field()).add(condition, 1 << number)
        for field in fields.values():
            field.free &= self._all
        self._tags = [(name.removeprefix(TAG), field) for name, field in fields.items() if name.startswith(TAG)]
        self._of_charges = [(get, fields[name]) for name, get in CHARGE_FIELDS.items() if name in fields]
        self._of_jobs = [(get, fields[name]) for name, get in _JOB_FIELDS.items() if name in fields]
        self._takes = fields.get(_TAKES)
        self._charges: dict[int, int] = {}

    def of(self, item: LineItem) -> int:
        """The bits of the selectors that hold of a job."""
        job, charge = item
        return self.of_job(job) & self.of_charge(charge, job.takes)

    def of_job(self, job: Job) -> int:
        """The bits of the selectors that may hold of a job, whatever is charged for how many takes."""
        bits = self._all
        for name, tag in self._tags:
            text = job.tags.get(name)
            bits &= tag.absent_bits if text is None else tag.bits(text)
        for get, field in self._of_jobs:
            text = get(job)
            bits &= field.absent_bits if text is None else field.bits(text)
        return bits

    def of_charge(self, charge: Charge, takes: int) -> int:
        """The bits of the selectors that may hold of jobs that are charged so for some takes.

        A charge is known by its identity, so it has to stay.
        """
        bits = self._charges.get(id(charge))
        if bits is None:
            bits = self._charges[id(charge)] = self._of_charge(charge)
        return bits if self._takes is None else bits & self._takes.bits(str(takes))

    def _of_charge(self, charge: Charge) -> int:
        bits = self._all
        for get, field in self._of_charges:
            bits &= field.bits_of(get(charge))
        return bits


class _Field:
    """The selectors by what they say of one field."""

    def __init__(self) -> None:
        self.free = -1  # those that say nothing of it
        self._present = self._absent = 0
        self._by_value: dict[str, int] = {}

    def add(self, condition: Condition, bit: int) -> None:
        """Add what a selector says."""
        self.free &= ~bit
        self._present |= bit * condition.present
        self._absent |= bit * condition.absent
        for value in condition.values:
            self._by_value[value] = self._by_value.get(value, 0) | bit

    @property
    def absent_bits(self) -> int:
        """The selectors that hold where the field is lacking."""
        return self.free | self._absent

    def bits(self, text: str) -> int:
        """The selectors that hold of a value."""
        return self.free | self._present | self._by_value.get(text, 0)

    def bits_of(self, texts: Iterable[str]) -> int:
        """The selectors that hold of a field that answers to several texts, or to none."""
        found, some = self.free | self._absent, False
        for text in texts:
            found = found | self.bits(text) if some else self.bits(text)
            some = True
        return found


def numbers_of(bits: int) -> list[int]:
    """The numbers of the bits that are set.

    >>> numbers_of(0b1010)
    [1, 3]
    """
    found = []
    while bits:
        lowest = bits & -bits
        found.append(lowest.bit_length() - 1)
        bits ^= lowest
    return found


def changes_with_request(selector: Selector) -> bool:
    """Whether a selector looks at something that is no longer the same when a request or its takes are changed."""
    return any(condition.field in _CHANGING for condition in selector)
