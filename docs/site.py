"""Builds the site from docs/, and holds it to loading nothing from elsewhere.

python -m docs.site build/site
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
#: What a browser may fetch for a page: only what lies beside it, whatever the theme's scripts would like.
POLICY = "default-src 'self' 'unsafe-inline' data: blob:"
#: Attributes from which a browser fetches something by itself; a link is followed by people only.
_FETCHED = {
    "script": ("src",), "link": ("href",), "img": ("src", "srcset"), "iframe": ("src",), "source": ("src", "srcset"),
    "video": ("src", "poster"), "audio": ("src",), "object": ("data",), "embed": ("src",), "form": ("action",),
    "input": ("src",), "use": ("href",), "image": ("href",),
}  # fmt: skip
#: Relations of a `link` element that name a page and fetch nothing.
_NAMES = {"canonical", "prev", "next", "alternate"}
_IN_STYLE = re.compile(r"""(?:url\(\s*['"]?|@import\s+['"])((?:https?:)?//[^'")\s]+)""")


class _Fetches(HTMLParser):
    """What a page lets a browser fetch from another host."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the attributes of an element."""
        given = dict(attrs)
        if tag == "link" and set((given.get("rel") or "").split()) & _NAMES:
            return
        for name, value in attrs:
            text = value or ""
            if name == "style":
                self.found += _IN_STYLE.findall(text)
            elif name in _FETCHED.get(tag, ()) and re.match(r"\s*(https?:)?//", text, re.IGNORECASE):
                self.found.append(text)
            elif name == "class" and "mermaid" in text.split():
                self.found.append("a diagram, for which the theme fetches a script")

    def handle_data(self, data: str) -> None:
        """Look at styles; what a page shows as text fetches nothing."""
        if self.cdata_elem == "style":
            self.found += _IN_STYLE.findall(data)


def fetched_from_elsewhere(name: str, text: str) -> list[str]:
    """What a page or style of the site fetches from other hosts.

    >>> fetched_from_elsewhere("a.html", '<a href="https://example.com">A</a><img src="//example.com/a.png">')
    ['//example.com/a.png']
    >>> fetched_from_elsewhere("a.css", "@import 'https://example.com/a.css'; b { src: url(fonts/b.woff2) }")
    ['https://example.com/a.css']
    """
    if name.endswith(".css"):
        return _IN_STYLE.findall(text)
    page = _Fetches()
    page.feed(text)
    page.close()
    return page.found


def faults(site: Path) -> Iterator[str]:
    """What is wrong with a built site."""
    for path in sorted(site.rglob("*")):
        if path.suffix in (".html", ".css"):
            text = path.read_text(encoding="utf-8")
            for what in fetched_from_elsewhere(path.name, text):
                yield f"{path.relative_to(site)} fetches {what}"
            if path.suffix == ".html" and f'content="{POLICY}"' not in text:
                yield f"{path.relative_to(site)} has no policy that forbids it to fetch from elsewhere"
        elif path.suffix in (".py", ".pyc"):
            yield f"{path.relative_to(site)} does not belong on the site"


def build(site: Path) -> None:
    """Build the site; a warning stops it."""
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")  # what the theme says of other versions of its parts
    from mkdocs.commands.build import build as make
    from mkdocs.config import load_config

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    config = load_config(str(TOP / "mkdocs.yml"), strict=True, site_dir=str(site))
    config.plugins.on_startup(command="build", dirty=False)
    try:
        make(config)
    finally:
        config.plugins.on_shutdown()


def main() -> int:
    """Build the site into a folder; 1 if it fetches anything from elsewhere."""
    site = Path(sys.argv[1]).resolve()
    build(site)
    found = list(faults(site))
    print("\n".join(found) or f"wrote {site.relative_to(TOP) if site.is_relative_to(TOP) else site}/index.html")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
