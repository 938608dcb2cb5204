"""Experiments for the races of test_races: each that has a trait of its own, and random ones."""

import random
from collections.abc import Iterator
from typing import Any

from optviz import SURFACES, Experiment
from optviz.rules import RULES

ALL_RULES = (
    "sgd:lr=0.001",
    "momentum:lr=0.001,l2=0.01",
    "momentum:lr=0.01,damped=yes,dampening=0.3",
    "momentum:lr=0.002,dampening=0.3,maximize=yes",
    "nesterov:lr=0.0005,wd=0.02",
    "adagrad:lr=0.5",
    "adagrad:lr=0.5,initial=0.2,lr_decay=0.1",
    "adadelta:lr=3,eps=0.00001",
    "rmsprop:lr=0.01",
    "rmsprop:lr=0.001,beta1=0.8,centered=yes",
    "rmsprop:lr=0.001,lagged=yes",
    "adam:lr=0.05",
)
SCHEDULED = (
    "adam:lr=0.05,amsgrad=yes,schedule=cosine",
    "adam:lr=0.05,debias=no,schedule=step(every=20,factor=0.5)",
    "adam:lr=0.05,wd=0.1,schedule=constant",
    "sgd:lr=0.002,schedule=exponential(factor=0.97)",
    "momentum:lr=0.001,schedule=warmup(steps=30)",
    "rmsprop:lr=0.01,schedule=onecycle(cycle_momentum=yes)",
    "nesterov:lr=0.001,schedule=onecycle(steps=40,three_phase=yes)",
    "sgd:lr=0.001,on=no",
    "sgd:lr=0.001",
    "sgd:lr=0.001",
)
CASES = {
    "all rules": Experiment(rules=ALL_RULES, steps=80),
    "schedules": Experiment(rules=SCHEDULED, steps=60),
    "noise": Experiment(
        rules=ALL_RULES[:3],
        problem="booth",
        noise=0.7,
        seed=11,
        steps=50,
        forks=("2@20:sgd:lr=0.01",),
    ),
    "starts": Experiment(
        rules=("sgd:lr=0.01", "adam:lr=0.1"),
        problem="himmelblau",
        also=((1e-5, 2.5), (-3.0, 123456.7), (-3.0, 3.0)),
        start=(0.123456789, 1.0),
        steps=40,
    ),
    "forks": Experiment(
        rules=("momentum:lr=0.001", "adam:lr=0.05,on=no", "sgd:lr=1"),
        forks=(
            "1@20:momentum:lr=0.002",
            "1@20:adam:lr=0.01",
            "1@0:momentum:lr=0.002,schedule=cosine",
            "2@30:adam:lr=0.01,schedule=step(every=10)",
            "3@50:sgd:lr=0.1",
            "3@0:adam:lr=0.1",
        ),
        steps=60,
    ),
    "pins": Experiment(
        rules=("sgd:lr=0.001",),
        pins=(
            "rule=sgd:lr=0.001&steps=500",
            "rule=adam:lr=0.05,wd=0.1&problem=ravine&parameters=condition=7,rotation=0.1&steps=30",
            "rule=adam:lr=0.05&start=1,1&noise=0.2&seed=3&steps=20",
        ),
        steps=40,
    ),
    "only a pin": Experiment(rules=("sgd:on=no",), pins=("rule=sgd&steps=20",)),
    "only a fork": Experiment(rules=("sgd:on=no",), forks=("1@5:adam",), steps=20),
    "nothing": Experiment(rules=("sgd:on=no",)),
    "no minimum": Experiment(problem="x^2 - y^2", rules=("sgd:lr=0.02", "adam:lr=0.3"), steps=40),
    "diverging": Experiment(
        problem="bowl", rules=("sgd:lr=1.2", "momentum:lr=1.5", "sgd:lr=0.1"), steps=900
    ),
    "diverging, most of them": Experiment(
        problem="bowl",
        rules=(
            *("sgd:lr=1.02", "momentum:lr=2.2", "momentum:lr=2.5", "rmsprop:lr=0.01"),
            *("adam:lr=0.05", "nesterov:lr=1.4", "sgd:lr=0.0000001", "sgd:lr=1.001"),
        ),
        forks=("2@100:momentum:lr=0.01", "5@50:sgd:lr=1.5"),
        also=((-2.0, 1.0),),
        steps=300,
    ),
    "diverging all": Experiment(
        problem="-x^2-y^2", rules=("sgd:lr=3", "momentum:lr=30"), steps=900
    ),
    "oscillating": Experiment(problem="bowl", rules=("sgd:lr=1", "sgd:lr=0.4"), steps=50),
    "converged, hardly moving": Experiment(
        problem="bowl",
        rules=("sgd:lr=0.2", "sgd:lr=1e-9", "momentum:lr=0.9,maximize=yes"),
        steps=300,
    ),
    "not differentiable": Experiment(
        problem="abs(x) + y^2", start=(0.5, 1.0), rules=("sgd:lr=0.5", "sgd:lr=0.3"), steps=30
    ),
    "no loss": Experiment(
        problem="(x-1)^2 - log(x) + y^2", start=(-1.0, 1.0), rules=("sgd:lr=0.1",), steps=10
    ),
    "target": Experiment(target=0.5, steps=50, parameters=(("steepness", 50.0),)),
    "parameters beyond their range": Experiment(
        problem="ravine", parameters=(("condition", 5000.0),), rules=("sgd:lr=0.0001",), steps=30
    ),
    "a formula": Experiment(
        problem="a*sin(3x)^2 + x^2 + b*y^2",
        parameters=(("a", 2.0),),
        rules=("adam:lr=0.1",),
        steps=60,
    ),
    "one step": Experiment(steps=1),
}
SMOOTH = ("rosenbrock", "bowl", "booth", "himmelblau", "ravine", "matyas", "x^2*y^2 - x + y^4")
SMOOTH += ("x^2 - y^2", "1/(1 + x^2 + y^2)", "c*x^2 + abs(y)", "-x", "0*x", "1e6 + x^2 + 9*y^2")
"""Problems on which no rounding of a sine grows along a path."""
SCHEDULES = ("cosine", "step(every=7,factor=0.3)", "onecycle", "warmup(steps=9)", "exponential")


