"""Formulas: what they mean, what is refused and how, exact derivatives, LaTeX."""

import copy
import json
import math
import random
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from optviz.formulas.errors import (
    ALIASES,
    ARGUMENTS,
    COMPARISON,
    MEANINGS,
    ONE_ARGUMENT,
    FormulaError,
    describe_parameters,
)
from optviz.problems.surfaces import Formula, Surface
from tests.support.autograd import autograd_derivatives
from tests.support.hostile import HOSTILE, LEGAL_BUT_HEAVY


def assert_alike(ours: list, truth: list, text: str) -> None:
    np.testing.assert_allclose(ours, truth, rtol=1e-9, atol=1e-9, err_msg=text)


def compute_derivatives(formula: Formula, x, y) -> list:
    return [formula.value(x, y), *formula.grad(x, y), *formula.hess(x, y)]


def draw_text(rng: random.Random, depth: int) -> str:
    """A formula in the common part of our grammar and Python's, where ^ is **."""
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(["x", "y", "x", "y", "k", "pi", str(round(rng.uniform(0.1, 3), 2))])
    left, right = draw_text(rng, depth - 1), draw_text(rng, depth - 1)
    kind = rng.randrange(14)
    if kind < 6:
        return f"{left} {'+-*/+*'[kind]} {right}"
    if kind == 6:
        return f"({left})^{rng.choice(['2', '3', '-1', '0.5', '1.5', '5', '0.3', '(x/2)', 'y'])}"
    if kind == 7:
        return f"-({left})" if rng.random() < 0.5 else f"-{left}"
    if kind == 8:
        return f"{rng.choice(['max', 'min'])}({left}, {right})"
    if kind == 9:
        return f"{rng.choice(['hypot', 'atan2', 'mod'])}({left}, {right})"
    if kind == 10:
        condition = f"{draw_text(rng, 1)} {rng.choice(['<', '<=', '>', '>=', '!='])} {right}"
        if rng.random() < 0.3:
            condition += f" {rng.choice(['and', 'or'])} {left} < {draw_text(rng, 1)}"
        return f"where({condition}, {left}, {draw_text(rng, depth - 1)})"
    return f"{rng.choice(ONE_ARGUMENT)}({left})"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-x^2", -9),
        ("2^-x", 0.125),
        ("x^2^3", 3**8),
        ("x**2", 9),
        ("x - y - 1", -2),
        ("x/y/2", 3 / 8),
        ("-x*-y", 12),
        ("2*x + 3*y", 18),
        ("max(x, y, 7) - min(x, y, 7)", 4),
        ("pow(x, y)", 81),
        ("ln(e^x) + log10(100) + log2(8)", 8),
        ("1.5e1*x + .5*y + 2.", 49),
        ("mod(-x, y) + mod(7, -y) + hypot(x, y, 12) + cbrt(-27)", 1 - 1 + 13 - 3),
        ("relu(-x) + relu(y) + sigmoid(0*x)", 4.5),
        ("atan2(x, -3)*4 + asinh(sinh(x)) + acosh(cosh(y)) + atanh(tanh(2))", 3 * math.pi + 9),
        ("arsinh(x) - arcsinh(x) + arccosh(y) - arcosh(y) + artanh(1/x) - arctanh(1/x)", 0),
        ("arctan2(x, y) - atan2(x, y) + logistic(x) - expit(x)", 0),
        ("where(x < y, 1, 2) + 10*where(x >= y, 1, 2) + 100*where(x == 3, 1, 2)", 121),
        ("where(2 < x <= 3 and y != 3, 1, 2) + 10*where(x > 3 or y < 4, 1, 2)", 21),
        ("where((x > 9 or y > 3) and not2 > 0, 1, 2)", 1),
        ("where(x ≤ 3, 1, 2) + 10*where(y ≥ 5, 1, 2) + 100*where(x ≠ y, 1, 2)", 121),
        ("where(x > 9 and y > 9 or y > 3, 1, 2) + 10*where(y ＞ 3, 1, where(x > 0, 2, 3))", 11),
        ("where(|x - 9| > 5, x, y)where(x <> 3, 2, 3)", 9),
        ("arctan(1)*4 - pi + abs(-x) + floor(2.7) + ceil(2.2) + sign(-y)", 7),
    ],
)
def test_a_formula_means_what_it_says(text, value):
    assert Formula(text).value(3.0, 4.0) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2x + 3y^2", "2*x + 3*y^2"),
        ("-2x", "-2*x"),
        ("2x/3", "2*x/3"),
        ("3(x + 1)(y - 1)", "3*(x + 1)*(y - 1)"),
        ("(x + 1)y", "(x + 1)*y"),
        ("sin(x)cos(y)", "sin(x)*cos(y)"),
        ("2sin(x)²cos(y)", "2*sin(x)^2*cos(y)"),
        ("x²y² + x⁻¹ + (x)³", "x^2*y^2 + x^(-1) + x^3"),
        ("-x²", "-(x^2)"),
        ("x¹²", "x^12"),
        ("√x + √(x + 1)y + 2√3 + √√x", "sqrt(x) + sqrt(x + 1)*y + 2*sqrt(3) + sqrt(sqrt(x))"),
        ("x^√2", "x^sqrt(2)"),
        ("2πx + xπ + π²y + π", "2*pi*x + x*pi + pi^2*y + pi"),
        ("|x - 2| + 2|y - 1|x", None),
        ("|x - 2|y", "abs(x - 2)*y"),
        ("|x - |y - 2||²", "abs(x - abs(y - 2))^2"),
        ("max(|x - 2|, y) + √|y|", "max(abs(x - 2), y) + sqrt(abs(y))"),
        ("|max(x, |y - 9|)|", "abs(max(x, abs(y - 9)))"),
        ("x−y – 1 ‑ 2", "x-y - 1 - 2"),
        ("x·y × 2 ÷ 3 ∕ 4", "x*y*2/3/4"),
        ("ｘ＋２＊（ｙ）", "x+2*(y)"),
        ("x\u00a0+\u2009y\t*\u3000x", "x + y * x"),
        ("ln(x) + arcsin(x/9)", "log(x) + asin(x/9)"),
        ("2e", "2*e"),
        ("3a x", None),
    ],
)
def test_what_has_one_reading_is_read_without_its_signs(text, means):
    if means is None:
        with pytest.raises(FormulaError):
            Formula(text)
        return
    ours, plain = Formula(text), Formula(means)
    assert ours.value(1.3, 0.7) == plain.value(1.3, 0.7)
    assert ours.grad(1.3, 0.7) == plain.grad(1.3, 0.7)
    assert ours.latex()


