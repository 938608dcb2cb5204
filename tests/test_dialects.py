"""Dialects: each spelling against its own library, the terms that part them, the conversions."""

import inspect
import json
from collections.abc import Callable
from itertools import permutations
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import optviz as ov
from optviz.dialects import (
    ABSENT,
    CONVERSIONS,
    DIALECTS,
    compare,
    convert,
    find_conversions,
    find_validity,
    table,
)
from optviz.dialects.conversion import CONSTANT_LR, NEVER, WARM_UP, Conversion
from optviz.dialects.spellings import CHOICES, COMMON, Dialect, make_rule
from optviz.formulas.expressions import evaluate
from optviz.tracing import trace
from tests.support.cases import every

RECORDED = json.loads(Path(__file__).with_name("dialects_recorded.json").read_text())
PATHS = RECORDED["paths"]
SETTINGS: dict[str, float] = RECORDED["settings"]
START = (1.5, -0.7)
EVERY = [each for spellings in DIALECTS.values() for each in spellings.values()]
PAIRS = [
    (name, one, other)
    for name, spellings in DIALECTS.items()
    for one, other in permutations(spellings, 2)
]
ROSENBROCK = ov.surface("rosenbrock")


def name_dialect(value: Any) -> str | None:
    return f"{value.optimizer}-{value.name}" if isinstance(value, Dialect) else None


def compute_gradient(params: Any) -> np.ndarray:
    """That of x**4/4 + x*y + 2*y**2."""
    x, y = params
    return np.array([x**3 + y, x + 4 * y])


def choose_settings(dialect: Dialect, **settings: float) -> dict[str, float]:
    """The settings that a spelling has, of those given and the recorded ones."""
    return {k: v for k, v in (SETTINGS | settings).items() if k in dialect.words}


def follow_path(rule: ov.Rule, grad: Callable[[Any], np.ndarray], steps: int = 12) -> np.ndarray:
    params = np.array(START)
    state, path = rule.init(params), [params]
    for _ in range(steps):
        params, state = rule.update(params, grad(params), state)
        path.append(params)
    return np.array(path)


# -- what each spelling says, against its source ------------------------------------------


def test_each_optimizer_has_at_least_four_spellings_and_says_who_has_none():
    assert set(DIALECTS) == {"momentum", "nesterov", "rmsprop", "adagrad", "adam"}
    for name, spellings in DIALECTS.items():
        assert len(spellings) >= 4
        for source in ("workbook", "fastai", "pytorch", "paper"):
            assert (source in spellings) != (source in ABSENT.get(name, {})), (name, source)


@every("dialect", EVERY, ids=name_dialect)
def test_a_spelling_is_complete_and_cites_its_source(dialect):
    assert set(dialect.words) | set(dialect.defaults) <= set(COMMON[dialect.optimizer])
    for choice, option in dialect.choices.items():
        assert option in CHOICES[dialect.optimizer][choice][1:]
    assert dialect.source
    assert dialect.url.startswith("https://")
    assert dialect.source in str(dialect)
    assert dialect.formula.splitlines()[0] in str(dialect)


@pytest.mark.parametrize("key", PATHS)
def test_a_spelling_steps_as_its_own_library_did(key):
    name, source = key.split()
    dialect = DIALECTS[name][source]
    path = follow_path(dialect.make_rule(**choose_settings(dialect)), compute_gradient)
    np.testing.assert_allclose(path, PATHS[key], rtol=1e-14, atol=1e-15)


TORCH: dict[tuple[str, str], Callable[..., torch.optim.Optimizer]] = {
    ("momentum", "pytorch"): lambda p, s: torch.optim.SGD(p, s["lr"], s["beta1"]),
    ("momentum", "pytorch_dampening"): lambda p, s: torch.optim.SGD(
        p, s["lr"], s["beta1"], dampening=s["beta1"]
    ),
    ("nesterov", "pytorch"): lambda p, s: torch.optim.SGD(p, s["lr"], s["beta1"], nesterov=True),
    ("rmsprop", "pytorch"): lambda p, s: torch.optim.RMSprop(p, s["lr"], s["beta2"], s["eps"]),
    ("adagrad", "pytorch"): lambda p, s: torch.optim.Adagrad(
        p, s["lr"], initial_accumulator_value=s["initial"], eps=s["eps"]
    ),
    ("adam", "pytorch"): lambda p, s: torch.optim.Adam(
        p, s["lr"], (s["beta1"], s["beta2"]), s["eps"]
    ),
}


