"""`plan`: what a plan may really cost, and how it changes."""

from __future__ import annotations

import click

from kling_cost.cli.verbs.plan import risk


@click.group("plan")
def command() -> None:
    """Look further than the estimate: chances.

    \b
    Example:
      kling-cost plan risk campaign.yaml --rules rules.yaml
    """


command.add_command(risk.command)
