"""Code and texts use the words of docs/glossary.md, and none of those that its second table rules out."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

import docs.make
import kling_cost as kc
from kling_cost.cli import cli
from kling_cost.messages import NOTES, SENTENCES
from kling_cost.results.result_schema import KINDS, schema
from tests.tidy.pages import PAGES, name_of
from tests.tidy.source_files import PROJECT, Module, modules

TEXT = (PROJECT / "docs" / "glossary.md").read_text(encoding="utf-8")
TERMS, RULED_OUT = (part.strip().splitlines() for part in TEXT.partition("## Words that are not used")[::2])
FIELDS = "__dataclass_fields__"
#: Pages that quote messages and names, or speak of words.
QUOTING = {"docs/glossary.md", *(f"docs/reference/{name}" for name in docs.make.PAGES)}


def rows(lines: list[str]) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")][2:]


def ruled_out(where: str) -> dict[str, str]:
    """Each word that is not used there, and what is used."""
    return {word.strip(): say for say, words, places in rows(RULED_OUT) if where in places for word in words.split(",")}


def in_texts(word: str, text: str) -> bool:
    return re.search(rf"\b{re.escape(word)}\b".replace(r"\ ", r"\s+"), text, re.IGNORECASE) is not None


def in_name(word: str, name: str) -> bool:
    """Whether a name has a word, however it is joined: `rate card` in `rate_card`, `RateCard`, `_ratecard_of`."""
    parts = [part.lower() for part in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)]
    length = len(word.split())
    groups = {"".join(parts[at : at + length]) for at in range(len(parts))} | set(parts)
    return word.replace(" ", "") in groups


def names() -> Iterator[str]:
    """Names that the package gives: to modules, classes, functions, arguments, attributes and variables."""
    for module in modules():
        yield module.name
        yield from sorted({f"{module.name}.{name}" for node in ast.walk(module.tree) if (name := given_by(node))})


def given_by(node: ast.AST) -> str | None:
    """The name that a definition, an argument or an assignment gives."""
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return node.name
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store):
        return node.id if isinstance(node, ast.Name) else node.attr
    return None


def messages() -> Iterator[str]:
    """Whatever the program says in English."""
    for sentence in [*SENTENCES.values(), *NOTES.values()]:
        yield str(sentence)
    yield from leaves(yaml.safe_load((PROJECT / "reports" / "locales" / "en.yaml").read_text(encoding="utf-8")))
    yield from helps(cli)


def leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    else:
        yield str(value)


def helps(command: click.Command) -> Iterator[str]:
    context = click.Context(command)
    yield command.help or ""
    yield from (parameter.help or "" for parameter in command.params if isinstance(parameter, click.Option))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from helps(found)


@pytest.mark.parametrize("word", ruled_out("names"))
def test_names_do_without_a_word(word: str) -> None:
    found = [name for name in names() if in_name(word, name.rpartition(".")[2])]
    assert found == [], f"say {ruled_out('names')[word]}"


@pytest.mark.parametrize("word", ruled_out("texts"))
def test_messages_do_without_a_word(word: str) -> None:
    found = [text for text in messages() if in_texts(word, text)]
    assert found == [], f"say {ruled_out('texts')[word]}"


@pytest.mark.parametrize("page", [page for page in PAGES if name_of(page) not in QUOTING], ids=name_of)
def test_pages_do_without_the_words(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert [word for word in ruled_out("texts") if in_texts(word, text)] == []


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_sources_do_without_words_of_another_trade(module: Module) -> None:
    text = "\n".join(module.lines)
    both = ruled_out("names").keys() & ruled_out("texts").keys()
    assert [word for word in both if in_texts(word, text)] == []


def known_names() -> set[str]:
    """Public names, arguments and attributes, keys and values of JSON and of the price book, verbs, options."""
    whole = str(schema(KINDS[0]))
    book = (PROJECT / "pricing.yaml").read_text(encoding="utf-8")
    public = [getattr(kc, name) for name in kc.__all__]
    attributes = {name for thing in public if inspect.isclass(thing) for name in dir(thing)}
    arguments = {name for thing in public for name in _parameters(thing)}
    verbs = {*cli.list_commands(click.Context(cli)), "--overlay"}
    return {*kc.__all__, *attributes, *arguments, *verbs, *re.findall(r"\w+", whole), *re.findall(r"\w+", book)}


def _parameters(thing: object) -> list[str]:
    return list(inspect.signature(thing).parameters) if inspect.isfunction(thing) else list(getattr(thing, FIELDS, ()))


def test_every_term_is_defined_in_a_sentence_and_names_something() -> None:
    terms, known = rows(TERMS), known_names()
    assert [term for term, _, _ in terms] == sorted((term for term, _, _ in terms), key=str.lower)
    for term, code, meaning in terms:
        assert code.strip("`") in known, f"{term}: nothing is called {code}"
        assert re.fullmatch(r"[A-Z][^.]*\.", meaning), f"{term}: one sentence"


def test_every_public_class_is_a_term() -> None:
    terms = {code.strip("`") for _, code, _ in rows(TERMS)}
    classes = {name for name in kc.__all__ if inspect.isclass(getattr(kc, name)) and not name.endswith("Error")}
    assert classes - terms == {"Jobs"}


@pytest.mark.parametrize("name", ["rate_card", "RateCard", "_ratecard_of", "the_rate_card"])
def test_a_word_in_a_name_is_seen(name: str) -> None:
    assert in_name("rate card", name)
    assert not in_name("flat", f"{name}_inflated")


def test_a_word_in_a_text_is_seen() -> None:
    assert in_texts("say --rate", 'unknown; say\n--rate "N"')
    assert not in_texts("tariff", "tariffs-free")
