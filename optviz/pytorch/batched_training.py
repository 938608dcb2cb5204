"""Whole trainings of a small torch module, many settings and seeds at once, on one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from optviz.pytorch.per_run import PerRun, map_arrays
from optviz.pytorch.rule_optimizer import RuleOptimizer
from optviz.pytorch.stacked_module import LossModule, StackedModule
from optviz.pytorch.training_plan import Examples, TrainingPlan, use_eval_mode
from optviz.runs.outcomes import NEVER
from optviz.schedules import Constant, set_rule
from optviz.specs import Racer, unwrap_rule

ENGINES = "auto", "batch", "loop"
TRIED = 2
"""Steps of each engine by which the faster one is chosen, after one that does not count."""
Tell = Callable[[], Any]
"""Called before each step."""


@dataclass(frozen=True, eq=False)
class Trainings:
    """The outcome of many trainings: their losses on the way, and where they ended.

    Shapes: losses (settings, seeds, evaluations), inf where a training has ended before; at
    (evaluations,), the steps made by then; ended (settings, seeds).
    """

    label: str
    losses: np.ndarray
    at: np.ndarray
    ended: np.ndarray
    """The step whose mini-batch had a loss that is not finite; -1 where there is none."""
    seeds: tuple[int, ...]
    engine: str
    """How they were made: "batch", all at once, or "loop", one after another."""
    why: str
    """Why so."""
    bytes: int
    """The memory that was reckoned with."""
    seconds: float

    @property
    def final(self) -> np.ndarray:
        """The loss after the last step, (settings, seeds); inf where a training diverged."""
        return self.losses[..., -1]

    def find_first(self, target: float) -> np.ndarray:
        """Return the first evaluated step with a loss of at most a target, inf where none is."""
        is_there = self.losses <= target
        first = self.at[is_there.argmax(axis=-1)].astype(float)
        return np.where(is_there.any(axis=-1), first, np.inf)

    def to_text(self) -> str:
        """Return what became of the trainings as text for a terminal."""
        settings, seeds = self.ended.shape
        middle, lost = np.median(self.final, axis=1), int(np.isinf(self.final).sum())
        return (
            f"{self.label}: {settings} settings x {seeds} seeds, {self.at[-1]} steps each, in "
            f"{self.seconds:.1f} s ({self.engine}: {self.why})\n"
            f"lowest median loss {middle.min():.4g} at setting {middle.argmin() + 1}, {lost} of "
            f"{settings * seeds} trainings diverged"
        )

    def __repr__(self) -> str:
        settings, seeds = self.ended.shape
        return f"Trainings({self.label!r}: {settings} settings x {seeds} seeds, {self.engine})"


def train_many(
    make_module: Callable[[], nn.Module],
    loss_fn: Callable[[Any, Any], Tensor],
    data: tuple[Any, Any],
    rule: Racer,
    steps: int = 400,
    *,
    seeds: Sequence[int] = (0, 1, 2),
    batch: int = 32,
    valid: tuple[Any, Any] | None = None,
    evaluations: int = 10,
    engine: str = "auto",
    on_progress: Callable[[int, int], Any] | None = None,
) -> Trainings:
    """Train a module at many settings with several seeds, and return the losses on the way.

    A hyperparameter of the rule that is an array has a value for each setting. A seed seeds the
    weights that `make_module()` draws by torch and the order of the mini-batches, alike at every
    setting. `loss_fn(outputs, targets)` is a mean over rows; it is taken of `valid`, without it of
    the training data, in eval mode, at the start and after `evaluations` evenly spaced steps.
    `engine` is "batch" (all trainings at once, by torch.func), "loop" (one after another, as a
    training loop) or "auto": the faster, by two steps of each. What cannot be made in one batch
    (BatchNorm, dropout, a rule of your own) is made in the loop, and the outcome says why.
    `on_progress(done, total)` is told of the steps of all trainings; what it raises stops them.

        import numpy as np
        import torch
        from optviz import Adam
        from optviz.pytorch.batched_training import train_many

        inputs = torch.randn(256, 3)
        data = inputs, inputs.sum(1, keepdim=True)
        rule = Adam(lr=np.geomspace(0.001, 0.1, 15))
        made = train_many(lambda: torch.nn.Linear(3, 1), torch.nn.functional.mse_loss, data, rule)
        print(made.to_text())

    Raises: ValueError: one training needs 12.3 GB: take a smaller module or batch
    """
    if engine not in ENGINES:
        raise ValueError(f"engine must be auto, batch or loop, got {engine!r}")
    begun = perf_counter()
    with use_one_thread(), torch.random.fork_rng(devices=[]):
        more: Any = {"batch": batch, "valid": valid, "evaluations": evaluations}
        plan = TrainingPlan(make_module, loss_fn, data, rule, steps, seeds=seeds, **more)
        chosen, why = choose_engine(plan, engine)
        losses, ended = perform(plan, chosen, on_progress)
    shape = len(plan.seeds), plan.settings
    return Trainings(
        label=plan.label,
        losses=losses.reshape(*shape, -1).swapaxes(0, 1),
        at=plan.at,
        ended=ended.reshape(shape).T,
        seeds=plan.seeds,
        engine=chosen,
        why=why,
        bytes=plan.run_bytes * len(plan.list_blocks(chosen)[0]),
        seconds=perf_counter() - begun,
    )


def perform(
    plan: TrainingPlan, engine: str, on_progress: Callable[[int, int], Any] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Make all trainings; return the losses (runs, evaluations) and the ends (runs,)."""
    train = train_batch if engine == "batch" else train_loop
    losses, ended = np.empty((plan.count, len(plan.at))), np.empty(plan.count, int)
    done = 0
    for runs in plan.list_blocks(engine):

        def tell(count: int = len(runs)) -> None:
            nonlocal done
            done += count
            if on_progress is not None:
                on_progress(done, plan.count * plan.steps)

        losses[runs], ended[runs] = train(plan, runs, tell)
    return losses, ended


