"""The English sentences about logs of takes and what is learnt from them: severity, message and hint, by key."""

from __future__ import annotations

from collections.abc import Mapping

from kling_cost.messages.sentence import Severity, Texts

_E: Severity = "error"
_W: Severity = "warning"
_I: Severity = "info"

TAKE_LOGS: Mapping[str, Texts] = {
    "unreadable.no_kept_column": (
        _E,
        "not a log of takes: no column {name}; found: {columns}",
        "add a column {name} with yes or no for every take",
    ),
    "unreadable.piped_outcome": (_E, "a stored reconciliation cannot be read from standard input", "pass the file"),
    "wrong_type.kept": (
        _E,
        "must be yes or no, not {value}",
        "write yes or no, or leave the cell blank where it is not decided",
    ),
    "missing.kept": (_E, "no take of a class says whether it was kept, so there is nothing to learn", ""),
    "missing.take_class": (
        _E,
        "nothing tells which class a take is in",
        "add a column tag:class or model, or pass the jobs, or rules with classes of takes",
    ),
    "missing.class_column": (
        _E,
        "no such column, but the class of takes {name} depends on it",
        "add the column, or pass the jobs that the takes are of",
    ),
    "missing.class_cell": (
        _E,
        "blank or unreadable, but the class of takes {name} depends on it",
        "write it, or pass the jobs that the takes are of",
    ),
    "out_of_range.several_takes": (
        _E,
        "one row is one take, but this one has {value}",
        "write a row for every take, each with its own yes or no",
    ),
    "mismatch.kept": (_E, "another row of the task {task} has the opposite", "keep one of the two"),
    "mismatch.kept_failed": (_E, "kept, but its task failed, so that it delivered nothing", "check the task"),
    "has_no_effect.kept_blank": (
        _W,
        "takes without yes or no: {count}, the first is {first}; they are not counted",
        "",
    ),
    "has_no_effect.failed_takes": (
        _I,
        "takes whose task failed: {count}; they delivered nothing and are not counted",
        "write how often calls fail as `failure`",
    ),
    "has_no_effect.no_class": (
        _W,
        "takes of no class: {count}, the first is {first}; they are not counted",
        "add a class of takes for them, or the tag that names it",
    ),
    "has_no_effect.no_takes": (
        _W,
        "no take is of the class {name}, so it is left out",
        "add its earlier figures if the plan has such jobs: without a class, they are made exactly as often as planned",
    ),
    "assumed_takes.few": (
        _W,
        "few takes of the class {name}: {count}; its rate may be anything from {low} to {high}",
        "add more takes to the log before you rely on it",
    ),
    "assumed_takes.no_end": (
        _W,
        "so few takes of the class {name} were kept that its jobs may never end; `at_most` is {most}, the maximum",
        "write after how many takes you give up as `at_most`",
    ),
    "missing.planned_costs": (
        _W,
        "jobs without a cost: {count}; what is planned is less than it was",
        "",
    ),
    "missing.ids_of_stored": (
        _W,
        "jobs of stored estimates without an id of their own: {count}; they cannot be found in a log and are left out",
        "give jobs a job_id before you store an estimate",
    ),
    "missing.month": (
        _W,
        "jobs of which neither a date nor the day of their estimate is known: {count}; they are in no month",
        "store estimates with --as-of",
    ),
    "missing.charges": (
        _W,
        "no charge is stated for any job of the stored estimates, so nothing is known of their accuracy",
        "add a column `settled`, or pass answers or a stored reconciliation",
    ),
    "missing.task_ids": (
        _W,
        "jobs with charges of no task id: {count}, the first is {first}; these charges are not counted, since "
        "several of them may be of one take",
        "add a column task_id",
    ),
    "mismatch.no_overlap": (
        _E,
        "no job of the stored estimates is in the log",
        "check that both have the same job ids",
    ),
    "mismatch.currency_of_plan": (
        _W,
        "jobs with charges in another currency than planned: {count}, the first is {first}; these charges are not "
        "counted",
        "",
    ),
    "mismatch.charged_beside": (
        _W,
        "charges that belong to no job of the stored estimates: {amounts}; they are not counted",
        "pass the estimates of these jobs as well",
    ),
    "has_no_effect.earlier_estimates": (
        _I,
        "jobs in more than one stored estimate: {count}, the first is {first}; the last estimate counts",
        "",
    ),
}
