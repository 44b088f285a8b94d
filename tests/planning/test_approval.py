"""An approved plan cannot grow by small steps: growth counts from what was approved, and only `approve` raises it."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

import kling_cost as kc
from kling_cost.planning.approval.approve import BINDS
from kling_cost.planning.approval.approved_plan import REASONS
from kling_cost.pricing.plan_hash import canonical_json, plan_sha256
from tests.planning.plans import AS_OF, CATALOGUE, T2V, job, plan, plan_of_rows
from tests.schemas import validate

NEXT_DAY = date(2026, 11, 21)
TWO = (job("a", 2, {"scene": "storm"}, duration=10), job("b", duration=5, quality="1080p", sound="on"))


def approved(*jobs: dict[str, Any], **terms: Any) -> kc.Approval:
    return kc.approve(kc.check(plan(*(jobs or TWO)), no_budget=True), by="Ada", **terms)


def standing(approval: kc.Approval, estimate: kc.Estimate) -> tuple[str, int, tuple[str, ...]]:
    """Verdict, exit code and reasons."""
    verdict = kc.check(estimate, no_budget=True, approval=approval)
    assert verdict.approval is not None
    assert (verdict.approval.status == "reopened") == bool(verdict.approval.why)
    return verdict.verdict, verdict.exit_code, verdict.approval.why


def changed(name: str, **new: Any) -> Callable[[], kc.Estimate]:
    return lambda: plan(*({**each, **new} if each["job_id"] == name else each for each in TWO))


#: What changes after an approval with 5 % of growth, and what reopens it, by how it binds.
CHANGES: dict[str, tuple[Callable[[], kc.Estimate], tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "nothing": (lambda: plan(*TWO), (), (), ()),
    "another day and order": (lambda: plan(*TWO[::-1], as_of=NEXT_DAY), (), (), ()),
    "another book of the same costs": (lambda: plan(*TWO, book=CATALOGUE), (), (), ()),
    "cheaper": (changed("a", takes=1), ("plan_changed",), (), ()),
    "a job left out": (lambda: plan(TWO[0]), ("plan_changed",), (), ()),
    "a tag": (changed("a", tags={"scene": "calm"}), ("plan_changed",), (), ()),
    "a little growth": (
        lambda: plan(TWO[0], job("b", duration=5, quality="1080p", sound="on"), job("c", duration=3)),
        ("job_added", "grown", "plan_changed"),
        ("job_added", "grown"),
        ("grown",),
    ),
    "growth beyond what is allowed": (
        changed("b", takes=2), ("grown", "plan_changed"), ("grown",), ("grown",)
    ),
    "another job in place of one": (
        lambda: plan(TWO[0], {**TWO[1], "job_id": "c"}), ("job_added", "plan_changed"), ("job_added",), ()
    ),
    "another model at the same cost": (
        changed("b", request={**TWO[1]["request"], "model": "kling-v3-image-to-video", "image_start": "https://example.com/a.jpg"}),
        ("seller_changed", "plan_changed"), ("seller_changed",), (),
    ),
    "another seller": (
        lambda: plan_of_rows([{"job_id": "a", "model": "std-text-to-video"}, {"job_id": "b", "model": T2V}]),
        ("seller_changed", "new_currency", "grown", "plan_changed"),
        ("seller_changed", "new_currency", "grown"),
        ("new_currency", "grown"),
    ),
    "another plan": (
        lambda: plan(job("z", duration=5)), ("other_plan", "job_added", "plan_changed"), ("other_plan", "job_added"), ()
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_reopens_an_approval(name: str) -> None:
    make, *reasons = CHANGES[name]
    estimate = make()
    for bind, expected in zip(("exact", "jobs", "total"), reasons, strict=True):
        found = standing(approved(bind=bind, allow_growth="5 %"), estimate)
        assert found == (("refused", 3, expected) if expected else ("within", 0, ())), bind


def test_growth_within_what_is_allowed_is_shown_and_counts_from_what_was_approved() -> None:
    first = approved(job("a", 100), allow_growth="5 %")
    verdict = kc.check(plan(job("a", 105)), no_budget=True, approval=first)
    assert verdict.approval is not None
    (growth,) = verdict.approval.growth
    assert (verdict.verdict, growth.grown, growth.allowed) == ("within", Decimal(135), Decimal(2835))
    assert standing(first, plan(job("a", 106)))[2] == ("grown",)
    assert standing(first, plan(job("a", 105)))[0] == "within"  # whatever was checked before


@pytest.mark.parametrize(("cost", "word"), [("105", "within"), ("105.0001", "refused"), ("100", "within")])
def test_growth_is_exact(tmp_path: Path, cost: str, word: str) -> None:
    def priced(price: str) -> kc.Estimate:
        (tmp_path / "book.yaml").write_text(f"""
