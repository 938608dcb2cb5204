"""A page for each schedule, and for each decay or switch that is put around a rule."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

from optviz.code_text import read_code
from optviz.experiments.surface import Experiment
from optviz.javascript import emit_schedule
from optviz.rules import DECAYS, SGD, Maximize
from optviz.schedules import SCHEDULES, Named, fit_schedule
from optviz.site.code import show_code
from optviz.site.frame import NOTHING, File, Page, Section, write_heading
from optviz.site.markup import Markup, element, join, section, table
from optviz.site.plan import Plan
from optviz.site.prose import show_docstring, show_line, split_docstring
from optviz.site.race_parts import make_race, write_card
from optviz.site.rule_pages import link_name, show_settings, show_sources, show_step
from optviz.views.small_pictures import HEIGHT, WIDTH, draw_curve

SCHEDULES_PART = Section(
    "schedules",
    "Schedules",
    "What changes the learning rate over the steps, and what is put around a rule.",
)
STEPS = 200
"""The steps of a run to whose length a schedule is fitted."""
WRAPPERS: dict[str, Any] = {**DECAYS, "maximize": Maximize}
RACES = {
    **{
        key: Experiment(
            rules=("adam:lr=0.05", f"adam:lr=0.05,{key}=1"),
            problem="himmelblau",
            start=(0.5, 4.0),
            steps=300,
        )
        for key in DECAYS
    },
    "maximize": Experiment(
        rules=("sgd:lr=0.02", "sgd:lr=0.02,maximize=yes"), problem="peaks", steps=200
    ),
}
"""The race that shows what a wrapper does: a rule without it and with it."""


def make_schedules(plan: Plan) -> Iterator[Page | File]:
    """Yield the list, then the picture and the page of each schedule and wrapper."""
    names = plan.choose("schedules", [*SCHEDULES, *WRAPPERS])
    kinds: dict[str, Any] = {**SCHEDULES, **WRAPPERS}
    parts = [
        section(title, element("ul", cards, class_="gallery"))
        for title, group in (("Schedules", SCHEDULES), ("Around a rule", WRAPPERS))
        if (cards := [make_card(each, kinds[each]) for each in names if each in group])
    ]
    head = write_heading(SCHEDULES_PART.title, SCHEDULES_PART.about)
    page = "schedules/index.html", SCHEDULES_PART.title, SCHEDULES_PART.about
    yield Page(*page, join(head, parts))
    for name in names:
        kind, needs = kinds[name], NOTHING
        if name in SCHEDULES:
            yield File(f"schedules/{name}.svg", draw_factors(kind()).encode())
            body = write_schedule(name, kind, plan)
        else:
            race = make_race(f"schedules/{name}", RACES[name], kind.__name__)
            yield from race.files
            body, needs = write_wrapper(name, kind, race.body, plan), race.needs
        yield Page(f"schedules/{name}.html", kind.__name__, read_lead(kind), body, needs)


def read_lead(kind: type) -> str:
    """Return the first line of a class's docstring."""
    return split_docstring(inspect.getdoc(kind) or "").lead


def make_card(name: str, kind: type) -> Markup:
    """Return the card of a schedule or a wrapper."""
    return write_card(f"/schedules/{name}", kind.__name__, read_lead(kind))


def draw_factors(schedule: Named) -> str:
    """Draw the factor of a schedule over the steps as the text of an SVG file."""
    factor = fit_schedule(schedule, STEPS)
    return draw_curve([factor(step) for step in range(STEPS)], type(schedule).__name__)


def write_schedule(name: str, kind: type[Named], plan: Plan) -> Markup:
    """Write the page of a schedule."""
    label = f"the factor of the learning rate over {STEPS} steps"
    picture = element("img", src=f"/schedules/{name}.svg", alt=label, width=WIDTH, height=HEIGHT)
    factor = fit_schedule(kind(), STEPS)
    rows = [[step, f"{factor(step):.4g}"] for step in range(0, STEPS + 1, STEPS // 10)]
    numbers = table(["step", "factor"], rows, label)
    script = show_code(emit_schedule(kind(), STEPS), "javascript", "JavaScript")
    made = "The same schedule as a JavaScript module, written from this text"
    source = show_code(read_code(kind))
    details = element("details", element("summary", made), script)
    return join(
        write_heading(
            kind.__name__, show_line(read_lead(kind), plan.resolve), above=SCHEDULES_PART
        ),
        show_docstring(inspect.getdoc(kind) or "", plan.resolve, lead=False),
        element("p", "In text: ", element("code", f"adam:lr=0.01,schedule={name}")),
        element("div", element("figure", picture), numbers, class_="race"),
        section("Settings", show_fields(kind)),
        section("Source", link_name(kind, plan), source, details),
    )


def show_fields(kind: type[Named]) -> Markup:
    """Write the settings of a schedule with their defaults."""
    rows = [
        [element("code", each.name), "that of the run" if each.default is None else each.default]
        for each in fields(kind)  # type: ignore[arg-type]
        if each.default is not MISSING
    ]
    if not rows:
        return element("p", "It has none.")
    return table(["name", "default"], rows, "settings")


def write_wrapper(name: str, kind: type, race: Markup, plan: Plan) -> Markup:
    """Write the page of what is put around a rule."""
    rule = kind(SGD(lr=0.001))
    word = "yes" if name == "maximize" else "0.01"
    return join(
        write_heading(
            kind.__name__, show_line(read_lead(kind), plan.resolve), above=SCHEDULES_PART
        ),
        show_docstring(inspect.getdoc(kind) or "", plan.resolve, lead=False),
        element("p", "In text: ", element("code", f"adam:lr=0.01,{name}={word}")),
        race,
        section("One step, around SGD", *show_step(rule)),
        section("Settings", show_settings(kind)) if kind is not Maximize else None,
        section("Source", link_name(kind, plan), *show_sources(kind, rule)),
    )
