"""A run forked at step 300 with a smaller learning rate, and the race exported as files.

With noisy gradients a constant learning rate never converges. Both forks start from the point of
the run at step 300; the unchanged one equals the run to the last bit.
"""

import numpy as np

from optviz import Noisy, compare, surface
from optviz.views import distances, save_image, scrubbable


def run_race():
    """Return a noisy run, its unchanged fork, and its fork with a small learning rate."""
    problem = Noisy(surface("booth"), sigma=5.0)
    runs = compare(problem, {"steady": "sgd:lr=0.05"}, steps=1000, seed=1)
    runs = runs.forked("steady", 300, "sgd:lr=0.05")
    return runs.forked("steady", 300, "sgd:lr=0.003")


def main():
    """Draw the distances to the minimum: only those of the slower fork keep falling."""
    runs = run_race()
    steady, unchanged, _ = runs.trajectories.values()
    print("The unchanged fork is the run itself:", (steady.path[300:] == unchanged.path).all())
    for label, run in runs.trajectories.items():
        away = np.linalg.norm(run.path[-200:] - runs.problem.minima[0], axis=1)
        print(f"{label}: {away.mean():.2f} from the minimum over the last 200 steps")
    return distances(runs.trajectories, runs.problem.minima)


if __name__ == "__main__":
    figure = main()
    print("Offline page with a slider:", scrubbable(run_race(), "fork.html"))
    print("Image for a slide:", save_image(figure, "fork.png"))
    figure.show()
