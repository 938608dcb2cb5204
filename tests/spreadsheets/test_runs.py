"""What a workbook of runs holds, what a person can change in it, what is refused, and who asks."""

import io
import re
import sys
import zipfile
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import openpyxl
import pytest
from optviz_app.app import make_app
from optviz_app.pages.surfaces import downloads as take

from optviz import (
    L2,
    SGD,
    Adam,
    Decoupled,
    DotBias,
    Line,
    Momentum,
    Nesterov,
    Noisy,
    Problem,
    Trajectory,
    compare,
    fork,
    run,
    surface,
)
from optviz.commands.main import main
from optviz.experiments.surface import Experiment
from optviz.problems.surfaces import Surface
from optviz.rules import Rule, hyper
from optviz.spreadsheets import export as runs_out
from optviz.spreadsheets.export import comparison_to_xlsx, run_to_xlsx
from tests.support.libreoffice import read_table, read_values, type_values

BOOTH = surface("booth")


def assert_same(sheet: dict, trajectory: Trajectory, what: str) -> None:
    """Every column of a record is on the sheet, to 1e-9 of the column's size."""
    own = read_table(sheet)
    for name, values in trajectory.columns().items():
        size = np.nanmax(np.abs(values), initial=1e-12)
        np.testing.assert_allclose(
            own[name][1:], values, rtol=0, atol=1e-9 * size, err_msg=f"{what}: {name}"
        )


# -- rules of one's own ------------------------------------------------------------------------


class MemoryState(NamedTuple):
    last: Any
    before: Any
    count: int


@dataclass(frozen=True, eq=False)
class OfMyOwn(Rule):
    """A rule with a setting called c, a memory of two gradients, abs, % and comparisons."""

    lr: float = hyper(0.1)
    c: float = hyper(0.3)

    def init(self, params):
        return MemoryState(0.0 * params, 0.0 * params + 1, 0)

    def update(self, params, grad, state):
        smaller = 0.5 * (grad + state.before - abs(grad - state.before))
        often = (state.count % 3 == 0) * self.c
        move = -self.lr * (-smaller - often * grad * (grad > state.last))
        return params - move, MemoryState(grad, state.last, state.count + 1)


@dataclass(frozen=True, eq=False)
class Branching(Rule):
    lr: float = hyper(0.1)

    def update(self, params, grad, state):
        lr = self.lr if state.count > 2 else 0.0
        return params - lr * grad, MemoryState(grad, grad, state.count + 1)

    def init(self, params):
        return MemoryState(0.0 * params, 0.0 * params, 0)


@dataclass(frozen=True, eq=False)
class Endless(Rule):
    lr: float = hyper(0.001)

    def update(self, params, grad, state):
        for _ in range(60):
            grad = grad * (1.5 - 0.5 * grad)
            grad = grad - grad * 0.1
        return params - self.lr * grad, state


# -- what a person can change ------------------------------------------------------------------


class Change(NamedTuple):
    """A run, what a person types on its sheet, and the run that must come out."""

    made: Trajectory
    problem: Problem
    typed: dict[str, float]
    wanted: Trajectory
    given: dict[str, Any] = {}


def two_cases(low: float, high: float) -> Surface:
    return surface("a*x^2 + A*y^2", a=low, A=high)


def decaying(step: int) -> float:
    return 1 / (1 + step)


