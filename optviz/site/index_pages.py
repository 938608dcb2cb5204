"""The index: every name that has a page or an anchor, in the order of the alphabet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from optviz.lessons.library import read_library
from optviz.problems.surfaces import SURFACES
from optviz.rules import RULES
from optviz.schedules import SCHEDULES
from optviz.site.frame import File, Page, Section, write_heading
from optviz.site.markup import element, join, link
from optviz.site.plan import Plan
from optviz.site.schedule_pages import WRAPPERS

INDEX_PART = Section("names", "Index", "Every name on these pages, in the order of the alphabet.")


class Named(NamedTuple):
    """A name, what it is, and where it is told."""

    name: str
    kind: str
    href: str


def list_names(plan: Plan) -> list[Named]:
    """Return every name that is told somewhere on the site."""
    surfaces = [(SURFACES[each].title, each) for each in plan.choose("surfaces", SURFACES)]
    found = [Named(title, "surface", f"/surfaces/{name}.html") for title, name in surfaces]
    for name in plan.choose("rules", RULES):
        found.append(Named(RULES[name].__name__, "rule", f"/rules/{name}.html"))
    for name in plan.choose("schedules", [*SCHEDULES, *WRAPPERS]):
        kind = "schedule" if name in SCHEDULES else "around a rule"
        title = (SCHEDULES | WRAPPERS)[name].__name__
        found.append(Named(title, kind, f"/schedules/{name}.html"))
    for name in plan.choose("lessons", read_library()):
        found.append(Named(read_library()[name].title, "lesson", f"/lessons/{name}.html"))
    for name in plan.commands if plan.has_section("commands") else ():
        anchor = name.replace(" ", "-")
        found.append(Named(f"optviz {name}", "command", f"/commands/index.html#{anchor}"))
    for package in plan.packages:
        found.append(Named(package.name, "package", f"/api/{package.name}.html"))
        for entry in package.entries:
            if not entry.same_as:
                kind = f"{entry.kind} of {package.name}"
                found.append(Named(entry.name, kind, entry.href))
    return sorted(found, key=lambda each: (each.name.lower(), each.kind))


def make_index(plan: Plan) -> Iterator[Page | File]:
    """Yield the page of all names."""
    letters: dict[str, list[Named]] = {}
    for each in list_names(plan):
        letters.setdefault(each.name[0].upper(), []).append(each)
    jumps = [element("li", link(f"#letter-{each}", each)) for each in letters]
    parts = [
        element(
            "section",
            element("h2", letter, id=f"letter-{letter}"),
            element("ul", [write_item(each) for each in names], class_="list"),
        )
        for letter, names in letters.items()
    ]
    head = write_heading(INDEX_PART.title, INDEX_PART.about)
    letters_nav = element("nav", element("ul", jumps, class_="names"), aria_label="Letters")
    body = join(head, letters_nav, element("div", parts, class_="columns"))
    yield Page("names/index.html", INDEX_PART.title, INDEX_PART.about, body)


def write_item(each: Named):
    """Write a name as a link, and what it is."""
    return element("li", link(each.href, each.name), " ", element("small", each.kind))
