"""The one door of the solver: what it proposes is checked in whole numbers, and nothing that it prints gets out."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from importlib.util import find_spec
from itertools import accumulate
from math import gcd
from typing import Any, Literal, NamedTuple

from kling_cost.planning.fit.several_limits.measures import Counts, Group, Measures, Prices, Task, prices_of, totals_of

_OUT, _ERRORS = 1, 2  # file descriptors
_TRIES = 5  # with a limit that is lowered by what a proposal exceeds it
_EXACT = 1 << 53  # below it, a whole number loses no digit in a double
_SMALL_BITS = 40  # of the numbers that are handed over, so that sums of them stay exact enough
_OPTIONS: Mapping[str, Any] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
    "time_limit": 60.0,  # float: seconds that one search may take
    "mip_rel_gap": 0.0,  # float: as the solver takes it
}
#: How far a sum may be off: with less room than usual the solver takes half as long again.
_FINE: Mapping[str, float] = {  # float: as the solver takes it
    "primal_feasibility_tolerance": 1e-9,  # float: as well
    "mip_feasibility_tolerance": 1e-9,  # float: as well
}
_LESS_THAN_ONE = 0.999  # float: what is better, is better by a whole unit
_POLL = 0.1  # float: seconds between looks at the keyboard
_DENOMINATOR = 10**9  # of a price; any price gives a bound


class Proposal(NamedTuple):
    """What the solver says.

    Attributes:
        word: `optimal`; `infeasible` where it finds that no plan stays within; `stopped` where it does not know.
        counts: a plan that does stay within; None without one.
    """

    word: Literal["optimal", "infeasible", "stopped"]
    counts: Counts | None


class _Row(NamedTuple):
    """A measure in smaller numbers, and how much one of them stands for."""

    numbers: Sequence[float]  # float: as the solver takes them
    most: float  # float: as well
    unit: int


def is_installed() -> bool:
    """Whether there is a solver."""
    return "highspy" in sys.modules or find_spec("highspy") is not None


class Solver:
    """Looks for the best plan that stays within.

    The same groups in the same order get the same answer, but where time runs out.

    Args:
        groups: the jobs.
        task: what is looked for.
    """

    def __init__(self, groups: Sequence[Group], task: Task) -> None:
        import highspy

        self._of: Any = highspy
        self._groups, self._task = groups, task
        columns = [choice for group in groups for choice in group.choices]
        self._objective = _row([column[task.measure] for column in columns], 0)
        self._rows = {place: _row([column[place] for column in columns], most) for place, most in task.limited}
        whole = all(number == int(number) for number in self._objective.numbers)
        options = {**_OPTIONS, "mip_abs_gap": _LESS_THAN_ONE if whole else 0.0}  # float: as the solver takes it
        with _nothing_printed():
            self._model = self._of.Highs()
            self._model.HandleUserInterrupt = True
            self._set(options)
            self._model.passModel(self._relaxed(len(columns)))

    def _set(self, options: Mapping[str, Any]) -> None:
        for name, value in options.items():
            self._model.setOptionValue(name, value)

    def _relaxed(self, columns: int) -> Any:
        """The choices as columns; a row for each group, whose jobs all choose one, then one for each limit."""
        lp, rows = self._of.HighsLp(), list(self._rows.values())
        jobs, none = [group.jobs for group in self._groups], self._of.kHighsInf
        lp.num_col_, lp.num_row_ = columns, len(jobs) + len(rows)
        lp.col_cost_, lp.col_lower_ = self._objective.numbers, [0] * columns
        lp.col_upper_ = [group.jobs for group in self._groups for _ in group.choices]
        lp.row_lower_ = [*jobs, *(-none for _ in rows)]
        lp.row_upper_ = [*jobs, *(row.most for row in rows)]
        lp.a_matrix_.format_ = self._of.MatrixFormat.kColwise
        entries = list(self._entries())
        lp.a_matrix_.start_ = [0, *accumulate(map(len, entries))]
        lp.a_matrix_.index_ = [row for column in entries for row, _ in column]
        lp.a_matrix_.value_ = [number for column in entries for _, number in column]
        return lp

    def _entries(self) -> Iterator[list[tuple[int, float]]]:  # float: as the solver takes them
        """The rows in which each column stands, with its number there."""
        loads = [row.numbers for row in self._rows.values()]
        at = 0
        for number, group in enumerate(self._groups):
            for _ in group.choices:
                own = [(len(self._groups) + row, numbers[at]) for row, numbers in enumerate(loads) if numbers[at]]
                yield [(number, 1), *own]
                at += 1

    def prices(self) -> Prices | None:
        """What the limits are worth where jobs may be split; None where that is not known."""
        self._run()
        if self._model.getModelStatus() != self._of.HighsModelStatus.kOptimal:
            return None
        duals = list(self._model.getSolution().row_dual)[len(self._groups) :]
        return prices_of(
            {
                place: Fraction(-dual).limit_denominator(_DENOMINATOR) * self._objective.unit / row.unit
                for (place, row), dual in zip(self._rows.items(), duals, strict=True)
            }
        )

    def plan(self) -> Proposal:
        """The best plan of whole jobs; where one exceeds a limit by a little, another one with sums that may be off by
        less, then below a lower limit."""
        columns = [at for group in self._groups for at in range(len(group.choices))]
        kind = self._of.HighsVarType.kInteger
        self._model.clearSolver()  # with what it knows of split jobs, it takes worse plans for the best
        self._model.changeColsIntegrality(len(columns), list(range(len(columns))), [kind] * len(columns))
        lowered = {place: 0 for place, _ in self._task.limited}
        for number in range(_TRIES):
            found = self._proposal()
            word: Any = "stopped" if any(lowered.values()) else found.word
            if found.counts is None:
                return Proposal(word, None)
            totals = totals_of(self._groups, found.counts)
            if self._task.keeps(totals):
                return Proposal(word, found.counts)
            if not number:
                self._set(_FINE)
                continue
            self._lower(totals, lowered)
        return Proposal("stopped", None)

    def _lower(self, totals: Measures, lowered: dict[int, int]) -> None:
        """Lower each limit that a proposal exceeds by what it does."""
        for number, (place, most) in enumerate(self._task.limited):
            if totals[place] > most:
                lowered[place] += totals[place] - most
                row = self._rows[place]
                bound = row.most - -(-lowered[place] // row.unit)
                self._model.changeRowBounds(len(self._groups) + number, -self._of.kHighsInf, bound)

    def _proposal(self) -> Proposal:
        """What the solver finds, in whole jobs."""
        status, of = self._run(), self._of.HighsModelStatus
        if status in (of.kInfeasible, of.kUnboundedOrInfeasible):
            return Proposal("infeasible", None)
        counts: list[dict[int, int]] = []
        numbers = iter(self._model.getSolution().col_value)
        for group in self._groups:
            own = {at: round(next(numbers, 0)) for at in range(len(group.choices))}
            counts.append({at: jobs for at, jobs in own.items() if jobs > 0})
        are_all = all(sum(own.values()) == group.jobs for own, group in zip(counts, self._groups, strict=True))
        is_best = status == of.kOptimal and self._is_at_its_bound()
        return Proposal("optimal" if is_best else "stopped", counts if are_all else None)

    def _is_at_its_bound(self) -> bool:
        """Whether no plan can be better by a whole unit, by the solver's own figures."""
        info = self._model.getInfo()
        return bool(info.objective_function_value - info.mip_dual_bound < 1)

    def _run(self) -> Any:
        """Let the solver run until it ends, or until somebody stops it."""
        with _nothing_printed():
            thread = self._model.startSolve()
            try:
                while thread.is_alive():
                    thread.join(_POLL)
            except BaseException:
                self._model.cancelSolve()
                thread.join()
                raise
        return self._model.getModelStatus()


def _row(numbers: Sequence[int], most: int) -> _Row:
    """A measure in the largest unit in which all of its numbers are whole, or else in small ones."""
    unit = gcd(*numbers) or 1
    highest = max([abs(most), *map(abs, numbers)]) // unit
    if highest < _EXACT:
        return _Row([number // unit for number in numbers], most // unit, unit)
    unit <<= highest.bit_length() - _SMALL_BITS
    return _Row([number / unit for number in numbers], most / unit, unit)


@contextmanager
def _nothing_printed() -> Iterator[None]:
    """Send to the errors what is written to the output: the solver greets there whatever it is told."""
    sys.stdout.flush()
    try:
        kept = os.dup(_OUT)
    except OSError:  # there is no output
        yield
        return
    try:
        os.dup2(_ERRORS, _OUT)
        yield
    finally:
        os.dup2(kept, _OUT)
        os.close(kept)
