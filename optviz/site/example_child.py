"""One example, run in a process of its own: what it printed and the figure that it drew.

python -m optviz.site.example_child examples/01_race.py result.json
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
from pathlib import Path


def run_example(path: str, out: str) -> None:
    """Run the example's `main` and write what it printed and drew."""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        figure = runpy.run_path(path)["main"]()
    result = {"output": said.getvalue(), "figure": json.loads(figure.to_json())}
    Path(out).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    run_example(sys.argv[1], sys.argv[2])
