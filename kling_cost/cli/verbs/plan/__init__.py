"""`plan`: what may be done about a plan, one module a verb."""

from __future__ import annotations

import click

from kling_cost.cli.verbs.plan import compare, diff, fit, risk


@click.group("plan")
def command() -> None:
    """Look further than the estimate: chances, what to change, and what changed.

    \b
    Examples:
      kling-cost plan risk campaign.yaml --rules rules.yaml
      kling-cost plan fit campaign.yaml --rules rules.yaml --budget "300 USD"
      kling-cost plan compare campaign.yaml --overlay products.yaml
      kling-cost plan diff approved.json campaign.yaml
    """


command.add_command(compare.command)
command.add_command(diff.command)
command.add_command(fit.command)
command.add_command(risk.command)
