"""`plan`: what may be done about a plan, one module per verb."""

from __future__ import annotations

import click

from kling_cost.cli.verbs.plan import diff


@click.group("plan")
def command() -> None:
    """Compare plans.

    \b
    Example:
      kling-cost plan diff approved.json campaign.yaml
    """


command.add_command(diff.command)
