"""Markdown, JSON and files: inert, to the letter, never half written."""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest

import kling_cost as kc
from examples.answers import every_kind
from kling_cost.cli import main
from kling_cost.cli.verbs.columns import ColumnsAnswer
from kling_cost.io.json_text import json_bytes
from kling_cost.io.sources import name_sources
from kling_cost.io.writing import WriteError, write_bytes
from kling_cost.jobs.foreign.foreign_sheets import ForeignSheets
from kling_cost.pricebook.catalogue import all_offers
from kling_cost.pricebook.upkeep.known_books import known_books
from kling_cost.pricing.single_price import price
from kling_cost.reporting.error_results import Stopped, problems_of
from kling_cost.reporting.parts import document_of
from kling_cost.reporting.report import Report
from kling_cost.reporting.writers.markdown import markdown
from kling_cost.results.document_types import CHECK, COLUMNS, ERROR, ESTIMATE, RECONCILIATION, REPORT, RISK
from kling_cost.results.documents.price_documents import PRICE_BOOKS, PRICES
from kling_cost.results.fields import SCHEMA_VERSION
from kling_cost.results.record_types import LINE_ITEM
from kling_cost.results.result_schema import KINDS, schema
from tests.planning.plans import golden
from tests.reporting.samples import AS_OF, hostile_estimate, mixed_estimate
from tests.schemas import validate

GOLDEN = r"""# Kling 3.0 videos

**within budget**

## Totals

- As of: Nov 20, 2026
- Price book: 2026-11-19 ({sha})
- Oldest price checked: Nov 19, 2026
- Exchange rate: 72 EVOLINK_CREDIT per USD (assumed)

| Currency | Jobs | Takes | Cost | USD |
| --- | ---: | ---: | ---: | ---: |
| EVOLINK_CREDIT | 2 | 4 | 178.1622 | 2.47 |

Dollars are converted from exact credits and rounded for display; rounded lines need not add up.

## Budget: within budget

| Scope | Limit | Currency | Planned | Headroom | Status |
| --- | ---: | --- | ---: | ---: | --- |
| campaign | 5.00 | USD | 2.47 | 2.53 | within |

## Biggest cost drivers

| Model and options | Takes | Cost | Currency | USD | Share |
| --- | ---: | ---: | --- | ---: | ---: |
| kling-v3-text-to-video · 1080p · sound off | 3 | 151.1622 | EVOLINK_CREDIT | 2.10 | 84.8% |
| kling-v3-text-to-video · 720p · sound off | 1 | 27.0000 | EVOLINK_CREDIT | 0.38 | 15.2% |

## By quality and sound

| Quality | Sound | Currency | Jobs | Takes | Cost | USD | Share |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |
| 1080p | off | EVOLINK_CREDIT | 1 | 3 | 151.1622 | 2.10 | 84.8% |
| 720p | off | EVOLINK_CREDIT | 1 | 1 | 27.0000 | 0.38 | 15.2% |

## Line items

| Job | Model | Seconds | Quality | Sound | Takes | Cost | USD |
| --- | --- | ---: | --- | --- | ---: | ---: | ---: |
| row-1 | kling-v3-text-to-video | 7 | 1080p | off | 3 | 151.1622 | 2.10 |
| row-2 | kling-v3-text-to-video | 5 | 720p | off | 1 | 27.0000 | 0.38 |
| Total |  |  |  |  | 4 | 178.1622 | 2.47 |

Provider defaults: duration in 1 job, quality in 1 job, sound in 1 job.

## Problems

none
"""


def test_a_small_report_as_markdown() -> None:
    body = {"model": "kling-v3-text-to-video", "prompt": "Fog"}
    jobs = [
        {"job_id": "row-1", "takes": 3, "request": {**body, "duration": 7, "quality": "1080p", "sound": "off"}},
        {"job_id": "row-2", "request": body},
    ]
    estimate = kc.estimate(jobs, as_of=AS_OF)
    text = markdown(document_of(Report(estimate, kc.check(estimate, budget="5 USD"))))
    assert text == GOLDEN.format(sha=kc.load_prices().sha256[:12])


def test_hostile_text_is_no_markdown() -> None:
    text = markdown(document_of(Report(hostile_estimate())))
    for live in (
        "<script>",
        "<img",
        "](javascript",
        "](http",
        "`code`",
        "\x1b",
        "\u202e",
        " http://evil",
        "@everyone |",
    ):
        assert live not in re.sub(r"\\.", "", text), live
    lines = text.partition("## Biggest line items")[2].partition("##")[0].splitlines()
    tables = [line for line in lines if line.startswith("| ") and "kling-v3-text" in line]
    assert {line.replace("\\|", "").count("|") for line in tables} == {9}
    assert len(tables) == 10


