"""The templates of pages, in which every text is escaped, and the files that stand in pages."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kling_cost.reporting.resources import material


def rendered_page(template: str, **values: Any) -> bytes:
    """A template with its values, as UTF-8; what has no place in a text is spelt out.

    Args:
        template: the name of its file.
        values: what it shows.
    """
    return _environment().get_template(template).render(**values).encode("utf-8", "backslashreplace")


@cache
def _environment() -> Environment:
    environment = Environment(  # autoescape is on for every name, select_autoescape skips .j2
        loader=FileSystemLoader(material("templates")), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["hash"] = source_hash
    environment.filters["verbatim"] = Markup
    return environment


@cache
def page_asset(name: str) -> str:
    """A style or script that stands in a page."""
    return material(f"templates/{name}").read_text(encoding="utf-8")


def source_hash(text: str) -> Markup:
    """The digest by which a content security policy allows a style or script.

    >>> source_hash("")
    Markup('sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=')
    """
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(f"sha256-{digest}")  # noqa: S704  # base64 needs no escaping
