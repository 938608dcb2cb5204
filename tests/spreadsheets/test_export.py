"""Runs as workbooks: LibreOffice computes their formulas, and finds what optviz found."""

import io
import math
import random
from dataclasses import fields, replace
from typing import Any, NamedTuple

import numpy as np
import pytest
import xlsxwriter

from optviz import (
    L2,
    SGD,
    SURFACES,
    Adadelta,
    Adagrad,
    Adam,
    Cosine,
    Decoupled,
    Exponential,
    Line,
    LinearWarmup,
    Maximize,
    Momentum,
    Nesterov,
    Noisy,
    OneCycle,
    Problem,
    RMSProp,
    Step,
    Trajectory,
    run,
    surface,
)
from optviz.formulas.cells import name_cells, write_cell, write_cell_number
from optviz.formulas.errors import FormulaError
from optviz.problems.surfaces import Formula
from optviz.rules import Rule
from optviz.schedules import fit_schedule, set_rule
from optviz.spreadsheets.book import write_book
from optviz.spreadsheets.columns import collect_settings, make_columns, trace_run
from optviz.spreadsheets.export import resolve_run
from optviz.spreadsheets.problem_columns import guard_slope
from optviz.workbook.variant_rules import EpochAdagrad, Eve
from tests.formulas.test_formula import draw_text
from tests.support.libreoffice import read_table, read_values, type_values

# -- reading a run's sheet back ----------------------------------------------------------------


def assert_same(sheet: dict, trajectory: Trajectory, what: str, within: float = 1e-9) -> None:
    """Every column of a record is on the sheet, to a share of the column's size."""
    own = read_table(sheet)
    for name, values in trajectory.columns().items():
        size = np.nanmax(np.abs(values), initial=1e-12)
        np.testing.assert_allclose(
            own[name][1:], values, rtol=0, atol=within * size, err_msg=f"{what}: {name}"
        )


# -- LibreOffice itself ------------------------------------------------------------------------


def test_a_wrong_cached_value_does_not_count(libreoffice):
    data = io.BytesIO()
    made = xlsxwriter.Workbook(data, {"in_memory": True})
    sheet = made.add_worksheet("sums")
    sheet.write_number("A1", 2)
    sheet.write_formula("A2", "=A1+A1", None, 99)
    made.close()
    assert read_values(data.getvalue())["sums"]["A2"] == 99
    assert libreoffice(data.getvalue()) == {"sums": {"A1": 2, "A2": 4}}


# -- formulas as text --------------------------------------------------------------------------


def test_formulas_are_read_by_spreadsheets_as_they_are_by_us(libreoffice):
    """Values and gradients of random formulas, each whole in one cell."""
    rng, wanted = random.Random(7), []
    data = io.BytesIO()
    made = xlsxwriter.Workbook(data, {"in_memory": True})
    sheet = made.add_worksheet("formulas")
    texts = [
        "-x^2",
        "x^2^3",
        "2^-x",
        "-x^2^0.5",
        "x - -y",
        "1 - 2 - x",
        "x/y/2",
        "-2^x",
        "2 - -2^2",
    ]
    for text in texts + [draw_text(rng, 4) for _ in range(200)]:
        x, y, k = (rng.uniform(0.3, 1.7) for _ in range(3))
        try:
            formula = Formula(text)
            formula = formula.with_parameters(k=k) if formula.parameters else formula
        except FormulaError:
            continue
        values = [formula.value(x, y), *formula.grad(x, y)]
        jet = formula.program.jet
        row = len(wanted)
        names = {"x": f"A{row + 1}", "y": f"B{row + 1}", "p0": f"C{row + 1}"}
        cells = [f"={write_cell(each, names)}" for each in (jet.value, *jet.first)]
        if (
            not np.isfinite(values).all()
            or max(map(abs, values)) > 1e8
            or max(map(len, cells)) > 8000
        ):
            continue
        sheet.write_row(row, 0, [x, y, k])
        for column, cell in enumerate(cells, 3):
            sheet.write_formula(row, column, cell, None, 99)
        wanted.append((text, values))
    made.close()
    assert len(wanted) > 120
    found = libreoffice(data.getvalue())["formulas"]
    for row, (text, values) in enumerate(wanted, 1):
        own = [found[f"{letter}{row}"] for letter in "DEF"]
        np.testing.assert_allclose(own, values, rtol=1e-9, atol=1e-9, err_msg=text)


