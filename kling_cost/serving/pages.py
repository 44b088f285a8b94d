"""The page and what it shows of a sheet, as markup in which every text is escaped."""

from __future__ import annotations

from functools import cache

from kling_cost import __version__
from kling_cost.reporting.resources import locales
from kling_cost.reporting.translations import Words, words_of
from kling_cost.reporting.writers.page_templates import page_asset, rendered_page, source_hash
from kling_cost.serving.priced_sheet import PricedSheet
from kling_cost.serving.sheet_content import sheet_content
from kling_cost.serving.uploads import LARGEST, Upload

_SCRIPT_TEXTS = ("serve.too_large", "serve.working", "serve.no_answer", "serve.done")


def shell(address: str, words: Words, budget: str = "") -> bytes:
    """The page before a sheet is dropped.

    Args:
        address: the path under which everything of this server is, with its token.
        words: the language.
        budget: what stands in the field of the budget.
    """
    languages = [(code, words_of(code)("language")) for code in locales()]
    return rendered_page(
        "serve.html.j2",
        words=words,
        address=address,
        languages=languages,
        budget=budget,
        largest=LARGEST,
        texts={key.partition(".")[2]: words(key) for key in _SCRIPT_TEXTS},
        style=style(),
        script=script(),
        version=__version__,
    )


def fragment(address: str, upload: Upload, priced: PricedSheet, words: Words) -> bytes:
    """What the page shows of a sheet.

    Args:
        address: as of `shell`.
        upload: the sheet.
        priced: what it comes to.
        words: the language.
    """
    at = f"{address}/sheets/{upload.key}"
    return rendered_page("serve_sheet.html.j2", words=words, at=at, **sheet_content(upload, priced, words))


def policy() -> str:
    """The content security policy of the page: its own style and script, by their hashes, and answers of this server.

    >>> policy().startswith("default-src 'none'; style-src 'sha256-")
    True
    """
    styles, scripts = source_hash(style()), source_hash(script())
    return (
        f"default-src 'none'; style-src '{styles}'; script-src '{scripts}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@cache
def style() -> str:
    """The style of reports, with that of this page."""
    return page_asset("page.css") + page_asset("serve.css")


@cache
def script() -> str:
    """What sends a sheet to this machine's server and shows its answers."""
    return page_asset("serve.js")