def test_markdown_never_grows_beyond_a_comment_and_says_what_it_cut() -> None:
    jobs = [
        {
            "job_id": f"j{n}",
            "request": {"model": "kling-v3-text-to-video", "prompt": "x", "nonsense": n},
            "tags": {"t": f"{n}"},
        }
        for n in range(3000)
    ]
    text = markdown(document_of(Report(kc.estimate(jobs, as_of=AS_OF))))
    assert len(text) <= 60_000
    assert "2,990 more rows" in text
    many = [
        {**job, "tags": {f"{n}" + "k" * 90: f"{row}" + "v" * 90 for n in range(40)}}
        for row, job in enumerate(jobs[:60])
    ]
    text = markdown(document_of(Report(kc.estimate(many))))
    assert len(text) <= 60_000
    assert text.endswith("… cut after 60,000 characters; the workbook and the CSV contain everything.\n")


def a_summary() -> kc.Totals:
    """Of a file with more problems than are kept."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "jobs.jsonl")
        file.write_text('{"model": "kling-v3-text-to-video", "prompt": "x"}\n' + "?\n" * 1_001, encoding="utf-8")
        return kc.summarize(file)


def observed() -> kc.ObservedPrices:
    """What one task was charged."""
    plan = kc.estimate([{"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "x"}}])
    body = {"id": "t", "status": "completed", "usage": {"credits_reserved": 27}}
    return kc.observe_prices(kc.reconcile(plan, [{"job_id": "a", "response": body}]))


def proposed_columns() -> ColumnsAnswer:
    """Of a shot list with something to ask about."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "shots.csv")
        file.write_text("Shot,Length (s),Res,Notes\n1,5,HD,dawn\n2,8,1080p,dusk\n", encoding="utf-8")
        (source,) = name_sources([file])
        return ColumnsAnswer.of(source.name, ForeignSheets(None).proposed(source, "csv", None, ()))


RECORDS: dict[str, Any] = {
    "estimate": lambda: ESTIMATE.json(mixed_estimate()),
    "summary": lambda: ESTIMATE.json(a_summary()),
    "check": lambda: CHECK.json(kc.check(mixed_estimate(), budget=["9 USD", "1 EVOLINK_CREDIT"])),
    "reconciliation": lambda: RECONCILIATION.json(kc.reconcile(mixed_estimate(), every_kind()[1])),
    "report": lambda: REPORT.json(
        Report(mixed_estimate(), kc.check(mixed_estimate(), budget="9 USD"), outcome=kc.reconcile(mixed_estimate(), []))
    ),
    "price": lambda: {
        "schema_version": SCHEMA_VERSION,
        "kind": "price",
        "price_book": {"version": "x", "sha256": "0" * 64},
        "line_item": LINE_ITEM.json(price("kling-custom-element")),
    },
    "prices": lambda: PRICES.json((kc.load_prices(), all_offers(kc.load_prices()))),
    "price_books": lambda: PRICE_BOOKS.json(list(known_books())),
    "price_diff": lambda: kc.diff_prices("pricing", "evolink-2026-10-10").to_json(),
    "risk": lambda: RISK.json(kc.risk(mixed_estimate(), budget=["9 USD", "1 EVOLINK_CREDIT"])),
    "accuracy": lambda: kc.accuracy(golden()[0], kc.reconcile(golden()[0], [])).to_json(),
    "fit": lambda: kc.fit(mixed_estimate(), "1 EVOLINK_CREDIT", may="takes:1,quality").to_json(),
    "compare": lambda: kc.compare(mixed_estimate()).to_json(),
    "observed_prices": lambda: observed().to_json(),
    "observed_diff": lambda: kc.diff_observed(observed(), "market-2026-11").to_json(),
    "diff": lambda: kc.diff(*golden()).to_json(),
    "approval": lambda: kc.approve(kc.check(golden()[0], no_budget=True), by="Ada").to_json(),
    "columns": lambda: COLUMNS.json(proposed_columns()),
    "error": lambda: ERROR.json(Stopped(problems_of(kc.UsageError("no jobs")), 2)),
}


@pytest.mark.parametrize("kind", RECORDS)
def test_every_result_keeps_to_its_schema(kind: str) -> None:
    record = json.loads(json_bytes(RECORDS[kind]()))
    assert record["kind"] == kind
    jsonschema.Draft202012Validator.check_schema(schema(kind))
    validate(record, kind)


def test_there_is_a_schema_for_each_kind() -> None:
    assert set(KINDS) == set(RECORDS)


@pytest.mark.parametrize("kind", [kind for kind in RECORDS if kind not in ("columns", "error", "price_books")])
def test_a_schema_refuses_a_number_where_decimal_text_belongs(kind: str) -> None:
    text = json_bytes(RECORDS[kind]()).decode()
    broken = json.loads(
        text.replace('"unit_price": "', '"unit_price": 0, "_": "')
        .replace('"cost": "', '"cost": 0, "_": "')
        .replace('"estimated": "', '"estimated": 0, "_": "')
        .replace('"new": "', '"new": 0, "_": "')
        .replace('"p80": null', '"p80": 0')
        .replace('"expected": "', '"expected": 0, "_": "')
        .replace('"median": "', '"median": 0, "_": "')
        .replace('"observed": "', '"observed": 0, "_": "')
    )
    with pytest.raises(jsonschema.ValidationError):
        validate(broken, kind)