@pytest.mark.parametrize("key", TORCH, ids=" ".join)
def test_pytorchs_spelling_steps_as_torch_does(key):
    dialect = DIALECTS[key[0]][key[1]]
    params = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer, path = TORCH[key]([params], SETTINGS), [params.tolist()]
    for _ in range(100):
        params.grad = torch.tensor(compute_gradient(params.tolist()))
        optimizer.step()
        path.append(params.tolist())
    ours = follow_path(dialect.make_rule(**choose_settings(dialect)), compute_gradient, 100)
    np.testing.assert_allclose(ours, path, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("rmsprop", "RMSprop"), ("adagrad", "Adagrad"), ("adam", "Adam"), ("momentum", "SGD")],
)
def test_pytorchs_defaults_are_those_of_torch(name, kind):
    dialect = DIALECTS[name]["pytorch"]
    signature = inspect.signature(getattr(torch.optim, kind)).parameters
    for setting, word in dialect.words.items():
        keyword, _, index = word.partition("[")
        default = signature[keyword].default
        default = default[int(index[:-1])] if index else default
        assert dialect.defaults[setting] == default, setting


def step_polyak(lr: float, beta1: float, **rest: float) -> Any:
    """x(k+1) = x(k) - a*f'(x(k)) + b*(x(k) - x(k-1)): Polyak, 1964."""
    path: list[Any] = [START, START]
    for _ in range(12):
        here, before = path[-1], path[-2]
        slopes = compute_gradient(here)
        steps = zip(here, slopes, before, strict=True)
        path.append(tuple(x - lr * g + beta1 * (x - old) for x, g, old in steps))
    return path[1:]


def step_lecture(lr: float, beta2: float, **rest: float) -> Any:
    """MeanSquare(w, t) = 0.9*MeanSquare(w, t-1) + 0.1*g**2; divide the gradient by its root."""
    path: list[Any] = [START]
    mean_squares = [0.0, 0.0]
    for _ in range(12):
        slopes = compute_gradient(path[-1])
        both = zip(mean_squares, slopes, strict=True)
        mean_squares = [beta2 * old + (1 - beta2) * g * g for old, g in both]
        steps = zip(path[-1], slopes, mean_squares, strict=True)
        path.append(tuple(x - lr * g / sqrt(square) for x, g, square in steps))
    return path


def step_duchi(lr: float, eps: float, **rest: float) -> Any:
    """H = delta*I + diag(s), s(i) the 2-norm of the i-th gradients so far; x <- x - eta*g/H."""
    path: list[Any] = [START]
    seen: tuple[list[float], ...] = ([], [])
    for _ in range(12):
        new = []
        for x, g, gradients in zip(path[-1], compute_gradient(path[-1]), seen, strict=True):
            gradients.append(g)
            new.append(x - lr * g / (eps + float(np.linalg.norm(gradients))))
        path.append(tuple(new))
    return path


def step_kingma(
    hat: bool, *, lr: float, beta1: float, beta2: float, eps: float, **rest: float
) -> Any:
    """Algorithm 1 of the paper, or with `hat` the order of its section 2."""
    path: list[Any] = [START]
    m, v = [0.0, 0.0], [0.0, 0.0]
    for t in range(1, 13):
        new = []
        for i, (x, g) in enumerate(zip(path[-1], compute_gradient(path[-1]), strict=True)):
            m[i] = beta1 * m[i] + (1 - beta1) * g
            v[i] = beta2 * v[i] + (1 - beta2) * g * g
            if hat:
                alpha = lr * sqrt(1 - beta2**t) / (1 - beta1**t)
                new.append(x - alpha * m[i] / (sqrt(v[i]) + eps))
            else:
                m_hat, v_hat = m[i] / (1 - beta1**t), v[i] / (1 - beta2**t)
                new.append(x - lr * m_hat / (sqrt(v_hat) + eps))
        path.append(tuple(new))
    return path


PAPERS = {
    ("momentum", "paper"): step_polyak,
    ("rmsprop", "paper"): step_lecture,
    ("adagrad", "paper"): step_duchi,
    ("adam", "paper"): lambda **s: step_kingma(False, **s),
    ("adam", "paper_eps_hat"): lambda **s: step_kingma(True, **s),
}


@pytest.mark.parametrize("key", PAPERS, ids=" ".join)
def test_a_papers_spelling_steps_as_its_equations(key):
    dialect = DIALECTS[key[0]][key[1]]
    path = follow_path(dialect.make_rule(**choose_settings(dialect)), compute_gradient)
    np.testing.assert_allclose(path, PAPERS[key](**SETTINGS), rtol=1e-13, atol=1e-15)


