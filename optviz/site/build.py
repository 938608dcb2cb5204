"""The site as a whole: every section's pages, what they share, and one look at all links."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path

from optviz.site.code import check_tools
from optviz.site.command_pages import COMMANDS_PART, make_commands
from optviz.site.example_pages import EXAMPLES_PART, make_examples
from optviz.site.folder import replace_folder
from optviz.site.frame import File, Page, Section, write_page
from optviz.site.glossary_pages import WORDS_PART, make_words
from optviz.site.home_page import make_home
from optviz.site.index_pages import INDEX_PART, make_index
from optviz.site.lesson_pages import LESSONS_PART, make_lessons
from optviz.site.links import check_site
from optviz.site.live_parts import make_shared
from optviz.site.plan import Plan, find_sources, open_pool
from optviz.site.project_pages import PROJECT_PART, make_project
from optviz.site.reference_pages import API_PART, make_reference
from optviz.site.rule_pages import RULES_PART, make_rules
from optviz.site.schedule_pages import SCHEDULES_PART, make_schedules
from optviz.site.surface_pages import SURFACES_PART, make_surfaces

Make = Callable[[Plan], Iterator[Page | File]]
PARTS: tuple[tuple[Section, Make], ...] = (
    (LESSONS_PART, make_lessons),
    (SURFACES_PART, make_surfaces),
    (RULES_PART, make_rules),
    (SCHEDULES_PART, make_schedules),
    (WORDS_PART, make_words),
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
    with replace_folder(Path(folder)) as made, open_pool() as pool:
        plan = Plan(tuple(only), find_sources(), commands or {}, pool)
        parts = choose_parts(plan)
        sections = [section for section, _ in parts]
        scripts: set[str] = set()
        for section, pages in [(section, make(plan)) for section, make in parts]:
            tell(section.title)
            for each in pages:
                scripts.update(each.needs.scripts if isinstance(each, Page) else ())
                write_file(made, each, sections)
        for each in [*make_home(plan, sections), *read_shared(scripts)]:
            write_file(made, each, sections)
        tell("Links")
        check_built(made, plan)
    return Path(folder)


def check_built(folder: Path, plan: Plan) -> None:
    """Refuse a site that lacks what was asked for, or that has a fault.

    Raises: ValueError: the site has 2 faults, such as: index.html: none.html leads nowhere
    """
    asked = [each for each in plan.only if "/" in each]
    if lacking := [each for each in asked if not (folder / f"{each}.html").exists()]:
        raise ValueError(f'a site has no page "{lacking[0]}"')
    if faults := check_site(folder):
        raise ValueError(f"the site has {len(faults)} faults, such as: {faults[0]}")


def choose_parts(plan: Plan) -> list[tuple[Section, Make]]:
    """Return the sections to build.

    Raises: ValueError: a site has no part "rule"; it has surfaces, rules, ...
    """
    known = [section.name for section, _ in PARTS]
    if strange := [each for each in plan.only if each.partition("/")[0] not in known]:
        raise ValueError(f'a site has no part "{strange[0]}"; it has {", ".join(known)}')
    left_out = {"commands": not plan.commands, "examples": plan.sources is None}
    return [
        (section, make)
        for section, make in PARTS
        if plan.has_section(section.name) and not left_out.get(section.name)
    ]


def read_shared(scripts: set[str]) -> Iterator[File]:
    """Yield the files that pages share, those of live pictures where a page has one."""
    for name in ("style.css", "figures.js"):
        yield File(name, files("optviz.site").joinpath(name).read_bytes())
    if "live.js" in scripts:
        yield from make_shared()


def write_file(folder: Path, each: Page | File, sections: list[Section]) -> None:
    """Write a page or a file into the folder of the site."""
    path = folder / each.path
    path.parent.mkdir(parents=True, exist_ok=True)
    content = write_page(each, sections).encode() if isinstance(each, Page) else each.content
    path.write_bytes(content)
