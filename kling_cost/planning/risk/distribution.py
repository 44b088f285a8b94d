"""The distribution of what groups of jobs cost together: jobs of a class with a range share one draw of its success."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, product
from math import erf, gcd, prod
from operator import attrgetter
from typing import NamedTuple

from kling_cost.planning.risk.lattice import (
    FEW_POINTS,
    MOST_POINTS,
    Part,
    Total,
    Transforms,
    common_step,
    constant,
    joined_in_pairs,
    leaf,
    merged,
    mixed,
    raised,
    sum_of_parts,
    window,
)
from kling_cost.planning.risk.takes import RANGE_WEIGHTS, Chances

#: A level counts as reached where a chance comes so near: the same on every machine, whatever the last bits are.
NUDGE = Fraction(1, 10**9)
_CASES = LOW, LIKELY, HIGH = range(len(RANGE_WEIGHTS))
_MOST_JOINT = 243  # joint cases of classes that are not mixed
_MOST_JOINED = 1 << 20  # points of the shorter of two lattices that are kept apart
_ROUGH_POINTS = 1 << 20  # of the lattice on which not all is exact
_LONGER = 4  # times as long as one of them may be what is mixed
_STRIDES = 24  # of what a percentile is looked for in, from one case's least to its most
_ROUNDED = 3  # points that may count beside those of a window, since its ends are rounded
_KEPT_POINTS = 1 << 24  # of totals that are kept


class Group(NamedTuple):
    """Jobs that are alike.

    Attributes:
        step: what one take costs, in whole quanta.
        takes: the chances of charged takes of one job; three of them where its class has a range.
        jobs: how many.
        shared: the class whose draw they share; empty where there is no range.
    """

    step: int
    takes: tuple[Chances, ...]
    jobs: int
    shared: str = ""


class _Lattice(NamedTuple):
    """Steps whose multiples are added up together.

    Attributes:
        step: what all have in common.
        span, variance, jump: of the sum of all that is on it, about.
        steps: all.
    """

    step: int
    span: int
    variance: int
    jump: int
    steps: frozenset[int]

    @property
    def width(self) -> int:
        low, high = window(0, 0, self.variance, self.jump)
        return min(self.span, high - low)

    @property
    def points(self) -> int:
        return self.width // self.step

    def with_steps(self, other: _Lattice) -> _Lattice:
        return self._replace(
            step=gcd(self.step, other.step),
            span=self.span + other.span,
            variance=self.variance + other.variance,
            jump=max(self.jump, other.jump),
            steps=self.steps | other.steps,
        )


@dataclass(frozen=True)
class _Factor:
    """What is independent of all else: the jobs of a class with a range, or all jobs without one.

    Attributes:
        cases: for each draw, a part on each lattice.
        whole: the parts of all draws mixed; None where that would take too many points.
    """

    cases: Sequence[Sequence[Part]]
    whole: Sequence[Part] | None = None

    def mixed(self, most: int = 0) -> _Factor:
        """The same with its draws mixed, if all is on one lattice and not much longer than one of them."""
        if len(self.cases) == 1:
            return _Factor(self.cases, self.cases[0])
        used = [place for place, parts in enumerate(zip(*self.cases, strict=True)) if any(part.span for part in parts)]
        if len(used) > 1:
            return self
        at = (*used, 0)[0]
        whole = _mixed([_with_certain(case, at) for case in self.cases], most)
        if whole is None:
            return self
        made = [constant(0)] * len(self.cases[0])
        made[at] = whole
        return _Factor(self.cases, made)


def _mixed(draws: Sequence[Part], most: int) -> Part | None:
    weights = [float(weight) for weight in RANGE_WEIGHTS]  # float: chance
    return mixed(draws, weights, most or max(FEW_POINTS, _LONGER * max(len(part.chances) for part in draws)))


def _with_certain(case: Sequence[Part], at: int) -> Part:
    """A part of a draw, with the others, which are certain."""
    return merged(case[at], constant(sum(part.base for part in case if part is not case[at])))


class _Joint:
    """One joint case of all factors, with its chance."""

    def __init__(self, key: tuple[int, ...], weight: Fraction, parts: Sequence[Sequence[Part]]) -> None:
        self.key, self.parts = key, parts  # of each factor, on each lattice
        self.weight = float(weight)  # float: chance
        every = [part for some in parts for part in some]
        low, high = sum(part.low for part in every), sum(part.high for part in every)
        low, high = window(low, high, sum(part.variance for part in every), max(part.jump for part in every))
        self.least = max(low, sum(part.base for part in every))
        self.most = min(high, sum(part.top for part in every))

    def about(self, total: int) -> float:  # float: chance
        """Its share of the chance of a total, were it a normal distribution: where to look first."""
        middle, spread = (self.least + self.most) // 2, (self.most - self.least) // _STRIDES + 1
        return self.weight * (1 + erf((total - middle) / spread)) / 2


class Distribution:
    """The chances of what some groups cost together.

    Args:
        groups: the jobs.

    Attributes:
        error: by how much percentiles may be too high, in whole quanta; 0 where they are exact.

    >>> from kling_cost.planning.risk.takes import takes_until
    >>> cost = Distribution([Group(27, (takes_until(1, Fraction(4, 5), None),), 1)])
    >>> cost.percentile(Fraction(4, 5)), cost.percentile(Fraction(81, 100))
    (27, 54)
    """

    def __init__(self, groups: Iterable[Group]) -> None:
        leaves = _leaves(groups)
        lattices = _lattices(list(leaves.values()))
        factors = _exactly(leaves, lattices)
        self.error = 0
        if factors is None:
            factors, self.error = _roughly(leaves, lattices)
        self._factors = factors
        places = range(max((len(factor.cases[0]) for factor in factors.values()), default=1))
        self._transforms = [self._transforms_on(place) for place in places]
        self._totals: dict[tuple[int, ...], Total] = {}
        self._points = 0

    def chance(self, total: int, fixed: Mapping[str, int] | None = None) -> float:  # float: chance
        """The chance that no more than a total is spent; where percentiles are too high, it is too low.

        Args:
            total: in whole quanta.
            fixed: classes whose draw is known: 0 low, 1 likely, 2 high.
        """
        return self._chance(total, self._joint_cases(fixed or {}))

    def percentile(self, level: Fraction, fixed: Mapping[str, int] | None = None) -> int:
        """The least total that is not exceeded with the chance `level`, in whole quanta."""
        cases = self._joint_cases(fixed or {})
        wanted = float(level - NUDGE)  # float: chance
        low, high = min(case.least for case in cases) - 1, max(case.most for case in cases)
        guess = _first(low, high, high, lambda total: sum(case.about(total) for case in cases) >= wanted)
        stride = min(case.most - case.least for case in cases) // _STRIDES + 1
        return _first(low, high, guess, lambda total: self._chance(total, cases) >= wanted, stride)

    def _chance(self, total: int, cases: Sequence[_Joint]) -> float:  # float: chance
        found = 0.0  # float: chance
        for case in cases:
            if total >= case.most:
                found += case.weight
            elif total >= case.least:
                found += case.weight * self._total(case).chance(total)
        return found

    def _total(self, case: _Joint) -> Total:
        found = self._totals.get(case.key)
        if found is None:
            found = Total([sums.sum([parts[i] for parts in case.parts]) for i, sums in enumerate(self._transforms)])
            self._points += found.points
            if self._points > _KEPT_POINTS:
                self._totals, self._points = {}, found.points
            self._totals[case.key] = found
        return found

    def _joint_cases(self, fixed: Mapping[str, int]) -> list[_Joint]:
        choices = []
        for name, factor in self._factors.items():
            if name in fixed:
                choices.append([(fixed[name], Fraction(1), factor.cases[fixed[name]])])
            elif factor.whole is not None:
                choices.append([(-1, Fraction(1), factor.whole)])
            else:
                choices.append([(i, RANGE_WEIGHTS[i], factor.cases[i]) for i in _CASES])
        return [
            _Joint(
                tuple(place for place, _, _ in chosen),
                prod((weight for _, weight, _ in chosen), start=Fraction(1)),
                [parts for _, _, parts in chosen] or [[constant(0)]],
            )
            for chosen in product(*choices)
        ]

    def _transforms_on(self, place: int) -> Transforms:
        used = [[parts[place] for parts in (*f.cases, *([f.whole] if f.whole else []))] for f in self._factors.values()]
        return _transforms(used)


def _transforms(used: Sequence[Sequence[Part]]) -> Transforms:
    """Those of sums with one of several parts each."""
    every = [*chain.from_iterable(used), constant(0)]
    step = common_step(every) or 1
    spread, variance = _sum_of_most(used, attrgetter("spread")), _sum_of_most(used, attrgetter("variance"))
    low, high = window(0, spread, variance, max(map(attrgetter("jump"), every)))
    longest = max(map(attrgetter("span"), every))
    return Transforms(step, max(longest, min(_sum_of_most(used, attrgetter("span")), high - low)) // step + _ROUNDED)


def _sum_of_most(used: Sequence[Sequence[Part]], of: Callable[[Part], int]) -> int:
    return sum(max(map(of, parts)) for parts in used)


def _first(low: int, high: int, guess: int, reaches: Callable[[int], bool], stride: int = 1) -> int:
    """The first number above `low` that reaches something, as `high` does and each after it; `guess` may be near."""
    probe = guess
    while low < probe < high:
        if reaches(probe):
            high, probe = probe, probe - stride
        else:
            low, probe = probe, probe + stride
        stride *= 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


def _leaves(groups: Iterable[Group]) -> dict[str, list[list[Part]]]:
    """The parts of each draw of each class with a range, and under no name those of all other jobs."""
    by_name: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        by_name[group.shared if len(group.takes) > 1 else ""].append(group)
    return {name: [_draw(some, place) for place in range(len(some[0].takes))] for name, some in sorted(by_name.items())}


def _draw(groups: Sequence[Group], place: int) -> list[Part]:
    return [leaf(group.step, group.takes[place], group.jobs) for group in groups]


def _lattices(leaves: Sequence[Sequence[Sequence[Part]]]) -> list[_Lattice]:
    """Lattices for the steps of all parts: one, or two if that keeps arrays short, or more if it has to be."""
    found = joined_in_pairs(_one_a_step(leaves), lambda a, b: a.with_steps(b).points, _Lattice.with_steps, _may_join)
    return found or [_Lattice(1, 0, 0, 0, frozenset())]


def _may_join(points: int, lattices: Collection[_Lattice]) -> bool:
    """Whether two lattices may become one of so many points; the last two only if that is not much longer."""
    few = 2 * max(lattice.points for lattice in lattices)
    return points <= (min(MOST_POINTS, max(FEW_POINTS, few)) if len(lattices) == 2 else MOST_POINTS)


def _one_a_step(leaves: Sequence[Sequence[Sequence[Part]]]) -> list[_Lattice]:
    """A lattice for each step, as wide as the widest draws need it."""
    found: dict[int, _Lattice] = {}
    for cases in leaves:
        for step in sorted({part.step for case in cases for part in case if part.span}):
            sums = [_sum_on(step, [part for part in case if part.span and part.step == step]) for case in cases]
            widest = max(sums, key=lambda lattice: lattice.width)
            found[step] = found[step].with_steps(widest) if step in found else widest
    return [found[step] for step in sorted(found)]


def _sum_on(step: int, parts: Sequence[Part]) -> _Lattice:
    span, variance = sum(part.span for part in parts), sum(part.variance for part in parts)
    return _Lattice(step, span, variance, max((part.jump for part in parts), default=0), frozenset([step]))


def _exactly(leaves: Mapping[str, Sequence[Sequence[Part]]], lattices: Sequence[_Lattice]) -> dict[str, _Factor] | None:
    """The factors on one lattice, or on two that are joined when a chance is asked for; None where that is too much."""
    if len(lattices) > 2 or (len(lattices) == 2 and min(lattice.points for lattice in lattices) > _MOST_JOINED):
        return None
    factors = {name: _Factor([_on(lattices, case) for case in cases]).mixed() for name, cases in leaves.items()}
    apart = sum(factor.whole is None for factor in factors.values())
    return factors if len(_CASES) ** apart <= _MOST_JOINT else None


def _on(lattices: Sequence[_Lattice], case: Sequence[Part]) -> list[Part]:
    """The sum of a draw's parts on each lattice; what is certain is added to the first."""
    by_step: dict[int, list[Part]] = defaultdict(list)
    for part in case:
        by_step[part.step if part.span else 0].append(part)
    certain = constant(sum(part.base for part in by_step.pop(0, ())))
    of_steps = {step: sum_of_parts(parts) for step, parts in by_step.items()}
    sums = [_sum_of_steps(of_steps, lattice) for lattice in lattices]
    return [merged(sums[0], certain), *sums[1:]]


def _sum_of_steps(of_steps: Mapping[int, Part | None], lattice: _Lattice) -> Part:
    parts = (part for step, part in of_steps.items() if step in lattice.steps)
    return sum_of_parts(part for part in parts if part is not None) or constant(0)


def _roughly(
    leaves: Mapping[str, Sequence[Sequence[Part]]], lattices: Sequence[_Lattice]
) -> tuple[dict[str, _Factor], int]:
    """All on one lattice of not too many points, each total raised to it, and by how much it may be too high."""
    made = {name: [_on(lattices, case) for case in cases] for name, cases in leaves.items()}
    step = -(-sum(_reach(cases) for cases in made.values()) // _ROUGH_POINTS) or 1
    factors = {}
    for name, cases in made.items():
        sums = [sum_of_parts(raised(part, step) for part in case) or constant(0) for case in cases]
        factors[name] = _Factor([[part] for part in sums]).mixed(2 * _ROUGH_POINTS)
    return factors, (step - 1) * len(lattices) * len(factors)


def _reach(cases: Sequence[Sequence[Part]]) -> int:
    """From the least total of all draws to the greatest."""
    tops = (sum(part.top for part in case) for case in cases)
    return max(tops) - min(sum(part.base for part in case) for case in cases)
