"""The command `kling-cost`: one module per verb, imported when the verb is called."""

from __future__ import annotations

import gc
import sys
from importlib import import_module

import click

from kling_cost.cli.run_errors import fail
from kling_cost.cli.streams import standard_output, take_over, tell
from kling_cost.problems import EXIT_DEFECT, EXIT_INTERRUPTED, EXIT_OK, KlingCostError

#: Results are many small objects without cycles: looking for garbage among them often costs a third of the time.
_COLLECT = (1_000_000, 50, 1_000)
_VERBS = (
    "price", "estimate", "check", "approve", "reconcile", "report", "plan", "prices", "rules", "columns", "serve",
    "template", "init",
)  # fmt: skip


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        command = import_module(f"kling_cost.cli.verbs.{cmd_name}").command
        return command if isinstance(command, click.Command) else None


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from kling_cost import __version__
        from kling_cost.pricebook.load import load_prices

        book = load_prices()
        click.echo(f"kling-cost {__version__}, price book {book.version} ({book.sha256[:12]})")
        ctx.exit()


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the versions of the command and of its price book.",
)
@click.option("--debug", is_flag=True, help="Show where an internal error happened.")
def cli(debug: bool) -> None:
    """Know what a Kling 3.0 video campaign costs before you submit it, exact and sourced.

    Results go to standard output, everything else to standard error. The network is never used; `serve` listens on
    this machine alone.

    \b
    Exit codes:
      0  all good
      2  cannot run: wrong usage, or an unreadable file or price book
      3  over budget, against a policy, or not as approved
      4  a job cannot be priced, or a limit cannot be checked
      5  a job or an answer is invalid
      6  something was not charged as due
      130  interrupted

    \b
    Example:
      kling-cost check campaign.yaml --budget "500 USD"
    """


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code; no traceback reaches the user unless `--debug` is given."""
    words = sys.argv[1:] if arguments is None else arguments
    gc.set_threshold(*_COLLECT)
    _escape_what_cannot_be_encoded()
    try:
        output = standard_output()
        result = cli.main(words, prog_name="kling-cost", standalone_mode=False)
        output.flush()
        return result if isinstance(result, int) else EXIT_OK
    except click.exceptions.Exit as end:
        return end.exit_code
    except (click.ClickException, KlingCostError) as error:
        return fail(error, words)
    except (KeyboardInterrupt, click.Abort):
        tell("kling-cost: interrupted")
        return EXIT_INTERRUPTED
    except Exception as error:
        if "KeyboardInterrupt:" in str(error):  # pydantic wraps one that comes while it builds a model
            tell("kling-cost: interrupted")
            return EXIT_INTERRUPTED
        if "--debug" in words:
            raise
        tell(f"kling-cost: internal error: {type(error).__name__}: {error} (--debug shows where)")
        return EXIT_DEFECT


def _escape_what_cannot_be_encoded() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def run() -> None:
    """Entry point of the installed command."""
    take_over()
    sys.exit(main())
