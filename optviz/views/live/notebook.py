"""The live picture as a widget of a notebook: what a hand changes there Python has, and back."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from optviz.experiments.recovery import recover_experiment
from optviz.experiments.surface import Experiment
from optviz.extras import describe_missing
from optviz.problems.surfaces import Surface
from optviz.runs.comparison import Comparison
from optviz.specs import Racer
from optviz.views.live.page import make_experiment


def widget(
    race: Comparison | Experiment | Surface | str, rules: Sequence[Racer] | None = None
) -> Any:
    """Return the live picture of a race as a widget of Jupyter, VS Code, Colab and marimo.

    `race` is a comparison, an experiment, a surface, a surface's name or a formula in x and y;
    `rules` are the optimizers at first. It plays and follows the hand without a kernel. With one
    `step` and `experiment`, the text of a link, follow the picture, and the picture follows them;
    `trajectories` are the runs of `experiment` as `optviz.run` makes them.

    Raises: ImportError: a widget needs anywidget: pip install "optviz[notebook]"
        ValueError: an experiment is a race on a surface, and line is none
    """
    if find_spec("anywidget") is None:
        raise ImportError(describe_missing("a widget", "anywidget", "notebook"))
    from optviz.views.live.live_widget import LiveWidget

    is_made = isinstance(race, Comparison)
    found = recover_experiment(race) if is_made else make_experiment(race, rules)  # type: ignore[arg-type]
    return LiveWidget(experiment=found.to_query())
