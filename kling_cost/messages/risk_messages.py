"""The English sentences about takes, chances and contingencies: severity, message and hint, by key."""

from __future__ import annotations

from collections.abc import Mapping

from kling_cost.messages.sentence import Texts

RISKS: Mapping[str, Texts] = {
    "assumed_takes.preset": (
        "warning",
        "the class of takes {name} uses the published figures {preset}, not your own",
        "write the share of your own takes that are kept as `success`, with its `source`",
    ),
    "unknown_refund.takes": (
        "warning",
        "{sellers}: whether failed calls are refunded is not known, so those of the class {name} count as charged",
        "write `charged: yes` or `charged: no` below `failure`",
    ),
    "has_no_effect.takes": (
        "warning",
        "no job matches the class of takes {name}",
        "check its `where`, and the classes before it: the first that matches a job counts",
    ),
    "has_no_effect.confidence": (
        "warning",
        "no job is in a class of takes, so the confidence sets nothing aside; a contingency in the rules still counts",
        "write classes of takes into a rules file, below `takes`, and pass it with --rules",
    ),
}
