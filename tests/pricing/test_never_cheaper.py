"""Never cheaper by accident: whatever is asked, however it is spelt and wherever it stands, is priced or refused.

Each draw asks for a job whose price is known, and writes every part of it under an odd heading, as an odd value, in
some form. The law: a row is priced at no less than what was asked, or it is refused.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.io.sources import name_sources
from kling_cost.pricebook.load import load_prices
from kling_cost.summary.summarize import How, Run
from tests.engines import need_module
from tests.frame_engines import duckdb_relation, rows_of
from tests.jobs.test_headings import BLANKS, full_width

AS_OF = date(2026, 11, 20)
MODEL = "kling-v3-text-to-video"
DRAWS = 600
VALUES = {"duration": range(3, 16), "quality": ("720p", "1080p"), "sound": ("off", "on"), "takes": range(1, 6)}
DEFAULTS: Mapping[str, Any] = {"duration": 5, "quality": "720p", "sound": "off", "takes": 1}
#: Headings that say what is meant, some of them in words that nobody promised to read.
HEADINGS: Mapping[str, Sequence[str]] = {
    field: words.split()
    for field, words in {
        "duration": "Duration durations Durration duratoin seconds secs length len_s 길이(초) 长度 長さ(秒) durаtion",
        "quality": "Quality qualty qualities resolution mode size 화질 画质 品質 清晰度 quаlity",
        "sound": "Sound sounds soundd audio generate_audio with_audio 사운드 声音 サウンド 소리 sоund",
        "takes": "Takes take tkaes taeks n num copies count variations 테이크_수 生成次数 テイク数 数量 tаkes",
    }.items()
}
#: Headings that say nothing; only the values tell what is meant.
SILENT = ("col 7", "値", "x", "Unnamed: 3")


class Cell(NamedTuple):
    """One part of a job as it is written: where, and as what."""

    heading: str
    value: Any


def values_of(field: str, asked: Any) -> list[Any]:
    """Spellings of a value, in texts and types of all sorts."""
    if field in ("duration", "takes"):
        words = ["{}", " {} ", "{}.0", "{}.0000000000", "{}e0", "+{}", "0{}", "{}s", "{} sec", "{},0"]
        wide = full_width(str(asked))
        typed = [asked, float(asked), Decimal(asked), Fraction(asked), np.int64(asked), np.float64(asked), asked + 0j]
        return [*typed, *(word.format(asked) for word in words), wide, [asked]]
    if field == "quality":
        other = {"720p": ("std", 720, "HD", "1280x720"), "1080p": ("pro", 1080, "FHD", "1920x1080")}[asked]
        return [asked, asked.upper(), f" {asked}\t", full_width(asked), np.str_(asked), [asked], *other]
    truth = asked == "on"
    words = {"on": ("yes", "native", "1", "oui", "켜짐"), "off": ("no", "0", "none", "끄기")}[asked]
    typed = [truth, np.bool_(truth), int(truth), np.str_(asked), [asked]]
    return [asked, asked.upper(), f" {asked} ", full_width(asked), str(truth), str(truth).upper(), *typed, *words]


TELLING = {  # values that tell what is meant without a heading
    "duration": lambda n: [
        n,
        float(n),
        f"{n}",
        f"{n}.0",
        f" {n} ",
        Decimal(n),
        np.int64(n),
        f"{n}s",
        f"{n},0",
        f"{n} sec",
    ],
    "quality": lambda q: [q, q.upper(), f" {q} ", {"720p": "std", "1080p": "pro"}[q]],
    "sound": lambda s: [s, s.upper(), s == "on", str(s == "on"), {"on": "yes", "off": "no"}[s]],
}


@st.composite
def cells(draw: st.DrawFn, field: str, exact: bool) -> tuple[Any, Cell | None]:
    """What is asked of a field, and how it is written; None where nothing is said."""
    asked = draw(st.sampled_from(list(VALUES[field])))
    place = draw(st.sampled_from(["nowhere", "known", "known", "meant", "meant", "silent"]))
    if exact and place != "nowhere":
        return asked, Cell(field, draw(st.sampled_from(values_of(field, asked))))
    if place == "nowhere" or (place == "silent" and field not in TELLING):
        return DEFAULTS[field], None
    if place == "silent":
        return asked, Cell(draw(st.sampled_from(SILENT)), draw(st.sampled_from(TELLING[field](asked))))
    heading = field if place == "known" else draw(st.sampled_from(HEADINGS[field]))
    heading = draw(st.sampled_from([str, str, str.upper, full_width, lambda name: name.replace("_", " ")]))(heading)
    heading = draw(st.sampled_from(BLANKS)) + heading + draw(st.sampled_from(BLANKS))
    return asked, Cell(heading, draw(st.sampled_from(values_of(field, asked))))


@st.composite
def jobs(draw: st.DrawFn, exact: bool) -> tuple[Decimal, list[Cell]]:
    """The true price of a job, and its parts in some order, perhaps beside a column that says nothing."""
    asked, written = {}, [Cell("model", MODEL)]
    for field in VALUES:
        asked[field], cell = draw(cells(field, exact))
        written += [cell] if cell is not None else []
    if not exact and draw(st.booleans()):
        written.append(Cell("remark", draw(st.sampled_from([None, "", "a draft", "2024", 99]))))
    takes = asked.pop("takes")
    return kc.price(MODEL, **asked, as_of=AS_OF).cost.value * takes, draw(st.permutations(written))


def plain(value: Any) -> Any:
    """A value as JSON and sheets can hold it."""
    if isinstance(value, np.generic):
        return value.item()
    return str(value) if isinstance(value, (Fraction, complex, Decimal, list)) else value


def text_of(value: Any) -> str:
    return "" if value is None else str(value)


def separated(suffix: str, separator: str) -> Callable[[Sequence[Cell], Path], Path]:
    def make(row: Sequence[Cell], folder: Path) -> Path:
        text = io.StringIO()
        csv.writer(text, delimiter=separator).writerows([[c.heading for c in row], [text_of(c.value) for c in row]])
        (folder / f"a.{suffix}").write_text(text.getvalue(), encoding="utf-8")
        return folder / f"a.{suffix}"

    return make


def workbook(row: Sequence[Cell], folder: Path) -> Path:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append([c.heading for c in row])
    sheet.append([plain(c.value) for c in row])
    book.save(folder / "a.xlsx")
    return folder / "a.xlsx"


def table(row: Sequence[Cell], folder: Path) -> pa.Table:
    columns = [pa.array([c.value if isinstance(c.value, Decimal) else plain(c.value)]) for c in row]
    return pa.Table.from_arrays(columns, names=[c.heading for c in row])


def parquet(row: Sequence[Cell], folder: Path) -> Path:
    pq.write_table(table(row, folder), folder / "a.parquet")
    return folder / "a.parquet"


def envelope(row: Sequence[Cell], folder: Path) -> Path:
    fields = {c.heading: plain(c.value) for c in row}
    around = {name: fields.pop(name) for name in ("takes",) if name in fields}
    (folder / "a.jsonl").write_text(json.dumps({"request": {"prompt": "x", **fields}, **around}) + "\n")
    return folder / "a.jsonl"


def campaign(row: Sequence[Cell], folder: Path) -> Path:
    fields = {c.heading: plain(c.value) for c in row}
    if len(fields) < len(row):
        raise ValueError("a key stands twice")
    short = json.dumps({"jobs": [fields]}, ensure_ascii=False)
    (folder / "a.yaml").write_text(short, encoding="utf-8")
    return folder / "a.yaml"


def objects(row: Sequence[Cell], folder: Path) -> pd.DataFrame:
    return pd.DataFrame([[c.value for c in row]], columns=[c.heading for c in row], dtype=object)


def inferred(row: Sequence[Cell], folder: Path) -> pd.DataFrame:
    frame = pd.DataFrame({at: [c.value] for at, c in enumerate(row)})
    return frame.set_axis([c.heading for c in row], axis=1)


def polars(row: Sequence[Cell], folder: Path) -> Any:
    pl = need_module("polars")
    return pl.DataFrame([pl.Series(c.heading, [plain(c.value)], strict=False) for c in row]).lazy()


def duckdb(row: Sequence[Cell], folder: Path) -> Any:
    need_module("duckdb")
    relation = duckdb_relation(table(row, folder))
    relation.fetchall()  # only here does DuckDB before 2.0 say that it takes no two columns of a name
    return relation


def read(jobs: Any) -> list[Decimal | None]:
    """The costs of the jobs of a file or frame; None where they are refused."""
    found = kc.estimate(kc.read_jobs(jobs), as_of=AS_OF)
    refused = any(p.severity == "error" for p in found.problems)
    return [None] if refused else [item.cost.value for item in found.line_items]


def summed(path: Path) -> list[Decimal | None]:
    """The same by `--summary`."""
    found = Run(name_sources([path], None), load_prices(), How(as_of=AS_OF)).summary()
    refused = any(p.severity == "error" for p in found.problems)
    return [None] if refused else [total.cost for total in found.totals]


def framed(frame: Any) -> list[Decimal | None]:
    """The costs of a frame; `validate_frame` gives a fault wherever pricing does."""
    names = ["cost", "price_problem"]
    priced, held = kc.price_frame(frame, as_of=AS_OF), kc.validate_frame(frame, as_of=AS_OF)
    found = [dict(zip(names, row, strict=True)) for row in rows_of(arrow_of(priced), names)]
    faults = arrow_of(held)["price_problem"].to_pylist()
    assert all((row["cost"] is None) == (row["price_problem"] is not None) for row in found)
    assert all(fault is not None for row, fault in zip(found, faults, strict=True) if row["cost"] is None)
    return [row["cost"] for row in found]


def arrow_of(frame: Any) -> pa.Table:
    if hasattr(frame, "collect"):
        frame = frame.collect().select("price_problem", *(["cost"] if "cost" in frame.collect_schema() else []))
    if isinstance(frame, pd.DataFrame):
        return pa.table({name: frame[name].array for name in ("cost", "price_problem") if name in frame})
    return (
        frame
        if isinstance(frame, pa.Table)
        else frame.to_arrow()
        if hasattr(frame, "to_arrow")
        else frame.to_arrow_table()
    )


#: Writes a row in some form; fails where the form cannot hold it.
Make = Callable[[Sequence[Cell], Path], Any]
#: What each of the jobs so written costs; None for one that is refused.
Price = Callable[[Any], list[Decimal | None]]
#: Every form in which jobs are written with headings.
FORMS: Mapping[str, tuple[Make, Price]] = {
    "csv": (separated("csv", ","), read),
    "tsv": (separated("tsv", "\t"), read),
    "csv --summary": (separated("csv", ";"), summed),
    "xlsx": (workbook, read),
    "xlsx --summary": (workbook, summed),
    "parquet": (parquet, read),
    "parquet --summary": (parquet, summed),
    "pandas objects": (objects, framed),
    "pandas objects, estimate": (objects, read),
    "pandas": (inferred, framed),
    "pyarrow": (table, framed),
    "polars": (polars, framed),
    "duckdb": (duckdb, framed),
    "yaml": (campaign, read),
}
#: Forms whose fields are called exactly so.
EXACT: Mapping[str, tuple[Make, Price]] = {
    "jsonl": (envelope, read),
    "jsonl --summary": (envelope, summed),
    **FORMS,
}


def costs(way: tuple[Make, Price], row: Sequence[Cell]) -> list[Decimal | None] | None:
    """The costs of a row; None where the form cannot hold it."""
    make, price = way
    with TemporaryDirectory() as folder:
        try:
            written = make(row, Path(folder))
        except Exception:  # whatever the libraries raise that write it
            return None
        try:
            return price(written)
        except kc.KlingCostError:
            return [None]


@pytest.mark.parametrize(
    ("exact", "ways"), [pytest.param(False, FORMS, id="headings"), pytest.param(True, EXACT, id="fields")]
)
def test_nothing_is_priced_below_what_was_asked(
    exact: bool, ways: Mapping[str, tuple[Make, Price]], seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes: Counter[str] = Counter()

    @settings(max_examples=DRAWS)
    @given(jobs(exact), st.sampled_from(list(ways)))
    def law(job: tuple[Decimal, list[Cell]], form: str) -> None:
        due, row = job
        found = costs(ways[form], row)
        if found is None:
            outcomes["beyond the form"] += 1
            return
        assert len(found) == 1
        if found[0] is None:
            outcomes["refused"] += 1
            return
        assert found[0] >= due
        outcomes["priced"] += 1

    law()
    with capsys.disabled():
        print(f"\n{sum(outcomes.values()):,} draws with seed {seed}: {dict(sorted(outcomes.items()))}")
    assert outcomes["priced"] > DRAWS / 100
    assert outcomes["refused"] > DRAWS / 10


@pytest.mark.parametrize("form", [form for form in FORMS if form != "yaml"])  # whose keys are exact
def test_what_is_spelt_as_promised_is_priced(form: str) -> None:
    asked = [
        Cell("model", MODEL),
        Cell(" Ｄｕｒａｔｉｏｎ", 15),
        Cell("화질", "1080p"),
        Cell("SOUND", "on"),
        Cell("テイク数", 4),
    ]
    for order in itertools.islice(itertools.permutations(asked), 0, None, 40):
        assert costs(FORMS[form], order) == [Decimal(648)], order
