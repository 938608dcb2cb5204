"""From typed text to a list of nodes: what a formula may say, and a sentence for all that it may not.

The text is read by a small parser of its own rather than by Python's: nothing but + - * / ^, numbers,
names and the functions below can come out of it, every refusal knows its place in the text, and
no Python message ever reaches the person who typed. Work is linear in the length of the text.
"""

from __future__ import annotations

import difflib
import keyword
import math
import re
from typing import NamedTuple

from optviz.problems.arithmetic import ERRORS, FLOATS

MAX_LENGTH = 500
"""Characters; a node needs at least one of them, so this also bounds the nodes."""
MAX_DEPTH = 40
MAX_EXPONENT = 32
MAX_NUMBER = 1e12

CONSTANTS = {"pi": math.pi, "e": math.e}
ALIASES = {"ln": "log", "arcsin": "asin", "arccos": "acos", "arctan": "atan"}
ONE_ARGUMENT = (
    "sin cos tan asin acos atan sinh cosh tanh exp log log10 log2 sqrt abs sign floor ceil"
).split()
FUNCTIONS = (*ONE_ARGUMENT, "max", "min", "pow", *ALIASES)

TOKEN = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[A-Za-z][A-Za-z0-9]*|\*\*|[-+*/^(),.]")
HINTS = {
    "=": 'write the formula alone, without "="',
    "_": 'names have letters and digits only, no "_"',
    "|": "write abs(x) for |x|",
    "\n": "write the formula on one line",
    "π": "write pi for π",
    "√": "write sqrt(x) for √x",
    **dict.fromkeys("<>!&", "a formula has no comparisons; use max, min, abs or sign"),
    **dict.fromkeys("'\"`", "a formula holds numbers, not quoted text"),
    **dict.fromkeys("[]{}", "write round brackets, ( and )"),
    **dict.fromkeys("·×∙⋅", "write * to multiply"),
    **dict.fromkeys("−–", "write - for minus"),
    **{char: f"write ^{power} for {char}" for power, char in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
}


class FormulaError(ValueError):
    """A formula that is refused: one sentence, and the place in the text where it is known."""

    def __init__(self, message: str, position: int | None = None):
        super().__init__(message)
        self.position = position


class Node(NamedTuple):
    """One thing that was typed; `args` are the places of earlier nodes in the list.

    op is "number", "constant", "variable", "parameter", "neg", one of + - * / ^, or a function;
    `name` is the text of a leaf. `number` is the value of a node that is the same everywhere.
    """

    op: str
    args: tuple[int, ...] = ()
    name: str = ""
    number: float | None = None


class Token(NamedTuple):
    text: str
    position: int

    @property
    def starts_a_value(self) -> bool:
        return self.text == "(" or self.text[:1].isalnum() or (self.text[:1] == "." != self.text)


def parse(text: str) -> tuple[Node, ...]:
    """The nodes of a formula in the order of evaluation; the last one is the whole.

    Raises: FormulaError, a ValueError with one sentence for the person who typed.
    """
    if not isinstance(text, str):
        raise FormulaError(f"a formula is text, got {type(text).__name__}")
    if not text.strip():
        raise FormulaError("type a formula in x and y, for example x^2 + 3*y^2", 0)
    if len(text) > MAX_LENGTH:
        raise FormulaError(
            f"a formula has at most {MAX_LENGTH} characters, this one has {len(text)}", MAX_LENGTH
        )
    return _Parser(tokenize(text.rstrip())).parse()


def tokenize(text: str) -> list[Token]:
    """The numbers, names and signs of the text, and an empty token for its end."""
    tokens, place = [], 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if match:
            tokens.append(Token(match[0].replace("**", "^"), place))
            place = match.end()
        elif text[place] in " \t":
            place += 1
        else:
            raise FormulaError(_refuse_character(text[place]), place)
    return [*tokens, Token("", len(text))]


def _refuse_character(char: str) -> str:
    shown = f'"{char}"' if char.isprintable() else f"character U+{ord(char):04X}"
    return HINTS.get(char, f"{shown} is not allowed; use letters, digits and + - * / ^ ( ) , .")


class _Parser:
    """Recursive descent: one method a level of precedence, each returns its node's place."""

    def __init__(self, tokens: list[Token]):
        self.tokens, self.at, self.depth = tokens, 0, 0
        self.nodes: list[Node] = []

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def parse(self) -> tuple[Node, ...]:
        self.sum()
        if self.token.text:
            raise _leftover(self.token)
        return tuple(self.nodes)

    def sum(self) -> int:
        left = self.product()
        while self.token.text in ("+", "-"):
            sign = self.next()
            left = self.add(sign, sign.text, left, self.product())
        return left

    def product(self) -> int:
        left = self.signed()
        while self.token.text in ("*", "/"):
            sign = self.next()
            left = self.add(sign, sign.text, left, self.signed())
        return left

    def signed(self) -> int:
        """A power with any signs before it: -x^2 is -(x^2)."""
        if self.token.text not in ("+", "-"):
            return self.power()
        sign = self.next()
        value = self.nested(self.signed, sign)
        return self.add(sign, "neg", value) if sign.text == "-" else value

    def power(self) -> int:
        """A value and its exponent: x^2^3 is x^(2^3)."""
        base = self.value()
        if self.token.text != "^":
            return base
        sign = self.next()
        return self.add(sign, "^", base, self.nested(self.signed, sign))

    def value(self) -> int:
        token = self.next()
        if token.text == "(":
            inner = self.nested(self.sum, token)
            self.close(token)
        elif token.text[:1].isalpha():
            inner = self.name(token)
        elif token.starts_a_value:
            inner = self.number(token)
        else:
            raise _missing(token)
        self.refuse_juxtaposition(token)
        return inner

    def refuse_juxtaposition(self, first: Token) -> None:
        """A value right after a value: 2x, x y, 2(x+1)."""
        left, right = self.tokens[self.at - 1], self.token
        if not right.starts_a_value:
            return
        if right.text[0] == ".":
            raise _leftover(Token(".", right.position))
        if keyword.iskeyword(right.text):
            raise FormulaError(f'"{right.text}" has no meaning in a formula', right.position)
        shown = "(...)" if right.text == "(" else right.text
        hint = f"write {left.text}*{shown}" if left is first else f'write * before "{right.text}"'
        raise FormulaError(f"{hint} to multiply", right.position)

    def number(self, token: Token) -> int:
        number = float(token.text)
        if number > MAX_NUMBER:
            message = f"numbers may be at most {MAX_NUMBER:.0e}, got {token.text}"
            raise FormulaError(message, token.position)
        return self.append(Node("number", (), token.text, number))

    def name(self, token: Token) -> int:
        name = token.text
        if name in FUNCTIONS:
            return self.call(token)
        if self.token.text == "(":
            raise FormulaError(_not_a_function(name), token.position)
        if name in ("x", "y"):
            return self.append(Node("variable", (), name))
        if name in CONSTANTS:
            return self.append(Node("constant", (), name, CONSTANTS[name]))
        hint = _not_a_name(name)
        if hint:
            raise FormulaError(hint, token.position)
        return self.append(Node("parameter", (), name))

    def call(self, token: Token) -> int:
        if self.token.text != "(":
            shown = self.token.text if self.token.starts_a_value else "x"
            raise FormulaError(f"write {token.text}({shown})", token.position)
        opened = self.next()
        args = []
        while self.token.text != ")" or args:
            args.append(self.nested(self.sum, token))
            if self.token.text != ",":
                break
            self.next()
        self.close(opened)
        return self.apply(token, args)

    def apply(self, token: Token, args: list[int]) -> int:
        name = ALIASES.get(token.text, token.text)
        least = 1 if name in ONE_ARGUMENT else 2
        if len(args) < least or (len(args) > least and name not in ("max", "min")):
            wanted = "at least 2 arguments" if name in ("max", "min") else f"{least} argument"
            wanted += "s" if name == "pow" else ""
            message = f"{token.text} takes {wanted}, got {len(args)}"
            raise FormulaError(message, token.position)
        if least == 1:
            return self.add(token, name, *args)
        left, *others = args
        for right in others:
            left = self.add(token, "^" if name == "pow" else name, left, right)
        return left

    def close(self, opened: Token) -> None:
        token = self.next()
        if not token.text:
            raise FormulaError('this "(" is never closed', opened.position)
        if token.text != ")":
            raise _leftover(token)

    def nested(self, rule, token: Token) -> int:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            message = f"the formula is nested more than {MAX_DEPTH} deep"
            raise FormulaError(message, token.position)
        place = rule()
        self.depth -= 1
        return place

    def add(self, token: Token, op: str, *args: int) -> int:
        numbers = [self.nodes[arg].number for arg in args]
        if op == "^" and numbers[1] is not None and abs(numbers[1]) > MAX_EXPONENT:
            message = f"exponents may be at most {MAX_EXPONENT}, got {numbers[1]:g}"
            raise FormulaError(message, token.position)
        number = None if None in numbers else _fold(token, op, numbers)
        return self.append(Node(op, args, "", number))

    def append(self, node: Node) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1


def _fold(token: Token, op: str, numbers: list) -> float:
    """The value of an operation on numbers alone, in floats: 9^9^9 costs nothing."""
    try:
        number = FLOATS["pow" if op == "^" else op](*numbers)
    except ERRORS:
        number = math.inf
    if not math.isfinite(number):
        shown = ", ".join(f"{number:g}" for number in numbers)
        raise FormulaError(f'"{token.text}" of {shown} is not a finite number', token.position)
    return number


def _missing(token: Token) -> FormulaError:
    if not token.text:
        return FormulaError("the formula stops where a value should follow", token.position)
    return FormulaError(f'a value is missing before "{token.text}"', token.position)


def _leftover(token: Token) -> FormulaError:
    hint = {
        ")": 'this ")" has no "(" before it',
        ",": "a comma only separates what max, min and pow take; write decimals as 1.5",
        ".": 'a "." belongs inside a number, once, as in 1.5',
    }
    return FormulaError(hint[token.text], token.position)


def _not_a_function(name: str) -> str:
    if name.lower() in FUNCTIONS:
        return f"write {name.lower()}, not {name}"
    if len(name) == 1 or name in CONSTANTS:
        return f"{name} is not a function; write {name}*(...) to multiply"
    nearest = difflib.get_close_matches(name.lower(), FUNCTIONS, 1, 0.5)
    known = f"nearest: {nearest[0]}" if nearest else f"use one of {', '.join(FUNCTIONS)}"
    return f'no function "{name[:30]}"; {known}'


def _not_a_name(name: str) -> str | None:
    """Why a name may not be a parameter, or None: most such names are slips, not parameters."""
    lower = name.lower()
    if name != lower and lower in ("x", "y", *CONSTANTS):
        return f"write {lower}, not {name}"
    if lower in ("inf", "infinity", "nan"):
        return f"a formula holds finite numbers, not {name}"
    if keyword.iskeyword(name) and name != "lambda":
        return f'"{name}" has no meaning in a formula'
    if re.fullmatch("[xy]+", name):
        return f"write {'*'.join(name)}, not {name}"
    if re.fullmatch("[xy][0-9]+", name):
        return f"the variables are x and y; write {name[0]}*{name[1:]} or {name[0]}^{name[1:]}"
    slip = re.fullmatch(f"({'|'.join(FUNCTIONS)})([xy][a-z0-9]*)", name)
    return f"write {slip[1]}({slip[2]})" if slip else None
