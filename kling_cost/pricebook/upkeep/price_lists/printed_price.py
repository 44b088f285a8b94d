"""Prices as lists print them: an exact number with its currency and unit, or the reason why it is unclear.

A comma counts only where the column file says what it means; whatever else is beside the number has to be known.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.amounts import CURRENCY_CODE, book_decimal
from kling_cost.io.sheets.xlsx.shown_numbers import ShownNumber
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
#: What else prices are for, or counted in.
_OTHER_UNITS = frozenset(
    "min minute minutes hour hours hr h day month token tokens tok frame frames cent cents ct ¢ k thousand"
    " 분 분당 시간 토큰 프레임 천 천원 만원 分 分钟 分鐘 分間 小时 時間 帧 千 千元 万元 千円 万円".split()
)
_BRACKETS = re.compile(r"[(\[（【]([^)\]）】]*)[)\]）】]")
_AFTER_PER = re.compile(r"(?:/|\b(?:per|pro)\s)\s*([^\s/]+)", re.IGNORECASE)
_PER = re.compile(r"\s*(?:/|\bper\b|\bpro\b)\s*(?P<unit>[^\s/0-9]+)$", re.IGNORECASE)
_PARTS = re.compile(r"(?P<before>[^0-9.,]*)(?P<number>[0-9][0-9.,]*|[.,][0-9]+)(?P<after>[^0-9]*)")
_POINTED = re.compile(r"[0-9]+(?:\.[0-9]+)?", re.ASCII)
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?", re.ASCII)
_POINT_OF_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}", re.ASCII)
_CODE = re.compile(CURRENCY_CODE, re.ASCII)
#: Signs that no limit may be written with, since several currencies share them; a list has a currency beside them.
_SHARED = {"元": frozenset({"CNY", "HKD", "TWD"})}
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


def printed_price(cell: Any, decimal_mark: str | None, is_foreign: bool = False) -> PrintedPrice | Problem:
    """Read a cell.

    Args:
        cell: text or a number; a workbook's number counts by its shortest text, with what its format shows beside it.
        decimal_mark: what stands before decimals, `.` or `,`; None where nobody said so.
        is_foreign: whether the list is in a form of its own, in which a point may separate thousands, too.

    >>> printed_price("$0.084 / sec", None)[:4:3], str(printed_price("5.4 credits", None).number)
    ((Decimal('0.084'), 'second'), '5.4')
    >>> printed_price("0,42 USD", ",").number, printed_price("0,42 USD", None).code
    (Decimal('0.42'), 'unreadable')
    >>> printed_price("–", None).number, printed_price("from $0.08", None).message
    (None, 'not a price: from $0.08')
    """
    text = cell_text(cell)
    if isinstance(cell, float):  # float: a workbook's number, in which no comma stands
        decimal_mark, is_foreign = None, False
    if text.casefold() in _NOT_SOLD:
        return PrintedPrice(None)
    rest, unit = _without_unit(text)
    found = _PARTS.fullmatch(rest) if len(rest) <= _LONGEST else None
    if found is None:
        return problem("unreadable.no_list_price", value=text)
    number = _number(found["number"], decimal_mark, text, is_foreign)
    if isinstance(number, Problem):
        return number
    words = f"{found['before']} {found['after']}".split()
    return _with_words(number, words, unit) or problem("unreadable.no_list_price", value=text)


def _without_unit(text: str) -> tuple[str, str | None]:
    """A text without the unit at its end, and the unit; with an unknown one it is left as it is, which is no price."""
    per = _PER.search(text)
    unit = None if per is None else _UNIT_OF.get(per["unit"].casefold())
    return (text, None) if per is None or unit is None else (text[: per.start()], unit)


def cell_text(cell: Any) -> str:
    """What a cell with a price says, with what the format of a workbook shows beside a number."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, ShownNumber):
        return narrow_text(cell.text)
    return repr(cell) if isinstance(cell, float) else narrow_text(str(cell))  # float: a number by its shortest text


def _number(text: str, mark: str | None, cell: str, is_foreign: bool) -> Decimal | Problem:
    plain = _plain(text, mark)
    if is_foreign and mark is None and _POINT_OF_THOUSANDS.fullmatch(text):
        return problem("unreadable.list_point", "", value=cell)
    if plain is None:
        key = "unreadable.list_decimal" if mark is None and _COMMA in text else "unreadable.no_list_price"
        return problem(key, "", value=cell)
    try:
        number = book_decimal(plain)
    except ValueError:
        return problem("unreadable.list_digits", "", value=cell)
    return number or problem("unreadable.list_zero", "", value=cell)


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
    return list_currencies(word) or frozenset({word} if _CODE.fullmatch(word) else ())


def list_currencies(word: str) -> frozenset[str]:
    """The currencies that a sign, a word or a common code of a list may mean; none for anything else.

    >>> sorted(list_currencies("元")), sorted(list_currencies("$"))
    (['CNY', 'HKD', 'TWD'], ['USD'])
    """
    return _SHARED.get(word) or currencies_of(word)


def _is_money(currency: str) -> bool:
    return len(currency) == len("USD")


def heading_words(heading: str) -> list[str]:
    """What a heading says of its prices: the words in brackets, and the one after a stroke or `per`.

    >>> heading_words("Price (USD / min)"), heading_words("Price per second"), heading_words("单价(元)")
    (['USD', 'min'], ['second'], ['元'])
    """
    text = narrow_text(heading)
    inside = [word for part in _BRACKETS.findall(text) for word in re.split(r"[\s/,]+", part) if word]
    return [*inside, *_AFTER_PER.findall(_BRACKETS.sub(" ", text))]


def is_other_unit(word: str) -> bool:
    """Whether a word says that a number is a price of something else than one second or one call.

    >>> is_other_unit("min"), is_other_unit("1k"), is_other_unit("VAT")
    (True, True, False)
    """
    word = word.casefold()
    return word in _OTHER_UNITS or (word[0].isdigit() and word not in ("1s", "1sec"))


def unit_word(text: str) -> str | None:
    """The unit that a word stands for; None for an unknown one.

    >>> unit_word("per second"), unit_word("초당"), unit_word("mile")
    ('second', 'second', None)
    """
    word = text.strip().casefold().removeprefix("per_").removeprefix("per ").removeprefix("/").strip()
    return _UNIT_OF.get(word) or _UNIT_OF.get(word.removesuffix("당")) or (SECOND if word == PER_SECOND else None)