def draw_rule(rng: random.Random, fastest: float) -> str:
    name = rng.choice(list(RULES))
    parts = [f"{name}:lr={10 ** rng.uniform(-4, fastest):.4g}"]
    parts += rng.choices(["l2=0.03", "wd=0.2", ""], [1, 1, 4])
    parts += rng.choices(["maximize=yes", "on=no", ""], [1, 1, 8])
    parts += [f"schedule={rng.choice(SCHEDULES)}"] if rng.random() < 0.3 else []
    return ",".join(filter(None, parts))


def draw_point(rng: random.Random) -> tuple[float, float]:
    return rng.uniform(-2, 2), round(rng.uniform(-2, 2), rng.randint(2, 9))


def draw_experiment(
    rng: random.Random, problem: str, steps: int, fastest: float = 0.7
) -> Experiment:
    rules = tuple(draw_rule(rng, fastest) for _ in range(rng.randint(1, 4)))
    forks = [
        f"{rng.randint(1, len(rules))}@{rng.randrange(steps)}:{draw_rule(rng, fastest)}"
        for _ in range(rng.choice([0, 0, 1, 3]))
    ]
    other = rng.choice(["bowl", problem])
    pins = [
        f"rule={draw_rule(rng, fastest)}&problem={other}&steps={rng.randint(1, 3 * steps)}"
        for _ in range(rng.choice([0, 0, 1]))
    ]
    return Experiment(
        rules=rules,
        problem=problem,
        start=draw_point(rng) if rng.random() < 0.7 else None,
        steps=steps,
        also=tuple(draw_point(rng) for _ in range(rng.choice([0, 0, 2]))),
        forks=tuple(forks),
        pins=tuple(pins),
        noise=rng.choice([0.0, 0.0, 0.0, 0.3]),
        seed=rng.randrange(99),
        target=rng.choice([None, None, 10 ** rng.uniform(-3, 3), -1.0]),
    )


