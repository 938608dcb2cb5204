"""The arrows of the design: imports point one way, and `import optviz` stays light."""

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import optviz

ROOT = Path(__file__).parents[1]
LAYERS = [
    {"rules", "schedules", "spelling", "npz"},
    {"trajectory", "problems", "origins", "symbols", "microscope"},
    {"runs", "comparison", "forks", "dialects"},
    {"planes", "movielens", "pytorch", "workbook"},
    {"checks", "record", "experiment", "race", "scripts"},
    {"views"},
    {"cli", "terminal", "__main__"},
]
"""The parts of the package, lowest first: a part may import its own layer and those before it."""

HEAVY = ("torch", "plotly", "dash", "sympy", "scipy", "pandas", "openpyxl", "xlsxwriter")
PACKAGES = ("views", "planes", "movielens", "pytorch", "microscope", "dialects", "workbook")
MODULES = sorted((ROOT / "optviz").rglob("*.py"))


def layer_of(part: str) -> int:
    return next(height for height, names in enumerate(LAYERS) if part in names)


def imported(path: Path) -> set[str]:
    """The modules of optviz that a file imports when it is loaded or later; not for types only."""
    found: set[str] = set()
    for node in walked(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("optviz."):
            found.add(str(node.module))
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names if each.name.startswith("optviz.")}
    return found


def walked(tree: ast.AST):
    """Every node of a tree but those under `if TYPE_CHECKING`."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)):
            yield node
            yield from walked(node)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    part = path.relative_to(ROOT / "optviz").parts[0].removesuffix(".py")
    if part == "__init__":
        return
    for module in imported(path):
        other = module.split(".")[1]
        assert layer_of(other) <= layer_of(part), f"{path.name} imports {module}"


def test_the_library_never_imports_the_app():
    for path in MODULES:
        assert "optviz_app" not in {name.split(".")[0] for name in names_imported(path)}


def names_imported(path: Path) -> set[str]:
    """All modules that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("module", ["rules", "schedules", "spelling"])
def test_rules_and_schedules_know_numpy_at_most(module):
    outside = {name.split(".")[0] for name in names_imported(ROOT / "optviz" / f"{module}.py")}
    assert outside - set(sys.stdlib_module_names) <= {"numpy", "optviz"}


@pytest.mark.parametrize(
    "code",
    [
        "import optviz",
        "import optviz; optviz.run(optviz.surface('rosenbrock'), optviz.Adam(), 5)",
        "import optviz.cli",
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


def test_no_module_shares_the_name_of_something_public():
    modules = {each.name.rpartition(".")[2] for each in pkgutil.iter_modules(optviz.__path__)}
    assert not modules & set(optviz.__all__)
    for package in [
        "views",
        "planes",
        "movielens",
        "pytorch",
        "microscope",
        "dialects",
        "workbook",
    ]:
        found = importlib.import_module(f"optviz.{package}")
        inner = {each.name for each in pkgutil.iter_modules(found.__path__)}
        assert not inner & set(found.__all__), package


def test_top_level_holds_what_was_agreed():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    folders = {each.split("/")[0] for each in listed if "/" in each and not each.startswith(".")}
    assert folders <= {"optviz", "apps", "examples", "tests"}
