"""The names in a formula and its refusals: each is one sentence that says what to write instead."""

from __future__ import annotations

import difflib
import keyword
import re
from collections.abc import Sequence

CONSTANTS = ("pi", "e")
ONE_ARGUMENT = (
    *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"),
    *("asinh", "acosh", "atanh", "exp", "log", "log10", "log2", "sqrt", "cbrt"),
    *("abs", "sign", "floor", "ceil", "sigmoid", "relu"),
)
ANY_NUMBER = ("max", "min", "hypot")
"""The functions of two arguments that take more as well."""
ARGUMENTS = dict.fromkeys(ONE_ARGUMENT, 1)
ARGUMENTS |= dict.fromkeys((*ANY_NUMBER, "pow", "atan2", "mod"), 2) | {"where": 3}
"""The functions, and how many arguments each takes."""
EXAMPLES = {1: "x", 2: "x, y", 3: "x > 0, x, y"}
ALIASES = {"ln": "log", "arctan2": "atan2", "logistic": "sigmoid", "expit": "sigmoid"}
ALIASES |= {f"arc{name[1:]}": name for name in ONE_ARGUMENT if name[0] == "a" and name != "abs"}
ALIASES |= {"arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh"}
FUNCTIONS = (*ARGUMENTS, *ALIASES)
ONE_NAMES = [name for name in FUNCTIONS if ALIASES.get(name, name) in ONE_ARGUMENT]
"""All names of functions of one argument."""

