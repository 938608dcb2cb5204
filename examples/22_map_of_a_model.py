"""What becomes of a rating model from each start on a plane through its 100 weights.

A dot product does not change where all weights change their sign, so each solution has a twin on
the other side of 0. Between them, at 0, lies a saddle: the gradient is 0 there, and a start with
small weights leaves it late. That is why embeddings start at random, and not too small.
"""

import numpy as np

from optviz import Adam, DotBias, Momentum, Plane, run
from optviz.sweeps import plane_map
from optviz.views import plane_map_figure

USERS, MOVIES, FACTORS, SEEN = 30, 20, 2, 300


def make_model():
    """Return the loss of a dot product, over half of the ratings of made-up users."""
    rng = np.random.default_rng(0)
    tastes, kinds = rng.normal(size=(USERS, FACTORS)), rng.normal(size=(MOVIES, FACTORS))
    user, movie = np.divmod(rng.permutation(USERS * MOVIES)[:SEEN], MOVIES)
    stars = 3 + 1.2 * np.tanh(tastes @ kinds.T)[user, movie]
    size = {"users": USERS, "movies": MOVIES, "factors": FACTORS}
    return DotBias(user, movie, stars, **size, bias=False, batch=30, name="a small rating model")


def main():
    """Train from 25 x 25 starts on a plane through 0 and the ends of two runs, and draw the map."""
    problem = make_model()
    ends = [run(problem, rule, 300).end for rule in (Adam(lr=0.03), Momentum(lr=1.0))]
    plane = Plane.through(np.zeros(problem.size), *ends)
    made = plane_map(
        problem,
        "adam:lr=0.03",
        plane,
        20,
        window=((-9, 9), (-9, 9)),
        size=25,
        goals=[ends[0], -ends[0]],
        every=10,
    )
    print(made.to_text())
    return plane_map_figure(made)


if __name__ == "__main__":
    main().show()
