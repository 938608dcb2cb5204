"""The presentation at its address: the race of the link, under a policy of its own."""

import re
from base64 import b64decode, b64encode
from hashlib import sha256
from html import unescape
from json import loads
from zlib import MAX_WBITS, decompress

import pytest
from optviz_app.server import live_pages

from optviz.experiments.home import HOME, NOTICE
from optviz.lessons.library import read_library
from optviz.lessons.prose import strip_marks


def read_data(answer):
    [packed] = re.findall(r'id="page-data">([^<]*)<', answer.text)
    return loads(decompress(b64decode(packed), -MAX_WBITS))


def test_the_page_shows_the_experiment_of_its_address(client):
    query = "rule=adam:lr=0.5&rule=sgd:lr=0.01&problem=ravine&steps=90&at=7&seed=3&v=2"
    data = read_data(client.get(f"/present?{query}&sliders=1.lr,condition"))
    assert [each["settings"]["lr"] for each in data["experiment"]["rules"]] == [0.5, 0.01]
    assert data["experiment"]["problem"]["name"] == "ravine"
    assert (data["experiment"]["steps"], data["experiment"]["seed"], data["at"]) == (90, 3, 7)
    assert (data["home"], data["sentences"], data["plays"]) == ("/", [], False)


def test_a_typed_formula_and_words_that_only_surfaces_draws_are_kept(client):
    data = read_data(client.get("/present?problem=x%5E2%2Ba*y%5E2&view=curvature,arrows&v=2"))
    assert data["experiment"]["problem"]["formula"] == "x^2+a*y^2"
    assert set(data["view"]) == {"arrows", "curvature"}


def test_an_empty_address_plays_what_surfaces_opens_with_and_says_what_to_notice(client):
    data = read_data(client.get("/present"))
    assert data["plays"] is True
    assert data["experiment"]["problem"]["name"] == HOME.problem
    assert data["notice"] == NOTICE
    step = read_library()["momentum"].steps[0]
    told = read_data(client.get(f"/present?{step.shown.query}"))["notice"]
    assert told == strip_marks(step.text)
    assert read_data(client.get("/present?problem=booth&v=2"))["notice"] == ""


def test_the_header_allows_the_very_script_and_style_of_the_page(client):
    answer = client.get("/present")
    policy = answer.headers["Content-Security-Policy"]
    for tag, name in (('script type="module"', "script-src"), ("style", "style-src")):
        [text] = re.findall(rf"<{tag}>(.*?)</{tag.split()[0]}>", answer.text, re.DOTALL)
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}';" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    [meta] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', answer.text)
    assert policy == unescape(meta) + "; frame-ancestors 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("rule=adm:lr=1", "adm"),
        ("problem=import%20os", "import"),
        ("steps=1e99", "steps"),
        ("problem=%3C/script%3E%3Cscript%3Ealert(1)", ""),
        ("x=" + "y" * 50_000, "longer than 40000 characters"),
    ],
)
def test_what_is_wrong_in_an_address_is_told_on_the_page(client, query, sentence):
    answer = client.get(f"/present?{query}")
    assert answer.status_code == 200
    assert "alert(1)" not in answer.text
    told = read_data(answer)["sentences"]
    assert told
    assert sentence in told[0]


def test_a_rule_that_the_browser_cannot_compute_leads_to_surfaces(client, monkeypatch):
    def refuse(*_, **__):
        raise ValueError("Sign cannot be written as formulas: it branches on a value")

    live_pages.make_page.cache_clear()
    monkeypatch.setattr(live_pages, "build_live_page", refuse)
    answer = client.get("/present?rule=sgd:lr=0.5&problem=x%5E2%2B%22y%22&v=2")
    assert answer.status_code == 422
    assert "Sign cannot be written as formulas" in answer.text
    [href] = re.findall(r'href="([^"]*)"', answer.text)
    assert unescape(href) == "/?rule=sgd:lr=0.5&problem=x%5E2%2B%22y%22&v=2"


def test_the_same_address_is_not_made_twice(client):
    live_pages.make_page.cache_clear()
    for _ in range(3):
        client.get("/present?problem=booth&v=2")
    assert live_pages.make_page.cache_info()[:2] == (2, 1)


def test_the_presentation_answers_to_get_alone(client):
    assert client.post("/present").status_code == 405
    assert client.get("/present", headers={"Host": "evil.example"}).status_code == 403
    framed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert client.get("/present", headers=framed).status_code == 403
