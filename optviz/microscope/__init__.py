"""One step of a recorded run under the microscope: the formula of its rule, with its numbers.

All of it is read off the rule's own text, by running it on symbols: it cannot drift.
"""

from optviz.microscope.explanation import explain
from optviz.microscope.record import Explanation, Quantity, Summand

__all__ = ["Explanation", "Quantity", "Summand", "explain"]
