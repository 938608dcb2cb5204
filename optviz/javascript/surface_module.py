"""A formula of x and y as an ES module: its value and its exact derivatives, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from optviz.formulas.derivatives import differentiate
from optviz.formulas.javascript import (
    JAVASCRIPT,
    name_variables,
    write_helpers,
    write_javascript_number,
)
from optviz.formulas.terms import Term, find_needed_terms
from optviz.formulas.writing import Part
from optviz.problems.surfaces import Surface

WIDEST = 60
"""The letters of a part of a formula; what would be longer is cut into lines."""
SETTLE = """
// A derivative exists only where the value does. Where a part is too large or too small for a
// float it is taken again with care; null stands for what needs more digits than a float has.
function settle(found, again) {
  if (!Number.isFinite(found[0])) return found.fill(NaN, 1);
  if (found.every(Number.isFinite)) return found;
  const second = again && [found[0], ...again().slice(1)];
  return second && second.every(Number.isFinite) ? second : null;
}
"""


def emit_surface(surface: Surface) -> str:
    """Write a surface as an ES module.

        parameters                the parameters of the formula and their values
        value(x, y, parameters)   the loss
        grad(x, y, parameters)    [the loss, in x, in y]
        hess(x, y, parameters)    [the loss, twice in x, in x and y, twice in y]

    Derivatives are nan where the loss is not finite. `grad` and `hess` return null where the loss
    is finite and a derivative can only be found as a limit, with hundreds of digits, if at all.
    """
    program = surface.formula.program
    variables = name_variables(program.parameters, ("x", "y"))
    careful = differentiate(program.nodes, program.parameters, careful=True)
    write = _Writer(variables).write_function
    parts = [f"export {write('value', [program.jet.value])}"]
    for name, plain, again in (
        ("grad", program.jet.first, careful.first),
        ("hess", program.jet.second, careful.second),
    ):
        inner, arguments = f"compute_{name}", "(x, y, parameters)"
        parts.append(write(inner, [program.jet.value, *plain]))
        text, more = write(f"{inner}_again", [careful.value, *again]), ""
        if text.partition("(")[2] != parts[-1].partition("(")[2]:
            parts.append(text)
            more = f", () => {inner}_again{arguments}"
        call = f"settle({inner}{arguments}{more})"
        parts.append(f"export const {name} = {arguments} => {call};")
    values = ", ".join(
        f"{name}: {write_javascript_number(value)}"
        for name, value in surface.formula.parameters.items()
    )
    values = f"{{ {values} }}" if values else "{}"
    body = "\n\n".join([f"export const parameters = {values};", *parts])
    about = f"// {surface.formula.text}: written by optviz, with its exact derivatives."
    helpers = [write_helpers(body), SETTLE.strip("\n")]
    return "\n".join(each for each in (about, *helpers, body) if each) + "\n"


class _Writer:
    """The writer of functions of x, y and the parameters, each with a variable."""

    def __init__(self, parameters: dict[str, str]):
        self.parameters = parameters
        self.inputs = {"x": "x", "y": "y"}
        self.inputs |= {f"p{place}": name for place, name in enumerate(parameters.values())}

    def write_function(self, name: str, outputs: Sequence[Term]) -> str:
        """Write a function of some terms: of one its value, of more an array."""
        terms = find_needed_terms(outputs)
        uses = Counter(arg for term in terms for arg in term.args if term.op != "input")
        words: dict[Term, Part] = {}
        lines: list[str] = []
        for term in terms:
            if term.op == "input":
                words[term] = Part(self.inputs[term.args[0]], source=term)
            elif term.number is not None:
                words[term] = Part(write_javascript_number(term.number), source=term)
            else:
                text = JAVASCRIPT.join(term, [words[arg] for arg in term.args])
                if uses[term] > 1 or len(text) > WIDEST:
                    [own] = name_variables([f"t{len(lines) + 1}"], self.inputs.values()).values()
                    lines.append(f"  const {own} = {text};\n")
                    text = Part(own, source=term)
                words[term] = text
        found = ", ".join(words[each] for each in outputs)
        found = found if len(outputs) == 1 else f"[{found}]"
        taken = [k if k == v else f"{k}: {v}" for k, v in self.parameters.items()]
        given = f", {{ {', '.join(taken)} }}" if taken else ""
        return f"function {name}(x, y{given}) {{\n{''.join(lines)}  return {found};\n}}"
