"""About two thousand rows of every sort of cell, in batches whose columns have one type each, as engines want them."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

Row = dict[str, Any]
VALUES: dict[str, list[Any]] = {
    "provider": [None, "evolink", "kling3api", "kling", "nobody", "", " evolink ", 7, ["evolink"]],
    "model": [
        "kling-v3-text-to-video",
        "pro-text-to-video",
        "kling-custom-element",
        "o3-pro-video-edit",
        "kling-v3",
        "kling",
        "Kling-V3-text-to-video",
        None,
        "",
        "  ",
        "evolink:kling-v3-image-to-video",
        "kling3api:kling-v3-image-to-video",
        "nobody:kling-v3-image-to-video",
        "evolink:",
        ":",
        7,
        True,
        ["kling-v3"],
    ],
    "duration": [
        *(
            None,
            5,
            5.0,
            "5",
            " 5 ",
            "5.0",
            "5.5",
            5.5,
            True,
            False,
            0,
            2,
            3,
            15,
            16,
            -1,
            2**40,
            "NA",
            "",
            "nan",
            "１０",
        ),
        *("1_0", "1e1", "+5", "0005", "99999999999", Decimal("10"), Decimal("10.5"), float("nan"), float("inf"), 1e300),
        *(-0.0, [5], {"a": 1}, date(2026, 3, 1)),
    ],
    "quality": [None, "720p", "1080p", " 1080p", "1080P", "4k", "8k", "", "null", 720, 720.5, ["720p"]],
    "sound": [None, "on", "off", "ON", "True", " false", True, False, 1, 0, "yes", "", 1.5, ["on"], {"on": True}],
    "takes": [None, 1, 3, 3.0, "3", "2.5", 2.5, 0, -1, 10_000, 10_001, "many", True, "", Decimal(4), [3]],
    "date": [
        *(None, "2026-03-01", date(2026, 3, 1), datetime(2026, 3, 1), datetime(2026, 3, 1, 23, 59)),  # noqa: DTZ001
        *(datetime(2026, 3, 1, tzinfo=UTC), "2026-01-31", "2026-02-01", date(2026, 1, 31), date(1, 1, 1)),
        *("2026-02-30", "1.3.2026", "soon", 20260301, "", "2026-03-01 10:00", [date(2026, 3, 1)]),
    ],
}
GOOD: Row = {
    "provider": None,
    "model": "kling-v3-text-to-video",
    "duration": 5,
    "quality": "720p",
    "sound": "off",
    "takes": 1,
    "date": None,
}


def rows() -> list[Row]:
    """Every value of every column beside good ones, and pairs of two, one of them of the column's usual type."""
    found = [{**GOOD, name: value} for name, values in VALUES.items() for value in values]
    for one, other in itertools.combinations(VALUES, 2):
        pairs = itertools.islice(itertools.product(VALUES[one], VALUES[other]), 0, None, 2)
        found += [{**GOOD, one: a, other: b} for a, b in pairs if _is_usual(one, a) or _is_usual(other, b)]
    return found


def _is_usual(name: str, value: Any) -> bool:
    return value is None or type(value) is type(GOOD[name] if GOOD[name] is not None else "")


def batches() -> list[tuple[list[Row], pa.Table]]:
    """The rows, packed so that each column of a batch has one type; the table has their numbers as `row`."""
    packed: list[tuple[dict[str, pa.DataType], list[Row]]] = []
    for number, row in enumerate(rows()):
        kinds = {name: _kind(value) for name, value in row.items() if value is not None}
        for columns, members in packed:
            if all(columns.get(name, kind) == kind for name, kind in kinds.items()):
                columns.update(kinds)
                members.append({"row": number, **row})
                break
        else:
            packed.append((kinds, [{"row": number, **row}]))
    return [(members, _table(columns, members)) for columns, members in packed]


def _kind(value: Any) -> pa.DataType:
    if isinstance(value, Decimal):
        return pa.decimal128(20, 4)
    if isinstance(value, datetime):
        return pa.timestamp("us", "UTC" if value.tzinfo else None)
    return pa.scalar(value).type


def _table(kinds: dict[str, pa.DataType], members: list[Row]) -> pa.Table:
    columns = {"row": pa.array([member["row"] for member in members], pa.int64())}
    for name in VALUES:
        columns[name] = pa.array([member[name] for member in members], kinds.get(name, pa.string()))
    return pa.table(columns)
