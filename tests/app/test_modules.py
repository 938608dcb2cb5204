"""The ES modules of the page: what knows plotly, how they are served, and their own tests."""

import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from optviz_app.app import make_app

from optviz.views.drawing.scale import spell_number
from tests.support.requirements import missing

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "apps" / "optviz_app" / "assets"
DRAWING = ROOT / "optviz" / "views" / "drawing"
SHARE = ROOT / "optviz" / "views" / "share"
ENGINE = ROOT / "optviz" / "javascript"
LIVE = ROOT / "optviz" / "views" / "live"
SITE = ROOT / "optviz" / "site"
MADE = {LIVE / "emitted.js", SITE / "emitted.js", SITE / "shared.js"}
"""The modules that are no files: what builds live pages and the site writes them."""
LIBRARY = {ENGINE, DRAWING, DRAWING / "canvas"}
MODULES = [*(ROOT / "apps").rglob("*.js"), *(ROOT / "optviz").rglob("*.js")]
IMPORT = re.compile(r'^(?:import|export) (?:.* from )?"(\.[^"]+)";$', re.MULTILINE)
PRIVATE = re.compile(
    r"\b_(fullLayout|fullData|context|offset|length|id|size|scene|preGUI)\b|__data__|glplot"
    r"|\b[dlp]2[dlp]\b|nsewdrag|contourlayer|g\.(trace|legend)|js-plotly-plot|fullSceneLayout"
)


@pytest.fixture(scope="module")
def client():
    return make_app().server.test_client()


def test_one_module_alone_knows_the_inside_of_plotly():
    knowing = {file.name for file in MODULES if PRIVATE.search(file.read_text("utf-8"))}
    assert knowing == {"plotly.js"}


def test_one_module_alone_registers_what_dash_calls():
    writes = re.compile(r"window\.dash\w+ = |window\.dash\w+\.\w+ = ")
    assert {file.name for file in MODULES if writes.search(file.read_text("utf-8"))} == {"main.js"}


def imports_of(file: Path) -> set[Path]:
    """The modules that a module imports; the app serves the library's beside its own."""
    paths = {(file.parent / name).resolve() for name in IMPORT.findall(file.read_text("utf-8"))}
    found = paths - MADE
    return {each if each.exists() else ROOT / "optviz" / each.relative_to(ASSETS) for each in found}


def test_modules_import_one_way_and_no_page_another():
    above: dict[Path, set[Path]] = {}

    def follow(file: Path, path: tuple[Path, ...] = ()) -> set[Path]:
        assert file not in path, f"a circle: {[each.name for each in (*path, file)]}"
        if file not in above:
            direct = imports_of(file)
            above[file] = direct.union(*(follow(each, (*path, file)) for each in direct))
        return above[file]

    for file in MODULES:
        rooms = {each.parent for each in follow(file)}
        if file.parent == ENGINE:
            assert rooms <= {ENGINE}
        elif file.is_relative_to(DRAWING):
            assert rooms <= LIBRARY
        elif file.parent == ASSETS / "common":
            assert rooms <= {*LIBRARY, file.parent}
        elif file.parent.parent == ASSETS / "pages":
            assert rooms <= {*LIBRARY, SHARE, ASSETS / "common", file.parent}


def test_pure_modules_run_in_node(tmp_path):
    node = shutil.which("node")
    if not node:
        missing("there is no node on this machine: apt-get install nodejs")
    for folder in (ASSETS, ENGINE, DRAWING, LIVE, ROOT / "tests" / "js"):
        shutil.copytree(folder, tmp_path / folder.relative_to(ROOT))
    # A browser is told by the script's type that these are modules, node by this file.
    (tmp_path / "package.json").write_text('{"type": "module"}')
    tests = sorted(map(str, (tmp_path / "tests" / "js").glob("*.test.js")))
    rng = random.Random(0)
    numbers = [rng.choice([-1, 1]) * 10 ** rng.uniform(-12, 12) for _ in range(300)]
    numbers += [0.0, -0.0, 1.0, 99999.5, 9.99995e-5, 0.00099999999, 33276.0, 123456.0, 1e21, 1e300]
    spelled = [(each, digits, spell_number(each, digits)) for each in numbers for digits in (4, 5)]
    own = os.environ | {"OPTVIZ_SPELLED": json.dumps(spelled)}
    ran = subprocess.run([str(node), "--test", *tests], capture_output=True, text=True, env=own)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"^# pass [1-9]", ran.stdout, re.MULTILINE)


def modules_of(client) -> tuple[str, list[str]]:
    """The address of main.js on the page, and those of the modules that it preloads."""
    page = client.get("/").text
    (main,) = re.findall(r'<script type="module" src="([^"]+)">', page)
    return main, re.findall(r'<link rel="modulepreload" href="([^"]+)">', page)


def test_the_page_preloads_every_module_that_any_imports(client):
    main, preloaded = modules_of(client)
    base = main.removesuffix("main.js")
    imported = {main}
    for address in preloaded:
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.mimetype == "text/javascript"
        folder = Path(address).parent
        for name in IMPORT.findall(answer.text):
            imported.add(str(Path("/", *resolved(folder / name))))
    assert imported == set(preloaded)
    assert f"{base}views/drawing/plotly.js" in imported


def resolved(path: Path) -> list[str]:
    """The parts of an address without its dots."""
    parts: list[str] = []
    for part in path.parts[1:]:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return parts


def test_no_module_is_a_classic_script_too(client):
    assert "/assets/" not in "".join(re.findall(r"<script[^>]*>", client.get("/").text))


def test_a_module_is_kept_only_under_the_address_of_its_own_version(client):
    main, _ = modules_of(client)
    assert "immutable" in client.get(main).headers["Cache-Control"]
    old = client.get("/modules/0123456789abcdef/main.js")
    assert (old.status_code, old.headers["Cache-Control"]) == (200, "no-cache")
    assert client.get("/modules/0123456789abcdef/app.py").status_code == 404


def test_the_address_of_the_modules_changes_with_any_of_them(client, monkeypatch):
    before, _ = modules_of(client)
    read = Path.read_bytes
    monkeypatch.setattr(
        Path, "read_bytes", lambda file: read(file) + b"\n" * (file.name == "columns.js")
    )
    assert modules_of(make_app().server.test_client())[0] != before
