"""The recipes of docs/how-to/extend.md, followed to the letter: what is added is seen everywhere."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.recipes.houses import House, house_in

AS_OF = ("--as-of", "2026-11-20")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return house_in(tmp_path)


def sheets_of(path: Path) -> list[str]:
    return openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True).sheetnames


def test_a_provider(house: House) -> None:
    house.follow("A provider")
    assert "is valid" in house.command("prices", "lint", "pricing.yaml")
    assert "acme-video" in house.command("prices", "show")
    assert "5 s × 2 = 10 Acme credits" in house.command("price", "acme-video", *AS_OF)
    jobs = [
        {"job_id": "short", "request": {"model": "acme-video", "prompt": "Fog", "duration": 5}},
        {"job_id": "long", "request": {"model": "acme-video", "prompt": "Fog over the harbour, and then some rain"}},
        {"job_id": "odd", "request": {"model": "acme-video", "prompt": "Fog", "duraton": 5}},
    ]
    jobs[1]["request"]["prompt"] *= 2  # type: ignore[index]
    (house.path / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
    shown = json.loads(house.command("estimate", "jobs.json", *AS_OF, "--format", "json", code=5))
    assert [(item["job_id"], item["cost"], item["currency"]) for item in shown["line_items"]] == [
        ("short", "10", "ACME_CREDIT")
    ]
    problems = {(p["job_id"], p["field"], p["code"]) for p in shown["problems"]}
    assert {("long", "prompt", "too_long"), ("odd", "duraton", "unknown_field")} <= problems
    (house.path / "jobs.json").write_text(json.dumps(jobs[:1]), encoding="utf-8")
    (house.path / "answers.jsonl").write_text('{"acme_id": "t1", "name": "short", "state": "done", "credits": 12}\n')
    words = (
        "report",
        "jobs.json",
        "--responses",
        "answers.jsonl",
        *AS_OF,
        "-o",
        "b.xlsx",
        "-o",
        "b.html",
        "-o",
        "b.md",
    )
    house.command(*words, code=6)
    for name in ("b.html", "b.md"):
        text = (house.path / name).read_text(encoding="utf-8")
        assert "ACME_CREDIT" in text.replace("\\_", "_")
    with zipfile.ZipFile(house.path / "b.xlsx") as book:
        assert any(b"ACME_CREDIT" in book.read(name) for name in book.namelist() if "sheet" in name.lower())
    assert house.python(
        "import kling_cost as kc, pandas as pd\n"
        "jobs = pd.DataFrame({'job_id': ['a', 'b'], 'model': ['acme-video'] * 2, 'prompt': ['Fog', 'Fog ' * 20]})\n"
        "answers = pd.DataFrame({'job_id': ['a'], 'task_id': ['t'], 'status': ['done'], 'credits': [10]})\n"
        "print(kc.validate_frame(jobs)['price_problem'].tolist())\n"
        "print(kc.reconcile_frame(jobs, answers)[['job_id', 'reported', 'findings']].values.tolist())\n"
    ).splitlines() == ["[<NA>, 'prompt:too_long']", "[['a', Decimal('10.000000000000000000'), '']]"]


def test_a_new_sellers_answers(house: House) -> None:
    house.follow("A new seller's answers without Python")
    assert "is valid" in house.command("prices", "lint", "toymart.yaml")
    jobs = [{"job_id": name, "request": {"model": "toy-video"}} for name in ("due", "over", "gone")]
    (house.path / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
    usage = [{"credits": "4000", "unit": "points"}, {"credits": 6000, "unit": "points"}]
    made = {"unit": "points", "state": "done", "outputs": [{"length": 5.04}], "model": "toy-video"}
    answers = [
        {"job_id": "due", "response": {"code": 200, "msg": "", "data": {"taskId": "1", **made, "usage": usage}}},
        {"job_id": "over", "response": {"code": 200, "msg": "", "data": [{"taskId": "2", **made, "credits": 12000}]}},
        {"job_id": "gone", "response": {"code": 402, "msg": "top up", "data": None}},
    ]
    (house.path / "answers.jsonl").write_text("".join(json.dumps(line) + "\n" for line in answers), encoding="utf-8")
    words = ("reconcile", "jobs.json", "--responses", "answers.jsonl", "--prices", "toymart.yaml", *AS_OF)
    found = house.command(*words, "--format", "json", code=6)
    shown, said = json.JSONDecoder().raw_decode(found)
    assert [(task["task_id"], task["settled"]) for task in shown["tasks"]] == [
        ("1", "10"), ("2", "12"), (None, None),
    ]  # fmt: skip
    assert [f["kind"] for f in shown["findings"]] == ["over_consumed", "missing_response"]
    assert "the provider refused the request: top up (402)" in found[said:] + str(shown["problems"])


def test_an_engine(house: House) -> None:
    house.follow("An engine of frames")
    shelf = "class Shelf:\n    def __init__(self, table):\n        self.table = table\n"
    (house.path / "toys.py").write_text(shelf, encoding="utf-8")
    printed = house.python(
        "import kling_cost as kc, pyarrow as pa, toys\n"
        "rows = {'job_id': ['a', 'b'], 'model': ['kling-v3-text-to-video'] * 2, 'duration': [5, 99],\n"
        "        'prompt': ['Fog', 'Rain']}\n"
        "jobs = toys.Shelf(pa.table(rows))\n"
        "told = {'job_id': ['a'], 'task_id': ['t'], 'status': ['completed'], 'credits': [27]}\n"
        "answers = toys.Shelf(pa.table(told))\n"
        "priced = kc.price_frame(jobs)\n"
        "print(type(priced).__name__, priced.table['cost'].to_pylist(), priced.table['price_problem'].to_pylist())\n"
        "print(kc.totals(priced, by='model').table['unpriced'].to_pylist())\n"
        "print(kc.validate_frame(jobs).table['price_problem'].to_pylist())\n"
        "print(len(kc.estimate(jobs).line_items), len(kc.read_responses(answers).tasks))\n"
        "found = kc.reconcile_frame(jobs, answers)\n"
        "print(type(found).__name__, found.table['job_id'].to_pylist())\n"
        "for call in (kc.price_frame, kc.estimate, lambda value: kc.reconcile_frame(value, jobs)):\n"
        "    try:\n"
        "        call(toys)\n"
        "    except kc.UsageError as error:\n"
        "        print('Toys' in str(error))\n"
    )
    assert printed.splitlines() == [
        "Shelf [Decimal('27.000000'), None] [None, 'duration:out_of_range']",
        "[0, 1]",
        "[None, 'duration:out_of_range']",
        "1 1",
        "Shelf ['a']",
        *["True"] * 3,
    ]


def test_a_language(house: House) -> None:
    catalogues = house.path / "reports" / "locales"
    text = (catalogues / "ko.yaml").read_text(encoding="utf-8").replace("\n  summary: 요약\n", "\n  summary: Résumé\n")
    (catalogues / "fr.yaml").write_text(text, encoding="utf-8")
    (house.path / "jobs.json").write_text('[{"model": "kling-v3-text-to-video", "prompt": "Fog"}]', encoding="utf-8")
    report = ("report", "jobs.json", *AS_OF, "--locale", "fr")
    house.command(*report, "-o", "b.xlsx", "-o", "b.html")
    assert '<html lang="fr">' in (house.path / "b.html").read_text(encoding="utf-8")
    assert "Résumé" in sheets_of(house.path / "b.xlsx")
    assert "fr" in house.command("estimate", "--help").split("--locale")[1].split("]")[0]
    assert "unknown locale 'xx'" in house.python(
        "import kling_cost as kc\n"
        "plan = kc.estimate([{'model': 'kling-v3-text-to-video', 'prompt': 'Fog'}])\n"
        "kc.write_report('c.md', plan, locale='fr')\n"
        "try:\n"
        "    kc.write_report('c.md', plan, locale='xx')\n"
        "except kc.UsageError as error:\n"
        "    print(error)\n"
    )
    font = next(line for line in text.splitlines() if line.startswith("  font: "))
    (catalogues / "fr.yaml").write_text(text.replace(f"{font}\n", ""), encoding="utf-8")
    missing = house.command(*report, "-o", "d.xlsx", code=2)
    assert "reports/locales/fr.yaml has no text for spreadsheet.font" in missing
    (catalogues / "fr.yaml").rename(catalogues / "zz.yaml")
    unknown = house.command(*report[:-1], "zz", "-o", "d.html", code=2)
    assert "reports/locales/zz.yaml: no language is known by the code zz" in unknown


def test_a_report_part(house: House) -> None:
    house.follow("A report part")
    (house.path / "jobs.json").write_text('[{"model": "kling-v3-text-to-video", "prompt": "Fog"}]', encoding="utf-8")
    report = ("report", "jobs.json", *AS_OF)
    house.command(*report, "-o", "b.xlsx", "-o", "b.html", "-o", "b.md")
    assert "Longest shots" in sheets_of(house.path / "b.xlsx")
    for name in ("b.html", "b.md"):
        assert "Longest shots" in (house.path / name).read_text(encoding="utf-8")
    house.command(*report, "--part", "longest_shots", "-o", "b.csv")
    assert "job_id,seconds" in (house.path / "b.csv").read_text(encoding="utf-8-sig")
    unknown = house.command(*report, "--part", "x", "-o", "c.md", code=2)
    assert "longest_shots" in unknown


def test_a_format(house: House) -> None:
    house.follow("A format")
    (house.path / "jobs.json").write_text('[{"model": "kling-v3-text-to-video", "prompt": "Fog"}]', encoding="utf-8")
    house.command("report", "jobs.json", *AS_OF, "-o", "b.outline")
    assert (house.path / "b.outline").read_text(encoding="utf-8").startswith("Summary: ")
    assert house.command("estimate", "jobs.json", *AS_OF, "--format", "outline").startswith("Summary: ")
    shown = house.command("estimate", "--help")
    assert ".outline" in shown.split("-o, --output")[1].split("--all")[0]
    assert ".outline" in house.command("report", "jobs.json", *AS_OF, "-o", "b.other", code=2)
    assert house.python(
        "import kling_cost as kc\n"
        "plan = kc.estimate([{'model': 'kling-v3-text-to-video', 'prompt': 'Fog'}])\n"
        "kc.write_report('c.outline', plan, locale='ko')\n"
        "print(open('c.outline', encoding='utf-8').readline())\n"
    ).startswith("요약: ")
