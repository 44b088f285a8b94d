"""Exact amounts: `Amount`, `Currency`, and the few operations that they allow.

Nothing here, and nothing that uses it, ever holds a binary float. Sums are exact: an addition that would
have to drop a digit raises instead of rounding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction
from typing import Any, NamedTuple

from kling_cost.problems import CurrencyMismatchError, UsageError, WrongKindError
from kling_cost.python_values import plain, told
from kling_cost.written_amounts import number_and_code

# 120 digits hold any sum of any file; Inexact is trapped so that a lost digit can never pass unseen.
EXACT = Context(prec=120, traps=[InvalidOperation, Inexact])
_ROUNDING = Context(prec=120, rounding=ROUND_HALF_UP, traps=[InvalidOperation])

# The plain notation of the price book and of rates: no sign, exponent, underscore or foreign digit.
PLAIN_NUMBER = r"[0-9]{1,18}(?:\.[0-9]{1,12})?"
_PLAIN = re.compile(PLAIN_NUMBER, re.ASCII)
CURRENCY_CODE = r"[A-Z][A-Z0-9_]{1,31}"
_CODE = re.compile(CURRENCY_CODE, re.ASCII)

_MOST_DIGITS = 60  # of an amount; 1e2000000 is nine characters, and millions of digits when it is written out
_BOOK_BELOW = 10**9  # a number of a price book has nine digits before the point …
_BOOK_PLACES = 6  # … and six after it
MONEY_PLACES = 12  # decimals of a converted amount in JSON and frames


def plain_decimal(text: str) -> Decimal:
    """Read a plain, unsigned decimal such as `7.1982`; anything else raises `ValueError`.

    `Decimal` alone would also take `1_0`, `1e9`, `NaN`, blanks and full-width digits.

    >>> plain_decimal("7.1982")
    Decimal('7.1982')
    """
    if not isinstance(text, str) or not _PLAIN.fullmatch(text):
        raise ValueError("not a plain number such as 7.1982")
    return Decimal(text)


def book_decimal(text: str) -> Decimal:
    """Read a number of a price book: a plain decimal with at most nine digits before the point and six after.

    A product of two such numbers, seconds and takes still fits a decimal(38, 6) column.

    >>> book_decimal("7.1982")
    Decimal('7.1982')
    """
    number = plain_decimal(text)
    if number >= _BOOK_BELOW or -int(number.as_tuple().exponent) > _BOOK_PLACES:
        raise ValueError("must have at most nine digits before the point and six after it")
    return number


def plain_text(number: Decimal | int) -> str:
    """Write a number without exponent and without trailing zeros.

    >>> plain_text(Decimal("40.50")), plain_text(Decimal("1E+2"))
    ('40.5', '100')
    """
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def grouped_text(number: Decimal | int) -> str:
    """The same with commas between thousands, for people.

    >>> grouped_text(Decimal("3158.9370"))
    '3,158.937'
    """
    whole, point, rest = plain_text(number).partition(".")
    return f"{int(whole):,}{point}{rest}" if whole not in ("-0", "") else f"{whole}{point}{rest}"


def many(count: int, name: str) -> str:
    """How many of something there are, in words.

    >>> many(1, "job"), many(2500, "job")
    ('1 job', '2,500 jobs')
    """
    return f"{count:,} {name}{'s' * (count != 1)}"


def round_half_up(number: Decimal, quantum: Decimal) -> Decimal:
    """Round half up (away from zero) to a multiple of `quantum`, a power of ten.

    >>> round_half_up(Decimal("0.00005"), Decimal("0.0001"))
    Decimal('0.0001')
    """
    return number.quantize(quantum, context=_ROUNDING)


def divide_half_up(number: Decimal | Fraction, divisor: Decimal, places: int = MONEY_PLACES) -> Decimal:
    """Divide exactly, then round half up once, to `places` decimals.

    >>> divide_half_up(Decimal(1), Decimal(72))
    Decimal('0.013888888889')
    """
    (top, under), (by, of) = number.as_integer_ratio(), divisor.as_integer_ratio()
    top, under = top * of * 10**places, under * by
    rounded = (2 * abs(top) + abs(under)) // (2 * abs(under))
    return Decimal(rounded if (top < 0) == (under < 0) else -rounded).scaleb(-places, context=EXACT)


class Currency(NamedTuple):
    """The unit of an amount: a provider's credits, or money.

    Attributes:
        code: `EVOLINK_CREDIT`, `USD` …
        name: its name in reports.
        quantum: its smallest unit, a power of ten; costs are rounded half up to it.

    >>> Currency("USD", "US dollar", Decimal("0.01")).code
    'USD'
    """

    code: str
    name: str
    quantum: Decimal


def _accepted(value: Any) -> str | int | Decimal:
    """What an amount may be made of, the plain value of a library's number among it."""
    if not isinstance(value, (str, int, Decimal)) and not isinstance(value, float):  # float: refused below
        value = plain(value)
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise WrongKindError(f"an amount must be text, int or Decimal, not {told(value)}")
    return value


