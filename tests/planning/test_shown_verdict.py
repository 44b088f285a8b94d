"""A verdict as Python and a notebook show it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import kling_cost as kc

EVOLINK = {"model": "kling-v3-text-to-video", "prompt": "x"}
KLING3API = {"type": "pro-text-to-video", "prompt": "x"}


def checked(*bodies: dict[str, Any], **asked: Any) -> kc.Verdict:
    book = kc.load_prices(rates=["1400 KRW/USD"])
    return kc.check(kc.estimate(list(bodies), book, as_of=date(2026, 11, 20)), **asked)


def test_it_is_one_line_with_its_first_limits_and_a_table_with_all() -> None:
    budget = ["100000 EVOLINK_CREDIT", "9000 KLING3API_CREDIT", "60 USD", "90000 KRW"]
    verdict = checked(EVOLINK, KLING3API, budget=budget)
    told = "blocked, 27 of 100,000 EVOLINK_CREDIT, 400 of 9,000 KLING3API_CREDIT, 0.375 of 60 USD, 1 more, 3 problems"
    assert repr(verdict) == f"<Verdict: {told}>"
    shown = verdict._repr_html_()
    assert shown.startswith(f"<p>{told}</p><table><tr>")
    assert shown.endswith("</tr></table>")
    rows = [re.findall("<t[hd]>(.*?)</t[hd]>", row) for row in shown.split("<tr>")[1:]]
    assert rows == [
        "scope limit currency planned contingency committed headroom status".split(),
        "campaign 100,000 EVOLINK_CREDIT 27 0 0 99,973 within".split(),
        "campaign 9,000 KLING3API_CREDIT 400 0 0 8,600 within".split(),
        "campaign 60 USD 0.375 0 0 59.625 unknown".split(),
        "campaign 90,000 KRW 525 0 0 89,475 unknown".split(),
    ]
    assert " more" not in repr(checked(EVOLINK, KLING3API, budget=budget[:3]))


def test_it_says_what_no_limit_holds() -> None:
    free = checked(EVOLINK, no_budget=True)
    assert (repr(free), free._repr_html_()) == ("<Verdict: within>", "<p>within</p>")
    told = "<Verdict: blocked, 27 of 100 EVOLINK_CREDIT, 400 KLING3API_CREDIT, 2 problems>"
    assert repr(checked(EVOLINK, KLING3API, budget="100 EVOLINK_CREDIT")) == told
