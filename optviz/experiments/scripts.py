"""The Python scripts that make the same runs and pictures as an experiment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from optviz.experiments.curves import CURVES
from optviz.experiments.limits import parse_fork, switch_on
from optviz.experiments.ratings import RatingsExperiment
from optviz.experiments.surface import Experiment
from optviz.experiments.surface_base import SurfaceRecord
from optviz.runs.origin import make_origin

WIDTH = 88
"""The longest line that formatters leave alone by default."""


def write_race_script(experiment: Experiment) -> str:
    """Return the script of optimizers that race on a surface."""
    body = [*write_race(experiment), "", "print(race.to_text())", *write_pictures(experiment)]
    text = "\n".join(body)
    name = experiment.surface().name
    known = name == experiment.problem and name.isidentifier()
    names = {
        "optviz": {"Comparison", "Noisy", "compare", "surface"},
        "optviz.landscapes": {"loss_grid"},
        "optviz.views": {"contour", "curvature", "losses", "surface3d"},
    }
    for kind in CURVES.values():
        module, _, view = kind.view.rpartition(".")
        names.setdefault(module, set()).add(view)
    head = f'"""Optimizers race on {name if known else "a formula of x and y"}."""'
    imports = []
    for module in sorted(names):
        called = [each for each in sorted(names[module]) if re.search(rf"\b{each}\(", text)]
        imports += [f"from {module} import {', '.join(called)}"] if called else []
    return "\n".join([head, "", *imports, "", text]) + "\n"


def write_race(experiment: Experiment) -> Iterator[str]:
    """Yield the problem, the optimizers, and the race with its forks and pins."""
    race = experiment.perform()
    yield from write_problem(experiment, "problem")
    yield ""
    rules = zip(experiment.rules, experiment.entries, strict=True)
    if on := [switch_on(text) for text, entry in rules if entry.on]:
        yield write_list("rules", map(quote, on))
        if experiment.also:
            yield write_list("also", map(repr, experiment.also))
        more = ["also=also"] if experiment.also else []
        more += [] if experiment.target is None else [f"target={experiment.target!r}"]
        yield write_call("race = compare", ["problem", "rules", *write_settings(experiment), *more])
    else:
        yield write_call("race = Comparison", ["problem", "{}", f"target={race.target!r}"])
    labels = {
        rule: label
        for label, each in race.trajectories.items()
        for rule in range(len(experiment.rules))
        if each.about["origin"] == make_origin(rule)
    }
    yield from ["", "# From a step on with another optimizer:"] if experiment.forks else []
    for text in experiment.forks:
        yield from write_fork(experiment, text, labels)
    yield from ["", "# Kept for comparison:"] if experiment.pins else []
    for pin in experiment.pinned:
        yield from write_problem(pin, "other")
        yield write_list("rules", [quote(pin.rules[0])])
        yield write_call("pinned = compare", ["other", "rules", *write_settings(pin)])
        yield "race = race.pinned(pinned)"


def write_problem(experiment: SurfaceRecord, name: str) -> Iterator[str]:
    """Yield the lines that build the problem of an experiment."""
    values = [f"{key}={value!r}" for key, value in experiment.parameters]
    yield write_call(f"{name} = surface", [quote(experiment.problem), *values])
    if experiment.noise:
        yield write_call(f"{name} = Noisy", [name, repr(experiment.noise)])


def write_settings(experiment: Experiment) -> list[str]:
    """Return steps, seed and start as arguments, without defaults."""
    out = [f"steps={experiment.steps}"]
    out += [f"seed={experiment.seed}"] if experiment.seed else []
    return out + ([] if experiment.start is None else [f"start={experiment.start!r}"])


def write_fork(experiment: Experiment, text: str, labels: dict[int, str]) -> Iterator[str]:
    """Yield a fork of a run of the race, or of a run that is switched off there."""
    fork = parse_fork(text)
    index = fork.optimizer - 1
    if index in labels:
        run = quote(labels[index])
    else:
        yield write_list("rules", [quote(switch_on(experiment.rules[index]))])
        yield write_call("off = compare", ["problem", "rules", *write_settings(experiment)])
        yield "(run,) = off.trajectories.values()"
        run = "run"
    yield write_call("race = race.forked", [run, str(fork.step), quote(fork.rule)])


def write_pictures(experiment: Experiment) -> Iterator[str]:
    """Yield the pictures of the view, each shown in the browser."""
    view, at = experiment.view, experiment.at
    if "3d" in view:
        more = ", equal=True" if "equal" in view else ""
        yield f"surface3d(loss_grid(problem), race.trajectories{more}).show()"
    else:
        start = experiment.start or tuple(experiment.surface().start.tolist())
        extra = [] if at is None else [f"step={at}"]
        extra += ["arrows=True"] if "arrows" in view and at is not None else []
        extra += ["field=problem"] if "field" in view else []
        forced = [word == "equal" for word in ("equal", "stretched") if word in view]
        extra += [f"equal={each}" for each in forced[:1]]
        extra += [f"curvature=curvature(problem, {start!r})"] if "curvature" in view else []
        yield write_call("picture = contour", ["loss_grid(problem)", "race.trajectories", *extra])
        yield "picture.show()"
    curves = ["race.trajectories", "target=race.target"]
    curves += ["log=False"] if "linear" in view else []
    curves += ['against="evaluations"'] if "evaluations" in view else []
    yield write_call("curves = losses", curves)
    yield "curves.show()"
    for word, kind in CURVES.items():
        if word in view:
            yield f"{kind.write_call()}.show()"


def write_training_script(experiment: RatingsExperiment) -> str:
    """Return the script of optimizers that train a rating model."""
    asked = experiment.training()
    how = [f"{name}={getattr(asked, name)}" for name in ("epochs", "batch", "seed")]
    prediction = list(write_prediction(experiment))
    lines = [
        f'"""Optimizers train the rating model {asked.model} on {asked.data}."""',
        *(["", "import numpy as np"] if any("np." in each for each in prediction) else []),
        "",
        "from optviz.movielens import load",
        "from optviz.recommenders import slice_trainings, train",
        "from optviz.views import slice_contour",
        "",
        f"ratings = load({quote(asked.data)})",
        write_list("rules", map(quote, asked.rules)),
        "trainings = []",
        "for rule in rules:",
        write_call("    training = train", [quote(asked.model), "ratings", "rule", *how]),
        "    print(training.words())",
        "    trainings.append(training)",
        "",
        *prediction,
        "cut = slice_trainings(trainings, ratings)",
        "print(cut.words())",
        "slice_contour(cut).show()",
    ]
    return "\n".join(lines) + "\n"


def write_prediction(experiment: RatingsExperiment) -> Iterator[str]:
    """Yield the prediction: by default of the first user and the movie rated most often."""
    user, movie = experiment.user, experiment.movie
    if user is None and movie is None:
        return
    yield f"user = {'int(ratings.user_ids[0])' if user is None else user}"
    best_known = "int(ratings.movie_ids[np.bincount(ratings.movie).argmax()])"
    yield f"movie = {best_known if movie is None else movie}"
    yield "for training in trainings:"
    yield "    print(training.predict(ratings, user, movie).words())"
    yield ""


quote = json.dumps  # a text as Python and formatters write it


def write_call(head: str, arguments: Iterable[str]) -> str:
    """Return a call on one line, or with a line for each argument where that would be too long."""
    line = f"{head}({', '.join(arguments := list(arguments))})"
    if len(line) <= WIDTH:
        return line
    margin = " " * (len(head) - len(head.lstrip()))
    return "\n".join([f"{head}(", *(f"{margin}    {each}," for each in arguments), f"{margin})"])


def write_list(name: str, items: Iterable[str]) -> str:
    """Return a list under a name, a line for each item."""
    return "\n".join([f"{name} = [", *(f"    {each}," for each in items), "]"])
