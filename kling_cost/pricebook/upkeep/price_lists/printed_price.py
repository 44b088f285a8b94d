"""Prices as lists print them: an exact number with its currency and unit, or the reason why it is unclear.

A comma counts only where the column file says what it means; whatever else is beside the number has to be known.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.amounts import CURRENCY_CODE, book_decimal
from kling_cost.pricebook.counting.quantity import PER_SECOND
from kling_cost.problems import Problem, problem
from kling_cost.written_amounts import currencies_of, narrow_text

SECOND, CALL = "second", "call"
#: How a list says that something is not sold.
_NOT_SOLD = frozenset({"-", "–", "—", "x", "n/a", "na", "not sold", "not available", "n.a.", "없음", "なし", "无"})
_CREDITS = frozenset({"credit", "credits", "cr", "cr.", "pts", "points", "크레딧", "クレジット", "积分", "点"})
_UNITS = {
    SECOND: "s sec sec. secs second seconds sekunde 초 秒",
    CALL: "call calls request video clip generation element task job image 건 회 편 個 本 次 条 个",
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words.split()}
_PER = re.compile(r"\s*(?:/|\bper\b|\bpro\b)\s*(?P<unit>[^\s/0-9]+)$", re.IGNORECASE)
_PARTS = re.compile(r"(?P<before>[^0-9.,]*)(?P<number>[0-9][0-9.,]*|[.,][0-9]+)(?P<after>[^0-9]*)")
_POINTED = re.compile(r"[0-9]+(?:\.[0-9]+)?", re.ASCII)
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?", re.ASCII)
_CODE = re.compile(CURRENCY_CODE, re.ASCII)
_COMMA = ","
_LONGEST = 100  # characters of a cell with a price


class PrintedPrice(NamedTuple):
    """A price as a cell says it.

    Attributes:
        number: for one unit; None where the cell says that it is not sold.
        currencies: what the sign or word beside it may mean; empty where there is none, or one for credits.
        credits: whether it is counted in credits.
        unit: `second` or `call`; None where the cell does not say.
    """

    number: Decimal | None
    currencies: frozenset[str] = frozenset()
    credits: bool = False
    unit: str | None = None

    def is_in(self, currency: str) -> bool:
        """Whether it may be in a currency."""
        if self.credits:
            return "CREDIT" in currency or not _is_money(currency)
        return not self.currencies or currency in self.currencies


def printed_price(cell: Any, decimal_mark: str | None) -> PrintedPrice | Problem:
    """Read a cell.

    Args:
        cell: text or a number; a workbook's number counts by its shortest text.
        decimal_mark: what stands before decimals, `.` or `,`; None where nobody said so.

    >>> printed_price("$0.084 / sec", None)[:4:3], str(printed_price("5.4 credits", None).number)
    ((Decimal('0.084'), 'second'), '5.4')
    >>> printed_price("0,42 USD", ",").number, printed_price("0,42 USD", None).code
    (Decimal('0.42'), 'unreadable')
    >>> printed_price("–", None).number, printed_price("from $0.08", None).message
    (None, 'not a price: from $0.08')
    """
    text = narrow_text(_text(cell))
    if text.casefold() in _NOT_SOLD:
        return PrintedPrice(None)
    rest, unit = _without_unit(text)
    found = _PARTS.fullmatch(rest) if len(rest) <= _LONGEST else None
    if found is None:
        return problem("unreadable.no_list_price", value=text)
    number = _number(found["number"], decimal_mark, text)
    if isinstance(number, Problem):
        return number
    words = f"{found['before']} {found['after']}".split()
    return _with_words(number, words, unit) or problem("unreadable.no_list_price", value=text)


def _without_unit(text: str) -> tuple[str, str | None]:
    """A text without the unit at its end, and the unit; with an unknown one it is left as it is, which is no price."""
    per = _PER.search(text)
    unit = None if per is None else _UNIT_OF.get(per["unit"].casefold())
    return (text, None) if per is None or unit is None else (text[: per.start()], unit)


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()
    return repr(cell) if isinstance(cell, float) else str(cell)  # float: a workbook's number, by its shortest text


def _number(text: str, mark: str | None, cell: str) -> Decimal | Problem:
    plain = _plain(text, mark)
    if plain is None:
        key = "unreadable.list_decimal" if mark is None and _COMMA in text else "unreadable.no_list_price"
        return problem(key, "", value=cell)
    try:
        return book_decimal(plain)
    except ValueError:
        return problem("unreadable.list_digits", "", value=cell)


def _plain(text: str, mark: str | None) -> str | None:
    """The number with a point and without separators; None where it is none, or unclear."""
    if mark == _COMMA:
        text = text.translate(str.maketrans(".,", ",."))
    if _POINTED.fullmatch(text):
        return text
    return text.replace(_COMMA, "") if mark is not None and _GROUPED.fullmatch(text) else None


def _with_words(number: Decimal, words: list[str], unit: str | None) -> PrintedPrice | None:
    """A number with the words beside it; None where one is not known, or two disagree."""
    others = [word for word in words if word.casefold() not in _CREDITS]
    meant = [_meant(word) for word in others]
    is_credits = len(others) < len(words)
    currencies = meant[0].intersection(*meant) if meant else frozenset()
    if meant and (is_credits or not currencies):
        return None
    return PrintedPrice(number, currencies, is_credits, unit)


def _meant(word: str) -> frozenset[str]:
    """The currencies that a sign, a word or a code may mean; none for an unknown word."""
    return currencies_of(word) or frozenset({word} if _CODE.fullmatch(word) else ())


def _is_money(currency: str) -> bool:
    return len(currency) == len("USD")


def unit_word(text: str) -> str | None:
    """The unit that a word stands for; None for an unknown one.

    >>> unit_word("per second"), unit_word("초당"), unit_word("mile")
    ('second', 'second', None)
    """
    word = text.strip().casefold().removeprefix("per_").removeprefix("per ").removeprefix("/").strip()
    return _UNIT_OF.get(word) or _UNIT_OF.get(word.removesuffix("당")) or (SECOND if word == PER_SECOND else None)
