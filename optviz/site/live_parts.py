"""The live picture of a page: its race made and drawn in the browser as a hand moves its numbers.

What all pages need is one script and one style sheet; a page adds its experiment and the module of
its surface. All are classic scripts, as a browser loads no modules from a disk.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from optviz.experiments.surface import Experiment
from optviz.site.frame import File
from optviz.views.live.bundle import bundle_modules
from optviz.views.live.page import describe_page, write_style
from optviz.views.live.payload import describe_experiment

OWN = {"experiment", "view", "at", "modules"}
"""What of the data of a live page is each page's own."""


@cache
def describe_shared() -> dict[str, Any]:
    """Return the data that every live picture needs, with the modules of all rules."""
    data = describe_page(Experiment())
    data["samples"] = data["experiment"]["samples"]
    del data["modules"][data["experiment"]["problem"]["module"]]
    return data


def make_shared() -> Iterator[File]:
    """Yield the script and the style sheet of all live pictures."""
    data = describe_shared()
    shared = {key: value for key, value in data.items() if key not in OWN}
    imports, table, texts = import_modules(data["modules"])
    texts["site/emitted.js"] = f"{imports}export const modules = {table};\n"
    texts["site/shared.js"] = f"export const shared = {json.dumps(shared, allow_nan=False)};\n"
    yield File("live.js", wrap_script(bundle_modules("site/live.js", texts)).encode())
    yield File("live.css", write_style().encode())


def import_modules(modules: dict[str, str]) -> tuple[str, str, dict[str, str]]:
    """Return the imports of some modules, an object of them by key, and their texts by path."""
    imports = "".join(f'import * as _{key} from "./emitted/{key}.js";\n' for key in modules)
    table = ", ".join(f'"{key}": _{key}' for key in modules)
    return imports, f"{{ {table} }}", {f"site/emitted/{k}.js": v for k, v in modules.items()}


def make_live(path: str, experiment: Experiment) -> tuple[File, dict[str, Any]]:
    """Return the script of a page's live picture, and the data that it needs in the page.

    Raises: ValueError: Sign cannot be written as formulas: it branches on a value
    """
    record = describe_experiment(experiment)
    known = describe_shared()["modules"]
    own = {key: text for key, text in record.pop("modules").items() if key not in known}
    if experiment.seed == Experiment().seed and experiment.steps <= describe_shared()["noisy"]:
        record["samples"] = None  # they are the first of those that all pages share
    imports, table, texts = import_modules(own)
    texts["site/page.js"] = f"{imports}window.optvizSite.start({table});\n"
    script = wrap_script(bundle_modules("site/page.js", texts))
    view = [each for each in experiment.view if each in describe_shared()["words"]]
    data = {"live": {"experiment": record, "view": view, "at": experiment.at}}
    return File(f"{path}.js", script.encode()), data


def wrap_script(text: str) -> str:
    """Return a module's text as a classic script, whose names stay its own."""
    return f'"use strict";\n(() => {{\n{text}\n}})();\n'
