"""What works without torch, which is most of what everything together downloads."""

import sys

import pytest

from optviz.extras import MissingPackageError, describe_missing_torch, require_torch
from tests.support.light import find_packages, run_light
from tests.support.light_work import digest_trainings

INSTALL = 'pip install "optviz[torch]"'
TASK = "from tests.support.light_work import {0}; print({0}())"


@pytest.mark.parametrize("extra", ["app", "xlsx", "site", "notebook", "image", "video", "dask"])
def test_no_extra_but_its_own_brings_torch(extra):
    packages = find_packages(extra)
    assert "numpy" in packages
    assert not {"torch", "triton", "sympy"} & packages


def test_the_developers_have_torch():
    assert {"torch", "sympy", "dash", "flask", "openpyxl"} <= find_packages("dev")


def test_a_missing_torch_is_a_sentence_and_an_import_error(monkeypatch):
    require_torch("the mini net")
    assert describe_missing_torch("the mini net") == ""
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPackageError) as caught:
        require_torch("the mini net")
    assert str(caught.value) == f"the mini net needs torch: {INSTALL}"
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, ModuleNotFoundError)
    assert caught.value.name == "torch"


def test_what_needs_torch_says_what_to_install(light_python):
    said = run_light(light_python, TASK.format("ask_for_torch"))
    needs = ["optviz.pytorch", "optviz.pytorch", "a torch module", "the mini net"]
    needs += ["a module of your own", "a torch module"]
    assert said == f"{[f'{each} needs torch: {INSTALL}' for each in needs]}\n"


def test_dot_models_are_trained_without_torch_to_the_same_bytes(light_python):
    assert run_light(light_python, TASK.format("digest_trainings")) == f"{digest_trainings()}\n"


REFERENCE = """
from optviz.site.reference import read_packages
told = {each.name: {entry.name for entry in each.entries} for each in
        read_packages(["optviz", "optviz.recommenders", "optviz.pytorch"])}
print({name: sorted({"run", "train", "ModuleProblem", "EmbeddingNet"} & each)
       for name, each in told.items()})
"""


def test_site_without_torch_leaves_out_only_the_names_that_need_it(light_python):
    said = run_light(light_python, REFERENCE)
    assert said == "{'optviz': ['run'], 'optviz.recommenders': ['train']}\n"


EVERY_MODULE = """
import importlib, pkgutil, optviz, optviz_app
for package in (optviz, optviz_app):
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.", onerror=print):
        if not found.name.endswith("__main__"):
            try:
                importlib.import_module(found.name)
            except ImportError as error:
                print(found.name)
"""
NEEDING_MORE = {
    "optviz.pytorch",
    "optviz.recommenders.models",
    "optviz.recommenders.problems.net_problem",
    "optviz.recommenders.problems.torch_dot",
    "optviz.views.export.film_painter",  # pillow
    "optviz.views.export.film_writers",
    "optviz.views.live.live_widget",  # anywidget
}


def test_every_other_module_can_be_imported_without_torch(light_python):
    failed = set(run_light(light_python, EVERY_MODULE).split())
    assert "optviz.pytorch" in failed
    assert failed <= NEEDING_MORE


def test_all_names_that_need_no_torch_can_be_taken_at_once(light_python):
    said = run_light(light_python, "from optviz import *; print(run, 'ModuleProblem' in dir())")
    assert said.startswith("<function run at")
    assert said.endswith("False\n")
