"""The refusals of a formula: each is one sentence that says what to write instead."""

from __future__ import annotations

import difflib
import keyword
import re

CONSTANTS = ("pi", "e")
ALIASES = {"ln": "log", "arcsin": "asin", "arccos": "acos", "arctan": "atan"}
ONE_ARGUMENT = (
    *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"),
    *("exp", "log", "log10", "log2", "sqrt", "abs", "sign", "floor", "ceil"),
)
FUNCTIONS = (*ONE_ARGUMENT, "max", "min", "pow", *ALIASES)

SIGNS = "use a-z, 0-9 and + - * / ^ ( ) , ."
HINTS = {
    "=": 'write the formula alone, without "="',
    "_": 'names have letters and digits only, no "_"',
    "\n": "write the formula on one line",
    **dict.fromkeys("<>", "a formula has no comparisons; use max, min, abs or sign"),
    **dict.fromkeys("'\"`", "a formula holds numbers, not quoted text"),
    **dict.fromkeys("[]{}", "write round brackets, ( and )"),
}
MISPLACED = {
    ")": 'this ")" has no "(" before it',
    ",": "a comma only separates what max, min and pow take; write decimals as 1.5",
    ".": 'a "." belongs inside a number, once, as in 1.5',
    "|": 'this "|" has no partner: write abs(x) or |x|',
}


class FormulaError(ValueError):
    """The refusal of a formula: one sentence, and the place in the text where it is known."""

    def __init__(self, message: str, position: int | None = None):
        super().__init__(message)
        self.position = position

    def __reduce__(self):
        return type(self), (str(self), self.position)


def explain_character(char: str) -> str:
    """Explain why a character is refused."""
    shown = f'"{char}"' if char.isprintable() else f"character U+{ord(char):04X}"
    return HINTS.get(char, f"{shown} is not allowed; {SIGNS}")


def explain_gap(before: str) -> str:
    """Explain why a formula stops short, or a sign stands where a value should."""
    if not before:
        return "the formula stops where a value should follow"
    if before == ".":
        return MISPLACED["."]
    return f'a value is missing before "{before}"'


def explain_neighbors(left: str, right: str) -> str:
    """Explain why two values need a sign between them: 2x, x y, 2(x+1)."""
    if right[0] == ".":
        return MISPLACED["."]
    if keyword.iskeyword(right):
        return f'"{right}" has no meaning in a formula'
    if left == ")":
        return f'write * before "{right}" to multiply'
    return f"write {left}*{'(...)' if right == '(' else right} to multiply"


def explain_two_readings(sign: str, left: str, right: str) -> str:
    """Explain why a product needs its sign: 1/2x, x^2y, √2x, |x|y|z|."""
    if not sign:
        return "bars beside a value have two readings: write * and abs(...)"
    left, right = ("(...)" if each in "()" else each for each in (left, right))
    both = f"{left}*{right}"
    if sign == "√":
        return f'"√{left}{right}" has two readings: write sqrt({both}) or sqrt({left})*{right}'
    return f'"{sign}{left}{right}" has two readings: write {sign}({both}) or {sign}{both}'


def explain_bare_function(function: str, following: str) -> str:
    """Explain why a function needs its brackets: sin x, sin^2(x)."""
    if following == "^":
        return f"write {function}(x)^2 for the square of {function}(x)"
    return f"write {function}({following if following[:1].isalnum() else 'x'})"


def explain_function(name: str) -> str:
    """Explain why a name before a bracket is refused."""
    if name.lower() in FUNCTIONS:
        return f"write {name.lower()}, not {name}"
    slip = re.fullmatch(f"([xy])({'|'.join(FUNCTIONS)})", name)
    if slip:
        return f"write {slip[1]}*{slip[2]}(...) to multiply"
    if len(name) == 1 or name in CONSTANTS:
        return f"{name} is not a function; write {name}*(...) to multiply"
    nearest = difflib.get_close_matches(name.lower(), FUNCTIONS, 1, 0.5)
    known = f"nearest: {nearest[0]}" if nearest else f"use one of {', '.join(FUNCTIONS)}"
    return f'no function "{name:.30}"; {known}'


def explain_name(name: str) -> str | None:
    """Explain why a name is a slip rather than a parameter; None of one that is not."""
    lower = name.lower()
    if name != lower and lower in ("x", "y", *CONSTANTS, *FUNCTIONS):
        return f"write {lower}, not {name}"
    if lower in ("inf", "infinity", "nan"):
        return f"a formula holds finite numbers, not {name}"
    if keyword.iskeyword(name) and name != "lambda":
        return f'"{name}" has no meaning in a formula'
    if re.fullmatch("[xy]+", name):
        return f"write {'*'.join(name)}, not {name}" if len(name) < 9 else "write x*y, not xy"
    if re.fullmatch("[xy][0-9]+", name):
        return f"the variables are x and y; write {name[0]}*{name[1:]} or {name[0]}^{name[1:]}"
    slip = re.fullmatch(f"({'|'.join(FUNCTIONS)})([xy][a-z0-9]*)", name)
    return f"write {slip[1]}({slip[2]})" if slip else None
