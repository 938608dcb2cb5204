"""The stories on the page: their menu, and the text above the one that is shown."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html

from optviz.experiments.stories import STORIES
from optviz.experiments.surface import Experiment
from optviz_app.components.fields import build_menu


def note(experiment: Experiment) -> Any:
    """Build the text of the story that an experiment shows, or None."""
    race = experiment.race()
    story = next((each for each in STORIES if each.experiment == race), None)
    if story is None:
        return None
    return html.P([html.Strong(f"{story.title}. "), story.text], className="story", id="story-told")


def menu() -> Any:
    """List the stories as links that can be shared and opened in new tabs, behind one word."""
    links = [
        dmc.Anchor(
            [html.Span(story.title, className="title"), html.Span(story.text, className="says")],
            href=story.link,
            underline="never",
        )
        for story in STORIES
    ]
    return build_menu("stories", "Stories", links)
