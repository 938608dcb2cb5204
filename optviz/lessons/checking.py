"""Checks a lesson by making its runs: of each question exactly one choice must hold."""

from __future__ import annotations

from collections.abc import Iterator

from optviz.experiments.surface import PLAY
from optviz.lessons.conditions import Read
from optviz.lessons.judge import find_ties, judge, read_picture, read_race
from optviz.lessons.reading import LessonError
from optviz.lessons.record import Lesson, Question, Shown
from optviz.views.live.page import UNSEEN


def check_lesson(lesson: Lesson) -> Lesson:
    """Return the lesson if each of its questions has exactly one choice that holds.

    Raises: LessonError: step 2 ("Too high"), question: no choice holds ...
    """
    mistakes = list(find_undrawn(lesson))
    for place, step in enumerate(lesson.steps, 1):
        if step.question:
            where = f'step {place} ("{step.title}"), question'
            mistakes += [f"{where}: {each}" for each in find_faults(step.question)]
    if mistakes:
        raise LessonError(lesson.name, mistakes)
    return lesson


def find_undrawn(lesson: Lesson) -> Iterator[str]:
    """Yield a sentence for each race that the page of a lesson cannot show as it is."""
    seed = None
    for place, step in enumerate(lesson.steps, 1):
        for shown in [step.shown, *([step.question.shown] if step.question else [])]:
            if (race := shown.experiment) is None:
                continue
            where = f'step {place} ("{step.title}"), link'
            for word in UNSEEN.difference({PLAY}).intersection(race.view):
                yield f"{where}: a lesson's page does not draw {word}: leave it out of the view"
            seed = race.seed if seed is None and race.noise else seed
            if race.noise and race.seed != seed:
                why = f"its noise has seed {race.seed}, and that before seed {seed}"
                yield f"{where}: {why}: a lesson has one seed"


def find_faults(question: Question) -> list[str]:
    """Return a sentence for each thing that is wrong with the choices of a question."""
    try:
        read = read_shown(question.shown)
        held = judge(question, read)
        ties = find_ties(question, read)
    except ValueError as error:
        return [str(error)]
    right = [f'"{each.text}"' for each, yes in zip(question.choices, held, strict=True) if yes]
    faults = [f'"{each}" compares two numbers that are equal but for rounding' for each in ties]
    if len(right) != 1:
        which = f"{len(right)} choices hold, {' and '.join(right)}" if right else "no choice holds"
        faults.append(f"{which}: exactly one must, by its run ({describe_runs(question.shown)})")
    return faults


def read_shown(shown: Shown) -> Read:
    """Return what reads a quantity off what is shown; the runs are made."""
    if shown.experiment:
        return read_race(shown.experiment.perform())
    from optviz.lessons.pictures import PICTURES

    return read_picture(PICTURES[shown.picture].measure(dict(shown.table)))


def describe_runs(shown: Shown) -> str:
    """Return what the runs did, in short, for whoever mends a question."""
    if shown.experiment is None:
        from optviz.lessons.pictures import PICTURES

        found = PICTURES[shown.picture].measure(dict(shown.table))
        return ", ".join(f"{name} {value:.4g}" for name, value in found.items())
    return "; ".join(
        f"run {place}: final {row['final loss']:.4g}, {row['outcome']}"
        for place, row in enumerate(shown.experiment.perform().rows(), 1)
        if row["final loss"] is not None
    )
