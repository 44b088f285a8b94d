"""A hundred thousand prices, one at a time, beside genai-prices: model and what is asked for in, money out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice, product

from genai_prices import Usage, calc_price

import kling_cost as kc
from benchmarks.measure import Figure, best_of

JOBS = 100_000
_ROUNDS = 3
_MICRO = 1_000_000


def figures() -> Iterator[Figure]:
    """Our own kind of call beside theirs."""
    models = ["kling-v3-text-to-video", "kling-v3-image-to-video"]
    asked = list(islice(cycle(product(models, range(3, 16), ["720p", "1080p"], ["on", "off"])), JOBS))
    used = list(islice(cycle([Usage(input_tokens=1000 + n, output_tokens=100) for n in range(100)]), JOBS))

    def ours() -> None:
        for model, duration, quality, sound in asked:
            kc.price(model, duration=duration, quality=quality, sound=sound)

    def theirs() -> None:
        for usage in used:
            calc_price(usage, model_ref="gpt-4o", provider_id="openai")

    mine, other = best_of([ours, theirs], _ROUNDS)
    detail = f"{mine / JOBS * _MICRO:.2f} µs beside {other / JOBS * _MICRO:.1f} µs a call"
    yield Figure(f"kc.price, {JOBS:,} jobs", "genai-prices calc_price", other / mine, 40, "× faster", True, detail)
