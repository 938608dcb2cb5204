"""One step, number by number: the record of a run equals the filled sheet of the spreadsheet.

The problem is the workbook's own: a line fitted to 29 samples, one sample a step.
"""

from optviz import Line, Momentum, run
from optviz.views import state


def main():
    """Draw the average gradient of momentum over the first epoch."""
    trajectory = run(Line(), Momentum(lr=1e-4, beta1=0.9, damped=True), steps=29)
    print(trajectory.to_frame().head(4).T.to_string())
    row = 3
    rebuilt = 0.9 * trajectory.state["grad_avg"][row - 1] + (1 - 0.9) * trajectory.grad[row]
    print("grad_avg of row 3, by hand:", rebuilt, "recorded:", trajectory.state["grad_avg"][row])
    return state(trajectory)


if __name__ == "__main__":
    main().show()
