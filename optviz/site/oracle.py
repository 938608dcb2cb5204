"""Each rule against its twin in torch.optim, measured when the site is built.

Once both get the same gradients, those of the twin's path, and once each those of its own: where
steps hop about, rounding alone drives two paths apart. All is in float64. Where torch is not
installed the rule is held against the end that its twin once reached, which `torch_recorded.toml`
keeps; the page says which it was.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from optviz.problems.surfaces import SURFACES
from optviz.rules import RULES, Rule
from optviz.runs.loop import run
from optviz.site.races import RULE_SURFACE, STEPS, find_lr


class Measured(NamedTuple):
    """The largest difference between a rule and its twin, relative to the twin's params."""

    twin: str
    """The call that makes the twin."""
    version: str
    error: float
    """Over the whole paths, each with the gradients of its own."""
    shared_error: float | None = None
    """With the gradients of the twin's path for both; None for a recorded end."""


def measure_error(name: str) -> Measured | None:
    """Measure how far a rule is from its twin in torch.optim; None for one without a twin."""
    if find_spec("torch") is None:
        return compare_recorded(name)
    rule = RULES[name](lr=find_lr(RULE_SURFACE, name))  # type: ignore[call-arg]
    made = run_twin(rule)
    if made is None:
        return None
    call, version, theirs = made
    problem = SURFACES[RULE_SURFACE]
    ours = run(problem, rule, STEPS).path
    shared = compute_error(follow_gradients(rule, theirs), theirs)
    return Measured(call, version, compute_error(ours, theirs), shared)


def follow_gradients(rule: Rule, path: np.ndarray) -> np.ndarray:
    """Return where a rule goes from a path's start with the gradients at the path's points."""
    problem, params = SURFACES[RULE_SURFACE], path[0]
    state, points = rule.init(params), [params]
    for point in path[:-1]:
        params, state = rule.update(params, problem.grad(point), state)
        points.append(params)
    return np.array(points)


def compute_error(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return the largest difference of two paths, relative to the size of each point."""
    size = np.maximum(np.abs(theirs).max(axis=-1, keepdims=True), 1e-300)
    return float((np.abs(ours - theirs) / size).max())


def run_twin(rule: Rule) -> tuple[str, str, np.ndarray] | None:
    """Return the call of a rule's twin, torch's version, and the twin's path; None without one."""
    import torch

    from optviz.pytorch.twins import IMPLEMENTATIONS, find_twin

    found = find_twin(rule)
    if found is None:
        return None
    twin, keywords = found
    problem = SURFACES[RULE_SURFACE]
    params = torch.tensor(problem.start, dtype=torch.float64)
    chosen = {key: value for key, value in keywords.items() if key not in IMPLEMENTATIONS}
    chosen.pop("decoupled_weight_decay", None)  # what makes AdamW
    optimizer: Any = twin.kind([params], **chosen)
    path = [params.numpy().copy()]
    for _ in range(STEPS):
        params.grad = torch.tensor(problem.grad(params.numpy()), dtype=torch.float64)
        optimizer.step()
        path.append(params.numpy().copy())
    defaults = twin.keywords
    words = [
        f"{key}={value}" for key, value in chosen.items() if key == "lr" or value != defaults[key]
    ]
    call = f"torch.optim.{twin.kind.__name__}(params, {', '.join(words)})"
    return call, torch.__version__.partition("+")[0], np.array(path)


@cache
def read_recorded() -> dict[str, Any]:
    """Return what the twins once reached, by the names of the rules."""
    return tomllib.loads(files("optviz.site").joinpath("torch_recorded.toml").read_text("utf-8"))


def compare_recorded(name: str) -> Measured | None:
    """Measure how far a rule ends from the recorded end of its twin."""
    recorded = read_recorded()
    if name not in recorded["ends"]:
        return None
    entry = recorded["ends"][name]
    rule = RULES[name](lr=entry["lr"])  # type: ignore[call-arg]
    ours = run(SURFACES[recorded["surface"]], rule, recorded["steps"]).path[-1]
    error = compute_error(ours, np.array(entry["end"]))
    return Measured(entry["twin"], recorded["torch"], error)


def write_recorded() -> str:
    """Return the text of `torch_recorded.toml`, made with the torch that is installed."""
    lines: list[str] = []
    version = ""
    for name in RULES:
        lr = find_lr(RULE_SURFACE, name)
        made = run_twin(RULES[name](lr=lr))  # type: ignore[call-arg]
        if made is not None:
            call, version, path = made
            end = ", ".join(repr(float(each)) for each in path[-1])
            lines.append(f'{name} = {{ lr = {lr!r}, end = [{end}], twin = "{call}" }}')
    head = [
        "# Where the twins of the rules in torch.optim end: see oracle.py, whose `write_recorded`",
        "# wrote this.",
        f'torch = "{version}"',
        f'surface = "{RULE_SURFACE}"',
        f"steps = {STEPS}",
        "",
        "[ends]",
    ]
    return "\n".join([*head, *lines]) + "\n"
