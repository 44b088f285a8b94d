"""What a plan may really cost, in reports: the sheet, the section of the page, and what stands below limits."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.planning.rules.rule_types import Rules
from kling_cost.planning.rules.take_types import TakeClass
from kling_cost.reporting.number_format import shown_value
from kling_cost.reporting.parts import document_of, verdict_tables
from kling_cost.reporting.parts.changes.pull_request_comment import comment
from kling_cost.reporting.report import Report
from kling_cost.reporting.style import Style
from kling_cost.reporting.table import Column, Formula, Table, plain
from kling_cost.reporting.translations import LOCALES, words_of
from kling_cost.reporting.write_report import report_bytes
from kling_cost.reporting.writers.xlsx.cell_styles import Look
from tests.planning.test_contingency import GOLDEN, rules
from tests.planning.test_risk import HERO, NUMBERS, planned
from tests.reporting.office import converted
from tests.reporting.test_xlsx import near, values

RANGES = """\
hero:
    where: {tag:class: hero}
    success: {low: 0.15, likely: 0.25, high: 0.35}
    at_most: 8
    source: our own takes
    checked: 2026-11-01
  broll: {where: {tag:class: broll}, success: 0.4, at_most: 6}"""


def report(folder: Path, classes: str = NUMBERS, locale: str = "en", **asked: Any) -> Report:
    about = {"budget": "1000 EVOLINK_CREDIT", "rules": rules(folder, classes), "confidence": "0.8", **asked}
    plan = planned(*GOLDEN)
    return Report(plan, kc.check(plan, **about), locale)


def tables(made: Report, part: str = "risk") -> dict[str, Table]:
    (found,) = [found for found in document_of(made).parts if found.key == part]
    return {table.key: table for table in found.tables}


def test_the_part_has_percentiles_classes_and_drivers_as_values(tmp_path: Path) -> None:
    found = tables(report(tmp_path, RANGES))
    figures = dict(zip(*(found["risk_EVOLINK_CREDIT"].column(key) for key in ("figure", "amount")), strict=True))
    risk = kc.risk(planned(*GOLDEN), rules(tmp_path, RANGES))
    (total,) = risk.totals
    assert figures["8 of 10 such plans cost at most"] == risk.at_confidence(total)
    assert figures["to set aside for 8 of 10"] == total.contingency
    classes = found["risk_classes"]
    assert [classes.column(key) for key in ("class", "success", "origin", "checked")] == [
        ["hero", "broll"],
        [Decimal("0.25"), Decimal("0.4")],
        ["our own takes", None],
        [risk.classes[0].checked, None],
    ]
    assert found["risk_drivers"].column("at_low") == [risk.drivers[0].at_low]
    assert {"risk_limits", "risk_results", "risk_shape_EVOLINK_CREDIT"} <= found.keys()
    assert not [cell for table in found.values() for row in table.rows for cell in row if isinstance(cell, Formula)]
    assert found["risk_EVOLINK_CREDIT"].notes[-1].startswith("Computed, not recalculated")


def test_there_is_no_such_part_where_nobody_asked_for_it(tmp_path: Path) -> None:
    made = report(tmp_path, confidence=None)
    assert "risk" not in {part.key for part in document_of(made).parts}
    assert not tables(made, "summary")["limits"].notes
    with pytest.raises(kc.UsageError, match="the part risk would be empty: it needs a check with a confidence"):
        kc.write_report(tmp_path / "r.md", made.verdict, parts=["risk"])


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(3, 15), st.integers(1, 3)), min_size=1, max_size=4),
    st.fractions(Fraction(1, 10), 1, max_denominator=10),
    st.integers(1, 6) | st.none(),
)
def test_the_picture_shows_the_distribution(shots: list[tuple[int, int]], success: Any, at_most: int | None) -> None:
    jobs = [{**HERO, "job_id": f"{n}", "takes": takes} for n, (_, takes) in enumerate(shots)]
    for one, (seconds, _) in zip(jobs, shots, strict=True):
        one["request"] = {**HERO["request"], "duration": seconds}
    made = Rules(takes=(TakeClass("x", "x:1:1", (success,), at_most=at_most),))
    risk = kc.risk(planned(*jobs), made)
    (total,) = risk.totals
    shape = total.shape
    assert bool(shape) == bool(total.sd)
    amounts = [found.total for found in shape if found.total is not None]
    assert all(low < high for low, high in pairwise(amounts))
    assert [found.total for found in shape[:-1]] == amounts[: len(shape) - 1], "only the last may have no end"
    assert all(before.chance <= after.chance for before, after in pairwise(shape))
    if shape:
        assert shape[-1].chance == 1
        assert 2 <= len(shape) <= 12
    for found in shape:
        for level, amount in total.percentiles:
            if found.total is not None and abs(found.chance - level) > Decimal("1e-6"):
                assert (found.chance > level) == (found.total >= amount)


def test_the_published_campaign_as_a_picture(tmp_path: Path) -> None:
    """Of its totals, 500 and 900 have published chances; the greatest is 1274.346."""
    shape = tables(report(tmp_path))["risk_shape_EVOLINK_CREDIT"]
    chances = zip(shape.column("chance"), shape.column("chance_at_most"), strict=True)
    rows = dict(zip(shape.column("range"), chances, strict=True))
    assert list(rows)[:2] == ["up to 400", "400 – 500"]
    assert list(rows)[-1] == "1,200 – 1,300"
    assert rows["400 – 500"] == (Decimal("0.35056") - Decimal("0.16"), Decimal("0.35056"))
    assert rows["800 – 900"][1] == Decimal("0.776174")
    assert sum(chance for chance, _ in rows.values()) == 1
    endless = tables(report(tmp_path, NUMBERS.replace("at_most: 8", "usable: 1")))["risk_shape_EVOLINK_CREDIT"]
    assert endless.column("range")[-1] == "more than 1,800"
    assert endless.column("chance_at_most")[-1] == 1


@pytest.mark.parametrize("locale", LOCALES)
def test_sheet_and_section_are_in_every_language(tmp_path: Path, locale: str) -> None:
    made, words = report(tmp_path, RANGES, locale), words_of(locale)
    (tmp_path / "r.xlsx").write_bytes(report_bytes(".xlsx", made))
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    sheet = book[words("part.risk")]
    cells = [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert words("risk.classes") in cells
    assert words("risk.computed") in cells
    assert any(abs(cell - 0.25) < 1e-9 for cell in cells if isinstance(cell, float))
    assert len(sheet._charts) == 1
    page = report_bytes(".html", made).decode()
    section = page[page.index('<h2 id="part-risk">') :]
    section = section[: section.index("</section>")]
    assert f'<h2 id="part-risk">{words("part.risk")}</h2>' in section
    figure = re.search(r"<figure>(.*?)</figure>", section, re.DOTALL)
    assert figure is not None
    bars = re.findall(r'<bdi>(.*?)</bdi></span><svg .*? aria-hidden="true">.*?bar-value">(.*?)</span>', figure[1])
    shape = tables(made)["risk_shape_EVOLINK_CREDIT"]
    assert [name for name, _ in bars] == shape.column("range"), "each bar has its name and its figure as text"
    assert all(re.fullmatch(r"\d+\.\d%", text) for _, text in bars)
    risk = made.risk
    assert risk is not None
    amount = words.grouped(f"{risk.at_confidence(risk.totals[0]).normalize():f}")
    named = {"some": "8", "all": "10", "amount": amount, "currency": "EVOLINK_CREDIT"}
    extra = words.grouped(f"{risk.totals[0].contingency.normalize():f}")
    told = words("risk.sentence", **named, contingency=extra)
    head = page[: page.index("<main>")]
    assert told in head, "what a producer reads first"
    assert told in section


def test_the_limits_say_whose_contingency_it_is(tmp_path: Path) -> None:
    limits = verdict_tables(report(tmp_path))[0]
    assert limits.notes == ["Contingency: enough for 8 of 10 such plans, each limit by its own jobs."]
    both = verdict_tables(report(tmp_path, budget=["1000 EVOLINK_CREDIT", "20 USD"], confidence="0.95"))[0]
    assert both.notes == [
        "Contingency: enough for 95 of 100 such plans, each limit by its own jobs.",
        "Percentiles of parts do not add up to those of the whole.",
    ]
    scoped = kc.read_rules(rules(tmp_path, NUMBERS, "budgets: [{name: All, limit: 1000 EVOLINK_CREDIT}]"))
    (scopes,) = [t for t in verdict_tables(report(tmp_path, budget=None, rules=scoped)) if t.key == "scopes"]
    assert scopes.notes[-1].startswith("Contingency: enough for 8 of 10")
    text = report_bytes(".md", report(tmp_path)).decode()
    assert "\nContingency: enough for 8 of 10 such plans" in text
    assert "8 of 10 such plans cost at most 950.346 EVOLINK_CREDIT; set aside 215.973" in text
    assert "\nContingency: enough for 8 of 10 such plans" in comment(report(tmp_path))
    idle = report(tmp_path, "none: {where: {tag:class: nobody}, success: 1}")
    assert not verdict_tables(idle)[0].notes


def test_the_contingency_rate_stays_an_input_beside_it(tmp_path: Path) -> None:
    limits = tables(report(tmp_path), "summary")["limits"]
    (row,) = limits.rows
    cell = row[[column.key for column in limits.columns].index("contingency")]
    assert isinstance(cell, Formula)
    assert "215.973" in cell.text
    assert "{=contingency_rate}" in cell.text
    assert plain(cell) == Decimal("215.973")


def test_a_spreadsheet_comes_to_the_same_figures(tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    path.write_bytes(report_bytes(".xlsx", report(tmp_path, RANGES, budget=["1000 EVOLINK_CREDIT", "13.3 USD"])))
    stored, calculated = values(path), values(converted(path, "xlsx", tmp_path))
    assert stored.keys() == calculated.keys()
    for sheet, cells in stored.items():
        for place, value in cells.items():
            assert near(value, calculated[sheet].get(place, "")), f"{sheet}!{place}"


def test_plan_risk_writes_the_same_workbook_and_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "jobs.json").write_text(json.dumps(GOLDEN), encoding="utf-8")
    about = [str(tmp_path / "jobs.json"), "--rules", str(rules(tmp_path)), "--as-of", "2026-11-20"]
    files = {verb: [tmp_path / f"{verb}.{form}" for form in ("xlsx", "html")] for verb in ("risk", "check")}
    written = {verb: [word for path in paths for word in ("-o", str(path))] for verb, paths in files.items()}
    budget = ["--budget", "900 EVOLINK_CREDIT"]
    asked = [*about, *budget, "--confidence", "0.8"]
    assert main(["plan", "risk", *asked, *written["risk"]]) == 3
    assert main(["check", *asked, *written["check"]]) == 3
    for one, other in zip(*files.values(), strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert main(["plan", "risk", *about, *written["risk"]]) == 0
    assert "Risk" in openpyxl.load_workbook(files["risk"][0]).sheetnames
    capsys.readouterr()


def test_a_chance_that_only_rounding_makes_certain_is_not_told_as_certain(tmp_path: Path) -> None:
    plan = planned(*GOLDEN)
    dearest = kc.risk(plan, rules(tmp_path, NUMBERS)).totals[0].most
    assert dearest is not None

    def told(limit: Decimal, classes: str = NUMBERS) -> Any:
        made = report(tmp_path, classes, budget=f"{limit:f} EVOLINK_CREDIT")
        (cell,) = tables(made)["risk_limits"].column("chance_within")
        return cell

    assert told(dearest) == 1
    assert told(dearest - Decimal("0.0001")) < 1
    assert told(Decimal(300)) == 0
    assert told(Decimal(100_000), "all: {success: 0.9}") == Decimal("0.999999"), "there is no end"


@pytest.mark.parametrize(
    ("chance", "text"),
    [
        ("0", "0.0%"),
        ("0.000001", "< 0.1%"),
        ("0.000499", "< 0.1%"),
        ("0.0005", "0.1%"),
        ("0.5", "50.0%"),
        ("0.999499", "99.9%"),
        ("0.9995", "> 99.9%"),
        ("0.999999", "> 99.9%"),
        ("1", "100.0%"),
    ],
)
def test_only_what_is_certain_reads_so(chance: str, text: str) -> None:
    column, words = Column("chance", "Chance", "chance"), words_of("en")
    assert shown_value(Decimal(chance), column, words) == text
    book = openpyxl.Workbook()
    assert book.active is not None
    cell = book.active.cell(1, 1, Decimal(chance))
    Look(Style(), words).body(cell, column)
    assert cell.number_format == (f'"{text}"' if text[0] in "<>" else "0.0%")
