"""A look at a built site: dead links, missing anchors, outside requests, double ids, its size."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from optviz.site.folder import list_files

LIMIT = 40_000_000
"""Most bytes of a site."""
LOADS = {"src", "srcset", "data", "poster", "action", "formaction"}
"""The attributes whose address a browser asks for by itself; `href` of a link it does not."""
CSS_ADDRESS = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])([^"')]+)""")
OUTSIDE = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)


class PageReader(HTMLParser):
    """The ids of a page, its links, and what it loads."""

    def __init__(self, text: str):
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.texts: dict[str, str] = {}
        self.head: set[str] = set()
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element says of addresses and ids."""
        given = {key: value or "" for key, value in attrs}
        self._inside = tag
        if "id" in given:
            self.ids[given["id"]] += 1
        if tag == "meta" and given.get("content"):
            self.head.add(given.get("name", ""))
        if tag in ("a", "area"):
            self.links += [given["href"]] if "href" in given else []
        elif "href" in given:
            self.loads.append(given["href"])
        self.loads += [value for key, value in given.items() if key in LOADS]
        self.loads += CSS_ADDRESS.findall(given.get("style", ""))

    def handle_data(self, data: str) -> None:
        """Note the text of the title and of style sheets within the page."""
        if self._inside in ("title", "style"):
            self.texts[self._inside] = self.texts.get(self._inside, "") + data

    def handle_endtag(self, tag: str) -> None:
        """Forget the element."""
        self._inside = ""


class SiteReader:
    """The files of a site, each read once."""

    def __init__(self, folder: Path):
        self.folder = folder.resolve()

    @cached_property
    def pages(self) -> dict[Path, PageReader]:
        """Every page by its path."""
        found = sorted(self.folder.rglob("*.html"))
        return {path: PageReader(path.read_text("utf-8")) for path in found}

    def find_fault(self, path: Path, address: str) -> str | None:
        """Return what is wrong with an address that a page names, or None."""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            return None
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if parts.path.startswith("/") or not target.is_relative_to(self.folder):
            return "leads out of the site"
        if not target.is_file():
            return "leads nowhere"
        anchor = unquote(parts.fragment)
        if anchor and target in self.pages and anchor not in self.pages[target].ids:
            return "names an anchor that is not there"
        return None


def check_site(folder: str | Path) -> list[str]:
    """Return a sentence for each fault of a built site: links, requests, ids, titles, size."""
    site = SiteReader(Path(folder))
    faults: list[str] = []
    for path, page in site.pages.items():
        name = path.relative_to(site.folder).as_posix()
        for address in dict.fromkeys([*page.links, *page.loads]):
            if fault := site.find_fault(path, address):
                faults.append(f"{name}: {address} {fault}")
        loads = [*page.loads, *CSS_ADDRESS.findall(page.texts.get("style", ""))]
        faults += [
            f"{name}: {each} is asked for from outside" for each in loads if OUTSIDE.match(each)
        ]
        faults += [f"{name}: two elements have the id {i}" for i, n in page.ids.items() if n > 1]
        if not page.texts.get("title", "").strip():
            faults.append(f"{name}: has no title")
        if "description" not in page.head:
            faults.append(f"{name}: has no description")
    for path in site.folder.rglob("*.css"):
        name, text = path.relative_to(site.folder).as_posix(), path.read_text("utf-8")
        found = [each for each in CSS_ADDRESS.findall(text) if OUTSIDE.match(each)]
        faults += [f"{name}: {each} is asked for from outside" for each in found]
    if (size := sum(each.stat().st_size for each in list_files(site.folder))) > LIMIT:
        faults.append(f"the site has {size / 1e6:.1f} MB, at most {LIMIT / 1e6:.0f}")
    return faults
