"""From a recorded step to its explanation: which row, which rule, and every quantity in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from optviz.formulas.expressions import Expr
from optviz.microscope.algebra import Product, divide_products, simplify
from optviz.microscope.lens import Lens
from optviz.microscope.names import Name, format_factor, get_name, get_old_name
from optviz.microscope.record import Explanation, Quantity, Summand
from optviz.rules import Rule
from optviz.runs.trajectory import Trajectory
from optviz.specs import check_name, parse_rule, set_recorded_beta1
from optviz.tracing import find_symbols, trace

MOST = 8
"""Parameters that are explained at once, unless some are chosen."""

SOURCES = {"grad_avg": "memory", "move_avg": "memory", "grad": "gradient", "params": "weight decay"}
"""The name of a summand, by the symbol that says where to go."""


def explain(
    trajectory: Trajectory, step: int, *, rule: Rule | None = None, params: Any = None
) -> Explanation:
    """Explain how a recorded run made its step from `step` to `step + 1`, quantity by quantity.

    The rule is the one that the record names; `rule` gives one that the record cannot name.
    `params` chooses parameters, by name or index. Every value is computed by the rule's own text
    from the recorded params, gradient, learning rate and state, and must come to what is recorded.

    Raises: ValueError: step 700, but this run made steps 0 to 499
    """
    row = _find_row(trajectory, step)
    names = trajectory.names or [f"p{place}" for place in range(trajectory.path.shape[1])]
    chosen = _choose_params(names, params)
    given = rule
    if rule is None:  # its schedule is in the record's own lr
        try:
            given = parse_rule(str(trajectory.about.get("rule", "")))
        except ValueError as error:
            why = f"the record's rule is not known ({error})"
            raise ValueError(f"{why}: give it as rule=") from None
    if not isinstance(given, Rule):
        raise ValueError(f"rule must be a rule such as Adam(), got {rule!r}")
    given = set_recorded_beta1(given, trajectory.about, int(trajectory.step[row]))
    lens = Lens(trajectory, row, chosen, simplify(trace(given)))
    if not lens.reading.find_change(lens.trace.new):
        raise ValueError(f"{type(given).__name__} never moves the params: there is no step")
    return Explanation(
        label=trajectory.label,
        step=int(trajectory.step[row]),
        names=tuple(names[each] for each in chosen),
        terms=tuple(_make_terms(lens)),
        summands=tuple(_make_summands(lens)),
        change=trajectory.update[row][chosen],
    )


def _find_row(trajectory: Trajectory, step: int) -> int:
    if not isinstance(trajectory, Trajectory):
        got = type(trajectory).__name__
        raise ValueError(f"explain takes one run, as run() gives it, got {got}")
    if isinstance(step, bool) or not isinstance(step, (int, float, np.integer)):
        raise ValueError(f"step must be a whole number, got {step!r}")
    if trajectory.path.ndim != 2:
        runs = " x ".join(map(str, trajectory.path.shape[2:]))
        raise ValueError(f"this record holds {runs} runs: make the one to explain alone")
    if trajectory.grad is None:
        raise ValueError('to explain a step needs every step of the run: make it with keep="path"')
    if not len(trajectory):
        raise ValueError(f"this run made no step: {trajectory.ended}")
    found = np.flatnonzero(trajectory.step[:-1] == step)
    if not found.size:
        first, last = trajectory.step[0], trajectory.step[-2]
        made = f"this run made steps {first} to {last} ({trajectory.ended})"
        raise ValueError(f"step {step}, but {made}")
    return int(found[0])


def _choose_params(names: Sequence[str], params: Any) -> list[int]:
    """Return the places of the parameters to explain."""
    count = len(names)
    if params is None:
        if count > MOST:
            way = "choose some of them, as params=[0, 1]"
            raise ValueError(f"this run has {count:,} parameters: {way}")
        return list(range(count))
    asked = list(params) if np.iterable(params) and not isinstance(params, str) else [params]
    if not asked:
        raise ValueError(f"choose at least one parameter, got {params!r}")
    places = []
    for each in asked:
        if isinstance(each, str):
            each = list(names).index(check_name("parameter", each, names))
        is_index = isinstance(each, (int, np.integer)) and not isinstance(each, bool)
        if not is_index or not 0 <= each < count:
            raise ValueError(f"params must be names or indexes from 0 to {count - 1}, got {each!r}")
        places.append(int(each))
    return places


def _make_terms(lens: Lens) -> Iterator[Quantity]:
    """Yield all quantities of the step, in the order in which they are computed."""
    yield _make_given(lens, "params", get_name("params"))
    if "lr" in lens.symbols:
        yield _make_lr(lens)
    grad = _make_given(lens, "grad", get_name("grad"))
    if lens.trajectory.sample_loss is not None:
        meaning = "the gradient at these parameters, of this step's sample or noise"
        grad = grad._replace(meaning=meaning)
    yield grad
    yield from _make_quantities(lens)
    yield from _make_effective_lr(lens)
    step = _make_computed(lens, "step", _sum_products(lens.reading.find_change(lens.trace.new)))
    yield step._replace(values=lens.trajectory.update[lens.row][lens.chosen])
    yield _make_computed(lens, "new", lens.trace.new)


def _make_given(lens: Lens, key: str, name: Name) -> Quantity:
    """Return a quantity that goes into the step."""
    values = np.array(lens.symbols[key])
    nothing = ("",) * values.size
    return Quantity(name.text, name.meaning, name.latex, name.text, nothing, nothing, values)


def _make_computed(lens: Lens, key: str, expr: Expr) -> Quantity:
    """Return a quantity that the step computes."""
    name, written = get_name(key), lens.write(expr, own=expr if expr.args else None)
    if not expr.args:
        written |= {"numbers": ("",), "latex_numbers": ("",)}  # it is another quantity as it stands
    written["latex"] = f"{name.latex} = {written['latex']}"
    written["text"] = f"{name.text} = {written['text']}"
    return Quantity(name.text, name.meaning, values=np.array(lens.compute(expr)), **written)


def _make_lr(lens: Lens) -> Quantity:
    """Return the learning rate of the step, with the factor of a schedule if there was one."""
    term, base = _make_given(lens, "lr", get_name("lr")), lens.trace.hypers["lr"]
    if base in (0, term.values):
        return term
    (base_latex, base_text), (latex, text) = map(format_factor, (base, term.values / base))
    return term._replace(
        meaning="the learning rate of this step: the rule's own times the factor of its schedule",
        latex=r"\eta_t = \eta \, f_t",
        text="lr = own lr·factor",
        latex_numbers=(rf"{base_latex} \cdot {latex}",),
        numbers=(f"{base_text}·{text}",),
    )


def _make_quantities(lens: Lens) -> Iterator[Quantity]:
    """Yield the rule's memory before and after the step, and what else its text names.

    What was there before stands ahead of the first quantity that needs it. What all parameters
    share is left out where nothing needs it, such as a count.
    """
    state, vectors = lens.trace.state, lens.trace.vectors
    wide = [expr for name, expr in state.items() if name in vectors]
    needed = set().union(*map(find_symbols, [lens.trace.new, *wide]))
    waiting = [name for name in state if name in needed or name in vectors]
    # What comes of params and gradient alone, such as a decay, stands first.
    ordered = sorted(lens.quantities, key=lambda each: bool(find_symbols(each[1]) & {*waiting}))
    for key, expr in [*ordered, ("", lens.trace.new)]:
        for name in [name for name in waiting if name in find_symbols(expr)]:
            waiting.remove(name)
            yield _make_given(lens, name, get_old_name(name))
        if key and (key not in lens.trace.shared or key in needed):
            yield _make_computed(lens, key, expr)


def _make_effective_lr(lens: Lens) -> Iterator[Quantity]:
    """Yield the effective learning rate, where the rule's step is one product.

    It is the whole factor of what the rule steps along: of plain SGD lr itself. Against it the
    curve |change| / |gradient| of `views.rates` counts memory and decay too; the two are the same
    where the rule steps along the gradient alone.
    """
    product = lens.reading.find_own_step(lens.trace.new)
    if product is not None:
        factor = divide_products(product.over, product.under)
        along = lens.write(product.source)["text"]
        change = lens.reading.find_change(lens.trace.new, whole=True)
        is_decayed = any(each.source.name == "params" for each in change)
        step = "the step before its decay" if is_decayed else "the step"
        meaning = f"the effective learning rate: {step} is minus this times {along}"
        term = _make_computed(lens, "effective_lr", factor if product.sign < 0 else -factor)
        yield term._replace(meaning=meaning)


def _make_summands(lens: Lens) -> Iterator[Summand]:
    """Yield the parts of what the step adds to the params, by where they come from."""
    groups: dict[str, list[Product]] = {}
    for product in lens.reading.find_change(lens.trace.new):
        groups.setdefault(product.source.name, []).append(product)
    for source in dict.fromkeys([*lens.trace.state, *groups]):
        if source in groups:
            expr = _sum_products(groups[source])
            values = np.broadcast_to(lens.compute(expr), len(lens.chosen))
            name = SOURCES.get(source) or (f"old {source}" if source else "the rule's step")
            if expr.op == "neg" and expr.args[0].name == "params":
                name = "params before"  # the whole of them, by a rule that steps from elsewhere
            yield Summand(name, values=np.array(values), **lens.write(expr))


def _sum_products(products: list[Product]) -> Expr:
    first, *rest = products
    out = first.to_expression()
    for each in rest:
        out = Expr("+" if each.sign > 0 else "-", out, each._replace(sign=1).to_expression())
    return out
