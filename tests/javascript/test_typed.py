"""Typed formulas in node: read, refused and computed as Python does."""

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optviz import SURFACES, surface
from optviz.formulas.errors import ALIASES, ARGUMENTS, MEANINGS, FormulaError
from optviz.javascript import emit_surface
from optviz.problems.surfaces import Surface
from optviz.views.live.catalog import describe_surfaces
from optviz.views.live.payload import describe_problem
from tests.formulas import test_formula
from tests.support.hostile import HOSTILE
from tests.support.requirements import missing

pytestmark = pytest.mark.slow
TAILS = ("(x)", " x", "(x, y)", "x + 1", "^2(x)")
EDGES = (0.0, 1.0, -1.0, 0.5, -2.0, 1e-9, 40.0, -800.0, 1e200)


def list_texts() -> list[str]:
    """The formulas and slips of other tests, slips made of all names, and random ones."""
    rng = random.Random(8)
    names = sorted({*ARGUMENTS, *ALIASES, *MEANINGS})
    slips = [
        f"{name}{tail}" for name in names for tail in ("(x)", " x", "(x, y)", "x + 1", "^2(x)")
    ]
    slips += [f"{name[:-1]}(x)" for name in names] + [name.title() for name in names]
    texts = [*HOSTILE, *slips, *(each.formula.text for each in SURFACES.values())]
    for test in vars(test_formula).values():
        for mark in getattr(test, "pytestmark", []):
            texts += [each[0] for each in mark.args[1] if isinstance(each, tuple)]
    drawn = [test_formula.draw_text(rng, 4) for _ in range(150)]
    texts += drawn
    for text in drawn:  # a letter that is wrong, twice or not there
        place = rng.randrange(len(text))
        wrong = rng.choice(["", ")", "x", "2", "|", ",", "é", "²", "=", " and "])
        texts.append(text[:place] + wrong + text[place + 1 :])
    return [each for each in dict.fromkeys(texts) if isinstance(each, str)]


def read(text: str) -> Surface | FormulaError:
    try:
        return surface(text)
    except FormulaError as error:
        return error


def is_named(found: Surface | FormulaError) -> bool:
    """True where a word was read as the name of a surface, which a browser does not know."""
    return getattr(found, "name", "") in SURFACES or str(found).startswith("no surface")


@pytest.fixture(scope="module")
def formulas(tmp_path_factory) -> list[tuple[str, Surface | FormulaError, dict[str, Any]]]:
    """Each text, what Python reads, and what node does."""
    rng, folder = random.Random(9), tmp_path_factory.mktemp("typed")
    read_by_us = [(text, read(text)) for text in list_texts()]
    read_by_us = [(text, found) for text, found in read_by_us if not is_named(found)]
    asked = []
    for text, found in read_by_us:
        entry: dict[str, Any] = {"text": text, "emitted": None, "points": []}
        if isinstance(found, Surface):
            names = found.formula.parameters
            entry["emitted"] = emit_surface(found)
            entry["points"] = [
                (rng.choice(EDGES), rng.uniform(-3, 3), {k: rng.uniform(-2, 2) for k in names})
                for _ in range(8)
            ]
        asked.append(entry)
    job = describe_surfaces() | {"formulas": asked}
    (folder / "asked.json").write_text(json.dumps(job, allow_nan=False))
    node = shutil.which("node") or missing("there is no node: apt-get install nodejs")
    script = Path(__file__).with_name("typed.mjs")
    subprocess.run([node, script, folder], check=True, timeout=120)
    answers = json.loads((folder / "read.json").read_text())
    return [(*ours, answer) for ours, answer in zip(read_by_us, answers, strict=True)]


def test_the_browser_refuses_what_python_refuses_in_the_same_words(formulas):
    refused = [each for each in formulas if isinstance(each[1], FormulaError)]
    assert len(refused) > 500
    for text, error, answer in refused:
        assert answer.get("refused") == str(error), text
        assert answer["position"] == error.position, text


def test_the_browser_knows_of_a_formula_what_python_knows(formulas):
    for text, found, answer in formulas:
        if isinstance(found, Surface):
            assert "refused" not in answer, (text, answer)
            wanted = describe_problem(found, text, {}) | {"module": f"typed {found.name}"}
            own = answer["problem"]
            if own["home"] != wanted["home"]:  # a slope that is nothing but a rounding
                assert np.abs(found.grad(np.array(own["home"]))).max() < 1e-15, text
                wanted["home"] = own["home"]
            assert own == json.loads(json.dumps(wanted | {"latex": ""})), text


def test_the_browser_computes_a_formula_as_its_emitted_module_does(formulas):
    same = other = 0
    for text, found, answer in formulas:
        if not isinstance(found, Surface):
            continue
        assert answer["known"] == answer["own"], text
        if answer["own"] == answer["emitted"]:
            same += 1
            continue
        other += 1  # where a sine of a number has another last digit in Python
        for own, emitted in zip(answer["own"], answer["emitted"], strict=True):
            assert (own[1] is None) == (emitted[1] is None), text
            mine, theirs = (np.array([each[0], *(each[1] or [])], float) for each in (own, emitted))
            np.testing.assert_allclose(mine, theirs, 1e-9, 1e-9, err_msg=text)
    assert same > 250
    assert other < 0.03 * same


def test_every_known_surface_is_described_but_for_its_module():
    described = json.loads(json.dumps(describe_surfaces()["surfaces"]))
    assert described.keys() == SURFACES.keys()
    for name, each in SURFACES.items():
        wanted = json.loads(json.dumps(describe_problem(each, name, {})))
        del wanted["module"]
        assert described[name] == wanted
