"""Of a long sheet every shot can be reached, and what is wrong or unknown is shown without an end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

import kling_cost as kc
from kling_cost.io.sources import Source
from kling_cost.pricing.line_item import LineItem
from kling_cost.reporting.translations import LOCALES
from kling_cost.results.certainty import certainty_of
from kling_cost.serving.changed_shots import ShotChanger
from kling_cost.serving.dropped_sheet import DroppedSheet
from kling_cost.serving.page_words import page_words
from kling_cost.serving.priced_sheet import PricedSheet
from kling_cost.serving.shots_content import shots_content
from kling_cost.serving.uploads import Wishes
from tests.serving.served import AS_OF, MODEL, Browser, Said, serving

HEADER = "job_id,model,duration,quality,sound,takes\n"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with serving(tmp_path_factory.mktemp("served")) as (_, browser):
        yield browser


def sheet(count: int, wrong: int = 0) -> bytes:
    """Shots of 3 to 15 seconds; behind them such as cannot be."""
    lines = [f"s{at:03d},{MODEL},{3 + at % 13},1080p,on,1\n" for at in range(count)]
    return (HEADER + "".join([*lines, *(f"w{at},{MODEL},99,1080p,on,1\n" for at in range(wrong))])).encode()


def rows(said: Said) -> list[str]:
    return re.findall(r'name="shot\|(\d+)\|takes"', said.text)


def test_every_shot_of_a_long_sheet_can_be_reached_page_by_page(browser: Browser) -> None:
    said = browser.drop("long.csv", sheet(450))
    key, found = said.key, rows(said)
    assert len(found) == 200
    assert 'id="previous"' not in said.text
    for page, left in ((1, 200), (2, 50)):
        assert f'data-do="page:{page}" id="next"' in said.text
        said = browser.say(key, do=f"page:{page}")
        assert len(rows(said)) == left
        found += rows(said)
    assert sorted(map(int, found)) == [*range(2, 452)]
    assert 'id="next"' not in said.text
    for nowhere in ("page:9", "page:-1", "page:", "page:x"):
        assert rows(browser.say(key, do=nowhere)) == rows(said)
    assert 'data-do="page:1" id="previous"' in said.text


def test_a_shot_is_found_by_its_name_and_stays_shown_while_it_is_changed(browser: Browser) -> None:
    said = browser.drop("long.csv", sheet(450))
    before = said.credits
    said = browser.say(said.key, do="find", find="S44")
    assert rows(said) == [str(at) for at in range(442, 452)]
    said = browser.form(said.key, {"do": "shots", "shot|442|takes": "2"})
    assert len(rows(said)) == 10
    assert said.credits != before
    assert "No shot is called that" in browser.say(said.key, do="find", find="<b>").text
    assert len(rows(browser.say(said.key, do="find", find=""))) == 200


def test_of_a_thousand_errors_the_first_are_shown_and_how_many_more_there_are(browser: Browser) -> None:
    said = browser.drop("wrong.csv", sheet(3, 1000), "$60")
    shown = said.text.count("is outside the range")
    more = re.search(r"([\d,]+) more rows", said.text)
    assert more is not None
    assert 100 <= shown < 1000
    assert shown + int(more[1].replace(",", "")) >= 1000
    assert len(said.body) < 300_000


def test_of_many_questions_the_first_are_asked_and_the_others_follow(browser: Browser) -> None:
    lines = [f"{at},Fog {at},{at % 90 + 3}.5,720p,no\n" for at in range(80)]
    key = browser.drop("board.csv", ("Shot,Description,Length,Res,Audio?\n" + "".join(lines)).encode()).key
    said = browser.say(key, do="columns", model=MODEL)
    asked = re.findall(r'<select id="(answer[^"]+)"', said.text)
    assert len(asked) == 50
    assert "30 more questions" in said.text
    said = browser.form(key, {"do": "columns", **dict.fromkeys(asked, "5")})
    assert said.text.count('<select id="answer') > 0


@pytest.mark.parametrize(
    ("ends", "text"),
    [(("1", "2"), "2 – 4"), ((None, "2"), "at most 4"), (("1", None), "at least 2"), ((None, None), "unknown")],
)
def test_a_shot_whose_cost_is_not_exact_says_so(ends: tuple[str | None, str | None], text: str) -> None:
    made = kc.estimate([{"takes": 2, "request": {"model": MODEL, "prompt": "x"}}], as_of=AS_OF)
    least, most = (None if end is None else Decimal(end) for end in ends)
    charge = replace(made.line_items[0].charge, cost=most, cost_least=least, certainty=certainty_of(least, most))
    made = replace(made, line_items=[LineItem(made.line_items[0].job, charge)])
    changer = ShotChanger(made)
    priced = PricedSheet(DroppedSheet(Source("a.csv", None), None), made, changer.changed({}), changer)
    assert shots_content(priced, changer, Wishes(), page_words("en"))["rows"][0]["cost"] == text
    costs = {shots_content(priced, changer, Wishes(), page_words(lang))["rows"][0]["cost"] for lang in LOCALES}
    assert len(costs) == (1 if "–" in text else len(LOCALES))
