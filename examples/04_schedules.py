"""Learning-rate schedules as curves, and their effect on noisy gradients.

With noise a constant lr never converges; a schedule that decays to a low lr does.
"""

from optviz import Noisy, compare, surface
from optviz.views import schedule

RULES = [
    "sgd:lr=0.05",
    "sgd:lr=0.05,schedule=cosine",
    "sgd:lr=0.05,schedule=onecycle",
    "sgd:lr=0.05,schedule=step(every=100,factor=0.3)",
]


def main():
    """Draw the four schedules, and print the losses."""
    problem = Noisy(surface("booth"), sigma=5.0)
    race = compare(problem, RULES, steps=400, seed=1)
    print(race.to_text())
    return schedule(race.trajectories)


if __name__ == "__main__":
    main().show()
