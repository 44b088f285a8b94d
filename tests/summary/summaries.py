"""A summary held against the estimate of the same files: to the byte, problems up to what is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kling_cost.io.json_text import json_bytes
from kling_cost.io.sources import name_sources
from kling_cost.jobs.foreign.questions import SheetQuestionsError
from kling_cost.jobs.read_jobs import stream_jobs
from kling_cost.pricebook.load import load_prices
from kling_cost.pricing.estimate import Estimator
from kling_cost.pricing.totals import Totals
from kling_cost.problems import ReadError
from kling_cost.results.arrow_tables import arrow_table, schema_of
from kling_cost.results.document_types import ESTIMATE, ESTIMATE_WITHOUT_LINE_ITEMS
from kling_cost.results.record_types import LINE_ITEM
from kling_cost.summary.accumulator import MOST_PROBLEMS
from kling_cost.summary.summarize import How, Run

DAY = date(2026, 11, 20)


def ordinary(files: Sequence[Path], how: How, encoding: str | None = None) -> tuple[bytes, int, list[Any], list[Any]]:
    """The bytes of the estimate without its line items, its exit code, its problems, and its line items."""
    stream = stream_jobs(name_sources(files, encoding), how.input_format, how.sheet)
    stream.repeated = None  # a summary keeps nothing of a request
    estimator = Estimator(load_prices(), how.as_of, how.strict)
    for job in stream:
        estimator.add(job)
    estimate = estimator.result(stream.file_problems, stream.campaigns)
    record = ESTIMATE_WITHOUT_LINE_ITEMS.json(estimate) | {"kind": "summary"}
    return json_bytes(record), estimate.exit_code, list(estimate.problems), list(estimate.line_items)


def same(*files: Path, how: How | None = None, encoding: str | None = None) -> Totals | None:
    """Asserts that both ways agree, in their error as well; gives the summary."""
    how = (how or How())._replace(as_of=DAY)
    try:
        wanted, code, problems, items = ordinary(files, how, encoding)
    except (ReadError, SheetQuestionsError) as error:
        refused = error
    else:
        refused = None
    if refused is not None:
        with pytest.raises(type(refused)) as found:
            Run(name_sources(files, encoding), load_prices(), how).summary()
        assert vars(found.value) == vars(refused)
        return None
    run = Run(name_sources(files, encoding), load_prices(), how)
    summary = run.summary()
    tags = sorted(summary.by_tag)
    written = pa.concat_tables([schema_of(LINE_ITEM, tags).empty_table(), *run.line_item_tables(LINE_ITEM, tags)])
    assert written.to_pylist() == arrow_table(LINE_ITEM, items, tags).to_pylist()
    assert summary.exit_code == code
    assert summary.codes == Counter((p.severity, p.code) for p in problems)
    if summary.more_problems:
        record = ESTIMATE.json(summary)
        assert record.pop("more_problems") == len(problems) - len(summary.problems)
        assert sum(entry["count"] for entry in record.pop("problem_counts")) == len(problems)
        of_jobs = [p for p in summary.problems if p.row is not None or p.job_id is not None]
        assert len(of_jobs) >= MOST_PROBLEMS
        assert of_jobs == [p for p in problems if p.row is not None or p.job_id is not None][: len(of_jobs)]
    else:
        assert json_bytes(ESTIMATE.json(summary)) == wanted
    return summary
