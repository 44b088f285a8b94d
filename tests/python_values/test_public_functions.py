"""Whatever stands in whatever argument: a good result, or an error in our words. Equal values give equal results."""

from __future__ import annotations

import collections
import datetime as dt
import enum
import json
import os
import types
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import kling_cost as kc

MODEL = "kling-v3-text-to-video"
BODY = {"model": MODEL, "prompt": "x", "duration": 5}
ANSWER = {"id": "t", "status": "completed", "usage": {"credits_reserved": 27}}


def zoo() -> list[Any]:
    """Values of every kind that a caller may have at hand; made anew, since some can be gone through only once."""
    within: list[Any] = []
    within.append(within)
    around: dict[str, Any] = {}
    around["request"] = around
    east = dt.timezone(dt.timedelta(hours=-5))
    numbers = [0, 1, -1, 5, 10**30, 5.0, 0.1, float("nan"), float("inf"), complex(1, 2), Fraction(1, 3), Fraction(5)]
    decimals = [Decimal(text) for text in ("5", "NaN", "sNaN", "Infinity", "1e400")]
    texts = ["", " ", "nope", "a\0b", "\ud800", "x" * 5000, "2026-11-20", "2026-13-45", "missing.json", ".", "$5"]
    bytes_ = [b"x", bytearray(b"x"), memoryview(b"x")]
    holders = [[], [1], [None], ["nope"], [["a"]], (), {}, {"a": 1}, {1: 2}, set(), {1}, within, around, range(3)]
    others = [collections.OrderedDict(a=1), collections.UserDict(a=1), collections.deque([1]), iter([BODY])]
    days = [dt.date(2026, 11, 20), dt.datetime(2026, 11, 20), dt.datetime.max.replace(tzinfo=east), dt.date.max]  # noqa: DTZ001
    times = [dt.time(1), dt.timedelta(1), np.datetime64("2026-11-20"), np.datetime64("NaT"), np.datetime64(10**6, "Y")]
    numpy = [np.int64(5), np.float64(5.5), np.float64("nan"), np.float32(0.1), np.bool_(True), np.str_("nope")]
    arrays = [np.array([1, 2]), np.array(5), np.array([]), np.void(b"x"), np.complex128(1), np.timedelta64(1, "s")]
    pandas = [pd.Timestamp("2026-11-20", tz="Asia/Seoul"), pd.NaT, pd.NA, pd.Series([1]), pd.DataFrame(), pd.Index([1])]
    arrow = [pa.table({}), pa.scalar(5), pa.array([1])]
    things = [object(), object, len, ..., NotImplemented, types.SimpleNamespace(a=1), enum.Enum("E", "A").A, Path("no")]  # type: ignore[attr-defined]
    ours = [
        kc.Amount(1, "USD"),
        kc.Amount(-1, "USD"),
        kc.load_prices(),
        kc.estimate([BODY]),
        kc.Jobs(),
        kc.price(MODEL),
    ]
    groups = [
        [None, True, False],
        numbers,
        decimals,
        texts,
        bytes_,
        holders,
        others,
        days,
        times,
        numpy,
        arrays,
        pandas,
    ]
    return [value for group in (*groups, arrow, things, ours) for value in group]


