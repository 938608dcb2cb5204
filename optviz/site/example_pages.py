"""The examples, run when the site is built: their text, their source, what they print and draw."""

from __future__ import annotations

import ast
import inspect
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from plotly.offline import get_plotlyjs

from optviz.site.code import show_code
from optviz.site.frame import File, Needs, Page, Section, write_heading
from optviz.site.markup import Markup, element, join, link, section
from optviz.site.plan import Plan
from optviz.site.prose import show_line, show_markdown, split_docstring
from optviz.views.drawing.theme import THEMES, template

EXAMPLES_PART = Section(
    "examples", "Examples", "Short scripts that tell the story in order, run, with their figures."
)
PATIENCE = 900
"""Seconds that an example may take."""


class Example(NamedTuple):
    """An example: its text, and what came of running it."""

    name: str
    source: str
    doc: str
    output: str = ""
    figure: dict[str, Any] | None = None
    reason: str = ""
    """Why it was not run, in a sentence."""

    @property
    def title(self) -> str:
        """Its name in words, without its number."""
        return self.name.partition("_")[2].replace("_", " ").capitalize()


def make_examples(plan: Plan) -> Iterator[Page | File]:
    """Begin to run the examples, and yield their pages when they are asked for."""
    if plan.sources is None or plan.pool is None:
        return iter(())
    paths = {each.stem: each for each in sorted((plan.sources / "examples").glob("*.py"))}
    chosen = [paths[name] for name in plan.choose("examples", paths)]
    return write_pages(plan.pool.map(perform, chosen), plan)


def write_pages(performed: Iterator[Example], plan: Plan) -> Iterator[Page | File]:
    """Yield the list of examples, what figures are drawn with, and a page for each example."""
    examples = list(performed)
    yield make_list(examples, plan)
    yield File("plotly.min.js", get_plotlyjs().encode())
    looks = {name: template(name).to_plotly_json() for name in THEMES}
    yield File("templates.js", f"window.templates = {json.dumps(looks)};\n".encode())
    for each in examples:
        yield make_example(each, plan)


def perform(path: Path) -> Example:
    """Run an example apart and return it with what it printed and drew.

    Raises: ValueError: the example 01_race does not run: ...
    """
    source = path.read_text("utf-8")
    example = Example(
        path.stem, source, inspect.cleandoc(ast.get_docstring(ast.parse(source)) or "")
    )
    if reason := find_hindrance(source):
        return example._replace(reason=reason)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "optviz.site.example_child", str(path), "result.json"]
        search = os.pathsep.join(each or os.getcwd() for each in sys.path)
        own = os.environ | {"PYTHONPATH": search}
        done = subprocess.run(
            command,
            cwd=folder,
            env=own,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["it says nothing"]
            raise ValueError(f"the example {path.stem} does not run: {lines[-1]}")
        result = json.loads((Path(folder) / "result.json").read_text("utf-8"))
    return example._replace(**result)


def find_hindrance(source: str) -> str:
    """Return what an example needs that is not here, in a sentence, or nothing."""
    needed = {"optviz.pytorch": "torch", "import torch": "torch", "optviz.workbook": "openpyxl"}
    for word, package in needed.items():
        if word in source and not can_import(package):
            return f"It was not run where this page was made: {package} is not installed there."
    if "optviz.movielens" in source:
        from optviz.movielens.fetch import find
        from optviz.movielens.ratings import MovieLensError

        try:
            find(None, offline=True)
        except MovieLensError:
            return "It was not run where this page was made: the ratings are not there."
    return ""


def can_import(package: str) -> bool:
    """Return True if a package is installed."""
    from importlib.util import find_spec

    return find_spec(package) is not None


def make_list(examples: list[Example], plan: Plan) -> Page:
    """Return the list of examples."""
    items = [
        element(
            "li",
            link(f"/examples/{each.name}.html", each.title),
            element("div", show_line(split_docstring(each.doc).lead, plan.resolve)),
        )
        for each in examples
    ]
    body = join(
        write_heading(EXAMPLES_PART.title, EXAMPLES_PART.about), element("ol", items, class_="list")
    )
    return Page("examples/index.html", EXAMPLES_PART.title, EXAMPLES_PART.about, body)


def make_example(example: Example, plan: Plan) -> Page:
    """Return the page of an example."""
    lead, _, rest = example.doc.partition("\n\n")
    parts: list[Any] = [
        write_heading(
            example.title, show_line(" ".join(lead.split()), plan.resolve), above=EXAMPLES_PART
        )
    ]
    parts.append(show_markdown(rest.strip(), plan.resolve))
    if example.reason:
        parts.append(element("p", example.reason, class_="note"))
    data = ""
    if example.figure is not None:
        parts.append(show_figure("figure", f"the figure of the example: {example.title}"))
        data = json.dumps({"figure": strip_template(example.figure)}, separators=(",", ":"))
    if example.output:
        said = element("pre", example.output.rstrip(), tabindex=0)
        parts.append(section("What it prints", said))
    parts.append(
        section(f"Source: examples/{example.name}.py", show_code(example.source), anchor="source")
    )
    scripts = ("plotly.min.js", "templates.js", "figures.js") if data else ()
    needs = Needs(scripts, data=data)
    about = split_docstring(example.doc).lead
    return Page(f"examples/{example.name}.html", example.title, about, join(parts), needs)


def show_figure(name: str, label: str) -> Markup:
    """Write the place where the scripts draw a figure of the page's data."""
    without = element("noscript", element("p", "The figure is drawn by JavaScript."))
    return element("div", without, id=name, class_="plot", role="group", aria_label=label)


def strip_template(figure: dict[str, Any]) -> dict[str, Any]:
    """Return a figure without its template: the page's own is that of the reader's scheme."""
    layout = {key: value for key, value in figure["layout"].items() if key != "template"}
    return {"data": figure["data"], "layout": layout}
