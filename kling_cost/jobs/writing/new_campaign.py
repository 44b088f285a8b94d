"""The text of a new campaign file: a name, a budget, defaults and shots to be described."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from kling_cost.amounts import Amount
from kling_cost.io.yaml_text import yaml_text


class NewCampaign(NamedTuple):
    """What a new campaign begins with.

    Attributes:
        name: of the campaign.
        model: that makes its shots.
        shots: how many there are.
        seconds: of each; None for a model that is not asked for any.
        budget: what it may cost.
        options: quality, sound and the like, by name.
    """

    name: str
    model: str
    shots: int
    seconds: int | None
    budget: Amount
    options: Mapping[str, str]


def campaign_text(new: NewCampaign) -> str:
    """The file, with a line for each shot.

    >>> print(campaign_text(NewCampaign("Spring", "m", 2, 5, Amount.parse("60 USD"), {"sound": "off"})), end="")
    # Give each shot its prompt: {job_id: shot-1, prompt: "Fog over the sea"}
    # What differs from the defaults stands beside it, such as duration, quality, sound, takes or model.
    campaign: Spring
    budget: 60 USD
    defaults: {model: m, duration: 5, sound: 'off', takes: 1}
    jobs:
      - {job_id: shot-1}
      - {job_id: shot-2}
    """
    length = {} if new.seconds is None else {"duration": new.seconds}
    defaults: dict[str, Any] = {"model": new.model, **length, **new.options, "takes": 1}
    head = {"campaign": new.name, "budget": str(new.budget), "defaults": defaults}
    told = (
        'Give each shot its prompt: {job_id: shot-1, prompt: "Fog over the sea"}\n'
        "What differs from the defaults stands beside it, such as duration, quality, sound, takes or model."
    )
    wide = len(str(new.shots))
    shots = (f"  - {{job_id: shot-{number:0{wide}}}}\n" for number in range(1, new.shots + 1))
    return f"{yaml_text(head, told)}jobs:\n{''.join(shots)}"
