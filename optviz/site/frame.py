"""The frame of every page: its head, the same navigation, the same foot.

Pages name what belongs to the site from its top, as in `/rules/adam.html`; the frame makes these
addresses relative, so that the folder works below any address and from a disk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

import optviz
from optviz.site.markup import Markup, element, join, link

OWN = re.compile(r'(?<= )((?:href|src|data-from)=")/')


class Section(NamedTuple):
    """A part of the site: its folder, its name in the navigation, and what it is."""

    name: str
    title: str
    about: str

    @property
    def href(self) -> str:
        """The address of its first page."""
        return f"/{self.name}/index.html"


class Needs(NamedTuple):
    """The files that a page loads besides the style of all pages, and its scripts' data as JSON."""

    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    data: str = ""


NOTHING = Needs()


@dataclass(frozen=True)
class Page:
    """One page: where it is, what it is called, what it is about, and what it holds."""

    path: str
    title: str
    about: str
    body: Markup
    needs: Needs = NOTHING


class File(NamedTuple):
    """A file of the site that is no page."""

    path: str
    content: bytes


def write_page(page: Page, sections: list[Section]) -> str:
    """Write a whole page."""
    up = "../" * page.path.count("/")
    title = page.title if page.path == "index.html" else f"{page.title} · optviz"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("meta", name="description", content=page.about.replace("`", "")),
        element("link", rel="icon", href="data:,"),
        element("link", rel="stylesheet", href="/style.css"),
        [element("link", rel="stylesheet", href=f"/{each}") for each in page.needs.styles],
        [element("script", src=f"/{each}", defer=True) for each in page.needs.scripts],
    )
    main = element("main", page.body, id="main", tabindex=-1)
    skip = link("#main", "To the content", class_="skip")
    body = element("body", skip, _write_header(page, sections), main, _write_footer(sections))
    html = element("html", head, body, lang="en")
    text = OWN.sub(rf"\g<1>{up}", f"<!doctype html>\n{html}\n")
    data = page.needs.data.replace("<", "\\u003c")  # a "<" in a text must not end the script
    holder = f'<script type="application/json" id="page-data">{data}</script></head>'
    return text.replace("</head>", holder, 1) if data else text


def _write_header(page: Page, sections: list[Section]) -> Markup:
    """Write the name of the project and the links to the sections; the page's own is marked."""
    here = page.path.partition("/")[0]
    links = [
        link(each.href, each.title, aria_current=_find_current(page, each, here))
        for each in sections
    ]
    brand = link("/index.html", "optviz", class_="brand")
    nav = element("nav", links, aria_label="Sections") if links else None
    return element("header", element("div", brand, nav, class_="bar"))


def _find_current(page: Page, section: Section, here: str) -> str | None:
    """Return what a link of the navigation is to the page: itself, what holds it, or neither."""
    if here != section.name:
        return None
    return "page" if section.href == f"/{page.path}" else "true"


def _write_footer(sections: list[Section]) -> Markup:
    """Write the version, and the way to what the project says of itself."""
    words: list[Any] = [f"optviz {optviz.__version__}, MIT license. "]
    words += [link(each.href, each.about) for each in sections if each.name == "project"]
    return element("footer", element("p", words))


def write_heading(title: str, *lead: Any, above: Section | None = None) -> Markup:
    """Write the heading of a page, with the way back to the page above it."""
    way = element("p", link(above.href, above.title), class_="way") if above else None
    return join(way, element("h1", title), [element("p", each, class_="lead") for each in lead])
