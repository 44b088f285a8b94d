"""Read the values of a rules file, and note every fault at its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

from kling_cost.amounts import Amount, plain_decimal
from kling_cost.io.strict_yaml import Mapping, Node, Scalar, Sequence
from kling_cost.jobs.spelling import closest
from kling_cost.pricebook.book_problems import Faults
from kling_cost.problems import shown
from kling_cost.written_amounts import AmountError

SHARE = r"[0-9]{1,6}(?:\.[0-9]{1,6})? ?%"
WHOLE = r"[1-9][0-9]{0,5}"
DAYS = rf"{WHOLE} days?"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
SECONDS = r"[0-9]{1,6}(?:\.[0-9]{1,6})?"
CHANCE = rf"[0-9]{{1,6}}(?:\.[0-9]{{1,6}})?|(?:0|{WHOLE}) in {WHOLE}|{SHARE}"
_PERCENT = Decimal(100)


class TreeReader:
    """Takes values out of a tree; a value that cannot be read is None, and noted.

    Args:
        faults: where faults are noted.
    """

    def __init__(self, faults: Faults) -> None:
        self.faults = faults

    def fault(self, node: Node, path: str, why: str) -> None:
        """Note a fault."""
        self.faults.at(node, path, why)

    def mapping(self, node: Node, path: str, known: Collection[str], needed: Collection[str] = ()) -> Mapping | None:
        """A mapping with none but known keys."""
        if not isinstance(node, Mapping):
            self.fault(node, path, "must be a mapping of keys")
            return None
        for key, place in node.key_nodes.items():
            if key not in known:
                self.fault(place, path, unknown("key", key, known))
        for key in needed:
            if key not in node.items:
                self.fault(node, joined(path, key), "missing")
        return node

    def entries(self, parent: Mapping, key: str, path: str) -> Iterator[tuple[str, Node]]:
        """The items of the list `parent[key]`, each with its path; nothing where it is left out."""
        node = parent.items.get(key)
        at = joined(path, key)
        if isinstance(node, Sequence):
            yield from ((f"{at}.{number}", item) for number, item in enumerate(node.items))
        elif node is not None:
            self.fault(node, at, "must be a list")

    def text(self, parent: Mapping, key: str, path: str) -> str | None:
        """Text of one line that is not blank; None where it is left out."""
        node = parent.items.get(key)
        if node is None:
            return None
        if isinstance(node, Scalar) and node.text.strip() and not node.is_null:
            if node.text.isprintable():
                return node.text.strip()
            self.fault(node, joined(path, key), "must be one line without control characters")
        else:
            self.fault(node, joined(path, key), "must be text")
        return None

    def word(self, parent: Mapping, key: str, path: str, words: Collection[str]) -> str | None:
        """One of some words; None where it is left out."""
        found = self.text(parent, key, path)
        if found is None or found in words:
            return found
        self.fault(parent.items[key], joined(path, key), f"must be one of {', '.join(words)}, not {shown(found)}")
        return None

    def amount(self, parent: Mapping, key: str, path: str) -> Amount | None:
        """An amount with its currency; None where it is left out."""
        text = self.text(parent, key, path)
        if text is None:
            return None
        try:
            return Amount.parse(text)
        except AmountError as error:
            self.fault(parent.items[key], joined(path, key), str(error))
            return None

    def share(self, parent: Mapping, key: str, path: str) -> Fraction | None:
        """A share such as `10 %`; None where it is left out."""
        text = self._matching(parent, key, path, SHARE, "a share such as 10 %")
        return None if text is None else Fraction(plain_decimal(text.rstrip("% "))) / Fraction(_PERCENT)

    def whole(self, parent: Mapping, key: str, path: str, most: int | None = None) -> int | None:
        """A whole number from 1, and of at most `most`; None where it is left out."""
        text = self._matching(parent, key, path, WHOLE, "a whole number from 1")
        if text is None or most is None or int(text) <= most:
            return None if text is None else int(text)
        self.fault(parent.items[key], joined(path, key), f"must be at most {most:,}")
        return None

    def days(self, parent: Mapping, key: str, path: str) -> Decimal | None:
        """A number of days such as `60 days`; None where it is left out."""
        text = self._matching(parent, key, path, DAYS, "a number of days such as 60 days")
        return None if text is None else Decimal(text.split()[0])

    def seconds(self, parent: Mapping, key: str, path: str) -> Fraction | None:
        """A number of seconds above 0 such as `5` or `4.5`; None where it is left out."""
        text = self._matching(parent, key, path, SECONDS, "a number of seconds such as 4.5")
        if text is None or Fraction(text):
            return None if text is None else Fraction(text)
        self.fault(parent.items[key], joined(path, key), "must be more than 0")
        return None

    def chance(self, parent: Mapping, key: str, path: str) -> Fraction | None:
        """A chance from 0 to 1 such as `0.25`, `25 %` or `1 in 4`; None where it is left out."""
        text = self._matching(parent, key, path, CHANCE, "a chance such as 0.25, 25 % or 1 in 4")
        if text is None:
            return None
        good, _, of = text.rstrip("% ").partition(" in ")
        found = Fraction(plain_decimal(good)) / Fraction(_PERCENT if text.endswith("%") else plain_decimal(of or "1"))
        if found > 1:
            self.fault(parent.items[key], joined(path, key), f"{shown(text)} is more than 1: a chance is from 0 to 1")
            return None
        return found

    def day(self, parent: Mapping, key: str, path: str) -> date | None:
        """A day such as `2026-11-20`; None where it is left out."""
        text = self._matching(parent, key, path, DAY, "a date such as 2026-11-20")
        try:
            return None if text is None else date.fromisoformat(text)
        except ValueError:
            self.fault(parent.items[key], joined(path, key), f"{shown(text)} is not a date such as 2026-11-20")
            return None

    def _matching(self, parent: Mapping, key: str, path: str, pattern: str, example: str) -> str | None:
        text = self.text(parent, key, path)
        if text is None or re.fullmatch(pattern, text, re.ASCII):
            return text
        self.fault(parent.items[key], joined(path, key), f"{shown(text)} is not {example}")
        return None


def joined(path: str, key: str) -> str:
    """The path of a key below a path."""
    return f"{path}.{key}" if path else key


def unknown(what: str, name: str, known: Collection[str]) -> str:
    """That there is no such name, with the one that was probably meant.

    >>> unknown("field", "modle", ["model", "date"])
    'unknown field modle; did you mean model?'
    """
    meant = closest(name, known)
    more = f"; did you mean {meant}?" if meant else f"; use one of {', '.join(known)}"
    return f"unknown {what} {shown(name) or 'without a name'}{more}"
