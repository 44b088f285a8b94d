"""What a price counts: seconds of what is made or given, calls or tokens, in which steps, and how many may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from kling_cost.amounts import EXACT

OUTPUT, CALL = "output_seconds", "call"
INPUT, INPUT_AND_OUTPUT, TOKENS = "input_seconds", "input_and_output_seconds", "tokens"
PER_SECOND, PER_CALL, PER_TOKEN = "per_second", "per_call", "per_token"
#: The billing rule by what a quantity counts.
BILLED: Mapping[str, str] = {
    OUTPUT: PER_SECOND,
    INPUT: PER_SECOND,
    INPUT_AND_OUTPUT: PER_SECOND,
    CALL: PER_CALL,
    TOKENS: PER_TOKEN,
}
#: The column or field that gives a quantity which is not told by the request itself, by what is counted.
GIVEN_AS: Mapping[str, str] = {INPUT: INPUT, INPUT_AND_OUTPUT: INPUT, TOKENS: TOKENS}
UNITS: Mapping[str, str] = {PER_SECOND: "second", PER_CALL: "call", PER_TOKEN: "token"}


class Counted(NamedTuple):
    """How a SKU counts.

    Attributes:
        of: what: a key of `BILLED`.
        step: it is counted in whole multiples of this.
        round: how what lies between two of them is counted: `half_up`, `up` or `down`.
        minimum, maximum: how much may be asked for, both inclusive; None where that is not known.
        held: what the seller holds where it is not known before; None where the book does not say.

    >>> Counted(INPUT, 5, "up").units(Decimal("7.4"))
    Decimal('10')
    """

    of: str
    step: int = 1
    round: str = "up"
    minimum: int | None = None
    maximum: int | None = None
    held: int | None = None

    def units(self, given: Decimal) -> Decimal:
        """A quantity as the seller counts it: whole steps, of anything at least one."""
        step = Decimal(self.step)
        whole, rest = EXACT.divmod(given, step)
        is_more = rest > 0 if self.round == "up" else self.round == "half_up" and 2 * rest >= step
        counted = EXACT.multiply(whole + is_more, step)
        return max(counted, step) if given else counted

    def ends(self) -> tuple[Decimal | None, Decimal | None]:
        """The least and the most that may be counted."""
        low, high = (None if end is None else self.units(Decimal(end)) for end in (self.minimum, self.maximum))
        return low, high
