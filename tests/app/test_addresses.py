"""The addresses of the pages: what is near one leads there, all else is told not to exist."""

import pytest
from optviz_app.app import make_app
from optviz_app.pages import PAGES


@pytest.fixture(scope="module")
def client():
    return make_app().server.test_client()


def ask(client, sent):
    """Ask for an address as the server tells it, which tidies the path that it gives the app."""
    path, _, query = sent.partition("?")
    own = {"REQUEST_URI": sent, "QUERY_STRING": query}
    return client.get("/" + path.lstrip("/"), environ_overrides=own)


def test_pages_answer_at_their_own_addresses(client):
    for path in PAGES:
        for sent in (path, f"{path}?steps=50", f"http://localhost{path}"):
            answer = ask(client, sent)
            assert answer.status_code == 200, sent
            assert "DashRenderer" in answer.text or "main.js" in answer.text


@pytest.mark.parametrize(
    ("sent", "page"),
    [
        ("//", "/"),
        ("//?steps=50", "/?steps=50"),
        ("///", "/"),
        ("/./", "/"),
        ("/%2F", "/"),
        ("/%2e/", "/"),
        ("/x/..", "/"),
        ("/%5C", "/"),
        ("//evil.com/%2e%2e", "/"),
        ("/workbook/", "/workbook"),
        ("/workbook/?tab=adam", "/workbook?tab=adam"),
        ("//workbook", "/workbook"),
        ("/Workbook", "/workbook"),
        ("/movielens//", "/movielens"),
        ("/w%6Frkbook", "/workbook"),
        ("http://localhost//", "/"),
    ],
)
def test_what_is_nearly_a_page_leads_there(client, sent, page):
    answer = ask(client, sent)
    assert (answer.status_code, answer.headers["Location"]) == (302, page)


@pytest.mark.parametrize(
    "sent",
    [
        "//evil.com",
        "/nowhere",
        "/workbook/more",
        "/..;/",
        "/%00",
        "/index.html",
    ],
)
def test_other_addresses_are_told_not_to_exist_on_a_page_with_ways_back(client, sent):
    answer = ask(client, sent)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "There is nothing at this address" in answer.text
    for path in PAGES:
        assert f'href="{path}"' in answer.text
    assert "evil" not in answer.text