def test_the_iterate_of_nesterovs_paper_is_a_column_of_the_run():
    """v <- mu*v - eps*f'(theta + mu*v), theta <- theta + v: Sutskever et al., 2013."""
    lr, mu = SETTINGS["lr"], SETTINGS["beta1"]
    rule = DIALECTS["nesterov"]["paper"].make_rule(lr=lr, beta1=mu)
    run = ov.run(ROSENBROCK, rule.with_lr(1e-3), 50)
    theta, v = ROSENBROCK.start, np.zeros(2)
    for row in range(50):
        np.testing.assert_allclose(run.params[row], theta + mu * v, rtol=1e-12)
        v = mu * v - 1e-3 * ROSENBROCK.grad(theta + mu * v)
        theta = theta + v
        np.testing.assert_allclose(run.state["iterate"][row], theta, rtol=1e-12)


@pytest.mark.reference
@pytest.mark.parametrize(("name", "last"), [("momentum", 11), ("rmsprop", 11), ("adam", 13)])
def test_the_workbooks_spelling_gives_the_cells_of_its_tab(reference, name, last):
    lines = (reference / "workbook" / f"{name}.csv").read_text().splitlines()[:32]
    cells = [line.split(",") for line in lines]
    rows = np.array(cells[3:32], float)
    words = {"D2": cells[1][3], "J1": cells[0][9], "L1": cells[0][11] if last > 11 else ""}
    dialect = DIALECTS[name]["workbook"]
    at = {key: word.removeprefix("cell ") for key, word in dialect.words.items()}
    rule = dialect.make_rule(
        **{key: float(words[cell]) for key, cell in at.items() if cell in words}
    )
    entry = [float(cell) for cell in cells[2][9:last]]
    before = [np.array(entry[i : i + 2]) for i in range(0, len(entry), 2)]
    state = type(rule.init(np.zeros(2)))(*before, *([0] if name != "rmsprop" else []))
    start = [float(cells[0][2]), float(cells[1][2])]
    run = ov.run(ov.Line(), rule, 29, start=start, state=state)
    np.testing.assert_allclose(run.new, rows[:, 7:9], rtol=1e-12)
    columns = np.hstack([run.state[field] for field in state._fields if field != "count"])
    np.testing.assert_allclose(columns, rows[:, 9:last], rtol=1e-12)


@pytest.mark.parametrize(
    "dialect", [each for each in EVERY if " at " not in each.formula], ids=name_dialect
)
def test_the_formula_that_is_shown_is_the_rule(dialect):
    values: dict[str, Any] = {
        "beta1": 0.0,
        "beta2": 0.0,
        "eps": 0.0,
        "initial": 0.0,
        "sqrt": np.sqrt,
    }
    values |= dialect.fill_settings(choose_settings(dialect))
    values |= {"params": np.array(START), "count": 0, "grad_avg": 0.0, "velocity": 0.0}
    values |= {"sqr_avg": values["initial"], "sqr_sum": values["initial"]}
    path = [values["params"]]
    for _ in range(12):
        values |= {"grad": compute_gradient(values["params"]), "count": values["count"] + 1}
        for line in dialect.formula.splitlines():
            name, _, right = line.partition(" <- " if "<-" in line else " = ")
            values[name.strip()] = eval(right, {}, values)  # noqa: S307 -- the package's own text
        path.append(values["params"])
    rule = dialect.make_rule(**choose_settings(dialect))
    np.testing.assert_allclose(follow_path(rule, compute_gradient), path, rtol=1e-12)


@every("dialect", EVERY, ids=name_dialect)
def test_a_spelling_can_be_written_as_formulas(dialect):
    rule = dialect.make_rule(**choose_settings(dialect))
    formulas, params, state = trace(rule), np.array(START), rule.init(np.array(START))
    for _ in range(3):
        values = {
            "params": params,
            "grad": compute_gradient(params),
            **formulas.hypers,
            **state._asdict(),
        }
        params, state = rule.update(params, values["grad"], state)
        np.testing.assert_array_equal(evaluate(formulas.new, values), params)


def test_a_call_is_written_in_the_librarys_own_words():
    code = DIALECTS["adam"]["pytorch"].write_call(lr=0.05, beta2=0.99)
    assert code == "torch.optim.Adam(params, lr=0.05, betas=(0.9, 0.99), eps=1e-08)"
    assert DIALECTS["adam"]["paper"].write_call() == ""


def test_a_call_of_pytorch_makes_the_optimizer_that_it_says():
    for name, spellings in DIALECTS.items():
        for each in (each for each in spellings.values() if each.call.startswith("torch.")):
            params = [torch.tensor(START, dtype=torch.float64, requires_grad=True)]
            call = each.write_call(**choose_settings(each))
            made = eval(call, {"torch": torch, "params": params})  # noqa: S307
            for _ in range(12):
                params[0].grad = torch.tensor(compute_gradient(params[0].tolist()))
                made.step()
            ours = follow_path(each.make_rule(**choose_settings(each)), compute_gradient)[-1]
            np.testing.assert_allclose(ours, params[0].tolist(), rtol=1e-12, err_msg=name)


