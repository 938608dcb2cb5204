"""Six experiments that tell a story each: what to look at, and the link that shows it."""

from __future__ import annotations

from typing import Any, NamedTuple

import dash_mantine_components as dmc
from dash import html

from optviz.experiments.surface import Experiment
from optviz_app.components.fields import unfolding


class Story(NamedTuple):
    """A title, what to look at, and the experiment that shows it."""

    title: str
    text: str
    experiment: Experiment

    @property
    def link(self) -> str:
        """The link of the page that shows the story."""
        return f"/?{self.experiment.to_query()}"


STORIES = (
    Story(
        "The ravine",
        "The same lr for both. SGD must be slow along the floor so as not to fly up the walls; "
        "momentum adds up the small slopes along the floor and is there in a third of the steps.",
        Experiment(
            problem="ravine",
            parameters=(("condition", 100.0),),
            rules=("sgd:lr=0.015", "momentum:lr=0.015,beta1=0.8"),
            steps=300,
        ),
    ),
    Story(
        "The saddle",
        "The way out is almost level at first. Adam scales up even a tiny slope and leaves at "
        "once; SGD is still sitting on the saddle when Adam reaches the edge of the map.",
        Experiment(problem="saddle", rules=("sgd:lr=0.05", "adam:lr=0.05"), steps=38),
    ),
    Story(
        "Two wells",
        "Both come to the shallow well on the right. SGD settles in it; momentum arrives with "
        "speed, rolls through it and finds the deeper one.",
        Experiment(
            problem="two_wells",
            start=(1.9, 0.4),
            rules=("sgd:lr=0.03", "momentum:lr=0.03,beta1=0.8"),
            steps=120,
        ),
    ),
    Story(
        "Noise",
        "Every gradient is noisy. With a constant lr SGD never comes to rest; with the same lr "
        "falling to zero it does. A new sample of the noise changes the paths, not the story.",
        Experiment(
            problem="bowl",
            rules=("sgd:lr=0.1", "sgd:lr=0.1,schedule=cosine"),
            noise=2.0,
            steps=300,
        ),
    ),
    Story(
        "Learning rate too high",
        "Across this ravine lr must stay below 2/25 = 0.08. At 0.01 SGD crawls, at 0.07 it zigzags "
        "and arrives, at 0.085 every zigzag is wider than the one before.",
        Experiment(
            problem="ravine", rules=("sgd:lr=0.01", "sgd:lr=0.07", "sgd:lr=0.085"), steps=40
        ),
    ),
    Story(
        "Adam against SGD",
        "One coordinate is a thousand times steeper than the other. SGD's lr must suit the steep "
        "one, so it crawls; Adam scales each by itself. Set rotation to 0.785, and Adam's "
        "advantage is gone.",
        Experiment(
            problem="ravine",
            parameters=(("condition", 1000.0), ("rotation", 0.0)),
            rules=("sgd:lr=0.0018", "adam:lr=0.05"),
            steps=300,
        ),
    ),
)
"""Each is true, and a test holds it to that."""


def note(experiment: Experiment) -> Any:
    """The text of the story that an experiment shows, or None."""
    race = experiment.race()
    story = next((each for each in STORIES if each.experiment == race), None)
    if story is None:
        return None
    return html.P([html.Strong(f"{story.title}. "), story.text], className="story", id="story-told")


def menu() -> Any:
    """The stories as links that can be shared and opened in new tabs, behind one word."""
    links = [
        dmc.Anchor(
            [html.Span(story.title, className="title"), html.Span(story.text, className="says")],
            href=story.link,
            underline="never",
        )
        for story in STORIES
    ]
    return unfolding("stories", "Stories", links)