EDGES = [
    ("x^(1/3)", -8.0, 1.0, 1.0),
    ("x^(1/3)", 8.0, 1.0, 1.0),
    ("x^-0.3", 0.5, 1.0, 1.0),
    ("x^k", -2.0, 1.0, 3.0),
    ("x^k", -2.0, 1.0, 1 / 3),
    ("x^k", 0.0, 1.0, 1.0),
    ("2^-x", -3.0, 1.0, 1.0),
    ("2^-x", 1156.0, 1.0, 1.0),
    ("x^1.7", 1e-200, 1.0, 1.0),
    ("x^k", 1e-90, 1.0, 4.0),
    ("max(x, y)", 0.1 + 0.2, 0.3, 1.0),
    ("max(x, y)", 0.7, 0.7, 1.0),
    ("min(x, y)^2", 0.3, 0.1 + 0.2, 1.0),
    ("where(x < y, log(x), x^2)", 0.1 + 0.2, 0.3, 1.0),
    ("where(x <= y, log(x), x^2)", 0.3, 0.1 + 0.2, 1.0),
    ("where(x > 0, log(x), x^2) + y", -2.0, 1.0, 1.0),
    ("where(x > 0 or y == 1, sqrt(x), x^2) + y", -2.0, 3.0, 1.0),
    ("where(x != y and x >= 0, x*y, k*y)", 0.3, 0.1 + 0.2, 1.0),
    ("where(log(x) > 0, 1, 2)*y", -2.0, 1.0, 1.0),
    ("where(0 < x < 1, x, y)", 0.5, 3.0, 1.0),
    ("asinh(x) + acosh(x) + atanh(y)", 3.0, 0.5, 1.0),
    ("asinh(x)", -1e200, 0.5, 1.0),
    ("acosh(x)", 0.5, 0.5, 1.0),
    ("atanh(x)", 2.0, 0.5, 1.0),
    ("cbrt(x)*cbrt(y)", -8.0, 0.001, 1.0),
    ("hypot(x, y)", 3e200, -4e200, 1.0),
    ("hypot(x, y, k)", 3e-200, 0.0, 4e-200),
    ("atan2(y, x)", -1.0, -2.0, 1.0),
    ("atan2(y, x)", 0.0, 2.0, 1.0),
    ("atan2(y, x)", -3e200, 2e199, 1.0),
    ("sigmoid(x)*y", 800.0, 2.0, 1.0),
    ("sigmoid(x)*y", -800.0, 2.0, 1.0),
    ("sigmoid(x)*x*1e12", -30.0, 2.0, 1.0),
    ("relu(x)*y + relu(y)", 0.0, 2.0, 1.0),
    ("relu(x)*y + relu(y)", -1.0, 2.0, 1.0),
    ("mod(x, y)", -7.3, 2.1, 1.0),
    ("mod(x, y)", 7.3, -2.1, 1.0),
    ("mod(x, y) + x", 7.3, 0.0, 1.0),
]
"""Formulas, x, y and k where spreadsheets and numpy would go apart: nan is an error in a cell."""


