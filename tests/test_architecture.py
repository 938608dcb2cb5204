"""The arrows of the design: imports point one way, never in a circle; `import optviz` is light."""

import ast
import importlib
import pkgutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import optviz
from tests.support.cases import every

ROOT = Path(__file__).parents[1]
LAYERS = [
    {"rules", "schedules", "formulas", "tracing", "extras", "glossary", "code_text"},
    {"specs", "problems"},
    {"runs"},
    {"landscapes", "sweeps", "microscope", "dialects", "pytorch", "movielens", "javascript"},
    {"recommenders", "workbook", "spreadsheets"},
    {"experiments"},
    {"views"},
    {"lessons"},
    {"site"},
    {"commands", "__main__"},
]
"""The rooms of the package, lowest first: a room may import its own layer and those before it."""
APP_LAYERS = [
    {"server", "jobs", "components"},
    {"pages"},
    {"shell"},
    {"app"},
]
HEAVY = ("torch", "plotly", "dash", "sympy", "scipy", "pandas", "openpyxl", "xlsxwriter")
PACKAGES = {"optviz": ROOT / "optviz", "optviz_app": ROOT / "apps" / "optviz_app"}


def module_name(path: Path) -> str:
    """Return the dotted name under which a file is imported."""
    top = next(folder for folder in PACKAGES.values() if path.is_relative_to(folder))
    parts = path.relative_to(top.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {
    module_name(path): path for top in PACKAGES.values() for path in sorted(top.rglob("*.py"))
}


def parts_of(tree: ast.AST, typed: bool):
    """Yield every node of a tree; those under `if TYPE_CHECKING` only where `typed`."""
    for node in ast.iter_child_nodes(tree):
        if typed or not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)):
            yield node
            yield from parts_of(node, typed)


def find_imports(tree: ast.AST, *, typed: bool = True) -> set[str]:
    """Return the modules that a file imports anywhere in it, for types too or not."""
    found: set[str] = set()
    for node in parts_of(tree, typed):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            names = {f"{base}.{each.name}" for each in node.names}
            found |= {name if name in MODULES else base for name in names}
    return found


@cache
def imports_of(name: str, typed: bool = True) -> set[str]:
    """Return the modules that one of ours imports."""
    return find_imports(ast.parse(MODULES[name].read_text()), typed=typed)


def our_arrows(typed: bool = True) -> dict[str, set[str]]:
    """Return, for each module of ours, those of ours that it imports.

    What a package's `__init__` gives on is no part of it: it stands above its modules.
    """
    return {
        name: {each for each in imports_of(name, typed) if each in MODULES} - {name}
        for name in MODULES
    }


def find_circle(arrows: dict[str, set[str]]) -> list[str]:
    """Return the nodes of one circle, or nothing where there is none."""
    done: set[str] = set()

    def visit(node: str, way: list[str]) -> list[str]:
        if node in way:
            return way[way.index(node) :]
        if node not in done:
            for each in sorted(arrows.get(node, ())):
                if circle := visit(each, [*way, node]):
                    return circle
            done.add(node)
        return []

    return next((circle for node in sorted(arrows) if (circle := visit(node, []))), [])


def test_a_circle_is_found():
    assert find_circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c"]
    assert find_circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_modules_import_each_other_in_a_circle():
    packages = {name for name, path in MODULES.items() if path.name == "__init__.py"}
    arrows = {a: bs - packages for a, bs in our_arrows().items() if a not in packages}
    assert find_circle(arrows) == []


@pytest.mark.parametrize("depth", [2, 3])
def test_no_folders_import_each_other_in_a_circle(depth):
    def room(name: str) -> str:
        return ".".join(name.split(".")[:depth])

    arrows: dict[str, set[str]] = {}
    for name, others in our_arrows(typed=False).items():
        if name.count("."):
            arrows.setdefault(room(name), set()).update(map(room, others - {"optviz"}))
    for name, others in arrows.items():
        inside = {each for each in others if each.startswith(name) or name.startswith(each)}
        arrows[name] = others - inside
    assert find_circle(arrows) == []


def layer_of(room: str, layers: list[set[str]]) -> int:
    return next(height for height, names in enumerate(layers) if room in names)


@every("name", [each for each in MODULES if "." in each])
def test_imports_point_one_way(name):
    package, room = name.split(".")[:2]
    layers = LAYERS if package == "optviz" else APP_LAYERS
    for other in imports_of(name, typed=False):
        top, _, rest = other.partition(".")
        if top == package and rest:
            there = rest.split(".")[0]
            assert layer_of(there, layers) <= layer_of(room, layers), f"{name} imports {other}"


def test_no_page_imports_another():
    for name in MODULES:
        parts = name.split(".")
        if parts[:2] == ["optviz_app", "pages"] and len(parts) > 2:
            others = {each for each in imports_of(name) if each.startswith("optviz_app.pages.")}
            assert {each.split(".")[2] for each in others} <= {parts[2]}, name


def test_the_library_never_imports_the_app():
    for name in MODULES:
        if name.partition(".")[0] == "optviz":
            assert "optviz_app" not in {each.split(".")[0] for each in imports_of(name)}, name


@pytest.mark.parametrize("module", ["rules", "schedules", "specs"])
def test_rules_and_schedules_know_numpy_at_most(module):
    outside = {name.split(".")[0] for name in imports_of(f"optviz.{module}")}
    assert outside - set(sys.stdlib_module_names) <= {"numpy", "optviz"}


@pytest.mark.parametrize(
    "code",
    [
        "import optviz",
        "import optviz; optviz.run(optviz.surface('rosenbrock'), optviz.Adam(), 5)",
        "import optviz.commands.main",
        "import optviz; optviz.explain(optviz.run(optviz.Line(), optviz.Adam(), 2), 1)",
        "from optviz.workbook import Sheet; Sheet.of('adam').epochs(2).cells()",
        "from optviz import Line, dialects; str(dialects.compare('adam', Line(), steps=2))",
    ],
)
def test_light_work_loads_nothing_heavy(code):
    ask = f"{code}\nimport sys\nprint([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_resolves():
    for name in optviz.__all__:
        assert getattr(optviz, name) is not None
    assert set(optviz.__all__) <= set(dir(optviz))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = optviz.nothing


@pytest.mark.parametrize(
    "name", [each for each in MODULES if MODULES[each].name == "__init__.py" and "_app" not in each]
)
def test_no_module_shares_the_name_of_something_public(name):
    package = importlib.import_module(name)
    modules = {each.name for each in pkgutil.iter_modules(package.__path__)}
    assert not modules & set(getattr(package, "__all__", ()))


def test_top_level_holds_what_was_agreed():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    folders = {each.split("/")[0] for each in listed if "/" in each and not each.startswith(".")}
    assert folders <= {"optviz", "apps", "examples", "tests"}