SIGNS = "use a-z, 0-9 and + - * / ^ ( ) , ."
CHOICE = "write where(x > 0, a, b) for a where x > 0, else b"
COMPARISON = "a comparison stands in where(...): where(x < y, a, b) is a where x < y, else b"
HINTS = {
    "_": 'names have letters and digits only, no "_"',
    "\n": "write the formula on one line",
    "!": "a formula has no factorials",
    "%": '"%" has two readings: write mod(x, y) for the remainder, x/100 for per cent',
    **dict.fromkeys("?:", CHOICE),
    **dict.fromkeys("&∧∨¬", 'write "and" or "or" between comparisons, inside where(...)'),
    **dict.fromkeys("'\"`", "a formula holds numbers, not quoted text"),
    **dict.fromkeys("[]{}", "write round brackets, ( and )"),
}
AS_CODE = (
    (r"\b[^\W\d]\w+\.(?=[^\W\d])", 'write what comes after "{}" alone, without it'),
    (r"^\s*[^\W\d]\w*\s*\([^()]*\)\s*=(?!=)", 'write the formula alone, without "{}"'),
    (r"\bif\b(?=.*\belse\b)", CHOICE),
)
"""What makes a text a piece of a program, where it begins, and what to write instead."""
MISPLACED = {
    ")": 'this ")" has no "(" before it',
    ",": "a comma only separates what a function takes, as in max(x, y); write decimals as 1.5",
    ".": 'a "." belongs inside a number, once, as in 1.5',
    "|": 'this "|" has no partner: write abs(x) or |x|',
    "=": 'write the formula alone, without "="',
    **dict.fromkeys(("and", "or"), COMPARISON),
}
MEANINGS = {
    # trigonometry
    **{
        "arsin": "asin(x)",
        "arcos": "acos(x)",
        "artan": "atan(x)",
        "sinus": "sin(x)",
        "cosine": "cos(x)",
        "cosinus": "cos(x)",
        "tangent": "tan(x)",
    },
    **{"tg": "tan(x)", "sec": "1/cos(x)", "csc": "1/sin(x)", "cosec": "1/sin(x)"},
    **dict.fromkeys(("cot", "ctg", "cotan"), "1/tan(x)"),
    **{"arctg": "atan(x)", "acot": "atan(1/x)", "arccot": "atan(1/x)", "arcctg": "atan(1/x)"},
    **{"asec": "acos(1/x)", "arcsec": "acos(1/x)", "acsc": "asin(1/x)", "arccsc": "asin(1/x)"},
    **{"sh": "sinh(x)", "ch": "cosh(x)", "th": "tanh(x)", "tgh": "tanh(x)"},
    **{"sech": "1/cosh(x)", "csch": "1/sinh(x)", "coth": "1/tanh(x)", "cth": "1/tanh(x)"},
    **{"arsh": "asinh(x)", "arch": "acosh(x)", "arth": "atanh(x)", "acoth": "atanh(1/x)"},
    **{"asech": "acosh(1/x)", "acsch": "asinh(1/x)", "sinc": "sin(x)/x"},
    **{"angle": "atan2(y, x)", "radians": "x*pi/180", "degrees": "x*180/pi"},
    # powers, roots and logarithms
    **dict.fromkeys(("power", "expt"), "x^y, or x^2 for a square"),
    **dict.fromkeys(("square", "sqr", "sq", "squared"), "x^2"),
    **{"cube": "x^3", "exp2": "2^x", "exp10": "10^x", "expm1": "exp(x) - 1"},
    **{"root": "sqrt(x), or x^(1/y) for another root", "nthroot": "x^(1/y)", "rt": "sqrt(x)"},
    **{
        "cuberoot": "cbrt(x)",
        "curt": "cbrt(x)",
        "squareroot": "sqrt(x)",
        "sqroot": "sqrt(x)",
        "rsqrt": "1/sqrt(x)",
    },
    **{"inv": "1/x", "reciprocal": "1/x", "recip": "1/x"},
    **{
        "logn": "log(x)",
        "logarithm": "log(x)",
        "log1p": "log(1 + x)",
        "lg": "log10(x) or log2(x)",
        "ld": "log2(x)",
        "lb": "log2(x)",
    },
    **{"logit": "log(x/(1 - x))", "xlogx": "x*log(x)", "logb": "log(x)/log(b)"},
    **dict.fromkeys(("logaddexp", "logsumexp", "lse"), "log(exp(x) + exp(y))"),
    # choices, steps and remainders
    **dict.fromkeys(("if", "iif", "ifelse", "ifs", "select", "choose"), "where(x > 0, a, b)"),
    **dict.fromkeys(("piecewise", "cases", "switch", "cond"), "where(x > 0, a, b)"),
    **dict.fromkeys(("step", "heaviside", "theta", "unitstep"), "where(x >= 0, 1, 0)"),
    **dict.fromkeys(("indicator", "bool"), "where(x > 0, 1, 0)"),
    **dict.fromkeys(("sgn", "signum"), "sign(x)"),
    **dict.fromkeys(("fmod", "rem", "remainder", "modulo"), "mod(x, y), which has the sign of y"),
    **{"round": "floor(x + 0.5)", "rint": "floor(x + 0.5)", "frac": "mod(x, 1)"},
    **dict.fromkeys(("trunc", "int", "fix"), "sign(x)*floor(abs(x))"),
    **{"floordiv": "floor(x/y)", "div": "x/y, or floor(x/y) for its whole part"},
    **dict.fromkeys(("clip", "clamp"), "min(max(x, a), b)"),
    **dict.fromkeys(("maximum", "fmax"), "max(x, y)"),
    **dict.fromkeys(("minimum", "fmin"), "min(x, y)"),
    **dict.fromkeys(("fabs", "absolute", "modulus", "magnitude"), "abs(x)"),
    # sums and lengths
    **{"sum": "x + y", "add": "x + y", "plus": "x + y", "sub": "x - y", "subtract": "x - y"},
    **dict.fromkeys(("prod", "product", "mul", "multiply", "times"), "x*y"),
    **{"divide": "x/y", "neg": "-x", "negative": "-x", "dot": "x*y"},
    **dict.fromkeys(("mean", "avg", "average"), "(x + y)/2"),
    **dict.fromkeys(("norm", "length", "dist", "distance"), "hypot(x, y)"),
    **{"sumsq": "x^2 + y^2", "sumsqr": "x^2 + y^2", "norm2": "hypot(x, y)"},
    # neural networks and bells
    **{"softplus": "log(1 + exp(x))", "logsigmoid": "log(sigmoid(x))"},
    **dict.fromkeys(("swish", "silu"), "x*sigmoid(x)"),
    **{"gelu": "x*sigmoid(1.702*x), which is close", "mish": "x*tanh(log(1 + exp(x)))"},
    **{"elu": "where(x > 0, x, exp(x) - 1)", "leakyrelu": "max(x, 0.01*x)"},
    **{"lrelu": "max(x, 0.01*x)", "prelu": "max(x, a*x)", "relu6": "min(relu(x), 6)"},
    **{"softsign": "x/(1 + abs(x))", "hardtanh": "min(max(x, -1), 1)"},
    **{"softmax": "sigmoid(x - y)", "rectifier": "relu(x)", "hinge": "relu(1 - x)"},
    **dict.fromkeys(("gauss", "gaussian", "normal"), "exp(-x^2/2)"),
    **{"erf": "tanh(1.128*x + 0.103*x^3), which is close", "rbf": "exp(-x^2)"},
    "erfc": "1 - tanh(1.128*x + 0.103*x^3), which is close",
}
"""What to write in place of a function of other languages, by its name there."""
OF_TWO = {
    "log": "log(x)/log(b) for the logarithm to base b",
    "atan": "atan2(y, x) for the angle of a point",
    **dict.fromkeys(("sqrt", "cbrt"), "x^(1/y) for another root"),
}
"""What to write for two arguments of a function of one."""


