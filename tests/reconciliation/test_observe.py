"""What tasks were charged, gathered by combination, and where a book says another price."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.cli import main
from tests.schemas import validate

MODEL = "kling-v3-text-to-video"
DAY = 86_400
FIRST = 20_750  # 2026-10-24


def job(job_id: str, **request: Any) -> dict[str, Any]:
    return {"job_id": job_id, "request": {"model": MODEL, "prompt": "Fog", "duration": 5, **request}}


def answer(job_id: str, credits: Any, status: str = "completed", day: int = 1, **usage: Any) -> dict[str, Any]:
    taken = {} if credits is None else {"credits_reserved": credits}
    body = {"id": f"t-{job_id}", "status": status, "created": (FIRST + day) * DAY, "usage": {**taken, **usage}}
    return {"job_id": job_id, "response": body}


def outcome(jobs: list[dict[str, Any]], answers: list[dict[str, Any]], **more: Any) -> kc.Reconciliation:
    return kc.reconcile(kc.estimate(jobs, **more), kc.read_responses(answers))


def test_prices_are_gathered_by_combination_with_the_middle_and_the_ends() -> None:
    jobs = [job(f"{n}") for n in range(4)] + [job("s", sound="on"), job("long", duration=10)]
    paid = {"0": 27, "1": 30, "2": 30, "3": 35, "s": Decimal("40.5"), "long": 60}
    found = kc.observe_prices(outcome(jobs, [answer(name, paid[name], day=at) for at, name in enumerate(paid, 1)]))
    off, on = found.observed
    assert (dict(off.options), off.tasks, off.last_day) == ({"quality": "720p", "sound": "off"}, 5, _day("2026-10-30"))
    assert (off.least, off.median, off.most, off.listed) == (Decimal("5.4"), 6, 7, Decimal("5.4"))
    assert (dict(on.options), on.tasks, on.median, on.last_day) == (
        {"quality": "720p", "sound": "on"},
        1,
        Decimal("8.1"),
        _day("2026-10-29"),
    )
    assert {(one.provider, one.sku, one.model, one.currency, one.unit) for one in found.observed} == {
        ("evolink", "kling-3.0-video", MODEL, "EVOLINK_CREDIT", "second")
    }
    assert found.left_out == 0


def _day(text: str) -> Any:
    from datetime import date

    return date.fromisoformat(text)


@pytest.mark.parametrize(
    "body",
    [
        answer("a", 30, "pending"),
        answer("a", 30, "failed"),
        answer("a", 0, "failed"),
        answer("a", None),
        answer("a", 0),
        answer("nobody", 30),
    ],
    ids=["open", "failed", "refunded", "no amount", "nothing", "no job"],
)
def test_what_says_nothing_of_a_price_is_left_out(body: dict[str, Any]) -> None:
    found = kc.observe_prices(outcome([job("a")], [body]))
    assert (found.observed, found.left_out) == ((), 1)


def test_a_second_task_of_a_take_is_left_out() -> None:
    second = answer("a", 30)
    second["response"]["id"] = "t-again"
    found = kc.observe_prices(outcome([job("a")], [answer("a", 30), second]))
    assert ([one.tasks for one in found.observed], found.left_out) == ([1], 1)


def test_a_minimum_charge_and_what_comes_out_say_no_price_per_second(tmp_path: Path) -> None:
    book = tmp_path / "book.yaml"
    text = Path(__file__).resolve().parents[2].joinpath("pricing.yaml").read_text("utf-8")
    for line in ("minimum_charge: 40", "settlement: request_then_actual"):
        head, key, rest = text.partition("            minimum_quantity: 3")
        assert key
        book.write_text(f"{head}            {line}\n{key}{rest}", encoding="utf-8")
        known = kc.load_prices(book)
        for paid, seen in ((44, 0), (40 if "charge" in line else 27, 1)):
            found = kc.observe_prices(outcome([job("a")], [answer("a", paid)], book=known))
            assert len(found.observed) == seen
            assert all(one.median == Decimal("5.4") for one in found.observed)


def test_tasks_on_either_side_of_a_new_price_are_kept_apart(tmp_path: Path) -> None:
    overlay = tmp_path / "dearer.yaml"
    overlay.write_text(
        "schema: 1\nversion: dearer\nproviders:\n  evolink:\n    skus:\n      kling-3.0-video:\n        rates:\n"
        "          2026-06-01: {by: [quality, sound], source: letter, checked: 2026-06-01,\n"
        "            unit_price: {720p: {off: 6, on: 9}, 1080p: {off: 8, on: 12}}}\n",
        encoding="utf-8",
    )
    book = kc.load_prices(overlay=overlay)
    jobs = [{**job(f"{at}"), "date": f"2026-0{5 + 2 * (at % 2)}-01"} for at in range(6)]
    made = kc.estimate(jobs, book)
    bodies = [answer(f"{at}", 27 + 3 * (at % 2), day=-176 + 60 * (at % 2)) for at in range(6)]
    found = kc.observe_prices(kc.reconcile(made, kc.read_responses(bodies)))
    assert [(one.effective_from.isoformat(), one.tasks, one.median) for one in found.observed] == [
        ("2026-02-01", 3, Decimal("5.4")),
        ("2026-06-01", 3, 6),
    ]
    same = kc.diff_observed(found, book)
    assert (same.moved, same.few, same.unlisted, same.same) == ((), (), (), 2)
    only_base = kc.diff_observed(found)
    assert [(str(move.listed), str(move.observed), move.tasks) for move in only_base.moved] == [("5.40", "6", 3)]


def test_a_book_that_is_no_longer_true_is_shown_and_few_tasks_accuse_nobody() -> None:
    jobs = [*(job(f"{n}") for n in range(3)), *(job(f"s{n}", sound="on") for n in range(2)), job("q", quality="1080p")]
    paid = {"0": 30, "1": 30, "2": 30, "s0": 45, "s1": 45, "q": Decimal("35.991")}
    found = kc.observe_prices(outcome(jobs, [answer(name, taken) for name, taken in paid.items()]))
    diff = kc.diff_observed(found)
    (moved,), (few,) = diff.moved, diff.few
    assert (moved.tasks, moved.listed, moved.observed, str(moved.percent)) == (3, Decimal("5.40"), 6, "11.111111111111")
    assert (few.tasks, few.observed, diff.same, diff.unlisted) == (2, 9, 1, ())
    assert [diff.exit_code(above) for above in (None, "5%", "11.2%")] == [0, 3, 0]
    other = kc.diff_observed(found, "market-2026-11")
    assert (len(other.unlisted), other.exit_code(), other.exit_code("5%")) == (3, 0, 4)
    cheaper = kc.diff_observed(found, "evolink-2026-10-10")
    assert [str(move.percent) for move in cheaper.few if move.options["quality"] == "1080p"] == ["-0.074962518741"]


def test_the_rounding_of_a_call_is_no_new_price() -> None:
    jobs = [job(f"{n}", quality="1080p") for n in range(3)]
    other = outcome(jobs, [answer(f"{n}", Decimal("36.01801")) for n in range(3)])
    assert [one.median for one in kc.observe_prices(other).observed] == [Decimal("7.203602000000")]
    diff = kc.diff_observed(kc.observe_prices(other), "evolink-2026-10-10")
    assert (diff.moved, diff.same) == ((), 1)


def test_a_stored_reconciliation_says_the_same_with_its_estimate(tmp_path: Path) -> None:
    jobs = [job(f"{n}") for n in range(3)]
    live = outcome(jobs, [answer(f"{n}", 30) for n in range(3)])
    assert live.estimate is not None
    plan, stored = tmp_path / "plan.json", tmp_path / "outcome.json"
    kc.write_report(plan, live.estimate)
    kc.write_report(stored, live)
    with pytest.raises(kc.UsageError, match="tells no options"):
        kc.observe_prices(kc.read_reconciliation(stored))
    again = kc.observe_prices(kc.read_reconciliation(stored, kc.read_estimate(plan)))
    assert [one._replace(last_day=None) for one in kc.observe_prices(live).observed] == list(again.observed)


def test_the_command_writes_what_diff_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    jobs, answers, file = (tmp_path / name for name in ("jobs.jsonl", "answers.jsonl", "observed.json"))
    jobs.write_text("\n".join(json.dumps(job(f"{n}")) for n in range(3)), encoding="utf-8")
    answers.write_text("\n".join(json.dumps(answer(f"{n}", 30)) for n in range(3)), encoding="utf-8")
    words = ["reconcile", str(jobs), "--responses", str(answers), "--as-of", "2026-11-28", "--observe"]
    assert main([*words, str(file)]) == 6
    record = json.loads(file.read_text("utf-8"))
    validate(record, "observed_prices")
    live = outcome([job(f"{n}") for n in range(3)], [answer(f"{n}", 30) for n in range(3)], as_of="2026-11-28")
    assert record == kc.observe_prices(live).to_json()
    assert record["observed"][0]["median"] == "6"
    for output in (jobs, answers):
        before = output.read_bytes()
        assert main([*words, str(output)]) == 2
        assert output.read_bytes() == before
    assert main([*words, str(file), "-o", str(file)]) == 2
    capsys.readouterr()
    assert main(["prices", "diff", "--observed", str(file), "--format", "json", "--fail-above", "5%"]) == 3
    shown = json.loads(capsys.readouterr().out)
    validate(shown, "observed_diff")
    assert shown == kc.diff_observed(file).to_json()
    assert main(["prices", "diff", "--observed", str(file), "pricing", "--format", "md"]) == 0
    row = "| evolink | kling-3.0-video | 720p, sound off | 5.4 | 6 | +11.11% | 3 | Oct 25, 2026 |"
    assert row in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["pricing"], "prices diff needs two books: OLD NEW"),
        ([], "prices diff needs two books: OLD NEW"),
        (["--observed", "jobs.json", "pricing", "pricing"], "one book at most beside --observed"),
        (["--observed", "none.json"], "no such file"),
        (["--observed", "jobs.json"], "these are no observed prices"),
        (["--observed", "damaged.json"], "the observed prices are damaged"),
        (["--observed", "jobs.json", "--fail-above", "5"], "is not a percentage"),
    ],
)
def test_the_command_says_what_it_needs(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("jobs.json").write_text(json.dumps(job("a")), encoding="utf-8")
    damaged = {"schema_version": "1", "kind": "observed_prices", "observed": [{"median": 6}]}
    Path("damaged.json").write_text(json.dumps(damaged), encoding="utf-8")
    assert main(["prices", "diff", *words]) == 2
    assert told in capsys.readouterr().err


@given(st.lists(st.sampled_from([27, 30, 35, 40]), min_size=1, max_size=8))
def test_the_middle_is_one_of_the_prices_and_as_many_are_above_as_below(paid: list[int]) -> None:
    jobs, answers = [job(f"{n}") for n in range(len(paid))], [answer(f"{n}", taken) for n, taken in enumerate(paid)]
    (one,) = kc.observe_prices(outcome(jobs, answers)).observed
    units = sorted(Decimal(taken) / 5 for taken in paid)
    assert (one.least, one.most, one.tasks) == (units[0], units[-1], len(paid))
    assert one.median in units
    below, above = sum(u < one.median for u in units), sum(u > one.median for u in units)
    assert below * 2 <= len(units) >= above * 2
