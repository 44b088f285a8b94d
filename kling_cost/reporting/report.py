"""What a report is made from: results and how they are called; and the record that its JSON holds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kling_cost.planning.verdict import Verdict, verdict_record
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.records import SCHEMA_VERSION, estimate_record


@dataclass(frozen=True)
class Report:
    """Results that are reported together.

    Attributes:
        estimate: what is planned.
        verdict: how it stands against its limits, if it was checked.
    """

    estimate: Estimate
    verdict: Verdict | None = None

    @cached_property
    def title(self) -> str:
        """The campaign's name, or a general one."""
        names = [campaign.name for campaign in self.estimate.campaigns if campaign.name]
        return ", ".join(names) if names else "Kling 3.0 videos"

    @property
    def book(self) -> PriceBook | None:
        """The price book; None for an estimate that was stored."""
        return self.estimate.book

    @property
    def exit_code(self) -> int:
        """What the results ask a script to do; the verdict counts its estimate's problems, too."""
        return self.verdict.exit_code if self.verdict else self.estimate.exit_code


def report_record(report: Report) -> dict[str, Any]:
    """A report as a JSON result holds it.

    >>> import kling_cost as kc
    >>> record = report_record(Report(kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])))
    >>> record["kind"], record["check"]
    ('report', None)
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "report",
        "estimate": estimate_record(report.estimate),
        "check": verdict_record(report.verdict) if report.verdict else None,
        "reconciliation": None,
    }
