"""The formats of job files, recognised by suffix unless the caller gives one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from kling_cost.io.sources import Source, refuse_repeated
from kling_cost.problems import Listed, UsageError, problem

#: Suffixes by form; `--input-format` takes the forms.
FORMS = {
    "json": (".json",),
    "jsonl": (".jsonl", ".ndjson"),
    "yaml": (".yaml", ".yml"),
    "csv": (".csv", ".txt"),
    "tsv": (".tsv", ".tab"),
    "xlsx": (".xlsx", ".xlsm"),
    "parquet": (".parquet", ".pq"),
}


def forms_of(sources: Sequence[Source], input_format: str | None = None) -> list[str]:
    """The form of each source.

    Raises:
        ReadError: one is a folder.
        UsageError: no source, one that is given twice, or a form that cannot be told.
    """
    if not sources:
        raise UsageError("no jobs: pass at least one file, or - for standard input")
    refuse_repeated(sources)
    return [form_of(source, input_format) for source in sources]


def form_of(source: Source, input_format: str | None = None, forms: Iterable[str] = tuple(FORMS)) -> str:
    """The form of a source: what the caller says, else what its suffix says.

    Args:
        source: a file or a stream.
        input_format: what the caller says.
        forms: those that an error offers.

    Raises:
        ReadError: it is a folder.
        UsageError: neither says it.

    >>> from kling_cost.io.sources import name_sources
    >>> form_of(name_sources(["JOBS.JSONL"])[0])
    'jsonl'
    """
    if input_format is not None:
        if input_format not in FORMS:
            raise UsageError(f"unknown format {input_format!r}; the formats are {', '.join(FORMS)}")
        return input_format
    if source.path is not None and os.path.isdir(source.path):
        raise source.error("unreadable.folder")
    for form, suffixes in FORMS.items():
        if source.suffix in suffixes:
            return form
    endings = Listed([FORMS[form][0] for form in forms])
    told = problem("unreadable.form", "", endings=endings).at(None, source.name, None)
    raise UsageError(f"unknown format of {source.place}; pass input_format={' | '.join(forms)}", problem=told)
