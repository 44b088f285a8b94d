"""Makes the pages of docs/reference/ that follow from the code and its cases; a test holds them to what this makes.

python -m docs.make
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import annotated_types
from pydantic.fields import FieldInfo
from typing_extensions import get_type_hints, is_typeddict

import kling_cost as kc
from docs.reference_pages import command_page, json_page
from examples.answers import every_kind
from kling_cost.jobs.providers import EVERY_KIND
from kling_cost.jobs.providers.request_schema import Page
from kling_cost.problems import Problem
from kling_cost.reconciliation.findings.finding_text import finding_sentence
from kling_cost.reporting.error_results import problems_of
from kling_cost.results.document_types import DOCUMENTS
from kling_cost.results.plans.limit_types import POLICY, STANDING
from kling_cost.results.price_book_types import ADDED_SKU, ENDED_SKU, KNOWN_BOOK, PRICE_MOVE
from kling_cost.results.record_types import (
    ACTUAL_TOTAL,
    BALANCE,
    FINDING,
    LINE_ITEM,
    PRICE_ROW,
    PROBLEM,
    TASK,
    TOTAL,
)
from tests.cases import cases

HERE = Path(__file__).parent / "reference"
AS_OF = date(2026, 11, 20)
_WORDS = {str: "text", int: "a whole number", bool: "true or false"}


def request_rules() -> str:
    """The table of every rule: those of single fields from the forms, those that connect fields from their cases."""
    lines = [
        "# Request rules",
        "",
        "Every constraint that the published pages state, and how it is read where they leave it open; what no page",
        "states is not refused. Made by `make docs` from the forms in `kling_cost/jobs/providers/` and the cases in",
        "`tests/cases/rules.yaml`; for every rule the tests hold a body just inside and one just outside.",
        "",
        "Pages of spring 2026: `ko/ja i2v` EvoLink image-to-video (Korean, Japanese) · `zh t2v` EvoLink text-to-video",
        "(Chinese) · `zh element` EvoLink custom element (Chinese) · `ko kling3api` kling3api.com documentation",
        "(Korean). Pages as read on 2026-11-28: `evolink o3 …`, `evolink motion control`, `evolink turbo` of",
        "docs.evolink.ai · `kling 3.0` the official API's requests with `model_name`, from its specification of the",
        "series 3.0 models and the parameters that docs.comfy.org takes from it · `kling 2.0` the official API 2.0,",
        "which has the model in the path.",
        "",
        "Characters are code points. An unknown field is a warning, a misspelt one with a suggestion. `null` is of the",
        "wrong type in every field. Ranges of seconds, quality and sound are those of the chosen price book.",
        "",
        "## Rules that connect fields",
        "",
        "| Path | Rule | Severity | Models | Page | Ruling |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for rule in cases("rules")["rules"]:
        severity = rule.get("severity", "error")
        cells = (f"`{rule['path']}`", rule["says"], severity, rule["models"], rule["page"], rule.get("ruling", ""))
        lines.append(_row(*cells))
    lines += ["", "## Rules of single fields"]
    for title, form in _forms():
        lines += ["", f"### {title}", "", "| Path | Rule | Page | Ruling |", "| --- | --- | --- | --- |"]
        lines += [_row(f"`{path}`", says, page.page, page.ruling) for path, says, page in _fields(form)]
    return "\n".join(lines) + "\n"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;').replace('<', '&lt;') for cell in cells)} |"


def _forms() -> Iterator[tuple[str, Any]]:
    models: dict[Any, list[str]] = {}
    for name, kind in EVERY_KIND.items():
        models.setdefault(kind.form, []).append(f"`{name}`")
    for form, names in models.items():
        yield ", ".join(names), form


def _fields(form: Any, prefix: str = "") -> Iterator[tuple[str, str, Page]]:
    for name, hint in get_type_hints(form, include_extras=True).items():
        annotation, metadata = hint, []
        while hasattr(annotation, "__metadata__") or str(get_origin(annotation)).endswith("Required"):
            metadata += getattr(annotation, "__metadata__", ())
            annotation = get_args(annotation)[0]
        path = f"{prefix}{name}"
        page = next(m for m in metadata if isinstance(m, Page))
        says = [_type_words(name, annotation), *_limit_words(annotation, metadata)]
        if name in form.__required_keys__:
            says.insert(0, "required")
        yield path, ", ".join(says), page
        if is_typeddict(annotation):
            yield from _fields(annotation, f"{path}.")
        elif get_origin(annotation) is list and is_typeddict(get_args(annotation)[0]):
            yield from _fields(get_args(annotation)[0], f"{path}[].")


def _type_words(name: str, annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return f"one of {', '.join(get_args(annotation))}"
    if get_origin(annotation) is list:
        return "a list"
    if annotation in _WORDS:
        return _WORDS[annotation]
    if is_typeddict(annotation):
        return "an object"
    if annotation is Any and name != "duration":
        return "anything"
    return "text or a whole number" if annotation is Any or str in get_args(annotation) else "a number"


def _limit_words(annotation: Any, metadata: list[Any]) -> Iterator[str]:
    for info in metadata:
        for limit in info.metadata if isinstance(info, FieldInfo) else ():
            if isinstance(limit, annotated_types.MaxLen):
                yield f"at most {limit.max_length:,} {'items' if get_origin(annotation) is list else 'characters'}"
            elif isinstance(limit, annotated_types.Le):
                yield f"0 to {limit.le}"


def problem_pages() -> str:
    """The closed list of codes with cause, example and remedy; each example is run for its message."""
    lines = [
        "# Problems",
        "",
        "Everything that can be wrong with a job, as a closed list of codes. An `error` leaves the job out of every",
        "total; a `warning` and an `info` do not. `--strict` makes warnings errors. Made by `make docs`: the messages",
        "are what the examples really say.",
    ]
    for entry in cases("problems")["codes"]:
        found = example_problem(entry)
        place = ":".join(str(part) for part in (found.source, found.row) if part is not None)
        shown = [place, found.severity, found.field, found.message]
        lines += [
            "",
            f"## `{entry['code']}`",
            "",
            f"**Cause.** {entry['cause']}",
            "",
            f"**Example.** `{entry['example']['file']}`:",
            "",
            "```",
            *entry["example"]["text"].rstrip("\n").split("\n"),
            "```",
            *_answers(entry["example"]),
            *_rules(entry["example"]),
            *_approved(entry["example"]),
            *(["", f"With `--budget {entry['example']['budget']}`:"] if "budget" in entry["example"] else []),
            *(["", f"With `-o {entry['example']['output']}`:"] if "output" in entry["example"] else []),
            "",
            "```",
            ": ".join(part for part in shown if part),
            *([f"({found.hint})"] if found.hint else []),
            "```",
            "",
            f"**Remedy.** {entry['remedy']}",
        ]
    return "\n".join(lines) + "\n"


def _answers(example: dict[str, Any]) -> list[str]:
    return ["", "Answer:", "", "```", example["answers"], "```"] if "answers" in example else []


def _rules(example: dict[str, Any]) -> list[str]:
    return ["", "Rules:", "", "```yaml", *example["rules"].split("\n"), "```"] if "rules" in example else []


def _approved(example: dict[str, Any]) -> list[str]:
    return ["", "Approved was:", "", "```", example["approved"], "```"] if "approved" in example else []


def finding_pages() -> str:
    """The closed list of kinds of findings: when each is found, and what it says in the sample."""
    jobs, answers = every_kind()
    result = kc.reconcile(kc.estimate(jobs, as_of=AS_OF), answers)
    lines = [
        "# Findings",
        "",
        "Everything that `kling-cost reconcile` can find, as a closed list of kinds. An `error` makes the exit code 6;",
        "`--ignore KIND` and `--fail-on KIND` change which count. Of the rows to `rounding` (`refunded_in_part` apart)",
        "a task has at most one. Made by `make docs`: the messages are those of the jobs in `examples/responses/`.",
        "",
        "| Kind | Severity | When | Message in the sample |",
        "| --- | --- | --- | --- |",
    ]
    for entry in cases("findings")["kinds"]:
        found = next(f for f in result.findings if f.kind in entry["kind"].split())
        kinds = ", ".join(f"`{kind}`" for kind in entry["kind"].split())
        lines.append(_row(kinds, entry.get("severity", "error"), entry["when"], finding_sentence(found).message))
    return "\n".join(lines) + "\n"


#: Parts of results that are described, too.
_PARTS = (
    *(LINE_ITEM, TASK, PRICE_ROW, TOTAL, FINDING, ACTUAL_TOTAL, BALANCE, STANDING, POLICY, PROBLEM),
    *(KNOWN_BOOK, PRICE_MOVE, ADDED_SKU, ENDED_SKU),
)


def result_fields() -> str:
    """The fields of every record in JSON results, and the columns that CSV, Parquet and frames have of them."""
    lines = [
        "# Fields of results",
        "",
        "What JSON results hold, record by record; and the columns that CSV, Parquet and DataFrames have of line",
        "items, tasks and prices, with their Arrow types. Amounts are decimal text in JSON and exact decimals in",
        "columns. Made by `make docs` from `kling_cost/results/`.",
    ]
    for record in (*DOCUMENTS, *_PARTS):
        is_table = record in (LINE_ITEM, TASK, PRICE_ROW)
        head = ["Field", "Type", *["Column"] * is_table, "What it is"]
        lines += ["", f"## {record.name}", "", _row(*head), _row(*["---"] * len(head))]
        for field in record.fields:
            arrow = field.type.arrow
            columns = ", ".join(f"`{part.name}`" for part in field.parts) or (f"`{arrow}`" if arrow else "")
            empty = " or null" if field.null else ", where there is one" if field.optional else ""
            shown = [f"`{field.name}`", field.type.name + empty, *[columns] * is_table, field.about]
            lines.append(_row(*shown))
    return "\n".join(lines) + "\n"


def example_problem(entry: dict[str, Any]) -> Problem:
    """The first problem with the code that an example has when it is run."""
    example = entry["example"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, example["file"])
        path.write_text(example["text"], encoding="utf-8")
        day, overlay = None if example.get("undated") else AS_OF, []
        if "overlay" in example:
            overlay = [Path(folder, "overlay.yaml")]
            overlay[0].write_text(example["overlay"], encoding="utf-8")
        found: Any = kc.estimate(kc.read_jobs(path), kc.load_prices(overlay=overlay), as_of=day)
        if "approved" in example:
            path.write_text(example["approved"], encoding="utf-8")
            given = kc.approve(kc.check(kc.estimate(path, as_of=day), no_budget=True), by="Ada")
            found = kc.check(found, no_budget=True, approval=given)
        if "budget" in example or "output" in example:
            return _stopped(found, example)
        if "rules" in example:
            rules = Path(folder, "rules.yaml")
            rules.write_text(example["rules"], encoding="utf-8")
            found = kc.risk(found, rules) if "takes:" in example["rules"] else kc.check(found, rules=rules)
        if "answers" in example:
            answers = Path(folder, "answers.jsonl")
            answers.write_text(example["answers"], encoding="utf-8")
            found = kc.reconcile(found, answers)
    return next(p for p in found.problems if p.code == entry["code"])


def _stopped(found: kc.Estimate, example: dict[str, Any]) -> Problem:
    """What stops the run that goes on from an estimate."""
    try:
        if "budget" in example:
            kc.check(found, budget=example["budget"])
        else:
            kc.write_report(example["output"], found)
    except kc.KlingCostError as error:
        return problems_of(error)[0]
    raise AssertionError(example)


#: The pages by name.
PAGES = {
    "command.md": command_page,
    "json.md": json_page,
    "request-rules.md": request_rules,
    "problems.md": problem_pages,
    "findings.md": finding_pages,
    "results.md": result_fields,
}


def main() -> None:
    """Write the pages."""
    for name, make in PAGES.items():
        (HERE / name).write_text(make(), encoding="utf-8")
        print(f"wrote docs/reference/{name}")


if __name__ == "__main__":
    main()
