"""The same race, basin map and tuned picture as public scripts make them, and how long they take.

Such scripts loop over torch.optim and autograd, one run at a time; these loops are written here,
without their prints and plots. Where they take too long a part of the runs is timed and scaled up,
which the row says. Both must come to the same results, or the benchmark ends with the difference.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from optviz import learning_rates, parse_spec, run, surface
from optviz.landscapes import loss_grid
from optviz.sweeps import Here, Workload, basin_maps, race

from .timing import TRIES, Row, measure_work

CLOSE = 1e-6
"""The relative difference of results that is taken for rounding."""
SETTLED = 1e-12
"""Losses below it are equal: a point that has arrived moves by rounding alone."""


def rosenbrock(x, y):
    """Return the loss as a script writes it."""
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def himmelblau(x, y):
    """Return the loss as a script writes it."""
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


MAKE: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": lambda p, lr, **_: torch.optim.SGD(p, lr),
    "momentum": lambda p, lr, beta1=0.9: torch.optim.SGD(p, lr, momentum=beta1),
    "rmsprop": lambda p, lr, beta2=0.9: torch.optim.RMSprop(p, lr, alpha=beta2),
    "adam": lambda p, lr, beta1=0.9, beta2=0.999: torch.optim.Adam(p, lr, betas=(beta1, beta2)),
}


def run_alone(loss, name, start, steps, *, keeps_path=False, **values):
    """Make one run as scripts do, and return where it ends, its loss there and its path."""
    point = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer, path = MAKE[name]([point], **values), []
    for _ in range(steps):
        if keeps_path:
            path.append(point.detach().clone().numpy())
        optimizer.zero_grad()
        loss(point[0], point[1]).backward()
        optimizer.step()
    end = point.detach()
    return end.numpy(), loss(end[0], end[1]).item(), np.array(path)


def check_alike(what: str, ours: Any, theirs: Any) -> None:
    """Refuse results that differ by more than rounding."""
    ours, theirs = (
        np.nan_to_num(np.asarray(each, float), nan=np.inf, posinf=np.inf) for each in (ours, theirs)
    )
    assert np.isfinite(ours).mean() > 0.75, f"{what}: most have diverged, which compares nothing"
    np.testing.assert_allclose(ours, theirs, rtol=CLOSE, atol=SETTLED, err_msg=what)


def compare_times(
    what: str,
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    least: float,
    *,
    share: float = 1.0,
    pairs: int = 2,
) -> Row:
    """Gate how many times as long theirs takes, of which a share is timed and scaled up."""
    ours()
    tried = []
    while not tried or (max(tried)[0] < least and len(tried) < TRIES):
        own, other = (min(each) for each in zip(*measure_pairs(ours, theirs, pairs), strict=True))
        part = f", from {share:.2g} of it" if share < 1 else ""
        note = f"{own:.3g} s, and {other / share:.3g} s one by one{part}"
        tried.append((other / share / own, note))
    times, note = max(tried)
    return Row(what, f"{times:.0f} times as fast  ({note})", f"at least {least:g}", times >= least)


def measure_pairs(ours: Callable, theirs: Callable, pairs: int) -> list[tuple[float, float]]:
    """Return the processor seconds of both, in turn."""
    return [(measure_work(ours), measure_work(theirs)) for _ in range(pairs)]


# ---- a race


RACE_STEPS, TRIALS, CHOOSING, REPORTING = 200, 20, 5, 20
RACED = ["momentum", "adam"]
SPACES = {
    "Momentum": {"lr": (1e-5, 3e-4), "beta1": (0.0, 0.95)},
    "Adam": {"lr": (1e-3, 0.1), "beta1": (0.0, 0.95), "beta2": (0.9, 0.999)},
}
SOME_TRIALS = range(0, TRIALS, 10)


def hold_race():
    """Hold the race, tuning, intervals and all."""
    workload = Workload(surface("rosenbrock"), RACE_STEPS)
    counts: Any = {"trials": TRIALS, "choosing": CHOOSING, "reporting": REPORTING}
    return race(workload, RACED, spaces=SPACES, executor=Here(), **counts)


def hold_race_alone(held):
    """Make some trials of the race run by run, and return the loss at the end of each."""
    seeds = held.choosing + held.reporting
    starts = held.workloads[0].draw_starts(seeds).T
    return [
        [
            [
                run_alone(rosenbrock, name, start, RACE_STEPS, **read_values(rival, trial))[1]
                for trial in SOME_TRIALS
            ]
            for start in starts
        ]
        for name, rival in zip(RACED, held.contestants, strict=True)
    ]


def read_values(rival, trial) -> Any:
    """Return the numbers of a trial."""
    return {name: float(each[trial]) for name, each in rival.values.items()}


def compare_races() -> Row:
    """Report a race of two rules."""
    held = hold_race()
    finals = [trials.final[:, list(SOME_TRIALS)] for trials in held.results[0]]
    check_alike("losses at the end of a race", finals, hold_race_alone(held))
    return compare_times(
        f"a race: {' and '.join(RACED)} on Rosenbrock, {TRIALS} trials x {CHOOSING + REPORTING} "
        f"seeds, {RACE_STEPS} steps; ours with its intervals",
        hold_race,
        lambda: hold_race_alone(held),
        200,
        share=len(SOME_TRIALS) / TRIALS,
    )


# ---- a basin map


MAP_STEPS, SIZE, EVERY = 300, 101, 400


def compare_maps() -> Row:
    """Report a basin map."""
    wells = surface("himmelblau")
    given: dict[str, Any] = {"size": SIZE, "minima": wells.minima, "within": 0.3}

    def draw():
        return basin_maps(wells, "momentum:lr=0.001", MAP_STEPS, **given)[0]

    made = draw()
    starts = np.stack(np.meshgrid(made.x, made.y), axis=-1).reshape(-1, 2)[::EVERY]

    def draw_alone():
        runs = [run_alone(himmelblau, "momentum", start, MAP_STEPS, lr=0.001) for start in starts]
        away = np.linalg.norm(
            np.array([end for end, _, _ in runs])[:, None] - made.minima[None], axis=-1
        )
        near = np.where(away.min(axis=1) < made.within, away.argmin(axis=1), -1)
        return near, [loss for _, loss, _ in runs]

    near, losses = draw_alone()
    check_alike("minima that starts lead to", made.end.ravel()[::EVERY], near)
    check_alike("losses at the end of a basin map", made.final.ravel()[::EVERY], losses)
    return compare_times(
        f"a basin map: momentum on Himmelblau from {SIZE} x {SIZE} starts, {MAP_STEPS} steps",
        draw,
        draw_alone,
        1000,
        share=len(starts) / SIZE**2,
    )


# ---- a tuned picture


PICTURE_STEPS, PICTURE_SIZE = 300, 201
RATES = {
    "sgd": np.geomspace(1e-5, 2e-3, 25),
    "momentum": np.geomspace(1e-5, 3e-4, 25),
    "rmsprop": np.geomspace(1e-4, 0.05, 25),
    "adam": np.geomspace(1e-3, 0.3, 25),
}


def draw_picture():
    """Return the losses of the window, and of each rule the best rate and its path."""
    problem = surface("rosenbrock")
    grid, found = loss_grid(problem, size=PICTURE_SIZE), {}
    for name, rates in RATES.items():
        rule = parse_spec(name).rule
        finals = learning_rates(problem, rule, rates, PICTURE_STEPS).final
        best = float(rates[np.argmin(np.where(np.isfinite(finals), finals, np.inf))])
        found[name] = best, run(problem, rule.with_lr(best), PICTURE_STEPS).path[:-1]
    return grid, found


def draw_picture_alone():
    """Return the same by one run after another."""
    problem = surface("rosenbrock")
    (left, right), (low, high) = problem.window
    ticks = (
        torch.linspace(*ends, PICTURE_SIZE, dtype=torch.float64)
        for ends in ((left, right), (low, high))
    )
    x, y = torch.meshgrid(*ticks, indexing="xy")
    losses, found = rosenbrock(x, y).numpy(), {}
    for name, rates in RATES.items():
        given: Any = (rosenbrock, name, problem.start, PICTURE_STEPS)
        finals = [run_alone(*given, lr=float(rate))[1] for rate in rates]
        best = float(rates[np.nanargmin(np.nan_to_num(finals, nan=np.inf))])
        found[name] = best, run_alone(*given, lr=best, keeps_path=True)[2]
    return losses, found


def compare_pictures() -> Row:
    """Report a picture of four rules, each at its best rate."""
    (grid, ours), (losses, theirs) = draw_picture(), draw_picture_alone()
    check_alike("losses of the window", grid.loss, losses)
    for name in RATES:
        check_alike(f"best rate of {name}", ours[name][0], theirs[name][0])
        check_alike(f"path of {name}", ours[name][1], theirs[name][1])
    return compare_times(
        f"a tuned picture: {PICTURE_SIZE} x {PICTURE_SIZE} losses, and the paths of four rules at "
        f"the best of 25 rates each, {PICTURE_STEPS} steps",
        draw_picture,
        draw_picture_alone,
        25,
    )


def rows() -> Iterator[Row]:
    """Report the three, each as one call of the library against one run after another."""
    yield compare_races()
    yield compare_maps()
    yield compare_pictures()
