"""Estimates to report on."""

from __future__ import annotations

from datetime import date
from typing import Any

import kling_cost as kc

AS_OF = date(2026, 11, 20)
#: What somebody might put into any text field, hoping that a report runs, loads, hides or breaks something.
HOSTILE = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("http://evil","x")',
    "#N/A",
    "'quoted",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "</style><script>alert(1)</script>",
    "{{7*7}}",
    "{% raw %}",
    "${7*7}",
    "[link](javascript:alert(1))",
    "![x](http://evil/x.png)",
    "`code`",
    "| pipe |",
    "* star *",
    "http://evil.example/",
    "www.evil.example",
    "@everyone",
    "&lt;b&gt;",
    "a\x00b",
    "a\x1b[31mred",
    "a\u202egnp.exe",
    "\u2066iso\u2069",
    "\ufffe\uffff",
    "line\nbreak",
    "tab\tbed",
    "안개 霧 雾 🎬",
    "x" * 40_000,
    "\u2028sep",
    "%s %d %n",
    "--",
    "; rm -rf /",
    "_x0000_",
]


def hostile_estimate() -> kc.Estimate:
    """Every hostile text in ids, tags, prompts and problem values; those a body cannot hold are left out of it."""
    jobs: list[dict[str, Any]] = []
    for number, text in enumerate(HOSTILE):
        body = {"model": "kling-v3-text-to-video", "prompt": text[:2500]}
        jobs.append({"job_id": f"{text} {number}", "request": body, "tags": {"client": text, text[:50]: "x"}})
        jobs.append(
            {"job_id": f"bad {number} {text}", "request": {**body, "quality": text, "aspect_ratio": text, text[:60]: 1}}
        )
    return kc.estimate(jobs, as_of=AS_OF)


def mixed_estimate() -> kc.Estimate:
    """Several sellers, every option, a minimum, takes, tags, defaults, warnings and errors."""
    image = "https://example.com/a.jpg"
    jobs: list[dict[str, Any]] = []
    for seconds in (3, 5, 7, 15):
        for quality in ("720p", "1080p"):
            for sound in ("off", "on"):
                body = {
                    "model": "kling-v3-text-to-video",
                    "prompt": "Fog",
                    "duration": seconds,
                    "quality": quality,
                    "sound": sound,
                }
                jobs.append(
                    {"request": body, "takes": seconds, "tags": {"client": "Acme" if sound == "on" else "桜屋"}}
                )
    jobs += [
        {"request": {"model": "kling-v3-image-to-video", "image_start": image}},
        {"request": {"type": "pro-image-to-video", "prompt": "x", "image": image, "sound": False}, "takes": 2},
        {"request": {"type": "o3-std-reference-to-video", "prompt": "x", "images": [image]}},
        {"request": {"type": "o3-pro-video-edit", "prompt": "x", "video": image}},
        {"request": {"model": "kling-v3", "duration": 5, "quality": "4k", "sound": "on"}},
        {"request": {"model": "kling-v3-text-to-video", "prompt": "x", "duration": 99}},
    ]
    return kc.estimate(jobs, as_of=AS_OF)