def calls() -> dict[str, tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]]:
    """Every public function with arguments that are good."""
    plan = kc.estimate([{"job_id": "a", "request": BODY}], as_of="2026-11-20")
    verdict, answers = kc.check(plan, budget="5 USD"), kc.read_responses([ANSWER])
    outcome = kc.reconcile(plan, answers)
    kc.write_report("plan.csv", plan)
    kc.write_report("outcome.json", outcome)
    frame, answered = pd.DataFrame({"model": [MODEL]}), pd.DataFrame({"task_id": ["t"], "credits": [27]})
    asked = {
        "provider": "evolink",
        "duration": 5,
        "quality": "720p",
        "sound": "on",
        "as_of": "2026-11-20",
        "book": None,
    }
    read = {"input_format": None, "encoding": None, "sheet": None}
    summed = {"as_of": None, "strict": False, "processes": 1}
    Path("rules.yaml").write_text("schema: 1\nbudgets: [{name: Acme, limit: 5 USD}]\n", encoding="utf-8")
    Path("jobs.jsonl").write_text(json.dumps(BODY), encoding="utf-8")
    terms = {"by": "Ada", "on": "2026-11-20", "until": None, "note": None, "bind": "jobs", "allow_growth": "5%"} | {
        "uses": 1
    }
    Path("approval.json").write_text(json.dumps(kc.approve(verdict, by="Ada").to_json()), encoding="utf-8")
    told: dict[str, Any] = {"also": (), "book": None, "fail_on": (), "ignore": ()}
    look: dict[str, Any] = {"locale": "en", "currencies": (), "style": None, "parts": ()}
    return {
        "price": (kc.price, (MODEL,), asked),
        "price_request": (kc.price_request, (BODY, None), {"provider": None, "as_of": None}),
        "estimate": (kc.estimate, ([BODY], None), {"as_of": None, "strict": False}),
        "summarize": (kc.summarize, ("jobs.jsonl", None), {**summed, **read}),
        "summarize jobs": (kc.summarize, ([BODY], None), summed),
        "check": (kc.check, (plan,), {"budget": "5 USD", "no_budget": False}),
        "check approved": (
            kc.check,
            (plan,),
            {"budget": "5 USD", "approval": "approval.json", "on": "2026-11-21", "against": plan},
        ),
        "diff": (kc.diff, (plan, plan), {"old_book": None, "new_book": None, "fail_above": "5%"}),
        "diff, total": (kc.diff(plan, plan).total, ("USD",), {}),
        "approve": (kc.approve, (verdict,), terms),
        "read_approval": (kc.read_approval, ("approval.json",), {}),
        "check without budget": (kc.check, (plan,), {"budget": None, "no_budget": True}),
        "risk": (kc.risk, (plan, None), {"confidence": "0.8", "budget": None}),
        "keep_rates": (kc.keep_rates, ([{"tag:class": "hero", "kept": "yes"}], None, plan, None), read),
        "accuracy": (kc.accuracy, (plan, kc.reconcile(plan, []), None), {}),
        "fit": (kc.fit, (plan, "20 EVOLINK_CREDIT", None), {"may": "duration:3"}),
        "apply": (_apply, (_fitted(), "shots.csv", "fitted.csv"), read),
        "compare": (
            kc.compare,
            (plan, None),
            {"sellers": "evolink", "products": None, "balance": "5 EVOLINK_CREDIT", "max_sellers": 1},
        ),
        "reconcile": (kc.reconcile, (plan, answers), told),
        "read_jobs": (kc.read_jobs, ([BODY],), {**read, "model": None, "defaults": None}),
        "read_responses": (kc.read_responses, ([ANSWER],), {**read, "amount_unit": None, "book": None}),
        "read_estimate": (kc.read_estimate, ("plan.csv",), {"rates": ()}),
        "read_rules": (kc.read_rules, ("rules.yaml",), {}),
        "check with rules": (kc.check, (plan,), {"budget": "5 USD", "rules": "rules.yaml", "actuals": outcome}),
        "check with confidence": (kc.check, (plan,), {"budget": "5 USD", "confidence": "0.8"}),
        "read_reconciliation": (kc.read_reconciliation, ("outcome.json",), {"estimate": None}),
        "load_prices": (kc.load_prices, (None,), {"overlay": (), "rates": ()}),
        "price_frame": (kc.price_frame, (frame, None), {"as_of": None}),
        "validate_frame": (kc.validate_frame, (frame, None), {"as_of": None}),
        "reconcile_frame": (kc.reconcile_frame, (frame, answered, None), {"as_of": None}),
        "lint_prices": (
            kc.lint_prices,
            (None,),
            {"base": None, "overlay": (), "rates": (), "as_of": None},
        ),
        "price_table": (kc.price_table, (None,), {}),
        "diff_prices": (kc.diff_prices, ("pricing", None), {}),
        "observe_prices": (kc.observe_prices, (outcome, None), {}),
        "diff_observed": (kc.diff_observed, (kc.observe_prices(outcome), None), {}),
        "diff_prices, rises": (kc.diff_prices(None, None).rises, ("5%",), {}),
        "template": (_template, ("jobs.xlsx", None), {"as_of": None}),
        "totals": (kc.totals, (kc.price_frame(frame),), {"by": ()}),
        "write_report": (kc.write_report, ("report.md", plan, verdict, outcome, kc.compare(plan)), look),
        "Amount": (kc.Amount, (1, "USD"), {}),
        "Amount.parse": (kc.Amount.parse, ("1 USD",), {}),
    }


def _fitted() -> kc.Plan:
    """The plan of a file of jobs that has to change."""
    Path("shots.csv").write_text(f"model,duration,sound\n{MODEL},5,on\n", encoding="utf-8")
    return kc.fit(kc.estimate(kc.read_jobs("shots.csv")), "30 EVOLINK_CREDIT", may="sound")


def _apply(plan: Any, jobs: Any, path: Any, **read: Any) -> None:
    """The jobs of a plan, wherever they were written before; they never replace a file."""
    Path("fitted.csv").unlink(missing_ok=True)
    kc.apply(plan, jobs, path, **read)