class FormulaError(ValueError):
    """The refusal of a formula: one sentence, and the place in the text where it is known."""

    def __init__(self, message: str, position: int | None = None):
        super().__init__(message)
        self.position = position

    def __reduce__(self):
        return type(self), (str(self), self.position)


def refuse_code(text: str) -> None:
    """Raise FormulaError for a piece of a program: np.exp(x), f(x, y) = x, a if b else c."""
    for pattern, words in AS_CODE:
        if found := re.search(pattern, text):
            raise FormulaError(words.format(found[0].strip()), found.start())


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
    if right in ("if", "else"):
        return CHOICE
    if keyword.iskeyword(right):
        return f'"{right}" has no meaning in a formula'
    if right == "mod":
        return "write mod(x, y) for the remainder of x by y"
    if left.lower() in MEANINGS:
        return f'no function "{left}"; write {MEANINGS[left.lower()]}'
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


def explain_bare_function(function: str, following: str, after: str) -> str:
    """Explain why a function needs its brackets: sin x, sin^2(x), sin^-1(x)."""
    if following == "^" and after == "-" and f"a{function}" in ARGUMENTS:
        return f"{function}^-1 has two readings: write a{function}(x) or 1/{function}(x)"
    if following == "^":
        return f"write {function}(x)^2 for the square of {function}(x)"
    wanted = ARGUMENTS[ALIASES.get(function, function)]
    is_value = wanted == 1 and following[:1].isalnum()
    return f"write {function}({following if is_value else EXAMPLES[wanted]})"


def explain_count(function: str, given: int) -> str:
    """Explain how many arguments a function takes."""
    name = ALIASES.get(function, function)
    wanted, more = ARGUMENTS[name], "at least " * (name in ANY_NUMBER)
    takes = f"{function} takes {more}{wanted} argument{'s' * (wanted > 1)}, got {given}"
    if name in OF_TWO and given == 2:
        return f"{takes}; write {OF_TWO[name]}"
    return takes if wanted < 3 else f"{takes}: write {name}({EXAMPLES[wanted]})"


def explain_function(name: str) -> str:
    """Explain why a name before a bracket is refused."""
    lower = name.lower()
    if lower in FUNCTIONS:
        return f"write {lower}, not {name}"
    if lower in MEANINGS:
        return f'no function "{name}"; write {MEANINGS[lower]}'
    slip = re.fullmatch(f"([xy])({'|'.join(FUNCTIONS)})", name)
    if slip:
        return f"write {slip[1]}*{slip[2]}(...) to multiply"
    if len(name) == 1 or name in CONSTANTS:
        return f"{name} is not a function; write {name}*(...) to multiply"
    counted = re.fullmatch(f"({'|'.join(ONE_NAMES)})([0-9]+)", name)
    if counted:
        function, count = counted.groups()
        other = f"log(x)/log({count})" if function == "log" else f"{function}(x)^{count}"
        return f"{name:.30} has two readings: write {other} or {function}({count}*x)"
    alike = {each: difflib.SequenceMatcher(None, lower, each) for each in (*MEANINGS, *FUNCTIONS)}
    likely = [each for each in alike if abs(len(each) - len(name)) < 2]
    nearest = max(likely, key=lambda each: (alike[each].ratio(), each in FUNCTIONS), default="")
    known = f"use {' '.join(ARGUMENTS)}"
    if nearest and alike[nearest].ratio() >= 0.6:
        known = f"nearest: {nearest}"
        known = f"for {nearest} write {MEANINGS[nearest]}" if nearest in MEANINGS else known
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
    slip = re.fullmatch(f"({'|'.join(ONE_NAMES)})([0-9]*)([xy][a-z0-9]*)", name)
    if slip and slip[2] and f"{slip[1]}{slip[2]}" in ONE_ARGUMENT:
        return f"write {slip[1]}{slip[2]}({slip[3]}) or {slip[1]}({slip[2]}*{slip[3]})"
    return f"write {slip[1]}({'*'.join(filter(None, slip.groups()[1:]))})" if slip else None


def describe_parameters(names: Sequence[str]) -> str:
    """Say which letters became parameters, and which of them look like slips; "" of none."""
    slips = [slip for name in names if (slip := suggest_reading(name))]
    said = f" ({'; '.join(slips)})" if slips else ""
    return f"Parameters, each 1 unless set: {', '.join(names)}{said}" if names else ""


def suggest_reading(name: str) -> str | None:
    """Return what a parameter may have been meant to be: kx as k*x, sint as sin(t)."""
    product = re.fullmatch("(pi|[a-z])([xy]+)|([xy])([a-z])", name)
    if product:
        return f"{name} is one name: write {'*'.join(filter(None, product.groups()))} to multiply"
    call = re.fullmatch(f"({'|'.join(ONE_NAMES)})([a-z]|[0-9]+)", name)
    return f"{name} is one name: write {call[1]}({call[2]}) for the function" if call else None
