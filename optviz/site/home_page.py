"""The first page: the README, and after its first words the ways into the site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import optviz
from optviz.lessons.library import read_library
from optviz.lessons.page import list_races
from optviz.problems.surfaces import SURFACES
from optviz.rules import RULES
from optviz.schedules import SCHEDULES
from optviz.site.frame import File, Page, Section, write_heading
from optviz.site.markup import Markup, element, join, link
from optviz.site.plan import Plan
from optviz.site.project_pages import show_text
from optviz.site.prose import show_docstring

README = "README.md"
IMAGE = re.compile(r'<img src="([^":]+)"')
SHOWN = {
    "surfaces": ("rosenbrock", tuple(SURFACES)),
    "rules": ("adam", tuple(RULES)),
    "schedules": ("cosine", tuple(SCHEDULES)),
    "lessons": ("momentum", tuple(k for k, each in read_library().items() if list_races(each))),
}
"""The sections that have pictures: the one to show, and all."""


def make_home(plan: Plan, sections: list[Section]) -> Iterator[Page | File]:
    """Yield the first page, and the images that it shows."""
    lead = (optviz.__doc__ or "").partition("\n")[0]
    first, rest = show_readme(plan)
    cards = element(
        "ul",
        [write_card(each, plan) for each in sections if each.name != "names"],
        class_="gallery",
    )
    images: dict[str, str] = {}

    def move(found: re.Match[str]) -> str:
        images[found[1]] = f"images/{Path(found[1]).name}"
        return f'<img loading="lazy" src="/{images[found[1]]}"'

    text = Markup(IMAGE.sub(move, rest))
    body = join(write_heading("optviz"), first, cards, text)
    yield Page("index.html", f"optviz: {lead.rstrip('.').lower()}", lead, body)
    for source, path in images.items():
        if plan.sources is not None:
            yield File(path, (plan.sources / source).read_bytes())


def show_readme(plan: Plan) -> tuple[Markup, Markup]:
    """Return the README's first words and its rest; without one the package's own words."""
    if plan.sources is None or not (plan.sources / README).is_file():
        return show_docstring(optviz.__doc__ or "", plan.resolve), Markup("")
    text = (plan.sources / README).read_text("utf-8").partition("\n")[2]
    end = re.search(r"^(?:!\[|## )", text, re.MULTILINE)
    place = end.start() if end else len(text)
    return show_text(text[:place], plan), show_text(text[place:], plan)


def write_card(section: Section, plan: Plan) -> Markup:
    """Write the way into a section: its picture if it has one, its name, what it is."""
    picture = None
    if section.name in SHOWN:
        best, names = SHOWN[section.name]
        built = plan.choose(section.name, names)
        name = best if best in built else next(iter(built), "")
        address = f"/{section.name}/{name}.svg"
        picture = element("img", src=address, alt="", width=480, height=360) if name else None
    words = (
        element("span", section.title, class_="name"),
        element("span", section.about, class_="says"),
    )
    return element("li", link(section.href, picture, words, class_="tile"))
