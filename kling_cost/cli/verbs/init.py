"""`init`: a new campaign by five questions."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from kling_cost.cli.options import PriceOptions, price_options
from kling_cost.cli.streams import tell
from kling_cost.problems import UsageError

if TYPE_CHECKING:
    from kling_cost.amounts import Amount
    from kling_cost.jobs.writing.new_campaign import NewCampaign
    from kling_cost.pricebook.book import PriceBook, Provider, Sku

    _LimitType = click.ParamType[Amount]
else:
    _LimitType = click.ParamType  # as of `Day`

_MOST_SHOTS = 10_000
_EXAMPLE = "500 USD"
_FLAGS = ("--name", "--model", "--shots", "--duration", "--budget")


class _Limit(_LimitType):
    """An amount with its currency."""

    name = "limit"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Amount:
        """The amount, or a usage error."""
        from kling_cost.amounts import Amount
        from kling_cost.problems import problem
        from kling_cost.written_amounts import AmountError

        if isinstance(value, Amount):
            return value
        try:
            return Amount.parse(value)
        except AmountError as error:
            self.fail(str(problem(error.key, "", value=value)), param, ctx)


@click.command("init")
@click.argument("file", default="campaign.yaml")
@click.option("--name", help="What the campaign is called.")
@click.option("--model", help="The model that makes its shots, or PROVIDER:MODEL.")
@click.option("--shots", type=click.IntRange(1, _MOST_SHOTS), help="How many shots it has.")
@click.option("--duration", type=click.IntRange(1), metavar="SECONDS", help="How long each shot is.")
@click.option("--budget", metavar="LIMIT", type=_Limit(), help='What it may cost, such as "500 USD".')
@price_options
def command(
    file: str,
    name: str | None,
    model: str | None,
    shots: int | None,
    duration: int | None,
    budget: Amount | None,
    price: PriceOptions,
) -> int:
    """Make a new campaign by five questions.

    It asks for a name, a model, the number of shots, their length and a budget; what an option says is not asked.
    Where nobody can be asked, all of them have to be given. FILE is campaign.yaml by default, and is never overwritten.

    \b
    Examples:
      kling-cost init
      kling-cost init spring.yaml --name Spring --model kling-v3-text-to-video --shots 12 --duration 5 --budget "60 USD"
    """
    from kling_cost.io.writing import write_bytes
    from kling_cost.jobs.writing.new_campaign import campaign_text

    if os.path.lexists(file):
        raise UsageError(f"{file} already exists; a new campaign never overwrites a file")
    book = price.book()
    new = _asked(book, price, name, model, shots, duration, budget)
    data = campaign_text(new).encode("utf-8")
    _hold(data, file, book, price)
    write_bytes(file, data)
    tell(f"wrote {file}; describe its shots, then: kling-cost check {file}")
    return 0


def _asked(
    book: PriceBook,
    price: PriceOptions,
    name: str | None,
    model: str | None,
    shots: int | None,
    duration: int | None,
    budget: Amount | None,
) -> NewCampaign:
    """The answers, of options or of whoever sits at the terminal.

    Raises:
        UsageError: an answer is missing and nobody can be asked, or it is none.
    """
    from kling_cost.jobs.writing.new_campaign import NewCampaign

    models = _models(book, price)
    if model is not None and model not in models:
        raise UsageError(f"no provider sells {model} at one price table; the models are: {', '.join(models)}")
    _hold_answers(book, model, dict(zip(_FLAGS, (name, model, shots, duration, budget), strict=True)))
    title = name or _prompt("What is the campaign called?")
    chosen = model or _prompt("Which model makes its shots?", click.Choice(models))
    count = shots or _prompt("How many shots does it have?", click.IntRange(1, _MOST_SHOTS))
    length = _length(_seconds(book, chosen), chosen, duration)
    limit = budget or _prompt(f"What may it cost, such as {_EXAMPLE}?", _Limit())
    return NewCampaign(title, chosen, count, length, limit, _options(book, price, chosen))


def _hold_answers(book: PriceBook, model: str | None, given: Mapping[str, object]) -> None:
    """Refuse to go on where an answer is missing and nobody can be asked.

    Raises:
        UsageError: it names what is missing.
    """
    needed = [flag for flag, value in given.items() if value is None]
    if model is not None and _seconds(book, model) is None:
        needed = [flag for flag in needed if flag != "--duration"]
    if needed and not _can_ask():
        raise UsageError(f"init asks at a terminal; here it needs {', '.join(needed)}")


def _length(span: tuple[int, int] | None, model: str, duration: int | None) -> int | None:
    """The seconds of each shot; None for a model that is not asked for any.

    Raises:
        UsageError: they are given for such a model.
    """
    if span is not None:
        seconds: int = duration or _prompt("How many seconds is each?", click.IntRange(*span))
        return seconds
    if duration is not None:
        raise UsageError(f"{model} is not asked for seconds; omit --duration")
    return None


def _can_ask() -> bool:
    return all(stream is not None and not stream.closed and stream.isatty() for stream in (sys.stdin, sys.stderr))


def _prompt(question: str, kind: click.ParamType[Any] | None = None) -> Any:
    """Ask until there is an answer."""
    return click.prompt(question, type=kind, err=True)


def _models(book: PriceBook, price: PriceOptions) -> Sequence[str]:
    from kling_cost.reporting.job_template import job_template

    return list(job_template(book, price.as_of).offered["model"])


def _seller(book: PriceBook, model: str) -> tuple[Provider, Sku]:
    """Who sells a model, which may be named with its provider."""
    provider, colon, name = model.partition(":")
    return book.sellers(name if colon else model, provider if colon else None)[0]


def _seconds(book: PriceBook, model: str) -> tuple[int, int] | None:
    """The shortest and the longest that a model makes; None where it is not asked for seconds."""
    return _seller(book, model)[1].seconds


def _options(book: PriceBook, price: PriceOptions, model: str) -> dict[str, str]:
    """What the seller takes where nothing is said, written out so that it is seen."""
    seller, sku = _seller(book, model)
    rate = sku.rate(price.as_of)
    found = {option: seller.default(sku, option) for option in book.options if rate and option in rate.by}
    return {option: value for option, value in found.items() if value is not None}


def _hold(data: bytes, file: str, book: PriceBook, price: PriceOptions) -> None:
    """Refuse a campaign that could not be priced.

    Raises:
        UsageError: it says what is wrong.
    """
    from kling_cost.io.sources import Source
    from kling_cost.jobs.read_jobs import stream_jobs
    from kling_cost.pricing.estimate import estimate

    jobs = stream_jobs([Source(file, None, io.BytesIO(data))], "yaml", options=book.own_inputs)
    wrong = [found for found in estimate(jobs, book, as_of=price.as_of).problems if found.severity == "error"]
    if wrong:
        raise UsageError(f"this campaign could not be priced: {wrong[0].field}: {wrong[0].message}")
