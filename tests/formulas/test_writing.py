"""The interface of the writers: a language from outside is a table and a few lines."""

import math
from types import SimpleNamespace

import pytest

import optviz as ov
from optviz.formulas.compiled import Program
from optviz.formulas.expressions import Expr, evaluate
from optviz.formulas.writing import LOOSE, PRODUCT, SUM, Language, call, write
from optviz.tracing import trace

FUNCTIONS = ("pick", "pow", "sin", "cos", "exp", "log", "sqrt", "abs", "sign", "max", "min")
SCRIPT = Language(
    {
        "+": ("{} + {}", SUM, LOOSE, SUM),
        "-": ("{} - {}", SUM, LOOSE, PRODUCT),
        "*": ("{} * {}", PRODUCT, PRODUCT, PRODUCT + 1),
        "/": ("{} / {}", PRODUCT, PRODUCT, PRODUCT + 1),
        "neg": "(-{})",
        **{name: call(f"Math.{name}") for name in FUNCTIONS},
    }
)
MATH = SimpleNamespace(
    **{name: getattr(math, name) for name in ("pow", "sin", "cos", "exp", "log", "sqrt")},
    **{"abs": abs, "max": max, "min": min, "sign": lambda u: math.copysign(1, u)},
    pick=lambda u, v, more, less: more if u > v else less,
)


def write_script(formula) -> str:
    """Write a term or an expression in a language that looks like JavaScript."""

    def write_leaf(each):
        if each.number is not None:
            return repr(each.number)
        return each.args[0] if each.op == "input" else getattr(each, "name", "") or None

    return write(formula, SCRIPT, write_leaf)


def compute(text: str, **values: float) -> float:
    return eval(text, {"Math": MATH}, values)  # noqa: S307 -- our own text


@pytest.mark.parametrize(
    "text", ["x - (y - 2) - -x", "x/y/(2*x)", "-x^2 + exp(sin(x*y))", "abs(y-x)*max(x, 0.3)/x^1.7"]
)
def test_another_language_writes_a_formula_and_its_gradient(text):
    jet = Program(text).jet
    ours = [compute(write_script(term), x=0.7, y=-1.3) for term in (jet.value, *jet.first)]
    formula = ov.Formula(text)
    truth = [formula.value(0.7, -1.3), *formula.grad(0.7, -1.3)]
    assert ours == pytest.approx(truth, rel=1e-14)


@pytest.mark.parametrize("rule", [ov.Adam(), ov.Decoupled(ov.RMSProp(lagged=True), 0.1)])
def test_another_language_writes_a_rule(rule):
    traced = trace(rule)
    names = (*traced.vectors, *traced.shared)
    values = traced.hypers | {name: 0.3 + place for place, name in enumerate(names)}
    assert compute(write_script(traced.new), **values) == pytest.approx(
        evaluate(traced.new, values)
    )


def test_brackets_stand_only_where_they_are_needed():
    text = "x - (y + 1)*x - (x - y)"
    assert write_script(Program(text).jet.value) == "x - (y + 1.0) * x - (x - y)"


def test_an_operation_that_a_language_lacks_is_refused():
    with pytest.raises(ValueError, match='this language has no "%"'):
        write_script(Expr("%", 3.0, 2.0))
