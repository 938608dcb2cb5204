"""Short links and QR codes: what they lead to, what they refuse, and that they last."""

import json
import re
import socket

import numpy as np
import pytest
import zxingcpp
from optviz_app.app import make_app
from optviz_app.server import sharing, short_links
from optviz_app.server.sharing import draw_code
from optviz_app.server.short_links import CODE, ShortLinks

LINK = "/present?rule=adam:lr=0.05&problem=ravine&v=2"


@pytest.fixture
def links(tmp_path):
    return ShortLinks(tmp_path)


def rasterize(svg):
    """Return the dark modules of the SVG that segno writes: one path of relative strokes."""
    [size] = re.findall(r'viewBox="0 0 (\d+) \1"', svg)
    [way] = re.findall(r'class="qrline"[^>]* d="([^"]*)"', svg)
    pixels, x, y = np.full((int(size), int(size)), 255, np.uint8), 0.0, 0.0
    for kind, numbers in re.findall(r"([Mmhz])([^Mmhz]*)", way):
        values = [float(each) for each in re.findall(r"-?[\d.]+", numbers)]
        if kind == "h":
            pixels[int(y), int(x) : int(x + values[0])] = 0
            x += values[0]
        else:
            x, y = (values[0], values[1]) if kind == "M" else (x + values[0], y + values[1])
    return np.kron(pixels, np.ones((6, 6), np.uint8))


@pytest.mark.parametrize(
    "link", ["http://192.168.0.7:8050/s/abcde", "https://[fe80::7]:8050/s/23456789abcd"]
)
def test_the_qr_code_is_read_as_the_very_link(link):
    [found] = zxingcpp.read_barcodes(rasterize(draw_code(link)))
    assert found.text == link


def test_a_short_link_leads_to_its_address_also_for_another_server(links, tmp_path):
    code = links.add(LINK)
    assert CODE.fullmatch(code)
    assert len(code) == short_links.SHORTEST
    assert links.add(LINK) == code
    assert ShortLinks(tmp_path).find(code) == LINK
    assert [each.name for each in tmp_path.iterdir()] == ["short-links.json"]


@pytest.mark.parametrize(
    "link",
    [
        None,
        5,
        "",
        "//evil.example/",
        "/\\evil.example",
        "https://evil.example/",
        "/s/abcde",
        "/assets/x",
        "/present?x=\n",
        "/present?<é>",
        "/lesson/../x",
        "/?" + "x" * 4000,
    ],
)
def test_only_addresses_of_pages_have_short_links(links, link):
    with pytest.raises(ValueError, match="short link"):
        links.add(link)
    assert not links.file.exists()


def test_addresses_whose_codes_begin_alike_get_longer_ones(links, monkeypatch):
    monkeypatch.setattr(short_links, "list_codes", lambda link: ["aaaaa", "aaaaa" + link[-1]])
    codes = [links.add(f"/?seed={number}") for number in (2, 3, 2)]
    assert codes == ["aaaaa", "aaaaa3", "aaaaa"]
    assert links.find("aaaaa3") == "/?seed=3"


def test_the_oldest_links_go_when_there_are_too_many(links, monkeypatch):
    monkeypatch.setattr(short_links, "MOST_LINKS", 3)
    codes = [links.add(f"/?seed={number}") for number in range(5)]
    assert [links.find(each) for each in codes] == [None, None, "/?seed=2", "/?seed=3", "/?seed=4"]


@pytest.mark.parametrize("text", ["", "{", "[1]", "[" * 10_000, '{"aaaaa": 5}', '{"aaaaa": "//x"}'])
def test_a_damaged_file_is_no_error_and_leads_nowhere(links, text):
    links.file.write_text(text)
    assert links.find("aaaaa") is None
    assert links.find(links.add(LINK)) == LINK


