"""`rules`: check rules files, and show their form."""

from __future__ import annotations

import click

from kling_cost.cli.overwriting import InputPath


@click.group("rules")
def command() -> None:
    """Check rules files: budgets by scope and month, and policies.

    \b
    Example:
      kling-cost rules lint rules.yaml
    """


@command.command("lint")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=InputPath())
def lint(files: tuple[str, ...]) -> int:
    """Check rules files.

    Lists every fault of all files with line and column. Files that are passed together must not use a name twice.

    \b
    Example:
      kling-cost rules lint finance.yaml production.yaml
    """
    from kling_cost.planning.rules.read_rules import read_rules
    from kling_cost.planning.rules.rule_types import every_budget
    from kling_cost.problems import shown

    rules = read_rules(files)
    budgets = sum(1 for _ in every_budget(rules.budgets))
    message = f"{', '.join(rules.files)}: valid; budgets: {budgets}, policies: {len(rules.policies)}"
    message += f", classes of takes: {len(rules.takes)}" if rules.takes else ""
    click.echo(shown(message, len(message)))
    return 0


@command.command("schema")
def schema() -> int:
    """Print the JSON Schema of a rules file, for editors.

    \b
    Example:
      kling-cost rules schema > rules.schema.json
    """
    import json

    from kling_cost.planning.rules.rules_schema import rules_schema

    click.echo(json.dumps(rules_schema(), indent=2))
    return 0
