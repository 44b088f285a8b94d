"""`price`: one price with its arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kling_cost.cli.options import PriceOptions, locale_option, price_options
from kling_cost.cli.streams import tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kling_cost.pricebook.book import PriceBook, Rate
    from kling_cost.pricing.line_item import LineItem
    from kling_cost.reporting.translations import Words


@click.command("price")
@click.argument("model")
@click.option("--provider", help="Provider, if several sell the model.")
@click.option("--duration", metavar="SECONDS", help="Whole seconds.")
@click.option("--quality", help="720p, 1080p …")
@click.option("--sound", help="on or off.")
@click.option("--option", "named", multiple=True, metavar="NAME=VALUE", help="Other option of the price book.")
@price_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", "md"]),
    default="table",
    help="Format of standard output.",
)
@locale_option
def command(
    model: str,
    provider: str | None,
    duration: str | None,
    quality: str | None,
    sound: str | None,
    named: tuple[str, ...],
    price: PriceOptions,
    form: str,
    locale: str,
) -> int:
    """Print one price with its arithmetic.

    Omitted options take the provider's documented defaults, and the output says so. Seconds below the provider's range
    are billed at the minimum, although the provider would refuse such a request.

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
        options=_named(named),
        as_of=price.as_of,
        book=book,
    )
    _print(item, book, form, locale)
    stamp = stamp_of(book, price.as_of, [item.charge])
    old = [found for found in remarks(stamp, price.as_of, ()) if found.code in ("old_price", "has_no_effect")]
    for problem in (*item.job.problems, *old):
        tell(f"{problem.severity}: {problem.message}")
    return 0


def _named(given: tuple[str, ...]) -> dict[str, str] | None:
    """Options by name."""
    from kling_cost.problems import UsageError

    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"--option {text}: write it like --option tier=fast")
        if name in found:
            raise UsageError(f"--option {name}: pass each option once")
        found[name] = value
    return found or None


def _print(item: LineItem, book: PriceBook, form: str, locale: str) -> None:
    if form == "table":
        from kling_cost.problems import shown
        from kling_cost.reporting.translations import words_of

        click.echo("\n".join(shown(line, len(line)) for line in explained(item, book, words_of(locale))))
        return
    from kling_cost.cli.outputs import print_bytes
    from kling_cost.io.json_text import json_bytes
    from kling_cost.results.documents.price_documents import PRICE

    if form == "json":
        print_bytes(json_bytes(PRICE.json((book, item))))
    else:
        from kling_cost.reporting.price_answer import price_answer

        print_bytes(price_answer(item, form))


def explained(item: LineItem, book: PriceBook, words: Words) -> list[str]:
    """The answer in words: what was asked, the arithmetic, the defaults, the rate and its source."""
    charge = item.charge
    options = [_option(name, value, words) for name, value in charge.options.items()]
    known = book.currencies[charge.currency].name
    name = charge.currency if charge.currency in ("USD", known) else f"{known}s"
    unit = name if words.locale == "en" else charge.currency
    lines = [
        " · ".join([f"{book.providers[charge.provider].name}: {charge.model}", *options]),
        item.arithmetic(unit, words("unit.call"), words("unit.takes")),
    ]
    if charge.defaults_applied:
        names = words.listed(map(words.option, charge.defaults_applied))
        lines.append(words("price.default", names=names))
    lines += [words("price.note", note=note) for note in words.notes(item.note_keys)]
    if charge.per_usd is None:
        lines.append(words("price.unknown", currency=charge.currency))
    return lines if charge.rate is None else [*lines, *_of_rate(charge.rate, words)]


def _option(name: str, value: str, words: Words) -> str:
    if name == "duration":
        return f"{value} s"
    return words(f"sound.{value}") if name == "sound" else value


def _of_rate(rate: Rate, words: Words) -> Iterator[str]:
    """Since when the rate holds, when it was checked and copied, and where it stands."""
    key = "price.rate" if rate.date_basis == "stated" else "price.rate_assumed"
    yield words(key, day=rate.effective_from, checked=rate.checked)
    if rate.copied is not None:
        yield words("price.copied", copied=words.when(rate.copied))
    yield words("price.source", source=rate.source)
