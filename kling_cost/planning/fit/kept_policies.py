"""Whether a change makes a job break a policy that it keeps as it is."""

from __future__ import annotations

from collections.abc import Sequence

from kling_cost.jobs.job import Job
from kling_cost.planning.policies.policy_results import policy_selectors
from kling_cost.planning.rules.job_groups import Group
from kling_cost.planning.rules.rule_types import Policy
from kling_cost.planning.rules.selector_index import SelectorIndex
from kling_cost.pricing.line_item import Charge


class KeptPolicies:
    """The policies that say what a job must be, or must not be; those that only warn stop nothing.

    Args:
        policies: all policies of a run.
    """

    def __init__(self, policies: Sequence[Policy]) -> None:
        strict = [policy for policy in policies if policy.severity == "fail"]
        self._policies, selectors = policy_selectors(strict, 0)
        self._index = SelectorIndex(selectors)
        self._charges: dict[int, Charge] = {}  # the index knows charges by identity, so they have to stay
        self._known: dict[int, frozenset[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._policies)

    def bits(self, job: Job) -> int:
        """Which selectors of policies may hold of a job, whatever becomes of its request and takes."""
        return self._index.of_job(job) if self._policies else 0

    def broken(self, bits: int, charge: Charge, takes: int) -> frozenset[int]:
        """The numbers of the policies that jobs break.

        Args:
            bits: of the jobs.
            charge: of one take.
            takes: how many are made.
        """
        self._charges.setdefault(id(charge), charge)
        bits &= self._index.of_charge(charge, takes)
        found = self._known.get(bits)
        if found is None:
            group = Group(bits, charge, takes, takes, None, None)
            concerned = (n for n, one in enumerate(self._policies) if one.concerns(group) and one.is_broken_by(group))
            found = self._known[bits] = frozenset(concerned)
        return found
