"""What stops somebody on the page is said in the page's language, and never names a flag or an argument."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from string import Formatter

import pytest

from kling_cost.messages import SENTENCES
from kling_cost.problems import Problem
from kling_cost.reporting.translations import LOCALES
from kling_cost.serving.page_words import page_words
from tests.serving.served import OURS, Browser, Said, serving

TYPED = re.compile(r"--[a-z]|kling-cost|(?:input_format|rates|budget|may|as_of)=|\bpass\b")
ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16le")
BUDGETS = ("60", "¥60", "abc", "$", "$-5", "$1,00", "1" * 55 + "0" * 5 + "USD", "60 credits", "60 XYZ")
FILES = {
    "a.exe": b"MZ", "nameless": b"model\nx\n", "empty.csv": b"", "empty.xlsx": b"", "locked.xlsx": ENCRYPTED,
    "head.csv": b"model,duration\n", "page.csv": b"<!doctype html><html>",
}  # fmt: skip
FORMS = ({"do": "fit", "budget": ""}, {"do": "fit"}, {"do": "fit", "may|takes": "on", "floor|takes": "-1"})


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with serving(tmp_path_factory.mktemp("served")) as (_, browser):
        yield browser


def stopped(said: Said) -> str:
    """What stopped somebody, without what was typed and the name of the file."""
    (text,) = re.findall(r'role="alert"><bdi>(.*?)</bdi>', said.text)
    return html.unescape(text)


def all_stopped(browser: Browser, lang: str) -> Iterator[tuple[str, str]]:
    key = browser.drop("ours.csv", OURS, lang=lang).key
    for budget in BUDGETS:
        yield budget, stopped(browser.say(key, lang, budget=budget))
    for name, data in FILES.items():
        yield name, stopped(browser.drop(name, data, "$60", lang))
    for form in FORMS:
        yield str(form), stopped(browser.form(key, {"budget": "$4"} | form, lang))


def test_what_stops_somebody_is_said_in_each_language_without_arguments(browser: Browser) -> None:
    found = {lang: dict(all_stopped(browser, lang)) for lang in LOCALES}
    for what in found["en"]:
        texts = [found[lang][what] for lang in LOCALES]
        assert len(set(texts)) == len(LOCALES), texts
        assert [text for text in texts if TYPED.search(text)] == []


CAMPAIGN = "campaign: Spring\nbudget: 60 USD\njobs: [{model: kling-v3-text-to-video, prompt: Fog}]\n"
RULES = "budgets:\n  - {name: a, limitt: 5}\n  - 7\npolicies: 3\n"
TWICE = "campaign: Fall\nprovider: evolink\nprovider: evolink\n"


@pytest.mark.parametrize(
    ("text", "places"), [(CAMPAIGN + RULES, [(5, 5), (5, 15), (6, 5), (7, 11)]), (CAMPAIGN + TWICE, [(4, 1), (6, 1)])]
)
def test_every_fault_of_a_file_is_told_at_once_with_its_place_and_its_english_marked(
    browser: Browser, text: str, places: list[tuple[int, int]]
) -> None:
    heads = set()
    for lang in LOCALES:
        said = browser.drop("plan.yaml", text.encode(), lang=lang)
        heads.add(stopped(said))
        found = re.findall(r"<li>([^<]*): <bdi lang=\"en\">([^<]+)</bdi>", said.text)
        assert [tuple(map(int, re.findall("[0-9]+", at))) for at, _ in found] == places
        assert said.status == 200
    assert len(heads) == len(LOCALES)
    assert not any("/plan.yaml" in head for head in heads)


def test_a_budget_without_an_exchange_rate_says_what_somebody_can_type(browser: Browser) -> None:
    key = browser.drop("ours.csv", OURS).key
    said = browser.say(key, budget="60 EUR")
    assert "BLOCKED" in said.text
    assert "write the budget in USD" in html.unescape(said.text)
    assert "--rate" not in said.text


@pytest.mark.parametrize("lang", LOCALES)
def test_no_hint_of_the_page_names_a_flag_or_a_verb(lang: str) -> None:
    words = page_words(lang)
    for key, sentence in SENTENCES.items():
        names = {name for _, name, _, _ in Formatter().parse(sentence.message + sentence.hint) if name}
        found = words.problem(Problem(key, "", tuple((name, "1") for name in {*names, "message", "hint"})))
        assert not re.search(r"--[a-z]|kling-cost", found.hint), key
