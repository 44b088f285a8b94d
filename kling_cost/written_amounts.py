"""Read amounts as people write them: the number and the currency, or the reason why they are unclear.

One notation has one meaning, whoever reads it: a comma that could be a decimal point, a sign that two currencies
share, and a number without a currency are refused with the reason.
"""

from __future__ import annotations

import re
import unicodedata

from kling_cost.messages import render
from kling_cost.problems import Problem, UsageError, problem
from kling_cost.python_values import told

_DIGITS = 60  # of an amount, on either side of the point

#: Signs and words that mean exactly one currency; anything that looks like a code is a code.
_SIGNS = {"$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR", "CN¥": "CNY", "JP¥": "JPY"}
_WORDS = {
    "USD": "dollar dollars 달러 ドル 美元 美金",
    "EUR": "euro euros 유로 ユーロ 欧元",
    "KRW": "won 원 韩元 ウォン",
    "JPY": "yen 엔 円 日元",
    "CNY": "yuan rmb renminbi 위안 人民币 人民幣",
}
_MEANT = _SIGNS | {word.upper(): code for code, words in _WORDS.items() for word in words.split()}
_SHARED = {"¥": ("CNY", "JPY")}
_CREDITS = ("CREDIT", "CREDITS")

_CODE = re.compile(r"(?!E[0-9])[A-Z][A-Z0-9_]{1,31}", re.ASCII)  # 1E3 is not a code
_NUMBER = r"(?P<number>(?=[.,]*[0-9])[0-9.,][0-9., ']*)(?P<after>.*)"
#: A number comes first, or after a code and a blank, or after a sign.
_FORMS = [
    re.compile(before + _NUMBER, re.ASCII)
    for before in ("(?P<before>)", r"(?P<before>[A-Za-z][A-Za-z0-9_]*) ", "(?P<before>[^0-9.,]+)")
]
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?", re.ASCII)
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?", re.ASCII)
_SIGNED = "-+\u2212\u2013\u2014"


class AmountError(UsageError):
    """The text is not an amount; `key` is the sentence that says why.

    >>> AmountError("unreadable.budget_bare", "60").args[0]
    '60: a limit needs a currency; write it like 60 USD or 36000 EVOLINK_CREDIT'
    """

    def __init__(self, key: str, text: str) -> None:
        found: Problem = problem(key, "", value=text)
        sentence = render(key, found.params)
        told = f"{sentence.message}; {sentence.hint}" if sentence.hint else sentence.message
        super().__init__(told, problem=found)
        self.key = key


def number_and_code(text: str) -> tuple[str, str]:
    """The plain number and the currency code of an amount.

    Raises:
        AmountError: it is not an amount, or it is ambiguous.

    >>> number_and_code("$60"), number_and_code("1,000.50 usd"), number_and_code("36000 EVOLINK_CREDIT")
    (('60', 'USD'), ('1000.50', 'USD'), ('36000', 'EVOLINK_CREDIT'))
    """
    if not isinstance(text, str):
        raise AmountError("unreadable.budget", f"{told(text)}")
    plain = narrow_text(text)
    if any(sign in plain for sign in _SIGNED):
        raise AmountError("unreadable.budget_sign", text)
    found = next(filter(None, (form.fullmatch(plain) for form in _FORMS)), None)
    if found is None:
        raise AmountError("unreadable.budget", text)
    words = [word for word in (found["before"].strip(), found["after"].strip()) if word]
    return _number(found["number"].strip(), text), _code(words, text)


def currencies_of(word: str) -> frozenset[str]:
    """The currencies that a sign, a word or a common code may mean; none for anything else.

    >>> sorted(currencies_of("¥")), sorted(currencies_of("usd")), sorted(currencies_of("per"))
    (['CNY', 'JPY'], ['USD'], [])
    """
    name = word.upper()
    if name in _MEANT.values():
        return frozenset({name})
    return frozenset(_SHARED.get(name, (_MEANT[name],) if name in _MEANT else ()))


def narrow_text(text: str) -> str:
    """A text in the forms and with the single blanks of a Western keyboard; a raised 2 stays what it is.

    >>> narrow_text("０．５  ＵＳＤ"), narrow_text("0.5²")
    ('0.5 USD', '0.5²')
    """
    return " ".join((text if text.isascii() else "".join(map(_narrow, text))).split())


def _narrow(character: str) -> str:
    """Full-width forms and blanks as a Western keyboard has them; a raised 2 stays what it is."""
    if character.isspace():
        return " "
    wide = unicodedata.decomposition(character).startswith(("<wide>", "<narrow>"))
    return unicodedata.normalize("NFKC", character) if wide else character


def _number(number: str, text: str) -> str:
    if _GROUPED.fullmatch(number):
        number = number.replace(",", "")
    elif not _PLAIN.fullmatch(number):
        raise AmountError("unreadable.budget_number", text)
    whole, _, rest = number.partition(".")
    if len(whole) > _DIGITS or len(rest) > _DIGITS:
        raise AmountError("unreadable.budget_digits", text)
    return number


def _code(words: list[str], text: str) -> str:
    """The one currency that is meant."""
    if not words:
        raise AmountError("unreadable.budget_bare", text)
    names = [word.upper() for word in words]
    if any(name in _CREDITS for name in names):
        raise AmountError("unreadable.budget_credits", text)
    meant = {_MEANT.get(name, name) for name in names if name not in _SHARED}
    if not meant:
        raise AmountError("unreadable.budget_yen", text)
    code = meant.pop()
    if meant or not _CODE.fullmatch(code) or not _can_mean(names, code):
        raise AmountError("unreadable.budget", text)
    return code


def _can_mean(names: list[str], code: str) -> bool:
    """Whether the words among them that several currencies share are words for this one, too."""
    return all(code in _SHARED[name] for name in names if name in _SHARED)
