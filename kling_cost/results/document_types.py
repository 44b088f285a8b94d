"""The results themselves, as JSON holds them whole."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from itertools import islice
from typing import Any

from kling_cost.io.json_text import json_chunks
from kling_cost.results.documents.price_documents import (
    OBSERVED_DIFF,
    OBSERVED_PRICES,
    PRICE,
    PRICE_BOOKS,
    PRICE_DIFF,
    PRICES,
)
from kling_cost.results.fields import Field, Record, exit_field, head
from kling_cost.results.plans.accuracy_types import ACCURACY
from kling_cost.results.plans.compare_types import COMPARE
from kling_cost.results.plans.fit_types import (
    CONFLICT,
    FITTED_JOB,
    MAY_CHANGE,
    NEXT_LIMIT,
    PLAN_LIMIT,
    PLANNED_CHANGE,
    SUGGESTION,
)
from kling_cost.results.plans.limit_types import POLICY, STANDING
from kling_cost.results.plans.plan_types import (
    APPROVAL_CHECK,
    APPROVED_JOB,
    APPROVED_TOTAL,
    BIND,
    COST_CHANGE,
    JOB_CHANGE,
    MONEY_STEPS,
    STEP_TOTAL,
    TAG_CHANGE,
)
from kling_cost.results.plans.purchase_types import PURCHASE
from kling_cost.results.plans.risk_types import DRIVER, PER_RESULT, RISK_CLASS, RISK_LIMIT, RISK_TOTAL
from kling_cost.results.record_types import (
    ACTUAL_TOTAL,
    BALANCE,
    BEFORE,
    BREAKDOWN,
    FINDING,
    LINE_ITEM,
    PRICE_BOOK,
    PROBLEM,
    PROBLEM_COUNT,
    PROBLEMS,
    TASK,
    TOTAL,
    TOTALS_IN,
)
from kling_cost.results.sheets.sheet_types import QUESTION, SHEET_FIELDS
from kling_cost.results.value_types import (
    COUNT,
    DAY,
    FINDING_KIND,
    FLAG,
    HASH,
    MONEY,
    TEXT,
    choice,
    decimal,
    mapping,
    one,
    several,
    texts,
    whole,
)

_CHUNKS = 10_000  # chunks of text that are hashed at a time
_BROKEN_DOWN = ("provider", "model", "quality", "sound", "quality,sound")


def _breakdowns(estimate: Any) -> dict[str, Any]:
    return {name: BREAKDOWN.json_list(totals) for name, totals in estimate.breakdowns.items()}


def _problem_counts(summary: Any) -> list[tuple[str, str, int]]:
    """What a summary says of problems that it counted only."""
    return [(*key, count) for key, count in sorted(summary.codes.items())] if _more_problems(summary) else []


def _more_problems(plan: Any) -> int:
    """How many problems were counted only; an estimate keeps all of its own."""
    return getattr(plan, "more_problems", 0)


_TOTALS_IN = Field("totals_in", one(TOTALS_IN), "everything in one money", is_read=False)
_ITEMS = Field("line_items", several(LINE_ITEM), "one for each job that could be priced")
_SUMS = (
    Field("totals", several(TOTAL), "one for each currency"),
    _TOTALS_IN,
    Field(
        "breakdowns",
        mapping(
            {
                "additionalProperties": {"type": "array", "items": one(BREAKDOWN).schema},
                "required": list(_BROKEN_DOWN),
            }
        ),
        "the totals by provider, model, options and tags",
        _breakdowns,
        is_read=False,
    ),
    Field("landed", several(PURCHASE), "to be bought where credits come in packs", optional=True, is_read=False),
    PROBLEMS,
)
_LEFT_OUT = Field("left_out", COUNT, "how many jobs have no line item")
_COUNTED = (
    Field("more_problems", whole(1), "how many more are counted only", _more_problems, optional=True),
    Field("problem_counts", several(PROBLEM_COUNT), "how many have which code", _problem_counts, optional=True),
)

_BOTH_COUNTED = {"more_problems": ["problem_counts"], "problem_counts": ["more_problems"]}

#: An estimate whose line items were counted and let go.
SUMMARY = Record(
    "summary",
    [*head("summary"), *BEFORE, *_SUMS, *_COUNTED, _LEFT_OUT],
    about="an estimate made with --summary: its line items were counted, not kept",
    dependentRequired=_BOTH_COUNTED,
)


def _counted_only(plan: Any) -> Record | None:
    return None if hasattr(plan, "line_items") else SUMMARY


#: What jobs cost.
ESTIMATE = Record("estimate", [*head("estimate"), *BEFORE, _ITEMS, *_SUMS, _LEFT_OUT], variant=_counted_only)
#: The same as a verdict holds it.
ESTIMATE_WITHOUT_LINE_ITEMS = Record(
    "estimate_without_line_items",
    [*head("estimate"), *BEFORE, *_SUMS, *_COUNTED, _LEFT_OUT],
    dependentRequired=_BOTH_COUNTED,
)
#: What changed from one plan to another.
DIFF = Record(
    "diff",
    [
        *head("diff"),
        Field("partial", FLAG, "whether a job of either plan has no price"),
        Field("old_price_book", one(PRICE_BOOK), "the prices of the old plan", "old.price_book"),
        Field("new_price_book", one(PRICE_BOOK), "the prices of the new plan", "new.price_book"),
        Field("order", texts(TEXT.schema), "the steps in the order in which they are taken"),
        Field("totals", several(COST_CHANGE), "one for each currency"),
        replace(_TOTALS_IN, type=one(MONEY_STEPS)),
        Field("steps", several(STEP_TOTAL), "what each step adds; those of a currency add up to its difference"),
        Field("jobs", several(JOB_CHANGE), "those of the old plan, then the added ones"),
        Field("tags", several(TAG_CHANGE), "the totals of each value of each tag"),
        exit_field(0, 3, 4, 5),
        PROBLEMS,
    ],
)
#: What a plan may really cost.
RISK = Record(
    "risk",
    [
        *head("risk"),
        *BEFORE,
        Field("confidence", decimal(), "the chance with which the contingency is enough"),
        exit_field(0, 3, 4, 5),
        Field("totals", several(RISK_TOTAL), "one for each currency"),
        Field("limits", several(RISK_LIMIT), "the chance to stay within each limit"),
        Field("classes", several(RISK_CLASS), "the classes of takes that jobs are in"),
        Field("drivers", several(DRIVER), "classes whose success is a range"),
        Field("per_result", several(PER_RESULT), "what each class costs for what comes of it"),
        PROBLEMS,
    ],
)
#: The plan that fits into its limits and hurts least.
FIT = Record(
    "fit",
    [
        *head("fit"),
        Field("status", choice("fits", "changed", "infeasible", "unknown"), "whether the plan fits, and how"),
        exit_field(0, 3, 4, 5, 7),
        Field("pain", COUNT, "the sum of the pains of all changes; null without a plan", null=True),
        Field("bound", COUNT, "what every plan within the limit hurts at least", null=True),
        Field("gap", COUNT, "how much less a plan may hurt at most; 0 where none can, and without a plan"),
        Field(
            "proof",
            choice("exact", "solver", "none"),
            "`exact` where none hurts less, `solver` where the solver says so",
        ),
        Field("confidence", decimal(), "the chance with which every contingency is enough", optional=True),
        Field("rounds", COUNT, "with a confidence, how many plans were held against what they need", optional=True),
        Field("limits", several(PLAN_LIMIT), "the limits: those of the command, of rules, of campaigns"),
        Field("changes", several(PLANNED_CHANGE), "by job, in the order of the jobs"),
        Field("jobs", several(FITTED_JOB), "those of the plan, in a form that can be priced again"),
        Field("next", several(NEXT_LIMIT), "of one limit, the least that would hurt less, if it is known"),
        Field("conflict", several(CONFLICT), "the limits that no plan holds, each too small alone, or all together"),
        Field("may", several(MAY_CHANGE), "the changes that were allowed"),
        Field("estimate", one(ESTIMATE_WITHOUT_LINE_ITEMS), "what the plan costs", "estimate.summary"),
        PROBLEMS,
    ],
    about="a plan hurts the sum of its changes; this one is the least that fits",
)
#: What somebody approved.
APPROVAL = Record(
    "approval",
    [
        *head("approval"),
        Field("by", TEXT, "who approved"),
        Field("on", DAY, "on which day"),
        Field("until", DAY, "the last day on which it holds; null for no end", null=True),
        Field("note", TEXT, "a remark", null=True),
        Field("bind", BIND, "what must stay as it was"),
        Field("growth", MONEY, "by which share each total may grow"),
        Field("estimate_sha256", HASH, "of the estimate as JSON"),
        Field("plan_sha256", HASH, "of the plan: its jobs and their costs"),
        Field("price_book", one(PRICE_BOOK), "which prices were used"),
        Field("totals", several(APPROVED_TOTAL), "one for each currency"),
        Field("jobs", several(APPROVED_JOB), "the jobs that were approved"),
        Field("rules_sha256", HASH, "of the rules that it was checked against", null=True),
        Field("uses", whole(1), "how many reservations it may serve; null for any number", null=True),
        Field("line_items", several(LINE_ITEM), "what each job cost when it was approved", optional=True, absent=()),
        Field("approval_sha256", HASH, "of everything else here"),
    ],
    about="an approval: evidence, not a signature",
)
#: What has become of an approval, and what changed since.
APPROVAL_AND_CHANGE = Record(
    APPROVAL_CHECK.name,
    [*APPROVAL_CHECK.fields, Field("change", one(DIFF), "what changed in a plan that is no longer it", optional=True)],
)
#: Whether an estimate keeps to its limits.
CHECK = Record(
    "check",
    [
        *head("check"),
        Field("verdict", choice("within", "over", "refused", "blocked"), "whether it may be submitted"),
        exit_field(0, 3, 4, 5),
        Field("limits", several(STANDING), "every limit and where it stands"),
        Field("confidence", decimal(), "the chance with which every contingency is enough", optional=True),
        _TOTALS_IN,
        Field("approval", one(APPROVAL_AND_CHANGE), "whether it is still the approved plan", null=True),
        Field("against", one(DIFF), "what changed from another plan", null=True),
        Field("suggestions", several(SUGGESTION), "over a limit, what would save most of it", absent=()),
        Field("policies", several(POLICY), "rules of the house"),
        Field("estimate", one(ESTIMATE_WITHOUT_LINE_ITEMS), "what was judged", "planned"),
        PROBLEMS,
    ],
)
#: Whether what was charged is what was due.
RECONCILIATION = Record(
    "reconciliation",
    [
        *head("reconciliation"),
        Field("partial", FLAG, "whether a job has no line item, or an answer could not be read"),
        Field("price_book", one(PRICE_BOOK), "which prices were used"),
        Field("estimate_sha256", HASH, "of the estimate as JSON"),
        Field("tasks", several(TASK), "one for each take, and each task beyond the takes"),
        Field("findings", several(FINDING), "in the order of the tasks"),
        Field("totals", several(ACTUAL_TOTAL), "one for each provider and currency"),
        _TOTALS_IN,
        exit_field(0, 4, 5, 6),
        Field(
            "fail_on",
            texts(FINDING_KIND.schema),
            "the kinds that count, if any is named",
            lambda o: sorted(o.fail_on),
        ),
        Field("balances", several(BALANCE), "of accounts, as answers state them"),
        PROBLEMS,
    ],
)
#: Results that are reported together.
REPORT = Record(
    "report",
    [
        *head("report"),
        Field("estimate", one(ESTIMATE), "what is planned", null=True),
        Field("check", one(CHECK), "how it stands against its limits", "verdict", null=True),
        Field("reconciliation", one(RECONCILIATION), "whether it was charged right", "outcome", null=True),
        Field("comparison", one(COMPARE), "what the same videos cost at other sellers", optional=True),
    ],
)
#: How a sheet of others is read.
COLUMNS = Record("columns", [*head("columns"), *SHEET_FIELDS])
#: What stopped a run.
ERROR = Record(
    "error",
    [
        *head("error"),
        exit_field(2, 4, 5),
        replace(PROBLEMS, type=several(PROBLEM, minItems=1)),
        Field("questions", several(QUESTION), "what has to be said of a sheet before it can be read", optional=True),
    ],
    about="what stopped a run; standard error says the same",
)
#: The kinds of JSON results.
DOCUMENTS = (
    ESTIMATE, SUMMARY, CHECK, RECONCILIATION, REPORT, PRICE, PRICES, PRICE_BOOKS, PRICE_DIFF, OBSERVED_PRICES,
    OBSERVED_DIFF, DIFF, RISK, ACCURACY, FIT, COMPARE, APPROVAL, COLUMNS, ERROR,
)  # fmt: skip


def estimate_sha256(estimate: Any) -> str:
    """The hash of an estimate's JSON: of the file that it was read back from, else of what would be written now.

    >>> import kling_cost as kc
    >>> len(estimate_sha256(kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])))
    64
    """
    if estimate.stored_sha256 is not None:
        return str(estimate.stored_sha256)
    digest = sha256()
    chunks = json_chunks(ESTIMATE.json(estimate, in_lines=True))
    while batch := "".join(islice(chunks, _CHUNKS)):
        digest.update(batch.encode("utf-8", "backslashreplace"))
    return digest.hexdigest()
