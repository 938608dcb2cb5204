"""The buffers along paths, which lines and sheets are taken with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optviz.landscapes.planes.polylines import Polyline, mix_pairs
from optviz.problems.base import Problem


class PathBuffers:
    """Buffers of recorded points of one path or two, and in proportion between them.

    Coordinates are a place on the paths and, of two, the share of the way from the first to the
    second; beyond a path they are its own.
    """

    def __init__(self, paths: Sequence[Polyline]):
        self.paths = paths
        self.size = sum(each[0].size for each in (paths[0].buffers or {}).values())

    def at(self, coords: np.ndarray) -> dict[str, np.ndarray]:
        """Return the buffers at coordinates (points, d), by name: (points, *shape)."""
        first, *others = (each.buffers_at(coords[:, 0]) or {} for each in self.paths)
        for second in others:
            share = np.clip(coords[:, 1], 0.0, 1.0)
            for name, each in first.items():
                first[name] = mix_pairs(each, second[name], share).astype(each.dtype)
        return first


def find_path_buffers(problem: Problem, paths: Sequence[Polyline]) -> PathBuffers | None:
    """Return the buffers near paths where a problem takes each point's own; None where not."""
    is_known = all(each.buffers is not None for each in paths)
    is_needed = problem.policy == "own" and problem.buffers is not None and is_known
    return PathBuffers(paths) if is_needed else None
