"""Files whose plan is fitted and written back, for tests of `apply`; each is priced again from its bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kling_cost as kc

MAY = "quality,sound,takes:1,duration:3"
T2V, I2V = "kling-v3-text-to-video", "kling-v3-image-to-video"
OLD, NEW = "old", "new"


def plan_of(path: Path, limit: str | None = None, rules: str | None = None, **read: Any) -> kc.Plan:
    """The plan of the jobs of a file; without a limit, the cheapest that there is."""
    estimate = kc.estimate(kc.read_jobs(path, **read))
    may = None if rules is not None else MAY
    given = None
    if rules is not None:
        given = path.parent / "rules.yaml"
        given.write_text(f"schema: 1\nfit:\n  may:\n{rules}", encoding="utf-8")
    if limit is None:
        least = kc.fit(estimate, "0.0001 EVOLINK_CREDIT", given, may=may)
        limit = f"{least.conflict[0].least} EVOLINK_CREDIT" if least.conflict else "0.0001 EVOLINK_CREDIT"
    return kc.fit(estimate, limit, given, may=may)


def applied(folder: Path, name: str, data: bytes, **more: Any) -> bytes:
    """The new file of a plan, whose jobs cost what the plan says."""
    path, new = folder / f"{OLD}{name}", folder / f"{NEW}{name}"
    path.write_bytes(data)
    new.unlink(missing_ok=True)
    read = {key: more.pop(key) for key in ("encoding", "sheet", "input_format") if key in more}
    plan = plan_of(path, **more, **read)
    kc.apply(plan, path, new, **read)
    again = kc.estimate(kc.read_jobs(new, **read))
    assert costs(again) == costs(plan.estimate)
    assert again.left_out == plan.estimate.left_out
    assert path.read_bytes() == data
    return new.read_bytes()


def costs(estimate: kc.Estimate) -> list[tuple[Any, ...]]:
    """Every job with what it asks for and costs, ids that tell a place apart."""
    return [
        (
            None if f":{item.row}" in (item.job_id or "") else item.job_id,
            item.takes,
            dict(item.charge.options),
            item.due,
        )
        for item in estimate.line_items
    ]
