"""A rule as an ES module, written from its `init` and `update` as they run on symbols."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optviz.formulas.expressions import Expr
from optviz.formulas.javascript import (
    JAVASCRIPT,
    name_variables,
    write_helpers,
    write_javascript_number,
)
from optviz.formulas.writing import write
from optviz.rules import Rule
from optviz.tracing import Trace, find_symbols, trace

ARGUMENTS = ("params", "grad", "state", "settings", "i")
"""The names of an emitted update's own."""


def emit_rule(rule: Rule) -> str:
    """Write a rule as an ES module.

        settings                              the hyperparameters and their values
        init(params, settings)                the state before the first step
        update(params, grad, state, settings) one step; params and state are changed in place

    params, grad and the averages of the state are arrays of one length. The module's numbers are
    those of numpy: bit for bit where the rule adds, multiplies, divides and takes roots.

    Raises: ValueError: Sign cannot be written as formulas: it branches on a value
    """
    return _RuleModule(trace(rule)).write()


def spell_rule(rule: Rule) -> str:
    """Return the name of a rule with those of the decays around it: L2(Adam)."""
    own, inner = type(rule).__name__, getattr(rule, "rule", None)
    return own if inner is None else f"{own}({spell_rule(inner)})"


class _RuleModule:
    """The texts of a rule's module."""

    def __init__(self, traced: Trace):
        self.trace = traced
        self.hypers = name_variables(traced.hypers, ARGUMENTS)
        self.words: dict[Any, str] = {
            **self.hypers,
            **{name: f"state.{name}" for name in traced.shared},
            **{name: f"state.{name}[i]" for name in traced.vectors},
            "params": "params[i]",
            "grad": "grad[i]",
        }
        """What stands for each symbol, and for each quantity that has a variable."""

    def write(self) -> str:
        """Write the module."""
        name = spell_rule(self.trace.rule)
        settings = ", ".join(
            f"{key}: {write_javascript_number(value)}" for key, value in self.trace.hypers.items()
        )
        body = "\n\n".join(
            [f"export const settings = {{ {settings} }};", self.write_init(), self.write_update()]
        )
        about = f"// {name}: written by optviz from the rule's own text."
        return "\n".join(each for each in (about, write_helpers(body), body) if each) + "\n"

    def write_init(self) -> str:
        """Write the function that returns the state before the first step."""
        fields = []
        for name, expr in self.trace.initial.items():
            text = self.write_expr(expr)
            each = f"Array.from(params, (_, i) => {text})" if name in self.trace.vectors else text
            fields.append(f"    {name}: {each},\n")
        return self.write_function(
            "init(params, settings)",
            self.trace.initial,
            "".join(["  return {\n", *fields, "  };\n"]) if fields else "  return {};\n",
        )

    def write_update(self) -> str:
        """Write the function of a step: first what is one number, then what each parameter has."""
        taken = {*ARGUMENTS, *self.hypers.values()}
        once, each, after = [], [], []
        for name, expr in self.trace.quantities:
            [variable] = name_variables([name], taken).values()
            taken.add(variable)
            line = f"const {variable} = {self.write_expr(expr)};"
            self.words[id(expr)] = variable
            (each if self.trace.is_vector(expr) else once).append(line)
        for name, expr in {"params": self.trace.new, **self.trace.state}.items():
            if expr.name != name:  # else it stays as it is
                place, text = self.words[name], self.write_expr(expr)
                after.append((name in self.trace.vectors, f"{place} = {text};"))
        lines = [f"  {line}" for line in once]
        lines += ["  for (let i = 0; i < params.length; i++) {"]
        lines += [f"    {line}" for line in each]
        lines += [f"    {line}" for is_vector, line in after if is_vector]
        lines += ["  }", *(f"  {line}" for is_vector, line in after if not is_vector)]
        used = {"update": self.trace.new, **self.trace.state}
        return self.write_function(
            "update(params, grad, state, settings)", used, "\n".join(lines) + "\n"
        )

    def write_function(self, head: str, used: Mapping[str, Expr], body: str) -> str:
        """Write a function that takes what it needs of the settings by name."""
        needed = set().union(*map(find_symbols, used.values())) if used else set()
        names = [
            key if key == variable else f"{key}: {variable}"
            for key, variable in self.hypers.items()
            if key in needed
        ]
        take = f"  const {{ {', '.join(names)} }} = settings;\n" if names else ""
        return f"export function {head} {{\n{take}{body}}}"

    def write_expr(self, expr: Expr) -> str:
        """Write an expression; a quantity that has a variable is its name."""

        def write_leaf(each: Expr) -> str | None:
            if id(each) in self.words:
                return self.words[id(each)]
            if each.op == "symbol":
                return self.words[each.name]
            return None if each.number is None else write_javascript_number(each.number)

        return write(expr, JAVASCRIPT, write_leaf)
