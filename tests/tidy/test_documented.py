"""Every public name is documented, typed and shown by an example that runs."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import kling_cost as kc
from kling_cost.messages import NOTES, SENTENCES
from kling_cost.messages.finding_messages import ADVICE, FINDINGS
from kling_cost.messages.sentence import Sentence
from kling_cost.reporting.translations import words_of

PUBLIC = sorted(kc.__all__)
#: Phrases that a reader has to read twice, each with the plain one in its place.
CLUMSY = {
    r"\b(is|was) no (?!longer|more)": "is not a …",
    r"\bnobody\b": "no …",
    r"\bsay(ing)? (--|`|\w+=)": "pass …",
    r"\b(it|they|that|which|one|key|column|tag|cell|job|must|may|can) stands?\b|\bstand (in|for|beside)\b": "is in",
    r"\btwice\b": "duplicate …",
    r"\bheld against\b": "compared with",
    r"\b(is|are|be) wanted\b": "must be",
    r"\brates? of exchange\b": "exchange rate",
    r"\b(day|days) such as\b": "date such as",
    r"\b(type|paste|read) (it |them |the \w+ )?anew\b": "again",
    r"\bgiven back\b": "refunded",
    r"\bone an? (line|currency|row|job)\b": "one per …",
}
#: How a hint begins: with what to do.
TO_DO = frozenset(
    "add ask check claim compare confirm export fix format give keep list look make name omit open pass plan price put "
    "query record remove rename retype save set split store unmerge use write approve did if install".split()
)
#: Nothing of this is loaded to price one job.
HEAVY = ["pandas", "numpy", "pyarrow", "narwhals", "openpyxl", "defusedxml", "jinja2", "click", "rich", "highspy"]


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_documented_with_an_example(name: str) -> None:
    thing = getattr(kc, name)
    examples = doctest.DocTestFinder().find(thing, name, globs={})
    assert any(test.examples for test in examples), f"kling_cost.{name} has no example in its docstring"


@pytest.mark.parametrize("name", PUBLIC)
def test_whatever_is_public_in_a_class_is_documented(name: str) -> None:
    thing = getattr(kc, name)
    if not inspect.isclass(thing):
        return
    own = {key: value for key, value in vars(thing).items() if not key.startswith("_")}
    for key, value in own.items():
        if callable(value) or isinstance(value, property) or hasattr(value, "func"):
            assert inspect.getdoc(value), f"kling_cost.{name}.{key} says nothing"


@pytest.mark.parametrize("name", PUBLIC)
def test_a_function_says_its_arguments_and_what_it_raises(name: str) -> None:
    thing = getattr(kc, name)
    if not inspect.isfunction(thing):
        return
    docstring = inspect.getdoc(thing) or ""
    for argument in inspect.signature(thing).parameters:
        assert re.search(rf"\b{argument}(:|, )", docstring), f"{name}({argument})"
    assert "Raises:" in docstring, f"{name} does not say what it raises"


def test_the_public_names_are_all_there_and_nothing_else_is() -> None:
    assert set(dir(kc)) >= set(kc.__all__)
    assert sorted(kc._HOMES) == PUBLIC
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        kc.nonsense  # noqa: B018


def messages(project: Path) -> Iterator[tuple[str, str]]:
    """Every English text that a user meets, with where it is from."""
    for key, sentence in {**SENTENCES, **FINDINGS}.items():
        yield key, sentence.message
        yield key, sentence.hint
    yield from {**NOTES, **ADVICE, **words_of("en").texts}.items()
    for path in sorted((project / "kling_cost").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                yield f"{path.name}:{node.lineno}", _words(node.exc.args[0])
            if isinstance(node, ast.keyword) and node.arg == "help":
                yield f"{path.name}:{node.value.lineno}", _words(node.value)


def _words(node: ast.expr) -> str:
    """The words of a text as it stands in the source, without what is filled in."""
    return "…".join(str(part.value) for part in ast.walk(node) if isinstance(part, ast.Constant))


def clumsy(text: str) -> list[str]:
    """What in a text reads as translated."""
    return [found[0] for pattern in CLUMSY if (found := re.search(pattern, text))]


def test_messages_are_plain_english(project: Path) -> None:
    texts = list(messages(project))
    assert len(texts) > 800
    assert {where: found for where, text in texts if (found := clumsy(text))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "nobody sells {model}", "{value} is no limit", "say --rate", "the column stands twice", "a colour is wanted",
        "remarks stand under notes or stand in braces", "held against 5", "a day such as 2026-03-01",
        "no rate of exchange", "paste the ids anew", "5 were given back", "one a line",
    ],
)  # fmt: skip
def test_what_reads_as_translated_is_seen(text: str) -> None:
    assert clumsy(text)


@pytest.mark.parametrize("sentence", [*SENTENCES.values(), *FINDINGS.values()], ids=[*SENTENCES, *FINDINGS])
def test_a_message_begins_small_and_a_hint_says_what_to_do(sentence: Sentence) -> None:
    first = sentence.message.split()[0]
    assert first.isupper() >= first[0].isupper(), sentence.message
    assert not sentence.message.endswith(".")
    assert not sentence.hint.endswith(".")
    assert set(sentence.hint.split()[:1]) <= set(TO_DO), sentence.hint


def test_one_price_loads_nothing_heavy() -> None:
    program = (
        "import sys, kling_cost as kc\n"
        "kc.price('kling-v3-text-to-video', duration=5)\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
