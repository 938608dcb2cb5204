"""axe-core, the accessibility checker that the package axe-playwright-python brings along."""

from functools import cache
from importlib.resources import files
from typing import Any

GRAVE = ("serious", "critical")


OTHER = """(other) => {
    const now = document.documentElement.dataset.mantineColorScheme ?? other;
    return now === other && document.getAnimations().length === 0;
}"""
"""The app has taken the other colors, and they have faded into each other."""


@cache
def script() -> str:
    """The checker's JavaScript."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def grave(page: Any, within: str = "html", **options: Any) -> list[str]:
    """What axe finds wrong within a place and calls serious or critical: rule, place, reason."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(script())  # as the debugger does it, so that the page's policy lets it pass
    code = "([place, options]) => axe.run(document.querySelector(place), options)"
    found = page.evaluate(code, [within, {"resultTypes": ["violations"], **options}])
    return [
        f"{each['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for each in found["violations"]
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]


def grave_in_other_scheme(page: Any, scheme: str) -> list[str]:
    """What is grave once the colors change, which is all that does."""
    other = {"light": "dark", "dark": "light"}[scheme]
    page.emulate_media(color_scheme=other)
    page.wait_for_function(OTHER, arg=other)
    found = grave(page, runOnly=["color-contrast"])
    page.emulate_media(color_scheme=scheme)
    return found
