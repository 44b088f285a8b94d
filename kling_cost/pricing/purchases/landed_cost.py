"""What credits really cost: the cheapest packs that hold what is needed, with fee and minimum, and what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from kling_cost.amounts import EXACT, Amount, divide_half_up, exact_sum
from kling_cost.pricebook.book import PriceBook, Provider
from kling_cost.pricebook.terms.provider_terms import MinimumTopUp, Packs, Tax, TermsOn
from kling_cost.pricing.purchases.pack_sets import PackCount, cheapest_packs
from kling_cost.problems import UsageError
from kling_cost.python_values import list_of

_NOTHING = Decimal(0)
_SHARE_PLACES = 6


class LandedCost(NamedTuple):
    """What has to be bought of a seller, and what that costs.

    Attributes:
        need: credits that the takes cost.
        balance: credits that are there already.
        packs: what is bought; empty where nothing has to be, and at the exchange rate.
        at_rate: no packs are known, so that the exchange rate was used.
        bought: credits that are bought.
        left_over: credits that are left after all takes.
        price: of what is bought, before the fee.
        fee: what is paid beside it.
        paid: both, and at least the minimum top-up.
        currency: of these.
        usd: what is paid in dollars; None where that is not known.
        minimum_top_up: the least that can be paid in; None where there is none.
        tax: `excluded` from prices or `included`; None where the book does not say.
        tax_rate: the tax, as a share of the price without it; None where the book does not say.
        valid_days: after how many days the first of what is bought is lost; None where the book does not say.
        valid_until: the day on which that is.
        refundable: whether what is left is given back; None where the book does not say.
        used: the share of all credits that the takes use; None without any.
        per_credit: what a credit that is bought and used costs; None where nothing is bought.
    """

    need: Decimal
    balance: Decimal
    packs: Sequence[PackCount]
    at_rate: bool
    bought: Decimal
    left_over: Decimal
    price: Decimal
    fee: Decimal
    paid: Decimal
    currency: str
    usd: Decimal | None
    minimum_top_up: Decimal | None
    tax: str | None
    tax_rate: Decimal | None
    valid_days: int | None
    valid_until: date | None
    refundable: bool | None
    used: Decimal | None
    per_credit: Decimal | None


class _Purchase(NamedTuple):
    """What is bought, its price in one currency, and the least that can be paid in there."""

    packs: Sequence[PackCount]
    bought: Decimal
    price: Decimal
    currency: str
    minimum: Decimal | None = None


class _Rates:
    """The exchange rates and days of a purchase.

    Args:
        book: the price book.
        day: on which it is made; None for the latest rates.
    """

    def __init__(self, book: PriceBook, day: date | None) -> None:
        self._book, self._day = book, day

    def converted(self, amount: Amount, currency: str) -> Decimal | None:
        """An amount in another currency; None where an exchange rate is not known."""
        if amount.currency == currency:
            return amount.value
        of, to = (self._book.exchange_rate(code, self._day) for code in (amount.currency, currency))
        if of is None or to is None:
            return None
        return divide_half_up(Fraction(amount.value) * Fraction(to.per_usd), of.per_usd)

    def minimum(self, least: MinimumTopUp | None, currency: str) -> Decimal | None:
        """The least that can be paid in, in a currency; None without one, or where it cannot be converted."""
        return None if least is None else self.converted(least.amount, currency)

    def after(self, days: int | None) -> date | None:
        """The day after so many; None where either is not known."""
        return None if days is None or self._day is None else self._day + timedelta(days=days)


def balances_given(given: object, sellers: Mapping[str, str]) -> dict[str, Decimal]:
    """What there is already, by seller.

    Args:
        given: one balance or several, as amounts or text.
        sellers: the currency of each seller that is shown.

    Raises:
        UsageError: no seller or several take such a currency, it is given twice, or is below 0.

    >>> balances_given("20 A_CREDIT", {"a": "A_CREDIT"})
    {'a': Decimal('20')}
    """
    found: dict[str, Decimal] = {}
    for one in list_of(given, "balance", (str, Amount), "an amount with its currency"):
        amount = one if isinstance(one, Amount) else Amount.parse(one)
        takers = [seller for seller, currency in sellers.items() if currency == amount.currency]
        if not takers:
            currencies = ", ".join(dict.fromkeys(sellers.values()))
            raise UsageError(f"balance {amount}: no provider shown takes {amount.currency}; they take {currencies}")
        if len(takers) > 1:
            raise UsageError(f"balance {amount}: several providers take {amount.currency}; choose one with --seller")
        if takers[0] in found:
            raise UsageError(f"balance {amount}: there is another one in {amount.currency}; add them up")
        if amount.value < 0:
            raise UsageError(f"balance {amount}: must not be below 0")
        found[takers[0]] = amount.value
    return found


def landed_cost(
    seller: Provider, need: Decimal, balance: Decimal, book: PriceBook, day: date | None
) -> LandedCost | None:
    """What has to be bought of a seller for takes that cost so much there, in the cheapest way.

    Args:
        seller: whose credits they are.
        need: what the takes cost.
        balance: what there is already.
        book: the price book, for exchange rates.
        day: whose terms count; None for the latest.

    Returns:
        The purchase; None where no packs and no exchange rate are known, or an amount cannot be converted.
    """
    terms, missing = seller.terms.on(day), max(_NOTHING, EXACT.subtract(need, balance))
    rates = _Rates(book, day)
    if terms.packs is None:
        purchase = _at_rate(missing, seller.currency, terms.minimum_top_up, rates)
    else:
        purchase = _in_packs(terms.packs, missing, terms.minimum_top_up, rates)
    return None if purchase is None else _landed(need, balance, purchase, terms, rates)


def _landed(need: Decimal, balance: Decimal, purchase: _Purchase, terms: TermsOn, rates: _Rates) -> LandedCost:
    fee = EXACT.multiply(purchase.price, (terms.packs and terms.packs.fee) or _NOTHING)
    paid = EXACT.add(purchase.price, fee)
    if purchase.bought and purchase.minimum is not None:
        paid = max(paid, purchase.minimum)
    held, missing = EXACT.add(balance, purchase.bought), EXACT.subtract(need, balance)
    days = min((one.pack.valid_days for one in purchase.packs if one.pack.valid_days is not None), default=None)
    return LandedCost(
        need,
        balance,
        purchase.packs,
        terms.packs is None,
        purchase.bought,
        EXACT.subtract(held, need),
        purchase.price,
        fee,
        paid,
        purchase.currency,
        rates.converted(Amount(paid, purchase.currency), "USD"),
        purchase.minimum,
        *_tax(terms.tax),
        days,
        rates.after(days),
        None if terms.packs is None else terms.packs.refundable,
        divide_half_up(need, held, _SHARE_PLACES) if held else None,
        divide_half_up(paid, missing) if missing > 0 else None,
    )


def _tax(tax: Tax | None) -> tuple[str | None, Decimal | None]:
    return (None, None) if tax is None else ("included" if tax.included else "excluded", tax.rate)


def _at_rate(missing: Decimal, currency: str, least: MinimumTopUp | None, rates: _Rates) -> _Purchase | None:
    """What is missing at the exchange rate, or more where more has to be paid in."""
    price, minimum = rates.converted(Amount(missing, currency), "USD"), rates.minimum(least, "USD")
    if price is None or (least is not None and minimum is None):
        return None
    if not missing or minimum is None or price >= minimum:
        return _Purchase((), missing, price, "USD", minimum)
    credits_ = rates.converted(Amount(minimum, "USD"), currency)
    return None if credits_ is None else _Purchase((), credits_, minimum, "USD", minimum)


def _in_packs(packs: Packs, missing: Decimal, least: MinimumTopUp | None, rates: _Rates) -> _Purchase | None:
    """The cheapest packs that hold what is missing; those of one currency, where they have several."""
    found = []
    for currency in dict.fromkeys(pack.price.currency for pack in packs.sizes):
        sold = [pack for pack in packs.sizes if pack.price.currency == currency and pack.price.value]
        counts, minimum = cheapest_packs(sold, missing), rates.minimum(least, currency)
        if counts is not None and (least is None or minimum is not None):
            found.append(_bought(counts, currency)._replace(minimum=minimum))
    if len(found) == 1:
        return found[0]
    in_dollars = [(rates.converted(Amount(one.price, one.currency), "USD"), one) for one in found]
    known = [(usd, one.currency, one) for usd, one in in_dollars if usd is not None]
    return min(known)[2] if known else None


def _bought(counts: Sequence[PackCount], currency: str) -> _Purchase:
    def total(of: Sequence[tuple[Decimal, int]]) -> Decimal:
        return exact_sum(EXACT.multiply(number, Decimal(count)) for number, count in of)

    credits_ = total([(one.pack.credits, one.number) for one in counts])
    return _Purchase(counts, credits_, total([(one.pack.price.value, one.number) for one in counts]), currency)
