"""`price`: one quick price, with its arithmetic spelt out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kling_cost.cli.options import PriceOptions, locale_option, price_options
from kling_cost.cli.streams import tell

if TYPE_CHECKING:
    from kling_cost.pricebook.book import PriceBook
    from kling_cost.pricing.line_item import LineItem
    from kling_cost.reporting.translations import Words


@click.command("price")
@click.argument("model")
@click.option("--provider", help="Who sells it, where several do.")
@click.option("--duration", metavar="SECONDS", help="Whole seconds.")
@click.option("--quality", help="720p, 1080p …")
@click.option("--sound", help="on or off.")
@price_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", "md"]),
    default="table",
    help="Of standard output.",
)
@locale_option
def command(
    model: str,
    provider: str | None,
    duration: str | None,
    quality: str | None,
    sound: str | None,
    price: PriceOptions,
    form: str,
    locale: str,
) -> int:
    """One quick price, with its arithmetic.

    What is left out takes the provider's documented default, and the answer says so. Seconds below the provider's
    range are billed at the rate's minimum: such a request could not be submitted.

    \b
    Examples:
      kling-cost price kling-v3-text-to-video --duration 10 --quality 1080p
      kling-cost price kling3api:pro-image-to-video --sound off --format json
    """
    from kling_cost.jobs.cell_values import to_integer, to_on_off
    from kling_cost.pricing.provenance import remarks, stamp_of
    from kling_cost.pricing.single_price import price as quick_price

    seconds: Any = None if duration is None else to_integer(duration)
    book = price.book()
    item = quick_price(
        model,
        provider=provider,
        duration=seconds,
        quality=quality,
        sound=to_on_off(sound),
        as_of=price.as_of,
        book=book,
    )
    _print(item, book, form, locale)
    stamp = stamp_of(book, price.as_of, [item.charge])
    old = [found for found in remarks(stamp, price.as_of, ()) if found.code == "old_price"]
    for problem in (*item.job.problems, *old):
        tell(f"{problem.severity}: {problem.message}")
    return 0


def _print(item: LineItem, book: PriceBook, form: str, locale: str) -> None:
    if form == "table":
        from kling_cost.problems import shown
        from kling_cost.reporting.translations import words_of

        click.echo("\n".join(shown(line, len(line)) for line in explained(item, book, words_of(locale))))
        return
    from kling_cost.cli.outputs import print_bytes
    from kling_cost.io.json_text import json_bytes
    from kling_cost.results.document_types import PRICE

    if form == "json":
        print_bytes(json_bytes(PRICE.json((book, item))))
    else:
        from kling_cost.reporting.price_answer import price_answer

        print_bytes(price_answer(item, form))


def explained(item: LineItem, book: PriceBook, words: Words) -> list[str]:
    """The answer in words: what was asked, the arithmetic, the defaults, the rate and its source."""
    charge = item.charge
    options = [
        f"{value} s" if name == "duration" else words(f"sound.{value}") if name == "sound" else value
        for name, value in charge.options.items()
    ]
    name = f"{book.currencies[charge.currency].name}s" if charge.currency != "USD" else "USD"
    unit = name if words.locale == "en" else charge.currency
    lines = [
        " · ".join([f"{book.providers[charge.provider].name}: {charge.model}", *options]),
        item.arithmetic(unit, words("unit.call"), words("unit.takes")),
    ]
    if charge.defaults_applied:
        names = words.listed(words(f"option.{option}") for option in charge.defaults_applied)
        lines.append(words("price.default", names=names))
    lines += [words("price.note", note=note) for note in words.notes(item.note_keys)]
    if charge.per_usd is None:
        lines.append(words("price.unknown", currency=charge.currency))
    if charge.rate is not None:
        key = "price.rate" if charge.rate.date_basis == "stated" else "price.rate_assumed"
        lines.append(words(key, day=charge.rate.effective_from, checked=charge.rate.checked))
        if charge.rate.copied is not None:
            lines.append(words("price.copied", copied=words.when(charge.rate.copied)))
        lines.append(words("price.source", source=charge.rate.source))
    return lines