def test_the_call_of_fastais_rmsprop_hands_its_eps_on():
    """Its RMSProp takes eps and drops it; Optimizer gives what it gets to its parts."""
    code = DIALECTS["rmsprop"]["fastai"].write_call(lr=0.1, eps=1e-3)
    assert code == (
        "fastai.optimizer.Optimizer(params, [average_sqr_grad, rms_prop_step], "
        "lr=0.1, sqr_mom=0.9, eps=0.001)"
    )


# -- what parts them -----------------------------------------------------------------------

KNOWN: list[tuple[str, str, str, int, str, dict[str, Any]]] = [
    ("momentum", "workbook", "pytorch", 0, "dampening", {}),
    ("momentum", "pytorch", "pytorch_dampening", 1, "dampening", {}),
    ("momentum", "workbook", "pytorch_dampening", 0, "dampening", {}),
    ("momentum", "pytorch", "keras", 1, "place of lr", {"schedule": ov.Exponential(0.9)}),
    ("momentum", "workbook", "fastai", 0, "dampening", {"schedule": ov.Cosine()}),
    (
        *("momentum", "pytorch_dampening", "paper", 1, "dampening, place of lr"),
        {"schedule": ov.Exponential(0.9)},
    ),
    ("nesterov", "pytorch", "paper", 1, "place of lr", {"schedule": ov.Exponential(0.9)}),
    ("rmsprop", "workbook", "paper", 0, "divisor", {"initial": 100.0}),
    ("rmsprop", "workbook", "paper", 0, "divisor, initial", {}),
    ("rmsprop", "pytorch", "keras", 0, "place of eps", {"eps": 1e-3}),
    ("rmsprop", "pytorch", "paper", 0, "place of eps", {"eps": 1e-3}),
    ("rmsprop", "keras", "tensorflow1", 0, "initial", {}),
    ("adagrad", "pytorch", "keras", 0, "initial", {"eps": 1e-12}),
    ("adagrad", "pytorch", "keras", 0, "place of eps", {"eps": 1e-3, "initial": 0.2}),
    ("adam", "workbook", "pytorch", 0, "bias correction", {}),
    ("adam", "pytorch", "keras", 0, "bias correction", {"eps": 1e-3}),
    ("adam", "fastai", "pytorch", 0, "eps", {"defaults": True, "start": (-1.2, 1.0)}),
]


@pytest.mark.parametrize(("name", "one", "other", "step", "term", "how"), KNOWN)
def test_the_step_and_the_term_that_part_two_spellings(name, one, other, step, term, how):
    how = ({} if "defaults" in how else {"lr": 1e-3}) | {"start": (0.5, 1.5)} | how
    found = compare(name, ROSENBROCK, only=[one, other], **how)
    parting = found.find_divergence(one, other)
    assert (parting.step, parting.term) == (step, term)
    a, b = (found.trajectories[each].path for each in (one, other))
    np.testing.assert_allclose(a[: step + 1], b[: step + 1], rtol=1e-9)
    assert np.max(np.abs(a[step + 1] - b[step + 1])) > 1e-11


def test_the_quantities_that_differ_are_told_with_their_numbers():
    found = compare("adam", ROSENBROCK, only=["workbook", "pytorch"])
    values = {name: (one, other) for name, one, other in found.divergences[0].quantities}
    assert values["mean_scale"][0] is None
    assert values["mean_scale"][1] == pytest.approx(0.1)
    assert values["root_scale"][1] == pytest.approx(sqrt(0.001))
    np.testing.assert_allclose(values["step"][0], values["step"][1] * sqrt(10))
    assert "grad_avg" not in values
    assert "mean_scale: 0.1 in pytorch alone" in str(found)


def test_a_quantity_of_a_setting_that_is_off_is_no_difference():
    found = compare("momentum", ROSENBROCK, only=["workbook", "pytorch"], lr=1e-3)
    assert [name for name, *_ in found.divergences[0].quantities] == ["grad_avg", "step"]


def test_the_quantities_are_those_of_the_step_that_parts():
    found = compare("momentum", ROSENBROCK, only=["pytorch", "pytorch_dampening"], lr=1e-3)
    (parting,) = found.divergences
    assert parting.step == 1
    values = {name: pair for name, *pair in parting.quantities}
    for side, name in enumerate(("pytorch", "pytorch_dampening")):
        recorded = found.trajectories[name].state["grad_avg"][1]
        np.testing.assert_allclose(values["grad_avg"][side], recorded)


