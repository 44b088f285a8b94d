"""Whether a change makes a job break a policy that it keeps as it is."""

from __future__ import annotations

from collections.abc import Sequence

from kling_cost.planning.policies.policy_results import policy_selectors
from kling_cost.planning.rules.job_groups import Group
from kling_cost.planning.rules.rule_types import Policy
from kling_cost.planning.rules.selector_index import SelectorIndex, lasting_selectors
from kling_cost.pricing.line_item import Charge, LineItem


class KeptPolicies:
    """The policies that say what a job must be, or must not be; those that only warn stop nothing.

    Args:
        policies: all policies of a run.
    """

    def __init__(self, policies: Sequence[Policy]) -> None:
        strict = [policy for policy in policies if policy.severity == "fail"]
        self._policies, selectors = policy_selectors(strict, 0)
        self._index, self._lasting = SelectorIndex(selectors), SelectorIndex(lasting_selectors(selectors))
        self._charges: dict[int, Charge] = {}  # the index knows charges by identity, so they have to stay

    def __bool__(self) -> bool:
        return bool(self._policies)

    def about(self, item: LineItem) -> int:
        """All by which policies tell a job from another one with the same request and takes, whatever both become."""
        self._charges.setdefault(id(item.charge), item.charge)
        return self._lasting.of(item)

    def keep(self, before: LineItem, after: LineItem) -> bool:
        """Whether a job keeps, once it is changed, whatever it keeps before."""
        return self._broken(after) <= self._broken(before)

    def _broken(self, item: LineItem) -> frozenset[int]:
        self._charges.setdefault(id(item.charge), item.charge)
        group = Group(self._index.of(item), item.charge, item.takes, item.takes, None, item.source)
        return frozenset(n for n, one in enumerate(self._policies) if one.concerns(group) and one.is_broken_by(group))