def test_random_formulas_agree_with_autograd():
    rng, compared = random.Random(3), 0
    for _ in range(300):
        text = draw_text(rng, 4)
        if len(text) > 500:
            continue
        x, y = rng.uniform(0.3, 1.7), rng.uniform(0.3, 1.7)
        try:
            formula = Formula(text)
            formula = formula.with_parameters(k=0.7) if formula.parameters else formula
        except FormulaError:
            continue
        if "where" in text and math.isnan(formula.value(x, y)):
            continue  # a condition without a value, which torch takes for false
        truth = autograd_derivatives(text, x, y, k=0.7)
        if np.isfinite(truth).all() and max(map(abs, truth)) < 1e8:
            compared += 1
            assert_alike(compute_derivatives(formula, x, y), truth, text)
    assert compared > 150


@pytest.mark.parametrize("function", ONE_ARGUMENT)
def test_each_function_has_the_derivatives_of_autograd(function):
    text = f"{function}(x*y^2 + 0.1*x)"
    for x, y in ((0.3, 0.9), (0.8, -0.7), (0.55, 1.05)):
        truth = autograd_derivatives(text, x, y)
        assert_alike(compute_derivatives(Formula(text), x, y), truth, text)


def test_one_point_and_a_grid_give_the_same():
    for text in (
        "sin(x)*exp(y)/(x^2 + 1)",
        "max(x, y)^3*abs(x)",
        "(x^2 + y^2)^0.3 - tan(x*y)",
        *("hypot(x, y)", "atan2(y, x)", "mod(x, y)*relu(x)"),
        "where(x < y and x > 0, log(x), y^2)",
        *("asinh(x)", "acosh(2 + x^2)", "atanh(y/9)", "cbrt(x*y)", "sigmoid(9*x)"),
    ):
        formula = Formula(text)
        x, y = np.random.default_rng(0).normal(size=(2, 7, 3))
        grids = compute_derivatives(formula, x, y)
        for place in np.ndindex(x.shape):
            point = compute_derivatives(formula, float(x[place]), float(y[place]))
            np.testing.assert_allclose([grid[place] for grid in grids], point, rtol=1e-13)


