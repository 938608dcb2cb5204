"""The page in one file on which everything moves: the browser makes the runs, and draws them."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

import optviz
from optviz.experiments.curves import CURVES
from optviz.experiments.limits import LIMITS
from optviz.experiments.surface import PICTURE_WORDS, Experiment
from optviz.javascript.grammar import describe_grammar, emit_operations
from optviz.problems.surfaces import SURFACES, Surface
from optviz.rules import DECAYS, RULES, Maximize
from optviz.schedules import SCHEDULES
from optviz.specs import Racer, format_spec, to_spec
from optviz.views.drawing.theme import describe_themes
from optviz.views.live.bundle import bundle_modules, read_module
from optviz.views.live.catalog import describe_catalog
from optviz.views.live.emitted import join_emitted
from optviz.views.live.payload import describe_experiment, describe_surface, pack_samples
from optviz.views.live.sources import read_source
from optviz.views.written import check_page, write_whole

APP = "http://127.0.0.1:8050/"
"""Where the app stands unless it is told otherwise: links of the page open there."""
NOISY = 600
"""The steps for which the page has noise at least, so that noise can be turned on."""
ALIKE = {"name", "latex", "starts", "names", "isTyped"}
"""What the page does not need of each surface."""
UNSEEN = {"field", "curvature", "microscope", "play"}
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

    It is one HTML file that needs no server and no network, of at most 400 kB but for the noise of
    a run of more than 600 steps, which takes 21 bytes a step. `problem` is an experiment, a
    surface, a surface's name or a formula in x and y; `rules` are the optimizers at first, None
    those of the experiment. Other surfaces can be chosen there, and formulas typed.

    Raises: ValueError: no rule "adm"; nearest: adam; a page ends in .html, got "race.pdf"
    """
    path = check_page(file)
    return write_whole(path, render_live_page(make_experiment(problem, rules)))


def make_experiment(
    problem: str | Surface | Experiment, rules: Sequence[Racer] | None = None
) -> Experiment:
    """Return the experiment of a problem and optimizers.

    Raises: ValueError: a race is on an experiment, a surface, its name or a formula, got 5
    """
    if not isinstance(problem, (str, Surface, Experiment)):
        got = f"{problem!r:.60}"
        raise ValueError(f"a race is on an experiment, a surface, its name or a formula, got {got}")
    if isinstance(rules, str):
        raise ValueError(f'the rules are a list: write ["{rules}"]')
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


class LivePage(NamedTuple):
    """A page in one file."""

    text: str
    policy: str
    """Its Content-Security-Policy, for a server that says it too."""


def render_live_page(experiment: Experiment) -> str:
    """Return the text of that page."""
    return build_live_page(experiment).text


def build_live_page(
    experiment: Experiment, more: Mapping[str, Any] | None = None, *, connects: bool = False
) -> LivePage:
    """Return the live page of an experiment; `more` is data of its own for views/live/main.js.

    Raises: ValueError: Sign cannot be written as formulas: it branches on a value
    """
    surface = experiment.surface()
    title = f"Optimizers on {surface.title or surface.formula.text}"
    data = describe_page(experiment) | dict(more or {})
    return build_page(data, title=title, lead=write_lead(experiment), connects=connects)


def build_page(
    data: Mapping[str, Any],
    *,
    title: str,
    lead: str = "",
    about: str | None = None,
    entry: str = "views/live/main.js",
    texts: Mapping[str, str] | None = None,
    style: str = "",
    connects: bool = False,
) -> LivePage:
    """Return a page in one file: the data of `describe_page` and more, and the entry that shows it.

    `title` and `lead` are plain texts, `about` the HTML of its foot; `texts` holds modules that are
    no files; `style` follows the page's own style sheet; with `connects` its script may ask the
    server that it came from.
    """
    script = bundle_live(data, entry, texts)
    sheet = write_style() + style
    policy = write_policy(script, sheet, connects)
    rest = {name: value for name, value in data.items() if name != "modules"}
    text = Template(read_module("views/live/live.html")).substitute(
        policy=escape(policy),
        version=optviz.__version__,
        title=escape(title),
        lead=escape(lead),
        about=write_about() if about is None else about,
        style=sheet,
        data=pack_data(rest),
        script=script,
    )
    return LivePage(text, policy)


