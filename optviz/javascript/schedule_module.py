"""A schedule as an ES module: the statements of its own Python text, one by one."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import fields
from typing import Any, NamedTuple

from optviz.code_text import read_code
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
        beta1(step, settings)    the rule's memory of gradients, or null; where it may be cycled

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
    body = f"export const settings = {{ {settings} }};\n\n" + _write_functions(kind)
    about = f"// {kind.__name__}: written by optviz from the schedule's own text."
    return "\n".join(each for each in (about, write_helpers(body), body) if each)


def _write_functions(kind: Any) -> str:
    """Write the functions of a schedule, and those that they call."""
    asked = {"factor": kind.__call__}
    if hasattr(kind, "beta1"):
        asked["beta1"] = kind.beta1
    written: dict[str, str] = {}
    while missing := [name for name in asked if name not in written]:
        name = missing[0]
        [function] = ast.parse(textwrap.dedent(read_code(asked[name]))).body
        assert isinstance(function, ast.FunctionDef)
        names = [each.arg for each in function.args.args]
        own = [*names[1:], "settings"] if names[0] == "self" else names
        export = "export " * (name in ("factor", "beta1"))
        code = _write_block(function.body)
        written[name] = f"{export}function {name}({', '.join(own)}) {{\n{code}}}\n"
        for each in ast.walk(function):
            match each:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=called)):
                    asked[called.strip("_")] = getattr(kind, called)
                case ast.Call(func=ast.Name(id=called)) if called not in FUNCTIONS:
                    asked[called] = asked[name].__globals__[called]
    return "\n".join(written.values())


def _write_block(statements: list[ast.stmt], indent: str = "  ") -> str:
    """Write statements, one a line."""
    lines = ""
    for each in statements:
        match each:
            case ast.Return(value=ast.expr() as value):
                lines += f"{indent}return {_write_part(value)};\n"
            case ast.Assign(targets=[target], value=value):
                lines += f"{indent}const {_write_part(target)} = {_write_part(value)};\n"
            case ast.If(test=test, body=body, orelse=[]):
                lines += f"{indent}if ({_write_part(test)}) {{\n"
                lines += f"{_write_block(body, indent + '  ')}{indent}}}\n"
            case ast.Expr(value=ast.Constant()):
                pass  # a docstring
            case _:
                raise ValueError(f"a schedule cannot be written with {ast.unparse(each)!r:.60}")
    return lines


class _Source(NamedTuple):
    """The meaning of a part of a text."""

    op: str
    number: Any = None


def _write_part(part: ast.expr) -> Part:
    """Write an expression."""
    match part:
        case ast.Constant(value=None):
            return Part("null", source=_Source("null"))
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
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name), args=args):
            given = ", ".join([*map(_write_part, args), "settings"])
            return Part(f"{name.strip('_')}({given})", source=_Source("call"))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return Part(f"{name}({', '.join(map(_write_part, args))})", source=_Source("call"))
        case ast.Subscript(value=ast.Name(id=name), slice=place):
            return Part(f"{name}[{_write_part(place)}]", source=_Source("item"))
        case ast.Tuple(elts=parts):
            text = f"[{', '.join(map(_write_part, parts))}]"
            return Part(text, source=_Source("tuple"))
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
