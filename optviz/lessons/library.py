"""The lessons that come with optviz, in the order in which they are taught."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from optviz.experiments.surface import Experiment
from optviz.lessons.conditions import suggest
from optviz.lessons.reading import read_lesson
from optviz.lessons.record import Lesson

FOLDER = Path(__file__).parent / "catalog"


@cache
def read_library() -> dict[str, Lesson]:
    """Return every lesson by its name, in order."""
    lessons = [read_lesson(path) for path in FOLDER.glob("*.toml")]
    return {each.name: each for each in sorted(lessons, key=lambda one: (one.order, one.name))}


def group_lessons() -> dict[str, list[Lesson]]:
    """Return the lessons of each group, groups and lessons in order."""
    groups: dict[str, list[Lesson]] = {}
    for each in read_library().values():
        groups.setdefault(each.group or "Lessons", []).append(each)
    return groups


@cache
def index_races() -> dict[str, tuple[Lesson, int]]:
    """Return the lesson and the part, from 1 on, in which a race is shown, by its query."""
    found: dict[str, tuple[Lesson, int]] = {}
    for lesson in read_library().values():
        for part, step in enumerate(lesson.steps, 1):
            for shown in [step.shown, *([step.question.shown] if step.question else [])]:
                if shown.experiment:
                    found.setdefault(shown.experiment.race().to_query(), (lesson, part))
    return found


def find_part(experiment: Experiment) -> tuple[Lesson, int] | None:
    """Return the lesson and the part that show an experiment, however it is looked at, or None."""
    return index_races().get(experiment.race().to_query())


def find_lesson(name: str) -> Lesson:
    """Return a lesson by its name.

    Raises: ValueError: no lesson "momentun"; nearest: momentum
    """
    lessons = read_library()
    return lessons[suggest("lesson", name, lessons)]
