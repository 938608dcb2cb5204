"""What the fields of a surface mean, without Dash."""

from __future__ import annotations

from typing import Any

TYPED = "typed formula"
"""The choice in the list of surfaces that opens the formula field."""


def choose_problem(choice: Any, formula: Any) -> str:
    """Return the problem that the list and the formula field say together."""
    return str(formula if choice == TYPED else choice)
