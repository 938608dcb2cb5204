"""An experiment as the Python script that makes the same runs and pictures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from optviz.experiments.curves import CURVES
from optviz.experiments.limits import parse_fork
from optviz.experiments.ratings import RatingsExperiment
from optviz.experiments.surface import Experiment
from optviz.runs.origin import make_origin
from optviz.specs import parse_entry, spell_entry

WIDTH = 88
"""The longest line that formatters leave alone by default."""


def script(experiment: Experiment | RatingsExperiment) -> str:
    """The text of a script that makes the runs and pictures of an experiment.

    It uses nothing but what optviz makes public, so that it can be read, changed and kept.
    Raises: ValueError: no optimizer is switched on: switch one on
    """
    if isinstance(experiment, RatingsExperiment):
        return ratings_script(experiment)
    return race_script(experiment)


# -- on a surface --------------------------------------------------------------------------


def race_script(experiment: Experiment) -> str:
    """The script of optimizers that race on a surface."""
    body = [*race_lines(experiment), "", "print(race.to_text())", *picture_lines(experiment)]
    text = "\n".join(body)
    names = ["Comparison", "Noisy", "compare", "surface"]
    head = [
        f'"""Optimizers race on {title_of(experiment)}."""',
        "",
        imports("optviz", names, text),
        imports("optviz.landscapes", ["loss_grid"], text),
        *view_imports(text),
    ]
    return "\n".join([*head, "", text]) + "\n"


def view_imports(text: str) -> Iterator[str]:
    """Yield the imports of those views that a text calls, a line for each module."""
    names = {"optviz.views": {"contour", "curvature", "losses", "surface3d"}}
    for kind in CURVES.values():
        module, _, name = kind.view.rpartition(".")
        names.setdefault(module, set()).add(name)
    for module in sorted(names):
        line = imports(module, names[module], text)
        if not line.endswith("import "):
            yield line


def title_of(experiment: Experiment) -> str:
    """A known surface's name, or what a typed formula is called."""
    name = experiment.surface().name
    return name if name == experiment.problem and name.isidentifier() else "a formula of x and y"


def race_lines(experiment: Experiment) -> Iterator[str]:
    """The problem, the optimizers, and the race with its forks and pins."""
    race = experiment.perform()
    yield from problem_lines(experiment, "problem")
    yield ""
    on = [entry for entry in experiment.entries if entry.on]
    if on:
        yield listed("rules", [quoted(spell_entry(each.rule, each.schedule)) for each in on])
        if experiment.also:
            yield listed("also", map(repr, experiment.also))
        more = ["also=also"] if experiment.also else []
        more += [] if experiment.target is None else [f"target={experiment.target!r}"]
        yield call("race = compare", ["problem", "rules", *settings(experiment), *more])
    else:
        yield call("race = Comparison", ["problem", "{}", f"target={race.target!r}"])
    labels = {
        rule: label
        for label, each in race.trajectories.items()
        for rule in range(len(experiment.rules))
        if each.about["origin"] == make_origin(rule)
    }
    yield from ["", "# From a step on with another optimizer:"] if experiment.forks else []
    for text in experiment.forks:
        yield from fork_lines(experiment, text, labels)
    yield from ["", "# Kept for comparison:"] if experiment.pins else []
    for pin in experiment.pinned:
        yield from pin_lines(pin)


def problem_lines(experiment: Experiment, name: str) -> Iterator[str]:
    """The problem of an experiment under a name."""
    values = [f"{key}={value!r}" for key, value in experiment.parameters]
    yield call(f"{name} = surface", [quoted(experiment.problem), *values])
    if experiment.noise:
        yield call(f"{name} = Noisy", [name, repr(experiment.noise)])


def settings(experiment: Experiment) -> list[str]:
    """Steps, seed and start as arguments, what is at its default left out."""
    out = [f"steps={experiment.steps}"]
    out += [f"seed={experiment.seed}"] if experiment.seed else []
    return out + ([] if experiment.start is None else [f"start={experiment.start!r}"])


def fork_lines(experiment: Experiment, text: str, labels: dict[int, str]) -> Iterator[str]:
    """A fork, of a run of the race or of one that is switched off there."""
    fork = parse_fork(text)
    index = fork.optimizer - 1
    if index in labels:
        run = quoted(labels[index])
    else:
        entry = parse_entry(experiment.rules[index])
        yield listed("rules", [quoted(spell_entry(entry.rule, entry.schedule))])
        yield call("off = compare", ["problem", "rules", *settings(experiment)])
        yield "(run,) = off.trajectories.values()"
        run = "run"
    yield call("race = race.forked", [run, str(fork.step), quoted(fork.rule)])


