"""From the bytes of a request body to its price, beside pydantic; the rows of a sheet, beside openpyxl reading it."""

from __future__ import annotations

import json
import tempfile
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import yaml
from openpyxl import Workbook, load_workbook
from pydantic import BaseModel, ConfigDict, create_model
from typing_extensions import get_type_hints, is_typeddict

import kling_cost as kc
from benchmarks.measure import PROJECT, Figure, best_calls, best_of
from kling_cost.io.sheets.workbook import read_workbook
from kling_cost.io.sources import name_sources
from kling_cost.jobs.columns import JOB_SHEET
from kling_cost.jobs.providers import KINDS_BY_MODEL

SHEET_ROWS = 20_000


def figures() -> Iterator[Figure]:
    """Bodies and rows of a sheet."""
    yield _bodies()
    yield _rows_of_a_sheet()


def _bodies() -> Figure:
    """The sum over every body that the five pages print."""
    ours = theirs = 0.0
    bodies = _published()
    for body in bodies:
        text = json.dumps(body).encode()
        bare = _base_model(KINDS_BY_MODEL[body.get("model") or body["type"]].form).model_validate_json
        one, other = best_calls([lambda t=text: kc.price_request(t), lambda t=text, b=bare: b(t)], 4_000, 9)  # type: ignore[misc]
        ours, theirs = ours + one, theirs + other
    detail = (
        f"{ours / len(bodies):.2f} µs beside {theirs / len(bodies):.2f} µs a body, over {len(bodies)} printed bodies"
    )
    return Figure(
        "JSON body, duplicate keys refused, validated and priced",
        "bare model_validate_json",
        ours / theirs,
        2.0,
        detail=detail,
    )


def _rows_of_a_sheet() -> Figure:
    """Every cell of a sheet of jobs, as our reader gives it and as openpyxl's read-only mode does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "jobs.xlsx")
        book = Workbook(write_only=True)
        sheet = book.create_sheet("jobs")
        sheet.append(["job_id", "model", "duration", "quality", "sound", "takes", "prompt", "tag:scene"])
        for at in range(SHEET_ROWS):
            sheet.append(
                [
                    f"shot-{at:06}",
                    "kling-v3-text-to-video",
                    3 + at % 13,
                    "1080p",
                    "on",
                    1 + at % 3,
                    f"Fog {at}",
                    f"{at % 60}",
                ]
            )
        book.save(path)

        def ours() -> int:
            return sum(1 for _ in read_workbook(name_sources([path])[0], None, JOB_SHEET).rows())

        def theirs() -> int:
            return sum(
                1 for _ in load_workbook(path, read_only=True, data_only=True)["jobs"].iter_rows(values_only=True)
            )

        assert ours() == theirs() - 1 == SHEET_ROWS
        mine, other = best_of([ours, theirs], 3)
    detail = f"{mine:.2f} s beside {other:.2f} s"
    return Figure(f"rows of a sheet of {SHEET_ROWS:,} jobs", "openpyxl read-only", mine / other, 1.5, detail=detail)


def _published() -> list[dict[str, Any]]:
    cases = yaml.safe_load((PROJECT / "tests/cases/published.yaml").read_text(encoding="utf-8"))
    return [case["request"] for part in ("examples", "requests") for case in cases[part]]


def published_bodies() -> list[dict[str, Any]]:
    """The printed bodies about which nothing is to be said."""
    return [body for body in _published() if not kc.read_jobs([body]).problems]


def base_models() -> list[type[BaseModel]]:
    """The plain pydantic models of `published_bodies`, in their order."""
    return [_base_model(KINDS_BY_MODEL[body.get("model") or body["type"]].form) for body in published_bodies()]


def _base_model(form: type) -> type[BaseModel]:
    """The form as a pydantic model with the same fields, types and lengths, but none of our rules between fields."""
    fields: dict[str, Any] = {
        name: (_plain(hint), ... if name in form.__required_keys__ else None)  # type: ignore[attr-defined]
        for name, hint in get_type_hints(form, include_extras=True).items()
    }
    return create_model(form.__name__, __config__=ConfigDict(strict=True, extra="forbid"), **fields)


def _plain(hint: Any) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if is_typeddict(hint):
        return _base_model(hint)
    if origin is Annotated:
        return Annotated[(_plain(arguments[0]), *arguments[1:])]
    if origin is typing.Required:
        return _plain(arguments[0])
    if origin is list:
        return types.GenericAlias(list, (_plain(arguments[0]),))
    return hint
