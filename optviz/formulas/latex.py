"""LaTeX of a formula as it was typed: nothing is reordered, evaluated or simplified.

Written from the nodes in one pass: sympy's printer, even on unevaluated expressions, gives x + y
for y + x and 2.5 for 2.50, and its import alone takes a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from optviz.formulas.expressions import Expr
from optviz.formulas.parsing import Node

LOOSE, SUM, PRODUCT, POWER, ATOM = range(5)
"""How tightly a text holds together; a looser one is put in brackets."""

NAMED = {
    **{name: rf"\{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min")},
    "asin": r"\arcsin",
    "acos": r"\arccos",
    "atan": r"\arctan",
    "log": r"\ln",
    "log10": r"\log_{10}",
    "log2": r"\log_{2}",
    "sign": r"\operatorname{sign}",
}
AROUND = {
    "sqrt": r"\sqrt{%s}",
    "abs": r"\left|%s\right|",
    "floor": r"\left\lfloor %s\right\rfloor",
    "ceil": r"\left\lceil %s\right\rceil",
}
BETWEEN = {"%": r"\bmod", "==": "=", "!=": r"\neq", "<": "<", ">": ">"}
BETWEEN |= {"<=": r"\leq", ">=": r"\geq"}
GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda"),
    *("mu", "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega"),
)

Part = tuple[str, int]


def latex(nodes: Sequence[Node]) -> str:
    """LaTeX of a parsed formula, without dollar signs."""
    parts: list[Part] = []
    for node in nodes:
        args = [parts[place] for place in node.args]
        if args:
            parts.append(operation_latex(node.op, nodes[node.args[0]].op, *args))
        else:
            parts.append(_leaf(node))
    return parts[-1][0]


def operation_latex(op: str, left_op: str, *args: Part) -> Part:
    """LaTeX of an operation on parts; `left_op` is the operation of its first part."""
    if op in BETWEEN:
        return f"{args[0][0]} {BETWEEN[op]} {args[1][0]}", LOOSE
    return _binary(op, left_op, *args) if op in "+-*/^" else _function(op, list(args))


def expression_latex(expr: Expr, word: Callable[[Expr], str | None]) -> str:
    """LaTeX of an expression, without dollar signs.

    `word(part)` gives the text of a part that is to be shown as one word (a symbol, a number or a
    quantity that has a name), or None for one to be written out.
    """

    def part(each: Expr) -> Part:
        text = word(each)
        if text is not None:
            return text, ATOM
        if each.op == "symbol":
            return each.name, ATOM
        if not each.args:
            digits, exponent, power = f"{each.number:.12g}".partition("e")
            text = rf"{digits} \cdot 10^{{{int(power)}}}" if exponent else digits
            return text, PRODUCT if exponent else ATOM
        op = "^" if each.op == "pow" else each.op
        if op == "^" and each.args[1].number == 0.5:
            return operation_latex("sqrt", "", part(each.args[0]))
        return operation_latex(op, "", *map(part, each.args))

    return part(expr)[0]


def _leaf(node: Node) -> Part:
    if node.op == "number":
        digits, _, exponent = node.name.lower().partition("e")
        power = rf"{digits} \cdot 10^{{{int(exponent)}}}" if exponent else ""
        return (power, PRODUCT) if power else (digits, ATOM)
    letters = node.name.rstrip("0123456789")
    digits = node.name[len(letters) :]
    if letters in GREEK:
        letters = rf"\{letters}"
    elif len(letters) > 1:
        letters = rf"\mathrm{{{letters}}}"
    return (f"{letters}_{{{digits}}}" if digits else letters), ATOM


def _binary(op: str, left_op: str, left: Part, right: Part) -> Part:
    if op == "/":
        return rf"\frac{{{left[0]}}}{{{right[0]}}}", PRODUCT
    if op == "^":
        name = NAMED.get(left_op, "")
        if name and right[0].isdigit():  # sin^2(x); but sin^-1 would be read as the arc sine
            return f"{name}^{{{right[0]}}}{left[0][len(name) :]}", POWER
        return f"{_hold(left, ATOM)}^{{{right[0]}}}", POWER
    if op == "*":
        after = _hold(right, POWER, inside=True)
        sign = r" \cdot " if after[0].isdigit() or after[0] == "." else r" \, "
        return _hold(left, PRODUCT) + sign + after, PRODUCT
    return f"{left[0]} {op} {_hold(right, PRODUCT if op == '-' else SUM, inside=True)}", SUM


def _function(op: str, args: list[Part]) -> Part:
    inner = ", ".join(text for text, _ in args)
    if op == "neg":
        return "-" + _hold(args[0], PRODUCT, inside=True), PRODUCT
    if op == "exp":
        return f"e^{{{inner}}}", POWER
    if op in AROUND:
        return AROUND[op] % inner, ATOM
    return rf"{NAMED[op]}\left({inner}\right)", POWER


def _hold(part: Part, level: int, inside: bool = False) -> str:
    """The text, in brackets where it is looser than `level` or, inside, begins with a minus."""
    text, held = part
    if held >= level and not (inside and text.startswith("-")):
        return text
    return rf"\left({text}\right)"