def share(app, link=LINK, **headers):
    client = app.server.test_client()
    return client.post("/share", json={"link": link}, headers=headers)


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """The app as it listens on every network, with a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPTVIZ_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield make_app("0.0.0.0")


def test_a_page_shares_the_address_by_which_it_was_called(wide):
    told = share(wide, Host="192.168.0.7:8050").json
    assert re.fullmatch(r"http://192\.168\.0\.7:8050/s/\w{5}", told["link"])
    assert (told["sentence"], told["command"]) == ("", "")
    [found] = zxingcpp.read_barcodes(rasterize(told["svg"]))
    assert found.text == told["link"]
    answer = wide.server.test_client().get(told["link"].partition("8050")[2])
    assert (answer.status_code, answer.headers["Location"]) == (302, LINK)


def test_a_proxy_with_https_is_named_as_the_browser_knows_it(wide):
    told = share(wide, Host="10.0.0.9", Origin="https://10.0.0.9").json
    assert told["link"].startswith("https://10.0.0.9/s/")


def test_called_as_localhost_the_machine_shares_its_number_in_the_network(wide, monkeypatch):
    monkeypatch.setattr(sharing, "find_number", lambda: "192.168.0.7")
    assert share(wide, Host="localhost:8050").json["link"].startswith("http://192.168.0.7:8050/s/")
    monkeypatch.setattr(sharing, "find_number", lambda: "fe80::7")
    assert share(wide, Host="localhost").json["link"].startswith("http://[fe80::7]:80/s/")
    monkeypatch.setattr(sharing, "find_number", lambda: "")
    told = share(wide, Host="localhost:8050").json
    assert "No network was found" in told["sentence"]
    assert told["svg"] == ""


def test_the_number_in_the_network_is_one_of_this_machine_or_none():
    found = sharing.find_number()
    with socket.socket(socket.AF_INET6 if ":" in found else socket.AF_INET) as own:
        own.bind((found, 0))  # "" binds too: it stands for any
    assert not found.startswith("127.")


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    """The app for this machine alone, with a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPTVIZ_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield make_app()


def test_a_lesson_of_ones_own_is_started_again_with_the_app(tmp_path, monkeypatch):
    monkeypatch.setenv("OPTVIZ_CACHE", str(tmp_path))
    app = make_app(started="optviz lesson 'my own.toml'")
    told = share(app, Host="127.0.0.1:8811").json
    assert told["command"] == "optviz lesson 'my own.toml' --host 0.0.0.0 --port 8811"


def test_an_app_for_this_machine_alone_says_how_the_class_gets_in(narrow):
    told = share(narrow, Host="127.0.0.1:8811").json
    assert told["link"].startswith("http://127.0.0.1:8811/s/")
    assert told["svg"] == ""
    assert "Only this machine reaches this link" in told["sentence"]
    assert told["command"] == "optviz app --host 0.0.0.0 --port 8811"
    assert share(narrow, Host="127.0.0.1:8050").json["command"] == "optviz app --host 0.0.0.0"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"link": 3}', b'{"link": "//evil"}', b"\xff"])
def test_a_request_for_anything_else_is_refused_in_a_sentence(client, body):
    answer = client.post("/share", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert "has no short link" in answer.text


@pytest.mark.parametrize("code", ["zzzzz", "A" * 5, "a" * 500, "%00", "%2E"])
def test_a_code_that_nobody_made_leads_nowhere(client, code):
    assert client.get(f"/s/{code}").status_code == 404


def test_a_folder_that_cannot_be_written_is_told(client, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(short_links.tempfile, "mkstemp", fail)
    answer = client.post("/share", json={"link": "/?seed=77&v=2"})
    assert answer.status_code == 507
    assert "No space left on device" in answer.text
    assert "OPTVIZ_CACHE" in answer.text


def test_a_write_that_breaks_off_leaves_the_links_as_they_were(links, monkeypatch):
    code = links.add(LINK)
    monkeypatch.setattr(json, "dump", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        links.add("/?seed=5")
    assert links.find(code) == LINK
    assert [each.name for each in links.file.parent.iterdir()] == ["short-links.json"]
