"""The project: what is where, what changed, how to contribute, license and citation."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import optviz
from optviz.site.code import show_code
from optviz.site.frame import File, Page, Section, write_heading
from optviz.site.markup import Markup, element, join, link, make_anchor, section
from optviz.site.plan import Plan
from optviz.site.prose import show_line, show_markdown, split_docstring

PROJECT_PART = Section("project", "Project", "What is where, what changed, license and citation.")
TEXTS = {
    "CHANGELOG.md": ("changelog", "Changes"),
    "CONTRIBUTING.md": ("contributing", "Contributing"),
    "SECURITY.md": ("security", "Security"),
    "LICENSE": ("license", "License"),
    "CITATION.cff": ("citation", "Citation"),
}
"""The project's texts with the names of their pages."""


def make_project(plan: Plan) -> Iterator[Page | File]:
    """Yield what is where, and a page for each text that the sources hold."""
    pages = [make_map(plan)]
    if plan.sources is not None:
        pages += [
            make_text(plan.sources / file, name, title, plan)
            for file, (name, title) in TEXTS.items()
            if file.endswith(".md") and (plan.sources / file).is_file()
        ]
        pages += list(make_papers(plan.sources))
    yield make_list(pages)
    yield from pages


def make_list(pages: list[Page]) -> Page:
    """Return the list of the project's pages."""
    items = [
        element("li", link(f"/{each.path}", each.title), element("div", each.about))
        for each in pages
    ]
    head = write_heading(PROJECT_PART.title, PROJECT_PART.about)
    body = join(head, element("ul", items, class_="list"))
    return Page("project/index.html", PROJECT_PART.title, PROJECT_PART.about, body)


def make_text(path: Path, name: str, title: str, plan: Plan) -> Page:
    """Return the page of a Markdown text."""
    text = path.read_text("utf-8").partition("\n")[2]  # its heading is the page's
    about = f"{title} of optviz, version {optviz.__version__}."
    body = join(write_heading(title, above=PROJECT_PART), show_text(text, plan))
    return Page(f"project/{name}.html", title, about, body)


def show_text(text: str, plan: Plan) -> Markup:
    """Write a Markdown text of the project: its headings can be linked, its links lead to pages."""
    return point_links(number_headings(show_markdown(text, plan.resolve, emphasis=True)), plan)


def number_headings(text: Markup) -> Markup:
    """Return a text whose headings can be linked, as GitHub links them."""

    def write(found: re.Match[str]) -> str:
        words = re.sub(r"<[^>]*>|&\w+;", "", found[2])
        return f'<h{found[1]} id="{make_anchor(words)}">{found[2]}</h{found[1]}>'

    return Markup(re.sub(r"<h([1-6])>(.*?)</h\1>", write, text))


def point_links(text: Markup, plan: Plan) -> Markup:
    """Return a text whose links to files of the project lead to the pages of these."""

    def write(found: re.Match[str]) -> str:
        name = found[1].partition("#")[0]
        if name not in TEXTS or not plan.has_section(PROJECT_PART.name):
            return found[2]
        return f'<a href="/project/{TEXTS[name][0]}.html">{found[2]}</a>'

    return Markup(re.sub(r'<a href="([^":#][^":]*)">(.*?)</a>', write, text))


def make_papers(sources: Path) -> Iterator[Page]:
    """Yield the license and the citation, word for word."""
    license_text = (sources / "LICENSE").read_text("utf-8")
    body = join(
        write_heading("License", above=PROJECT_PART),
        element("pre", license_text, class_="doc", tabindex=0),
    )
    yield Page("project/license.html", "License", "The MIT license of optviz.", body)
    citation = (sources / "CITATION.cff").read_text("utf-8")
    lead = "The text of CITATION.cff, which reference managers read."
    body = join(
        write_heading("Citation", lead, above=PROJECT_PART), show_code(citation, "yaml", "citation")
    )
    yield Page("project/citation.html", "Citation", "How to cite optviz.", body)


def make_map(plan: Plan) -> Page:
    """Return the page on what is where: each module with the first line of its docstring."""
    folder = Path(optviz.__path__[0])
    rooms: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(folder.rglob("*.py")):
        inner = path.relative_to(folder)
        room = "optviz" if len(inner.parts) == 1 else f"optviz/{inner.parts[0]}"
        text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        name = "/".join(inner.parts[1:] or inner.parts).removesuffix("__init__.py")
        rooms.setdefault(room, []).append((name, split_docstring(inspect.cleandoc(text)).lead))
    parts = [show_room(room, modules, plan) for room, modules in sorted(rooms.items())]
    title, about = "What is where", "Every module of the package and what it is for."
    return Page(
        "project/modules.html",
        title,
        about,
        join(write_heading(title, about, above=PROJECT_PART), parts),
    )


def show_room(room: str, modules: list[tuple[str, str]], plan: Plan) -> Markup:
    """Write a folder of the package, what it is, and its modules."""
    about = next((text for name, text in modules if not name), "")
    rows = [
        (element("dt", element("code", name)), element("dd", show_line(text, plan.resolve)))
        for name, text in modules
        if name
    ]
    lead = element("p", show_line(about, plan.resolve))
    return section(f"{room}/", lead, element("dl", rows, class_="heads"))