@pytest.mark.parametrize("name", DIALECTS)
def test_the_step_microscope_explains_a_step_of_each_spelling(name):
    from optviz.microscope import explain

    found = compare(name, ROSENBROCK, steps=5, lr=1e-3)
    for source, rule in found.rules.items():
        explained = explain(found.trajectories[source], 3, rule=rule)
        total = sum(each.values for each in explained.summands)
        np.testing.assert_allclose(total, found.trajectories[source].update[3], rtol=1e-10)


def test_quantities_that_look_alike_are_told_with_digits_enough():
    found = compare("rmsprop", ROSENBROCK, only=["pytorch", "keras"], eps=1e-7, start=(0.5, 1.5))
    (line,) = [
        each for each in found.divergences[0].describe_quantities() if each.startswith("step")
    ]
    one, other = line.removeprefix("step: ").split(" against ")
    assert one != other


def test_spellings_of_one_formula_never_part_and_stand_together():
    found = compare("momentum", ROSENBROCK, lr=1e-3)
    together = [["workbook", "fastai_dampening"], ["fastai", "pytorch", "paper", "keras", "optax"]]
    assert found.groups == [*together, ["pytorch_dampening"]]
    assert found.find_divergence("keras", "pytorch").step is None
    assert found.find_divergence("keras", "pytorch").term == ""
    assert "the same: workbook, fastai_dampening" in str(found)


def test_what_rounding_alone_can_do_is_put_down_to_no_choice():
    problem = ov.surface("rastrigin")
    found = compare("momentum", problem, steps=200, only=["paper", "pytorch"], lr=0.01)
    (parting,) = found.divergences
    assert parting.step is not None
    assert parting.step > 10
    assert parting.terms == ()
    assert "rounding alone" in str(parting)
    nudged = ov.run(problem, ov.Momentum(0.01, 0.9), 200, start=problem.start * (1 + 1e-15))
    apart = np.abs(nudged.path - found.trajectories["pytorch"].path).max()
    assert apart > 1e-10


def test_a_start_at_zero_is_no_rounding():
    problem = ov.surface("himmelblau")
    assert problem.start.tolist() == [0.0, 0.0]
    found = compare("momentum", problem, only=["workbook", "pytorch"], lr=1e-3)
    assert (found.divergences[0].step, found.divergences[0].term) == (0, "dampening")


def test_rounding_that_moves_one_parameter_explains_no_other():
    """On the floor of the valley the slope in y is rounding alone; that in x is not."""
    found = compare("adam", ROSENBROCK, only=["workbook", "pytorch"], start=(-1.2, 1.44))
    assert found.divergences[0].step == 0
    assert found.divergences[0].term == "bias correction, place of eps"


def test_a_division_by_zero_is_no_rounding():
    beale = ov.surface("beale")  # its minimum is at (3, 0.5): the slopes are 0
    found = compare("rmsprop", beale, only=["pytorch", "paper"], start=(3.0, 0.5))
    assert (found.divergences[0].step, found.divergences[0].term) == (0, "place of eps")


def test_runs_that_diverge_part_too():
    found = compare("rmsprop", ROSENBROCK, only=["workbook", "pytorch"], initial=0.0)
    assert found.trajectories["workbook"].ended.startswith("diverged")
    assert found.divergences[0].step == 0
    assert "divisor" in found.divergences[0].term
    wild = compare("momentum", ROSENBROCK, lr=1.0, only=["workbook", "pytorch"], steps=30)
    assert wild.find_divergence("pytorch", "workbook").step == 0


def test_noise_is_the_same_for_all_spellings():
    problem = ov.Noisy(ov.surface("booth"), 2.0)
    found = compare("momentum", problem, only=["paper", "pytorch", "workbook"], lr=0.01, seed=4)
    assert found.groups == [["paper", "pytorch"], ["workbook"]]
    assert found.trajectories["paper"].about["seed"] == 4


def test_settings_go_to_all_that_have_them_and_the_rest_is_common():
    found = compare("adam", ROSENBROCK, steps=2, lr=0.3, eps=1e-4)
    assert found.settings["pytorch"] == {"lr": 0.3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-4}
    assert found.settings["keras"] == found.settings["pytorch"]
    assert "eps" not in found.settings["workbook"]
    own = compare("adam", ROSENBROCK, steps=2, defaults=True).settings
    assert own["workbook"] == {"lr": 1.0, "beta1": 0.7, "beta2": 0.9}
    assert own["keras"]["eps"] == 1e-7