def test_a_large_grid_is_the_same_as_its_points():
    formula = Formula("x*exp(-x^2 - y^2)")
    x, y = np.meshgrid(np.linspace(-2, 2, 150), np.linspace(-2, 2, 150))
    np.testing.assert_allclose(formula.value(x, y), x * np.exp(-(x**2) - y**2), rtol=1e-14)
    np.testing.assert_allclose(formula.grad(x, y)[0][149, 149], formula.grad(2.0, 2.0)[0])


@pytest.mark.parametrize(
    ("text", "x", "value"),
    [
        ("log(x)", 0.0, -math.inf),
        ("log(x)", -1.0, math.nan),
        ("1/x", 0.0, math.inf),
        ("x/y", 0.0, math.nan),
        ("exp(x)", 1000.0, math.inf),
        ("exp(-exp(x))", 1000.0, 0.0),
        ("x^0.3", -1.0, math.nan),
        ("x^-2", 0.0, math.inf),
        ("sin(1/x)", 0.0, math.nan),
        ("floor(1/x)", 0.0, math.inf),
        ("max(log(x), y)", -1.0, math.nan),
        ("acosh(x)", 0.5, math.nan),
        ("atanh(x)", 1.0, math.inf),
        ("hypot(log(x), 1/y)", -1.0, math.nan),
        ("hypot(exp(x), y)", 1000.0, math.inf),
        ("atan2(exp(x), exp(x + 1))", 1000.0, math.nan),
        ("mod(x, y)", 2.0, math.nan),
        ("relu(log(x))", -1.0, math.nan),
        ("sigmoid(-exp(x))", 1000.0, 0.0),
        ("where(log(x) < 0, 1, 2)", -1.0, math.nan),
        ("where(log(x) != 0 or x < 0, 1, 2)", -1.0, math.nan),
        ("where(x > 0, log(x), x)", -1.0, -1.0),
        ("where(x < 0, 1/x, 1/y)", -2.0, -0.5),
        ("min(y, log(x))", -1.0, math.nan),
        ("x/k", 1.0, math.inf),
    ],
)
def test_what_is_not_finite_is_inf_or_nan_on_floats_and_on_arrays(text, x, value):
    formula = Formula(text)
    if formula.parameters:
        formula = formula.with_parameters(k=0)
    np.testing.assert_equal(float(formula.value(x, 0.0)), value)
    np.testing.assert_equal(formula.value(np.array([x]), np.array([0.0])), [value])


def test_kinks_take_the_middle_and_tell_where_there_is_no_slope():
    assert Formula("abs(x)").grad(0.0, 0.0) == (0.0, 0.0)
    assert Formula("max(x, y)").grad(1.0, 1.0) == (0.5, 0.5)
    assert Formula("min(2*x, y)").grad(0.0, 0.0) == (1.0, 0.5)
    assert np.isnan(Formula("sqrt(x^2 + y^2)").grad(0.0, 0.0)).all()


def test_constant_derivatives_have_the_shape_of_the_grid():
    x, y = np.zeros((4, 1)), np.zeros(5)
    formula = Formula("2*x + 3")
    shapes = [np.shape(each) for each in compute_derivatives(formula, x, y)]
    assert shapes == [(4, 5)] * 6
    assert (formula.grad(x, y)[0] == 2).all()