def changes() -> dict[str, Change]:
    """One of each kind of change."""
    himmelblau, rosenbrock = surface("himmelblau"), surface("rosenbrock")
    parent = run(himmelblau, Adam(0.1), 40)
    nested = [L2(Decoupled(Adam(lr), 0.02), wd) for lr, wd in ((0.1, 0.01), (0.05, 0.3))]
    x, y = Line().x.copy(), Line().y.copy()
    x[2], y[0] = 30.0, 70.0
    noisy_line = Noisy(Line(), 5.0)
    plain, steep = two_cases(1.0, 3.0), two_cases(2.0, 0.5)
    return {
        "a fork that goes on with what the run remembered": Change(
            fork(himmelblau, parent, 20, Adam(0.1)),
            himmelblau,
            {"lr": 0.05},
            fork(himmelblau, parent, 20, Adam(0.05)),
        ),
        "another start": Change(
            run(BOOTH, Momentum(0.01), 20),
            BOOTH,
            {"new x": -4.0, "new y": 2.5},
            run(BOOTH, Momentum(0.01), 20, start=(-4.0, 2.5)),
        ),
        "another average to begin with": Change(
            run(BOOTH, Momentum(0.01), 20),
            BOOTH,
            {"grad_avg x": 3.0},
            run(
                BOOTH,
                Momentum(0.01),
                20,
                state=Momentum().init(np.zeros(2))._replace(grad_avg=np.array([3.0, 0.0])),
            ),
        ),
        "a parameter of the surface": Change(
            run(rosenbrock, Adam(0.05), 500),
            rosenbrock,
            {"formula_steepness": 20.0},
            run(surface("rosenbrock", steepness=20.0), Adam(0.05), 500),
        ),
        "parameters told apart by case alone": Change(
            run(plain, SGD(0.1), 20),
            plain,
            {"formula_a": 2.0, "formula_A_": 0.5},
            run(steep, SGD(0.1), 20),
        ),
        "a sample of the line": Change(
            run(Line(), Adam(0.5), 40),
            Line(),
            {"all x": 30.0, "all y": 70.0},
            run(Line(x, y), Adam(0.5), 40),
        ),
        "lr of a line fitted to all samples, with noise": Change(
            run(noisy_line, SGD(1e-5), 20, seed=4),
            noisy_line,
            {"lr": 2e-5},
            run(noisy_line, SGD(2e-5), 20, seed=4),
        ),
        "lr under a schedule without a name": Change(
            run(BOOTH, SGD(0.02), 20, schedule=decaying),
            BOOTH,
            {"lr": 0.05},
            run(BOOTH, SGD(0.05), 20, schedule=decaying),
        ),
        "the settings of a rule of one's own": Change(
            run(BOOTH, OfMyOwn(0.02), 20),
            BOOTH,
            {"c_": 0.9, "lr": 0.01},
            run(BOOTH, OfMyOwn(0.01, c=0.9), 20),
            {"rules": OfMyOwn(0.02)},
        ),
        "one of two decays": Change(
            run(BOOTH, nested[0], 20),
            BOOTH,
            {"lr": 0.05, "L2_wd": 0.3},
            run(BOOTH, nested[1], 20),
            {"rules": nested[0]},
        ),
    }


CHANGES = changes()


@pytest.fixture(scope="module")
def workbooks(libreoffice):
    """The runs of all changes recalculated, before and after what was typed."""
    runs = [
        runs_out.resolve_run(each.problem, f"run {i}", each.made, each.given.get("rules"))
        for i, each in enumerate(CHANGES.values())
    ]
    data = runs_out.write_runs(runs, None)
    typed = {
        f"run {i}": located(read_values(data)[f"run {i}"], each.typed)
        for i, each in enumerate(CHANGES.values())
    }
    return libreoffice(data), libreoffice(type_values(data, typed))


def located(sheet: dict, typed: dict[str, float]) -> dict[str, float]:
    """What is typed by cell: in the row before the first step of a column, or under a name."""
    heads = {head: cell for cell, head in sheet.items() if re.fullmatch("[A-Z]+3", cell)}
    heads.pop("lr")  # the column; what is typed is the setting
    rows = {"all x": 7, "all y": 5}
    return {
        re.sub("3$", str(rows.get(name, 4)), heads[name]) if name in heads else name: value
        for name, value in typed.items()
    }


@pytest.mark.parametrize("what", CHANGES)
def test_a_run_follows_what_is_typed(workbooks, what):
    before, after = (each[f"run {list(CHANGES).index(what)}"] for each in workbooks)
    assert_same(before, CHANGES[what].made, what)
    assert_same(after, CHANGES[what].wanted, what)
    assert not np.allclose(CHANGES[what].made.path, CHANGES[what].wanted.path, rtol=1e-6)