def pack_data(data: Mapping[str, Any]) -> str:
    """Return data as live/packed.js reads it: JSON, deflated, in base64."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).encode()
    deflate = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    return b64encode(deflate.compress(text) + deflate.flush()).decode()


def write_policy(script: str, style: str, connects: bool = False) -> str:
    """Return the Content-Security-Policy of one script and one style sheet.

    They ask for nothing, with `connects` for what their own server has.
    """
    rules = {
        "default-src": "'none'",
        "script-src": write_hash(script),
        "style-src": write_hash(style),
        "img-src": "data:",
        **({"connect-src": "'self'"} if connects else {}),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def write_hash(text: str) -> str:
    """Return the source of a Content-Security-Policy that is this very text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def describe_page(experiment: Experiment) -> dict[str, Any]:
    """Return all that `mount` of live/mount.js needs; `modules` are the texts of emitted modules.

    Raises: ValueError: Sign cannot be written as formulas: it branches on a value
    """
    record = describe_experiment(experiment)
    catalog = describe_catalog()
    modules = record.pop("modules") | catalog.pop("modules") | {"operations": emit_operations()}
    noisy = max(experiment.steps if experiment.noise else 0, NOISY)
    record["samples"] = pack_samples(noisy, experiment.seed)
    words = [each for each in (*PICTURE_WORDS, *CURVES) if each not in UNSEEN]
    return {
        "experiment": record,
        "view": [each for each in experiment.view if each in words],
        "at": experiment.at,
        "plays": "play" in experiment.view,
        "catalog": catalog,
        "grammar": describe_grammar(),
        "surfaces": {name: shorten_surface(each) for name, each in SURFACES.items()},
        "modules": modules,
        "limits": {name: LIMITS[name] for name in ("steps", "rules", "also", "work")},
        "noisy": noisy,
        "words": words,
        "themes": describe_themes(),
        "sources": describe_sources(),
        "app": APP,
    }


def bundle_live(
    data: Mapping[str, Any],
    entry: str,
    texts: Mapping[str, str] | None = None,
    *,
    exports: bool = False,
) -> str:
    """Return an entry and all that it imports as one module, those of surface and rules among them.

    The entry may import `modules` from views/live/emitted.js; `texts` holds modules that are no
    files, see `bundle_modules`.
    """
    return bundle_modules(entry, join_emitted(data["modules"]) | dict(texts or {}), exports=exports)


def write_style() -> str:
    """Return the style sheet, with what the app shares and the dark colors in their places."""
    dark = " ".join(f"{name}: {value};" for name, value in DARK.items())
    parts = read_module("views/drawing/parts.css")
    present = read_module("views/live/present/present.css")
    sheet = Template(read_module("views/live/live.css"))
    text = sheet.substitute(dark=dark, parts=parts, present=present)
    plain = re.sub(r"\s*\n\s*", "\n", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    return re.sub(r"\s*([{};,])\s*|(:) ", r"\1\2", plain)


def write_lead(experiment: Experiment) -> str:
    """Return the sentence on what to see."""
    note = experiment.surface().note.partition(":")[0].rstrip(".")
    words = "watch each optimizer on its way down from the same start, and move anything."
    return f"{note}: {words}" if note else words[0].upper() + words[1:]


def write_about() -> str:
    """Return the line at the foot of the page."""
    return (
        f"Made by optviz {optviz.__version__}. All is computed in this file, by the very text of "
        f"each rule, without a server and without a network. "
        f"<code>optviz live SURFACE_OR_FORMULA -o page.html</code> makes such a page."
    )


def shorten_surface(surface: Surface) -> dict[str, Any]:
    """Return a surface without what the page does not show, or has for all."""
    record = describe_surface(surface)
    return {name: value for name, value in record.items() if name not in ALIKE}


def describe_sources() -> dict[str, dict[str, str]]:
    """Return docstring and source of each rule and decay, and what each schedule is, by name."""
    whole = {**RULES, **DECAYS, "maximize": Maximize}
    leads = {name: {"lead": read_source(each).lead} for name, each in SCHEDULES.items()}
    return leads | {name: read_source(each)._asdict() for name, each in whole.items()}
