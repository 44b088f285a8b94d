"""The English sentences of findings: what was found, and what to do about it.

A key is a kind of finding, and where a kind has several cases, a dot and the case. Parameters stand in braces.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kling_cost.messages import Sentence

_ASK_BACK = "ask for a refund of this task"
_QUERY = "query the task again"


def _error(message: str, hint: str = "") -> Sentence:
    return Sentence("error", message, hint)


def _warning(message: str, hint: str = "") -> Sentence:
    return Sentence("warning", message, hint)


def _info(message: str, hint: str = "") -> Sentence:
    return Sentence("info", message, hint)


#: What is said of each kind of finding, in the order in which kinds are named.
FINDINGS: Mapping[str, Sentence] = MappingProxyType(
    {
        "invalid_amount": _error("no answer states an amount that can be used", _QUERY),
        "invalid_amount.currency": _error(
            "the amount is stated in {other} and cannot be held against {expected} {currency}",
            "plan with a price book in the currency that the account pays in",
        ),
        "failed_not_refunded.promised": _error(
            "the task failed, but {reported} {currency} are kept, although failed calls are promised back", _ASK_BACK
        ),
        "failed_not_refunded.unsaid": _error(
            "the task failed, but {reported} {currency} are kept; no refund is promised", _ASK_BACK
        ),
        "refunded_too_much": _error(
            "{back} {currency} were given back, more than the {charged} that were charged",
            "ask the provider which of the two is right",
        ),
        "refund_unverified": _info(
            "the task failed, and its final answer states no amount; {reported} {currency} stand as charged",
            "compare the account's balance, or query the task again",
        ),
        "refund_unverified.unstated": _info(
            "the task failed, and no answer states an amount", "compare the account's balance"
        ),
        "refunded_in_part": _warning(
            "{back} of {charged} {currency} were given back though the task completed; {reported} are charged",
            "nothing to claim; ask the provider why if it happens again",
        ),
        "refunded_in_part.balanced": _info("{reported} of {charged} {currency} were given back"),
        "settled_differs": _error("{created} {currency} at creation, {reported} in the end; {expected} are due"),
        "settled_differs.as_due": _info("{created} {currency} at creation, {reported} in the end, which is due"),
        "over_reserved": _error("{reported} {currency} reserved, {expected} due"),
        "over_reserved.charged": _error("{reported} {currency} charged, {expected} due"),
        "under_reserved": _error("only {reported} {currency} reserved, {expected} due"),
        "under_reserved.charged": _error("only {reported} {currency} charged, {expected} due"),
        "over_consumed": _error("{reported} {currency} consumed, {expected} due"),
        "over_consumed.charged": _error("{reported} {currency} charged, {expected} due"),
        "under_consumed": _error("only {reported} {currency} consumed, {expected} due"),
        "under_consumed.charged": _error("only {reported} {currency} charged, {expected} due"),
        "discounted": _info("{reported} {currency} charged after a discount, {expected} due by the list price"),
        "rounding": _info("{reported} {currency} where {expected} are due: rounding"),
        "rounding.whole": _warning(
            "{tasks} tasks are charged in whole credits: {reported} {currency} where {expected} are due",
            "ask the provider whether it rounds so: {rule}",
        ),
        "unit_scale": _info("stated as {stated} {unit}, which is {reported} {currency}"),
        "conflicting_answers": _error(
            "two answers of the same standing state {smaller} and {reported} {currency}; the larger counts", _QUERY
        ),
        "conflicting_states": _error(
            "the task is said to be {failed}, and to be {succeeded}; it counts as delivered, at {reported} {currency}",
            _QUERY,
        ),
        "conflicting_states.unstated": _error(
            "the task is said to be {failed}, and to be {succeeded}; it counts as delivered, and no amount is stated",
            _QUERY,
        ),
        "missing_response.none": _error("no answer for this job", "was it submitted? list the provider's recent tasks"),
        "missing_response.some": _error(
            "{found} of {takes} takes have an answer", "were all submitted? list the provider's recent tasks"
        ),
        "missing_response.unread": _warning(
            "{found} of {takes} takes have an answer; theirs may be among those that could not be read",
            "mend what the problems name, and reconcile again",
        ),
        "orphan_response": _error("an answer for a task or job that nobody submitted", "is a file of jobs missing?"),
        "orphan_response.job": _error("an answer for the job {named}, which is not among the jobs"),
        "orphan_response.alike": _error(
            "an answer for the job {named}, which is not among the jobs",
            "it looks like the job {alike}, written differently: write both ids alike",
        ),
        "orphan_response.provider": _error("an answer of {provider} for a job of {submitted}"),
        "other_tasks": _info(
            "tasks of other plans: {found}; as far as stated, {reported} {currency} were charged for them",
            "they count in no total; --no-only-mine shows each",
        ),
        "other_tasks.unstated": _info(
            "tasks of other plans: {found}; no amount is stated for them",
            "they count in no total; --no-only-mine shows each",
        ),
        "not_estimated": _error("the job has no line item: it is invalid or has no price", "see its problems"),
        "duplicate_task": _error("tasks: {found}, planned takes: {takes}; this one is beyond the plan", _ASK_BACK),
        "task_id_reused": _error("the task belongs to {owner}, which stands first; {named} claims it, too"),
        "duplicate_response": _info("the same answer came more than once; it counts once"),
        "wrong_billing_rule": _error("{field} is {reported}, submitted was {expected}"),
        "user_group_not_default": _error(
            "{field} is {reported}; prices are those of {expected}", "lay the group's prices over with --overlay"
        ),
        "wrong_task_prefix": _error("the id begins with {reported}, which stands for other models than {model}"),
        "duration_differs": _error("{field} is {reported}, submitted was {expected}"),
        "model_differs": _error("{field} is {reported}, submitted was {expected}"),
        "echo_differs": _error("{field} is {reported}, submitted was {expected}"),
        "echo_differs.other": _error("{field} is not what was submitted"),
        "still_open": _info("no final answer yet; {reported} {currency} are held"),
        "still_open.unstated": _info("no final answer yet"),
    }
)

#: What to do about an amount that one change explains, or that nothing does.
ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "option": "what would have cost this: {explained}; set it explicitly in the request, or ask for a correction",
        "rate": "the price of another day: {explained}; check the day of the price in use",
        "book": "the price of another book: {explained}; plan with it by --prices",
        "factor": "the account seems to have prices of its own: {explained}; write them into an overlay",
        "actual": "charged by the seconds that came out: {explained}; ask whether this model is settled so",
        "settled": "charged by the seconds that came out: {explained}; this model is settled so",
        "over": "ask the provider why, and for a refund of this task",
        "under": "ask the provider why before you rely on it",
    }
)
KINDS = tuple(dict.fromkeys(key.partition(".")[0] for key in FINDINGS))
