"""A company's own footer of the page: a small template, rendered to text and a few harmless tags.

The folder of a style is data. A footer chooses words and emphasis; it cannot loop, call, load, link or refresh.
"""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from kling_cost.problems import UsageError, shown

_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.Not, nodes.And,
    nodes.Or, nodes.Compare, nodes.Operand, nodes.Filter,
)  # fmt: skip
_FILTERS = frozenset({"upper", "lower", "title", "capitalize", "trim", "e", "escape"})
_TAGS = frozenset("b strong i em u s small span sub sup abbr code q cite br wbr p div".split())
_ALONE = frozenset({"br", "wbr"})
_ATTRIBUTES = frozenset({"class", "lang", "dir", "title"})


def rendered_footer(template: str, seen: Mapping[str, str]) -> Markup:
    """The line as markup in which nothing acts.

    Args:
        template: a Jinja2 template without loops, calls, macros and filters that take arguments.
        seen: the texts that it may use.

    Raises:
        UsageError: it holds anything else.

    >>> rendered_footer("<b>{{ company }}</b> · {{ title }}", {"company": "<Acme>", "title": "Spring"})
    Markup('<b>&lt;Acme&gt;</b> · Spring')
    """
    sandbox = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    sandbox.globals.clear()
    try:
        tree = sandbox.parse(template)
        for node in tree.find_all(nodes.Node):
            _allowed(node)
        text = sandbox.from_string(tree).render(seen)
    except UsageError:
        raise
    except (TemplateError, ArithmeticError, TypeError, ValueError, MemoryError, RecursionError) as error:
        raise UsageError(f"the style's footer: {error}") from None
    return _Rewriter().rewritten(text)


def _allowed(node: nodes.Node) -> None:
    if not isinstance(node, _NODES):
        raise UsageError(f"the style's footer: {type(node).__name__} is not allowed in it (line {node.lineno})")
    if isinstance(node, nodes.Filter) and (node.name not in _FILTERS or node.args or node.kwargs):
        raise UsageError(f"the style's footer: the filter {node.name} is not allowed in it (line {node.lineno})")


class _Rewriter(HTMLParser):
    """Writes what it has understood, so that a browser understands the same."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._open: list[str] = []

    def rewritten(self, text: str) -> Markup:
        """The markup, balanced and of allowed tags only."""
        self.feed(text)
        self.close()
        if self._open:
            raise UsageError(f"the style's footer: <{self._open[-1]}> is never closed")
        return Markup("".join(self._parts))  # noqa: S704  # made of escaped texts and tags of the list

    def handle_data(self, data: str) -> None:
        """Text."""
        self._parts.append(str(escape(data)))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that opens."""
        if tag not in _TAGS:
            self._refuse(f"<{tag}>")
        texts = []
        for name, value in attrs:
            if name not in _ATTRIBUTES:
                self._refuse(f"{name}= of <{tag}>")
            texts.append(f' {name}="{escape(value or "")}"')
        self._parts.append(f"<{tag}{''.join(texts)}>")
        if tag not in _ALONE:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """A tag that closes."""
        if tag in _ALONE:
            return
        if not self._open or self._open.pop() != tag:
            self._refuse(f"</{tag}>, which closes nothing,")
        self._parts.append(f"</{tag}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that opens and closes at once."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_comment(self, data: str) -> None:
        """A comment."""
        self._refuse("a comment")

    def handle_decl(self, decl: str) -> None:
        """A declaration."""
        self._refuse("a declaration")

    def handle_pi(self, data: str) -> None:
        """An instruction."""
        self._refuse("an instruction")

    def unknown_decl(self, data: str) -> None:
        """Another declaration."""
        self._refuse("a declaration")

    def _refuse(self, what: str) -> Any:
        allowed = ", ".join(sorted(_TAGS))
        raise UsageError(f"the style's footer: {shown(what)} is not allowed in it; the allowed tags are: {allowed}")
