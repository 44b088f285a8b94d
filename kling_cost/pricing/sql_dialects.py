"""How the warehouses write the same thing: types, literals, whole division, and tables that are filled again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from kling_cost.amounts import plain_text

_DOUBLED = {"'": "''"}
_BACKSLASH = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r"}
_SPARK = {**_BACKSLASH, "$": "\\u0024"}  # Spark would put a setting in the place of ${…}

Value = str | int | bool | date | Decimal | None


class Dialect(NamedTuple):
    """What a warehouse writes in its own way.

    Attributes:
        text, whole, truth: its types of text, of 64-bit whole numbers, of true and false.
        exact: its type of exact numbers, after which digits and decimals stand.
        escapes: what stands in a text for characters that cannot.
        number: the literal of an exact number.
        quotient: a whole number divided by another, the remainder dropped.
        keeps_tables: a table can be emptied and filled while others still read the rows of before; if not, it is
            dropped and made again.
    """

    text: str
    whole: str
    truth: str
    exact: str
    escapes: Mapping[str, str]
    number: str = "{}"
    quotient: str = "{0} / {1}"
    keeps_tables: bool = True

    def decimal(self, digits: int, decimals: int) -> str:
        """The type of exact numbers with these counts of digits, in all and after the point."""
        return f"{self.exact}({digits},{decimals})"

    def literal(self, value: Value) -> str:
        """A value as a literal of a statement.

        >>> print(DIALECTS["spark"].literal("it's"), DIALECTS["postgresql"].literal("it's"))
        'it\\'s' 'it''s'
        """
        if value is None:
            return "NULL"
        if isinstance(value, str):
            return "'" + "".join(self.escapes.get(c, c) for c in value) + "'"
        if isinstance(value, Decimal):
            return self.number.format(plain_text(value))
        if isinstance(value, date):
            return f"DATE '{value.isoformat()}'"
        return str(value).upper()  # TRUE, FALSE, or digits


#: The warehouses, by the names that are asked for.
DIALECTS: Mapping[str, Dialect] = {
    "duckdb": Dialect("VARCHAR", "BIGINT", "BOOLEAN", "DECIMAL", _DOUBLED, quotient="{0} // {1}"),
    "postgresql": Dialect("TEXT", "BIGINT", "BOOLEAN", "NUMERIC", _DOUBLED),
    # NUMERIC has nine decimals, and a number without its type is a float.
    "bigquery": Dialect(
        "STRING", "INT64", "BOOL", "BIGNUMERIC", _BACKSLASH, number="BIGNUMERIC '{}'", quotient="DIV({0}, {1})"
    ),
    # Division rounds to six decimals, so nothing may be left over.
    "snowflake": Dialect("VARCHAR", "BIGINT", "BOOLEAN", "NUMBER", _BACKSLASH, quotient="({0} - MOD({0}, {1})) / {1}"),
    "spark": Dialect("STRING", "BIGINT", "BOOLEAN", "DECIMAL", _SPARK, quotient="{0} DIV {1}", keeps_tables=False),
}
