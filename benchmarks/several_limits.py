"""Several limits at once, beside the solver alone, which is asked for the least pain and believed."""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import kling_cost as kc
from benchmarks.fits import RULES, job_of
from benchmarks.measure import Figure, cpu_of
from benchmarks.risk import CLASSES, SELLERS
from kling_cost.planning.applied_rules import RulesInForce
from kling_cost.planning.fit.fitter import Fitter
from kling_cost.planning.fit.held_limits.limits_to_hold import limits_to_hold
from kling_cost.planning.fit.several_limits.least_pain_within import least_pain_within
from kling_cost.planning.fit.several_limits.measures import Group, extremes

SIZES, GOAL, ROUNDS, SETS = (25, 60, 100), 1.2, 2, 4
#: What limits beside that of all jobs hold: parts that do not touch, parts that cross, and what changes leave.
KINDS = {
    "a limit and one of its parts": ["tag:class: hero"],
    "a limit and three of its parts": [f"tag:class: {name}" for name in CLASSES],
    "a limit and five parts that cross": [
        *(f"tag:class: {name}" for name in CLASSES),
        *(f"tag:client: {name}" for name in "AB"),
    ],
    "a limit, a part, and what is 1080p": ["tag:class: hero", "quality: 1080p"],
}
_ROOM = (0.3, 0.6)  # of what lies between the least and the most of a limit, the share that it allows
_ALL_OF_IT = 60.0


def figures() -> Iterator[Figure]:
    """CPU seconds over several sets of limits, of jobs of one seller."""
    for size in SIZES:
        for kind, parts in KINDS.items():
            groups = _groups(size, parts)
            sets = list(_limits(groups, len(parts) + 1, random.Random(size)))
            ways = [
                lambda groups=groups, sets=sets: [least_pain_within(groups, one) for one in sets],
                lambda groups=groups, sets=sets: [alone(groups, one) for one in sets],
            ]
            ours, theirs = cpu_of(ways, ROUNDS)  # type: ignore[arg-type]  # lambdas with what they are about
            proven = sum(least_pain_within(groups, one).proof == "exact" for one in sets)
            detail = f"{ours:.2f} s beside {theirs:.2f} s of CPU; {proven} of {SETS} proven"
            yield Figure(f"fit, {size} jobs, {kind}", "highspy", ours / theirs, GOAL, detail=detail)


def _groups(size: int, parts: Sequence[str]) -> Sequence[Group]:
    chance, clients = random.Random(size), random.Random(size)
    with tempfile.TemporaryDirectory() as folder:
        path, rules = Path(folder, "jobs.jsonl"), Path(folder, "rules.yaml")
        jobs = [job_of(number, SELLERS["EVOLINK_CREDIT"](chance), chance, 1) for number in range(size)]
        for job in jobs:
            job["tags"]["client"] = clients.choice("ABC")
        path.write_text("".join(json.dumps(one) + "\n" for one in jobs), encoding="utf-8")
        budgets = (
            f"  - {{name: n{number}, where: {{{part}}}, limit: 1 EVOLINK_CREDIT}}\n"
            for number, part in enumerate(parts)
        )
        rules.write_text(f"{RULES.partition('policies:')[0]}budgets:\n{''.join(budgets)}", encoding="utf-8")
        estimate, found = kc.estimate(path), kc.read_rules(rules)
    verdict = kc.check(estimate, budget="1 EVOLINK_CREDIT", rules=found)
    limits = list(limits_to_hold(verdict, True))
    return Fitter(estimate, verdict, limits, RulesInForce(found), found.fit).groups


def _limits(groups: Sequence[Group], limits: int, chance: random.Random) -> Iterator[list[int]]:
    reach = [extremes(groups, number + 1) for number in range(limits)]
    for _ in range(SETS):
        yield [round(low + (high - low) * chance.uniform(*_ROOM)) for low, high in reach]


def alone(groups: Sequence[Group], allowed: Sequence[int]) -> float:
    """The least pain as the solver says it, of the same model with the same settings."""
    import highspy

    sys.stdout.flush()
    model = highspy.Highs()
    settings = {"output_flag": False, "threads": 1, "random_seed": 0, "time_limit": _ALL_OF_IT}
    for name, value in {**settings, "mip_rel_gap": 0.0, "mip_abs_gap": 0.999}.items():
        model.setOptionValue(name, value)
    model.passModel(_model(highspy, groups, allowed))
    model.run()
    return float(model.getInfo().objective_function_value)


def _model(of: Any, groups: Sequence[Group], allowed: Sequence[int]) -> Any:
    lp, jobs = of.HighsLp(), [group.jobs for group in groups]
    columns = [(number, choice) for number, group in enumerate(groups) for choice in group.choices]
    lp.num_col_, lp.num_row_ = len(columns), len(groups) + len(allowed)
    lp.col_cost_, lp.col_lower_ = [choice[0] for _, choice in columns], [0] * len(columns)
    lp.col_upper_ = [jobs[number] for number, _ in columns]
    lp.row_lower_ = [*jobs, *[-of.kHighsInf] * len(allowed)]
    lp.row_upper_ = [*jobs, *allowed]
    lp.a_matrix_.format_ = of.MatrixFormat.kColwise
    starts, rows, values = [0], [], []
    for number, choice in columns:
        own = [(len(groups) + at, load) for at, load in enumerate(choice[1 : len(allowed) + 1]) if load]
        for row, value in ((number, 1), *own):
            rows.append(row)
            values.append(value)
        starts.append(len(rows))
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = starts, rows, values
    lp.integrality_ = [of.HighsVarType.kInteger] * len(columns)
    return lp
