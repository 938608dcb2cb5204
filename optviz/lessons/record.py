"""The record of a lesson: its steps, what each shows, and what it asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from optviz.experiments.surface import Experiment
from optviz.lessons.conditions import Condition


@dataclass(frozen=True)
class Shown:
    """The picture of a step: a race, or the settings of a picture that is none."""

    experiment: Experiment | None = None
    picture: str = ""
    """The name of a picture that is no race, "" for a race."""
    table: Mapping[str, Any] = field(default_factory=dict)
    """The settings of that picture."""

    @property
    def query(self) -> str:
        """The race as a link has it after the question mark."""
        return self.experiment.to_query() if self.experiment else ""


@dataclass(frozen=True)
class Choice:
    """One of the answers of a question, and when it holds."""

    text: str
    holds: Condition | None
    """None: it holds where no other choice does."""


@dataclass(frozen=True)
class Question:
    """A prediction that the reader makes before the run shows the answer."""

    ask: str
    choices: tuple[Choice, ...]
    explain: str
    shown: Shown
    """What shows the answer, and judges it."""


@dataclass(frozen=True)
class Elsewhere:
    """A link to another page that a step points at."""

    text: str
    link: str


@dataclass(frozen=True)
class Step:
    """One part of a lesson: a few sentences beside a picture."""

    title: str
    text: str
    shown: Shown
    highlight: tuple[str, ...] = ()
    question: Question | None = None
    elsewhere: Elsewhere | None = None


@dataclass(frozen=True, eq=False)
class Lesson:
    """A lesson: its steps in order, and what the reader should take along."""

    name: str
    title: str
    about: str
    steps: tuple[Step, ...]
    learned: tuple[str, ...] = ()
    group: str = ""
    """The heading under which lists have it."""
    order: float = 0.0

    @property
    def questions(self) -> list[Question]:
        """The questions of all steps."""
        return [step.question for step in self.steps if step.question]
