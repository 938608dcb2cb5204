"""LaTeX of a formula as it was typed, and of a rule's expression: nothing is simplified.

Written from the nodes in one pass: sympy's printer, even on unevaluated expressions, gives x + y
for y + x and 2.5 for 2.50, and its import alone takes a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from optviz.formulas.expressions import Expr
from optviz.formulas.operations import COMPARISONS
from optviz.formulas.parsing import Node
from optviz.formulas.writing import ATOM, LOOSE, OPEN, POWER, PRODUCT, SUM, Language, Part, write

NAMED = {
    **{name: rf"\{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min")},
    "asin": r"\arcsin",
    "acos": r"\arccos",
    "atan": r"\arctan",
    "log": r"\ln",
    "log10": r"\log_{10}",
    "log2": r"\log_{2}",
    **{f"a{name}h": rf"\operatorname{{ar{name}h}}" for name in ("sin", "cos", "tan")},
    **{
        name: rf"\operatorname{{{name}}}"
        for name in ("sign", "hypot", "atan2", "sigmoid", "relu", "mod")
    },
}
RELATIONS = {"%": r"\bmod", "==": "=", "!=": r"\neq", "<": "<", ">": ">"}
RELATIONS |= {"<=": r"\leq", ">=": r"\geq"}
RELATIONS |= {op: RELATIONS[sign] for sign, op in COMPARISONS.items()}
RELATIONS |= {"either": r"\text{{ or }}"}
GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda"),
    *("mu", "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega"),
)


def _call(command: str) -> Callable[..., Part]:
    return lambda *parts: Part(rf"{command}\left({', '.join(parts)}\right)", POWER)


def _product(left: Part, right: Part) -> Part:
    after = LATEX.hold(right, POWER)
    sign = r" \cdot " if after[0].isdigit() or after[0] == "." else r" \, "
    return Part(LATEX.hold(left, PRODUCT, minus=True) + sign + after, PRODUCT)


def _power(base: Part, exponent: Part) -> Part:
    name = NAMED.get(base.source.op, "")
    # sin^2(x); but sin^-1 would be read as the arc sine, atan2^2 as the square of 2
    if name and exponent.isdigit() and base.source.op != "atan2":
        return Part(f"{name}^{{{exponent}}}{base[len(name) :]}", POWER)
    return Part(f"{LATEX.hold(base, ATOM, minus=True)}^{{{exponent}}}", POWER)


def _power_or_root(base: Part, exponent: Part) -> Part:
    if exponent.source.number == 0.5:
        return Part(rf"\sqrt{{{base}}}")
    return _power(base, exponent)


def _both(*parts: Part) -> Part:
    held = (LATEX.brackets.format(each) if each.source.op == "either" else each for each in parts)
    return Part(r" \text{ and } ".join(held), LOOSE)


def _where(condition: Part, u: Part, v: Part) -> Part:
    begin, end = r"\begin{cases} ", r" \end{cases}"
    last = rf"{v} & \text{{otherwise}}"
    if v.source.op == "where":  # a choice in the last branch has rows of the same
        last = v.removeprefix(begin).removesuffix(end)
    return Part(rf"{begin}{u} & \text{{if }} {condition} \\ {last}{end}", OPEN)


LATEX = Language(
    {
        "+": ("{} + {}", SUM, LOOSE, SUM),
        "-": ("{} - {}", SUM, LOOSE, PRODUCT),
        "*": _product,
        "/": (r"\frac{{{}}}{{{}}}", PRODUCT),
        "^": _power,
        "pow": _power_or_root,
        "neg": ("-{}", PRODUCT, PRODUCT),
        "exp": ("e^{{{}}}", POWER),
        "sqrt": r"\sqrt{{{}}}",
        "cbrt": r"\sqrt[3]{{{}}}",
        "both": _both,
        "where": _where,
        "abs": r"\left|{}\right|",
        "floor": r"\left\lfloor {}\right\rfloor",
        "ceil": r"\left\lceil {}\right\rceil",
        **{name: _call(command) for name, command in NAMED.items()},
        **{op: (f"{{}} {sign} {{}}", LOOSE, LOOSE, LOOSE) for op, sign in RELATIONS.items()},
    },
    brackets=r"\left({}\right)",
)
"""A typed power is `^` and stays one; a rule's is `pow`, and may be a root."""


def write_typed_latex(nodes: Sequence[Node]) -> str:
    """Write a parsed formula in LaTeX, without dollar signs."""
    parts: list[Part] = []
    for node in nodes:
        args = [parts[place] for place in node.args]
        parts.append(LATEX.join(node, args) if args else _write_leaf(node))
    return str(parts[-1])


def write_latex(expr: Expr, write_word: Callable[[Expr], str | None]) -> str:
    """Write an expression in LaTeX, without dollar signs.

    `write_word(part)` gives the text of a part that is shown as one word (a symbol, a number or a
    quantity that has a name), or None for one to be written out.
    """

    def write_leaf(each: Expr) -> str | None:
        text = write_word(each)
        if text is not None or each.args:
            return text
        return each.name or write_latex_number(f"{each.number:.12g}")

    return write(expr, LATEX, write_leaf)


def write_latex_number(text: str) -> Part:
    """Write a number in LaTeX, its power of ten as one."""
    digits, _, exponent = text.lower().partition("e")
    return Part(rf"{digits} \cdot 10^{{{int(exponent)}}}", PRODUCT) if exponent else Part(digits)


def _write_leaf(node: Node) -> Part:
    if node.op == "number":
        number = write_latex_number(node.name)
        number.source = node
        return number
    letters = node.name.rstrip("0123456789")
    digits = node.name[len(letters) :]
    if letters in GREEK:
        letters = rf"\{letters}"
    elif len(letters) > 1:
        letters = rf"\mathrm{{{letters}}}"
    return Part(f"{letters}_{{{digits}}}" if digits else letters, source=node)
