"""Which optimizer is best in a noisy ravine, and how sure is that?

Every rule is tuned by the same trials and reported on other seeds. One run of each would name a
winner; the intervals say whether there is one.
"""

from optviz import Noisy, surface
from optviz.sweeps import Workload, race
from optviz.views import race_figure

RULES = ["sgd", "momentum", "nesterov", "rmsprop", "adam"]


def main():
    """Print the tables of the race, and draw its intervals."""
    workloads = [
        Workload(Noisy(surface("ravine", condition=100), sigma=0.1), steps=200),
        Workload(Noisy(surface("rosenbrock"), sigma=0.3), steps=200),
    ]
    found = race(workloads, RULES, trials=20)
    print(found.to_text())
    return race_figure(found)


if __name__ == "__main__":
    main().show()
