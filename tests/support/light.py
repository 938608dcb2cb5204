"""An environment as the README's first command makes it: no package but those of the extra `app`.

It links to the packages that are installed here, so it is made in a moment and without a network.
"""

import os
import subprocess
import tomllib
import venv
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def find_packages(extra: str) -> set[str]:
    """Return the names of all packages that pip brings with an extra, as they are known here."""
    left = [Requirement(f"optviz[{extra}]"), *map(Requirement, PROJECT["dependencies"])]
    done: set[str] = set()
    while left:
        wanted = left.pop()
        if str(wanted) in done:
            continue
        done.add(str(wanted))
        if wanted.name == "optviz":
            extras = PROJECT["optional-dependencies"]
            left += [Requirement(each) for name in wanted.extras for each in extras[name]]
            continue
        for text in distribution(wanted.name).requires or []:
            each = Requirement(text)
            cases = [{"extra": name} for name in ("", *wanted.extras)]
            if each.marker is None or any(each.marker.evaluate(case) for case in cases):
                left.append(each)
    names = {str(canonicalize_name(Requirement(each).name)) for each in done}
    return names - {"optviz"}


def make_light(folder: Path, extra: str = "app") -> Path:
    """Make an environment with the packages of an extra alone, and return its python."""
    venv.create(folder, symlinks=True, with_pip=False)
    [site] = folder.glob("lib/python*/site-packages")
    for name in (*find_packages(extra), "optviz"):
        found = distribution(name)
        for top in {each.parts[0] for each in found.files or []} - {"..", "__pycache__"}:
            link = site / top
            if not (link.exists() or top.endswith(".pth")):
                link.symlink_to(Path(str(found.locate_file(top))))
    (site / "optviz.pth").write_text(f"{ROOT}\n{ROOT / 'apps'}\n")
    return folder / "bin" / "python"


def run_light(python: Path, code: str, **environment: str) -> str:
    """Run a script in such an environment and return what it printed.

    Of this process's variables it has those that choose how numpy computes.
    """
    command: Any = [python, "-W", "error", "-c", code]
    same = {k: v for k, v in os.environ.items() if k.startswith(("OPENBLAS_", "OMP_", "MKL_"))}
    own = same | environment
    done = subprocess.run(command, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
