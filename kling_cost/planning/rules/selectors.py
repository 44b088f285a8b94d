"""Selectors: which jobs a rule is about, in a closed language of fields and values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kling_cost.pricing.line_item import Charge

TAG = "tag:"
#: The fields that a charge answers, each with every text that it answers to.
CHARGE_FIELDS: Mapping[str, Callable[[Charge], tuple[str, ...]]] = {
    "provider": lambda charge: (charge.provider,),
    "model": lambda charge: (charge.model,),
    "seller": lambda charge: (charge.provider, charge.model),
    "currency": lambda charge: (charge.currency,),
    "quality": lambda charge: _option(charge, "quality"),
    "sound": lambda charge: _option(charge, "sound"),
    "duration": lambda charge: _option(charge, "duration"),
}
#: All fields; `tag:NAME` comes beside them.
FIELDS = (*CHARGE_FIELDS, "takes", "date", "job_id")


def _option(charge: Charge, name: str) -> tuple[str, ...]:
    value = charge.options.get(name)
    return () if value is None else (value,)


@dataclass(frozen=True, slots=True)
class Condition:
    """What one field has to be.

    Attributes:
        field: one of `FIELDS`, or `tag:NAME`.
        values: the texts that will do.
        present: any value will do.
        absent: no value will do.
    """

    field: str
    values: frozenset[str] = frozenset()
    present: bool = False
    absent: bool = False

    def holds(self, texts: tuple[str, ...]) -> bool:
        """Whether it holds of a job whose field answers to some texts; to none where it lacks the field.

        >>> Condition("quality", frozenset({"720p"}), absent=True).holds(())
        True
        """
        if not texts:
            return self.absent
        return self.present or not self.values.isdisjoint(texts)


#: All of its conditions have to hold; an empty one selects every job.
Selector = tuple[Condition, ...]
