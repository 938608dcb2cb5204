"""A page for each package: all its public names, each with its signature and docstring."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from optviz.rules import RULES
from optviz.schedules import SCHEDULES
from optviz.site.frame import File, Page, Section, write_heading
from optviz.site.markup import Markup, element, join, link
from optviz.site.plan import Plan
from optviz.site.prose import show_docstring, show_line, split_docstring
from optviz.site.reference import Entry, Member, Package
from optviz.site.schedule_pages import WRAPPERS

API_PART = Section("api", "API", "Every public name: how it is called, and what it gives.")


def make_reference(plan: Plan) -> Iterator[Page | File]:
    """Yield the list of packages, then the page of each."""
    packages = plan.packages
    parts = [
        element(
            "section",
            element("h2", link(f"/api/{each.name}.html", each.name)),
            element("p", show_line(split_docstring(each.text).lead, plan.resolve)),
            list_names(each),
        )
        for each in packages
    ]
    body = join(write_heading(API_PART.title, API_PART.about), parts)
    yield Page("api/index.html", API_PART.title, API_PART.about, body)
    for package in packages:
        yield make_package(package, plan)


def list_names(package: Package) -> Markup:
    """Write the names of a package as links."""
    names = [element("li", link(each.href, element("code", each.name))) for each in package.entries]
    return element("ul", names, class_="names")


def make_package(package: Package, plan: Plan) -> Page:
    """Return the page of a package."""
    found = split_docstring(package.text)
    body = join(
        write_heading(package.name, show_line(found.lead, plan.resolve), above=API_PART),
        show_docstring(package.text, plan.resolve, lead=False),
        list_names(package),
        [show_entry(each, plan) for each in package.entries],
    )
    return Page(f"api/{package.name}.html", package.name, found.lead, body)


def show_entry(entry: Entry, plan: Plan) -> Markup:
    """Write a public name; one that is told elsewhere is a link to there."""
    title = element("h2", entry.name, " ", element("small", entry.kind), id=entry.name)
    if entry.same_as:
        where = entry.same_as.partition("/api/")[2].partition(".html")[0]
        same = link(entry.same_as, element("code", f"{where}.{entry.name}"))
        return element("section", title, element("p", "The same as ", same, "."))
    body = [show_docstring(entry.text, plan.resolve)] if entry.text else []
    page = find_page(entry, plan)
    more = element("p", "Its formulas and pictures: ", link(page, entry.name)) if page else None
    members = [each for each in entry.members if each.text or each.kind == "field"]
    inner = [show_member(each, entry, plan) for each in members]
    whole = element("dl", inner, class_="members") if inner else None
    return element("section", title, show_signature(entry.signature, plan), body, more, whole)


def find_page(entry: Entry, plan: Plan) -> str | None:
    """Return the address of the page that a rule, schedule or decay has of its own, or None."""
    sections = {"rules": RULES, "schedules": SCHEDULES | WRAPPERS}
    for section, kinds in sections.items():
        for name in plan.choose(section, kinds):
            if entry.package == "optviz" and kinds[name].__name__ == entry.name:
                return f"/{section}/{name}.html"
    return None


def show_signature(text: str, plan: Plan) -> Markup | None:
    """Write a signature, the types that the package has as links."""
    if not text:
        return None
    return element("pre", link_words(text, plan), class_="signature", tabindex=0)


def link_words(text: str, plan: Plan) -> Markup:
    """Write a text with every capitalized name of the package as a link: those are its types."""

    def write(found: re.Match[str]) -> str:
        href = plan.resolve(found[0])
        return link(href, found[0]) if href else found[0]

    head, mark, rest = text.partition("(" if "(" in text.partition(":")[0] else ":")
    linked = re.sub(r"\b[A-Z]\w+\b", write, escape(rest))
    return Markup(f"{escape(head)}{mark}{linked}")


def show_member(member: Member, entry: Entry, plan: Plan) -> Markup:
    """Write a field, a property or a method of a class."""
    code = element("code", link_words(member.signature, plan))
    head = element("dt", code, element("small", member.kind), id=f"{entry.name}.{member.name}")
    text = show_docstring(member.text, plan.resolve) if member.text else None
    return join(head, element("dd", text))
