"""`plan compare`: who makes the same videos for what, and why others do not."""

from __future__ import annotations

import click

from kling_cost.cli.options import InputOptions, PriceOptions, input_options, locale_option, price_options
from kling_cost.cli.plans.plan_outputs import FORMS, REPORTS, PlanOutput, files_option, format_option, refuse_files


@click.command("compare")
@input_options
@click.option("--seller", "sellers", metavar="ID", multiple=True, help="Provider to show; repeatable.")
@click.option(
    "--product",
    "products",
    metavar="NAME",
    multiple=True,
    help="Product as which all jobs are compared, whatever they are; repeatable.",
)
@click.option(
    "--balance",
    metavar='"N CUR"',
    multiple=True,
    help='Credits that you have, such as "500 EVOLINK_CREDIT"; repeatable.',
)
@click.option(
    "--max-sellers", metavar="N", type=click.IntRange(min=1), help="How many providers the cheapest mix may need."
)
@price_options
@format_option
@files_option()
@locale_option
def command(
    inputs: InputOptions,
    sellers: tuple[str, ...],
    products: tuple[str, ...],
    balance: tuple[str, ...],
    max_sellers: int | None,
    price: PriceOptions,
    form: str,
    files: tuple[str, ...],
    locale: str,
) -> int:
    """Show what the same videos cost at other providers, and why some cannot make them.

    The price book's products say which models make the same. For each job and provider the same seconds, quality, sound
    and material are priced, all written out, or there is one reason why not. Totals are compared only over jobs that
    all providers shown can make. Then: what has to be bought of each, by the cheapest packs, and each job at its
    cheapest provider, where a price that is not exact or looks wrong is never taken. A job for which no provider has a
    comparable price exits with 4.

    \b
    Examples:
      kling-cost plan compare campaign.yaml --overlay market-2026-11 --overlay products.yaml
      kling-cost plan compare jobs.jsonl --prices products.yaml --seller evolink --seller kling --format json
      kling-cost plan compare campaign.yaml --overlay products.yaml --balance "500 EVOLINK_CREDIT" --max-sellers 2
      kling-cost plan compare campaign.yaml --overlay products.yaml -o compare.xlsx -o compare.html
    """
    from kling_cost.cli.job_inputs import read_estimate
    from kling_cost.planning.compare.compare import compare
    from kling_cost.reporting.parts.compare.compare_tables import compare_tables
    from kling_cost.reporting.report import Report
    from kling_cost.reporting.translations import words_of
    from kling_cost.results.plans.compare_types import COMPARE_ROW

    refuse_files(files, "comparison", (*REPORTS, *FORMS))
    found = compare(
        read_estimate(inputs, price),
        sellers=sellers or None,
        products=products or None,
        balance=balance or None,
        max_sellers=max_sellers,
    )
    words, columns = words_of(locale), COMPARE_ROW.columns()
    PlanOutput(
        lambda: compare_tables(found, words),
        [column.name for column in columns],
        lambda: COMPARE_ROW.rows(found.rows, columns),
        found.to_json,
        lambda: Report(found.estimate, None, locale, comparison=found),
    ).put_out(form, files, words)
    return found.exit_code
