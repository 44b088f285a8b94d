"""Choose the tags that a report has room for: each needs a column and a block, and a job can have thousands."""

from __future__ import annotations

from kling_cost.problems import Listed, shown
from kling_cost.reporting.report import Report

MOST_TAGS = 40
_TAG = "tag:"


def shown_tags(report: Report) -> list[str]:
    """The breakdowns by tag that are shown, those of the most jobs where there are too many; JSON and CSV have all.

    >>> import kling_cost as kc
    >>> jobs = [{"request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}, "tags": {"scene": "1"}}]
    >>> shown_tags(Report(kc.estimate(jobs)))
    ['tag:scene']
    """
    found = report.estimate.breakdowns
    names = [name for name in found if name.startswith(_TAG)]
    if len(names) <= MOST_TAGS:
        return names
    tagged = {name: sum(total.jobs for total in found[name] if total.key is not None) for name in names}
    return sorted(sorted(names, key=lambda name: -tagged[name])[:MOST_TAGS])


def tags_left_out(report: Report) -> list[str]:
    """What to say about the tags that are not shown; nothing where all are."""
    kept = set(shown_tags(report))
    left = [
        name.removeprefix(_TAG) for name in report.estimate.breakdowns if name.startswith(_TAG) and name not in kept
    ]
    if not left:
        return []
    return [report.words("text.more_tags", count=report.words.grouped(str(len(left))), names=shown(Listed(left)))]


def tag_key(at: int) -> str:
    """The key of a tag's column by its place among the tags, since a tag's name may be anything.

    >>> tag_key(0)
    'tag_0'
    """
    return f"tag_{at}"
