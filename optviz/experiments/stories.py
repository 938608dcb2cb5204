"""Six experiments that each tell a story: its text, and the link that shows it."""

from __future__ import annotations

from typing import NamedTuple

from optviz.experiments.surface import Experiment


class Story(NamedTuple):
    """A name, a title, a text on what to look at, and the experiment that shows it."""

    name: str

    title: str
    text: str
    experiment: Experiment

    @property
    def link(self) -> str:
        """The link of the page that shows the story."""
        return f"/?{self.experiment.to_query()}"


STORIES = (
    Story(
        "ravine",
        "The ravine",
        "Both use the same lr. SGD is slow along the floor, since a larger lr would throw it up "
        "the walls; momentum adds up the small slopes and arrives in a third of the steps.",
        Experiment(
            problem="ravine",
            parameters=(("condition", 100.0),),
            rules=("sgd:lr=0.015", "momentum:lr=0.015,beta1=0.8"),
            steps=300,
        ),
    ),
    Story(
        "saddle",
        "The saddle",
        "At first the way out is almost flat. Adam scales up even a tiny slope and leaves at "
        "once; SGD is still on the saddle when Adam reaches the edge of the map.",
        Experiment(problem="saddle", rules=("sgd:lr=0.05", "adam:lr=0.05"), steps=38),
    ),
    Story(
        "two_wells",
        "Two wells",
        "Both reach the shallow well on the right. SGD settles there; momentum arrives with "
        "speed, rolls through it and finds the deeper one.",
        Experiment(
            problem="two_wells",
            start=(1.9, 0.4),
            rules=("sgd:lr=0.03", "momentum:lr=0.03,beta1=0.8"),
            steps=120,
        ),
    ),
    Story(
        "noise",
        "Noise",
        "Every gradient is noisy. With a constant lr SGD never comes to rest; with an lr that "
        "falls to zero it does. New noise changes the paths, but not the story.",
        Experiment(
            problem="bowl",
            rules=("sgd:lr=0.1", "sgd:lr=0.1,schedule=cosine"),
            noise=2.0,
            steps=300,
        ),
    ),
    Story(
        "high_lr",
        "Learning rate too high",
        "In this ravine lr must stay below 2/25 = 0.08. At 0.01 SGD crawls, at 0.07 it zigzags "
        "and arrives, at 0.085 each zigzag is wider than the one before.",
        Experiment(
            problem="ravine", rules=("sgd:lr=0.01", "sgd:lr=0.07", "sgd:lr=0.085"), steps=40
        ),
    ),
    Story(
        "adam_against_sgd",
        "Adam against SGD",
        "One coordinate is a thousand times steeper than the other. SGD's lr must suit the steep "
        "one, so it crawls; Adam scales each separately. Set rotation to 0.785, and Adam's "
        "advantage disappears.",
        Experiment(
            problem="ravine",
            parameters=(("condition", 1000.0), ("rotation", 0.0)),
            rules=("sgd:lr=0.0018", "adam:lr=0.05"),
            steps=300,
        ),
    ),
)
"""Tests check what each of them claims."""