def test_roots_of_negative_numbers_and_near_ties_are_those_of_the_formula(libreoffice):
    data, wanted = io.BytesIO(), []
    made = xlsxwriter.Workbook(data, {"in_memory": True})
    sheet = made.add_worksheet("edges")
    for row, (text, x, y, k) in enumerate(EDGES):
        formula = Formula(text)
        formula = formula.with_parameters(k=k) if formula.parameters else formula
        wanted.append([formula.value(x, y), *formula.grad(x, y)])
        jet = formula.program.jet
        names = {"x": f"A{row + 1}", "y": f"B{row + 1}", "p0": f"C{row + 1}"}
        cells = [*map(repr, (x, y, k)), write_cell(jet.value, names)]
        for each in jet.first:
            cells.append(guard_slope(formula.program.nodes, write_cell(each, names), f"D{row + 1}"))
        for column, cell in enumerate(cells):
            sheet.write_formula(row, column, f"={cell}", None, 99)
    made.close()
    found = libreoffice(data.getvalue())["edges"]
    for row, values in enumerate(wanted, 1):
        own = [found[f"{letter}{row}"] for letter in "DEF"]
        own = [math.nan if isinstance(each, str) else each for each in own]
        np.testing.assert_allclose(own, values, rtol=1e-12, err_msg=str(EDGES[row - 1]))


def test_what_is_written_is_in_parentheses_and_has_all_its_digits():
    jet = Formula("-x^2 + 0.1*max(x, -1.5)").program.jet
    names = {"x": "C8", "y": "D8"}
    assert write_cell(jet.value, names) == "((-(C8*C8))+(0.1*MAX(C8,(-1.5))))"
    assert write_cell_number(0.1 + 0.2) == "0.30000000000000004"
    assert write_cell_number(-1e-8) == "(-1E-08)"
    with pytest.raises(ValueError, match="a cell cannot hold inf"):
        write_cell_number(math.inf)


def test_a_part_without_a_cell_is_refused_by_name():
    with pytest.raises(ValueError, match='no cell stands for "y"'):
        write_cell(Formula("x*y").program.jet.value, {"x": "A1"})


def test_no_name_looks_like_a_cell_or_like_another_name():
    names = ["c", "r", "x1", "beta1", "lr", "R1C1", "a", "A", "xfd12", "true", "schedule_end"]
    own = name_cells(names)
    assert [own[name] for name in ("beta1", "lr", "a")] == ["beta1", "lr", "a"]
    assert len({each.casefold() for each in own.values()}) == len(names)
    for name in ("c", "r", "x1", "R1C1", "xfd12", "true", "schedule_end"):
        assert own[name] == f"{name}_"


# -- every rule, decay and schedule ------------------------------------------------------------


LENGTH = 20
"""The steps of each run: its length on the sheet costs LibreOffice time."""


class Made(NamedTuple):
    """A run and everything that it was made with."""

    problem: Problem
    rule: Rule
    schedule: Any
    state: Any

    def run(self) -> Trajectory:
        return run(
            self.problem, self.rule, LENGTH, schedule=self.schedule, state=self.state, seed=3
        )


PROBLEMS: list[tuple[Problem, float, float]] = [
    (surface("himmelblau"), 0.004, 0.05),
    (surface("a*x^2 - cos(k*y)*x + max(x, y)^2", a=0.7, k=1.3), 0.05, 0.05),
    (Noisy(surface("booth"), 0.7), 0.01, 0.1),
    (Line(), 1e-5, 0.2),
]
"""A problem, the lr of rules whose steps grow with the gradient, and of those whose do not."""
RATES = [
    lambda grown, _: SGD(grown),
    lambda grown, _: Momentum(grown, beta1=0.8),
    lambda grown, _: Momentum(grown, damped=True),
    lambda grown, _: Momentum(grown, dampening=0.3),
    lambda grown, _: Nesterov(grown, beta1=0.7),
    lambda _, even: Adagrad(even),
    lambda _, even: Adadelta(20 * even),
    lambda _, even: RMSProp(even),
    lambda _, even: RMSProp(even, lagged=True),
    lambda _, even: Adam(even),
    lambda _, even: Adam(even, beta1=0.7, beta2=0.9, eps=0.0, debias=False),
    lambda _, even: Eve(even),
    lambda grown, _: EpochAdagrad(grown, every=7, first=2.0),
]
DECAYS = [lambda rule: rule, lambda rule: L2(rule, 0.02), lambda rule: Decoupled(rule, 0.03)]
SCHEDULES = [
    (None, None),
    (Step(every=7, factor=0.6), Step(every=4, factor=0.6)),
    (Exponential(0.97), Exponential(0.9)),
    (LinearWarmup(steps=12, start=0.2), LinearWarmup(steps=5, start=0.2)),
    (Cosine(), Cosine(steps=15, end=0.0)),
    (OneCycle(), OneCycle(steps=LENGTH, peak=0.6)),
]
"""Each named schedule as it is exported, and as it is after a person changed a setting."""


