"""What the site does beyond its pages: it takes in the papers that lie at the top of the project.

Links are written so that they work in the checkout, too; between the top and `docs/` they lose a step here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

TOP = Path(__file__).resolve().parent.parent
PAPERS = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
_LINK = re.compile(r"(?<=\]\()[^)\s:]+(?=\))")


def on_files(files: Any, config: Any) -> Any:
    """Put the papers beside the pages of docs/."""
    for name in PAPERS:
        files.append(File.generated(config, name, content=(TOP / name).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let links lead to where the papers are on the site."""
    return _LINK.sub(lambda found: moved(found[0], page.file.src_uri), markdown)


def moved(link: str, source: str) -> str:
    """A link of a page, as the site has it.

    >>> moved("docs/glossary.md#task", "CONTRIBUTING.md"), moved("../../CONTRIBUTING.md#recipes", "how-to/extend.md")
    ('glossary.md#task', '../CONTRIBUTING.md#recipes')
    """
    if source in PAPERS:
        return link.removeprefix("docs/")
    path, mark, place = link.partition("#")
    name = path.rpartition("/")[2]
    return path.removeprefix("../") + mark + place if name in PAPERS else link
