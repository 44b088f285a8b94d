"""The English sentences of findings: what was found, and what to do about it.

A key is a kind of finding, and where a kind has several cases, a dot and the case. Parameters stand in braces.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kling_cost.messages.sentence import Sentence, error, info, warning

_ASK_BACK = "ask for a refund of this task"
_QUERY = "query the task again"


#: What is said of each kind of finding, in the order in which kinds are named.
FINDINGS: Mapping[str, Sentence] = MappingProxyType(
    {
        "invalid_amount": error("no answer states a usable amount", _QUERY),
        "invalid_amount.currency": error(
            "the amount is stated in {other} and cannot be compared with {expected} {currency}",
            "plan with a price book in the account's currency",
        ),
        "invalid_amount.unstated": warning(
            "the provider's answers state no amounts; {expected} {currency} are due",
            "compare it with the invoice",
        ),
        "failed_not_refunded.promised": error(
            "the task failed, but {reported} {currency} were not refunded, although a refund is promised",
            _ASK_BACK,
        ),
        "failed_not_refunded.unsaid": error(
            "the task failed, but {reported} {currency} were not refunded; no refund is promised", _ASK_BACK
        ),
        "refunded_too_much": error(
            "{back} {currency} were refunded, more than the {charged} that were charged",
            "ask the provider which of the two is right",
        ),
        "refund_unverified": info(
            "the task failed, and its final answer states no amount; {reported} {currency} count as charged",
            "check the account balance, or query the task again",
        ),
        "refund_unverified.unstated": info(
            "the task failed, and no answer states an amount", "check the account balance"
        ),
        "refunded_in_part": warning(
            "{back} of {charged} {currency} were refunded although the task completed; {reported} remain charged",
            "ask the provider why if it happens again; there is nothing to claim",
        ),
        "refunded_in_part.balanced": info("{reported} of {charged} {currency} were refunded"),
        "settled_differs": error("{created} {currency} at creation, {reported} when settled; {expected} due"),
        "settled_differs.as_due": info("{created} {currency} at creation, {reported} when settled, as due"),
        "over_reserved": error("{reported} {currency} reserved, {expected} due"),
        "over_reserved.charged": error("{reported} {currency} charged, {expected} due"),
        "under_reserved": error("only {reported} {currency} reserved, {expected} due"),
        "under_reserved.charged": error("only {reported} {currency} charged, {expected} due"),
        "over_consumed": error("{reported} {currency} consumed, {expected} due"),
        "over_consumed.charged": error("{reported} {currency} charged, {expected} due"),
        "under_consumed": error("only {reported} {currency} consumed, {expected} due"),
        "under_consumed.charged": error("only {reported} {currency} charged, {expected} due"),
        "discounted": info("{reported} {currency} charged after a discount, {expected} due at list price"),
        "rounding": info("{reported} {currency} instead of the {expected} due: rounding"),
        "rounding.whole": warning(
            "{tasks} tasks are charged in whole credits: {reported} {currency} instead of the {expected} due",
            "ask the provider whether it rounds this way: {rule}",
        ),
        "unit_scale": info("stated as {printed} {unit}, which is {reported} {currency}"),
        "conflicting_answers": error(
            "two answers of equal rank state {smaller} and {reported} {currency}; the larger amount counts", _QUERY
        ),
        "conflicting_states": error(
            "one answer says {failed}, another {succeeded}; the task counts as delivered, at {reported} {currency}",
            _QUERY,
        ),
        "conflicting_states.unstated": error(
            "one answer says {failed}, another {succeeded}; the task counts as delivered, and no amount is stated",
            _QUERY,
        ),
        "missing_response.none": error(
            "no answer for this job", "list the provider's recent tasks to see whether it was submitted"
        ),
        "missing_response.some": error(
            "{found} of {takes} takes have an answer",
            "list the provider's recent tasks to see whether all were submitted",
        ),
        "missing_response.unread": warning(
            "{found} of {takes} takes have an answer; the missing answers may be among those that could not be read",
            "fix the problems that are listed, and reconcile again",
        ),
        "orphan_response": error(
            "an answer for a task or job that is not in the plan", "check whether a file of jobs is missing"
        ),
        "orphan_response.job": error("an answer for the job {named}, which is not in the plan"),
        "orphan_response.alike": error(
            "an answer for the job {named}, which is not in the plan",
            "write both ids the same way: it looks like the job {alike}",
        ),
        "orphan_response.provider": error("an answer from {provider} for a job submitted to {submitted}"),
        "other_tasks": info(
            "tasks from other plans: {found}; as far as stated, {reported} {currency} were charged for them",
            "pass --no-only-mine to list each; they are in no total",
        ),
        "other_tasks.unstated": info(
            "tasks from other plans: {found}; no amount is stated for them",
            "pass --no-only-mine to list each; they are in no total",
        ),
        "not_estimated": error("the job has no line item: it is invalid or has no price", "fix its problems"),
        "duplicate_task": error("tasks: {found}, planned takes: {takes}; this one exceeds the plan", _ASK_BACK),
        "task_id_reused": error("the task belongs to {owner}, which comes first; {named} claims it, too"),
        "duplicate_response": info("the same answer appears more than once; it counts once"),
        "wrong_billing_rule": error("{field} is {reported}, but {expected} was submitted"),
        "user_group_not_default": error(
            "{field} is {reported}, but the prices are for {expected}", "add the group's prices with --overlay"
        ),
        "wrong_task_prefix": error("the id begins with {reported}, the prefix of models other than {model}"),
        "duration_differs": error("{field} is {reported}, but {expected} was submitted"),
        "model_differs": error("{field} is {reported}, but {expected} was submitted"),
        "echo_differs": error("{field} is {reported}, but {expected} was submitted"),
        "echo_differs.other": error("{field} differs from what was submitted"),
        "still_open": info("no final answer yet; {reported} {currency} are still held"),
        "still_open.unstated": info("no final answer yet"),
    }
)

#: What to do about an amount that one change explains, or that nothing does.
ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "option": "it would be due with {explained}; set it explicitly in the request, or ask for a correction",
        "rate": "this is the price on another date: {explained}; check the date of the price in use",
        "book": "this is the price in another price book: {explained}; plan with it by passing --prices",
        "factor": "the account seems to have its own prices: {explained}; write them into an overlay",
        "actual": "charged by the actual seconds: {explained}; ask whether this model is settled that way",
        "settled": "charged by the actual seconds: {explained}; this model is settled that way",
        "over": "ask the provider why, and for a refund of this task",
        "under": "ask the provider why before relying on it",
    }
)
KINDS = tuple(dict.fromkeys(key.partition(".")[0] for key in FINDINGS))
