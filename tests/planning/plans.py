"""Plans for tests of what changes: golden ones, and random ones of several sellers, options, days and tags."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

import kling_cost as kc

AS_OF = date(2026, 11, 20)
T2V = "kling-v3-text-to-video"
#: Another book of the same models: other prices, another exchange rate.
CATALOGUE = "evolink-2026-10-10"


def job(job_id: str, takes: int = 1, tags: dict[str, str] | None = None, **request: Any) -> dict[str, Any]:
    """An envelope."""
    body = {"model": T2V, "prompt": "Fog", **request}
    return {"job_id": job_id, "takes": takes, "tags": tags or {}, "request": body}


def plan(*jobs: dict[str, Any], book: str | None = None, as_of: date | None = AS_OF) -> kc.Estimate:
    return kc.estimate(list(jobs), kc.load_prices(book), as_of=as_of)


def golden() -> tuple[kc.Estimate, kc.Estimate]:
    """Two plans whose difference was worked out by hand from the published prices."""
    old = plan(
        job("a", 3, duration=10, quality="1080p", sound="off"),
        job("gone"),
        job("same", duration=7, quality="1080p", sound="off"),
    )
    new = plan(
        job("a", 4, duration=8, quality="720p", sound="on"),
        job("same", duration=7, quality="1080p", sound="off"),
        job("fresh", duration=6, sound="on"),
        book=CATALOGUE,
    )
    return old, new


def requests(models: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Rows of sheets, options left out among them."""
    return st.fixed_dictionaries(
        {"model": st.sampled_from(models)},
        optional={
            "duration": st.integers(3, 15),
            "quality": st.sampled_from(["720p", "1080p"]),
            "sound": st.sampled_from(["on", "off"]),
            "takes": st.integers(1, 5),
            "date": st.sampled_from(["2026-03-01", "2026-10-09", "2026-10-10", "2026-11-01"]),
            "tag:scene": st.sampled_from(["opening", "storm"]),
            "tag:client": st.sampled_from(["Acme"]),
        },
    )


SHIPPED = (
    T2V,
    "kling-v3-image-to-video",
    "std-text-to-video",
    "pro-image-to-video",
    "kling-v3",
    "kling-custom-element",
)
BOTH = (T2V, "kling-v3-image-to-video", "kling-custom-element")


@st.composite
def plans(draw: st.DrawFn, models: tuple[str, ...] = SHIPPED, book: str | None = None) -> kc.Estimate:
    """A plan of up to eight jobs with ids of a small pool, so that two of them have some in common."""
    rows = draw(st.dictionaries(st.sampled_from("abcdefgh"), requests(models), max_size=8))
    return plan_of_rows([{"job_id": name, **row} for name, row in rows.items()], book)


def plan_of_rows(rows: list[dict[str, Any]], book: str | None = None) -> kc.Estimate:
    """The estimate of rows; those that no column has are left out."""
    import pyarrow as pa

    columns = dict.fromkeys(["job_id", "model", *(key for row in rows for key in row)])
    table = pa.table({name: [None if row.get(name) is None else str(row[name]) for row in rows] for name in columns})
    return kc.estimate(table, kc.load_prices(book), as_of=AS_OF)


def differences(old: kc.Estimate, new: kc.Estimate) -> dict[str, Decimal]:
    """New less old by currency."""
    before, after = ({total.currency: total.cost for total in plan.totals} for plan in (old, new))
    return {code: after.get(code, Decimal(0)) - before.get(code, Decimal(0)) for code in before.keys() | after.keys()}
