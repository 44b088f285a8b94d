"""Amounts are exact, immutable, and never mix currencies."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal, Inexact
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_cost.amounts import (
    EXACT,
    Amount,
    book_decimal,
    divide_half_up,
    exact_sum,
    plain_decimal,
    plain_text,
    round_half_up,
)
from kling_cost.problems import CurrencyMismatchError, UsageError

numbers = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**18) + 1, max_value=10**18 - 1)
amounts = numbers.map(lambda n: Amount(n, "EVOLINK_CREDIT"))


@pytest.mark.parametrize("value", [1.5, float("nan"), True, None, [1], b"1"])
def test_an_amount_takes_no_float_bool_or_other_type(value: object) -> None:
    with pytest.raises(UsageError) as caught:
        Amount(value, "USD")  # type: ignore[arg-type]
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "sNaN", "abc", "", "1,5", "1e2000000", "1e-999999"])
def test_an_amount_takes_no_text_that_is_no_finite_number_of_a_sane_size(value: str) -> None:
    with pytest.raises(ValueError, match=r"finite|number|digits"):
        Amount(value, "USD")


@pytest.mark.parametrize("code", ["", "usd", "U", "US D", "1USD", "EURO€", "A" * 40, "USD\n"])
def test_a_currency_code_is_upper_case_letters_digits_and_underscores(code: str) -> None:
    with pytest.raises(ValueError, match="currency code"):
        Amount(1, code)


def test_an_amount_cannot_be_changed() -> None:
    amount = Amount(1, "USD")
    with pytest.raises(AttributeError):
        amount.value = Decimal(2)
    with pytest.raises(AttributeError):
        del amount.currency


def test_two_currencies_are_neither_added_nor_compared() -> None:
    dollar, credit = Amount(1, "USD"), Amount(1, "EVOLINK_CREDIT")
    for mix in (
        lambda: dollar + credit,
        lambda: dollar - credit,
        lambda: dollar < credit,
        lambda: dollar <= credit,
        lambda: dollar > credit,
        lambda: dollar >= credit,
    ):
        with pytest.raises(CurrencyMismatchError, match=r"USD and EVOLINK_CREDIT|EVOLINK_CREDIT and USD"):
            mix()
    assert dollar != credit


def test_an_amount_meets_no_bare_number() -> None:
    amount = Amount(1, "USD")
    for mix in (lambda: amount + 1, lambda: amount - 1, lambda: amount < 1, lambda: amount <= 1, lambda: amount * 1.5):
        with pytest.raises(TypeError):
            mix()  # type: ignore[no-untyped-call]
    with pytest.raises(TypeError):
        amount * True
    assert amount != 1


def test_amounts_compare_by_value_not_by_how_they_are_written() -> None:
    assert Amount("40.50", "USD") == Amount("40.5", "USD")
    assert hash(Amount("40.50", "USD")) == hash(Amount("40.5", "USD"))
    assert Amount(1, "USD") < Amount(2, "USD") <= Amount(2, "USD")
    assert not Amount(2, "USD") < Amount(2, "USD")
    assert Amount(3, "USD") >= Amount(2, "USD")


def test_an_amount_is_copied_and_pickled() -> None:
    amount = Amount("7.1982", "EVOLINK_CREDIT")
    assert copy.deepcopy(amount) == pickle.loads(pickle.dumps(amount)) == amount


def test_an_amount_shows_its_number_without_exponent_or_trailing_zeros() -> None:
    assert str(Amount("1E+2", "USD")) == "100 USD"
    assert repr(Amount("40.50", "EVOLINK_CREDIT")) == "Amount('40.5', 'EVOLINK_CREDIT')"
    assert str(Amount("-0.0", "USD")) == "0 USD"


@given(st.lists(amounts, max_size=20))
def test_a_sum_does_not_depend_on_order(items: list[Amount]) -> None:
    zero = Amount(0, "EVOLINK_CREDIT")
    assert sum(items, zero) == sum(reversed(items), zero)
    assert exact_sum(a.value for a in items) == sum((Fraction(a.value) for a in items), Fraction(0))


@given(amounts, st.integers(0, 1000))
def test_times_n_is_n_times_added(amount: Amount, n: int) -> None:
    assert amount * n == n * amount == sum([amount] * n, Amount(0, "EVOLINK_CREDIT"))


@given(amounts, amounts)
def test_subtraction_undoes_addition(one: Amount, other: Amount) -> None:
    assert one + other - other == one
    assert one - other == -(other - one)


@given(amounts)
def test_text_is_read_back(amount: Amount) -> None:
    if amount.value >= 0:
        assert Amount.parse(str(amount)) == amount
    assert "E" not in plain_text(amount.value)


def test_a_digit_is_never_lost_without_a_word() -> None:
    assert exact_sum([Decimal("1234567890123456789012345678.9"), Decimal("0.04")]) == Decimal(
        "1234567890123456789012345678.94"
    )
    with pytest.raises(Inexact):
        EXACT.add(Decimal(10) ** 119, Decimal("0.1"))


@pytest.mark.parametrize(
    "text", ["1_0", "1e9", "NaN", " 5", "5 ", "５.4", "-1", "+1", "", ".5", "5.", "0x10", "1" * 19, "0." + "1" * 13]
)
def test_a_plain_number_is_nothing_that_decimal_would_take_beside(text: str) -> None:
    with pytest.raises(ValueError, match="plain number"):
        plain_decimal(text)


def test_a_number_of_the_book_has_nine_and_six_digits() -> None:
    assert book_decimal("999999999.999999") == Decimal("999999999.999999")
    for text in ("1000000000", "0.0000001"):
        with pytest.raises(ValueError, match="nine digits"):
            book_decimal(text)


@pytest.mark.parametrize(
    ("number", "rounded"),
    [("0.00005", "0.0001"), ("0.00004999", "0"), ("-0.00005", "-0.0001"), ("2.5", "2.5"), ("10.80005", "10.8001")],
)
def test_rounding_is_half_up_at_the_quantum(number: str, rounded: str) -> None:
    assert round_half_up(Decimal(number), Decimal("0.0001")) == Decimal(rounded)


@given(numbers, st.integers(1, 10**6), st.integers(0, 12))
def test_a_quotient_is_rounded_once_and_half_up(number: Decimal, divisor: int, places: int) -> None:
    exact = Fraction(number) / divisor
    rounded = Fraction(divide_half_up(number, Decimal(divisor), places))
    step = Fraction(1, 10**places)
    assert abs(rounded - exact) <= step / 2
    if abs(rounded - exact) == step / 2:
        assert abs(rounded) > abs(exact)


def test_money_of_one_credit_has_twelve_decimals() -> None:
    assert divide_half_up(Decimal(1), Decimal(72)) == Decimal("0.013888888889")