# -- what a workbook holds ---------------------------------------------------------------------

RACE = compare(BOOTH, ["sgd:lr=0.01", "adam:lr=0.2,wd=0.01,schedule=cosine"], 40)


@pytest.fixture(scope="module")
def race_data() -> bytes:
    return comparison_to_xlsx(RACE)


@pytest.fixture(scope="module")
def race_book(race_data):
    return openpyxl.load_workbook(io.BytesIO(race_data))


def charts(data: bytes) -> list[str]:
    """The text of every chart of a workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [each for each in archive.namelist() if "/charts/chart" in each]
        return [archive.read(each).decode() for each in names]


def test_the_file_shows_the_numbers_of_the_run_before_anything_is_computed(race_data):
    for label, sheet in zip(
        RACE.trajectories, list(read_values(race_data).values())[1:], strict=True
    ):
        own = read_table(sheet)
        for name, values in RACE.trajectories[label].columns().items():
            np.testing.assert_array_equal(own[name][1:], values, name)


def test_only_the_first_step_is_a_number_and_all_else_a_formula(race_book):
    for sheet in race_book.worksheets[1:]:
        numbers = [
            cell.coordinate
            for row in sheet.iter_rows(min_row=5, min_col=5)
            for cell in row
            if isinstance(cell.value, (int, float))
        ]
        assert numbers == ["E5"]
        assert sheet["E6"].value == "=(E5+1)"
        assert sheet["G6"].value.startswith("=")


def test_settings_are_named_on_their_own_sheet_alone(race_book):
    assert not race_book.defined_names
    first, second = race_book.worksheets[1:]
    assert set(first.defined_names) == {"lr"}
    expected = {"lr", "beta1", "beta2", "eps", "wd", "schedule_steps", "schedule_end"}
    assert set(second.defined_names) == expected


def test_there_are_charts_of_loss_parameters_and_path(race_data):
    titles = [re.findall(r"<a:t>(.*?)</a:t>", each)[0] for each in charts(race_data)]
    assert sorted(titles) == sorted(
        ["Loss of every run", "Path of every run", *2 * ["Loss", "Parameters", "Path"]]
    )
    assert sum("<c:logBase" in each for each in charts(race_data)) == 3


def test_a_loss_that_is_not_positive_has_a_plain_axis():
    below = surface("x^2 + y^2 - 9")
    data = run_to_xlsx(below, run(below, SGD(0.1), 20))
    assert not any("<c:logBase" in each for each in charts(data))


def test_helper_columns_are_folded_and_the_headings_stay(race_book):
    sheet = race_book.worksheets[1]
    helpers = [cell for cell in sheet[3] if str(cell.value).startswith("part ")]
    first = sheet.column_dimensions[helpers[0].column_letter]
    assert (first.hidden, first.outlineLevel) == (True, 1)
    assert (first.min, first.max) == (helpers[0].column, helpers[-1].column)
    assert not sheet.column_dimensions["G"].hidden
    assert sheet.freeze_panes == "A4"


def test_every_heading_says_what_its_column_is(race_book):
    sheet = race_book.worksheets[2]
    notes = {cell.value: cell.comment.text for cell in sheet[3][4:] if cell.value}
    assert notes["mean_scale"] == "= (1-(beta1^count))"
    assert notes["sqr_avg x"] == "= ((beta2*sqr_avg)+((1-beta2)*(grad*grad)))"
    assert notes["grad x"] == "the gradient in x"
    assert all(notes.values())


def test_the_first_sheet_says_what_the_runs_are_and_what_is_not_live():
    noisy = Noisy(surface("rosenbrock", steepness=7.0), 0.5)
    made = {"Adam": run(noisy, Adam(0.1), 5), "odd": run(noisy, SGD(0.1), 5, schedule=decaying)}
    words = "\n".join(map(str, read_values(run_to_xlsx(noisy, made))["about"].values()))
    for text in (
        "rosenbrock steepness=7: (1 - x)^2 + steepness*(y - x^2)^2, noise 0.5",
        "sqr_avg  <- beta2*sqr_avg + (1 - beta2)*grad**2",
        "adam:lr=0.1; steps 0 to 5 from (-1.2, 1); finished",
        "The noise on the gradients stands as numbers",
        "stands as numbers in the column lr factor",
        "Change a yellow cell there, such as lr",
        "optviz 0.1.0",
    ):
        assert text in words
    assert "Shapes" not in words


def test_the_first_sheet_tells_rules_whole_and_warns_where_a_formula_has_edges():
    said = {}
    for text in ("x^2 + y^2", "x^2 + abs(y)"):
        problem = surface(text)
        made = run(problem, Nesterov(0.1), 5)
        said[text] = list(read_values(run_to_xlsx(problem, made))["about"].values())
    assert "formula: x^2 + abs(y)" in said["x^2 + abs(y)"]
    warned = [
        any("within rounding of an edge" in str(each) for each in one) for one in said.values()
    ]
    assert warned == [False, True]
    assert any("alone, so the look-ahead is what is drawn." in str(each) for each in said[text])


def test_a_number_stands_off_from_the_one_beside_it(race_book):
    sheet = race_book.worksheets[1]
    for cell in ("B4", "F5", "G6"):
        assert (sheet[cell].alignment.horizontal, sheet[cell].alignment.indent) == ("right", 1)


def test_the_same_runs_give_the_same_bytes(race_data):
    assert comparison_to_xlsx(RACE) == race_data


def test_a_label_stays_a_text_and_a_sheets_name_is_a_legal_one(tmp_path):
    names = ["=1+1", "a:b/c*d?[e]'", "x" * 40, "X" * 40, "about", "History", "TRUE", "'"]
    race = compare(BOOTH, dict.fromkeys(names, "sgd:lr=0.01"), 3)
    data = run_to_xlsx(BOOTH, race.trajectories, file=tmp_path / "race.xlsx")
    assert (tmp_path / "race.xlsx").read_bytes() == data
    opened = openpyxl.load_workbook(io.BytesIO(data))
    assert [sheet["A1"].value for sheet in opened.worksheets[1:]] == names
    assert opened.worksheets[1]["A1"].data_type == "s"
    titles = [sheet.title for sheet in opened.worksheets]
    assert titles[:2] == ["about", "=1+1"]
    assert len({title.casefold() for title in titles}) == len(titles)
    assert "TRUE" not in titles  # which would be no name but a value in a chart's references
    assert all(len(title) <= 31 for title in titles)
    assert not any(re.search(r"[\[\]:*?/\\']", title) for title in titles)


def test_a_label_of_emoji_or_of_what_no_file_holds_makes_a_sound_workbook():
    race = compare(BOOTH, dict.fromkeys(["😀" * 31, "a\ufffeb\x0bc\ud800"], "sgd:lr=0.01"), 3)
    data = comparison_to_xlsx(race)
    opened = openpyxl.load_workbook(io.BytesIO(data))
    assert [each.title for each in opened.worksheets[1:]] == ["😀" * 15, "a\ufffdb\ufffdc\ufffd"]
    assert opened.worksheets[2]["A1"].value == "a\ufffdb\ufffdc\ufffd"


def test_the_legend_of_all_runs_names_the_cells_of_their_labels():
    race = compare(BOOTH, {"=Other!$A$1": "sgd:lr=0.01"}, 3)
    data = comparison_to_xlsx(race)
    names = [re.findall("<c:tx><c:strRef><c:f>(.*?)</c:f>", each) for each in charts(data)]
    assert [each for each in names if each] == 2 * [["'=Other $A$1'!$A$1"]]
    assert set(openpyxl.load_workbook(io.BytesIO(data)).worksheets[1].defined_names) == {"lr"}


def test_a_run_that_diverged_has_errors_where_its_numbers_end(libreoffice):
    made = run(surface("rosenbrock"), SGD(1.0), 50)
    assert made.ended.startswith("diverged")
    data = run_to_xlsx(surface("rosenbrock"), made)
    wanted = np.where(np.isfinite(made.losses), made.losses, np.nan)
    for cells in (read_values(data), libreoffice(data)):
        own = read_table(list(cells.values())[1])
        np.testing.assert_allclose(own["loss"][1:], wanted, rtol=1e-9)
        assert "#NUM!" in list(list(cells.values())[1].values()) or np.isfinite(wanted).all()


def test_a_run_read_back_from_a_file_can_be_taken_out(tmp_path):
    made = run(BOOTH, Adam(0.1), 10)
    made.to_npz(tmp_path / "run.npz")
    again = Trajectory.from_npz(tmp_path / "run.npz")
    assert run_to_xlsx(BOOTH, again) == run_to_xlsx(BOOTH, made)


# -- what is refused ---------------------------------------------------------------------------


def refusals() -> dict[str, tuple[str, Any]]:
    made = run(BOOTH, SGD(0.01), 5)
    ratings = DotBias(np.array([0, 1]), np.array([0, 1]), np.array([3.0, 4.0]), factors=1)
    branching = {"Branching": run(BOOTH, Branching(0.01), 5)}
    long = run(BOOTH, SGD(0.01), 5001)
    other = surface("himmelblau")
    return {
        "it branches on a value": (
            "Branching cannot be written as formulas: it branches on a value",
            lambda: run_to_xlsx(BOOTH, branching, rules={"Branching": Branching(0.01)}),
        ),
        "a formula too long for a cell": (
            "Endless takes .* operations from one quantity to the next",
            lambda: run_to_xlsx(BOOTH, run(BOOTH, Endless(), 3), rules=Endless()),
        ),
        "a rule without a name": (
            'the run "OfMyOwn lr=0.1" does not say how to make its rule: pass rules=',
            lambda: run_to_xlsx(BOOTH, run(BOOTH, OfMyOwn(), 3)),
        ),
        "ratings": (
            "a workbook holds runs of two parameters, ",
            lambda: run_to_xlsx(ratings, run(ratings, SGD(0.1), 2)),
        ),
        "a problem without a formula": (
            "a run on bowl cannot be written in cells: that needs a formula of x and y, or the",
            lambda: run_to_xlsx(Bowl(), run(Bowl(), SGD(0.1), 2)),
        ),
        "another problem": (
            'the run "SGD lr=0.01" is not of this rule and problem: its loss differs',
            lambda: run_to_xlsx(other, made),
        ),
        "another rule": (
            "is not of this rule and problem: its lr differs",
            lambda: run_to_xlsx(BOOTH, made, rules=SGD(0.02)),
        ),
        "another momentum": (
            "is not of this rule and problem: its grad_avg x differs",
            lambda: run_to_xlsx(BOOTH, run(BOOTH, Momentum(), 9), rules=Momentum(beta1=0.5)),
        ),
        "many runs at once": (
            "is many runs at once, (3,): a sheet holds one",
            lambda: run_to_xlsx(BOOTH, run(BOOTH, SGD(0.01), 5, start=np.zeros((2, 3)))),
        ),
        "the ends alone": (
            'a workbook needs every step of the run: make it with keep="path"',
            lambda: run_to_xlsx(BOOTH, run(BOOTH, SGD(0.01), 5, keep="ends")),
        ),
        "too many steps": (
            "a sheet holds at most 5,000 steps, ",
            lambda: run_to_xlsx(BOOTH, long),
        ),
        "too many runs": (
            "a workbook holds 1 to 20 runs, got 21",
            lambda: run_to_xlsx(BOOTH, [made] * 21),
        ),
        "runs without a step": (
            "no run has a step to put in a row: a has no sheet: diverged at step 0",
            lambda: comparison_to_xlsx(
                compare(surface("log(x) - y"), {"a": "sgd:lr=1"}, 5, start=(-1, 1))
            ),
        ),
        "no runs": ("a workbook holds 1 to 20 runs, got 0", lambda: run_to_xlsx(BOOTH, [])),
    }


class Bowl(Problem):
    """A problem of two parameters whose formula nobody knows."""

    name, names, start = "bowl", ("x", "y"), np.ones(2)

    def loss(self, params):
        return (params**2).sum(axis=0)

    def grad(self, params, sample=None):
        return 2 * params


REFUSALS = refusals()


@pytest.mark.parametrize("what", REFUSALS)
def test_what_has_no_place_in_cells_gets_a_sentence(what):
    sentence, make = REFUSALS[what]
    with pytest.raises(ValueError, match=sentence.replace("(3,)", r"\(3,\)")):
        make()


def test_too_many_cells_get_a_sentence(monkeypatch):
    monkeypatch.setattr(runs_out, "MOST_CELLS", 1000)
    with pytest.raises(ValueError, match="cells, a workbook holds at most 1,000: take fewer"):
        comparison_to_xlsx(RACE)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    monkeypatch.delitem(sys.modules, "optviz.spreadsheets.book", raising=False)
    monkeypatch.delitem(sys.modules, "optviz.spreadsheets.run_sheet", raising=False)
    with pytest.raises(ValueError, match=r'needs xlsxwriter: pip install "optviz\[xlsx\]"'):
        comparison_to_xlsx(RACE)


# -- who asks for one --------------------------------------------------------------------------

LINK = "?problem=booth&steps=30&rule=sgd:lr=0.01&rule=adam:lr=0.2&also=1,2&fork=1@10:adam:lr=0.1"
LINK += "&pin=" + "problem%3Dhimmelblau%26steps%3D20%26rule%3Dadam:lr%253D0.1"


def test_the_command_line_writes_every_run_of_a_link(tmp_path, capsys, libreoffice):
    file = tmp_path / "race.xlsx"
    assert main(["run", LINK, "--noise", "0.3", "--xlsx", str(file)]) == 0
    race = Experiment.from_query(LINK[1:] + "&noise=0.3")[0].perform()
    found = list(libreoffice(file.read_bytes()).values())[1:]
    kinds = [each.about["origin"] for each in race.trajectories.values()]
    assert len(found) == len(kinds) == 6
    assert any(each["fork"] is not None for each in kinds)
    assert any(each["pin"] is not None for each in kinds)
    for sheet, (label, each) in zip(found, race.trajectories.items(), strict=True):
        assert_same(sheet, each, label)


def test_a_training_gets_a_sentence_from_the_command_line(tmp_path, capsys):
    file = tmp_path / "race.xlsx"
    assert main(["run", "?data=ml-100k&epochs=1", "--xlsx", str(file)]) == 2
    assert "--xlsx is for surfaces: a rating model does not fit in cells" in capsys.readouterr().err
    assert not file.exists()


def test_a_fork_that_never_began_is_named_on_the_first_sheet():
    race = compare(surface("rosenbrock"), {"wild": "sgd:lr=1"}, 50)
    race = race.forked("wild", 40, "sgd:lr=0.001")
    cells = read_values(comparison_to_xlsx(race))
    assert list(cells) == ["about", "wild"]
    assert any("has no sheet: not begun" in str(each) for each in cells["about"].values())


QUERY = "problem=booth&steps=25&rule=sgd:lr=0.01&rule=adam:lr=0.1,on=no"


@pytest.fixture(scope="module")
def client():
    app: Any = make_app()
    if "take-script" not in app.server.view_functions:
        take.register(app)
    return app.server.test_client()


def test_the_app_gives_the_workbook_of_the_runs_that_are_on(client):
    answer = client.get(f"/take/runs.xlsx?{QUERY}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="optviz-booth.xlsx"'
    assert list(read_values(answer.data)) == ["about", "SGD lr=0.01"]


def test_a_race_too_long_for_a_sheet_gets_a_sentence_from_the_app(client):
    answer = client.get("/take/runs.xlsx?problem=booth&steps=6000&rule=sgd:lr=0.01")
    assert answer.status_code == 400
    assert "a sheet holds at most 5,000 steps" in answer.get_data(as_text=True)