def choose_engine(plan: TrainingPlan, engine: str) -> tuple[str, str]:
    """Return how trainings are made, and why."""
    if engine == "loop":
        return "loop", "as asked"
    if obstacle := plan.find_obstacle():
        return "loop", obstacle
    if engine == "batch":
        return "batch", "as asked"
    runs = plan.list_blocks("batch")[0]
    together = time_steps(train_batch, plan, runs)
    alone = len(runs) * time_steps(train_loop, plan, runs[:1])
    chosen = "batch" if together <= alone else "loop"
    return chosen, f"one batch takes {together / alone:.2g} of the loop's time by {TRIED} steps"


def time_steps(train: Callable[..., Any], plan: TrainingPlan, runs: np.ndarray) -> float:
    """Return the seconds of some steps of trainings, after one that does not count."""
    marks: list[float] = []
    train(plan.shorten(1 + TRIED), runs, lambda: marks.append(perf_counter()))
    return perf_counter() - marks[1] if len(marks) > 1 else 0.0


def train_loop(plan: TrainingPlan, runs: np.ndarray, tell: Tell) -> tuple[np.ndarray, np.ndarray]:
    """Train one after another; return the losses (runs, evaluations) and the ends (runs,)."""
    made = [
        train_alone(plan, int(run) % plan.settings, plan.seeds[run // plan.settings], tell)
        for run in runs
    ]
    return np.array([losses for losses, _ in made]), np.array([ended for _, ended in made])


def train_alone(plan: TrainingPlan, setting: int, seed: int, tell: Tell) -> tuple[np.ndarray, int]:
    """Train once, as any training loop; return the losses (evaluations,) and the end."""
    rule, module = plan.pick_rule(setting), plan.make(seed)
    whole = LossModule(module, plan.loss_fn)
    optimizer = RuleOptimizer([p for p in module.parameters() if p.requires_grad], rule)
    losses, places, batches = (
        np.full(len(plan.at), np.inf),
        plan.find_places(),
        plan.draw_rows(seed),
    )
    for step in range(plan.steps + 1):
        if step in places:
            losses[places[step]] = evaluate_alone(whole, plan.valid)
        if step == plan.steps:
            break
        tell()
        if not isinstance(plan.schedule, Constant):
            now = unwrap_rule(set_rule(rule, plan.schedule, step))
            for group in optimizer.param_groups:
                group.update({key: getattr(now, key) for key in ("lr", "beta1") if key in group})
        optimizer.zero_grad()
        loss = whole(*plan.data.pick(next(batches)))
        if not isfinite(float(loss.detach())):
            return losses, step
        loss.backward()
        optimizer.step()
    return losses, NEVER


def evaluate_alone(whole: LossModule, valid: Examples) -> float:
    """Return the loss of a module in eval mode, inf where it is not finite."""
    with torch.no_grad(), use_eval_mode(whole):
        loss = sum(share * float(whole(*part)) for share, part in valid.split())
    return loss if isfinite(loss) else np.inf


def train_batch(plan: TrainingPlan, runs: np.ndarray, tell: Tell) -> tuple[np.ndarray, np.ndarray]:
    """Train all at once; return the losses (runs, evaluations) and the ends (runs,)."""
    numbers, seed_of = np.unique(runs // plan.settings, return_inverse=True)
    seeds = [plan.seeds[each] for each in numbers]
    modules = [plan.make(seed) for seed in seeds]
    stack = StackedModule(modules[0], plan.loss_fn)
    params, fixed = stack.read_many(modules, seed_of)
    rule = map_arrays(plan.rule, lambda values: PerRun(values[runs % plan.settings]))
    losses, places = np.full((len(runs), len(plan.at)), np.inf), plan.find_places()
    batches, ended = [plan.draw_rows(seed) for seed in seeds], np.full(len(runs), NEVER)
    state = set_rule(rule, plan.schedule, 0).init(params)
    for step in range(plan.steps + 1):
        if step in places:
            loss = evaluate_batch(stack, params, fixed, plan.valid)
            losses[:, places[step]] = np.where(ended == NEVER, loss, np.inf)
        if step == plan.steps:
            break
        tell()
        rows = np.stack([next(each) for each in batches])[seed_of]
        made, grads = stack.losses_and_grads(params, fixed, *plan.data.pick(rows))
        if not (is_finite := made.isfinite()).all():
            ended[(ended == NEVER) & ~is_finite.cpu().numpy()] = step
            if (ended != NEVER).all():
                break
        now = set_rule(rule, plan.schedule, step)
        params, state = now.update(params, grads, state)
    return losses, ended


def evaluate_batch(
    stack: StackedModule, params: Tensor, fixed: dict[str, Tensor], valid: Examples
) -> np.ndarray:
    """Return the loss of each run in eval mode, (runs,), inf where it is not finite."""
    with use_eval_mode(stack.whole):
        parts = [share * stack.losses(params, fixed, *part) for share, part in valid.split()]
    loss = torch.stack(parts).sum(0).double().cpu().numpy()
    return np.where(np.isfinite(loss), loss, np.inf)


@contextmanager
def use_one_thread() -> Iterator[None]:
    """Use one torch thread within a block: for small modules it is the fastest."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