def test_single_precision_stays_single_precision():
    x = np.ones((2, 3), np.float32)
    for text in (
        "k*sin(x)^3 + 0.1*y^2.5 + max(x, y)",
        "where(x > 0, hypot(x, 2), atan2(y, x))*sigmoid(x) + relu(x)*cbrt(y) + mod(x, 0.3)",
    ):
        results = compute_derivatives(Formula(text), x, x)
        assert {result.dtype for result in results} == {np.dtype(np.float32)}


def test_parameters_have_names_and_default_to_one():
    formula = Formula("a*x^2 + lambda*y + text", a=3)
    assert formula.parameters == {"a": 3.0, "lambda": 1.0, "text": 1.0}
    assert formula.with_parameters(text=5).value(1.0, 1.0) == 9.0


def test_other_parameter_values_need_no_new_code():
    formula = Formula("a*x")
    assert formula.with_parameters(a=2).program is formula.program


@pytest.mark.parametrize("value", [math.nan, math.inf, "much", None, 10**400])
def test_a_parameter_that_is_no_finite_number_is_refused(value):
    with pytest.raises(FormulaError, match="a must be a finite number, got"):
        Formula("a*x", a=value)


def test_a_parameter_that_the_formula_has_not_is_refused():
    with pytest.raises(FormulaError, match='no parameter "conditon"; nearest: condition'):
        Formula("condition*x", conditon=3)