def _number(value: str | int | Decimal) -> Decimal:
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise UsageError(f"{told(value)} is not a decimal number") from None
    if not number.is_finite():
        raise UsageError("an amount must be finite")
    if abs(number.adjusted()) > _MOST_DIGITS or -int(number.as_tuple().exponent) > _MOST_DIGITS:
        raise UsageError(f"an amount can have at most {_MOST_DIGITS} digits on either side of the point")
    return number


class Amount:
    """An exact quantity of one currency. Immutable; two currencies never mix.

    Args:
        value: text, `int` or `Decimal`. A float is refused, as are NaN and infinity.
        currency: the code, such as `EVOLINK_CREDIT` or `USD`.

    Raises:
        UsageError: the value is a float, a bool or not a number (this error is also a `TypeError`); the text is not a
            finite decimal number, or the code is malformed (a `ValueError`, like every `UsageError`).

    >>> Amount("40.50", "EVOLINK_CREDIT")
    Amount('40.5', 'EVOLINK_CREDIT')
    >>> print(Amount("40.5", "EVOLINK_CREDIT") + Amount("1.5", "EVOLINK_CREDIT"))
    42 EVOLINK_CREDIT
    >>> Amount(1, "USD") + Amount(1, "EVOLINK_CREDIT")
    Traceback (most recent call last):
    kling_cost.problems.CurrencyMismatchError: USD and EVOLINK_CREDIT cannot be added or compared
    """

    __slots__ = ("currency", "value")

    value: Decimal
    currency: str

    def __init__(self, value: str | int | Decimal, currency: str) -> None:
        value = _accepted(value)
        if not isinstance(currency, str) or not _CODE.fullmatch(currency):
            raise UsageError(f"{told(currency)} is not a currency code")
        object.__setattr__(self, "value", _number(value))
        object.__setattr__(self, "currency", currency)

    @classmethod
    def parse(cls, text: str) -> Amount:
        """Read an amount as people write it: `500 USD`, `$60`, `1,000 usd`, `36000 EVOLINK_CREDIT`.

        Raises:
            AmountError: it is not an amount, or it is ambiguous; the message says why.

        >>> Amount.parse("500 USD"), Amount.parse("$1,000.50")
        (Amount('500', 'USD'), Amount('1000.5', 'USD'))
        """
        return cls(*number_and_code(text))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("an Amount cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("an Amount cannot be changed")

    def __reduce__(self) -> tuple[type[Amount], tuple[Decimal, str]]:
        return Amount, (self.value, self.currency)

    def _same(self, other: Amount) -> Decimal:
        if self.currency != other.currency:
            raise CurrencyMismatchError(self.currency, other.currency)
        return other.value

    def __add__(self, other: Amount) -> Amount:
        if not isinstance(other, Amount):
            return NotImplemented
        return Amount(EXACT.add(self.value, self._same(other)), self.currency)

    def __sub__(self, other: Amount) -> Amount:
        if not isinstance(other, Amount):
            return NotImplemented
        return Amount(EXACT.subtract(self.value, self._same(other)), self.currency)

    def __neg__(self) -> Amount:
        return Amount(self.value.copy_negate(), self.currency)

    def __mul__(self, times: int) -> Amount:
        if isinstance(times, bool) or not isinstance(times, int):
            return NotImplemented
        return Amount(EXACT.multiply(self.value, Decimal(times)), self.currency)

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Amount):
            return NotImplemented
        return self.currency == other.currency and self.value == other.value

    def __hash__(self) -> int:
        return hash((self.value, self.currency))

    def __lt__(self, other: Amount) -> bool:
        if not isinstance(other, Amount):
            return NotImplemented
        return self.value < self._same(other)

    def __le__(self, other: Amount) -> bool:
        if not isinstance(other, Amount):
            return NotImplemented
        return self.value <= self._same(other)

    def __str__(self) -> str:
        return f"{plain_text(self.value)} {self.currency}"

    def __repr__(self) -> str:
        return f"Amount({plain_text(self.value)!r}, {self.currency!r})"


def exact_sum(numbers: Iterable[Decimal]) -> Decimal:
    """Add without ever rounding; the sum of nothing is 0.

    >>> exact_sum([Decimal("1234567890123456789012345678.9"), Decimal("0.04")])
    Decimal('1234567890123456789012345678.94')
    """
    total = Decimal(0)
    for number in numbers:
        total = EXACT.add(total, number)
    return total
