"""What if the learning rate had dropped at step 300? Fork the run there, and hand the race on.

With noisy gradients a constant learning rate never settles. Both forks leave the very point where
the run was; the one that changes nothing equals it to the last bit.
"""

import numpy as np

from optviz import Noisy, compare, surface
from optviz.views import distances, save_image, scrubbable


def race():
    """A noisy run, its fork that goes on unchanged, and its fork with a small rate."""
    problem = Noisy(surface("booth"), sigma=5.0)
    runs = compare(problem, {"steady": "sgd:lr=0.05"}, steps=1000, seed=1)
    runs = runs.forked("steady", 300, "sgd:lr=0.05")
    return runs.forked("steady", 300, "sgd:lr=0.003")


def main():
    """The distances to the minimum: only the fork that slows down goes on closing in."""
    runs = race()
    steady, unchanged, _ = runs.trajectories.values()
    print("The unchanged fork is the run itself:", (steady.path[300:] == unchanged.path).all())
    for label, run in runs.trajectories.items():
        away = np.linalg.norm(run.path[-200:] - runs.problem.minima[0], axis=1)
        print(f"{label}: {away.mean():.2f} from the minimum over the last 200 steps")
    return distances(runs.trajectories, runs.problem.minima)


if __name__ == "__main__":
    figure = main()
    print("Scrub it offline:", scrubbable(race(), "fork.html"))
    print("Put it on a slide:", save_image(figure, "fork.png"))
    figure.show()
