"""The sentence above the stage on what to notice, or which lesson shows this."""

from __future__ import annotations

from typing import Any

from dash import html

from optviz.experiments.home import HOME, NOTICE
from optviz.experiments.surface import Experiment
from optviz.lessons.library import find_part
from optviz.problems.surfaces import SURFACES

TYPED_NOTICE = "Each line is an optimizer on its way down from the same start."
"""What to notice on a surface that nothing is known of."""


def notice(experiment: Experiment) -> list[Any]:
    """Return what to notice: the step of a lesson, or words on the first page or the surface."""
    if experiment.race() == HOME.race():
        return [NOTICE]
    if found := find_part(experiment):
        lesson, part = found
        title = html.Strong(f"{lesson.steps[part - 1].title}: ")
        words = f"step {part} of the lesson {lesson.title}"
        return [title, html.A(words, href=f"/lesson/{lesson.name}?part={part}"), "."]
    known = SURFACES.get(experiment.problem)
    return [known.note if known else TYPED_NOTICE]