def pin_lines(pin: Experiment) -> Iterator[str]:
    """A pinned run."""
    yield from problem_lines(pin, "other")
    yield listed("rules", [quoted(pin.rules[0])])
    yield call("pinned = compare", ["other", "rules", *settings(pin)])
    yield "race = race.pinned(pinned)"


def picture_lines(experiment: Experiment) -> Iterator[str]:
    """The pictures that the view asks for, each shown in the browser."""
    view = experiment.view
    if "3d" in view:
        yield "surface3d(loss_grid(problem), race.trajectories).show()"
    else:
        extra = contour_arguments(experiment)
        yield call("picture = contour", ["loss_grid(problem)", "race.trajectories", *extra])
        yield "picture.show()"
    curves = ["race.trajectories", "target=race.target"]
    curves += ["log=False"] if "linear" in view else []
    curves += ['against="evaluations"'] if "evaluations" in view else []
    yield call("curves = losses", curves)
    yield "curves.show()"
    for word, kind in CURVES.items():
        if word in view:
            yield f"{kind.write_call()}.show()"


def contour_arguments(experiment: Experiment) -> list[str]:
    """What the view asks of the picture from above."""
    view = experiment.view
    start = experiment.start or tuple(experiment.surface().start.tolist())
    out = [] if experiment.at is None else [f"step={experiment.at}"]
    out += ["arrows=True"] if "arrows" in view and experiment.at is not None else []
    out += ["field=problem"] if "field" in view else []
    return out + ([f"curvature=curvature(problem, {start!r})"] if "curvature" in view else [])


# -- on MovieLens --------------------------------------------------------------------------


def ratings_script(experiment: RatingsExperiment) -> str:
    """The script of optimizers that train a rating model."""
    asked = experiment.training()
    how = [f"{name}={getattr(asked, name)}" for name in ("epochs", "batch", "seed")]
    prediction = list(prediction_lines(experiment))
    lines = [
        f'"""Optimizers train the rating model {asked.model} on {asked.data}."""',
        *(["", "import numpy as np"] if any("np." in each for each in prediction) else []),
        "",
        "from optviz.movielens import load",
        "from optviz.recommenders import slice_of, train",
        "from optviz.views import slice_contour",
        "",
        f"ratings = load({quoted(asked.data)})",
        listed("rules", map(quoted, asked.rules)),
        "trainings = []",
        "for rule in rules:",
        call("    training = train", [quoted(asked.model), "ratings", "rule", *how]),
        "    print(training.words())",
        "    trainings.append(training)",
        "",
        *prediction,
        "cut = slice_of(trainings, ratings)",
        "print(cut.words())",
        "slice_contour(cut).show()",
    ]
    return "\n".join(lines) + "\n"


def prediction_lines(experiment: RatingsExperiment) -> Iterator[str]:
    """The prediction that was asked for: by default of the first user and the best known movie."""
    user, movie = experiment.user, experiment.movie
    if user is None and movie is None:
        return
    yield f"user = {'int(ratings.user_ids[0])' if user is None else user}"
    best_known = "int(np.bincount(ratings.movie).argmax())"
    index = best_known if movie is None else f"ratings.movie_ids.tolist().index({movie})"
    yield f"movie = {index}"
    yield "for training in trainings:"
    yield "    print(training.predict(ratings, user, movie).words())"
    yield ""


# -- Python's text -------------------------------------------------------------------------


def quoted(text: str) -> str:
    """A text as Python and formatters write it."""
    return json.dumps(text)


def call(head: str, arguments: Iterable[str]) -> str:
    """A call on one line, or with a line for each argument where that would be too long."""
    line = f"{head}({', '.join(arguments := list(arguments))})"
    if len(line) <= WIDTH:
        return line
    margin = " " * (len(head) - len(head.lstrip()))
    return "\n".join([f"{head}(", *indented(arguments, margin), f"{margin})"])


def listed(name: str, items: Iterable[str]) -> str:
    """A list under a name, a line for each item."""
    return "\n".join([f"{name} = [", *indented(items), "]"])


def indented(items: Iterable[str], margin: str = "") -> list[str]:
    """The items a level deeper, each with the comma that keeps it on its line."""
    return [f"{margin}    {each}," for each in items]


def imports(module: str, names: Iterable[str], text: str) -> str:
    """The import of those names that a text calls."""
    used = [name for name in sorted(names) if re.search(rf"\b{name}\(", text)]
    return f"from {module} import {', '.join(used)}"