def test_views_draw_the_runs_by_their_sources():
    from optviz.landscapes import loss_grid
    from optviz.views import contour, losses

    found = compare("adam", ROSENBROCK, only=["workbook", "pytorch"])
    for figure in (contour(loss_grid(ROSENBROCK), found.trajectories), losses(found.trajectories)):
        names = " ".join(each.get("name") or "" for each in figure.to_dict()["data"])
        assert "workbook" in names
        assert "pytorch" in names


def test_a_comparison_is_a_table_too():
    found = compare("adam", ROSENBROCK, only=["workbook", "pytorch", "optax"])
    frame = found.to_frame()
    assert list(frame["term"]) == ["bias correction", "bias correction", ""]
    assert frame["step"].isna().tolist() == [False, False, True]
    html = found._repr_html_()
    assert "never" in html
    assert "<p>adam on Rosenbrock" in html or "<p>adam on rosenbrock" in html


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda: compare("adm", ROSENBROCK), 'no optimizer "adm"; nearest: adam'),
        (
            lambda: compare("adam", ROSENBROCK, only=["pytroch", "keras"]),
            'no spelling of adam "pytroch"; nearest: pytorch',
        ),
        (lambda: compare("adam", ROSENBROCK, eta=1.0), 'adam has no "eta"; it has lr'),
        (lambda: compare("adam", ROSENBROCK, only=["keras"]), "at least two spellings"),
        (lambda: compare("adam", ROSENBROCK, only="keras"), "two spellings, got keras"),
        (lambda: compare("adam", ROSENBROCK, only=["keras"] * 2), "two spellings, got keras"),
        (lambda: compare("adam", ROSENBROCK, lr=np.ones(2)), "lr must be one number, got array"),  # type: ignore[arg-type]
        (lambda: compare("adam", ROSENBROCK, tolerance=0.0), "at least 1e-14 and finite, got 0.0"),
        (
            lambda: compare("adagrad", ROSENBROCK, only=["workbook", "keras"]),
            "no adagrad by workbook: the workbook's tab of that name is another method",
        ),
        (lambda: compare("adam", ROSENBROCK, start=np.ones((2, 3))), "one start"),
        (lambda: compare("adam", ROSENBROCK, start=(1, 2, 3)), "start must be 2 numbers (x, y)"),
        (lambda: compare("adam", ROSENBROCK, steps=0), "steps must be a whole number"),
        (lambda: compare("adam", ROSENBROCK, lr=-1.0), "lr must be at least 0"),
        (
            lambda: compare("adam", ROSENBROCK, steps=2).find_divergence("keras", "torch"),
            'no pair "keras" and "torch"',
        ),
        (
            lambda: DIALECTS["rmsprop"]["paper"].make_rule(eps=0.1),
            'rmsprop as paper spells it has no "eps"; it has lr, beta2',
        ),
        (lambda: convert("adm", {}, "keras", "optax"), 'no optimizer "adm"; nearest: adam'),
        (lambda: find_conversions("adm"), 'no optimizer "adm"'),
        (
            lambda: find_conversions("adam", "kersa"),
            "the names of two spellings, got only adam and ke",
        ),
        (lambda: convert("momentum", {"beta1": 1.0}, "pytorch", "workbook"), "beta1 must be at "),
        (lambda: convert("momentum", {"lr": -1.0}, "pytorch", "workbook"), "lr must be at least 0"),
        (lambda: convert("momentum", {"lr": np.ones(2)}, "keras", "optax"), "lr must be one numb"),  # type: ignore[dict-item]
        (lambda: convert("adam", {}, "keras", "opatx"), "nearest: optax"),
        (lambda: convert("adam", {"eta": 1.0}, "keras", "optax"), 'has no "eta"'),
        (
            lambda: convert("nesterov", {}, "fastai", "pytorch"),
            "no nesterov by fastai: fast.ai has none of its own",
        ),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(ask, sentence):
    with pytest.raises(ValueError) as error:
        ask()
    assert sentence in str(error.value)


# -- from one to the other -----------------------------------------------------------------


def draw_gradients(steps: int) -> np.ndarray:
    return np.random.default_rng(0).normal(0.3, 1.0, (steps, 2))


def make_moves(rule: ov.Rule, gradients: np.ndarray, schedule: Any = None) -> np.ndarray:
    """The steps that a rule makes, given gradients."""
    params = np.zeros(2)
    state, out = rule.init(params), []
    for step, grad in enumerate(gradients):
        each = rule if schedule is None else rule.with_lr(rule.lr * schedule(step))
        new, state = each.update(params, grad, state)
        out.append(new - params)
        params = new
    return np.array(out)


