"""Any formula of x and y is a surface, with exact gradient and Hessian; other letters are settings.

Here a ravine gets narrower, until the fixed lr of gradient descent exceeds the limit 2/curvature.
"""

import numpy as np

from optviz import compare, surface
from optviz.views import losses


def main():
    """Draw the loss curves of one rule in three ravines."""
    runs = {}
    for narrow in (2.0, 20.0, 42.0):
        ravine = surface("(x^2 + narrow*y^2)/2", narrow=narrow)
        curvature = np.linalg.eigvalsh(ravine.hess(np.zeros(2))).max()
        race = compare(ravine, {f"curvature {curvature:g}": "sgd:lr=0.05"}, 60, start=(1.5, 1.0))
        print(f"lr 0.05, limit {2 / curvature:.3f}:", race.rows()[0]["outcome"])
        runs |= race.trajectories
    return losses(runs)


if __name__ == "__main__":
    main().show()
