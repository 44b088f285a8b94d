"""A plan that has to hold several limits at once: published figures, every plan of small ones, and what all keep."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction as F
from math import floor
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from rich.cells import cell_len

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.planning.fit import solver
from kling_cost.planning.fit.several_limits import best_plan
from tests.planning.test_fit import (
    BROLL,
    DRAFT,
    HERO,
    MAY,
    WEIGHTS,
    Allowed,
    costs_of,
    job,
    planned,
    random_jobs,
    told,
)
from tests.schemas import validate

#: The ways in which a plan within several limits is found: every one is looked at; the solver; without one.
WAYS = ("every plan", "solver", "no solver")


Made = Callable[..., kc.Rules]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    def of(budgets: str, *may: str, more: str = "") -> kc.Rules:
        items = "".join(f"\n    - {one}" for one in may or MAY)
        text = f"schema: 1\nfit:\n  weights: {WEIGHTS}\n  may:{items}\n"
        text += f"budgets:\n{budgets}{more}" if budgets else more
        (tmp_path / "rules.yaml").write_text(text, encoding="utf-8")
        return kc.read_rules(tmp_path / "rules.yaml")

    return of


def two(every: object, hero: object) -> str:
    return (
        f"  - {{name: All, limit: {every} EVOLINK_CREDIT}}\n"
        f"  - {{name: Heroes, where: {{tag:class: hero}}, limit: {hero} EVOLINK_CREDIT}}\n"
    )


@contextmanager
def found_by(way: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if way != "every plan":
            patch.setattr(best_plan, "best_of_all", lambda groups, task: (False, None))
        if way == "no solver":
            patch.setattr(solver, "is_installed", lambda: False)
            patch.setattr("kling_cost.planning.fit.fitter.is_installed", lambda: False)
        yield


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("every", "hero", "pain", "after"), [(500, 300, 14, None), (500, 200, 30, "385.128"), (400, 108, 45, "349.164")]
)
def test_published_plans_within_two_limits(
    made: Made, way: str, every: int, hero: int, pain: int, after: str | None
) -> None:
    with found_by(way):
        plan = kc.fit(planned(), rules=made(two(every, hero)))
    assert (plan.status, plan.pain, plan.exit_code) == ("changed", pain, 0)
    assert [one.scope for one in plan.limits] == ["All", "Heroes"]
    assert all(one.binding for one in plan.limits)
    if after is not None:
        assert plan.limits[0].after == Decimal(after) == plan.estimate.totals[0].cost
    assert plan.proof in {"every plan": ("exact",), "solver": ("exact", "solver"), "no solver": ("exact", "none")}[way]
    assert plan.next == []
    found = plan.to_json()
    validate(found, "fit")
    assert found["gap"] == plan.gap == found["pain"] - found["bound"]


@pytest.mark.parametrize("way", WAYS)
def test_limits_that_are_too_small_alone_say_what_they_would_have_to_be(made: Made, way: str) -> None:
    with found_by(way):
        plan = kc.fit(planned(), rules=made(two(190, 150)))
        both = kc.fit(planned(), rules=made(two(190, 100)))
    assert (plan.status, plan.exit_code, plan.proof) == ("infeasible", 7, "exact")
    assert plan.conflict == [("All", Decimal(190), "EVOLINK_CREDIT", Decimal("194.4"))]
    assert [one.least for one in plan.limits] == [Decimal("194.4"), Decimal(108)]
    assert [(one.scope, one.least) for one in both.conflict] == [("All", Decimal("194.4")), ("Heroes", Decimal(108))]
    validate(plan.to_json(), "fit")


class Limit(NamedTuple):
    """A limit of a random plan: how rules or the command say it, which jobs it holds, and what a credit is in it."""

    name: str
    where: str
    currency: str
    holds: Callable[[dict[str, Any]], bool]
    per_credit: F

    def amount(self, limit: F) -> Decimal:
        return Decimal(floor(limit * 10**6)).scaleb(-6)


def _is(kind: str) -> Callable[[dict[str, Any]], bool]:
    return lambda one: one["tags"]["class"] == kind


_CREDIT, _DOLLAR = ("EVOLINK_CREDIT", F(1)), ("USD", F(1, 72))
LIMITS = [
    Limit("", "", *_CREDIT[:1], lambda one: True, _CREDIT[1]),
    Limit("", "", *_DOLLAR[:1], lambda one: True, _DOLLAR[1]),
    Limit("Heroes", "tag:class: hero", _CREDIT[0], _is("hero"), _CREDIT[1]),
    Limit("Drafts", "tag:class: draft", _DOLLAR[0], _is("draft"), _DOLLAR[1]),
    Limit("Fine", "quality: 1080p", _CREDIT[0], lambda one: one["request"]["quality"] == "1080p", _CREDIT[1]),
]


def every_total(
    jobs: list[dict[str, Any]], allowed: Allowed, limits: list[Limit], known: dict[str, Decimal]
) -> set[tuple[F, ...]]:
    """What every plan comes to: its pain, then what it needs of each limit."""
    sums = {(F(0),) * (len(limits) + 1)}
    for one in jobs:
        found = set()
        weight = {"hero": 5, "broll": 2, "draft": 1}[one["tags"]["class"]]
        pains, become = zip(*allowed.becomes(one), strict=True)
        for pain, to, cost in zip(pains, become, costs_of(list(become), known), strict=True):
            held = [to is not None and limit.holds(to) for limit in limits]
            if not pain or (any(limit.holds(one) for limit in limits) and (to is None or any(held))):
                loads = (
                    F(cost) * limit.per_credit if is_held else F(0) for limit, is_held in zip(limits, held, strict=True)
                )
                found.add((F(weight * pain), *loads))
        sums = best({tuple(map(sum, zip(a, b, strict=True))) for a in sums for b in best(found)})
    return sums


def best(totals: set[tuple[F, ...]]) -> set[tuple[F, ...]]:
    """Without those that come to no less than another in anything."""
    kept: list[tuple[F, ...]] = []
    for one in sorted(totals):
        if not any(all(a <= b for a, b in zip(other, one, strict=True)) for other in kept):
            kept.append(one)
    return set(kept)


def test_every_plan_of_a_few_jobs_within_several_limits_is_the_best(made: Made) -> None:
    known: dict[str, Decimal] = {}
    seen: Counter[str] = Counter()
    for seed in range(int(os.environ.get("KLING_COST_FIT_SETS", "300"))):
        of = Random(seed)
        jobs, allowed = random_jobs(of), Allowed(of)
        limits = sorted(of.sample(LIMITS, of.choice((1, 2, 2, 3, 3))), key=LIMITS.index)
        plans = every_total(jobs, allowed, limits, known)
        least = [min(column) for column in list(zip(*plans, strict=True))[1:]]
        most = [max(column) for column in list(zip(*plans, strict=True))[1:]]
        amounts = [
            max(Decimal(0), limit.amount(low + (high - low) * of.randint(-2, 55) / 100))
            for limit, low, high in zip(limits, least, most, strict=True)
        ]
        texts = [f"{amount:f} {limit.currency}" for limit, amount in zip(limits, amounts, strict=True)]
        given = [text for limit, text in zip(limits, texts, strict=True) if not limit.name]
        budgets = "".join(
            f"  - {{name: {limit.name}, where: {{{limit.where}}}, limit: {text}}}\n"
            for limit, text in zip(limits, texts, strict=True)
            if limit.name
        )
        rules = made(budgets, *allowed.texts())
        within = [one for one in plans if all(a <= F(b) for a, b in zip(one[1:], amounts, strict=True))]
        for way in WAYS:
            with found_by(way):
                plan = kc.fit(planned(*jobs), given or None, rules)
                shuffled = kc.fit(planned(*of.sample(jobs, len(jobs))), given or None, rules)
            assert told(shuffled) == told(plan), (seed, way)
            seen[f"{way} {plan.status} {plan.proof}"] += 1
            checked(plan, within, amounts, way, seed)
    assert all(
        seen[key] for key in ("every plan changed exact", "every plan infeasible exact", "solver changed solver")
    )
    assert seen["no solver changed none"], seen


def checked(plan: kc.Plan, within: list[tuple[F, ...]], amounts: list[Decimal], way: str, seed: int) -> None:
    """Hold a plan against all that there are."""
    about = (seed, way, plan)
    if plan.pain is None:
        if way != "no solver":
            assert plan.status == "infeasible", about
        if plan.status == "infeasible":
            assert not within, about
        assert plan.exit_code == (7 if plan.status == "infeasible" else 4), about
        return
    assert within, about
    pain, spend, *_ = min(within)
    after = [one.after or Decimal(0) for one in plan.limits]
    assert all(a <= b for a, b in zip(after, amounts, strict=True)), about
    assert plan.bound is not None
    assert plan.bound <= pain <= plan.pain, about
    if plan.proof != "none":
        assert plan.pain == pain, about
        assert abs(F(after[0]) - spend) <= F(1, 10**12), about


def test_a_larger_limit_never_hurts_more(made: Made) -> None:
    pains = [kc.fit(planned(), rules=made(two(every, 250))).pain for every in range(200, 700, 50)]
    assert None not in pains
    assert pains == sorted(pains, key=lambda pain: -(pain or 0))
    pains = [kc.fit(planned(), rules=made(two(400, hero))).pain for hero in range(108, 450, 36)]
    assert pains == sorted(pains, key=lambda pain: -(pain or 0))


def test_the_limits_of_the_command_come_first_then_those_of_rules(made: Made) -> None:
    plan = kc.fit(planned(), "7 USD", made(two(500, 300)))
    assert [(one.scope, one.currency) for one in plan.limits] == [
        ("campaign", "USD"),
        ("All", "EVOLINK_CREDIT"),
        ("Heroes", "EVOLINK_CREDIT"),
    ]
    dollars, every, hero = plan.limits
    assert (dollars.binding, every.binding, hero.binding) == (True, True, True)
    assert plan.estimate.totals[0].cost == every.after
    assert abs(F(dollars.after or 0) - F(every.after or 0) / 72) <= F(1, 10**12)
    assert kc.check(plan.estimate, budget="7 USD", rules=made(two(500, 300))).exit_code == 0


def test_each_month_of_a_budget_is_a_limit(made: Made) -> None:
    jobs = [{**HERO, "job_id": f"hero-{n}", "date": f"2026-{n}-05"} for n in (11, 12)]
    month = "  - {name: All, limit: 300 EVOLINK_CREDIT, per: month}\n"
    plan = kc.fit(planned(*jobs, BROLL), rules=made(month))
    assert [(one.scope, one.before) for one in plan.limits] == [
        ("All / 2026-11", Decimal("575.964")),
        ("All / 2026-12", Decimal(432)),
    ]
    assert all(one.after is not None and one.after <= 300 for one in plan.limits)
    assert (plan.status, plan.proof, plan.exit_code) == ("changed", "exact", 0)
    alone = [kc.fit(planned(*some), rules=made(month)).pain or 0 for some in ([jobs[0], BROLL], jobs[1:])]
    assert plan.pain == sum(alone)


def test_what_a_month_carries_over_is_not_known_and_nothing_is_told(made: Made) -> None:
    carried = "  - {name: All, limit: 300 EVOLINK_CREDIT, per: month, carry_over: {at_most: 50 EVOLINK_CREDIT}}\n"
    plan = kc.fit(planned(), rules=made(carried))
    assert (plan.status, plan.exit_code, plan.changes) == ("unknown", 4, [])
    assert "cannot_check.carry_over" in {found.key for found in plan.problems}


def test_no_job_is_changed_out_of_every_limit(made: Made) -> None:
    fine = "  - {name: Fine, where: {quality: 1080p}, limit: 300 EVOLINK_CREDIT}\n"
    plan = kc.fit(planned(HERO, BROLL), rules=made(fine))
    assert {one.change for one in plan.changes} <= {"sound", "takes"}, "720p would cost what no limit sees"
    assert plan.estimate.totals[0].cost <= 300
    every = "  - {name: All, limit: 900 EVOLINK_CREDIT}\n"
    wide = kc.fit(planned(HERO, BROLL), rules=made(fine + every))
    assert [(one.job_id, one.change) for one in wide.changes] == [("hero", "quality")]


def test_jobs_that_a_change_would_put_under_other_limits_or_policies_are_told_apart(made: Made) -> None:
    jobs = [
        job(f"{look}-{n}", 1, "draft", 10, "1080p", "on", tags={"look": look})
        for n in (1, 2)
        for look in ("cold", "warm")
    ]
    budgets = (
        "  - {name: All, limit: 300 EVOLINK_CREDIT}\n"
        "  - {name: Cheap, where: {tag:look: cold, quality: 720p}, limit: 0 EVOLINK_CREDIT}\n"
    )
    plan = kc.fit(planned(*jobs), rules=made(budgets, MAY[0]))
    assert plan.status == "infeasible", "a cold one would come under the other limit"
    roomy = budgets.replace("300", "380")
    plan = kc.fit(planned(*jobs), rules=made(roomy, MAY[0]))
    assert (plan.status, {one.job_id for one in plan.changes}) == ("changed", {"warm-1", "warm-2"})
    every = "  - {name: All, limit: 380 EVOLINK_CREDIT}\n"
    policy = "policies: [{name: Loud, where: {tag:look: cold, quality: 720p}, require: {sound: 'off'}}]\n"
    plan = kc.fit(planned(*jobs), rules=made(every, MAY[0], more=policy))
    assert (plan.exit_code, {one.job_id for one in plan.changes}) == (0, {"warm-1", "warm-2"})


def test_limits_in_conflict_are_told(made: Made) -> None:
    """Any of two limits can be held, by making fewer of either; all three cannot."""
    both = "{change: quality, from: 1080p, to: 720p, pain: 3}"
    budgets = (
        "  - {name: Fine, where: {quality: 1080p}, limit: 100 EVOLINK_CREDIT}\n"
        "  - {name: Coarse, where: {quality: 720p}, limit: 100 EVOLINK_CREDIT}\n"
        "  - {name: All, limit: 900 EVOLINK_CREDIT}\n"
    )
    rules = made(budgets, both)
    for way in ("every plan", "solver"):
        with found_by(way):
            plan = kc.fit(planned(HERO), rules=rules)
        assert (plan.status, plan.exit_code, plan.pain) == ("infeasible", 7, None)
        assert plan.proof == "exact" if way == "every plan" else plan.proof in ("exact", "solver")
        assert [one.scope for one in plan.conflict] == ["Fine", "Coarse"]
        assert [one.least for one in plan.conflict] == [Decimal(432), Decimal(324)]


def test_without_a_solver_the_gap_is_told_and_what_to_install(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    with found_by("no solver"):
        plan = kc.fit(planned(), rules=made(two(500, 200)))
    assert plan.proof == ("exact" if plan.gap == 0 else "none")
    assert ("has_no_effect.no_solver" in {found.key for found in plan.problems}) == (plan.proof == "none")


@pytest.mark.parametrize("locale", ["en", "ko", "ja", "zh"])
def test_the_command_shows_every_limit_within_80_columns(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, locale: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jobs.jsonl").write_text("\n".join(map(json.dumps, (HERO, BROLL, DRAFT))), encoding="utf-8")
    command = ["plan", "fit", "jobs.jsonl", "--as-of", "2026-11-20", "--rules", "rules.yaml", "--locale", locale]
    for every, hero, code, texts in (
        (500, 200, 0, ("385.128", "30")),
        (190, 100, 7, ("194.4", "108")),
    ):
        made(two(every, hero))
        for form in ("table", "md"):
            assert main([*command, "--format", form]) == code
            shown = capsys.readouterr().out
            assert all(text in shown for text in ("All", "Heroes", *texts)), shown
            if form == "table":
                assert max(map(cell_len, shown.splitlines())) <= 80, shown
    fine = "  - {name: Fine, where: {quality: 1080p}, limit: 100 EVOLINK_CREDIT}\n"
    coarse = "  - {name: Coarse, where: {quality: 720p}, limit: 100 EVOLINK_CREDIT}\n"
    rules = made(fine + coarse, "{change: quality, from: 1080p, to: 720p, pain: 3}")
    assert main(command) == 7
    shown, conflict = capsys.readouterr().out.replace(",", ""), kc.fit(planned(), rules=rules).conflict
    assert len(conflict) == 2
    assert all(f"{one.least.normalize():f}" in shown for one in conflict), shown
