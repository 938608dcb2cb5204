"""A page for each rule, read off the rule: formulas, settings, memory, source, other spellings."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import Field, fields
from typing import Any

import numpy as np

from optviz.code_text import read_code
from optviz.formulas.expressions import evaluate
from optviz.javascript import emit_rule
from optviz.microscope import Explanation, explain
from optviz.microscope.names import get_name
from optviz.problems.surfaces import SURFACES
from optviz.rules import RULES, Rule
from optviz.runs.loop import run
from optviz.site.code import show_code, show_formula
from optviz.site.frame import File, Page, Section, write_heading
from optviz.site.markup import Markup, element, join, link, section, table
from optviz.site.oracle import measure_error
from optviz.site.plan import Plan
from optviz.site.prose import show_docstring, show_line, split_docstring
from optviz.site.race_parts import make_race, write_card
from optviz.site.races import RULE_SURFACE, STEPS, find_lr, plan_race
from optviz.site.spelling_parts import show_spellings
from optviz.tracing import trace
from optviz.views.drawing.scale import spell_number

RULES_PART = Section(
    "rules",
    "Rules",
    "Every update rule: its formula, its numbers, its source, its other spellings.",
)
EXPLAINED = 10
"""The step whose numbers a page gives."""


def make_rules(plan: Plan) -> Iterator[Page | File]:
    """Yield the list of rules, then each rule's picture and page."""
    names = plan.choose("rules", RULES)
    cards = [write_card(f"/rules/{each}", RULES[each].__name__, read_lead(each)) for each in names]
    head = write_heading(RULES_PART.title, RULES_PART.about)
    body = join(head, element("ul", cards, class_="gallery"))
    yield Page("rules/index.html", RULES_PART.title, RULES_PART.about, body)
    for name in names:
        yield from make_rule(name, plan)


def read_lead(name: str) -> str:
    """Return the first line of a rule's docstring."""
    return split_docstring(inspect.getdoc(RULES[name]) or "").lead


def make_rule(name: str, plan: Plan) -> Iterator[Page | File]:
    """Yield the page of a rule and the files of its race."""
    kind = RULES[name]
    rule = kind(lr=find_lr(RULE_SURFACE, name))  # type: ignore[call-arg]
    label = f"{kind.__name__} on {SURFACES[RULE_SURFACE].title}"
    race = make_race(f"rules/{name}", plan_race(RULE_SURFACE, (name,)), label)
    body = join(
        write_heading(kind.__name__, show_line(read_lead(name), plan.resolve), above=RULES_PART),
        show_docstring(inspect.getdoc(kind) or "", plan.resolve, lead=False),
        race.body,
        *show_formulas(rule),
        section("Settings", show_settings(kind)),
        section("In other libraries", *show_spellings(name)),
        section("Against PyTorch", show_error(name)),
        section("Source", link_name(kind, plan), *show_sources(kind, kind())),
    )
    yield Page(f"rules/{name}.html", kind.__name__, read_lead(name), body, race.needs)
    yield from race.files


def show_formulas(rule: Rule) -> list[Markup | None]:
    """Write what is read off a rule's text: its step, options and memory, or why it cannot be."""
    try:
        memory = section("Memory", show_memory(rule))
        return [section("One step", *show_step(rule)), show_variants(rule), memory]
    except ValueError as error:
        return [section("One step", element("p", f"{error}."))]


def explain_step(rule: Rule) -> Explanation:
    """Explain one step of a rule on the surface of the rules' pages."""
    made = run(SURFACES[RULE_SURFACE], rule, EXPLAINED + 1)
    return explain(made, min(EXPLAINED, len(made) - 1))  # it may diverge before


def show_step(rule: Rule) -> list[Markup]:
    """Write every quantity of a step: its formula, its meaning, its numbers, and the change."""
    found = explain_step(rule)
    heads = ["formula", "meaning", *(f"{each} at step {found.step}" for each in found.names)]
    lead = "Read off the rule's own text, in the order in which it computes."
    parts = [
        [each.name, show_formula(each.latex), *write_values(each, len(found.names))]
        for each in found.summands
    ]
    return [
        element("p", lead),
        table(heads, [write_term(each, len(found.names)) for each in found.terms], "one step"),
        element("p", "The change of the parameters is the sum of these parts:"),
        table(["part", *heads[:1], *heads[2:]], parts, "the parts of the change"),
    ]


def write_term(term: Any, count: int) -> list[Any]:
    """Return the cells of one quantity of a step."""
    return [show_formula(term.latex), term.meaning, *write_values(term, count)]


def write_values(part: Any, count: int) -> list[str]:
    """Return the numbers of a quantity, one for each parameter."""
    values = np.broadcast_to(np.atleast_1d(part.values), count)
    return [spell_number(float(each)) for each in values]


