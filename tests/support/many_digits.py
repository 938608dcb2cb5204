"""An oracle for derivatives: differences of 400-digit values of the text as Python reads it."""

import ast
import math
import re
from collections.abc import Callable
from typing import Any

import mpmath

from optviz.formulas.errors import ONE_ARGUMENT

mp: Any = mpmath.mp.clone()
DIGITS, MORE_DIGITS = 400, 900
"""Of the values; the more beside an axis, where the steps are as small as the coordinates."""
mp.dps = DIGITS
MOST = 20_000
"""The largest argument of an exponential."""


KINK = re.compile("abs|sign|max|min|floor|ceil|relu|mod|where")


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


def remainder(u: Any, v: Any) -> Any:
    if abs(u / v) > MOST:  # its jumps are closer together than the steps
        raise NoValueError
    return u - v * mp.floor(u / v)


MEANS: dict[str, Any] = {
    name: guard(getattr(mp, {"log": "ln", "abs": "fabs"}.get(name, name)))
    for name in (*ONE_ARGUMENT, "hypot", "atan2")
    if name not in ("log2", "cbrt", "sigmoid", "relu")
}
MEANS |= {"log2": guard(lambda u: mp.log(u, 2)), "max": max, "min": min}
MEANS |= {"cbrt": lambda u: mp.sign(u) * mp.cbrt(abs(u)), "relu": lambda u: max(u, mp.zero)}
MEANS |= {"sigmoid": lambda u: 1 / (1 + MEANS["exp"](-u))}
MEANS |= {"mod": remainder}
MEANS |= {"pi": mp.mpf(math.pi), "e": mp.mpf(math.e)}
MEANS |= {"power": guard(power), "number": lambda text: mp.mpf(float(text))}


class Exactly(ast.NodeTransformer):
    """Numbers as floats hold them, powers by our own function, one branch alone of a choice."""

    def visit_Call(self, node):
        self.generic_visit(node)
        return ast.IfExp(*node.args) if getattr(node.func, "id", "") == "where" else node

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
    mp.dps = MORE_DIGITS if any(0 < abs(each) < 1e-40 for each in (x, y)) else DIGITS
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
        places = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        if KINK.search(text):
            places += [(-2, 0), (2, 0), (0, -2), (0, 2)]
        at = {(i, j): compute(center[0] + i * hx, center[1] + j * hy) for i, j in places}
        if mp.isnan(at[0, 0]):
            raise NoValueError
        corners = [
            i * j * (at[i, j] - at[i, 0] - at[0, j] + at[0, 0]) for i in (-1, 1) for j in (-1, 1)
        ]
        # In the middle and to both sides: it exists where they agree.
        sides = (-1, 0, 1) if KINK.search(text) else (0,)
        bends = [
            [at[i + 1, 0] - 2 * at[i, 0] + at[i - 1, 0] for i in sides],
            [at[0, j + 1] - 2 * at[0, j] + at[0, j - 1] for j in sides],
        ]
        row = [
            ((at[1, 0] - at[0, 0]) / hx, (at[0, 0] - at[-1, 0]) / hx),
            ((at[0, 1] - at[0, 0]) / hy, (at[0, 0] - at[0, -1]) / hy),
            tuple(each / hx / hx for each in bends[0]),
            tuple(each / hx / hy for each in corners),
            tuple(each / hy / hy for each in bends[1]),
        ]
        found.append(row)
    return [settle(coarse + fine) for coarse, fine in zip(*found, strict=True)]


def settle(tried: tuple[Any, ...]) -> float | None:
    """The number on which quotients agree; 0 where they shrink together; None where they do not."""
    size = max(map(abs, tried))
    if max(tried) - min(tried) <= mp.mpf("1e-25") * size:
        return float(sum(tried) / len(tried))
    return 0.0 if size < mp.mpf("1e-50") else None
