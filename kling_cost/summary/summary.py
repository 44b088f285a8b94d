"""The result of a summary: an estimate whose line items were counted and let go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from kling_cost.pricing.cost_sums import Shared, Sums, Total, breakdowns_of, sum_of
from kling_cost.pricing.estimate import Estimate
from kling_cost.problems import EXIT_INVALID, EXIT_OK, EXIT_UNPRICED, UNPRICED_CODES, UsageError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Summary(Estimate):
    """An estimate without its line items: the same totals, breakdowns and problems.

    Attributes:
        jobs: how many were read.
        shared: every charge that occurs, with how many jobs and takes share it.
        tags: the sums of each tag's values.
        codes: how many problems have a severity and code, those among them that are not in `problems`.
    """

    has_items: ClassVar[bool] = False

    jobs: int = 0
    shared: Sequence[Shared] = ()
    tags: Mapping[str, Sums] = field(default_factory=dict, repr=False)
    codes: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0; 5 where a job is invalid; 4 where jobs only lack a price."""
        errors = {code for severity, code in self.codes if severity == "error"}
        if not errors:
            return EXIT_OK
        return EXIT_UNPRICED if errors <= UNPRICED_CODES else EXIT_INVALID

    @property
    def more_problems(self) -> int:
        """How many problems are counted only."""
        return sum(self.codes.values()) - len(self.problems)

    @cached_property
    def by_charge(self) -> list[Shared]:
        """Every charge that occurs, with how many jobs and takes share it; in order of first use."""
        return list(self.shared)

    @cached_property
    def breakdowns(self) -> dict[str, list[Total]]:
        """The totals by provider, model, quality, sound, both, and each tag; every one adds up to the totals."""
        whole = sum_of(self.shared)
        by_tag = {f"tag:{name}": self.tags[name].completed(whole).totals() for name in sorted(self.tags)}
        return breakdowns_of(self.shared) | by_tag

    def strictly(self) -> Estimate:
        """Not of a summary: whether warnings count is said when it is made."""
        raise UsageError("strict must be chosen when a summary is made; its jobs are not kept")

    def to_frame(self) -> pd.DataFrame:
        """Not of a summary: it has no line items."""
        raise UsageError("a summary has no line items")
