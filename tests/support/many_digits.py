"""An oracle for derivatives: differences of 400-digit values of the text as Python reads it."""

import ast
import math
from collections.abc import Callable
from typing import Any

import mpmath

from optviz.formulas.errors import ONE_ARGUMENT

mp: Any = mpmath.mp.clone()
mp.dps = 400
MOST = 20_000
"""The largest argument of an exponential."""


class NoValueError(ArithmeticError):
    """The formula has no value near the point, or one that takes too long."""


def guard(function: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(*args: Any) -> Any:
        if function in (mp.exp, mp.sinh, mp.cosh, mp.tanh) and abs(args[0]) > MOST:
            raise NoValueError
        found = function(*args)
        if isinstance(found, mp.mpc):
            raise NoValueError
        return found

    return guarded


def power(base: Any, exponent: Any) -> Any:
    if base != 0 and abs(exponent * mp.ln(abs(base))) > MOST:
        raise NoValueError
    return mp.power(base, exponent)


MEANS: dict[str, Any] = {
    name: guard(getattr(mp, {"log": "ln", "abs": "fabs"}.get(name, name)))
    for name in ONE_ARGUMENT
    if name != "log2"
}
MEANS |= {"log2": guard(lambda u: mp.log(u, 2)), "max": max, "min": min}
MEANS |= {"pi": mp.mpf(math.pi), "e": mp.mpf(math.e)}
MEANS |= {"power": guard(power), "number": lambda text: mp.mpf(float(text))}


class Exactly(ast.NodeTransformer):
    """Numbers as floats hold them, powers by our own function."""

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.Pow):
            name = ast.Name("power", ast.Load())
            return ast.Call(name, [node.left, node.right], [])
        return node

    def visit_Constant(self, node):
        return ast.Call(
            ast.Name("number", ast.Load()), [ast.Constant(repr(float(str(node.value))))], []
        )


def exact_derivatives(text: str, x: float, y: float, **parameters: float) -> list[float | None]:
    """fx, fy, fxx, fxy, fyy; None for each that does not exist.

    Raises: NoValueError: the formula has no value near the point
    """
    tree = Exactly().visit(ast.parse(text.replace("^", "**"), mode="eval"))
    code = compile(ast.fix_missing_locations(tree), text, "eval")
    means = MEANS | {name: mp.mpf(value) for name, value in parameters.items()}

    def compute(u: Any, v: Any) -> Any:
        try:
            return mp.mpf(eval(code, means | {"x": u, "y": v}))  # noqa: S307
        except (ZeroDivisionError, ValueError, OverflowError):
            raise NoValueError from None

    center = mp.mpf(x), mp.mpf(y)
    found = []
    for step in (mp.mpf("1e-60"), mp.mpf("1e-90")):
        hx, hy = (step * (abs(each) or 1) for each in center)
        at = {
            (i, j): compute(center[0] + i * hx, center[1] + j * hy)
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
        }
        if mp.isnan(at[0, 0]):
            raise NoValueError
        corners = at[1, 1] - at[1, -1] - at[-1, 1] + at[-1, -1]
        row = [
            ((at[1, 0] - at[0, 0]) / hx, (at[0, 0] - at[-1, 0]) / hx),
            ((at[0, 1] - at[0, 0]) / hy, (at[0, 0] - at[0, -1]) / hy),
        ]
        row += [(each,) for each in ((at[1, 0] - 2 * at[0, 0] + at[-1, 0]) / hx / hx,)]
        row += [(corners / 4 / hx / hy,), ((at[0, 1] - 2 * at[0, 0] + at[0, -1]) / hy / hy,)]
        found.append(row)
    return [settle(coarse + fine) for coarse, fine in zip(*found, strict=True)]


def settle(tried: tuple[Any, ...]) -> float | None:
    """The number on which quotients agree; 0 where they shrink together; None where they do not."""
    size = max(map(abs, tried))
    if max(tried) - min(tried) <= mp.mpf("1e-25") * size:
        return float(sum(tried) / len(tried))
    return 0.0 if size < mp.mpf("1e-50") else None
