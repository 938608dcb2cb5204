"""Docstrings and Markdown as HTML; names of the package in backquotes become links."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from optviz.site.code import show_code
from optviz.site.markup import Markup, element, join, link

HEADS = ("Shapes", "Units", "Raises", "Differs", "Source")
"""The parts of a docstring that have a heading of their own."""
HEAD = re.compile(rf"^({'|'.join(HEADS)}):(?: +|$)", re.MULTILINE)

Resolve = Callable[[str], str | None]
"""The address of a name of the package, or None."""


class Docstring(NamedTuple):
    """A docstring in parts: its first line, what follows, and the parts with a heading."""

    lead: str
    text: str
    parts: tuple[tuple[str, str], ...]


def split_docstring(text: str) -> Docstring:
    """Split a docstring, as `inspect.getdoc` gives it, into its parts."""
    lead, _, rest = text.strip().partition("\n\n")
    pieces = HEAD.split(rest)
    head, *others = HEAD.split(lead)
    pieces = [pieces[0], *others, *pieces[1:]]
    pairs = zip(pieces[1::2], pieces[2::2], strict=True)
    return Docstring(" ".join(head.split()), pieces[0].strip("\n"), tuple(pairs))


def show_docstring(text: str, resolve: Resolve, *, lead: bool = True) -> Markup:
    """Write a docstring; without `lead` what stands below its first line."""
    found = split_docstring(text)
    parts: list[Any] = [show_markdown(found.lead, resolve)] if lead else []
    parts += [show_markdown(found.text, resolve)] if found.text else []
    rows = [
        (element("dt", head), element("dd", show_line(" ".join(body.split()), resolve)))
        for head, body in found.parts
    ]
    return join(parts, element("dl", rows, class_="heads") if rows else None)


def show_markdown(text: str, resolve: Resolve, *, emphasis: bool = False) -> Markup:
    """Write paragraphs, lists, tables and code; without `emphasis` an asterisk is a product."""
    return Markup(_load_parser(emphasis).render(text, {"resolve": resolve}))


def show_line(text: str, resolve: Resolve) -> Markup:
    """Write one line, without a paragraph around it."""
    return Markup(_load_parser(False).renderInline(text, {"resolve": resolve}))


@cache
def _load_parser(emphasis: bool) -> Any:
    from markdown_it import MarkdownIt

    parser: Any = MarkdownIt("commonmark", {"html": False}).enable("table")
    if not emphasis:
        parser.disable("emphasis")
    parser.add_render_rule("code_inline", _write_name)
    parser.add_render_rule("code_block", _write_block)
    parser.add_render_rule("fence", _write_block)
    parser.add_render_rule("table_open", lambda *_: '<div class="wide" tabindex="0"><table>\n')
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return parser


def _write_name(_renderer: Any, tokens: Any, place: int, _options: Any, env: Any) -> str:
    text = tokens[place].content
    href = env["resolve"](text)
    code = element("code", text)
    return link(href, code) if href else code


def _write_block(_renderer: Any, tokens: Any, place: int, _options: Any, _env: Any) -> str:
    """Write a block of code: in colors where it says or shows that it is code, else plain."""
    text, info = tokens[place].content, tokens[place].info
    is_command = info == "sh" or text.startswith("optviz ")
    if is_command or info == "python" or re.match(r"(from|import) \w", text):
        return show_code(text, "bash" if is_command else "python", "example")
    return element("pre", text.strip("\n"), class_="doc", tabindex=0)
