"""What rules say: budgets with their parts, policies with their measures, and a contingency."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from kling_cost.amounts import Amount, many
from kling_cost.planning.rules.fitting.fit_rules import NO_FIT, FitRules
from kling_cost.planning.rules.selectors import Selector
from kling_cost.planning.rules.take_types import TakeClass

Period = Literal["month", "once"]
Severity = Literal["fail", "warn"]
_DIGITS = 200  # of a rounded contingency
_UP = Context(prec=_DIGITS, rounding=ROUND_CEILING)


class Contingency(NamedTuple):
    """What is set aside on top of what is planned.

    Attributes:
        share: of what is planned; None where it is an amount.
        amount: in its own currency only; None where it is a share.
    """

    share: Fraction | None = None
    amount: Amount | None = None

    def of(self, planned: Fraction, currency: str, quantum: Decimal) -> Decimal:
        """What it comes to under a limit; a share is rounded up to the currency's quantum.

        >>> Contingency(share=Fraction(1, 10)).of(Fraction("40.5001"), "USD", Decimal("0.01"))
        Decimal('4.06')
        """
        if self.share is not None:
            steps = planned * self.share / Fraction(quantum)
            return _UP.multiply(Decimal(-(-steps.numerator // steps.denominator)), quantum)
        held = self.amount is not None and self.amount.currency == currency
        return self.amount.value if held and self.amount is not None else Decimal(0)


NO_CONTINGENCY = Contingency()


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit for the jobs that a selector chooses.

    Attributes:
        name: what it is called.
        limit: the most that they may cost, in each period.
        place: `FILE:LINE:COLUMN`.
        where: which jobs it is about; those of a part are among those of the whole, too.
        per: `month`, by the job's date, or `once`.
        carry_over: the most that passes from one month to the next, in the limit's currency; None for nothing.
        contingency: what is set aside; None for what holds for all limits.
        parts: budgets for some of its jobs.
        source: the file whose jobs it is about; None for all files.
    """

    name: str
    limit: Amount
    place: str
    where: Selector = ()
    per: Period = "once"
    carry_over: Decimal | None = None
    contingency: Contingency | None = None
    parts: tuple[Budget, ...] = ()
    source: str | None = None

    def __repr__(self) -> str:
        return f"<Budget {self.name}: {self.limit}{' a month' * (self.per == 'month')}>"


class Measure(NamedTuple):
    """The most that something may be.

    Attributes:
        of: `cost`, `cost_per_take` and `total`, which are amounts; `takes`, `duration` in seconds, `price_age` in days;
            `growth`, a share of what was approved.
        most: the number; amounts have a currency beside it.
        currency: of an amount.
        per: of a total: `month`, or `once`.
    """

    of: str
    most: Decimal
    currency: str | None = None
    per: Period = "once"


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule of the house that jobs have to keep.

    Attributes:
        name: what it is called.
        place: `FILE:LINE:COLUMN`.
        where: which jobs it is about.
        require: what each of them has to be; None for nothing.
        forbid: what none of them may be; None for nothing.
        at_most: the most that their figures may be.
        severity: whether it stops a plan that breaks it, `fail`, or only says so, `warn`.
        owner: who answers for it.
        message: what to tell who breaks it.
        source: the file whose jobs it is about; None for all files.
    """

    name: str
    place: str
    where: Selector = ()
    require: Selector | None = None
    forbid: Selector | None = None
    at_most: tuple[Measure, ...] = ()
    severity: Severity = "fail"
    owner: str | None = None
    message: str | None = None
    source: str | None = None

    def __repr__(self) -> str:
        return f"<Policy {self.name}>"


@dataclass(frozen=True, slots=True, repr=False)
class Rules:
    """The rules of one or more files.

    Attributes:
        budgets: limits by scope, in the order of the files.
        policies: rules of the house, in the order of the files.
        contingency: what is set aside under every limit; None for nothing.
        files: the names of the files.
        sha256: over the bytes of all files; empty where there is none.
        takes: classes of takes, in the order of the files; of those that match a job, the first counts.
        fit: what a plan may change to fit a limit.

    >>> import kling_cost as kc, pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "rules.yaml")
    ...     _ = file.write_text('{schema: 1, budgets: [{name: Acme, where: {"tag:client": Acme}, limit: 500 USD}]}')
    ...     rules = kc.read_rules(file)
    >>> rules, rules.budgets[0].limit
    (<Rules: 1 budget, 0 policies>, Amount('500', 'USD'))
    """

    budgets: tuple[Budget, ...] = ()
    policies: tuple[Policy, ...] = ()
    contingency: Contingency | None = None
    files: tuple[str, ...] = ()
    sha256: str = field(default="")
    takes: tuple[TakeClass, ...] = ()
    fit: FitRules = NO_FIT

    def __repr__(self) -> str:
        policies = f"{len(self.policies):,} {'policy' if len(self.policies) == 1 else 'policies'}"
        return f"<Rules: {many(sum(1 for _ in every_budget(self.budgets)), 'budget')}, {policies}>"


def every_budget(budgets: tuple[Budget, ...]) -> Iterator[Budget]:
    """Budgets with all their parts, each whole before its parts."""
    for budget in budgets:
        yield budget
        yield from every_budget(budget.parts)
