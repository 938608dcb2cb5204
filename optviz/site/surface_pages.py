"""The gallery of surfaces, and a page for each."""

from __future__ import annotations

from collections.abc import Iterator

from optviz.problems.surfaces import SURFACES, Surface
from optviz.rules import RULES
from optviz.site.code import show_formula
from optviz.site.frame import File, Page, Section, write_heading
from optviz.site.markup import Markup, element, join, section
from optviz.site.plan import Plan
from optviz.site.race_parts import RaceParts, make_race, write_card, write_stroke
from optviz.site.races import SHOWN, plan_race
from optviz.views.drawing.colors import style_of
from optviz.views.drawing.scale import spell_number

SURFACES_PART = Section(
    "surfaces", "Surfaces", "Classic test functions, each a live page on which optimizers race."
)


def make_surfaces(plan: Plan) -> Iterator[Page | File]:
    """Yield the gallery, then each surface's picture and page."""
    names = plan.choose("surfaces", SURFACES)
    cards = [
        write_card(f"/surfaces/{each}", SURFACES[each].title, SURFACES[each].note) for each in names
    ]
    head = write_heading(SURFACES_PART.title, SURFACES_PART.about)
    body = join(head, write_legend(), element("ul", cards, class_="gallery"))
    yield Page("surfaces/index.html", SURFACES_PART.title, SURFACES_PART.about, body)
    for name in names:
        race, label = plan_race(name), f"Four optimizers on {SURFACES[name].title}"
        yield from make_surface(SURFACES[name], make_race(f"surfaces/{name}", race, label))


def write_legend() -> Markup:
    """Write which line is which rule."""
    looks = zip(SHOWN, style_of(SHOWN), strict=True)
    items = [
        element("li", write_stroke(look.color, look.dash), RULES[name].__name__)
        for name, look in looks
    ]
    return element("ul", items, class_="legend", aria_label="The rules in the pictures")


def make_surface(surface: Surface, race: RaceParts) -> Iterator[Page | File]:
    """Yield the page of a surface and the files of its race."""
    body = join(
        write_heading(surface.title, surface.note, above=SURFACES_PART),
        element(
            "div",
            show_formula(f"f(x, y) = {surface.latex()}", block=True),
            class_="equation",
            tabindex=0,
        ),
        race.body,
        section("Facts", describe_surface(surface)),
    )
    yield Page(f"surfaces/{surface.name}.html", surface.title, surface.note, body, race.needs)
    yield from race.files


def describe_surface(surface: Surface) -> Markup:
    """Write what is known of a surface: its text, window, start, minima, parameters, source."""
    (x_low, x_high), (y_low, y_high) = surface.window
    pairs = [
        ("Name", element("code", surface.name)),
        ("As typed", element("code", surface.formula.text)),
        ("Window", f"x from {x_low:g} to {x_high:g}, y from {y_low:g} to {y_high:g}"),
        ("Start", _write_point(surface.start)),
        ("Minima", ", ".join(map(_write_point, surface.minima)) or "none: the loss falls for ever"),
    ]
    pairs += [
        (f"Parameter {name}", f"{default:g}, from {low:g} to {high:g}")
        for name, (default, low, high) in surface.parameters.items()
    ]
    pairs.append(("Source", surface.source))
    pairs.append(("As one file", element("code", f"optviz live {surface.name} -o page.html")))
    return element("dl", [(element("dt", a), element("dd", b)) for a, b in pairs], class_="heads")


def _write_point(point) -> str:
    return f"({', '.join(spell_number(float(each)) for each in point)})"