def tweaked(rule: Any) -> Any:
    """The rule with half its lr and nine tenths of every other number but a count of steps."""
    changes: dict[str, Any] = {}
    for spec in fields(rule):
        value = getattr(rule, spec.name)
        if isinstance(value, Rule):
            changes[spec.name] = tweaked(value)
        elif isinstance(value, float) and spec.name not in ("every", "first", "initial"):
            changes[spec.name] = value * (0.5 if spec.name == "lr" else 0.9)
    return replace(rule, **changes)


def all_made() -> list[tuple[Made, Made]]:
    """Every rule under every schedule, and under every decay twice, on the problems in turn.

    Each as it is exported, and as it is after a person changed every setting.
    """
    out = []
    for number, rate in enumerate(RATES):
        for place, (schedule, changed) in enumerate(SCHEDULES):
            problem, grown, even = PROBLEMS[(number + place) % len(PROBLEMS)]
            decay = DECAYS[(number + place + place // 3) % len(DECAYS)]
            rule = decay(rate(grown, even))
            state = None
            if "lagged=True" in repr(rule):  # its first step divides by what was there before
                state = rule.init(problem.start)._replace(sqr_avg=np.array([4.0, 9.0]))
            made = (
                Made(problem, rule, schedule, state),
                Made(problem, tweaked(rule), changed, state),
            )
            out.append(made)
    problem, cycle = surface("himmelblau"), OneCycle(three_phase=True, cycle_momentum=True)
    lower = replace(cycle, steps=30, peak=0.4, base_momentum=0.5)
    two, two_lower = (replace(each, three_phase=False) for each in (cycle, lower))
    options: list[tuple[Any, Any, Any]] = [
        (Maximize(L2(Adam(0.01), 0.02)), two, two_lower),
        (Momentum(0.001), cycle, lower),
        (RMSProp(0.001, eps=0.01, centered=True), two, two_lower),
        (L2(RMSProp(0.001, eps=0.01, beta1=0.5), 0.02), Cosine(), Cosine(steps=20)),
        (Adagrad(0.05, initial=0.3, lr_decay=0.1), None, None),
        (Adam(0.05, beta1=0.5, beta2=0.6, amsgrad=True), cycle, lower),
        (SGD(0.01), OneCycle(three_phase=True), OneCycle(30, 0.6, three_phase=True)),
    ]
    for rule, schedule, changed in options:
        made = Made(problem, rule, schedule, None), Made(problem, tweaked(rule), changed, None)
        out.append(made)
    return out


MADE = all_made()


@pytest.fixture(scope="module")
def exported() -> bytes:
    """One workbook of all the runs, a sheet each."""
    runs = [
        resolve_run(made.problem, f"run {i}", made.run(), made.rule, made.schedule)
        for i, (made, _) in enumerate(MADE)
    ]
    return write_book(runs, [make_columns(each) for each in runs])


@pytest.fixture(scope="module")
def recalculated(exported, libreoffice):
    return libreoffice(exported)


@pytest.fixture(scope="module")
def changed(exported, libreoffice):
    """The same workbook after a person changed every setting of each rule and schedule."""
    changes = {}
    for i, (_, new) in enumerate(MADE):
        asked = resolve_run(new.problem, f"run {i}", new.run(), new.rule, new.schedule)
        settings = collect_settings(asked, trace_run(asked))
        changes[f"run {i}"] = {each.name: each.value for each in settings}
    return libreoffice(type_values(exported, changes))


def amplifies(made: Made) -> bool:
    """Whether whole paths of a rule amplify rounding: RMSProp's do, so its rows are compared."""
    return "RMSProp" in repr(made.rule)


def test_every_run_is_the_same_in_libreoffice(recalculated):
    for i, (made, _) in enumerate(MADE):
        if not amplifies(made):
            assert_same(recalculated[f"run {i}"], made.run(), repr(made))


def test_every_run_follows_when_its_settings_are_changed(changed):
    for i, (_, new) in enumerate(MADE):
        if not amplifies(new):
            assert_same(changed[f"run {i}"], new.run(), repr(new))


@pytest.mark.parametrize("when", ["as exported", "after the changes"])
def test_each_row_follows_from_the_sheets_own_row_above(when, recalculated, changed):
    """So also for RMSProp, whose whole paths amplify rounding."""
    sheets, place = (recalculated, 0) if when == "as exported" else (changed, 1)
    for i, both in enumerate(MADE):
        assert_rows_follow(read_table(sheets[f"run {i}"]), both[place])


def assert_rows_follow(own: dict[str, np.ndarray], made: Made) -> None:
    """Loss, gradient and step of each row are those of the point and the memory on the sheet."""
    problem, names = made.problem, made.problem.names
    factor = fit_schedule(made.schedule, LENGTH)
    fresh = set_rule(made.rule, factor, 0).init(problem.start)
    wanted: dict[str, list] = {}
    samples = list(problem.samples(LENGTH, 3))
    for row in range(1, LENGTH + 1):
        params = np.array([own[name][row] for name in names])
        grad = problem.grad(params, samples[row - 1])
        state = type(fresh)(
            *(
                np.array([own[f"{key} {name}"][row - 1] for name in names])
                if np.ndim(value)
                else own[key][row - 1]
                for key, value in fresh._asdict().items()
            )
        )
        rule = set_rule(made.rule, factor, row - 1)
        new, after = rule.update(params, grad, state)
        found = {"loss": problem.loss(params), "grad": grad, "new": new} | after._asdict()
        for key, value in found.items():
            for name, each in zip(names, np.atleast_1d(value), strict=False):
                heading = f"{key} {name}" if np.ndim(value) else key
                wanted.setdefault(heading, []).append(each)
    for heading, values in wanted.items():
        size = max(1e-12, np.abs(values).max())
        np.testing.assert_allclose(
            own[heading][1 : LENGTH + 1],
            values,
            rtol=0,
            atol=1e-9 * size,
            err_msg=f"{made}: {heading}",
        )


def test_a_power_that_comes_to_nothing_is_0_and_no_error(libreoffice):
    """With a small beta, or factor, after many steps; and the square of a tiny gradient."""
    tiny = surface("x^2 + y^2")
    cases = {
        "beta": Made(surface("booth"), Adam(0.01, beta1=0.1, beta2=0.2), None, None),
        "factor": Made(tiny, L2(SGD(0.01)), Exponential(0.2), None),
        "steps": Made(tiny, SGD(0.01), Step(every=1, factor=0.2), None),
        "square": Made(tiny, Adagrad(0.1), None, None),
    }
    starts = {"square": (1e-170, 1.0)}
    made = {
        key: run(each.problem, each.rule, 500, schedule=each.schedule, start=starts.get(key))
        for key, each in cases.items()
    }
    runs = [
        resolve_run(cases[key].problem, key, each, cases[key].rule, cases[key].schedule)
        for key, each in made.items()
    ]
    found = libreoffice(write_book(runs, [make_columns(each) for each in runs]))
    for key, each in made.items():
        assert_same(found[key], each, key)


# -- every surface -----------------------------------------------------------------------------


def test_every_surface_is_the_same_in_libreoffice(libreoffice):
    """Value, gradient and steps, through helper columns, from the start and where a run goes."""
    made = {name: run(each, Adam(lr=0.05), 12) for name, each in SURFACES.items()}
    runs = [resolve_run(SURFACES[name], name, each) for name, each in made.items()]
    found = libreoffice(write_book(runs, [make_columns(each) for each in runs]))
    assert len(made) >= 51
    for name, each in made.items():
        assert_same(found[name], each, name)
