"""The words of an explanation: names of quantities, and formulas as LaTeX and as plain text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import floor, log10
from typing import Any, NamedTuple

from optviz.formulas.expressions import Expr
from optviz.formulas.latex import ATOM, LOOSE, POWER, PRODUCT, SUM, expression_latex

Word = Callable[[Expr], "str | None"]
"""The text of a part that is written as one word; None for one that is written out."""


class Name(NamedTuple):
    """How a quantity is written in LaTeX and in plain text, and what it is."""

    latex: str
    text: str
    meaning: str


NAMES = {
    "params": Name(r"\theta_t", "params", "the parameters before the step"),
    "grad": Name("g_t", "grad", "the gradient of the loss at these parameters"),
    "lr": Name(r"\eta_t", "lr", "the learning rate of this step"),
    "beta1": Name(r"\beta_1", "beta1", "the memory of gradients"),
    "beta2": Name(r"\beta_2", "beta2", "the memory of squares"),
    "eps": Name(r"\varepsilon", "eps", "the small constant"),
    "wd": Name(r"\lambda", "wd", "the weight decay"),
    "dampening": Name(r"\tau", "dampening", "the dampening"),
    "grad_seen": Name(
        r"\tilde g_t", "grad_seen", "the gradient as the rule sees it, with the decay in it"
    ),
    "decay": Name("w_t", "decay", "the pull of weight decay toward zero"),
    "grad_avg": Name("m_t", "grad_avg", "the average or sum of gradients"),
    "sqr_avg": Name("v_t", "sqr_avg", "the average of squared gradients"),
    "sqr_sum": Name("G_t", "sqr_sum", "the sum of all squared gradients"),
    "sqr_step_avg": Name("s_t", "sqr_step_avg", "the average of squared moves"),
    "count": Name("k_t", "count", "how many steps were made, this one included"),
    "old count": Name("k_{t-1}", "old count", "how many steps were made before this one"),
    "mean_scale": Name("c_m", "mean_scale", "the bias correction of the average of gradients"),
    "root_scale": Name("c_v", "root_scale", "the bias correction of the root of the squares"),
    "damping": Name(r"\delta_t", "damping", "how much less this gradient weighs"),
    "move": Name("u_t", "move", "how far the rule moves against the gradient"),
    "denominator": Name("D_t", "denominator", "what the rule divides by"),
    "effective_lr": Name(r"\hat\eta_t", "effective_lr", "the effective learning rate"),
    "step": Name(r"\Delta\theta_t", "step", "what the step adds to the parameters"),
    "undecayed": Name(r"\theta'_{t+1}", "undecayed", "the parameters after the rule's own step"),
    "new": Name(r"\theta_{t+1}", "new", "the parameters after the step"),
}
"""The quantities of the rules of this package; others go by the name that their rule uses."""


def name_of(key: str) -> Name:
    """How a quantity is written; one that is not known by its own name."""
    if key in NAMES:
        return NAMES[key]
    word = key.replace("_", r"\_").replace(" ", r"\ ")
    return Name(rf"\mathrm{{{word}}}", key, "a quantity that the rule's own text names")


def old(key: str) -> Name:
    """The name of a field of the state before the step."""
    if f"old {key}" in NAMES:
        return NAMES[f"old {key}"]
    now = name_of(key)
    letter = now.latex.removesuffix("_t")
    before = f"{letter}_{{t-1}}" if letter != now.latex else rf"{now.latex}_{{\,t-1}}"
    return Name(before, f"old {key}", f"{now.meaning}, before the step")


# -- formulas ------------------------------------------------------------------------------

Part = tuple[str, int]
"""A text and how tightly it holds together."""


def text_of(expr: Expr, word: Word) -> str:
    """An expression as one line of plain text; see `formulas.latex.expression_latex` for `word`."""

    def part(each: Expr) -> Part:
        text = word(each)
        if text is None and not each.args:
            text = each.name or readable(each.number, 12)
        if text is not None:
            return text, POWER if re.fullmatch(r"[\d.]+e-?\d+", text) else ATOM
        return operation_text(each, *map(part, each.args))

    return part(expr)[0]


def operation_text(expr: Expr, *args: Part) -> Part:
    """The text of an operation on parts."""
    op = expr.op
    if op in ("abs", "neg"):
        return (f"|{args[0][0]}|", ATOM) if op == "abs" else (f"-{held(args[0], PRODUCT)}", PRODUCT)
    if op == "pow":
        power = expr.args[1].number
        if power == 0.5:
            return f"√({args[0][0]})", ATOM
        base = held(args[0], ATOM)
        return (f"{base}²" if power == 2 else f"{base}^{held(args[1], ATOM)}"), POWER
    left, right = args
    if op in ("+", "-"):
        return f"{left[0]} {op} {held(right, PRODUCT if op == '-' else SUM)}", SUM
    if op in ("*", "/"):
        sign = "·" if op == "*" else " / "
        # A quotient times something would look divided by the product.
        tight = POWER if (op, expr.args[0].op) == ("*", "/") else PRODUCT
        return f"{held(left, tight)}{sign}{held(right, POWER)}", PRODUCT
    return f"{held(left, SUM)} {op} {held(right, SUM)}", LOOSE


def held(part: Part, level: int) -> str:
    """The text, in brackets where it is looser than `level` or begins with a minus."""
    text, tight = part
    return text if tight >= level and not text.startswith("-") else f"({text})"


# -- numbers -------------------------------------------------------------------------------


def readable(value: Any, digits: int = 5) -> str:
    """A number as a person reads it."""
    text = f"{value + 0.0:.{digits}g}"  # so that there is no -0
    return text.replace("e-0", "e-").replace("e+0", "e+").replace("e+", "e")


def digits_of(value: Any) -> int:
    """The digits of a number inside a formula: so many that 1 minus a beta has five."""
    return 4 - floor(log10(1 - value)) if 0.9 < value < 1 else 5


def number_text(value: Any) -> str:
    """A number inside a formula: one below 0 in brackets."""
    text = readable(value, digits_of(value))
    return f"({text})" if text.startswith("-") else text


def number_latex(value: Any) -> str:
    """A number inside a LaTeX formula: in brackets if it is below 0 or has a power of ten."""
    text = value_latex(value, digits_of(value))
    return rf"\left({text}\right)" if text.startswith("-") or "10^" in text else text


def value_latex(value: Any, digits: int = 5) -> str:
    """A number by itself in LaTeX."""
    text = readable(value, digits)
    words = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\text{not a number}"}
    if text in words:
        return words[text]
    mantissa, exponent, power = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(power)}}}" if exponent else text


def formulas(
    expr: Expr, own: Expr | None, names: Mapping[Expr, Name], symbols: Mapping[str, Name]
) -> tuple[str, str]:
    """An expression in LaTeX and in plain text, in the names of quantities and symbols.

    `own` is the quantity that the formula is of: it is written out, the others by their names.
    """

    def name(each: Expr) -> Name | None:
        if each.op == "symbol":
            return symbols.get(each.name) or name_of(each.name)
        return None if each is own else names.get(each)

    def word(kind: str) -> Word:
        return lambda each: getattr(name(each), kind, None)

    return expression_latex(expr, word("latex")), text_of(expr, word("text"))


def with_numbers(expr: Expr, own: Expr | None, value: Callable[[Expr], Any]) -> tuple[str, str]:
    """An expression in LaTeX and plain text with numbers in place of names.

    `value(part)` is the number of a symbol or a named quantity, None for a part to write out.
    """

    def word(write: Callable[[Any], str]) -> Word:
        def written(each: Expr) -> str | None:
            number = None if each is own else value(each)
            return None if number is None else write(number)

        return written

    return expression_latex(expr, word(number_latex)), text_of(expr, word(number_text))