def assert_alike(one: np.ndarray, other: np.ndarray) -> None:
    """Equal to 1e-10 of the largest step."""
    assert np.abs(one - other).max() <= 1e-10 * np.abs(one).max()


GIVEN = {"lr": 0.01, "beta1": 0.8, "beta2": 0.9}


@every("name, one, other", PAIRS)
@every("eps", [0.0, 1e-3])
def test_converted_settings_make_the_same_steps_or_are_refused(name, one, other, eps):
    source, target = DIALECTS[name][one], DIALECTS[name][other]
    given = {k: v for k, v in (GIVEN | {"eps": eps}).items() if k in source.words}
    refused = [each for each in find_conversions(name, one, other) if each.reason]
    if any(each.zero == "" or eps for each in refused):
        with pytest.raises(ValueError) as error:
            convert(name, given, one, other)
        assert f"{name}, {one} to {other}" in str(error.value)
        assert any(each.reason in str(error.value) for each in refused)
        return
    settings = convert(name, given, one, other)
    assert set(settings) == set(target.words)
    gradients = draw_gradients(600)
    a, b = (
        make_moves(rule, gradients)
        for rule in (source.make_rule(**given), target.make_rule(**settings))
    )
    first = 400 if WARM_UP in find_validity(name, one, other) else 0
    assert_alike(a[first:], b[first:])


AT_ONCE = [
    pair
    for pair in PAIRS
    if WARM_UP not in find_validity(*pair)
    and not any(each.reason and not each.zero for each in find_conversions(*pair))
]


@every("name, one, other", AT_ONCE)
def test_what_holds_from_the_first_step_holds_on_whole_runs_and_under_a_schedule(name, one, other):
    source, target = DIALECTS[name][one], DIALECTS[name][other]
    given = {k: v for k, v in (GIVEN | {"lr": 1e-3, "eps": 0.0}).items() if k in source.words}
    rules = source.make_rule(**given), target.make_rule(**convert(name, given, one, other))
    schedules = [None] if find_validity(name, one, other) == CONSTANT_LR else [None, ov.Cosine()]
    for schedule in schedules:
        a, b = (ov.run(ov.surface("himmelblau"), rule, 200, schedule=schedule) for rule in rules)
        np.testing.assert_allclose(a.path, b.path, rtol=1e-10)


CHANGED = [
    each for each in CONVERSIONS if each.is_possible and each.term in CHOICES[each.optimizer]
]


def make_both_sides(each: Conversion, **given: float) -> tuple[ov.Rule, ov.Rule, dict[str, float]]:
    """The rules on the two sides of a conversion, all else the same, and the settings given."""
    choices = {key: options[0] for key, options in CHOICES[each.optimizer].items()}
    if each.term == "points kept":
        choices["place of lr"] = "inside the memory"
    settings = {k: v for k, v in (GIVEN | given).items() if k in COMMON[each.optimizer]}
    sides = (each.source, settings), (each.target, each(settings))
    one, other = (make_rule(each.optimizer, choices | {each.term: o} | s) for o, s in sides)
    return one, other, settings


@every("each", CHANGED, ids=lambda c: f"{c.optimizer}: {c.source} to {c.target}")
def test_each_conversion_of_the_table_is_true(each):
    eps = 0.0 if each.zero or each.source == "none" else 1e-3
    one, other, settings = make_both_sides(each, eps=eps, initial=0.1)
    gradients = draw_gradients(600)
    a, b = make_moves(one, gradients), make_moves(other, gradients)
    assert_alike(a[400:], b[400:])
    if each.holds == WARM_UP:
        assert np.abs(a[0] - b[0]).max() > 1e-6 * np.abs(a[0]).max()
    else:
        assert_alike(a, b)
    if each.schedule is not None:
        assert_alike(
            make_moves(one, gradients), make_moves(other, gradients, each.schedule(settings))
        )


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_at_a_constant_lr_means_at_no_other(name):
    for each in find_conversions(name):
        if each.holds == CONSTANT_LR:
            one, other, _ = make_both_sides(each)
            a, b = (
                make_moves(rule, draw_gradients(50), ov.Exponential(0.9)) for rule in (one, other)
            )
            assert np.abs(a - b)[5:].max() > 1e-3 * np.abs(a).max()


def test_without_eps_the_two_corrections_of_adam_are_one_from_the_first_step():
    for each in find_conversions("adam", "pytorch", "keras"):
        one, other, _ = make_both_sides(each, eps=0.0)
        assert_alike(make_moves(one, draw_gradients(50)), make_moves(other, draw_gradients(50)))


