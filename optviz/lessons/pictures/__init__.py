"""Pictures of lessons that are no race, by the word that a step's `picture` names them with.

    describe(table)   the step's table, checked, as data for the browser
    measure(table)    its numbers by name, which questions and tests use
    modules(table)    the emitted modules that the browser computes it with, by key

The browser's half is views/live/lesson/pictures/registry.js.
"""

from optviz.lessons.pictures.bench import BENCH
from optviz.lessons.pictures.curvature import CURVATURE
from optviz.lessons.pictures.decay import DECAY
from optviz.lessons.pictures.jacobian import JACOBIAN
from optviz.lessons.pictures.picture import Picture

PICTURES: dict[str, Picture] = {
    "bench": BENCH,
    "jacobian": JACOBIAN,
    "curvature": CURVATURE,
    "decay": DECAY,
}

__all__ = ["PICTURES", "Picture"]
