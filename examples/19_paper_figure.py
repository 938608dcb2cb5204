"""A figure at its size in a paper, and the run as a film."""

from pathlib import Path
from tempfile import gettempdir

import plotly.graph_objects as go

from optviz import Experiment, save_figure, save_film
from optviz.views.export.paper import build_paper_figure

RACE = Experiment(
    problem="ravine",
    rules=("sgd:lr=0.05", "momentum:lr=0.02", "adam:lr=0.2"),
    steps=60,
)


def main() -> go.Figure:
    """Return the figure that the files are drawn from, below a title for the screen."""
    figure = go.Figure(build_paper_figure(RACE))
    high = figure.to_dict()["layout"]["height"] + 40
    return figure.update_layout(title_text="Three optimizers in a ravine", margin_t=40, height=high)


if __name__ == "__main__":
    folder = Path(gettempdir())
    # One column of a paper, and the same for a printer without colors.
    print(save_figure(RACE, folder / "ravine.pdf", width="8.5cm", font=8))
    print(save_figure(RACE, folder / "ravine-gray.pdf", width="8.5cm", gray=True))
    # Two columns: the surface beside the loss, and the numbers below.
    panels = ("surface", "loss", "table")
    print(save_figure(RACE, folder / "ravine-wide.png", panels=panels, width="17.8cm", dpi=300))
    film = save_film(RACE, folder / "ravine.gif", seconds=5, width=800)
    print(film.path, film.words())
