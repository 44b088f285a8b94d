"""The English sentences about changes of plans and approvals: severity, message and hint, by key."""

from __future__ import annotations

from collections.abc import Mapping

from kling_cost.messages.sentence import Texts

PLANS: Mapping[str, Texts] = {
    "missing.job_ids": (
        "warning",
        "changed jobs without a job_id of their own: {count}; a row that has moved looks like another job",
        "give each job a job_id",
    ),
    "missing.book_of_stored": (
        "warning",
        "price and options changed together, and the stored estimates do not tell them apart",
        "pass --old-prices and --prices to split them",
    ),
    "missing.old_costs": (
        "warning",
        "jobs of the old plan without a price: {count}; where the new plan prices them, they count as added",
        "",
    ),
    "missing.new_costs": (
        "warning",
        "jobs of the new plan without a price: {count}; where the old plan prices them, they count as removed",
        "",
    ),
    "unreadable.no_approval": (
        "error",
        "not an approval",
        "pass the file that kling-cost approve wrote",
    ),
    "unreadable.approval": ("error", "the approval is damaged: {why}", "approve the plan again"),
    "unreadable.approval_edited": (
        "error",
        "the approval was edited after it was written",
        "approve the plan again",
    ),
    "not_approved.expired": ("warning", "the approval ended on {until}", "approve the plan again"),
    "not_approved.day_unknown": (
        "warning",
        "the approval has a last day, but the plan has no date to compare it with",
        "pass a date as_of",
    ),
    "not_approved.partial": (
        "warning",
        "a job without a price cannot be compared with the approval",
        "remove or correct it",
    ),
    "not_approved.other_plan": ("warning", "the approval is for another plan: none of its jobs is in this one", ""),
    "not_approved.job_added": ("warning", "not in the approved plan: {jobs}", "approve the plan again"),
    "not_approved.seller_changed": (
        "warning",
        "approved with another provider or model: {jobs}",
        "approve the plan again",
    ),
    "not_approved.new_currency": ("warning", "nothing was approved in {currencies}", "approve the plan again"),
    "not_approved.grown": ("warning", "the plan has grown beyond its approval: {growth}", "approve the plan again"),
    "not_approved.plan_changed": (
        "warning",
        "the plan is no longer exactly the approved one",
        "approve the plan again",
    ),
    "ambiguous.product": (
        "warning",
        "{model} makes several products, so no other provider is compared: {products}",
        "pass one with --product",
    ),
    "missing.second_seller": ("info", "only one provider sells {product}", ""),
    "missing.product": (
        "info",
        "models of no product, for which no other provider is compared: {models}",
        "write under `products` of a price book who makes the same",
    ),
    "price_unknown.nowhere": (
        "error",
        "no provider shown has a comparable price for it: {reasons}",
        "pass other providers, or --rate for a currency without an exchange rate",
    ),
    "cannot_check.no_common": (
        "warning",
        "no job can be made by all of {sellers}, so their totals cannot be compared",
        "pass fewer of them with --seller",
    ),
    "suspicious_price.offer": (
        "warning",
        "the price of {model} looks wrong, so it is not taken as the cheapest: {why}",
        "confirm it before spending much",
    ),
    "suspicious_price.kept": (
        "warning",
        "jobs that stay where they are planned although the price there is not exact or looks wrong: {count}",
        "confirm their price before spending much",
    ),
}
