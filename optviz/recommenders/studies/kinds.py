"""The registry of studies: one line each, which commands, pages and files read."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple


class StudyError(ValueError):
    """A study that cannot be found, read or made; its text says why and what to do."""


class StudyKind(NamedTuple):
    """One study. Its module is named, not held, and imported when first used.

    The module has `measure(data, seeds, watch, **settings) -> rows`, which does the work, and the
    pure functions of its rows `summarize(rows) -> Table`, `conclude(rows) -> str` and
    `draw(rows) -> tuple[Picture, ...]`.
    """

    title: str
    question: str
    module: str
    data: str = "ml-100k"
    """The ratings that it takes where none are given."""
    seeds: int = 5
    """How many seeds it takes where none are given."""

    def load(self) -> Any:
        """Import and return the module."""
        return import_module(f"optviz.recommenders.studies.{self.module}")


STUDIES: dict[str, StudyKind] = {
    "sigmoid": StudyKind(
        "Sigmoid range", "Why does squashing predictions into the rating range help?", "sigmoid"
    ),
    "padding": StudyKind(
        "Learnable padding", "Can the padding k of the range be learned?", "padding"
    ),
    "lookup": StudyKind(
        "Lookup and one-hot product",
        "Is a one-hot matrix product the same as an embedding lookup, and its gradient?",
        "lookup",
        seeds=3,
    ),
    "solver": StudyKind(
        "Excel's Solver against the rules",
        "How do Excel's kind of solver and the rules compare on a table of 15 users and movies?",
        "solver",
        data="ml-latest-small",
        seeds=8,
    ),
    "weight_decay": StudyKind(
        "L2 and decoupled weight decay",
        "Is L2 regularization the same as weight decay?",
        "weight_decay",
    ),
    "factors": StudyKind(
        "Biases and the number of factors",
        "How many factors does the model need, and is a bias worth more than one more factor?",
        "factors",
    ),
    "batch": StudyKind(
        "Batch size",
        "How many ratings should a step take?",
        "batch",
    ),
    "learning_rate": StudyKind(
        "Learning rate and annealing",
        "How is a learning rate chosen, and what does annealing gain?",
        "learning_rate",
    ),
}
"""Each study by the name that the command, links and files use, in the order of the page."""


def find_study(name: str) -> StudyKind:
    """Return the kind of a study.

    Raises: StudyError: no study "sigmod": there are sigmoid, padding, ...
    """
    if name not in STUDIES:
        raise StudyError(f'no study "{name}": there are {", ".join(STUDIES)}')
    return STUDIES[name]
