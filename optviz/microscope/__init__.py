"""One step of a recorded run under the microscope: the formula of its rule, with its numbers.

All of it is read off the rule's own text, by running it on symbols: it cannot drift. The same
formulas fill the cells of the spreadsheets.

    from optviz import Adam, explain, run, surface

    trajectory = run(surface("rosenbrock"), Adam(lr=0.05), steps=100)
    print(explain(trajectory, 10).to_frame())  # notebooks show formulas and numbers
"""

from optviz.microscope.explanation import explain
from optviz.microscope.record import Explanation, Quantity, Summand

__all__ = ["Explanation", "Quantity", "Summand", "explain"]
