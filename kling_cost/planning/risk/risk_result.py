"""The result of `risk`: its figures, and the check of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kling_cost.amounts import grouped_text, plain_text
from kling_cost.planning.risk.risk_figures import RiskFigures
from kling_cost.planning.verdict import Verdict
from kling_cost.pricing.provenance import Stamp
from kling_cost.problems import EXIT_OK, EXIT_OVER, Problem


@dataclass(frozen=True, slots=True, repr=False)
class Risk(RiskFigures):
    """What a plan may really cost.

    Attributes:
        confidence, totals, limits, classes, drivers, per_result: as of `RiskFigures`.
        problems: those of the estimate and of the limits, and what the figures rest on.
        verdict: the check of the plan against the limits and policies.

    >>> import kling_cost as kc
    >>> kc.risk(kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}]))
    <Risk: 27 EVOLINK_CREDIT in 0.8 of all cases>
    """

    problems: Sequence[Problem]
    verdict: Verdict

    @property
    def as_of(self) -> date | None:
        """The day whose rates counted; None for the latest."""
        return self.verdict.estimate.as_of

    @property
    def price_book(self) -> Stamp:
        """Which prices were used."""
        return self.verdict.estimate.price_book

    @property
    def partial(self) -> bool:
        """Whether any job is left out."""
        return self.verdict.estimate.partial

    @property
    def exit_code(self) -> int:
        """As that of a check, in which the contingency of every limit is the one that is worked out here."""
        if self.verdict.exit_code not in (EXIT_OK, EXIT_OVER):
            return self.verdict.exit_code
        is_refused = any(policy.status == "fail" for policy in self.verdict.policies)
        return EXIT_OVER if is_refused or any(limit.is_over for limit in self.limits) else EXIT_OK

    @property
    def exit(self) -> int:
        """The same as `exit_code`, under its name in JSON."""
        return self.exit_code

    def __repr__(self) -> str:
        totals = (f"{grouped_text(self.at_confidence(total))} {total.currency}" for total in self.totals)
        return f"<Risk: {', '.join(totals) or 'nothing'} in {plain_text(self.confidence)} of all cases>"
