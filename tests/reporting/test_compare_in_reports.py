"""What the same videos cost at other sellers, in workbooks and on pages."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import jsonschema
import openpyxl
import pandas as pd
import pyarrow.parquet
import pytest

import kling_cost as kc
from kling_cost.amounts import plain_text
from kling_cost.cli import main
from kling_cost.io.json_text import json_bytes
from kling_cost.reporting.parts import document_of
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Formula, Table, plain
from kling_cost.reporting.translations import LOCALES, words_of
from kling_cost.reporting.write_report import report_bytes
from kling_cost.results.result_schema import schema
from tests.planning.test_compare import PRODUCTS, row
from tests.reporting.office import converted, edited
from tests.reporting.test_xlsx import near, values

ROWS = (row("a", takes=2), row("b", 5, "1080p", "on"), row("c", 5, "4k", model="kling-v3"))


def made(folder: Path, locale: str = "en", **more: object) -> Report:
    path = folder / "products.yaml"
    path.write_text(PRODUCTS, encoding="utf-8")
    book = kc.load_prices(overlay=[path])
    estimate = kc.estimate(pd.DataFrame(list(ROWS)), book, as_of=date(2026, 11, 20))
    return Report(estimate, None, locale, comparison=kc.compare(estimate), **more)  # type: ignore[arg-type]


def tables(report: Report) -> dict[str, Table]:
    (found,) = [part for part in document_of(report).parts if part.key == "compare"]
    return {table.key: table for table in found.tables}


def test_the_part_has_sellers_offers_and_rates_that_are_inputs(tmp_path: Path) -> None:
    found = tables(made(tmp_path))
    sellers = found["compare"]
    assert sellers.column("id") == ["evolink", "kling", "kling3api"]
    assert sellers.column("common_usd") == [Decimal("1.5"), Decimal("1.68"), None]
    common = [column.key for column in sellers.columns].index("common_usd")
    assert [isinstance(cells[common], Formula) for cells in sellers.rows] == [True, True, False]
    offers, rates = found["compare_offers"], found["compare_rates"]
    inputs = {column.key for table in (offers, rates) for column in table.columns if column.is_input}
    assert inputs == {"per_take", "per_usd"}
    assert len(offers.rows) == 9
    assert [list(map(plain, cells))[:2] for cells in rates.rows] == [
        ["EVOLINK_CREDIT", 72],
        ["KLING3API_CREDIT", None],
        ["USD", 1],
    ]
    assert found["compare_jobs"].notes[-1].startswith("Computed, not recalculated")


def test_there_is_no_such_part_where_nobody_asked_for_it(tmp_path: Path) -> None:
    report = made(tmp_path)
    with pytest.raises(kc.UsageError, match="the part compare would be empty: it needs a comparison of providers"):
        kc.write_report(tmp_path / "r.md", report.estimate, parts=["compare"])


@pytest.mark.parametrize("locale", LOCALES)
def test_sheet_and_section_are_in_every_language(tmp_path: Path, locale: str) -> None:
    report, words = made(tmp_path, locale), words_of(locale)
    (tmp_path / "r.xlsx").write_bytes(report_bytes(".xlsx", report))
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx")[words("part.compare")]
    cells = [cell.value for cells in sheet.iter_rows() for cell in cells if cell.value is not None]
    assert words("compare.title") in cells
    assert any(words("compare.reason.quality_unsupported") in str(cell) for cell in cells)
    assert len(sheet._charts) == 1
    page = report_bytes(".html", report).decode()
    section = page[page.index('<h2 id="part-compare">') :]
    section = section[: section.index("</section>")]
    figure = re.search(r"<figure>(.*?)</figure>", section, re.DOTALL)
    assert figure is not None
    bars = re.findall(r'<bdi>(.*?)</bdi></span><svg .*? aria-hidden="true">.*?bar-value">(.*?)</span>', figure[1])
    assert [name for name, _ in bars] == ["EvoLink", "Kling (official API)"], "only those that can be compared"
    assert all(text.endswith("USD") for _, text in bars)
    assert words("compare.reason.no_exchange_rate") in section


@pytest.mark.parametrize("only", [(), ("compare",)])
def test_a_spreadsheet_comes_to_the_same_figures(tmp_path: Path, only: tuple[str, ...]) -> None:
    path = tmp_path / "r.xlsx"
    path.write_bytes(report_bytes(".xlsx", made(tmp_path, only=only)))
    stored, calculated = values(path), values(converted(path, "xlsx", tmp_path))
    assert stored.keys() == calculated.keys()
    for sheet, cells in stored.items():
        for place, value in cells.items():
            assert near(value, calculated[sheet].get(place, "")), f"{sheet}!{place}"


def test_plan_compare_writes_workbook_and_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "products.yaml").write_text(PRODUCTS, encoding="utf-8")
    (tmp_path / "jobs.csv").write_text("job_id,model,sound\na,kling-v3-text-to-video,on\n", encoding="utf-8")
    files = [tmp_path / "c.xlsx", tmp_path / "c.html"]
    about = [str(tmp_path / "jobs.csv"), "--overlay", str(tmp_path / "products.yaml"), "--as-of", "2026-11-20"]
    assert main(["plan", "compare", *about, "-o", str(files[0]), "-o", str(files[1])]) == 0
    assert "Compare" in openpyxl.load_workbook(files[0]).sheetnames
    assert "Who makes these videos for what" in files[1].read_text(encoding="utf-8")
    capsys.readouterr()


def test_a_comparison_is_written_in_every_form(tmp_path: Path) -> None:
    report = made(tmp_path)
    found = report.comparison
    assert found is not None
    for suffix in (".xlsx", ".html", ".md", ".csv", ".json", ".parquet"):
        kc.write_report(tmp_path / f"c{suffix}", found)
    assert "Compare" in openpyxl.load_workbook(tmp_path / "c.xlsx").sheetnames
    assert '<h2 id="part-compare">' in (tmp_path / "c.html").read_text(encoding="utf-8")
    assert "Who makes these videos for what" in (tmp_path / "c.md").read_text(encoding="utf-8")
    whole = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    assert whole["comparison"] == json.loads(json_bytes(found.to_json()))
    jsonschema.validate(whole, schema("report"), jsonschema.Draft202012Validator)
    assert kc.read_estimate(tmp_path / "c.json").totals == report.estimate.totals
    cells = pd.read_csv(tmp_path / "c.csv", dtype=str, keep_default_na=False)
    table = pyarrow.parquet.read_table(tmp_path / "c.parquet")
    assert len(cells) == table.num_rows == 9
    assert cells["comparable"].tolist() == ["true" if one else "false" for one in table["comparable"].to_pylist()]
    costs = [offer.cost for job in found.jobs for offer in job.offers]
    assert table["cost"].to_pylist() == costs
    assert cells["cost"].tolist() == ["" if one is None else plain_text(one) for one in costs]


def test_a_report_without_a_comparison_says_nothing_of_one(tmp_path: Path) -> None:
    kc.write_report(tmp_path / "e.json", made(tmp_path).estimate)
    assert "comparison" not in json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))


def test_a_rate_that_is_typed_in_counts(tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    path.write_bytes(report_bytes(".xlsx", made(tmp_path)))
    sheet = openpyxl.load_workbook(path)["Compare"]
    at = {str(cell.value): cell for cells in sheet.iter_rows() for cell in cells if cell.value is not None}
    unknown = sheet.cell(at["KLING3API_CREDIT"].row, at["KLING3API_CREDIT"].column + 1)
    head = next(cells for cells in sheet.iter_rows() if any(cell.value == "Provider" for cell in cells))
    first, heads = at["kling3api.com"].row, {str(cell.value): cell.column for cell in head}
    assert unknown.value is None
    made_now = edited(path, {"typed": [("number", "Compare", unknown.coordinate, "100")]}, tmp_path)
    calculated = openpyxl.load_workbook(made_now["typed"], data_only=True)["Compare"]
    assert calculated.cell(first, heads["USD"]).value == pytest.approx(8)  # 800 credits at 100 for a dollar
