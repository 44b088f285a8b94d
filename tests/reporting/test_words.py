"""The words of reports: the same in every language, each used, numbers and days as that language writes them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest

import kling_cost as kc
from kling_cost.messages import ANSWER, NOTES, SENTENCES
from kling_cost.messages.finding_messages import ADVICE, FINDINGS
from kling_cost.problems import problem
from kling_cost.reporting.number_format import grouped
from kling_cost.reporting.report import Report
from kling_cost.reporting.translations import LOCALES, catalogue, words_of
from kling_cost.reporting.write_report import report_bytes
from tests.reporting.samples import AS_OF, mixed_estimate

TRANSLATED = [locale for locale in LOCALES if locale != "en"]
#: Families of words whose key is put together from a value.
FAMILIES = (
    "part column short status verdict by unit sound option basis count ruling what_if sign check empty "
    "kind state step sums matched season holds risk fit compare"
).split()


def wanted() -> dict[str, str]:
    """Every text that a translation has to hold, in English."""
    found = {key: text for key, text in words_of("en").texts.items() if key != "problem_answer"}
    found["problem_answer"] = ANSWER
    for key, sentence in SENTENCES.items():
        found[f"problem.{key}.message"] = sentence.message
        if sentence.hint:
            found[f"problem.{key}.hint"] = sentence.hint
    for key, sentence in FINDINGS.items():
        found[f"finding.{key}.message"] = sentence.message
        if sentence.hint:
            found[f"finding.{key}.hint"] = sentence.hint
    found |= {f"advice.{key}": text for key, text in ADVICE.items()}
    return found | {f"note.{key}": text for key, text in NOTES.items()}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_catalogue_holds_every_text_with_the_same_parameters_and_no_other(project: Path, locale: str) -> None:
    file = project / "reports/locales" / f"{locale}.yaml"
    mine = catalogue(file.read_text(encoding="utf-8"), file.name)
    english = wanted()
    assert sorted(mine) == sorted(english)
    for key, text in mine.items():
        assert text.strip(), key
        assert fields(text) == fields(english[key]), key
        assert text.count("{{") == english[key].count("{{"), key


@pytest.mark.parametrize("locale", LOCALES)
def test_words_that_have_to_be_told_apart_differ(locale: str) -> None:
    texts = words_of(locale).texts
    for family in ("part", "status", "verdict"):
        mine = [text for key, text in texts.items() if key.startswith(f"{family}.")]
        assert len({text.casefold() for text in mine}) == len(mine), family
    for key, text in texts.items():
        if key.startswith("part."):  # they are names of sheets
            assert len(text) <= 31
            assert not set("[]:*?/\\") & set(text)


def test_every_word_is_used_and_every_used_word_is_there(project: Path) -> None:
    sources = [*(project / "kling_cost").rglob("*.py"), *(project / "reports/templates").iterdir()]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    used = set(re.findall(r"words\(\s*f?\"([a-z_.]+)\"", code)) | set(re.findall(r"words\.([a-z_]+)\b", code))
    known = set(words_of("en").texts)
    columns = set(re.findall(r'(?:Column|status)\(\s*(?:words, )?"(\w+)"', code))
    for key in known - {"problem_answer", "language"}:
        family, _, name = key.partition(".")
        ways = [key in used, f'"{key}"' in code, f"'{key}'" in code, name in columns]
        ways.append(family in FAMILIES and name.split(".")[0] in code)
        assert any(ways), f"{key} is never said"
    for key in used:
        if "." in key and not key.endswith("."):
            assert key in known, key


@pytest.mark.parametrize(
    ("locale", "day"),
    [("en", "Feb 1, 2026"), ("ko", "2026. 2. 1."), ("ja", "2026/02/01"), ("zh", "2026年2月1日")],
)
def test_days_and_numbers_are_written_as_in_that_language(locale: str, day: str) -> None:
    words = words_of(locale)
    assert words.day(date(2026, 2, 1)) == day
    assert grouped(Decimal("-1234567.895"), words, 2, 2) == "-1,234,567.90"


@pytest.mark.parametrize("locale", LOCALES)
def test_problems_are_worded_in_that_language(locale: str) -> None:
    sentence = words_of(locale).problem(problem("out_of_range.between", "duration", value=16, low=3, high=15))
    assert {"16", "3", "15"} <= set(re.findall(r"\d+", sentence.message))
    assert (sentence.message == "16 is outside the range 3 to 15") == (locale == "en")


@pytest.mark.parametrize("locale", TRANSLATED)
@pytest.mark.parametrize("suffix", [".html", ".md"])
def test_a_report_speaks_one_language(locale: str, suffix: str) -> None:
    estimate = mixed_estimate()
    report = Report(estimate, kc.check(estimate, budget=["9 USD", "2000 EVOLINK_CREDIT"]), locale=locale)
    text = report_bytes(suffix, report).decode("utf-8")
    if suffix == ".html":
        assert text.startswith(f'<!doctype html>\n<html lang="{locale}">')
        text = re.sub(r"<(script|style|template)\b.*?</\1>", "", text, flags=re.DOTALL)
        text = re.sub(r"<[^>]*>", " ", text)
    for english in (
        "Line items",
        "Problems",
        "Summary",
        "left out",
        "Takes",
        "Provider",
        "planned",
        "error",
        "OVER",
        "within",
    ):
        assert english not in text, english


def test_json_and_the_header_of_csv_are_the_same_in_every_language() -> None:
    estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog", "nonsense": 1}], as_of=AS_OF)
    for suffix in (".json", ".csv"):
        assert len({report_bytes(suffix, Report(estimate, locale=locale)) for locale in LOCALES}) == 1
