"""The terms of a step in order, and the summands of what it changes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optviz.formulas.expressions import Expr
from optviz.microscope.algebra import Product, symbols_in
from optviz.microscope.lens import Lens
from optviz.microscope.names import Name, format_factor, format_latex_factor, get_name, get_old_name
from optviz.microscope.record import Summand, Term

SOURCES = {"grad_avg": "memory", "grad": "gradient", "params": "weight decay"}
"""Where a summand comes from, by the symbol that says where to go."""


def terms_of(lens: Lens) -> Iterator[Term]:
    """All quantities of the step, in the order in which they are computed."""
    yield given(lens, "params", get_name("params"))
    if "lr" in lens.symbols:
        yield learning_rate(lens)
    yield gradient(lens)
    yield from averages(lens)
    yield from effective_lr(lens)
    step = computed(lens, "step", total(lens.reading.change(lens.trace.new)))
    yield step._replace(values=lens.trajectory.update[lens.row][lens.chosen])
    yield computed(lens, "new", lens.trace.new)


def averages(lens: Lens) -> Iterator[Term]:
    """What the rule remembers before and after the step, and what else its text names.

    What was there before stands ahead of the first quantity that needs it. What all parameters
    share is left out where nothing needs it, such as a count.
    """
    wide = [lens.trace.state[name] for name in lens.trace.state if name in lens.trace.vectors]
    needed = set().union(*map(symbols_in, [lens.trace.new, *wide]))
    waiting = [name for name in lens.trace.state if name in needed or name in lens.trace.vectors]
    # What comes of params and gradient alone, such as a decay, stands first.
    ordered = sorted(lens.quantities, key=lambda each: not symbols_in(each[1]).isdisjoint(waiting))
    for key, expr in [*ordered, ("", lens.trace.new)]:
        for name in [name for name in waiting if name in symbols_in(expr)]:
            waiting.remove(name)
            yield given(lens, name, get_old_name(name))
        if key and (key not in lens.trace.shared or key in needed):
            yield computed(lens, key, expr)


def given(lens: Lens, key: str, name: Name) -> Term:
    """A quantity that goes into the step."""
    values = np.array(lens.symbols[key])
    nothing = ("",) * values.size
    return Term(name.text, name.meaning, name.latex, name.text, nothing, nothing, values)


def gradient(lens: Lens) -> Term:
    """The gradient that goes into the step: where the run drew samples or noise, not the loss's."""
    term = given(lens, "grad", get_name("grad"))
    if lens.trajectory.sample_loss is None:
        return term
    return term._replace(meaning="the gradient at these parameters, of this step's sample or noise")


def learning_rate(lens: Lens) -> Term:
    """The learning rate of the step, with the factor of a schedule if there was one."""
    term, base = given(lens, "lr", get_name("lr")), lens.trace.hypers["lr"]
    if base in (0, term.values):
        return term
    factor = term.values / base
    return term._replace(
        meaning="the learning rate of this step: the rule's own times the factor of its schedule",
        latex=r"\eta_t = \eta \, f_t",
        text="lr = own lr·factor",
        latex_numbers=(rf"{format_latex_factor(base)} \cdot {format_latex_factor(factor)}",),
        numbers=(f"{format_factor(base)}·{format_factor(factor)}",),
    )


def computed(lens: Lens, key: str, expr: Expr) -> Term:
    """A quantity that the step computes."""
    name, written = get_name(key), lens.written(expr, own=expr if expr.args else None)
    if not expr.args:
        written |= {"numbers": ("",), "latex_numbers": ("",)}  # it is another quantity as it stands
    written["latex"] = f"{name.latex} = {written['latex']}"
    written["text"] = f"{name.text} = {written['text']}"
    return Term(name.text, name.meaning, values=np.array(lens.value(expr)), **written)


def effective_lr(lens: Lens) -> Iterator[Term]:
    """The effective learning rate, where the rule's step is one product.

    It is the whole factor of what the rule steps along: of plain SGD lr itself. Against it the
    curve |change| / |gradient| of `views.rates` counts memory and decay too; the two are the same
    where the rule steps along the gradient alone.
    """
    product = lens.reading.own_step(lens.trace.new)
    if product is not None:
        factor = product.coefficient() if product.sign < 0 else -product.coefficient()
        along = lens.written(product.source)["text"]
        change = lens.reading.change(lens.trace.new, whole=True)
        decayed = any(each.source.name == "params" for each in change)
        step = "the step before its decay" if decayed else "the step"
        meaning = f"the effective learning rate: {step} is minus this times {along}"
        yield computed(lens, "effective_lr", factor)._replace(meaning=meaning)


# -- the summands --------------------------------------------------------------------------


def summands_of(lens: Lens) -> Iterator[Summand]:
    """The parts of what the step adds to the params, by where they come from."""
    groups: dict[str, list[Product]] = {}
    for product in lens.reading.change(lens.trace.new):
        groups.setdefault(product.source.name, []).append(product)
    for source in [*lens.trace.state, *(name for name in groups if name not in lens.trace.state)]:
        if source in groups:
            expr = total(groups[source])
            values = np.broadcast_to(lens.value(expr), len(lens.chosen))
            written = lens.written(expr)
            yield Summand(origin(source, expr), values=np.array(values), **written)


def origin(source: str, expr: Expr) -> str:
    """Where a summand comes from, by the symbol that says where to go."""
    if expr.op == "neg" and expr.args[0].name == "params":
        return "params before"  # the whole of them, by a rule that steps from elsewhere
    return SOURCES.get(source) or (f"old {source}" if source else "the rule's step")


def total(products: list[Product]) -> Expr:
    """The sum of some products."""
    first, *rest = products
    out = first.expression()
    for each in rest:
        term = each._replace(sign=1).expression()
        out = Expr("+" if each.sign > 0 else "-", out, term)
    return out
