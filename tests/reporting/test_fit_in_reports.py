"""A plan that was fitted into its limits, in workbooks, on pages and in Markdown."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.reporting.parts import document_of
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Table
from kling_cost.reporting.translations import LOCALES, words_of
from kling_cost.reporting.write_report import report_bytes
from tests.planning.test_fit import planned
from tests.reporting.office import converted
from tests.reporting.test_xlsx import near, values

MAY = "quality,sound,takes:2"


def made(limit: str = "500 EVOLINK_CREDIT", locale: str = "en", may: str = MAY, **more: object) -> Report:
    plan = kc.fit(planned(), limit, may=may)
    return Report(plan.estimate, plan.verdict, locale, fitted=plan, **more)  # type: ignore[arg-type]


def tables(report: Report) -> dict[str, Table]:
    (found,) = [part for part in document_of(report).parts if part.key == "fit"]
    return {table.key: table for table in found.tables}


def test_the_part_has_limits_changes_and_what_may_be_changed() -> None:
    report = made()
    plan, found = report.fitted, tables(report)
    assert plan is not None
    assert list(found) == ["fit", "fit_changes", "fit_may"]
    (limit,) = plan.limits
    told = [found["fit"].column(name) for name in ("limit", "before", "after", "headroom", "least")]
    assert told == [[limit.limit], [limit.before], [limit.after], [limit.headroom], [limit.least]]
    changes = found["fit_changes"]
    assert changes.column("saves") == [one.saves for one in plan.changes]
    assert sum(changes.column("pain")) == plan.pain
    assert found["fit"].notes[-1].startswith("Computed, not recalculated: everything else here shows the plan with")


def test_the_rest_of_the_report_is_about_the_plan_that_fits() -> None:
    report = made()
    document = document_of(report)
    assert report.fitted is not None
    (total,) = report.fitted.estimate.totals
    (items,) = [part for part in document.parts if part.key == "line_items"]
    assert sum(items.tables[0].column("cost")) == total.cost
    assert document.verdict == "within budget"


def test_without_a_plan_the_part_says_what_the_limit_would_have_to_be() -> None:
    report = made("10 EVOLINK_CREDIT")
    found = tables(report)
    assert list(found) == ["fit", "fit_may"]
    assert "would have to be at least 194.4 EVOLINK_CREDIT" in " ".join(map(str, found["fit"].notes))
    assert found["fit"].notes[-1].startswith("Computed, not recalculated: neither an edit of the workbook")
    assert report.exit_code == 7


def test_there_is_no_such_part_where_nothing_was_fitted(tmp_path: Path) -> None:
    with pytest.raises(kc.UsageError, match="the part fit would be empty: it needs a plan that was fitted into its"):
        kc.write_report(tmp_path / "r.md", planned(), parts=["fit"])


@pytest.mark.parametrize("locale", LOCALES)
def test_sheet_and_section_are_in_every_language(tmp_path: Path, locale: str) -> None:
    report, words = made(locale=locale), words_of(locale)
    (tmp_path / "r.xlsx").write_bytes(report_bytes(".xlsx", report))
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx")[words("part.fit")]
    cells = [cell.value for cells in sheet.iter_rows() for cell in cells if cell.value is not None]
    page = report_bytes(".html", report).decode()
    section = page[page.index('<h2 id="part-fit">') :]
    section = section[: section.index("</section>")]
    assert report.fitted is not None
    proven = words("fit.changed", pain=f"{report.fitted.pain}")
    for text in (words("fit.title"), words("fit.changes"), words("fit.pain_is"), proven, words("fit.computed")):
        assert text in cells
        assert text in section


def test_a_spreadsheet_comes_to_the_same_figures(tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    path.write_bytes(report_bytes(".xlsx", made()))
    stored, calculated = values(path), values(converted(path, "xlsx", tmp_path))
    assert stored.keys() == calculated.keys()
    for sheet, cells in stored.items():
        for place, value in cells.items():
            assert near(value, calculated[sheet].get(place, "")), f"{sheet}!{place}"


def test_plan_fit_writes_every_form_of_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "jobs.csv").write_text("job_id,model,sound\na,kling-v3-text-to-video,on\n", encoding="utf-8")
    files = [tmp_path / f"f.{form}" for form in ("xlsx", "html", "md", "json", "csv")]
    outputs = [word for file in files for word in ("-o", str(file))]
    about = [str(tmp_path / "jobs.csv"), "--may", "sound", "--budget", "30 EVOLINK_CREDIT"]
    assert main(["plan", "fit", *about, *outputs]) == 0
    assert "Fit" in openpyxl.load_workbook(files[0]).sheetnames
    for file in files[1:3]:
        assert "The plan that fits and hurts least" in file.read_text(encoding="utf-8")
    capsys.readouterr()


def test_a_plan_without_jobs_is_written_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "jobs.csv").write_text("job_id,model\na,kling-v3-text-to-video\n", encoding="utf-8")
    (tmp_path / "rules.yaml").write_text("{schema: 1, fit: {may: [{change: drop, pain: 1}]}}", encoding="utf-8")
    about = [str(tmp_path / "jobs.csv"), "--rules", str(tmp_path / "rules.yaml"), "--budget", "1 EVOLINK_CREDIT"]
    assert main(["plan", "fit", *about, "-o", str(tmp_path / "f.html"), "-o", str(tmp_path / "f.xlsx")]) == 0
    assert "leave out" in (tmp_path / "f.html").read_text(encoding="utf-8")
    capsys.readouterr()
