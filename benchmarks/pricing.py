"""One price in a warm process, beside genai-prices, which prices tokens the same way: model and usage in, money out."""

from __future__ import annotations

from collections.abc import Iterator

from genai_prices import Usage, calc_price

import kling_cost as kc
from benchmarks.measure import Figure, best_calls


def figures() -> Iterator[Figure]:
    """Our own kind of call beside theirs."""
    usage = Usage(input_tokens=1000, output_tokens=100)
    ours, theirs = best_calls(
        [
            lambda: kc.price("kling-v3-text-to-video", duration=5, sound="on"),
            lambda: calc_price(usage, model_ref="gpt-4o", provider_id="openai"),
        ],
        calls=2_000,
        rounds=9,
    )
    detail = f"{ours:.2f} µs beside {theirs:.1f} µs"
    yield Figure("kc.price, warm", "genai-prices calc_price", theirs / ours, 10, "× faster", True, detail)
