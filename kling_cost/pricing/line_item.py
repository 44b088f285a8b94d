"""A priced job: `LineItem`, and the `Charge` that all jobs of the same combination share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from kling_cost.amounts import EXACT, Amount, divide_half_up, grouped_text, many, plain_text
from kling_cost.jobs.job import Job
from kling_cost.messages import NOTES
from kling_cost.pricebook.book import PRICED_OPTIONS, Rate
from kling_cost.pricing.rule import UNADJUSTED, Adjustments
from kling_cost.problems import shown
from kling_cost.results.certainty import AT_LEAST
from kling_cost.results.certainty import EXACT as CERTAIN

Note = tuple[str, tuple[tuple[str, str], ...]]
#: The note on a minimum, by unit.
MINIMUMS: Mapping[str, str] = {"second": "minimum", "token": "minimum_tokens"}
_LONGEST = 200  # characters of a line that shows an item


@dataclass(frozen=True, slots=True)
class Charge:
    """What one call costs and why; shared by every job that asks for the same on the same day.

    Attributes:
        provider, model: the seller's id and the model's name.
        options: what the price depends on, and the seconds asked for, as text: `duration`, `quality`, `sound`.
        defaults_applied: the options among them that the request left out.
        billing_rule, unit: `per_second` and `second`, or `per_call` and `call`.
        requested_quantity, billed_quantity: units asked for, and units after the minimum; where they are not known
            before, those of the most that a call may cost, or of the least where it has no upper end.
        unit_price: in `currency`, for one unit.
        cost: of one call, in `currency`: the most that it may be; None where that has no upper end.
        currency: the provider's.
        per_usd: units of `currency` for one dollar, or None where that is not known.
        rate_effective_from: first day of the rate that was used.
        notes: remarks, as keys of `sentences.NOTES` with their parameters.
        base_rate, multiplier: the arithmetic behind the unit price, where the page prints it so.
        rate: the rate itself; None in an estimate that was stored.
        certainty: how certain `cost` is: `exact`, `range`, `at_most`, or `at_least` where it has no upper end.
        cost_least: the least that one call may cost, where `cost` is not exact and that is known.
        adjustments: extras, factor and rounding, where it has any.
    """

    provider: str
    model: str
    options: Mapping[str, str]
    defaults_applied: tuple[str, ...]
    billing_rule: str
    unit: str
    requested_quantity: Decimal
    billed_quantity: Decimal
    unit_price: Decimal
    cost: Decimal | None
    currency: str
    per_usd: Decimal | None
    rate_effective_from: date
    notes: tuple[Note, ...] = ()
    base_rate: Decimal | None = None
    multiplier: Decimal | None = None
    rate: Rate | None = field(default=None, repr=False)
    certainty: str = CERTAIN
    cost_least: Decimal | None = None
    adjustments: Adjustments = UNADJUSTED

    @property
    def least(self) -> Decimal:
        """The least that one call costs, as far as it is known: 0 where nothing is."""
        known = self.cost if self.certainty == CERTAIN else self.cost_least
        return Decimal(0) if known is None else known

    @property
    def due(self) -> Decimal:
        """The one figure that stands for what a call costs: the most that it may be, or the least without one."""
        return self.least if self.cost is None else self.cost

    def nearest(self, amount: Decimal) -> Decimal:
        """The cost of one call, of all that it may be, that is nearest to an amount."""
        if self.certainty == CERTAIN:
            return self.due
        raised = max(amount, self.least)
        return raised if self.cost is None else min(raised, self.cost)

    def usd(self, cost: Decimal | None) -> Decimal | None:
        """A cost in dollars, rounded half up to 12 decimals; None where it or the exchange rate is not known."""
        return None if self.per_usd is None or cost is None else divide_half_up(cost, self.per_usd)


class LineItem(NamedTuple):
    """One priced job.

    Attributes:
        job: what was asked for.
        charge: what one take of it costs.

    >>> from kling_cost.pricing.single_price import price
    >>> item = price("kling-v3-text-to-video", duration=5, sound="on")
    >>> print(item.cost, item.usd)
    40.5 EVOLINK_CREDIT 0.562500000000
    """

    job: Job
    charge: Charge

    def __repr__(self) -> str:
        name = f" {shown(self.job_id)}" if self.job_id is not None else ""
        least = self.certainty == AT_LEAST
        cost = f"{'at least ' * least}{grouped_text(self.due)}"
        told = f"{self.model}, {many(self.takes, 'take')}, {cost} {self.charge.currency}"
        return f"<LineItem{name}: {shown(told, _LONGEST)}>"

    @property
    def job_id(self) -> str | None:
        """The job's id; None for a single price."""
        return self.job.job_id

    @property
    def source(self) -> str | None:
        """Name of the job's file; None for a single price."""
        return self.job.source

    @property
    def row(self) -> int | None:
        """Its line, sheet row or position there, from 1; None for a single price."""
        return self.job.row

    @property
    def provider(self) -> str:
        """The seller's id in the price book."""
        return self.charge.provider

    @property
    def model(self) -> str:
        """The model or task type."""
        return self.charge.model

    @property
    def options(self) -> Mapping[str, str]:
        """What the price depends on, and the seconds asked for."""
        return self.charge.options

    @property
    def defaults_applied(self) -> tuple[str, ...]:
        """The options among them that the request left out."""
        return self.charge.defaults_applied

    @property
    def billing_rule(self) -> str:
        """`per_second` or `per_call`."""
        return self.charge.billing_rule

    @property
    def unit(self) -> str:
        """What is billed: `second` or `call`."""
        return self.charge.unit

    @property
    def currency(self) -> str:
        """The currency of its amounts, the provider's."""
        return self.charge.currency

    @property
    def rate_effective_from(self) -> date:
        """First day of the rate that was used."""
        return self.charge.rate_effective_from

    @property
    def takes(self) -> int:
        """How many calls are planned."""
        return self.job.takes

    @property
    def tags(self) -> Mapping[str, str]:
        """The job's labels."""
        return self.job.tags

    @property
    def task_ids(self) -> tuple[str, ...]:
        """The provider's ids of its tasks, where the file names them."""
        return self.job.task_ids

    @property
    def requested_quantity(self) -> Decimal:
        """Seconds or calls that were asked for."""
        return self.charge.requested_quantity

    @property
    def billed_quantity(self) -> Decimal:
        """Seconds or calls that are billed for one take, the minimum applied."""
        return self.charge.billed_quantity

    @property
    def unit_price(self) -> Amount:
        """The price of one second or call."""
        return Amount(self.charge.unit_price, self.charge.currency)

    @property
    def cost_per_take(self) -> Amount | None:
        """What one call costs at most; None where that has no upper end."""
        return None if self.charge.cost is None else Amount(self.charge.cost, self.charge.currency)

    @property
    def certainty(self) -> str:
        """How certain `cost` is: `exact`, `range`, `at_most`, or `at_least` where it has no upper end."""
        return self.charge.certainty

    @property
    def cost(self) -> Amount | None:
        """What all takes cost at most: cost per take × takes; None where that has no upper end."""
        value = self.cost_value
        return None if value is None else Amount(value, self.charge.currency)

    @property
    def cost_least(self) -> Amount | None:
        """What all takes cost at least, the same as `cost` where that is exact; None where it is not known."""
        each = self.charge.cost if self.charge.certainty == CERTAIN else self.charge.cost_least
        return None if each is None else Amount(_times(each, self.job.takes), self.charge.currency)

    @property
    def due(self) -> Decimal:
        """The one figure that stands for what all takes cost: the most that it may be, or the least without one."""
        return _times(self.charge.due, self.job.takes)

    @property
    def cost_value(self) -> Decimal | None:
        """The number of `cost`."""
        return None if self.charge.cost is None else EXACT.multiply(self.charge.cost, Decimal(self.job.takes))

    @property
    def usd(self) -> Decimal | None:
        """`cost` in dollars, rounded half up to 12 decimals; None where the exchange rate is not known."""
        return self.charge.usd(self.cost_value)

    @property
    def note_keys(self) -> tuple[Note, ...]:
        """Remarks, as keys of `sentences.NOTES` with their parameters."""
        free = self.job.uses_elements and all(extra.per != "element" for extra in self.charge.adjustments.extras)
        return (*self.charge.notes, ("elements_free", ())) if free else self.charge.notes

    @property
    def notes(self) -> list[str]:
        """Remarks in English, such as `3 s minimum`."""
        return [NOTES[key].format(**dict(params)) for key, params in self.note_keys]

    def arithmetic(
        self, unit_name: str | None = None, call: str = "call", takes: str = "takes", in_dollars: bool = True
    ) -> str:
        """How the cost comes about, spelt out.

        Args:
            unit_name: what the currency is called; its code if left out.
            call, takes: what a call and takes are called.
            in_dollars: what it comes to in dollars is said at the end, exactly.

        >>> from kling_cost.pricing.single_price import price
        >>> price("kling-v3-text-to-video", duration=10, quality="1080p", sound="off").arithmetic("credits")
        '10 s × (5.4 × 1.333 = 7.1982) = 71.982 credits = $0.99975'
        """
        charge = self.charge
        unit = {"second": "s", "call": call}.get(charge.unit, charge.unit)
        name = unit_name or charge.currency
        each = plain_text(charge.unit_price)
        if charge.base_rate is not None and charge.multiplier is not None:
            each = f"({plain_text(charge.base_rate)} × {plain_text(charge.multiplier)} = {each})"
        product = f"{plain_text(charge.billed_quantity)} {unit} × {each}"
        text = f"{adjusted_text(product, charge.adjustments, unit, call)} = {plain_text(charge.due)} {name}"
        if self.takes > 1:
            text += f" × {self.takes:,} {takes} = {plain_text(self.due)} {name}"
        if in_dollars and charge.currency != "USD" and self.usd is not None:
            whole, _, cents = plain_text(self.usd).partition(".")
            text += f" = ${whole}.{cents.ljust(2, '0')}"
        return text


def _times(cost: Decimal, takes: int) -> Decimal:
    return EXACT.multiply(cost, Decimal(takes))


def adjusted_text(product: str, adjustments: Adjustments, second: str = "s", call: str = "call") -> str:
    """Quantity × price as it is spelt out, with what comes to it.

    Args:
        product: quantity × price.
        adjustments: what comes to it.
        second, call: what a second and a call are called.

    >>> adjusted_text("5 s × 2", Adjustments(factor=Decimal("0.95")))
    '5 s × 2 × 0.95'
    """
    named = {"second": second, "call": call}
    parts = [product]
    for per, quantity, price, _ in adjustments.extras:
        parts.append(f"{plain_text(quantity)} {named.get(per, per)} × {plain_text(price)}")
    text = " + ".join(parts)
    if adjustments.factor is None:
        return text
    return f"{text if len(parts) == 1 else f'({text})'} × {plain_text(adjustments.factor)}"


def own_options_of(charges: Iterable[Charge]) -> tuple[str, ...]:
    """The options of charges that their price book names itself, in its order.

    >>> own_options_of([])
    ()
    """
    named = dict.fromkeys(name for charge in charges for name in charge.options)
    return tuple(name for name in named if name not in ("duration", *PRICED_OPTIONS))