def _template(path: Any, book: Any, as_of: Any) -> None:
    """A template, wherever one was before; it never replaces a file."""
    Path("jobs.xlsx").unlink(missing_ok=True)
    kc.template(path, book, as_of=as_of)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def faults(name: str, call: Callable[[Any], Any]) -> Iterator[str]:
    """What a call raises that is no error of ours, for each value of the zoo, alone and in a list."""
    for value, again in zip(zoo(), zoo(), strict=True):
        for given in (value, [again]):
            try:
                call(given)
            except kc.KlingCostError as error:
                if not str(error).strip():
                    yield f"{name}: {value!r}: says nothing"
            except Exception as error:
                yield f"{name}: {type(value)} {value!r:.60}: {type(error).__name__}: {error}"


@pytest.mark.parametrize("name", list(kc.__all__))
def test_every_public_function_is_called(name: str) -> None:
    public = getattr(kc, name)
    if not isinstance(public, type):
        assert name in calls(), f"{name} is public, and nobody calls it with wrong values"


NAMES = [
    *("price", "price_request", "estimate", "summarize", "summarize jobs"),
    *("check", "check without budget", "check approved", "reconcile"),
    *("diff", "diff, total", "approve", "read_approval"),
    *("read_jobs", "read_responses", "read_estimate", "read_reconciliation", "load_prices"),
    *("lint_prices", "price_table", "diff_prices", "diff_prices, rises", "template"),
    *("observe_prices", "diff_observed", "apply"),
    *("price_frame", "validate_frame", "reconcile_frame", "totals", "write_report", "Amount", "Amount.parse"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_value_in_any_argument_is_refused_in_our_words(name: str) -> None:
    function, places, names = calls()[name]
    function(*places, **names)
    found: list[str] = []
    for at in range(len(places)):
        found += faults(f"{name}[{at}]", lambda v, at=at: function(*places[:at], v, *places[at + 1 :], **names))  # type: ignore[misc]
    for key in names:
        found += faults(f"{name}({key}=)", lambda v, key=key: function(*places, **{**names, key: v}))  # type: ignore[misc]
    assert found == []


@pytest.mark.parametrize(
    "key", "model type duration prompt quality sound cfg_scale image_start model_params seed".split()
)
@pytest.mark.parametrize("base", [BODY, {"type": "pro-text-to-video", "prompt": "x"}, {"model": "kling-v3"}])
def test_a_wrong_value_in_a_body_is_a_problem(base: dict[str, Any], key: str) -> None:
    assert list(faults(f"estimate {key}", lambda value: kc.estimate([{**base, key: value}]))) == []
    assert list(faults(f"price_request {key}", lambda value: kc.price_request({**base, key: value}))) == []


@pytest.mark.parametrize("key", ["takes", "date", "provider", "job_id", "tags", "task_id", "request"])
def test_a_wrong_value_around_a_body_is_a_problem(key: str) -> None:
    assert list(faults(key, lambda value: kc.estimate([{"request": BODY, key: value}]))) == []
    assert list(faults(f"tags.{key}", lambda value: kc.estimate([{"request": BODY, "tags": {key: value}}]))) == []


@pytest.mark.parametrize("key", "id status usage code data message job_id provider stage response".split())
def test_a_wrong_value_in_an_answer_is_a_problem(key: str) -> None:
    plan = kc.estimate([{"job_id": "a", "request": BODY}])

    def reconcile(value: Any) -> None:
        kc.reconcile(plan, [{**ANSWER, key: value}])
        kc.reconcile(plan, [{"job_id": "a", "response": ANSWER, key: value}])
        kc.reconcile(plan, [{**ANSWER, "usage": {"credits_reserved": value}}])

    assert list(faults(key, reconcile)) == []


@pytest.mark.parametrize(
    "day",
    [
        dt.date(2026, 11, 20),
        dt.datetime(2026, 11, 20, 10),  # noqa: DTZ001
        dt.datetime(2026, 11, 20, 20, tzinfo=dt.timezone(dt.timedelta(hours=9))),
        dt.datetime(2026, 11, 21, 2, tzinfo=dt.timezone(dt.timedelta(hours=9))),
        "2026-11-20",
        "2026-11-20T23:59:59Z",
        "2026-11-20 10:00",
        np.str_("2026-11-20"),
        np.datetime64("2026-11-20"),
        np.datetime64("2026-11-20T10:00:00.123456789"),
        pd.Timestamp("2026-11-20 10:00"),
        pd.Timestamp("2026-11-21 02:00", tz="Asia/Seoul"),
    ],
)
def test_a_day_is_a_day_in_whatever_it_is_written(day: Any) -> None:
    frame, answers = pd.DataFrame({"model": [MODEL], "job_id": ["a"]}), pd.DataFrame({"job_id": ["a"]})
    wanted = dt.date(2026, 11, 20)
    assert kc.estimate([BODY], as_of=day).as_of == wanted
    if not isinstance(day, str):  # in a file, a job's date is read as its reader reads it
        assert kc.estimate([{"request": BODY, "date": day}]).line_items[0].job.date == wanted
    for call in (
        lambda d: kc.price(MODEL, as_of=d).cost,
        lambda d: kc.price_request(BODY, as_of=d).cost,
        lambda d: kc.price_frame(frame, as_of=d)["cost"].tolist(),
        lambda d: kc.validate_frame(frame, as_of=d)["price_problem"].tolist(),
        lambda d: kc.reconcile_frame(frame, answers, as_of=d)["estimated"].tolist(),
    ):
        assert str(call(day)) == str(call(wanted))


NO_DAYS = ["soon", "20261120", "2026-13-01", 5, 5.5, True, pd.NaT, np.datetime64("NaT"), [], dt.time(1)]


@pytest.mark.parametrize("day", NO_DAYS)
def test_what_is_no_day_is_refused_with_the_name_of_the_argument(day: Any) -> None:
    frame: Any = pd.DataFrame({"model": []})
    firsts: list[tuple[Any, Any]] = [(kc.price, MODEL), (kc.price_request, BODY), (kc.estimate, [BODY])]
    for call, first in [*firsts, (kc.price_frame, frame), (kc.validate_frame, frame)]:
        with pytest.raises(kc.UsageError, match="as_of must be a date such as 2026-11-20, not"):
            call(first, as_of=day)


@pytest.mark.parametrize("number", [np.float64(0.1), np.float32(0.1), Decimal("0.1"), Fraction(1, 10), 0.1])
def test_a_number_is_read_by_its_shortest_text(number: Any) -> None:
    body = {"type": "pro-text-to-video", "prompt": "x", "cfg_scale": number}
    assert [p for p in kc.estimate([body]).problems if p.severity == "error"] == []
    answer = {"id": "t", "status": "completed", "usage": {"credits_reserved": number}}
    outcome = kc.reconcile(kc.estimate([{"job_id": "a", "request": BODY}]), [{"job_id": "a", "response": answer}])
    assert [task.reported for task in outcome.tasks] == [Decimal("0.1")]


@pytest.mark.parametrize("five", [np.int64(5), np.uint8(5), Fraction(5), np.array([5])[0]])
def test_a_whole_number_is_a_whole_number(five: Any) -> None:
    plan = kc.estimate([{"request": {**BODY, "duration": five}, "takes": five, "tags": {"shot": five}}])
    assert [(str(item.cost), dict(item.tags)) for item in plan.line_items] == [("135 EVOLINK_CREDIT", {"shot": "5"})]
    assert kc.price(MODEL, duration=five).cost == kc.price(MODEL, duration=5).cost


@pytest.mark.parametrize(
    "nothing", [float("nan"), np.float64("nan"), float("inf"), Decimal("NaN"), Fraction(1, 3), 5.5]
)
@pytest.mark.parametrize("field", ["duration", "takes"])
def test_what_is_no_whole_number_leaves_the_job_out(field: str, nothing: Any) -> None:
    where = {"request": {**BODY, "duration": nothing}} if field == "duration" else {"request": BODY, "takes": nothing}
    plan = kc.estimate([where])
    assert (plan.left_out, [(p.field, p.code) for p in plan.problems]) == (1, [(field, "wrong_type")])


def test_texts_and_truths_of_numpy_are_texts_and_truths() -> None:
    item = kc.price(np.str_(MODEL), quality=np.str_("1080p"), sound=np.bool_(True), duration=np.int16(4))
    assert item.cost == kc.price(MODEL, quality="1080p", sound=True, duration=4).cost
    body = {np.str_("model"): np.str_(MODEL), "prompt": np.str_("x"), "model_params": {"multi_shot": np.bool_(False)}}
    assert kc.estimate([body]).problems == []


def test_a_missing_value_of_pandas_is_null_not_a_default() -> None:
    for missing in (pd.NA, pd.NaT, None):
        assert [p.code for p in kc.estimate([{**BODY, "duration": missing}]).problems] == ["wrong_type"]


def test_library_errors_name_arguments_not_options() -> None:
    plan = kc.estimate([BODY])
    for call in (
        lambda: kc.check(plan, budget="nope"),
        lambda: kc.check(plan),
        lambda: kc.load_prices(rates="nope"),
        lambda: kc.read_jobs(os.devnull),
        lambda: kc.check(plan, budget="5 XYZ"),
        lambda: kc.write_report("x.md", plan, currencies="XYZ"),
        lambda: kc.write_report("x.md", plan, parts="findings"),
    ):
        with pytest.raises(kc.UsageError) as caught:
            call()
        assert "--" not in str(caught.value)
