"""One step of a recorded run under the microscope: how the formula of its rule made it.

What is shown is read off the rule's own text, by running it on symbols: it cannot drift.
"""

from optviz.microscope.explaining import explain
from optviz.microscope.record import Explanation, Summand, Term

__all__ = ["Explanation", "Summand", "Term", "explain"]
