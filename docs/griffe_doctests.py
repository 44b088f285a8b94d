"""Examples of docstrings are sessions of Python on the site, wherever in a docstring they stand."""

from __future__ import annotations

import re
from typing import Any

import griffe

_SESSION = re.compile(r"^([ \t]*)>>> .*(?:\n[ \t]*\S.*)*", re.MULTILINE)


class Doctests(griffe.Extension):
    """Puts each session into a block of code before the docstring is read."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Change the docstring of one object."""
        if obj.docstring is not None:
            obj.docstring.value = _SESSION.sub(r"\1```pycon\n\g<0>\n\1```", obj.docstring.value)
