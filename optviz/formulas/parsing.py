"""From typed text to a list of nodes, by a small parser that knows nothing else.

Only numbers, names, + - * / ^ and the functions of a table can come out of it, every refusal knows
its place in the text, and no message of Python's own parser reaches the person who typed.
The work is linear in the length of the text.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from optviz.formulas import errors as refusals
from optviz.formulas.errors import (
    ALIASES,
    ANY_NUMBER,
    ARGUMENTS,
    FUNCTIONS,
    FormulaError,
    refuse_code,
)
from optviz.formulas.operations import COMPARISONS, ERRORS, FLOATS
from optviz.formulas.tokens import Token, tokenize

MAX_LENGTH = 500
"""Characters. A node takes at least one, so this bounds the nodes as well."""
MAX_DEPTH = 40
MAX_EXPONENT = 32
MAX_NUMBER = 1e12
JOINTS = {"and": "both", "or": "either"}
CONDITIONS = (*COMPARISONS.values(), *JOINTS.values())
"""The operations that hold or do not, for the first argument of where."""


class Node(NamedTuple):
    """A number, name or operation as it was typed; `args` are places of earlier nodes.

    op is "number", "constant", "variable", "parameter", "neg", one of + - * / ^, a function or one
    of CONDITIONS; `name` is the text of a leaf; `number` the value of what is the same everywhere.
    """

    op: str
    args: tuple[int, ...] = ()
    name: str = ""
    number: float | None = None


def parse(text: str) -> tuple[Node, ...]:
    """Parse a formula to nodes in the order of evaluation; the last one is the whole.

    -x^2 is -(x^2), and x^2^3 is x^8; ** is read as ^. What has one reading may do without signs, as
    2x + 3y², √x, |x|, 2π or sin(x)cos(y); what has two is refused, as 1/2x or x^2y. A comparison
    stands in where(x > 0 and y < 1, a, b) alone; 0 < x < 1 is 0 < x and x < 1.
    Raises: FormulaError, a ValueError with one sentence for the person who typed.
    """
    if not isinstance(text, str):
        raise FormulaError(f"a formula is text, got {type(text).__name__}")
    if not text.strip():
        raise FormulaError("type a formula in x and y, for example x^2 + 3*y^2", 0)
    if len(text) > MAX_LENGTH:
        message = f"a formula has at most {MAX_LENGTH} characters, this one has {len(text)}"
        raise FormulaError(message, MAX_LENGTH)
    refuse_code(text)
    return _Parser(tokenize(text.rstrip())).parse_formula()


class _Parser:
    """Recursive descent: a method for each level of precedence returns the place of its node."""

    def __init__(self, tokens: list[Token]):
        self.tokens, self.at, self.depth = tokens, 0, 0
        self.nodes: list[Node] = []
        self.is_in_bars = False
        """True where a | closes, false where it opens."""
        self.ending = ""
        """How the last factor ends: number, name, power, root or bar; "" where it is closed."""
        self.signs: dict[int, Token] = {}
        """The sign of each condition, by the place of its node."""

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def parse_formula(self) -> tuple[Node, ...]:
        place = self.parse_condition()
        if self.token.text:
            raise self.token.refuse(refusals.MISPLACED[self.token.text])
        self.check_values(place)
        return tuple(self.nodes)

    def parse_condition(self) -> int:
        return self.parse_joined("or", partial(self.parse_joined, "and", self.parse_comparison))

    def parse_joined(self, word: str, rule: Callable[[], int]) -> int:
        place = rule()
        while self.token.text == word:
            sign = self.take()
            place = self.append_condition(sign, JOINTS[word], place, rule())
        return place

    def parse_comparison(self) -> int:
        left, first = self.parse_sum(), self.token
        place = left
        while self.token.text in COMPARISONS:
            sign = self.take()
            if sign.text[0] != first.text[0] or (sign is not first and sign.text[0] not in "<>"):
                raise sign.refuse('join comparisons by "and": x < y and y > 0')
            right = self.parse_sum()
            held = self.append_condition(sign, COMPARISONS[sign.text], left, right)
            place = held if sign is first else self.append_condition(sign, "both", place, held)
            left = right
        if self.token.text == "=" and self.depth:
            raise self.token.refuse("write ==, <= or >= to compare")
        return place

    def append_condition(self, sign: Token, op: str, *places: int) -> int:
        for place in places:
            if op in JOINTS.values() and place not in self.signs:
                raise sign.refuse(f'"{sign.text}" joins comparisons, as in x > 0 and y > 0')
        place = self.append_operation(sign, op, *places)
        self.signs[place] = sign
        return place

    def check_values(self, *places: int) -> None:
        """Refuse a condition where a number should stand."""
        for place in places:
            if place in self.signs:
                raise self.signs[place].refuse(refusals.COMPARISON)

    def parse_sum(self) -> int:
        left = self.parse_product()
        while self.token.text in ("+", "-"):
            sign = self.take()
            left = self.append_operation(sign, sign.text, left, self.parse_product())
        return left

    def parse_product(self) -> int:
        left, sign = self.parse_signed(), Token("", 0)
        while True:
            token = self.token
            if token.text in ("*", "/"):
                sign = self.take()
                left = self.append_operation(sign, sign.text, left, self.parse_signed())
            elif token.starts_value or (token.text == "|" and not self.is_in_bars):
                self.refuse_two_readings("/" if sign.text == "/" else "")
                left = self.append_operation(token, "*", left, self.parse_power())
            else:
                return left

    def refuse_two_readings(self, sign: str) -> None:
        """Refuse a product without its sign where that may mean something else too."""
        before, token = self.tokens[self.at - 1], self.token
        joined = self.ending == "name" and token.is_name and "π" not in (before.text, token.text)
        if token.is_number or joined:
            raise token.refuse(refusals.explain_neighbors(before.text, token.text))
        sign = {"power": "^", "root": "√"}.get(self.ending, sign)
        bars = "|" in (before.text, token.text) and sum(t.text == "|" for t in self.tokens) > 2
        if sign or bars:
            raise token.refuse(refusals.explain_two_readings(sign, before.text, token.text))

    def parse_signed(self) -> int:
        if self.token.text not in ("+", "-"):
            return self.parse_power()
        sign = self.take()
        place = self.descend(self.parse_signed, sign)
        return self.append_operation(sign, "neg", place) if sign.text == "-" else place

    def parse_power(self) -> int:
        is_raised, base = self.token.is_raised, self.parse_value()
        if self.token.text != "^" or is_raised:
            return base
        sign = self.take()
        if self.ending == "root":
            raise sign.refuse("√ before a power has two readings: write sqrt(x^2) or sqrt(x)^2")
        place = self.append_operation(sign, "^", base, self.descend(self.parse_signed, sign))
        self.ending = "" if sign.is_raised else "power"
        if sign.is_raised and self.token.is_raised:
            raise self.token.refuse("a superscript is a whole number, as in x² and x⁻¹")
        if sign.is_raised and self.token.text == "^":
            raise self.token.refuse("write brackets: (x^2)^3 or x^(2^3)")
        return place

    def parse_value(self) -> int:
        token, ending = self.take(), ""
        if token.text in ("(", "|"):
            place = self.parse_enclosed(token, self.parse_condition)
            ending = "bar" if token.text == "|" else ""
        elif token.text == "√":
            inner = self.descend(self.parse_value, token)
            ending = "root" if self.ending in ("number", "name", "root") else ""
            place = self.append_operation(token, "sqrt", inner)
        elif token.is_name:
            ending = "" if token.text in FUNCTIONS else "name"
            place = self.parse_name(token)
        elif token.is_number:
            ending, number = "number", float(token.text)
            if number > MAX_NUMBER:
                raise token.refuse(f"a number may be at most {MAX_NUMBER:g}, got {token.text:.30}")
            place = self.append(Node("number", (), token.text, number))
        else:
            raise token.refuse(refusals.explain_gap(token.text))
        self.ending = ending
        return place

    def parse_enclosed(self, opened: Token, rule: Callable[[], int]) -> int:
        """Parse what stands in brackets, or in the bars of an absolute value."""
        outside, self.is_in_bars = self.is_in_bars, opened.text == "|"
        place = self.descend(rule, opened)
        self.expect_close(opened)
        self.is_in_bars = outside
        return self.append_operation(opened, "abs", place) if opened.text == "|" else place

    def parse_name(self, token: Token) -> int:
        name = token.text
        if name in FUNCTIONS:
            return self.parse_call(token)
        if self.token.text == "(" and name != "π":
            raise token.refuse(refusals.explain_function(name))
        if name == "π":
            return self.append(Node("constant", (), "pi", math.pi))
        if name in ("x", "y"):
            return self.append(Node("variable", (), name))
        if name in ("pi", "e"):
            return self.append(Node("constant", (), name, getattr(math, name)))
        hint = refusals.explain_name(name)
        if hint:
            raise token.refuse(hint)
        return self.append(Node("parameter", (), name))

    def parse_call(self, token: Token) -> int:
        if self.token.text != "(":
            after = self.tokens[self.at + 1].text if self.token.text else ""
            raise token.refuse(refusals.explain_bare_function(token.text, self.token.text, after))
        opened, outside = self.take(), self.is_in_bars
        self.is_in_bars = False
        places = [] if self.token.text == ")" else [self.descend(self.parse_condition, token)]
        while self.token.text == ",":
            self.take()
            places.append(self.descend(self.parse_condition, token))
        self.expect_close(opened)
        self.is_in_bars = outside
        name = ALIASES.get(token.text, token.text)
        wanted = ARGUMENTS[name]
        if len(places) < wanted or (len(places) > wanted and name not in ANY_NUMBER):
            raise token.refuse(refusals.explain_count(token.text, len(places)))
        if name == "where" and places[0] not in self.signs:
            raise token.refuse("where takes a comparison first, as in where(x > 0, x, y)")
        name = "^" if name == "pow" else name
        if name not in ANY_NUMBER:
            return self.append_operation(token, name, *places)
        place, *others = places
        for other in others:  # max(a, b, c) is max(max(a, b), c)
            place = self.append_operation(token, name, place, other)
        return place

    def expect_close(self, opened: Token) -> None:
        token, closing = self.take(), "|" if opened.text == "|" else ")"
        if not token.text:
            raise opened.refuse(f'this "{opened.text}" is never closed')
        if token.text != closing:
            raise token.refuse(refusals.MISPLACED.get(token.text, refusals.explain_gap(token.text)))

    def descend(self, rule: Callable[[], int], token: Token) -> int:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise token.refuse(f"the formula is nested more than {MAX_DEPTH} deep")
        place = rule()
        self.depth -= 1
        return place

    def append_operation(self, token: Token, op: str, *places: int) -> int:
        if op not in JOINTS.values():
            self.check_values(*places[op == "where" :])
        numbers = [self.nodes[place].number for place in places]
        if op == "^" and numbers[1] is not None and abs(numbers[1]) > MAX_EXPONENT:
            raise token.refuse(f"an exponent may be at most {MAX_EXPONENT}, got {numbers[1]:g}")
        if op in ("/", "mod") and numbers[1] == 0:
            raise token.refuse("nothing can be divided by 0")
        number = None
        if None not in numbers:  # computed in floats, so that 9^9^9 costs nothing
            try:
                number = FLOATS["pow" if op == "^" else op](*numbers)
            except ERRORS:
                number = math.inf
            if not math.isfinite(number):
                given = " and ".join(f"{each:g}" for each in numbers)
                raise token.refuse(f'"{token.text}" of {given} is not a finite number')
        return self.append(Node(op, places, "", number))

    def append(self, node: Node) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1
