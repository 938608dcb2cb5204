"""What a plane hides of two runs, and a sheet that holds both of them exactly.

Two trainings of one rating model begin at two random points. A plane shows their shadows, and a
loss there that is not theirs. The sheet between them holds every point of both, with the straight
line from one to the other at each step: the ridge on it is the barrier between two solutions.
"""

import numpy as np

from optviz import (
    Adam,
    DotBias,
    Momentum,
    Plane,
    Sheet,
    compare_hidden,
    profile_loss,
    run,
    slice_loss,
    slice_sheet,
)
from optviz.views import sheet_contour

USERS, MOVIES, FACTORS, SEEN = 60, 40, 3, 900


def make_model():
    """Return the loss of a dot product with biases over part of the ratings of made-up users."""
    rng = np.random.default_rng(0)
    tastes, kinds = rng.normal(size=(USERS, FACTORS)), rng.normal(size=(MOVIES, FACTORS))
    user, movie = np.divmod(rng.permutation(USERS * MOVIES)[:SEEN], MOVIES)
    stars = 3 + 1.5 * np.tanh(tastes @ kinds.T)[user, movie]
    size = {"users": USERS, "movies": MOVIES, "factors": FACTORS}
    return DotBias(user, movie, stars, **size, batch=90, name="a small rating model")


def main():
    """Compare what a plane and a sheet hide, and draw the sheet with its barrier."""
    problem = make_model()
    rng = np.random.default_rng(1)
    runs = [
        run(problem, rule, 400, start=rng.normal(scale=0.3, size=problem.size))
        for rule in (Momentum(lr=0.5), Adam(lr=0.02))
    ]
    cut = slice_loss(problem, Plane.pca(runs), runs)
    bent = slice_sheet(problem, Sheet.between(*runs))
    print(cut.verdict())
    print(*[each.words() for each in compare_hidden(cut, bent)], sep="\n")
    print(profile_loss(problem, *runs).words())
    return sheet_contour(bent)


if __name__ == "__main__":
    main().show()
