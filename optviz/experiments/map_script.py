"""The Python scripts that make the same maps as an experiment."""

from __future__ import annotations

from optviz.experiments.maps import MapExperiment, Range
from optviz.experiments.scripts import quote, write_call, write_list, write_problem
from optviz.sweeps.hyper_maps import find_field


def write_map_script(experiment: MapExperiment) -> str:
    """Return the script of a map.

    Raises: ValueError: no optimizer is switched on: switch one on
    """
    asked = experiment.map_part()
    is_sweep = asked.chart == "sweep"
    names = {"optviz": ["surface"], "optviz.sweeps": [], "optviz.views": []}
    names["optviz"] += ["Noisy"] if asked.noise else []
    names["optviz.sweeps"].append("sweep_map" if is_sweep else "basin_maps")
    names["optviz.views"].append("sweep_figure" if is_sweep else "basin_figure")
    surface = asked.surface().name
    where = surface if surface.isidentifier() else "a formula of x and y"
    what = "What two hyperparameters do" if is_sweep else "Where each start leads"
    lines = [f'"""{what} on {where}."""', ""]
    lines += ["import numpy as np", ""] if is_sweep else []
    for module, called in names.items():
        lines.append(f"from {module} import {', '.join(sorted(called))}")
    lines += ["", *write_problem(asked, "problem")]
    lines += write_sweep(experiment, asked) if is_sweep else write_basins(asked)
    return "\n".join(lines) + "\n"


def write_basins(asked: MapExperiment) -> list[str]:
    """Return the lines that make and show basin maps."""
    own = ["problem", "rules", str(asked.steps), f"size={asked.size}"]
    own += [f"seed={asked.seed}"] if asked.seed else []
    return [
        write_list("rules", map(quote, asked.rules)),
        write_call("maps = basin_maps", own),
        "for each in maps:",
        "    print(each.to_text())",
        "basin_figure(maps).show()",
    ]


def write_sweep(experiment: MapExperiment, asked: MapExperiment) -> list[str]:
    """Return the lines that make and show a map of two hyperparameters."""
    rule = asked.list_on()[0].rule
    axes = [
        f"{quote(each.name)}: {write_values(rule, each, asked.size)}"
        for each in asked.list_ranges()
    ]
    own = ["problem", quote(asked.rules[0]), "axes", str(asked.steps)]
    own += [] if asked.start is None else [f"start={asked.start!r}"]
    own += [f"seeds={asked.repeats}"] if asked.repeats > 1 else []
    return [
        "axes = {",
        *(f"    {each}," for each in axes),
        "}",
        write_call("found = sweep_map", own),
        "print(found.to_text())",
        f"sweep_figure(found, {quote(experiment.show)}).show()",
    ]


def write_values(rule: object, ends: Range, count: int) -> str:
    """Return the call that spreads the values of a hyperparameter."""
    is_log = find_field(rule, ends.name).metadata.get("log") and ends.low > 0  # type: ignore[arg-type]
    return f"np.{'geomspace' if is_log else 'linspace'}({ends.low!r}, {ends.high!r}, {count})"
