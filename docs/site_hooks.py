"""What the site does beyond its pages: it takes in the papers at the top of the project, and fetches from nowhere.

Links are written so that they work in the checkout, too; between the top and `docs/` they lose a step here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

from docs.site import POLICY

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


def on_post_page(output: str, **_: Any) -> str:
    """Forbid a page to fetch anything from elsewhere."""
    return forbidden(output)


def on_post_template(output_content: str, template_name: str, **_: Any) -> str:
    """Forbid it to the page of what was not found, too."""
    return forbidden(output_content) if template_name.endswith(".html") else output_content


def forbidden(page: str) -> str:
    """A page with the policy at its head."""
    return page.replace("<head>", f'<head>\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">', 1)


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
