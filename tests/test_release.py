"""What a release promises: pinned actions, the Pythons that are tested, types, one version."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_and_may_only_read_or_publish_the_site(path):
    text = path.read_text()
    used = re.findall(r"uses: *(.*)", text)
    assert used
    for each in used:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each), each
    assert re.findall(r"^permissions:\n((?: +.*\n)+)", text, re.M) == ["  contents: read\n"]
    in_jobs = re.findall(r"^    permissions:.*\n((?: {6}.*\n)+)", text, re.M)
    publishing = ["      pages: write\n      id-token: write\n"]
    assert in_jobs == (publishing if path.name == "pages.yml" else [])
    assert text.count("permissions:") == 1 + len(in_jobs)
    assert text.count("uses: actions/checkout@") == text.count("persist-credentials: false")
    assert "timeout-minutes:" in text


def test_workflow_of_the_site_publishes_what_the_command_builds():
    text = (ROOT / ".github" / "workflows" / "pages.yml").read_text()
    assert "run: optviz site _site\n" in text
    assert "path: _site\n" in text
    extras = re.search(r'-e "\.\[(.*)\]"', text)
    assert extras is not None
    assert set(extras[1].split(",")) <= set(PROJECT["optional-dependencies"])


def test_oldest_and_newest_python_that_the_package_names_are_checked():
    text = (ROOT / ".github" / "workflows" / "check.yml").read_text()
    [line] = re.findall(r"python-version: (\[.*\])", text)
    checked = re.findall(r"3\.\d+", line)
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    assert checked == [named[0], named[-1]]
    assert PROJECT["requires-python"] == f">={named[0]}"


def test_both_packages_tell_type_checkers_that_they_are_typed():
    assert (ROOT / "optviz" / "py.typed").is_file()
    assert (ROOT / "apps" / "optviz_app" / "py.typed").is_file()
    assert "Typing :: Typed" in PROJECT["classifiers"]


def test_citation_names_this_version():
    citation = (ROOT / "CITATION.cff").read_text()
    assert re.findall(r"^version: (.*)$", citation, re.M) == [PROJECT["version"]]