schema: 1
version: 2026-11-01
currencies: {{CRD: {{name: credit, quantum: 0.0001}}}}
providers:
  seller:
    name: Seller
    currency: CRD
    skus:
      one:
        models: [one]
        billing_rule: per_call
        rates: {{2026-01-01: {{unit_price: {price}, source: made up, checked: 2026-11-01}}}}
""")
        import pyarrow as pa

        table = pa.table({"job_id": ["a"], "model": ["one"]})
        return kc.estimate(table, kc.load_prices(tmp_path / "book.yaml"), as_of=AS_OF)

    given = kc.approve(kc.check(priced("100"), no_budget=True), by="Ada", allow_growth="5 %")
    assert standing(given, priced(cost))[0] == word


def test_what_is_partial_or_over_is_not_called_refused() -> None:
    given = approved()
    assert standing(given, plan(*TWO, job("c", duration=99))) == ("blocked", 5, ("partial",))
    over = kc.check(plan(*TWO, job("c")), budget="1 EVOLINK_CREDIT", approval=given)
    assert (over.verdict, over.exit_code) == ("over", 3)
    assert [found.key for found in over.problems][-2:] == ["not_approved.job_added", "not_approved.grown"]


def test_an_approval_holds_up_to_its_last_day() -> None:
    given = approved(until="2026-11-21")
    assert standing(given, plan(*TWO, as_of=NEXT_DAY))[0] == "within"
    assert standing(given, plan(*TWO, as_of=date(2026, 11, 22))) == ("refused", 3, ("expired",))
    assert standing(given, plan(*TWO, as_of=None)) == ("refused", 3, ("day_unknown",))
    late = kc.check(
        plan(*TWO), no_budget=True, approval=given, on="2026-11-22"
    )  # as of a stored plan's day it would hold
    assert late.verdict == "refused"


def test_each_reason_is_put_into_words() -> None:
    keys = {key.removeprefix("not_approved.") for key in kc_sentences() if key.startswith("not_approved.")}
    assert keys == set(REASONS)


def kc_sentences() -> list[str]:
    from kling_cost.messages import SENTENCES

    return list(SENTENCES)


def test_its_file_is_of_its_schema_and_is_read_back(tmp_path: Path) -> None:
    given = approved(until="2026-12-31", note="Spring", allow_growth="2.5%", uses=1)
    record = json.loads(json.dumps(given.to_json()))
    validate(record, "approval")
    assert list(record) == [
        "schema_version", "kind", "by", "on", "until", "note", "bind", "growth", "estimate_sha256", "plan_sha256",
        "price_book", "totals", "jobs", "rules_sha256", "uses", "line_items", "approval_sha256",
    ]  # fmt: skip
    assert record["jobs"][0] == {"job_id": "a", "provider": "evolink", "model": T2V}
    assert (record["growth"], record["uses"], record["until"]) == ("0.025", 1, "2026-12-31")
    path = tmp_path / "approval.json"
    path.write_text(json.dumps(record, indent=4))  # its form does not count, its content does
    assert kc.read_approval(path).to_json() == given.to_json()
    assert pickle.loads(pickle.dumps(given)) == copy.deepcopy(given) == given
    verdict = kc.check(plan(*TWO), no_budget=True, approval=path)
    from kling_cost.results.document_types import CHECK

    validate(json.loads(json.dumps(CHECK.json(verdict))), "check")


def test_the_hash_of_an_approval_is_that_of_its_canonical_json() -> None:
    import hashlib

    record = approved().to_json()
    seal = record.pop("approval_sha256")
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    assert seal == hashlib.sha256(text.encode()).hexdigest()


def test_the_hash_of_a_plan_is_that_of_its_sorted_lines() -> None:
    import hashlib

    lines = [
        '["a","evolink","kling-v3-text-to-video",{"duration":"10","quality":"720p","sound":"off"},2,'
        '{"scene":"storm"},"EVOLINK_CREDIT","108"]\n',
        '["b","evolink","kling-v3-text-to-video",{"duration":"5","quality":"1080p","sound":"on"},1,{},'
        '"EVOLINK_CREDIT","54"]\n',
    ]
    assert plan_sha256(plan(*TWO[::-1]).line_items) == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert canonical_json({"ü": [1, None]}) == '{"ü":[1,null]}\n'


def damaged(record: dict[str, Any], **new: Any) -> str:
    return json.dumps({**record, **new})


BAD: dict[str, tuple[Callable[[dict[str, Any]], str], str]] = {
    "no JSON": (lambda r: "{", "not JSON"),
    "another kind": (lambda r: damaged(r, kind="estimate"), "not an approval"),
    "a list": (lambda r: "[1]", "not an approval"),
    "another schema": (lambda r: damaged(r, schema_version="2"), "unknown schema version 2"),
    "more growth": (lambda r: damaged(r, growth="0.5"), "edited"),
    "another total": (lambda r: damaged(r, totals=[{"currency": "EVOLINK_CREDIT", "cost": "9999"}]), "edited"),
    "a later end": (lambda r: damaged(r, until="2030-01-01"), "edited"),
    "a key more": (lambda r: damaged(r, remark=1.5), "edited"),
    "no hash": (lambda r: json.dumps({k: v for k, v in r.items() if k != "approval_sha256"}), "damaged"),
    "a negative total": (lambda r: damaged(r, totals=[{"currency": "USD", "cost": "-1"}]), "damaged"),
    "another way to bind": (lambda r: damaged(r, bind="nothing"), "damaged"),
    "no jobs": (lambda r: damaged(r, jobs=None), "damaged"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_approval_is_refused_with_its_reason(tmp_path: Path, name: str) -> None:
    make, why = BAD[name]
    path = tmp_path / "approval.json"
    path.write_text(make(json.loads(json.dumps(approved().to_json()))))
    with pytest.raises(kc.ReadError, match=why) as error:
        kc.check(plan(*TWO), no_budget=True, approval=path)
    assert error.value.exit_code == 2


def test_a_missing_approval_is_an_error_and_never_none(tmp_path: Path) -> None:
    with pytest.raises(kc.ReadError, match="no such file"):
        kc.check(plan(*TWO), no_budget=True, approval=tmp_path / "nothing.json")


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"by": " "}, "by must name"),
        ({"by": 5}, "by must be text"),
        ({"bind": "all"}, "bind must be one of"),
        ({"allow_growth": "5"}, "allow_growth: .* percentage"),
        ({"allow_growth": "-5%"}, "allow_growth: .* percentage"),
        ({"uses": 0}, "uses must be"),
        ({"uses": True}, "uses must be"),
        ({"uses": "1"}, "uses must be"),
        ({"until": "2026-11-19"}, "before the day"),
        ({"until": "soon"}, "until must be a date"),
        ({"on": "soon"}, "on must be a date"),
        ({"note": 5}, "note must be text"),
    ],
)
def test_terms_that_make_no_sense_are_refused(terms: dict[str, Any], why: str) -> None:
    with pytest.raises(kc.UsageError, match=why):
        kc.approve(kc.check(plan(*TWO), no_budget=True), **{"by": "Ada", **terms})


@pytest.mark.parametrize(
    ("verdict", "why"),
    [
        (lambda: kc.check(plan(*TWO), budget="1 USD"), "the plan is over"),
        (lambda: kc.check(plan(job("a", duration=99)), no_budget=True), "the plan is blocked"),
        (lambda: kc.check(plan(), no_budget=True), "no jobs"),
        (lambda: kc.check(plan(*TWO).summary, no_budget=True), "not totals"),
        (lambda: kc.check(plan(*TWO, as_of=None), no_budget=True), "needs a day"),
        (lambda: plan(*TWO), "verdict must be"),
    ],
)
def test_only_a_plan_that_passes_its_check_can_be_approved(verdict: Callable[[], Any], why: str) -> None:
    with pytest.raises(kc.UsageError, match=why):
        kc.approve(verdict(), by="Ada")


def test_totals_cannot_be_compared_with_an_approval() -> None:
    with pytest.raises(kc.UsageError, match="an approval or another plan need every job"):
        kc.check(plan(*TWO).summary, no_budget=True, approval=approved())
    with pytest.raises(kc.UsageError, match="approval must be a path"):
        kc.check(plan(*TWO), no_budget=True, approval=5)  # type: ignore[arg-type]


def test_what_changed_stands_beside_the_verdict() -> None:
    old, new = plan(*TWO), plan(TWO[0])
    verdict = kc.check(new, budget="500 USD", against=old)
    assert verdict.against is not None
    assert [step.step for step in verdict.against.steps] == ["removed"]
    assert verdict.exit_code == 0
    assert kc.check(new, budget="500 USD", against=kc.diff(old, new)).against == verdict.against
    with pytest.raises(kc.UsageError, match="to another plan"):
        kc.check(new, budget="500 USD", against=kc.diff(new, old))
    with pytest.raises(kc.UsageError, match="an approval or another plan need every job"):
        kc.check(new.summary, budget="500 USD", against=old)


def test_an_approval_in_another_book_counts_costs_and_not_prices() -> None:
    dear = job("a", duration=10, quality="1080p", sound="off")
    given = approved(dear)
    assert standing(given, plan(dear, book=CATALOGUE))[2] == ("grown",)


class Histories(RuleBasedStateMachine):
    """Any sequence of changes, checks and approvals: what passes never costs more than the last approval allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.takes = {"a": 4, "b": 4}
        self.seconds = {"a": 5, "b": 5}
        self.approval: kc.Approval | None = None
        self.allowed = Decimal(0)
        self.approved_jobs: frozenset[str] = frozenset()

    def estimate(self) -> kc.Estimate:
        return plan(*(job(name, self.takes[name], duration=self.seconds[name]) for name in self.takes))

    @rule(name=st.sampled_from("abc"), takes=st.integers(1, 6), seconds=st.integers(3, 8))
    def change(self, name: str, takes: int, seconds: int) -> None:
        self.takes[name], self.seconds[name] = takes, seconds

    @precondition(lambda self: len(self.takes) > 1)
    @rule()
    def leave_out(self) -> None:
        name = sorted(self.takes)[-1]
        del self.takes[name], self.seconds[name]

    @rule(bind=st.sampled_from(BINDS), growth=st.sampled_from(["0%", "5%", "20 %"]))
    def approve(self, bind: Any, growth: str) -> None:
        estimate = self.estimate()
        self.approval = kc.approve(kc.check(estimate, no_budget=True), by="Ada", bind=bind, allow_growth=growth)
        share = Decimal(growth.rstrip(" %")) / 100
        self.allowed = estimate.totals[0].cost * (1 + share)
        self.approved_jobs = frozenset(self.takes)

    @precondition(lambda self: self.approval is not None)
    @rule()
    def check(self) -> None:
        assert self.approval is not None
        before = self.approval.to_json()
        estimate = self.estimate()
        verdict = kc.check(estimate, no_budget=True, approval=self.approval)
        assert self.approval.to_json() == before
        cost = estimate.totals[0].cost
        if verdict.verdict == "within":
            assert cost <= self.allowed
            if self.approval.bind != "total":
                assert self.takes.keys() <= self.approved_jobs
        elif self.approval.bind == "total":
            assert cost > self.allowed


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=40, stateful_step_count=25)
