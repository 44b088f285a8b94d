"""How much a call is billed for: one quantity, or the least and the most of it where it is not known before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.amounts import EXACT as EXACTLY
from kling_cost.amounts import plain_decimal, plain_text
from kling_cost.jobs.job import Unreadable
from kling_cost.pricebook.counting.quantity import INPUT, INPUT_AND_OUTPUT, OUTPUT, Counted
from kling_cost.problems import Problem, problem
from kling_cost.results.certainty import EXACT, certainty_of

Note = tuple[str, tuple[tuple[str, str], ...]]


_NOTHING = Decimal(0)
_NOT_TOLD: Mapping[str, str] = {}


class Quantity(NamedTuple):
    """Units that are asked for.

    Attributes:
        least, most: both the same where the quantity is known; None where that end is not known.

    >>> Quantity.known(Decimal(5)).most
    Decimal('5')
    """

    least: Decimal | None
    most: Decimal | None

    @classmethod
    def known(cls, units: Decimal) -> Quantity:
        """A quantity that is known."""
        return cls(units, units)


class Priced(NamedTuple):
    """What a quantity comes to.

    Attributes:
        requested, billed: units of the most that it may be, or of the least where that has no upper end.
        cost, cost_least, certainty: as of `Charge`.
    """

    requested: Decimal
    billed: Decimal
    cost: Decimal | None
    cost_least: Decimal | None
    certainty: str


def priced(quantity: Quantity, price_of: Callable[[Decimal], tuple[Decimal, Decimal]]) -> Priced:
    """Price both ends of a quantity by the one rule, each as if it had been asked for.

    Args:
        quantity: at least one of its ends is known.
        price_of: gives what is billed and what it costs.

    >>> priced(Quantity(Decimal(3), Decimal(10)), lambda units: (units, units * 2))[2:]
    (Decimal('20'), Decimal('6'), 'range')
    """
    shown = quantity.least if quantity.most is None else quantity.most
    if shown is None:
        raise ValueError("nothing is known of the quantity")
    billed, cost = price_of(shown)
    if quantity.least == quantity.most:
        return Priced(shown, billed, cost, None, EXACT)
    least = None if quantity.least is None else price_of(quantity.least)[1]
    most = None if quantity.most is None else cost
    certainty = certainty_of(least, most)
    return Priced(shown, billed, most, None if certainty == EXACT else least, certainty)


class Asked(NamedTuple):
    """How much of what a SKU counts is asked for.

    Attributes:
        quantity: as the seller counts it; None where it cannot be told at all.
        options: what of it is given, as text, by column.
        problems: what is wrong with it.
        notes: remarks on the line item.
    """

    quantity: Quantity | None
    options: Mapping[str, str] = {}
    problems: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()


def counted_quantity(counted: Counted, name: str, given: Any, seconds: Any) -> Asked:
    """The quantity that a request asks for, or between which it lies where it is not given.

    Args:
        counted: how the SKU counts.
        name: the column or field that gives it.
        given: what stands there; None where it is left out.
        seconds: those of the video that is made, where they are told; an edit is as long as what is edited.

    >>> counted = Counted("input_seconds", minimum=3, maximum=30)
    >>> counted_quantity(counted, "input_seconds", "7.2", None).quantity.most
    Decimal('8')
    >>> counted_quantity(counted, "input_seconds", None, None).notes
    (('between', (('name', 'input_seconds'), ('least', '3'), ('most', '30'))),)
    """
    if isinstance(given, Unreadable) or isinstance(seconds, Unreadable):  # noted already
        return Asked(None)
    if counted.of == INPUT_AND_OUTPUT:
        return _with_output(counted, name, given, seconds)
    if counted.of in (INPUT, OUTPUT) and seconds is not None:
        return _as_long(counted, name, given, seconds)
    return _asked(counted, name, given)


def _with_output(counted: Counted, name: str, given: str | None, seconds: int | None) -> Asked:
    """What is given and what is made, together."""
    if seconds is None:  # noted already
        return Asked(None)
    told = {"duration": str(seconds)}
    if seconds < 1:
        return Asked(None, told, (problem("out_of_range.at_least", "duration", value=seconds, low=1),))
    return _asked(counted, name, given, Decimal(seconds), told)


def _as_long(counted: Counted, name: str, given: str | None, seconds: int) -> Asked:
    """What is made is as long as what is given."""
    if given is not None and _number(given) != seconds:
        return Asked(None, {}, (problem("mismatch.quantity", name, value=given, other=seconds),))
    return _asked(counted, "duration", str(seconds))


def _asked(
    counted: Counted, name: str, given: str | None, beside: Decimal = _NOTHING, told: Mapping[str, str] = _NOT_TOLD
) -> Asked:
    if given is None:
        return _not_given(counted, name, beside, told)
    number = _number(given)
    if number is None:
        return Asked(None, told, (problem("wrong_type.quantity", name, value=given),))
    number = EXACTLY.add(number, beside)
    quantity, notes = made_quantity(counted, number)
    return Asked(quantity, {**told, name: given}, tuple(_outside(counted, name, number)), notes)


def made_quantity(counted: Counted | None, number: Decimal) -> tuple[Quantity, tuple[Note, ...]]:
    """A quantity that is known, as the seller counts it, with the remark where that differs.

    >>> made_quantity(Counted("output_seconds", step=5), Decimal(7))[1]
    (('counted', (('given', '7'), ('units', '10'))),)
    """
    units = number if counted is None else counted.units(number)
    notes = (_note("counted", given=plain_text(number), units=plain_text(units)),) if units != number else ()
    return Quantity.known(units), notes


def _number(text: str) -> Decimal | None:
    """A number above 0; None for anything else."""
    try:
        return plain_decimal(text) or None
    except ValueError:
        return None


def _outside(counted: Counted, name: str, number: Decimal) -> list[Problem]:
    low, high, value = counted.minimum, counted.maximum, plain_text(number)
    if low is not None and high is not None:
        found = problem("out_of_range.between", name, value=value, low=low, high=high)
        return [] if low <= number <= high else [found]
    if low is not None and number < low:
        return [problem("out_of_range.at_least", name, value=value, low=low)]
    return [problem("out_of_range.at_most", name, value=value, high=high)] if high is not None and number > high else []


def _not_given(counted: Counted, name: str, beside: Decimal, told: Mapping[str, str]) -> Asked:
    """The range of a quantity that is not given; what is known besides is part of it."""
    if beside and counted.maximum is not None and beside > counted.maximum:
        found = problem("out_of_range.at_most", "duration", value=plain_text(beside), high=counted.maximum)
        return Asked(None, told, (found,))
    least, most = counted.ends()
    if beside and (least is None or least < beside):
        least = counted.units(beside)
    if least is None and most is None:
        return Asked(None, told, (problem("price_unknown.quantity", name, name=name),))
    ends = {end: plain_text(value) for end, value in (("least", least), ("most", most)) if value is not None}
    key = {("least", "most"): "between", ("least",): "from", ("most",): "up_to"}[tuple(ends)]
    notes = [_note(key, name=counted.of, **ends)]
    notes += [_note("held", held=str(counted.held))] if counted.held is not None else []
    remarks = () if most is not None else (problem("price_unknown.open", name, name=name),)
    return Asked(Quantity(least, most), told, remarks, tuple(notes))


def _note(key: str, **params: str) -> Note:
    return key, tuple(params.items())
