"""The site as a whole: every section's pages, what they share, and one look at all links."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path

import optviz
from optviz.site.code import check_tools
from optviz.site.command_pages import COMMANDS_PART, make_commands
from optviz.site.example_pages import EXAMPLES_PART, make_examples
from optviz.site.folder import replace_folder
from optviz.site.frame import File, Page, Section, write_heading, write_page
from optviz.site.index_pages import INDEX_PART, make_index
from optviz.site.links import check_site
from optviz.site.markup import element, join, link
from optviz.site.plan import Plan, find_sources
from optviz.site.project_pages import PROJECT_PART, make_project
from optviz.site.reference_pages import API_PART, make_reference
from optviz.site.rule_pages import RULES_PART, make_rules
from optviz.site.story_pages import STORIES_PART, make_stories
from optviz.site.surface_pages import SURFACES_PART, make_surfaces

Make = Callable[[Plan], Iterator[Page | File]]
PARTS: tuple[tuple[Section, Make], ...] = (
    (SURFACES_PART, make_surfaces),
    (RULES_PART, make_rules),
    (STORIES_PART, make_stories),
    (EXAMPLES_PART, make_examples),
    (API_PART, make_reference),
    (COMMANDS_PART, make_commands),
    (PROJECT_PART, make_project),
    (INDEX_PART, make_index),
)
"""The sections in the order of the navigation, and what makes their pages."""


def build_site(
    folder: str | Path,
    only: Iterable[str] = (),
    *,
    commands: Mapping[str, ArgumentParser] | None = None,
    tell: Callable[[str], object] = str,
) -> Path:
    """Build the site in a folder and return its path; nothing is written unless all succeeds.

    The folder must be new, empty, or an earlier site, which is replaced. `only` names the parts to
    build, such as `rules` or `surfaces/bowl`. `commands` are the parsers of the command line;
    `tell(sentence)` hears how far it is.

    Raises: ValueError: site holds files that are no site of optviz, such as notes.txt: ...
    """
    check_tools()
    plan = Plan(tuple(only), find_sources(), commands or {})
    parts = [part for part in PARTS if plan.has_section(part[0].name)]
    known = [section.name for section, _ in PARTS]
    if strange := [each for each in plan.only if each.partition("/")[0] not in known]:
        raise ValueError(f'a site has no part "{strange[0]}"; it has {", ".join(known)}')
    sections = [section for section, _ in parts]
    with replace_folder(Path(folder)) as made:
        for section, make in parts:
            tell(section.title)
            for each in make(plan):
                write_file(made, each, sections)
        write_file(made, make_home(sections), sections)
        for name in ("style.css", "figures.js"):
            write_file(made, File(name, files("optviz.site").joinpath(name).read_bytes()), [])
        if faults := check_site(made):
            raise ValueError(f"the site has {len(faults)} faults, such as: {faults[0]}")
    return Path(folder)


def write_file(folder: Path, each: Page | File, sections: list[Section]) -> None:
    """Write a page or a file into the folder of the site."""
    path = folder / each.path
    path.parent.mkdir(parents=True, exist_ok=True)
    content = write_page(each, sections).encode() if isinstance(each, Page) else each.content
    path.write_bytes(content)


def make_home(sections: list[Section]) -> Page:
    """Return the first page: what optviz is, and what the site has."""
    lead, *rest = (each.strip() for each in (optviz.__doc__ or "").split("\n\n"))
    cards = [
        element(
            "li",
            link(
                each.href,
                element("span", each.title, class_="name"),
                element("span", each.about, class_="says"),
                class_="card",
            ),
        )
        for each in sections
    ]
    body = join(
        write_heading("optviz", lead, *rest),
        element("ul", cards, class_="cards"),
    )
    return Page("index.html", f"optviz: {lead.rstrip('.').lower()}", lead, body)