def test_the_printed_example_of_an_estimate_is_what_comes_out() -> None:
    jobs = [
        {
            "job_id": "hero-01",
            "request": {"model": "kling-v3-text-to-video", "prompt": "x", "quality": "720p", "sound": "on"},
        }
    ]
    record = ESTIMATE.json(kc.estimate(jobs))
    assert record["line_items"] == [
        {
            "job_id": "hero-01",
            "source": "jobs",
            "row": 1,
            "provider": "evolink",
            "model": "kling-v3-text-to-video",
            "options": {"duration": "5", "quality": "720p", "sound": "on"},
            "defaults_applied": ["duration"],
            "billing_rule": "per_second",
            "requested_quantity": "5",
            "billed_quantity": "5",
            "unit": "second",
            "unit_price": "8.1",
            "cost_per_take": "40.5",
            "takes": 1,
            "cost": "40.5",
            "certainty": "exact",
            "currency": "EVOLINK_CREDIT",
            "usd": "0.5625",
            "rate_effective_from": "2026-02-01",
            "notes": [],
            "tags": {},
        }
    ]
    assert record["totals"] == [{"currency": "EVOLINK_CREDIT", "jobs": 1, "takes": 1, "cost": "40.5", "usd": "0.5625"}]


def test_hostile_text_survives_json_unchanged() -> None:
    record = json.loads(json_bytes(ESTIMATE.json(hostile_estimate())))
    ids = [item["job_id"] for item in record["line_items"]]
    assert [item.job_id for item in hostile_estimate().line_items] == ids


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "budget.csv"
    path.write_text("before", encoding="utf-8")

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(KeyboardInterrupt):
        write_bytes(path, b"after")
    assert path.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["no/such/folder/x.csv", ".", "n" * 300 + ".csv"])
def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(WriteError, match="cannot be written") as caught:
        write_bytes(tmp_path / name, b"x")
    assert caught.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "message"), [("x.pdf", "can be written as"), ("x", "can be written as")])
def test_an_unknown_suffix_is_refused(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(kc.UsageError, match=message):
        kc.write_report(tmp_path / name, kc.estimate([]))


def test_a_report_needs_an_estimate_and_takes_that_of_a_verdict(tmp_path: Path) -> None:
    with pytest.raises(kc.UsageError, match="needs an estimate"):
        kc.write_report(tmp_path / "x.md")
    estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "x"}])
    kc.write_report(tmp_path / "x.md", kc.check(estimate, budget="1 USD"), None)
    assert "within budget" in (tmp_path / "x.md").read_text(encoding="utf-8")
    with pytest.raises(kc.UsageError, match="unknown locale"):
        kc.write_report(tmp_path / "x.md", estimate, locale="xx")


def sheet(path: Path, title: str) -> Path:
    """A workbook of one job whose sheet has a name."""
    book = openpyxl.Workbook()
    book.active.title = title
    for row in (["model", "prompt"], ["kling-v3-text-to-video", "Fog"]):
        book.active.append(row)
    book.save(path)
    return path


def titles(folder: Path, *jobs: Path, title: str | None = None) -> set[str]:
    """How reports of some files are called, by the library and by the command."""
    kc.write_report(folder / "out.md", kc.estimate(kc.read_jobs(*jobs)), title=title)
    words = ["report", *map(str, jobs), "-o", str(folder / "cli.md"), *(["--title", title] if title else [])]
    assert main(words) == 0
    return {(folder / name).read_text(encoding="utf-8").splitlines()[0] for name in ("out.md", "cli.md")}


def test_a_report_is_called_as_the_caller_says_or_else_as_campaign_or_sheet(tmp_path: Path) -> None:
    rows = "model,prompt\nkling-v3-text-to-video,Fog\n"
    for name in ("shots.csv", "more.csv"):
        (tmp_path / name).write_text(rows, encoding="utf-8")
    campaign = tmp_path / "a.yaml"
    campaign.write_text("campaign: Spring\njobs: [{model: kling-v3-text-to-video, prompt: Fog}]", encoding="utf-8")
    board, plain = sheet(tmp_path / "board.xlsx", "Storyboard v7 FINAL"), sheet(tmp_path / "plain.xlsx", "Sheet1")
    assert titles(tmp_path, campaign, title="My *own*") == {"# My \\*own\\*"}
    assert titles(tmp_path, campaign) == titles(tmp_path, campaign, board) == {"# Spring"}
    assert titles(tmp_path, board) == {"# Storyboard v7 FINAL"}
    assert titles(tmp_path, plain) == {"# plain"}
    assert titles(tmp_path, tmp_path / "shots.csv") == {"# shots"}
    assert titles(tmp_path, tmp_path / "shots.csv", tmp_path / "more.csv") == {"# shots, more"}
    (tmp_path / "jobs.jsonl").write_text('{"model": "kling-v3-text-to-video", "prompt": "Fog"}', encoding="utf-8")
    assert titles(tmp_path, tmp_path / "jobs.jsonl") == {"# Kling 3.0 videos"}
    with pytest.raises(kc.UsageError, match="title must be text"):
        kc.write_report(tmp_path / "x.md", kc.estimate([]), title=5)  # type: ignore[arg-type]