def show_variants(rule: Rule) -> Markup | None:
    """Write what each option changes in the formulas, where it is off by default."""
    plain = {each.latex for each in explain_step(rule).terms}
    parts = []
    for spec in fields(rule):  # type: ignore[arg-type]
        value = choose_other(spec)
        if value is None:
            continue
        try:
            other = type(rule)(**{"lr": rule.lr, spec.name: value})
        except ValueError:  # an option that only goes with another one
            continue
        changed = [each for each in explain_step(other).terms if each.latex not in plain]
        if changed:
            rows = [(show_formula(each.latex), each.meaning) for each in changed]
            word = f"{spec.name}={value}" if isinstance(value, bool) else f"{spec.name} above 0"
            parts += [
                element("h3", f"With {word}", id=f"with-{spec.name}"),
                table(["formula", "meaning"], rows, f"what changes with {word}"),
            ]
    return section("Options", *parts) if parts else None


def choose_other(spec: Field[Any]) -> Any:
    """Return a value that switches an option of a rule on, or off where it is on; else None."""
    if isinstance(spec.default, bool):
        return not spec.default
    return (spec.metadata["low"] + spec.metadata["high"]) / 2 if spec.default == 0 else None


def show_settings(kind: type[Rule]) -> Markup:
    """Write a rule's settings as its fields declare them."""
    rows = []
    for spec in fields(kind):  # type: ignore[arg-type]
        about = spec.metadata
        if not about:  # the rule inside
            continue
        name = element("code", spec.name)
        if isinstance(spec.default, bool):
            rows.append([name, about["label"], "", str(spec.default), "True, False", "", ""])
            continue
        most = f"0 to below {about['below']:g}" if np.isfinite(about["below"]) else "0 or more"
        span = f"{about['low']:g} to {about['high']:g}"
        symbol = show_formula(r"\eta_t" if spec.name == "lr" else get_name(spec.name).latex)
        scale = "logarithmic" if about["log"] else "linear"
        rows.append([name, about["label"], symbol, f"{spec.default:g}", most, span, scale])
    heads = ["name", "what it is", "in formulas", "default", "allowed", "slider", "scale"]
    return table(heads, rows, "settings")


def show_memory(rule: Rule) -> Markup:
    """Write what a rule remembers from step to step."""
    traced = trace(rule)
    if not traced.state:
        return element("p", "It remembers nothing: a step depends on this step's gradient alone.")
    rows = [
        [
            element("code", name),
            show_formula(get_name(name).latex),
            get_name(name).meaning,
            "one for each parameter" if name in traced.vectors else "one number",
            f"{evaluate(traced.initial[name], {'params': 1.0, **traced.hypers}):g}",
        ]
        for name in traced.state
    ]
    return table(["name", "in formulas", "what it is", "how many", "at first"], rows, "memory")


def show_error(name: str) -> Markup:
    """Write how far a rule is from its twin in torch.optim."""
    found = measure_error(name)
    if found is None:
        return element("p", "torch.optim has no optimizer that makes the same steps.")
    where = f"{STEPS} steps on {SURFACES[RULE_SURFACE].title} in double precision"
    twin = element("code", found.twin)
    if found.shared_error is None:
        words = (
            "PyTorch was not installed where this page was made. After ",
            where,
            " the rule ends ",
        )
        rest = f" of where PyTorch {found.version} once did, relative to its size, as ", twin, "."
        return element("p", words, element("strong", f"within {found.error:.2g}"), rest)
    words = "Measured when this page was made, over ", where, f" beside PyTorch {found.version}, "
    shared = "given the same gradients, the two stay within "
    own = "; each on its own path, where rounding may grow, within "
    rest = ", relative to the size of the point."
    return element(
        "p",
        (words, twin, ": ", shared, element("strong", f"{found.shared_error:.2g}")),
        (own, element("strong", f"{found.error:.2g}"), rest),
    )


def link_name(kind: type, plan: Plan) -> Markup | None:
    """Write the way to a class among the public names, where it is one of them."""
    href = plan.resolve(kind.__name__)
    name = element("code", f"optviz.{kind.__name__}")
    return element("p", "In Python: ", link(href, name)) if href else None


def show_sources(kind: type[Rule], rule: Rule) -> list[Any]:
    """Write the rule's own text in Python, and the JavaScript that is made of it."""
    source = show_code(read_code(kind), "python", "source code")
    try:
        script = show_code(emit_rule(rule), "javascript", "JavaScript")
    except ValueError:  # it cannot be written as formulas, as the page says above
        return [source]
    made = "The same rule as a JavaScript module, written from this text"
    return [source, element("details", element("summary", made), script)]