@pytest.mark.parametrize(
    ("text", "sentence", "position"),
    [
        ("x y", "write x*y to multiply", 2),
        ("x(2)", "x is not a function; write x*(...) to multiply", 0),
        ("z(x)", "z is not a function; write z*(...) to multiply", 0),
        ("1 + sin x", "write sin(x)", 4),
        ("sin^2(x)", "write sin(x)^2 for the square of sin(x)", 0),
        ("sinx + y", "write sin(x)", 0),
        ("xsin(x)", "write x*sin(...) to multiply", 0),
        ("xy", "write x*y, not xy", 0),
        ("x2", "the variables are x and y; write x*2 or x^2", 0),
        ("X^2", "write x, not X", 0),
        ("Cos(x)", "write cos, not Cos", 0),
        ("y + PI", "write pi, not PI", 4),
        ("sine(x)", 'no function "sine"; nearest: sin', 0),
        ("x = 3", 'write the formula alone, without "="', 2),
        ("f(x, y) = x^2", 'write the formula alone, without "f(x, y) ="', 0),
        ("x + np.exp(y)", 'write what comes after "np." alone, without it', 4),
        ("x^2 if x>0 else y", "write where(x > 0, a, b) for a where x > 0, else b", 4),
        ("x < y", COMPARISON, 2),
        ("(x > 0)*y", COMPARISON, 3),
        ("max(x, y >= 0)", COMPARISON, 9),
        ("where(x > 0, y > 0, 1)", COMPARISON, 15),
        ("where(x + (x < y) > 0, x, y)", COMPARISON, 13),
        ("where(x, 1, 2)", "where takes a comparison first, as in where(x > 0, x, y)", 0),
        ("where(x > 0, 1)", "where takes 3 arguments, got 2: write where(x > 0, x, y)", 0),
        ("where(x = 0, 1, 2)", "write ==, <= or >= to compare", 8),
        (
            "where(x > 0 || y > 0, 1, 2)",
            'write "and" or "or" between comparisons, inside where(...)',
            12,
        ),
        ("x mod 2", "write mod(x, y) for the remainder of x by y", 2),
        ("1 + sech x", 'no function "sech"; write 1/cosh(x)', 9),
        (
            "atan(y, x)",
            "atan takes 1 argument, got 2; write atan2(y, x) for the angle of a point",
            0,
        ),
        ("sin2(x)", "sin2 has two readings: write sin(x)^2 or sin(2*x)", 0),
        ("log3(x)", "log3 has two readings: write log(x)/log(3) or log(3*x)", 0),
        ("cso(x)", 'no function "cso"; nearest: cos', 0),
        ("foo(x)", f'no function "foo"; use {" ".join(ARGUMENTS)}', 0),
        ("where(x > 0 and y, 1, 2)", '"and" joins comparisons, as in x > 0 and y > 0', 12),
        ("where(x < y > 0, 1, 2)", 'join comparisons by "and": x < y and y > 0', 12),
        ("where(x == y == 1, 1, 2)", 'join comparisons by "and": x < y and y > 0', 13),
        ("x > 0 ? x : y", "write where(x > 0, a, b) for a where x > 0, else b", 6),
        ("x if x > 0 else y", "write where(x > 0, a, b) for a where x > 0, else b", 2),
        ("x > 0 && y", 'write "and" or "or" between comparisons, inside where(...)', 6),
        ("5%", '"%" has two readings: write mod(x, y) for the remainder, x/100 for per cent', 1),
        ("x + sin2x", "write sin(2*x)", 4),
        ("log2x", "write log2(x) or log(2*x)", 0),
        ("sin^-1(x)", "sin^-1 has two readings: write asin(x) or 1/sin(x)", 0),
        ("sin⁻¹(x)", "sin^-1 has two readings: write asin(x) or 1/sin(x)", 0),
        ("hypot x", "write hypot(x, y)", 0),
        ("where + x", "write where(x > 0, x, y)", 0),
        (
            "log(x, 2)",
            "log takes 1 argument, got 2; write log(x)/log(b) for the logarithm to base b",
            0,
        ),
        ("mod(x, 0)", "nothing can be divided by 0", 0),
        ("x + softpluss(x)", 'no function "softpluss"; for softplus write log(1 + exp(x))', 4),
        ("'x'", "a formula holds numbers, not quoted text", 0),
        ("x.real", 'a "." belongs inside a number, once, as in 1.5', 1),
        (
            "1,5*x",
            "a comma only separates what a function takes, as in max(x, y); write decimals as 1.5",
            1,
        ),
        ("1/2x", '"/2x" has two readings: write /(2*x) or /2*x', 3),
        ("2x/3(y+1)", '"/3(...)" has two readings: write /(3*(...)) or /3*(...)', 4),
        ("x^2y", '"^2y" has two readings: write ^(2*y) or ^2*y', 3),
        ("e^2x", '"^2x" has two readings: write ^(2*x) or ^2*x', 3),
        ("√2x", '"√2x" has two readings: write sqrt(2*x) or sqrt(2)*x', 2),
        ("√x^2", "√ before a power has two readings: write sqrt(x^2) or sqrt(x)^2", 2),
        ("|x|y|x|", "bars beside a value have two readings: write * and abs(...)", 3),
        ("x²^3", "write brackets: (x^2)^3 or x^(2^3)", 2),
        ("x²⁺¹", "a superscript is a whole number, as in x² and x⁻¹", 1),
        ("|x", 'this "|" is never closed', 0),
        ("|(x|)", 'a value is missing before ")"', 4),
        ("2 3x", "write 2*3 to multiply", 2),
        ("(x+1)2", 'write * before "2" to multiply', 5),
        ("½x", '"½" is not allowed; use a-z, 0-9 and + - * / ^ ( ) , .', 0),
        ("x and y", '"and" joins comparisons, as in x > 0 and y > 0', 2),
        ("x lambda y", '"lambda" has no meaning in a formula', 2),
        ("max(x)", "max takes at least 2 arguments, got 1", 0),
        ("cos(x, y)", "cos takes 1 argument, got 2", 0),
        ("pow(x, y, 2)", "pow takes 2 arguments, got 3", 0),
        ("(x + (y)", 'this "(" is never closed', 0),
        ("x + y)", 'this ")" has no "(" before it', 5),
        ("x +", "the formula stops where a value should follow", 3),
        ("x + * y", 'a value is missing before "*"', 4),
        ("", "type a formula in x and y, for example x^2 + 3*y^2", 0),
        ("x^33", "an exponent may be at most 32, got 33", 1),
        ("1e13*x", "a number may be at most 1e+12, got 1e13", 0),
        ("x/0", "nothing can be divided by 0", 1),
        ("x*log(-1)", '"log" of -1 is not a finite number', 2),
        ("x; y", '";" is not allowed; use a-z, 0-9 and + - * / ^ ( ) , .', 1),
        ("x\x07", "character U+0007 is not allowed; use a-z, 0-9 and + - * / ^ ( ) , .", 1),
        ("x+" * 250 + "x", "a formula has at most 500 characters, this one has 501", 500),
        ("(" * 41 + "x" + ")" * 41, "the formula is nested more than 40 deep", 40),
    ],
)
def test_a_refusal_says_what_to_write_and_where(text, sentence, position):
    with pytest.raises(FormulaError) as refusal:
        Formula(text)
    assert (str(refusal.value), refusal.value.position) == (sentence, position)


