"""The page in one file on which everything moves: the browser makes the runs, and draws them."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import optviz
from optviz.experiments.curves import CURVES
from optviz.experiments.limits import LIMITS
from optviz.experiments.surface import PICTURE_WORDS, Experiment
from optviz.problems.surfaces import SURFACES, Surface
from optviz.rules import DECAYS, RULES, Maximize
from optviz.schedules import SCHEDULES
from optviz.specs import Racer, format_spec, to_spec
from optviz.views.drawing.theme import describe_themes
from optviz.views.live.bundle import bundle_modules, read_module
from optviz.views.live.catalog import describe_catalog
from optviz.views.live.payload import describe_experiment, pack_samples
from optviz.views.live.sources import read_source

APP = "http://127.0.0.1:8050/"
"""Where the app stands unless it is told otherwise: links of the page open there."""
NOISY = 1_000
"""The steps for which the page has noise at least, so that noise can be turned on."""
UNSEEN = {"field", "curvature", "microscope"}
"""Words of a view that the page has no picture for."""
DARK = {
    "color-scheme": "dark",
    "--line": "#424242",
    "--mantine-color-body": "#242424",
    "--mantine-color-text": "#dee2e6",
    "--mantine-color-dimmed": "#b0b3b8",
    "--mantine-color-placeholder": "#979ba1",
    "--mantine-color-default": "#2e2e2e",
    "--mantine-color-default-hover": "#3b3b3b",
    "--mantine-color-anchor": "#91a7ff",
    "--mantine-color-red-text": "#ffa8a8",
    "--mantine-primary-color-filled": "#4263eb",
    "--mantine-primary-color-light": "rgb(76 110 245 / 20%)",
    "--mantine-primary-color-light-color": "#bac8ff",
    "--track": "#1a1b1e",
}


def live_page(
    problem: str | Surface | Experiment, rules: Sequence[Racer] | None, file: str | Path
) -> Path:
    """Write a page on which a race on a surface is made and drawn anew as a hand moves its numbers.

    It is one HTML file of at most 400 kB that needs no server and no network. `problem` is an
    experiment, a surface, a surface's name or a formula in x and y; `rules` are the optimizers at
    first, None those of the experiment. The page has that one surface: it reads no formulas.

    Raises: ValueError: no rule "adm"; nearest: adam
    """
    path = Path(file)
    path.write_text(render_live_page(make_experiment(problem, rules)), encoding="utf-8")
    return path


def make_experiment(
    problem: str | Surface | Experiment, rules: Sequence[Racer] | None = None
) -> Experiment:
    """Return the experiment of a problem and optimizers."""
    experiment = problem if isinstance(problem, Experiment) else Experiment()
    if isinstance(problem, str):
        experiment = replace(experiment, problem=problem)
    elif isinstance(problem, Surface):
        name = problem.name if problem.name in SURFACES else problem.formula.text
        values = tuple(problem.formula.parameters.items())
        start = tuple(map(float, problem.start))
        experiment = Experiment(problem=name, parameters=values, start=start)
    if rules is None:
        return experiment
    specs = [each if isinstance(each, str) else format_spec(*to_spec(each)) for each in rules]
    return replace(experiment, rules=tuple(specs), forks=())


def render_live_page(experiment: Experiment) -> str:
    """Return the text of that page."""
    data = describe_page(experiment)
    script = bundle_live(data, "views/live/main.js")
    del data["modules"]
    surface = experiment.surface()
    title = f"Optimizers on {surface.title or surface.formula.text}"
    return Template(read_module("views/live/live.html")).substitute(
        policy=escape(write_policy(script)),
        version=optviz.__version__,
        title=escape(title),
        lead=escape(write_lead(experiment)),
        about=write_about(experiment),
        style=write_style(),
        # A "<" in a text must not end the script that holds it.
        data=json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"),
        script=script,
    )


def write_policy(script: str) -> str:
    """Return the Content-Security-Policy that lets one script run, and nothing be asked for."""
    digest = b64encode(sha256(script.encode()).digest()).decode()
    rules = {
        "default-src": "'none'",
        "script-src": f"'sha256-{digest}'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def describe_page(experiment: Experiment) -> dict[str, Any]:
    """Return all that `mount` of live/mount.js needs; `modules` are the texts of emitted modules.

    Raises: ValueError: Sign cannot be written as formulas: it branches on a value
    """
    record = describe_experiment(experiment)
    catalog = describe_catalog()
    modules = record.pop("modules") | catalog.pop("modules")
    noisy = max(experiment.steps, NOISY)
    record["samples"] = pack_samples(noisy, experiment.seed)
    words = [each for each in (*PICTURE_WORDS, *CURVES) if each not in UNSEEN]
    return {
        "experiment": record,
        "view": [each for each in experiment.view if each in words],
        "at": experiment.at,
        "catalog": catalog,
        "modules": modules,
        "limits": {name: LIMITS[name] for name in ("steps", "rules", "also", "work")},
        "noisy": noisy,
        "words": words,
        "themes": describe_themes(),
        "sources": describe_sources(),
        "app": APP,
    }


def bundle_live(data: dict[str, Any], entry: str, *, exports: bool = False) -> str:
    """Return the page's modules as one, those of its surface and rules among them."""
    folder = "views/live/emitted"
    texts = {f"{folder}/{key}.js": text for key, text in data["modules"].items()}
    imports = [f'import * as _{key} from "./emitted/{key}.js";' for key in data["modules"]]
    table = ", ".join(f'"{key}": _{key}' for key in data["modules"])
    texts[f"{folder}.js"] = "\n".join([*imports, f"export const modules = {{ {table} }};", ""])
    return bundle_modules(entry, texts, exports=exports)


def write_style() -> str:
    """Return the style sheet, with what the app shares and the dark colors in their places."""
    dark = " ".join(f"{name}: {value};" for name, value in DARK.items())
    parts = read_module("views/drawing/parts.css")
    return Template(read_module("views/live/live.css")).substitute(dark=dark, parts=parts)


def write_lead(experiment: Experiment) -> str:
    """Return the sentence on what to see."""
    note = experiment.surface().note.partition(":")[0].rstrip(".")
    tail = "each line is an optimizer on its way down from the same start. Move anything."
    return f"{note}: {tail}" if note else tail[0].upper() + tail[1:]


def write_about(experiment: Experiment) -> str:
    """Return the line at the foot of the page."""
    name = experiment.problem if experiment.problem in SURFACES else "this formula"
    command = "<code>optviz live SURFACE_OR_FORMULA -o page.html</code>"
    return (
        f"Made by optviz {optviz.__version__}. All is computed in this file, by the very text of "
        f"each rule, without a server and without a network. It has the one surface that it was "
        f"made with, {escape(name)}; {command} makes a page of another one."
    )


def describe_sources() -> dict[str, dict[str, str]]:
    """Return the docstring and the source of each rule, decay and schedule, by its name."""
    named = {**RULES, **DECAYS, "maximize": Maximize, **SCHEDULES}
    return {name: read_source(each)._asdict() for name, each in named.items()}
