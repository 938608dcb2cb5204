"""A race on a page: a small picture, the still picture with its table, and the live picture."""

from __future__ import annotations

import json
from typing import NamedTuple

from optviz.experiments.surface import Experiment
from optviz.runs.comparison import Comparison
from optviz.site.frame import NOTHING, File, Needs
from optviz.site.live_parts import make_live
from optviz.site.markup import Markup, element, join, link, table
from optviz.site.pictures import draw_race
from optviz.views.drawing.colors import choose_styles
from optviz.views.result_table import format_cell


class RaceParts(NamedTuple):
    """A race as a page holds it: its files, its body, and what the page needs for it."""

    files: tuple[File, ...]
    body: Markup
    needs: Needs


def make_race(path: str, experiment: Experiment, title: str) -> RaceParts:
    """Return a race for the page of a path, live where its rules can be written as formulas."""
    race = experiment.perform()
    picture = File(f"{path}.svg", draw_race(race, title).encode())
    still = show_race(f"/{path}", race, title)
    try:
        script, data = make_live(path, experiment)
    except ValueError:
        return RaceParts((picture,), still, NOTHING)
    needs = Needs(("live.js", script.path), ("live.css",), json.dumps(data, separators=(",", ":")))
    return RaceParts((picture, script), element("div", still, id="live"), needs)


def show_race(address: str, race: Comparison, label: str) -> Markup:
    """Write the still picture of a race beside its table."""
    looks = choose_styles(race.trajectories.values())
    picture = element("img", src=f"{address}.svg", alt=label, width=480, height=360)
    rows = [
        (
            join(write_stroke(look.color, look.dash), row["optimizer"]),
            *(format_cell(each) for each in list(row.values())[1:]),
        )
        for row, look in zip(race.rows(), looks, strict=True)
    ]
    names = list(race.rows()[0])
    heads = [f"steps to loss {race.target:.4g}" if n == "steps to target" else n for n in names]
    return element("div", element("figure", picture), table(heads, rows, label), class_="race")


def write_stroke(color: str, dash: str) -> Markup:
    """Write the line of an optimizer, as the pictures draw it."""
    return element("span", class_=f"stroke {dash}", style=f"color:{color}", aria_hidden="true")


def write_card(address: str, title: str, note: str) -> Markup:
    """Write the small picture of a page, its title and a line about it, as one link."""
    picture = element("img", src=f"{address}.svg", alt="", width=480, height=360, loading="lazy")
    words = (
        element("span", title, class_="name"),
        element("span", note.replace("`", ""), class_="says"),
    )
    return element("li", link(f"{address}.html", picture, words, class_="tile"))