def test_functions_of_other_languages_are_named_by_what_to_write():
    x, y = 0.7, 1.9
    known = {
        **{"sech": 1 / math.cosh(x), "ctg": 1 / math.tan(x), "asec": math.nan, "tg": math.tan(x)},
        **{"arctg": math.atan(x), "acsch": math.asinh(1 / x), "acoth": math.nan},
        **{"log1p": math.log1p(x), "expm1": math.expm1(x), "exp2": 2**x, "logit": math.log(7 / 3)},
        **{"step": 1, "heaviside": 1, "sgn": 1, "trunc": 0, "round": 1, "frac": x, "fmod": x},
        **{
            "square": x * x,
            "power": x**y,
            "sum": x + y,
            "mean": (x + y) / 2,
            "norm": abs(x + y * 1j),
        },
        **{
            "swish": x / (1 + math.exp(-x)),
            "softplus": math.log1p(math.exp(x)),
            "softmax": 1 / (1 + math.exp(y - x)),
        },
    }
    for name, meaning in MEANINGS.items():
        with pytest.raises(FormulaError, match=f'no function "{name}"; write ') as refusal:
            Formula(f"1 + {name}(x, y)")
        assert str(refusal.value).endswith(meaning)
        assert name not in (*ARGUMENTS, *ALIASES)
        formula = Formula(re.split(", which|, or | or ", meaning)[0])
        if name in known:
            np.testing.assert_allclose(formula.value(x, y), known[name], rtol=1e-14, err_msg=name)
    close = {"erf": math.erf, "gelu": lambda u: u * (1 + math.erf(u / 2**0.5)) / 2}
    for name, function in close.items():
        formula = Formula(MEANINGS[name].split(", which")[0])
        for u in (-2.0, -0.5, 0.3, 1.5):
            assert formula.value(u, 0.0) == pytest.approx(function(u), abs=0.025), name


def test_letters_that_became_parameters_are_named_with_what_they_may_have_been():
    assert describe_parameters(Formula("x^2").program.parameters) == ""
    words = describe_parameters(Formula("a*x^2 + width*y").program.parameters)
    assert words == "Parameters, each 1 unless set: a, width"
    words = describe_parameters(Formula("kx + piy + sint + sqrt2 + yb + x").program.parameters)
    for slip, meant in {
        "kx": "k*x to multiply",
        "piy": "pi*y to multiply",
        "sint": "sin(t) for the function",
        "sqrt2": "sqrt(2) for the function",
        "yb": "y*b to multiply",
    }.items():
        assert f"{slip} is one name: write {meant}" in words


def test_what_is_not_text_is_refused():
    with pytest.raises(FormulaError, match="a formula is text, got list"):
        Formula(["x"])  # type: ignore[arg-type]


def run_in_child(code: str) -> list:
    """What the code prints as JSON, from a process that is killed if it hangs."""
    here = Path(__file__).parents[2]
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def test_hostile_texts_are_refused_with_one_sentence_each():
    sentences = run_in_child(
        "import json\n"
        "from optviz import Formula, FormulaError\n"
        "from tests.support.hostile import HOSTILE\n"
        "def refuse(text):\n"
        "    try: Formula(text)\n"
        "    except FormulaError as error: return str(error)\n"
        "print(json.dumps([refuse(text) for text in HOSTILE]))"
    )
    assert len(HOSTILE) >= 45
    accepted = [text for text, said in zip(HOSTILE, sentences, strict=True) if not said]
    assert accepted == []
    python = ("syntax", "<unknown>", "Error", "ast.", "object", "Traceback", "\n", "token")
    assert [said for said in sentences if len(said) > 200 or any(w in said for w in python)] == []