def draw_experiments() -> Iterator[Experiment]:
    """Yield random experiments, of many steps on some problems and of a few on every surface."""
    rng = random.Random(12)
    for _ in range(70):
        yield draw_experiment(rng, rng.choice(SMOOTH), rng.choice([1, 3, 20, 60]))
    for name in SURFACES:
        yield draw_experiment(rng, name, 2, -2)  # roundings of a sine grow along a fast path


CASES |= {f"random {place}": each for place, each in enumerate(draw_experiments())}

BOWL = "sqrt(a - x^2 - y^2)"
EDITS: dict[str, tuple[Experiment, dict[str, Any]]] = {
    "numbers moved": (
        Experiment(
            problem="ravine",
            rules=("adam:lr=0.1,wd=0.1,schedule=cosine", "momentum:lr=0.01,l2=0.1"),
            noise=0.7,
            forks=("1@9:sgd:lr=0.1",),
            steps=60,
        ),
        {
            "problem.parameters.condition": 2000.0,
            "rules.0.settings.lr": 0.03,
            "rules.0.settings.beta2": 0.9,
            "rules.0.decay.value": 0.0,
            "rules.0.schedule.settings.end": 0.5,
            "rules.1.settings.dampening": 0.5,
            "forks.0.step": 20,
            "forks.0.rule.settings.lr": 1e-5,
            "noise": 0.01,
            "steps": 33,
            "start": [1.0, 0.25],
        },
    ),
    "a formula moved": (
        Experiment(problem=BOWL, rules=("sgd:lr=0.01",), forks=("1@2:adam",), steps=5),
        {"problem.parameters.a": 2.0},
    ),
    "a formula moved with a start": (
        Experiment(problem=BOWL, rules=("sgd:lr=0.01",), start=(0.5, 0.5), steps=5),
        {"problem.parameters.a": 30.0},
    ),
}
"""Experiments, and the numbers of their payloads that are then replaced, by their places."""
CASES |= {
    "numbers moved": Experiment(
        problem="ravine",
        parameters=(("condition", 2000.0),),
        rules=(
            "adam:lr=0.03,beta2=0.9,wd=0,schedule=cosine(end=0.5)",
            "momentum:lr=0.01,dampening=0.5,l2=0.1",
        ),
        noise=0.01,
        forks=("1@20:sgd:lr=1e-5",),
        start=(1.0, 0.25),
        steps=33,
    ),
    "a formula moved": Experiment(
        problem=BOWL,
        parameters=(("a", 2.0),),
        rules=("sgd:lr=0.01",),
        forks=("1@2:adam",),
        steps=5,
    ),
    "a formula moved with a start": Experiment(
        problem=BOWL, parameters=(("a", 30.0),), rules=("sgd:lr=0.01",), start=(0.5, 0.5), steps=5
    ),
}
UNKNOWN = {
    "a limit": Experiment(problem="cos(sqrt(x^2 + y^2))", start=(0.0, 0.0), steps=3),
    "a limit at a fork": Experiment(
        problem="cos(sqrt(x^2 + y^2))", start=(0.0, 0.0), rules=("sgd:on=no",), forks=("1@1:sgd",)
    ),
    "a limit at a pin": Experiment(
        pins=("rule=sgd&problem=cos(sqrt(x^2 %2B y^2))&start=0,0&steps=9",), steps=3
    ),
    "finite nowhere": Experiment(problem=BOWL, rules=("sgd:lr=0.01",), steps=5),
}
"""Races that only the server can make."""
EDITS["finite nowhere"] = (UNKNOWN["finite nowhere"], {"problem.parameters.a": -1.0})
UNKNOWN["factors of fewer steps"] = Experiment(rules=("sgd:schedule=cosine",), steps=9)
EDITS["factors of fewer steps"] = (
    UNKNOWN["factors of fewer steps"],
    {"rules.0.schedule.length": 5},
)
