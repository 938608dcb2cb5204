"""HTML written by functions: what is text is escaped, what is markup already stays."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

VOID = {"img", "meta", "link", "br"}
"""The elements without an end tag."""


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(name: str, /, *children: Any, **attributes: Any) -> Markup:
    """Write an element; `class_` is the attribute `class`, and one that is None is left out."""
    pairs = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
    words = [
        f' {key}="{escape(str(value))}"' if value is not True else f" {key}"
        for key, value in pairs.items()
        if value is not None and value is not False
    ]
    head = f"<{name}{''.join(words)}>"
    return Markup(head if name in VOID else f"{head}{join(*children)}</{name}>")


def join(*children: Any) -> Markup:
    """Write some children one after the other; lists among them are opened, None is nothing."""
    parts: list[str] = []
    for child in children:
        if isinstance(child, Markup):
            parts.append(child)
        elif isinstance(child, Iterable) and not isinstance(child, str):
            parts.append(join(*child))
        elif child is not None:
            parts.append(escape(str(child)))
    return Markup("".join(parts))


def link(href: str, *children: Any, **attributes: Any) -> Markup:
    """Write a link; one that begins with / is of the site, see `frame`."""
    return element("a", *children, href=href, **attributes)


def table(heads: Iterable[Any], rows: Iterable[Iterable[Any]], label: str) -> Markup:
    """Write a table that scrolls sideways where the window is narrow; rows begin with a heading."""
    head = element("tr", [element("th", each, scope="col") for each in heads])
    body = []
    for first, *rest in rows:
        cells = [element("td", each) for each in rest]
        body.append(element("tr", element("th", first, scope="row"), cells))
    whole = element("table", element("thead", head), element("tbody", body))
    return element("div", whole, class_="wide", role="region", aria_label=label, tabindex=0)


def section(title: str, *children: Any, anchor: str | None = None) -> Markup:
    """Write a part of a page under a heading, which can be linked."""
    anchor = anchor or make_anchor(title)
    return element("section", element("h2", title, id=anchor), *children)


def make_anchor(title: str) -> str:
    """Return the anchor of a heading: its letters and digits, joined by hyphens."""
    return "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
