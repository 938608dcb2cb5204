"""A small part of the site, built once: its pages say what the package says; no link is dead."""

import json
import re
from html import unescape

import numpy as np
import pytest

from optviz import RULES, SURFACES
from optviz.commands import site as site_command
from optviz.commands.main import main
from optviz.site import build, build_site, check_site
from optviz.site import oracle as oracle_module
from optviz.site.build import PARTS
from optviz.site.folder import MARK, list_files, replace_folder
from optviz.site.links import OUTSIDE

ONLY = (
    *("surfaces/bowl", "rules/momentum", "lessons/noise", "examples/03_typed_formula"),
    *("schedules/l2", "schedules/onecycle", "api/optviz"),
    *("api/optviz.views", "api/optviz.dialects", "project", "names", "words"),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of a small site."""
    return build_site(tmp_path_factory.mktemp("made") / "site", ONLY)


def read(site, page):
    """Return the text of a page as a reader sees it, and its HTML."""
    html = (site / page).read_text("utf-8")
    inner = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.S)
    inner = re.sub(r"</?(span|a|code|small|strong)\b[^>]*>", "", inner)
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", inner).split())), html


def test_site_holds_what_was_asked_for_and_has_no_fault(site):
    assert check_site(site) == []
    for page in ONLY:
        assert (site / (f"{page}.html" if "/" in page else f"{page}/index.html")).is_file()
    assert not (site / "surfaces" / "rosenbrock.html").exists()
    for path in site.rglob("*.html"):
        html = path.read_text("utf-8")
        assert len(re.findall("<h1[ >]", html)) == 1, path
        is_alone = path.parent.name == "lessons" and path.name != "index.html"  # a page in one file
        assert html.count('aria-current="') == (0 if path.parent == site or is_alone else 1), path


def test_every_section_is_in_the_navigation_of_every_page(site):
    titles = [section.title for section, _ in PARTS if section.name != "commands"]
    for page in ("index.html", "rules/momentum.html", "project/changelog.html"):
        nav = re.search(r'<nav aria-label="Sections">(.*?)</nav>', read(site, page)[1])
        assert nav is not None
        assert re.findall(r">([^<]+)</a>", nav[1]) == titles


def test_page_of_a_rule_is_read_off_the_rule(site):
    text, html = read(site, "rules/momentum.html")
    for words in ("Step along a decaying sum", "Polyak", "memory of gradients", "0 to below 1"):
        assert words in text
    assert "def update(self, params, grad, state):" in text
    assert "export function update" in text
    assert "<math" in html
    assert 'id="with-damped"' in html
    assert 'id="with-dampening"' in html
    assert "torch.optim.SGD(params, lr=" in text
    assert "Keras: a velocity" in text
    within = re.search(r"the two stay within ([\d.e+-]+); each on its own path", text)
    assert within
    assert float(within[1]) < 1e-13


def test_a_new_rule_has_a_page_of_its_own(tmp_path, monkeypatch):
    class Slow(RULES["sgd"]):
        """Step as SGD does, with half the learning rate."""

        def update(self, params, grad, state):
            half = self.lr / 2
            return params - half * grad, state

    monkeypatch.setitem(RULES, "slow", Slow)
    text, _ = read(build_site(tmp_path / "site", ["rules/slow"]), "rules/slow.html")
    assert "half = self.lr / 2" in text
    assert "no optimizer that makes the same steps" in text


def test_a_rule_that_branches_has_a_page_that_says_so(tmp_path, monkeypatch):
    class Branching(RULES["sgd"]):
        """Step, but never far."""

        def update(self, params, grad, state):
            far = abs(grad).max() > 1
            return params - (0.1 if far else 1.0) * self.lr * grad, state

    monkeypatch.setitem(RULES, "branching", Branching)
    text, html = read(build_site(tmp_path / "site", ["rules/branching"]), "rules/branching.html")
    assert "Branching cannot be written as formulas" in text
    assert "far = abs(grad).max() > 1" in text
    assert 'id="live"' not in html
    assert "Branching lr=" in text
    assert not (tmp_path / "site" / "live.js").exists()


def test_live_picture_brings_the_noise_that_the_pages_do_not_share():
    from optviz.experiments.surface import Experiment
    from optviz.site.live_parts import make_live

    for experiment, is_own in (
        (Experiment(noise=1.0), False),
        (Experiment(noise=1.0, seed=7), True),
        (Experiment(noise=1.0, steps=1200), True),
        (Experiment(seed=7), False),
    ):
        _, data = make_live("page", experiment)
        assert (data["live"]["experiment"]["samples"] is not None) == is_own


def test_example_was_run_and_its_figure_is_drawn_by_the_shared_plotly(site):
    text, html = read(site, "examples/03_typed_formula.html")
    assert "lr 0.05, limit" in text
    assert "optviz import compare, surface" in text
    [data] = map(json.loads, re.findall(r'id="page-data">(.*?)</script>', html))
    assert len(data["figure"]["data"]) == 3
    assert "template" not in data["figure"]["layout"]
    assert 'src="../plotly.min.js"' in html
    assert (site / "plotly.min.js").stat().st_size > 1_000_000


def test_names_have_anchors_signatures_and_sections(site):
    text, html = read(site, "api/optviz.html")
    assert 'id="run"' in html
    assert 'id="Comparison.rows"' in html
    assert re.search(r'problem: <a href="../api/optviz.html#Problem">Problem</a>', html)
    assert "Raises ValueError: steps must be a whole number of at least 1, got 0" in text
    assert "The same as optviz.Grid" not in text
    assert "The same as optviz.OptimizerSpec" in text
    assert "Every rule by the name that links, tables and the command line use." in text
    assert 'href="../rules/momentum.html">Momentum</a>' in html
    assert 'href="../api/optviz.html#Momentum">' in read(site, "rules/momentum.html")[1]
    assert 'href="../api/optviz.html#L2">' in read(site, "schedules/l2.html")[1]
    assert "draw" in read(site, "api/optviz.views.html")[0].lower()
    index, _ = read(site, "names/index.html")
    for name in (
        "Bowl surface",
        "Momentum rule",
        "Noise and mini-batches lesson",
        "contour function",
    ):
        assert name in index


def test_picture_shows_paths_over_losses(site):
    text = (site / "surfaces" / "bowl.svg").read_text()
    assert text.count("<polyline") == 4
    assert "data:image/png;base64," in text
    addresses = re.findall(r'href="([^"]*)"', text)
    assert [each for each in addresses if OUTSIDE.match(each)] == []


def test_same_bytes_come_again_in_the_place_of_the_earlier_site(site, tmp_path):
    before = {path.relative_to(site): path.read_bytes() for path in list_files(site)}
    build_site(site, ONLY)
    after = {path.relative_to(site): path.read_bytes() for path in list_files(site)}
    assert before == after
    assert [each.name for each in site.parent.iterdir()] == ["site"]


def test_folders_of_others_are_refused_and_left_alone(tmp_path, monkeypatch):
    own = tmp_path / "own"
    own.mkdir()
    (own / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"no site of optviz, such as notes\.txt: choose"):
        build_site(own, ["names"])
    assert [each.name for each in tmp_path.iterdir()] == ["own"]
    with pytest.raises(ValueError, match="is no folder"):
        build_site(own / "notes.txt", ["names"])
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(ValueError, match="cannot be replaced as a whole"):
        build_site(".", ["names"])
    with pytest.raises(ValueError, match='no part "rule"; it has lessons, surfaces, rules'):
        build_site(tmp_path / "new", ["rule"])
    with pytest.raises(ValueError, match='no page "names/nothing"'):
        build_site(tmp_path / "new", ["names/nothing"])
    assert sorted(each.name for each in tmp_path.iterdir()) == ["here", "own"]


def test_cancelled_build_leaves_the_earlier_site_as_it_was(tmp_path):
    folder = tmp_path / "deep" / "site"
    with replace_folder(folder) as made:
        (made / "index.html").write_text("first")
    with pytest.raises(FileNotFoundError), replace_folder(folder) as made:
        (made / "none" / "index.html").write_text("half")
    with pytest.raises(ValueError, match=r"such as mine\.txt"), replace_folder(folder) as made:
        (folder / "mine.txt").write_text("put there meanwhile")
    (folder / "mine.txt").unlink()
    assert (folder / "index.html").read_text() == "first"
    assert [each.name for each in folder.parent.iterdir()] == ["site"]
    with replace_folder(folder) as made:
        (made / "other.html").write_text("second")
    assert sorted(each.name for each in folder.iterdir()) == [MARK, "other.html"]


def test_command_tells_where_the_site_is(tmp_path, capsys):
    assert main(["site", str(tmp_path / "site"), "--only", "commands"]) == 0
    said = capsys.readouterr()
    assert "index.html: " in said.out
    assert "optviz site: Commands" in said.err
    text, html = read(tmp_path / "site", "commands/index.html")
    for words in ("optviz workbook export", "--tolerance", "do not open a browser", "optviz site"):
        assert words in text
    assert 'id="workbook-check"' in html
    assert main(["site", str(tmp_path), "--only", "commands"]) == 2
    assert "choose a new or an empty folder" in capsys.readouterr().err
    assert site_command.write_site.__doc__


def test_installed_package_without_sources_builds_the_rest(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "find_sources", lambda: None)
    folder = build_site(tmp_path / "site", ["project", "examples", "lessons/noise"])
    text, _ = read(folder, "index.html")
    assert "See what an optimizer does" in text
    assert "A rule turns a gradient into a step" in text
    assert "Examples" not in text
    assert [each.name for each in (folder / "project").iterdir()] == ["index.html", "modules.html"]


@pytest.mark.parametrize("name", RULES)
def test_recorded_ends_are_those_of_torch(name, monkeypatch):
    measured = oracle_module.measure_error(name)
    assert measured is not None
    assert measured.shared_error is not None
    assert measured.shared_error < 1e-12
    monkeypatch.setattr(oracle_module, "find_spec", lambda _: None)
    recorded = oracle_module.measure_error(name)
    assert recorded is not None
    assert recorded.shared_error is None
    assert recorded.error < 1e-5, "rounding alone drives them apart: RMSProp's hops by 3e-7"
    made = oracle_module.run_twin(RULES[name](lr=oracle_module.find_lr("rosenbrock", name)))
    assert made is not None
    again = oracle_module.read_recorded()["ends"][name]
    assert np.allclose(made[2][-1], again["end"], rtol=1e-9), "write torch_recorded.toml anew"


def test_every_surface_has_a_learning_rate_that_keeps_its_picture_calm():
    from optviz.site.races import LRS, find_lr

    for name in list(SURFACES)[::5]:
        assert LRS[0] <= find_lr(name, "adam") <= LRS[-1]
