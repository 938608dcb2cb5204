"""A schedule as an ES module: the statements of its own Python text, one by one."""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import fields
from typing import Any, NamedTuple

from optviz.formulas.javascript import JAVASCRIPT, write_helpers, write_javascript_number
from optviz.formulas.writing import LOOSE, Part
from optviz.schedules import Named, Schedule, fit_schedule

OPERATIONS: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
OPERATIONS |= {ast.Pow: "pow", ast.Mod: "%", ast.USub: "neg"}
COMPARED = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "===", ast.NotEq: "!=="}
JOINED = {ast.And: " && ", ast.Or: " || "}
FUNCTIONS = frozenset(["min", "max", "cos", "sin", "exp", "log", "sqrt", "floor", "ceil", "abs"])
CONSTANTS = {"pi": "Math.PI", "e": "Math.E", "inf": "Infinity"}


def emit_schedule(schedule: Schedule, steps: int) -> str:
    """Write a schedule of a run of some steps as an ES module.

        settings                 the numbers of a named schedule
        factor(step, settings)   what multiplies the learning rate at a step

    Of a named schedule its own text is written; of any other function its factors at the steps.
    """
    schedule = fit_schedule(schedule, steps)
    if not isinstance(schedule, Named):
        factors = ", ".join(write_javascript_number(schedule(step)) for step in range(steps))
        return f"const factors = [{factors}];\nexport const factor = (step) => factors[step];\n"
    kind: Any = type(schedule)
    settings = ", ".join(
        f"{spec.name}: {write_javascript_number(getattr(schedule, spec.name))}"
        for spec in fields(kind)
    )
    [function] = ast.parse(textwrap.dedent(inspect.getsource(kind.__call__))).body
    assert isinstance(function, ast.FunctionDef)
    code = _write_block(function.body)
    body = f"export const settings = {{ {settings} }};\n\n"
    body += f"export function factor(step, settings) {{\n{code}}}\n"
    about = f"// {kind.__name__}: written by optviz from the schedule's own text."
    return "\n".join(each for each in (about, write_helpers(body), body) if each)


def _write_block(statements: list[ast.stmt], indent: str = "  ") -> str:
    """Write statements, one a line."""
    lines = ""
    for each in statements:
        if isinstance(each, ast.Return) and each.value:
            lines += f"{indent}return {_write_part(each.value)};\n"
        elif isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
            lines += f"{indent}const {each.targets[0].id} = {_write_part(each.value)};\n"
        elif isinstance(each, ast.If):
            lines += f"{indent}if ({_write_part(each.test)}) {{\n"
            lines += _write_block(each.body, indent + "  ") + f"{indent}}}\n"
            if each.orelse:
                rest = _write_block(each.orelse, indent + "  ")
                lines = f"{lines.rstrip()} else {{\n{rest}{indent}}}\n"
        elif not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)):
            raise ValueError(f"a schedule cannot be written with {ast.unparse(each)!r:.60}")
    return lines


class _Source(NamedTuple):
    """What a part of a text stands for."""

    op: str
    number: Any = None


def _write_part(part: ast.expr) -> Part:
    """Write an expression."""
    match part:
        case ast.Constant(value=bool() | int() | float() as value):
            return Part(write_javascript_number(value), source=_Source("number", value))
        case ast.Name(id=name):
            return Part(CONSTANTS.get(name, name), source=_Source("name"))
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return Part(f"settings.{name}", source=_Source("name"))
        case ast.BinOp(left=left, op=ast.FloorDiv(), right=right):
            quotient = _join("/", left, right)
            return Part(f"Math.floor({quotient})", source=_Source("floor"))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
            return _join(OPERATIONS[type(op)], left, right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _join("neg", operand)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return _join(name, *args)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARED:
            text = f"{_write_part(left)} {COMPARED[type(op)]} {_write_part(right)}"
        case ast.BoolOp(op=op, values=values):
            text = JOINED[type(op)].join(map(_write_part, values))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            text = f"!({_write_part(operand)})"
        case ast.IfExp(test=test, body=body, orelse=orelse):
            text = " ".join([_write_part(test), "?", _write_part(body), ":", _write_part(orelse)])
        case _:
            raise ValueError(f"a schedule cannot be written with {ast.unparse(part)!r:.60}")
    return Part(text, LOOSE, _Source("choice"))


def _join(op: str, *args: ast.expr) -> Part:
    return JAVASCRIPT.join(_Source(op), list(map(_write_part, args)))
