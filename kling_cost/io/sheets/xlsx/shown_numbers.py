"""Numbers of a workbook with the words that their format shows beside them, such as a currency sign."""

from __future__ import annotations

import re
from typing import NamedTuple

#: Parts of a format: a text, a sign of a currency, what takes up room only, another bracket, a place of a digit.
_PART = re.compile(
    r'"(?P<text>[^"]*)"|\\(?P<sign>.)|\[\$(?P<money>[^\]-]*)(?:-[^\]]*)?\]|[_*].|\[[^\]]*\]'
    r"|(?P<digits>general|[0#?](?:[0#?.,]*[0#?])?(?:E[+-]0+)?)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_PERCENTS = ("9", "10")  # formats that need no code


class Beside(NamedTuple):
    """What a format shows beside a number.

    Attributes:
        before, after: words and signs; empty where there are none.
    """

    before: str
    after: str


class ShownNumber(float):  # float: what the file stores
    """A number that its cell shows with something beside it; it counts like any other number.

    Attributes:
        beside: what stands there.
    """

    beside: Beside

    @classmethod
    def of(cls, number: float, beside: Beside) -> ShownNumber:  # float: what the file stores
        """The number with what stands beside it."""
        made = cls(number)
        made.beside = beside
        return made

    @property
    def text(self) -> str:
        """What the cell says: all digits of the number, whatever the format rounds to."""
        return f"{self.beside.before}{float(self)!r}{self.beside.after}"  # float: what the file stores


def beside_number(number: str, code: str | None) -> Beside | None:
    """What a format shows beside a number; None for nothing.

    Args:
        number: of the format.
        code: its code; None for one that every program knows.

    >>> beside_number("164", '[$¥-804]#,##0.00"/秒"'), beside_number("165", "0.00_ ")
    (Beside(before='¥', after='/秒'), None)
    """
    if code is None:
        return Beside("", "%") if number in _PERCENTS else None
    sides = {False: "", True: ""}
    is_after = False
    for part in _PART.finditer(code.partition(";")[0]):
        if part["digits"] is not None:
            is_after = True
        else:
            sides[is_after] += part["text"] or part["sign"] or part["money"] or part["other"] or ""
    found = Beside(sides[False].lstrip(), sides[True].rstrip())
    return found if any(found) else None
