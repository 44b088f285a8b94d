"""Jobs and answers with differences planted at random places; the truth is what was planted, added up beside it.

Prices are the published ones, written here once more: nothing of the library is called.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Line = dict[str, Any]
#: Credits a second, in ten-thousandths.
EVOLINK = {("720p", "off"): 54_000, ("720p", "on"): 81_000, ("1080p", "off"): 71_982, ("1080p", "on"): 108_000}
KLING3API = {("pro", False): 54, ("pro", True): 80, ("std", False): 40, ("std", True): 60}
SUMS = (
    "jobs", "estimated", "without_amount", "estimated_without_amount", "reported", "variance", "orphans", "refunded",
    "open", "rounding",
)  # fmt: skip
MODELS = ("kling-v3-text-to-video", "kling-v3-image-to-video")


@dataclass
class Planted:
    """A generated set and what is true of it.

    Attributes:
        jobs, lines: envelopes, and answers one a line.
        findings: kind, job and task of every planted difference, with how often it is planted.
        totals: by provider, the sums that are true.
        explained: changes by the task whose amount they explain.
    """

    seed: int
    jobs: list[Line] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    findings: Counter[tuple[str, str | None, str | None]] = field(default_factory=Counter)
    totals: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    explained: dict[str, str] = field(default_factory=dict)

    def add(self, provider: str, **sums: Decimal | int) -> None:
        """Add to the true sums of a provider."""
        known = self.totals.setdefault(provider, dict.fromkeys(SUMS, Decimal(0)))
        for name, amount in sums.items():
            known[name] += amount

    def find(self, kind: str, job: str | None, task: str | None) -> None:
        """Plant one difference."""
        self.findings[kind, job, task] += 1


class Generator:
    """Generates one set.

    Args:
        seed: of everything that is random.
        jobs: how many.
    """

    def __init__(self, seed: int, jobs: int) -> None:
        self.random = random.Random(seed)
        self.out = Planted(seed)
        self._tasks = 0
        for number in range(jobs):
            if self.random.random() < 0.2:
                self._kling3api(number)
            else:
                self._evolink(number)
        for _ in range(max(3, jobs // 200)):
            self._orphan()

    def _task(self, prefix: str) -> str:
        self._tasks += 1
        return f"{prefix}{self._tasks:06d}"

    # -- EvoLink

    def _evolink(self, number: int) -> None:
        pick, out = self.random, self.out
        job, takes = f"job-{number:05d}", pick.choice([1, 1, 1, 2, 3])
        quality, sound, seconds = pick.choice(["720p", "1080p"]), pick.choice(["off", "on"]), pick.randint(3, 15)
        model = pick.choice(MODELS)
        due = Decimal(EVOLINK[quality, sound] * seconds) / 10_000
        request = {"model": model, "prompt": f"Shot {number}", "duration": seconds, "quality": quality, "sound": sound}
        if model == MODELS[1]:
            request["image_start"] = "https://example.com/a.jpg"
        envelope: Line = {"job_id": job, "request": request, "takes": takes}
        self.now = _Evolink(self, job, due, model, seconds, quality, sound, envelope)
        out.jobs.append(envelope)
        out.add("evolink", jobs=1, estimated=due * takes)
        missing = sum(pick.random() < 0.03 for _ in range(takes))
        if missing:
            out.find("missing_response", job, None)
            out.add("evolink", without_amount=missing, estimated_without_amount=due * missing)
        ways = [way for way in _EVOLINK if not missing or way is not _Evolink.retried]  # a retry would fill the gap
        gone = [pick.choice(ways) for _ in range(takes - missing)]
        for way in gone:
            way(self.now)
        if not missing and not {*gone} & _LEAVES_ROOM and pick.random() < 0.1:
            task = self.now.answer(due, "completed", created=9_000)
            out.find("duplicate_task", job, task)
            out.add("evolink", reported=due, variance=due)

    # -- kling3api.com

    def _kling3api(self, number: int) -> None:
        pick, out = self.random, self.out
        job, level, sound, seconds = (
            f"job-{number:05d}",
            pick.choice(["pro", "std"]),
            pick.random() < 0.5,
            pick.randint(3, 15),
        )
        kind, due = f"{level}-text-to-video", Decimal(KLING3API[level, sound] * seconds)
        request = {
            "type": kind,
            "prompt": f"Shot {number}",
            "duration": seconds,
            "sound": sound,
            "aspect_ratio": "16:9",
        }
        out.jobs.append({"job_id": job, "request": request})
        out.add("kling3api", jobs=1, estimated=due)
        what = pick.choice(["right", "right", "right", "over", "under", "prefix", "type", "echo", "open", "failed"])
        amount = due + 7 if what == "over" else due - 7 if what == "under" else due
        task = self._task("n71" if what == "prefix" else "n75")
        status = {"open": "IN_PROGRESS", "failed": "FAILED"}.get(what, "SUCCESS")
        repeated = {**request, "aspect_ratio": "9:16"} if what == "echo" else request
        other = f"{'std' if level == 'pro' else 'pro'}-text-to-video"
        data = {"task_id": task, "status": "IN_PROGRESS", "consumed_credits": int(amount)}
        first: Line = {"code": 200, "message": "success", "data": data}
        out.lines.append({"job_id": job, "provider": "kling3api", "stage": "create", "response": first})
        if what != "open":
            last = {**data, "status": status, "request": repeated, "type": other if what == "type" else kind}
            out.lines.append({"code": 200, "message": "success", "data": last})
        kinds = {
            "over": "over_consumed", "under": "under_consumed", "prefix": "wrong_task_prefix", "type": "echo_differs",
            "echo": "echo_differs", "open": "still_open", "failed": "failed_not_refunded",
        }  # fmt: skip
        if what in kinds:
            out.find(kinds[what], job, task)
        out.add("kling3api", reported=amount, variance=amount - due, open=amount if what == "open" else 0)

    def _orphan(self) -> None:
        task = self._task("task-")
        amount = Decimal(self.random.randint(1, 900_000)) / 10_000
        body = evolink_body(task, amount, "completed", MODELS[0], 5)
        job = self.random.choice([None, "job-of-somebody-else"])
        self.out.lines.append({"job_id": job, "response": body} if job else body)
        self.out.find("orphan_response", job, task)
        self.out.add("evolink", orphans=amount)


class _Evolink:
    """The tasks of one job at EvoLink; each method is one way in which a take can go."""

    def __init__(
        self, to: Generator, job: str, due: Decimal, model: str, seconds: int, quality: str, sound: str, envelope: Line
    ) -> None:
        self.to, self.out, self.job, self.due = to, to.out, job, due
        self.model, self.seconds, self.quality, self.sound = model, seconds, quality, sound
        self.envelope = envelope
        self.created = 1_000

    def answer(self, amount: Any, status: str, task: str | None = None, **more: Any) -> str:
        """One answer; the first of a task names the job, or the jobs file names the task."""
        created = more.pop("created", None) or self.created
        is_first = task is None
        task = task or self.to._task("task-")
        body = evolink_body(task, amount, status, self.model, more.pop("seconds", self.seconds), created, **more)
        if is_first and self.to.random.random() < 0.1:
            self.envelope.setdefault("task_id", []).append(task)
            self.out.lines.append(body)
        else:
            self.out.lines.append({"job_id": self.job, "response": body} if is_first else body)
        return task

    def begun(self, amount: Any, **more: Any) -> str:
        """A task that was created."""
        self.created += 10
        return self.answer(amount, "pending", **more)

    def charged(self, amount: Decimal, **sums: Decimal | int) -> None:
        """The task came to an amount."""
        self.out.add("evolink", reported=amount, variance=amount - self.due, **sums)

    def right(self) -> None:
        task = self.begun(self.due)
        self.answer(self.due, "completed", task)
        self.charged(self.due)

    def open(self) -> None:
        task = self.begun(self.due)
        self.answer(self.due, "processing", task, progress=40)
        self.out.find("still_open", self.job, task)
        self.charged(self.due, open=self.due)

    def other_sound(self) -> None:
        other = "off" if self.sound == "on" else "on"
        amount = Decimal(EVOLINK[self.quality, other] * self.seconds) / 10_000
        task = self.begun(amount)
        self.answer(None, "completed", task)
        self.out.find("over_reserved" if amount > self.due else "under_reserved", self.job, task)
        self.out.explained[task] = f"sound={other}"
        self.charged(amount)

    def noise(self) -> None:
        amount = self.due + Decimal("0.000000000000004")
        task = self.begun(amount)
        self.answer(None, "completed", task)
        self.out.find("rounding", self.job, task)
        self.charged(amount, rounding=amount - self.due)

    def small_unit(self) -> None:
        task = self.begun(int(self.due * 10_000))
        self.answer(None, "completed", task)
        self.out.find("unit_scale", self.job, task)
        self.charged(self.due)

    def kept(self) -> None:
        task = self.begun(self.due)
        self.answer(self.due, "failed", task)
        self.out.find("failed_not_refunded", self.job, task)
        self.charged(self.due)

    def came_back(self) -> None:
        task = self.begun(self.due)
        self.answer(0, "failed", task)
        self.charged(Decimal(0), refunded=self.due)

    def retried(self) -> None:
        task = self.begun(self.due)
        self.answer(0, "cancelled", task)
        self.out.add("evolink", reported=Decimal(0), refunded=self.due)
        self.right()

    def unverified(self) -> None:
        task = self.begun(self.due)
        self.answer(None, "failed", task)
        self.out.find("refund_unverified", self.job, task)
        self.charged(self.due)

    def back(self, amount: Decimal, back: Decimal, status: str = "completed", unit: int = 1) -> str:
        """A task of which something came back; amounts may be in the small unit."""
        taken, came = (int(a * unit) if unit > 1 else a for a in (amount, back))
        task = self.begun(taken)
        billing = {"charge_status": "charged", "refund_status": "completed", "refunded_credits": came}
        self.answer(taken, status, task, billing={**billing, "charged_credits": taken})
        self.charged(amount - back, refunded=back)
        if unit > 1:
            self.out.find("unit_scale", self.job, task)
        return task

    def part(self) -> Decimal:
        return (self.due * self.to.random.randint(1, 9) / 10).quantize(Decimal("0.0001"))

    def partly_back(self) -> None:
        task = self.back(self.due, self.part(), unit=self.to.random.choice([1, 10_000]))
        self.out.find("refunded_in_part", self.job, task)

    def partly_back_after_failure(self) -> None:
        task = self.back(self.due, self.part(), "failed", unit=self.to.random.choice([1, 10_000]))
        self.out.find("failed_not_refunded", self.job, task)

    def too_much_and_partly_back(self) -> None:
        task = self.back(self.due + 10, Decimal(5))
        self.out.find("over_reserved", self.job, task)
        self.out.find("refunded_in_part", self.job, task)

    def too_much_and_all_of_that_back(self) -> None:
        self.out.find("refunded_in_part", self.job, self.back(self.due + 10, Decimal(10)))

    def more_back_than_charged(self) -> None:
        self.out.find("refunded_too_much", self.job, self.back(self.due, self.due + 3))

    def more_back_after_failure(self) -> None:
        self.out.find("refunded_too_much", self.job, self.back(self.due, self.due + 3, "failed"))

    def failed_and_delivered(self) -> None:
        task = self.begun(self.due)
        billing = {"refund_status": "completed", "refunded_credits": self.due}
        ends: list[Callable[[], str]] = [
            lambda: self.answer(self.due, "failed", task, billing=billing),
            lambda: self.answer(self.due, "completed", task, used=self.due),
        ]
        self.to.random.shuffle(ends)
        for end in ends:
            end()
        self.out.find("conflicting_states", self.job, task)
        self.charged(self.due, refunded=self.due)

    def settled_otherwise(self) -> None:
        task = self.begun(self.due)
        amount = self.due + Decimal("1.11")
        self.answer(None, "completed", task, used=amount)
        self.out.find("settled_differs", self.job, task)
        self.charged(amount)

    def unusable(self) -> None:
        amount = self.to.random.choice([str(self.due), True, -self.due, [self.due], {"credits": self.due}])
        task = self.begun(amount)
        self.out.find("invalid_amount", self.job, task)
        self.out.find("still_open", self.job, task)
        self.out.add("evolink", without_amount=1, estimated_without_amount=self.due)

    def in_conflict(self) -> None:
        task = self.begun(self.due)
        self.answer(self.due, "completed", task)
        self.answer(self.due - 1, "completed", task)
        self.out.find("conflicting_answers", self.job, task)
        self.charged(self.due)

    def twice(self) -> None:
        task = self.begun(self.due)
        self.answer(self.due, "completed", task)
        self.answer(self.due, "completed", task)
        self.out.find("duplicate_response", self.job, task)
        self.charged(self.due)

    def other_fact(self) -> None:
        kind, changed = self.to.random.choice(
            [
                ("wrong_billing_rule", {"rule": "per_call"}),
                ("user_group_not_default", {"group": "VIP"}),
                ("duration_differs", {"seconds": self.seconds + 1}),
                ("model_differs", {"named": MODELS[0] if self.model == MODELS[1] else MODELS[1]}),
            ]
        )
        task = self.begun(self.due, **changed)
        self.answer(self.due, "completed", task)
        self.out.find(kind, self.job, task)
        self.charged(self.due)


_EVOLINK: list[Callable[[_Evolink], None]] = [
    *[_Evolink.right] * 10, _Evolink.open, _Evolink.other_sound, _Evolink.noise, _Evolink.small_unit, _Evolink.kept,
    _Evolink.came_back, _Evolink.retried, _Evolink.unverified, _Evolink.partly_back,
    _Evolink.partly_back_after_failure, _Evolink.too_much_and_partly_back, _Evolink.too_much_and_all_of_that_back,
    _Evolink.more_back_than_charged, _Evolink.more_back_after_failure, _Evolink.failed_and_delivered,
    _Evolink.settled_otherwise, _Evolink.unusable, _Evolink.in_conflict,
    _Evolink.twice, _Evolink.other_fact,
]  # fmt: skip

#: Ways in which a take goes that leave room for a further task.
_LEAVES_ROOM = {_Evolink.came_back, _Evolink.retried, _Evolink.unusable, _Evolink.more_back_after_failure}


def evolink_body(
    task: str, amount: Any, status: str, model: str, seconds: int, created: int = 1_000, **more: Any
) -> Line:
    """A task body as EvoLink sends it; `None` states no amount."""
    usage = {"billing_rule": more.get("rule", "per_second"), "user_group": more.get("group", "default")}
    if amount is not None:
        usage["credits_reserved"] = amount
    if "used" in more:
        usage["credits_used"] = more["used"]
    body = {
        "created": created, "id": task, "model": more.get("named", model), "object": "video.generation.task",
        "progress": more.get("progress", 0 if status == "pending" else 100), "status": status,
        "task_info": {"can_cancel": True, "video_duration": seconds}, "type": "video", "usage": usage,
    }  # fmt: skip
    return {**body, "billing": more["billing"]} if "billing" in more else body
