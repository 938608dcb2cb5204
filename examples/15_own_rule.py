"""A rule of your own: a frozen record of hyperparameters and two pure methods.

It steps along the sign of the average gradient (Lion without its second memory). Its text runs on
numpy, torch and floats, and can be explained step by step, like those of the package. Once it has a
name in RULES, specs such as `sign:lr=0.01`, the terminal, links and the app know it too.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from optviz import RULES, Rule, compare, explain, hyper, surface
from optviz.landscapes import loss_grid
from optviz.views import contour


class SignState(NamedTuple):
    grad_avg: Any


@dataclass(frozen=True, eq=False)
class SignMomentum(Rule):
    """Step along the sign of the average gradient."""

    lr: float = hyper(0.01, 1e-5, 1.0, "learning rate", log=True)
    beta1: float = hyper(0.9, 0.0, 0.999, "memory of gradients", below=1.0)

    def init(self, params):
        return SignState(0.0 * params)

    def update(self, params, grad, state):
        grad_avg = self.beta1 * state.grad_avg + (1 - self.beta1) * grad
        return params - self.lr * grad_avg / ((grad_avg**2) ** 0.5 + 1e-12), SignState(grad_avg)


def main():
    """Draw the paths of the new rule and of Adam on Himmelblau's function."""
    problem = surface("himmelblau")
    race = compare(problem, {"sign": SignMomentum(lr=0.02), "Adam": "adam:lr=0.05"}, steps=300)
    print(race.to_text())
    explained = explain(race.trajectories["sign"], 10, rule=SignMomentum(lr=0.02))
    print("\n".join(term.text for term in explained.terms))
    return contour(loss_grid(problem), race.trajectories)


if __name__ == "__main__":
    RULES["sign"] = SignMomentum
    main().show()
