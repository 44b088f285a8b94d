"""Pages of the reference that are made from the command itself and from the schema of its results."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import click

from kling_cost.cli import cli
from kling_cost.results.result_schema import KINDS, schema

_PARAGRAPHS = re.compile(r"\n\s*\n")


def command_page() -> str:
    """Every verb with its arguments and options, as `--help` has them."""
    lines = [
        "# The command",
        "",
        "`kling-cost VERB --help` prints what stands here; the page is made from it by `make docs`.",
        "`python -m kling_cost` is the same command. Results go to standard output, everything else to standard error.",
        "[Exit codes](exit-codes.md) follow the results, whatever the verb.",
        "",
        'A shell completes the command after `eval "$(_KLING_COST_COMPLETE=bash_source kling-cost)"` in `.bashrc`, the',
        "same with `zsh_source` in `.zshrc`, or `_KLING_COST_COMPLETE=fish_source kling-cost | source` in fish's",
        "configuration.",
    ]
    for words, command in _commands("kling-cost", cli):
        lines += ["", f"## {words}", "", "```text", _usage(words, command), "```", ""]
        lines += [*_described(command), *_options(command)]
    return "\n".join(lines).rstrip() + "\n"


def _usage(words: str, command: click.Command) -> str:
    return " ".join([words, *command.collect_usage_pieces(click.Context(command))])


def _commands(words: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None, name
            yield from _commands(f"{words} {name}", found)


def _described(command: click.Command) -> list[str]:
    """The paragraphs of a verb's help; what may not be wrapped there is a block here."""
    lines = []
    for paragraph in _PARAGRAPHS.split(inspect.cleandoc(command.help or "")):
        first, _, rest = paragraph.partition("\n")
        if first != "\b":
            lines += [_escaped(" ".join(paragraph.split())), ""]
            continue
        title, _, block = rest.partition("\n")
        lines += [title, "", "```text", inspect.cleandoc(block), "```", ""]
    return lines


def _options(command: click.Command) -> list[str]:
    """The options in a table; that of help, which click adds, is described in one way by no two of its versions."""
    context = click.Context(command)
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    records = [record for option in options if (record := option.get_help_record(context)) is not None]
    rows = [f"| `{_cell(name)}` | {_cell(_escaped(text))} |" for name, text in records]
    return ["| Option | |", "| --- | --- |", *rows, "| `-h, --help` | Show this message and exit. |", ""]


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("[default: (", "[default: ").replace(")]", "]").replace("[", r"\[")


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def json_page() -> str:
    """Every kind of result with its keys and their types, as the JSON Schema has them."""
    whole = schema(KINDS[0])["$defs"]
    lines = [
        "# JSON results",
        "",
        "What `--format json` prints and `-o FILE.json` writes. The page is made by `make docs` from the JSON Schema",
        "that is part of the package; a test holds every output to it.",
        "",
        'Amounts are decimal text without exponent or trailing zeros (`"40.5"`), so that no reader makes floats of',
        "them. What is unknown is `null`, never 0. The same input gives the same bytes. What may change under one",
        "`schema_version` is said in the [stability promise](../stability.md).",
        "",
        f"Kinds: {', '.join(f'[`{kind}`](#{kind})' for kind in KINDS)}. Their parts follow.",
    ]
    for name in [*KINDS, *(name for name in whole if name not in KINDS)]:
        lines += ["", f"## {name}", "", *_definition(whole[name])]
    return "\n".join(lines) + "\n"


def _definition(definition: dict[str, Any]) -> list[str]:
    about = [_escaped(definition["description"]), ""] if "description" in definition else []
    if "properties" not in definition:
        return [*about, f"{_type(definition)}."]
    required = set(definition.get("required", ()))
    rows = [
        f"| `{key}` | {_cell(_type(value))} | {'' if key in required else 'may be absent'} |"
        for key, value in definition["properties"].items()
    ]
    return [*about, "| Key | Value | |", "| --- | --- | --- |", *rows]


def _type(value: dict[str, Any]) -> str:
    """A type in a few words, with links to the parts that it names."""
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return f"[{name}](#{name})"
    if "anyOf" in value:
        return " or ".join(_type(one) for one in value["anyOf"])
    if "const" in value or "enum" in value:
        return " or ".join(f"`{_plain(one)}`" for one in value.get("enum", [value.get("const")]))
    kind = value.get("type", "any")
    if kind == "array":
        return f"list of {_type(value['items'])}" if "items" in value else "list"
    if kind == "object" and isinstance(value.get("additionalProperties"), dict):
        return f"object of {_type(value['additionalProperties'])}"
    if kind == "object" and value.get("properties"):
        return "object with " + ", ".join(f"`{key}`" for key in value["properties"])
    return {"string": "text", "null": "`null`", "boolean": "true or false"}.get(kind, kind)


def _plain(value: object) -> str:
    return "null" if value is None else str(value)
