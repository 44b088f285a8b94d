"""Makes the sample campaign's other input forms from campaign.yaml, and the sample reports from it.

    python -m examples.make

Every run makes the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook
from openpyxl.packaging.core import DocumentProperties

import kling_cost as kc
from examples import answers
from kling_cost.io.json_text import json_bytes
from kling_cost.io.strict_yaml import compose
from kling_cost.io.yaml_values import textual, typed
from kling_cost.jobs.campaign import flattened
from kling_cost.jobs.cell_values import COERCIONS, to_on_off
from kling_cost.jobs.providers import KINDS, KINDS_BY_MODEL
from kling_cost.reporting.writers.xlsx.package_file import SheetContent, finished_package
from kling_cost.results.document_types import ESTIMATE, RECONCILIATION

HERE = Path(__file__).parent
REPORTS = HERE.parent / "reports" / "examples"
AS_OF = date(2026, 11, 20)
_EPOCH = datetime(2026, 1, 1)  # noqa: DTZ001  # a property of the file, not a moment
_OUTSIDE = ("job_id", "provider", "takes", "date")


def envelopes(text: str) -> list[dict[str, Any]]:
    """The jobs of a campaign file as envelopes around complete request bodies."""
    root, faults = compose(text)
    assert not faults
    campaign = textual(root)
    shared = flattened(campaign["defaults"], [])
    found = []
    for node in root.items["jobs"].items:  # type: ignore[attr-defined]  # a list in the sample
        row = typed(node) if "request" in node.items else textual(node)
        found.append(_of_request(row, campaign) if "request" in row else _of_short_row(row, shared))
    return found


def _of_request(row: dict[str, Any], campaign: dict[str, Any]) -> dict[str, Any]:
    return {**row, "tags": {**campaign["defaults"].get("tags", {}), **row.get("tags", {})}}


def _of_short_row(row: dict[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    values = flattened(row, [])
    model = values.get("model", shared["model"])
    kind = KINDS[values["provider"], model] if "provider" in values else KINDS_BY_MODEL[model]
    for name, value in shared.items():
        if name in kind.fields or name.startswith("tag:"):
            values.setdefault(name, value)
    body: dict[str, Any] = {kind.name_field: model}
    for name, value in values.items():
        if name in kind.fields and name != "model":
            holds = kind.fields[name]
            coerced = to_on_off(value) if name == "sound" and holds == "text" else COERCIONS[holds](value)
            below = body
            *above, last = name.split(".")
            for step in above:
                below = below.setdefault(step, {})
            below[last] = coerced
    envelope: dict[str, Any] = {"job_id": values["job_id"], "request": body}
    if "takes" in values:
        envelope["takes"] = int(values["takes"])
    if "provider" in values:
        envelope["provider"] = values["provider"]
    return {**envelope, "tags": {name[4:]: value for name, value in values.items() if name.startswith("tag:")}}


def sheet(jobs: list[dict[str, Any]]) -> tuple[list[str], list[list[Any]]]:
    """The jobs as rows of a sheet; lists stand in their cells as JSON."""
    rows = []
    for job in jobs:
        request = job["request"]
        outside = {name: job[name] for name in _OUTSIDE if name in job}
        body = flattened({name: value for name, value in request.items() if name not in ("model", "type")}, [])
        tags = {f"tag:{name}": value for name, value in job["tags"].items()}
        model = request.get("model") or request["type"]
        rows.append({**outside, "model": model, **{name: _cell(value) for name, value in body.items()}, **tags})
    first = ["job_id", "provider", "model", "duration", "quality", "sound", "takes", "prompt"]
    names = [*first, *dict.fromkeys(name for row in rows for name in row if name not in first)]
    return names, [[row.get(name) for name in names] for row in rows]


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False, default=_number) if isinstance(value, list) else value


def _number(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)  # float: shown in JSON text, priced by nobody


def files() -> dict[str, bytes]:
    """Every made file of the samples by its path below the project."""
    jobs = envelopes((HERE / "campaign.yaml").read_text(encoding="utf-8"))
    names, rows = sheet(jobs)
    lines = [json.dumps(job, ensure_ascii=False) for job in jobs]
    estimate = kc.estimate(kc.read_jobs(HERE / "campaign.yaml"), as_of=AS_OF)
    verdict = kc.check(estimate)
    made = {
        "examples/campaign.json": json.dumps(jobs, ensure_ascii=False, indent=1).encode() + b"\n",
        "examples/campaign.jsonl": "".join(f"{line}\n" for line in lines).encode(),
        "examples/campaign.csv": _separated(names, rows, ","),
        "examples/campaign.tsv": _separated(names, rows, "\t"),
        "examples/campaign.xlsx": _workbook(names, rows),
        "examples/campaign.parquet": _parquet(names, rows),
        "reports/examples/estimate.json": json_bytes(ESTIMATE.json(estimate)),
    }
    differing, given = answers.every_kind()
    made["examples/responses/jobs.jsonl"] = _lines(differing)
    made["examples/responses/answers.jsonl"] = _lines(given)
    made["examples/answers.jsonl"] = _lines(answers.campaign(estimate))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "answers.jsonl")
        file.write_bytes(made["examples/answers.jsonl"])
        outcome = kc.reconcile(estimate, kc.read_responses(file))
    made["reports/examples/reconciliation.json"] = json_bytes(RECONCILIATION.json(outcome))
    for suffix in ("xlsx", "html", "md", "csv"):
        made[f"reports/examples/budget.{suffix}"] = _report(suffix, estimate, verdict)
    for suffix in ("xlsx", "html", "md"):
        made[f"reports/examples/charged.{suffix}"] = _report(suffix, estimate, None, outcome)
    return made


def _lines(records: list[dict[str, Any]]) -> bytes:
    return "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records).encode()


def _report(
    suffix: str, estimate: kc.Estimate, verdict: kc.Verdict | None, outcome: kc.Reconciliation | None = None
) -> bytes:
    from kling_cost.reporting.report import Report
    from kling_cost.reporting.write_report import report_bytes

    return report_bytes(f".{suffix}", Report(estimate, verdict, outcome=outcome))


def _separated(names: list[str], rows: list[list[Any]], separator: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_text(value) for value in row] for row in rows)
    return ("\ufeff" + text.getvalue()).encode()


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _workbook(names: list[str], rows: list[list[Any]]) -> bytes:
    book = Workbook()
    book.properties = DocumentProperties(title="Spring launch", creator="kling_cost", created=_EPOCH, modified=_EPOCH)
    jobs = book["Sheet"]
    jobs.title = "Jobs"
    for row in [names, *rows]:
        jobs.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return finished_package(buffer.getvalue(), [SheetContent({})], _EPOCH)


def _parquet(names: list[str], rows: list[list[Any]]) -> bytes:
    columns = []
    for at, name in enumerate(names):
        values = [row[at] for row in rows]
        whole = name in ("duration", "takes")
        texts = values if whole else [None if value is None else str(_text(value)) for value in values]
        columns.append(pa.array(texts, pa.int64() if whole else pa.string()))
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns, names=names), buffer)
    return buffer.getvalue()


def main() -> None:
    """Write every file."""
    for path, data in files().items():
        target = HERE.parent / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
