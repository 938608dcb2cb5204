"""The names of quantities, and their formulas in names and in numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor, log10
from typing import Any, NamedTuple

from optviz.formulas.expressions import Expr
from optviz.formulas.latex import write_latex, write_latex_number
from optviz.formulas.text import format_number, write_text


class Name(NamedTuple):
    """The name of a quantity in LaTeX and in plain text, and its meaning."""

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
    "grad_seen": Name(r"\tilde g_t", "grad_seen", "the gradient as the rule sees it"),
    "decay": Name("w_t", "decay", "the pull of weight decay toward zero"),
    "grad_avg": Name("m_t", "grad_avg", "the average or sum of gradients"),
    "sqr_avg": Name("v_t", "sqr_avg", "the average of squared gradients"),
    "sqr_max": Name(r"\hat v_t", "sqr_max", "the largest average of squared gradients so far"),
    "sqr_sum": Name("G_t", "sqr_sum", "the sum of all squared gradients"),
    "sqr_step_avg": Name("s_t", "sqr_step_avg", "the average of squared moves"),
    "count": Name("k_t", "count", "the number of steps made, this one included"),
    "old count": Name("k_{t-1}", "old count", "the number of steps made before this one"),
    "mean_scale": Name("c_m", "mean_scale", "the bias correction of the average of gradients"),
    "root_scale": Name("c_v", "root_scale", "the bias correction of the root of the squares"),
    "damping": Name(r"\delta_t", "damping", "the damping of this gradient"),
    "move_avg": Name("b_t", "move_avg", "the decaying sum of moves"),
    "rate": Name(r"\alpha_t", "rate", "the learning rate with its decay"),
    "lr_decay": Name(r"\rho", "lr_decay", "the decay of the learning rate"),
    "move": Name("u_t", "move", "the move against the gradient"),
    "denominator": Name("D_t", "denominator", "the denominator of the step"),
    "effective_lr": Name(r"\hat\eta_t", "effective_lr", "the effective learning rate"),
    "step": Name(r"\Delta\theta_t", "step", "the change of the parameters"),
    "undecayed": Name(r"\theta'_{t+1}", "undecayed", "the parameters after the rule's own step"),
    "new": Name(r"\theta_{t+1}", "new", "the parameters after the step"),
}
"""The quantities of the rules of this package; others go by the name in their rule's text."""


def get_name(key: str) -> Name:
    """Return the name of a quantity; one that is not known goes by its own."""
    if key in NAMES:
        return NAMES[key]
    word = key.replace("_", r"\_").replace(" ", r"\ ")
    return Name(rf"\mathrm{{{word}}}", key, "a quantity named in the rule's own text")


def get_old_name(key: str) -> Name:
    """Return the name of a field of the state before the step."""
    if f"old {key}" in NAMES:
        return NAMES[f"old {key}"]
    now = get_name(key)
    letter = now.latex.removesuffix("_t")
    before = f"{letter}_{{t-1}}" if letter != now.latex else rf"{now.latex}_{{\,t-1}}"
    return Name(before, f"old {key}", f"{now.meaning}, before the step")


def write_both(expr: Expr, find_word: Callable[[Expr], Sequence[str] | None]) -> tuple[str, str]:
    """Write an expression in LaTeX and in plain text.

    `find_word(part)` gives the LaTeX and the text of a part that is one word, such as its `Name`;
    None has the part written out.
    """
    return (
        write_latex(expr, lambda each: word[0] if (word := find_word(each)) else None),
        write_text(expr, lambda each: word[1] if (word := find_word(each)) else None),
    )


def format_factor(value: Any) -> tuple[str, str]:
    """Format a number inside a formula, in LaTeX and in plain text.

    It is in brackets if it is below 0, in LaTeX also if it has a power of ten. It has as many
    digits as it takes for 1 minus a beta to have five.
    """
    digits = 4 - floor(log10(1 - value)) if 0.9 < value < 1 else 5
    latex, text = format_latex(value, digits), format_number(value, digits)
    if latex.startswith("-") or "10^" in latex:
        latex = rf"\left({latex}\right)"
    return latex, f"({text})" if text.startswith("-") else text


def format_latex(value: Any, digits: int = 5) -> str:
    """Format a number by itself in LaTeX."""
    text = format_number(value, digits)
    words = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\text{not a number}"}
    return words.get(text) or str(write_latex_number(text))
