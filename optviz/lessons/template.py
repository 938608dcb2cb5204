"""A lesson to begin with: made from links of the app, with a comment on each part."""

from __future__ import annotations

import json
import re
from math import isfinite
from textwrap import wrap

from optviz.experiments.surface import Experiment
from optviz.lessons.conditions import RUN_MEASURES
from optviz.lessons.reading import read_lesson
from optviz.lessons.record import Shown
from optviz.runs.comparison import Comparison

LINKS = (
    "rule=sgd:lr=0.01&problem=ravine&steps=40",
    "rule=sgd:lr=0.07&problem=ravine&steps=40",
)
"""The links of a lesson for which none are given."""
HEAD = """# A lesson of optviz. To check it: optviz lesson {name} --check
# To open it: optviz lesson {name}
# A line after # is a comment. Texts know *emphasis*, `code` and [[lr]], a term of the glossary.

title = "A lesson of mine"
about = "One sentence for the list of lessons."
learned = [
    "What the reader should take along: none to five sentences, shown at the end.",
]
"""
STEP = """
[[step]]
title = "Step {number}"
text = "One to three sentences on what to notice."
# The link of an experiment, copied from the app ("Download & share", or the address bar). It is
# played from its first step.
link = {link}
# What to point at: run 1, slider 1.lr, losses, curves, table, map, minimum, rates.
highlight = ["run 1"]

# A question is asked before its run is shown, and the run answers it. A lesson has at least two.
[step.question]
ask = "What will the first run do in {steps} steps?"
# link = "..."   the experiment that shows the answer; without it the step's own, hidden until then
explain = "Why it did so, in one or two sentences."
# Exactly one choice holds. Measures, each with the number of a run, as the table has them:
{measures}
# Compare by < > <= >= = != with a number, or with 0.5 * final 2; join by "and".
[[step.question.choice]]
text = "It gets below a loss of {limit:g}."
holds = "final 1 < {limit:g}"
[[step.question.choice]]
text = "It stays above {limit:g}, or leaves."
holds = "otherwise"
"""


def write_template(links: list[str], name: str = "my.toml") -> str:
    """Return a lesson as TOML, a step for each link, two at least; it is right as it is.

    Raises: LessonError: a sentence for each link that is wrong
    """
    given = [*links, *LINKS][: max(len(links), 2)]
    bare = HEAD.format(name=name) + "".join(
        write_bare_step(place, link) for place, link in enumerate(given, 1)
    )
    lesson = read_lesson(bare, name)
    steps = [
        write_step(place, link, step.shown)
        for place, (link, step) in enumerate(zip(given, lesson.steps, strict=True), 1)
    ]
    return HEAD.format(name=name) + "".join(steps)


def write_bare_step(number: int, link: str) -> str:
    """Return a step that is read only for its link."""
    return STEP.format(number=number, link=quote(link), steps=1, limit=1, measures="#")


def write_step(number: int, link: str, shown: Shown) -> str:
    """Return a step, with a question that its run can answer; the first one explains itself."""
    assert isinstance(shown.experiment, Experiment)
    measures = ", ".join(f"{name} ({says})" for name, says in RUN_MEASURES.items())
    text = STEP.format(
        number=number,
        link=quote(link),
        steps=shown.experiment.steps,
        limit=choose_limit(shown.experiment.perform()),
        measures="\n".join(f"#   {each}" for each in wrap(measures, 92)),
    )
    return text if number == 1 else re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)


def choose_limit(comparison: Comparison) -> float:
    """Return a loss of few digits, between the first and the last one of the first run."""
    losses = next(iter(comparison.trajectories.values())).losses
    first, last = float(losses[0]), float(losses[-1])
    middle = (first + last) / 2 if isfinite(last) and last != first else first + 1.0
    return float(f"{middle:.2g}")


def quote(text: str) -> str:
    """Return a text as TOML has it."""
    return json.dumps(text, ensure_ascii=False)