def test_heavy_texts_within_the_limits_take_no_time():
    counts = run_in_child(
        "import json, numpy as np\n"
        "from optviz import Formula\n"
        "from tests.support.hostile import LEGAL_BUT_HEAVY\n"
        "x = np.linspace(0.5, 1.5, 9)\n"
        "def work(text):\n"
        "    formula = Formula(text)\n"
        "    formula.latex(), formula.value(0.5, 0.5), formula.grad(0.5, 0.5)\n"
        "    return len([formula.value(x, x), *formula.grad(x, x), *formula.hess(x, x)])\n"
        "print(json.dumps([work(text) for text in LEGAL_BUT_HEAVY]))"
    )
    assert counts == [6] * len(LEGAL_BUT_HEAVY)


CHOICE = (
    r"\begin{cases} -x & \text{if } x \leq 0 \text{ and } (y > 1 \text{ or } y = 0) \\"
    r" y & \text{otherwise} \end{cases}"
)
NESTED = CHOICE.replace(r"\\ y", r"\\ 1 & \text{if } x \neq y \\ y")


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("(1 - x)^2 + 100*(y - x^2)^2", r"(1 - x)^{2} + 100 \, (y - x^{2})^{2}"),
        ("-x^2/(2*width)", r"\frac{-x^{2}}{2 \, \mathrm{width}}"),
        ("x*2*-y", r"x \cdot 2 \, (-y)"),
        ("x - (y - 1)", "x - (y - 1)"),
        ("sin(x)^2 + sin(x)^-1", r"\sin^{2}(x) + (\sin(x))^{-1}"),
        ("exp(-x)*sqrt(abs(y))", r"e^{-x} \, \sqrt{\left|y\right|}"),
        ("lambda1*pi + 1e-3*log(x)", r"\lambda_{1} \, \pi + 1 \cdot 10^{-3} \, \ln(x)"),
        ("(x^2)^y", "(x^{2})^{y}"),
        ("cbrt(x) - asinh(y)", r"\sqrt[3]{x} - \operatorname{arsinh}(y)"),
        ("mod(x, 2) + hypot(x, y)", r"\operatorname{mod}(x, 2) + \operatorname{hypot}(x, y)"),
        ("where(x <= 0 and (y > 1 or y == 0), -x, y)", CHOICE),
        ("where(x <= 0 and (y > 1 or y == 0), -x, where(x != y, 1, y))", NESTED),
        (
            "atan2(y, x)^2 + acosh(x)^2",
            r"(\operatorname{atan2}(y, x))^{2} + \operatorname{arcosh}^{2}(x)",
        ),
        (
            "where(x > 0, x, y) + 1",
            r"(\begin{cases} x & \text{if } x > 0 \\ y & \text{otherwise} \end{cases}) + 1",
        ),
        ("max(x, floor(y))", r"\max(x, \left\lfloor y\right\rfloor)"),
    ],
)
def test_latex_is_the_text_as_it_was_typed(text, latex):
    written = Formula(text).latex().replace(r"\left(", "(").replace(r"\right)", ")")
    assert written == latex


def test_a_formula_survives_the_way_to_another_process():
    formula = copy.deepcopy(Formula("a*x^2", a=3))
    assert (formula.value(2.0, 0.0), repr(formula)) == (12.0, "Formula('a*x^2', a=3.0)")


def test_a_surface_answers_for_points_runs_and_whole_numbers():
    surface = Surface(
        formula=Formula("x^2*y"), start=np.ones(2), window=((-1, 1), (-1, 1)), name="cubic"
    )
    params = np.arange(2.0 * 3 * 4).reshape(2, 3, 4)
    assert surface.loss(params).shape == (3, 4)
    assert surface.hess(params).shape == (2, 2, 3, 4)
    np.testing.assert_array_equal(surface.grad(params)[:, 2, 3], surface.grad(params[:, 2, 3]))
    np.testing.assert_array_equal(surface.grad(np.array([1, 2])), [4.0, 1.0])
    np.testing.assert_array_equal(surface.hess(np.array([1.0, 2.0])), [[4.0, 2.0], [2.0, 0.0]])
