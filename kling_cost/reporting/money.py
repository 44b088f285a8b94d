"""Amounts in the currencies of a report: US dollars, and those that the reader asked for.

Conversion is from exact credits, rounded half up once; a currency is shown with the decimals that it has.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from fractions import Fraction

from babel.numbers import get_currency_precision

from kling_cost.amounts import divide_half_up
from kling_cost.pricebook.book import ExchangeRate
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.totals import Totals
from kling_cost.problems import UsageError

DOLLAR = "USD"


def money_rates(estimate: Estimate | Totals, codes: tuple[str, ...]) -> tuple[ExchangeRate, ...]:
    """The exchange rates of the currencies that are shown beside dollars.

    Args:
        estimate: whose day counts, and whose price book.
        codes: such as `("KRW", "JPY")`; dollars are always shown.

    Raises:
        UsageError: no exchange rate is known for one of them.

    >>> import kling_cost as kc
    >>> book = kc.load_prices(rates=["1400 KRW/USD"])
    >>> result = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}], book)
    >>> [rate.per_usd for rate in money_rates(result, ("KRW",))]
    [Decimal('1400')]
    """
    found = []
    for code in dict.fromkeys(codes):
        rate = estimate.price_book.exchange.get(code)
        if rate is None and estimate.book is not None:
            rate = estimate.book.exchange_rate(code, estimate.as_of)
        if rate is None:
            raise UsageError(f'no exchange rate for {code}; pass rates=["NUMBER {code}/USD"]')
        if code != DOLLAR:
            found.append(rate)
    return tuple(found)


def decimals_of(code: str) -> int:
    """How many decimals a currency is shown with.

    >>> decimals_of("USD"), decimals_of("KRW")
    (2, 0)
    """
    return get_currency_precision(code)


def digits_of(code: str, credits: Collection[str]) -> tuple[int, int]:
    """How many decimals of an amount are shown, at least and at most: those of a currency, or of credits.

    >>> digits_of("KRW", {"ACME_CREDIT"}), digits_of("ACME_CREDIT", {"ACME_CREDIT"})
    ((0, 0), (0, 4))
    """
    if code in credits:
        return 0, 4
    return decimals_of(code), decimals_of(code)


def money_values(cost: Decimal, per_usd: Decimal | None, rates: tuple[ExchangeRate, ...]) -> list[Decimal | None]:
    """A cost in dollars and in the other currencies; None where that is not known.

    Args:
        cost: in a currency.
        per_usd: units of that currency for one dollar.
        rates: of the others.

    >>> money_values(Decimal("27"), Decimal(72), ())
    [Decimal('0.375000000000')]
    """
    if per_usd is None:
        return [None] * (1 + len(rates))
    others = [divide_half_up(Fraction(cost) * Fraction(rate.per_usd), per_usd) for rate in rates]
    return [divide_half_up(cost, per_usd), *others]
