"""`plan fit --apply`: write the changed jobs, or show what would be written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from kling_cost.cli.options import InputOptions
from kling_cost.cli.overwriting import refuse_inputs
from kling_cost.problems import UsageError

if TYPE_CHECKING:
    from kling_cost.io.sources import Source
    from kling_cost.jobs.writing.job_changes import WrittenValue
    from kling_cost.planning.fit.plan import Plan


def target_of(inputs: InputOptions, path: str | None, dry_run: bool, files: Sequence[str]) -> Source | None:
    """The file whose jobs are to be written back; None without `--apply`.

    Args:
        inputs: the files of jobs.
        path: where they are to be written.
        dry_run: whether that is only shown.
        files: where results are written besides.

    Raises:
        UsageError: it is not one file, or the options exclude each other.
    """
    if path is None:
        if dry_run:
            raise click.UsageError("--dry-run shows what --apply would write; add --apply FILE")
        return None
    if dry_run and files:
        raise click.UsageError("--dry-run writes nothing; omit -o")
    from kling_cost.cli.job_inputs import job_sources
    from kling_cost.planning.fit.applying.apply_plan import hold_target

    sources = job_sources(inputs)
    if len(sources) > 1:
        raise UsageError(f"--apply writes the jobs of one file, and there are {len(sources)}; pass them one by one")
    if sources[0].stream is not None:
        raise UsageError("--apply writes jobs back into the form of a file; standard input is none, so pass the file")
    refuse_inputs([path, *files])
    hold_target(sources[0], path)
    return sources[0]


def write_applied(
    plan: Plan, source: Source, inputs: InputOptions, path: str, dry_run: bool
) -> Sequence[WrittenValue] | None:
    """Write the changed jobs of a plan; what would be different where it is only shown.

    Raises:
        ReadError, UsageError, WriteError: as of `apply`.
    """
    from kling_cost.cli.streams import tell
    from kling_cost.jobs.foreign.columns_file import file_beside
    from kling_cost.jobs.foreign.foreign_sheets import ForeignSheets
    from kling_cost.planning.fit.applying.apply_plan import applied, write_new

    if not plan.is_found:
        tell(f"{path} is not written: no plan fits")
        return None
    found = applied(
        plan,
        source,
        inputs.input_format,
        inputs.sheet,
        lambda: ForeignSheets(inputs.model, inputs.defaults, inputs.columns),
    )
    if dry_run:
        return found.values
    write_new(source, path, found)
    tell(
        f"wrote {path}" if found.mapping is None else f"wrote {path} and {file_beside(path)}, how its columns are read"
    )
    return None
