"""The gallery of surfaces, and a page for each."""

from __future__ import annotations

from collections.abc import Iterator

from optviz.experiments.surface import Experiment
from optviz.problems.surfaces import SURFACES, Surface
from optviz.site.code import show_formula
from optviz.site.frame import File, Page, Section, write_heading
from optviz.site.markup import Markup, element, join, link, section, table
from optviz.site.plan import Plan
from optviz.site.races import plan_race
from optviz.views.drawing.colors import choose_styles
from optviz.views.drawing.scale import spell_number
from optviz.views.result_table import format_cell
from optviz.views.small_pictures import draw_race

SURFACES_PART = Section(
    "surfaces", "Surfaces", "Classic test functions, each with four optimizers at work on it."
)


def make_surfaces(plan: Plan) -> Iterator[Page | File]:
    """Yield the gallery, then each surface's picture and page."""
    names = plan.choose("surfaces", SURFACES)
    cards = [
        write_card(f"/surfaces/{each}", SURFACES[each].title, SURFACES[each].note) for each in names
    ]
    head = write_heading(SURFACES_PART.title, SURFACES_PART.about)
    body = join(head, element("ul", cards, class_="cards"))
    yield Page("surfaces/index.html", SURFACES_PART.title, SURFACES_PART.about, body)
    for name in names:
        race = plan_race(name)
        yield from make_picture(f"surfaces/{name}", race, SURFACES[name].title)
        yield make_surface(SURFACES[name], race)


def write_card(address: str, title: str, note: str) -> Markup:
    """Write the small picture of a page, its title and a line about it, as one link."""
    picture = element("img", src=f"{address}.svg", alt="", width=480, height=360, loading="lazy")
    words = element("span", title, class_="name"), element("span", note, class_="says")
    return element("li", link(f"{address}.html", picture, words, class_="card"))


def make_picture(path: str, race: Experiment, title: str) -> Iterator[File]:
    """Yield the picture of a race as a file."""
    yield File(f"{path}.svg", draw_race(race.perform(), title).encode())


def make_surface(surface: Surface, race: Experiment) -> Page:
    """Return the page of a surface."""
    body = join(
        write_heading(surface.title, surface.note, above=SURFACES_PART),
        element(
            "div",
            show_formula(f"f(x, y) = {surface.latex()}", block=True),
            class_="formula",
            tabindex=0,
        ),
        show_race(f"/surfaces/{surface.name}", race, f"Four optimizers on {surface.title}"),
        section("Facts", describe_surface(surface)),
    )
    return Page(f"surfaces/{surface.name}.html", surface.title, surface.note, body)


def show_race(address: str, experiment: Experiment, label: str) -> Markup:
    """Write the picture of a race beside its table."""
    race = experiment.perform()
    looks = choose_styles(race.trajectories.values())
    picture = element("img", src=f"{address}.svg", alt=label, width=480, height=360)
    rows = [
        (
            join(write_swatch(look.color, look.dash), row["optimizer"]),
            *(format_cell(each) for each in list(row.values())[1:]),
        )
        for row, look in zip(race.rows(), looks, strict=True)
    ]
    names = list(race.rows()[0])
    heads = [f"steps to loss {race.target:.4g}" if n == "steps to target" else n for n in names]
    return element("div", element("figure", picture), table(heads, rows, label), class_="race")


def write_swatch(color: str, dash: str) -> Markup:
    """Write the line of an optimizer, as the pictures draw it."""
    return element("span", class_=f"swatch {dash}", style=f"color:{color}", aria_hidden="true")


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
    return element("dl", [(element("dt", a), element("dd", b)) for a, b in pairs], class_="heads")


def _write_point(point) -> str:
    return f"({', '.join(spell_number(float(each)) for each in point)})"
