"""Does gradient descent beat RMSProp? It depends: a claim that flips with the schedule.

The problem is a matrix: find X from A X, with A badly scaled. With a constant learning rate RMSProp
ends about one step away from the solution and loses; a schedule that ends at 0 takes it there,
while gradient descent, held back by the large entries, lacks the steps that the schedule shortens.
"""

import numpy as np

from optviz import Noisy, Problem
from optviz.sweeps import claim
from optviz.views import claim_figure


class MatrixFit(Problem):
    """The squared error of A X against A X*, for a matrix X of 4 rows and 3 columns."""

    name = title = "matrix problem"

    def __init__(self):
        rng = np.random.default_rng(0)
        left, right = (np.linalg.qr(rng.normal(size=(4, 4)))[0] for _ in range(2))
        self.factor = left * np.array([10.0, 1.0, 1.0, 0.1]) @ right.T
        self.best = rng.normal(size=(4, 3))
        self.start = np.zeros(12)
        self.window = ((-2.0, 2.0),) * 12
        self.minima = (tuple(self.best.ravel()),)

    def find_errors(self, params):
        """Return A (X - X*), (4, 3, *runs): many runs are made at once."""
        runs = params.shape[1:]
        best = self.best.reshape(4, 3, *(1,) * len(runs))
        return np.tensordot(self.factor, params.reshape(4, 3, *runs) - best, 1)

    def loss(self, params):
        return (self.find_errors(params) ** 2).sum((0, 1)) / 2

    def grad(self, params, sample=None):
        return np.tensordot(self.factor.T, self.find_errors(params), 1).reshape(params.shape)


def main():
    """Print the table of the conditions, and draw where the claim holds, fails and flips."""
    found = claim("sgd beats rmsprop", Noisy(MatrixFit(), sigma=0.1))
    print(found.to_text())
    return claim_figure(found)


if __name__ == "__main__":
    main().show()
