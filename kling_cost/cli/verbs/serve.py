"""`serve`: a page on this machine into which a sheet is dropped."""

from __future__ import annotations

import signal
from types import FrameType

import click

from kling_cost.cli.options import PriceOptions, price_options
from kling_cost.cli.streams import tell

_MOST = 65_535  # ports


@click.command("serve")
@click.option("--port", type=click.IntRange(0, _MOST), default=0, show_default="a free one", help="Where to listen.")
@price_options
def command(port: int, price: PriceOptions) -> int:
    """Show a page on this machine into which a sheet is dropped.

    One line is printed: the address to open in a browser. The page says what the sheet costs and whether it fits a
    budget, lets shots be changed, finds a plan that fits, and hands out the workbook, the page and the changed sheet.
    Nothing leaves this machine, and nobody gets an answer without the address. Ctrl-C ends it; nothing is kept.

    \b
    Example:
      kling-cost serve
    """
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from kling_cost.serving.priced_sheet import Prices
    from kling_cost.serving.server import SheetServer

    before = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGTERM, _interrupted)
    prices = Prices(price.book(), price.as_of)
    try:
        with (
            TemporaryDirectory(prefix="kling-cost-", ignore_cleanup_errors=True) as folder,
            SheetServer(Path(folder), prices, port) as server,
        ):
            try:
                click.echo(server.address)
                tell("open this address in a browser; Ctrl-C ends it")
                server.serve_forever()
            finally:
                for kind in before:  # what is on its way out is not stopped half way
                    signal.signal(kind, signal.SIG_IGN)
    except KeyboardInterrupt:
        pass
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
    return 0


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