def test_velocity_and_average_are_one_memory_in_two_units():
    one = ov.run(ROSENBROCK, DIALECTS["momentum"]["pytorch"].make_rule(lr=1e-3), 50)
    other = ov.run(ROSENBROCK, DIALECTS["momentum"]["paper"].make_rule(lr=1e-3), 50)
    np.testing.assert_allclose(other.state["velocity"], -1e-3 * one.state["grad_avg"], rtol=1e-10)


def test_the_iterate_and_the_look_ahead_are_a_share_of_the_velocity_apart():
    run = ov.run(ROSENBROCK, DIALECTS["nesterov"]["paper"].make_rule(lr=1e-3, beta1=0.9), 50)
    iterate = run.new - 0.9 * run.state["velocity"]
    np.testing.assert_allclose(run.state["iterate"], iterate, rtol=1e-12)


@every("each", CONVERSIONS, ids=lambda c: f"{c.optimizer}: {c.formula}")
def test_the_formula_of_a_conversion_is_what_it_does(each):
    settings = GIVEN | {"eps": 0.0, "initial": 0.1}
    settings = {k: v for k, v in settings.items() if k in COMMON[each.optimizer]}
    if each.formula == "not possible":
        with pytest.raises(ValueError):
            each(settings)
        return
    told = dict(settings)
    for part in each.formula.split(", "):
        name, arrow, right = part.partition(" <- ")
        if arrow:
            told[name] = eval(right, {}, dict(told))  # noqa: S307 -- the package's own text
    assert each(settings) == pytest.approx(told, rel=1e-15)
    assert each.latex.count("{") == each.latex.count("}")
    assert each.latex


@every("name, one, other", AT_ONCE)
def test_there_and_back_are_the_same_settings(name, one, other):
    given = {"lr": 0.01, "eps": 0.0}
    given = {k: v for k, v in given.items() if k in DIALECTS[name][one].words}
    back = convert(name, convert(name, given, one, other), other, one)
    assert {k: back[k] for k in given} == pytest.approx(given, rel=1e-14)


def test_eps_inside_the_root_of_a_sum_is_a_part_of_its_start():
    given = {"lr": 0.1, "eps": 1e-7, "initial": 0.1}
    settings = convert("adagrad", given, "keras", "pytorch")
    assert settings == {"lr": 0.1, "eps": 0.0, "initial": 0.1 + 1e-7}


@pytest.mark.parametrize("initial", [0.0, 0.1, 50.0])
@pytest.mark.parametrize("name", ["rmsprop", "adagrad"])
def test_where_the_squares_start_decides_when_a_conversion_holds(name, initial):
    given = {"lr": 0.01, "eps": 0.0, "initial": initial}
    for other in ("pytorch", "paper", "keras", "tensorflow1"):
        when, target = find_validity(name, "optax", other, given), DIALECTS[name][other]
        if when == NEVER:
            with pytest.raises(ValueError, match="never forgets where it started"):
                convert(name, given, "optax", other)
            continue
        settings = convert(name, given, "optax", other)
        rules = DIALECTS[name]["optax"].make_rule(**given), target.make_rule(**settings)
        a, b = (make_moves(rule, draw_gradients(600)) for rule in rules)
        first = 400 if when == WARM_UP else 0
        assert_alike(a[first:], b[first:])
        assert when != WARM_UP or np.abs(a[0] - b[0]).max() > 1e-3 * np.abs(a[0]).max()


def test_a_conversion_holds_where_all_of_its_parts_do():
    pair = ("momentum", "paper", "pytorch_dampening")
    assert find_validity(*pair) == "at a constant lr, after warm-up"
    rules = [
        DIALECTS["momentum"][each].make_rule(lr=lr)
        for each, lr in ((pair[1], 0.01), (pair[2], 0.1))
    ]
    for schedule, alike in ((None, True), (lambda step: 1.0 + step % 2, False)):
        a, b = (make_moves(rule, draw_gradients(600), schedule)[400:] for rule in rules)
        assert (np.abs(a - b).max() <= 1e-10 * np.abs(a).max()) == alike


def test_a_conversion_that_is_not_possible_holds_never():
    assert find_validity("rmsprop", "pytorch", "workbook") == NEVER
    assert find_validity("adagrad", "keras", "paper") == NEVER


def test_the_table_has_a_line_for_each_conversion_and_says_why_not():
    lines = table().splitlines()
    assert len(lines) == len(CONVERSIONS) + 2
    assert "| fastai to workbook | lr <- lr/(1 - beta1) | from the first step |" in table(
        "momentum"
    )
    assert "never: this step's average holds this step's gradient" in table("rmsprop")
    assert {line.count("|") for line in lines} == {8}
