"""A limit is read as people write it; what could mean two things is refused with the reason."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_cost.amounts import EXACT, Amount, plain_text
from kling_cost.problems import shown
from kling_cost.written_amounts import AmountError


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("500 USD", "500", "USD"),
        ("36000 EVOLINK_CREDIT", "36000", "EVOLINK_CREDIT"),
        ("36,000 evolink_credit", "36000", "EVOLINK_CREDIT"),
        ("KLING3API_CREDIT 400", "400", "KLING3API_CREDIT"),
        (" 0.5\tUSD ", "0.5", "USD"),
        ("0 USD", "0", "USD"),
        ("$60", "60", "USD"),
        ("$1,000.50", "1000.50", "USD"),
        ("$60 USD", "60", "USD"),
        ("US$60", "60", "USD"),
        ("USD60", "60", "USD"),
        ("USD 60", "60", "USD"),
        ("60 usd", "60", "USD"),
        ("60USD", "60", "USD"),
        ("60$", "60", "USD"),
        ("60 dollars", "60", "USD"),
        ("60 US\nD", None, None),
        ("60\u00a0USD", "60", "USD"),
        ("\u20ac60", "60", "EUR"),
        ("60 \u20ac", "60", "EUR"),
        ("\u20a950,000", "50000", "KRW"),
        ("50000\uc6d0", "50000", "KRW"),
        ("\uff04\uff16\uff10", "60", "USD"),
        ("\uff16\uff10\u3000\uff35\uff33\uff24", "60", "USD"),
        ("\u00a560 CNY", "60", "CNY"),
        ("1,234,567 USD", "1234567", "USD"),
        ("1.000 EUR", "1", "EUR"),
        ("9" * 60 + "." + "9" * 60 + " USD", "9" * 60 + "." + "9" * 60, "USD"),
    ],
)
def test_a_limit_is_read_as_people_write_it(text: str, value: str | None, currency: str | None) -> None:
    if value is None or currency is None:
        with pytest.raises(AmountError):
            Amount.parse(text)
    else:
        assert Amount.parse(text) == Amount(value, currency)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *[(text, "needs a currency") for text in ("60", "0", "10,000", "60.5")],
        *[(text, "yuan or yen") for text in ("\u00a560", "60 \uffe5", "\uffe5 60")],
        *[(text, "a minus or a dash") for text in ("-1", "-1 USD", "+5 USD", "\u221260 USD", "$-60", "10-20 USD")],
        *[
            (text, "ambiguous or malformed")
            for text in ("1.000,50 EUR", "1,5 USD", "0,500 USD", "1 000 USD", "1'000 USD", ".5 USD", "5. USD")
        ],
        *[(text, "ambiguous or malformed") for text in ("1,00,000 INR", "1,000,00 USD", "1.2.3 USD", ",000 USD")],
        *[(text, "which provider's credits") for text in ("60 credits", "60 CREDIT")],
        *[(text, "too many digits") for text in ("1" * 61 + " USD", "0." + "1" * 61 + " USD")],
        *[
            (text, "not a valid limit")
            for text in (
                *("NaN", "Infinity", "NaN USD", "", " ", "USD", "$", "nope", "1e3 USD", "1e2000000", "1_0 USD"),
                *("500 USD extra", "60 k USD", "60k", "60 USD/month", "$60 EUR", "\u00a560 USD", "60\u00b2 USD"),
                *("\u00bd USD", "\u0663 USD", "60 \u5143", "A$60", "0x10 USD", "USD 60 EUR"),
            )
        ],
    ],
)
def test_what_could_mean_two_things_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(AmountError, match=reason) as caught:
        Amount.parse(text)
    assert shown(text) in str(caught.value)


@given(st.integers(0, 10**30), st.integers(0, 30), st.sampled_from(["{} USD", "${}", "usd {}", "{}$"]))
def test_every_notation_of_a_number_gives_that_very_number(whole: int, places: int, form: str) -> None:
    number = Decimal(whole).scaleb(-places, context=EXACT)
    for text in (plain_text(number), f"{number:,f}"):
        assert Amount.parse(form.format(text)) == Amount(number, "USD")
