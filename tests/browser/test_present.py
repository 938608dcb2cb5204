"""The presentation: it fills a projector, is read from the back row, and is shared with a class."""

import io
import re

import numpy as np
import pytest
import zxingcpp
from optviz_app.server.sharing import draw_code
from PIL import Image

from optviz import Experiment, live_page
from tests.support.axe import grave, grave_in_other_scheme
from tests.support.browser import open_page, watched

pytestmark = pytest.mark.browser

MANY = (
    "rule=sgd:lr=0.02&rule=momentum:lr=0.02&rule=nesterov:lr=0.01&rule=rmsprop:lr=0.01"
    "&rule=adam:lr=0.05&rule=adagrad:lr=0.5&problem=ravine&steps=200&view=arrows&at=90&v=2"
)
CASES = {
    "six optimizers, two sliders": f"{MANY}&sliders=2.beta1,condition",
    "the first experiment in 3-D": "view=3d&v=2",
    "a typed formula that diverges": "rule=sgd:lr=0.9&rule=adam:lr=0.1&problem=x^4%2B3*y^2&v=2",
}
SPY = """(() => {
    window.sizes = [];
    const { prototype } = CanvasRenderingContext2D;
    for (const name of ['fillText', 'strokeText']) {
        const own = prototype[name];
        prototype[name] = function (text, ...rest) {
            const { a, b } = this.getTransform();
            const size = (parseFloat(this.font) * Math.hypot(a, b)) / devicePixelRatio;
            if (this.canvas.isConnected) window.sizes.push([size, text]);
            return own.call(this, text, ...rest);
        };
    }
})()"""
TEXTS = """() => {
    const found = [], root = document.querySelector('.optviz-live');
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const size = (node) => parseFloat(getComputedStyle(node).fontSize);
    while (walk.nextNode()) {
        const { parentElement: node, data } = walk.currentNode;
        const isSeen = node.checkVisibility({ visibilityProperty: true });
        if (isSeen && data.trim() && !node.closest('.hidden')) found.push([size(node), data]);
    }
    for (const node of root.querySelectorAll('input[type=text]')) {
        if (node.checkVisibility()) found.push([size(node), node.value]);
    }
    return found;
}"""
BOXES = """() => {
    const parts = '.present-head > :first-child, .present-buttons, .stage, .present-side > div, '
        + '.names, .transport > *, .arrow-key, .reach > .hyper';
    return [...document.querySelectorAll(parts)].filter((each) => each.checkVisibility())
        .map((each) => [each.className || each.dataset.part, each.getBoundingClientRect().toJSON()])
        .filter(([, { width, height }]) => width && height);
}"""
ROOM = """() => {
    const root = document.querySelector('.optviz-live'), top = document.documentElement;
    const [names] = document.getElementsByClassName('names');
    return {
        across: root.scrollWidth - innerWidth, down: root.scrollHeight - innerHeight,
        page: Math.max(top.scrollWidth - innerWidth, top.scrollHeight - innerHeight),
        names: names.scrollHeight - names.clientHeight,
    };
}"""
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
STEP = "document.querySelector('main').live.read().step"


@pytest.fixture(scope="module")
def tab(browser, app_url):
    """A tab of somebody for whom motion is too much, whose canvases tell the sizes of texts."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, reduced_motion="reduce", base_url=app_url
    )
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=app_url)
    context.add_init_script(SPY)
    opened = open_page(context)
    yield opened
    context.close()


@pytest.fixture
def stage(tab, app_url, request):
    """That tab, watched for errors and requests."""
    with watched(tab, app_url, request):
        yield tab
    tab.unroute_all()
    tab.emulate_media(color_scheme="light", reduced_motion="reduce")
    tab.set_viewport_size({"width": 1440, "height": 900})


def present(page, query=""):
    page.goto(f"/present?{query}")
    page.locator(".present .names li").first.wait_for()
    page.evaluate(SETTLED)


def find_overlaps(boxes):
    """Return the pairs of boxes that share more than a pixel."""

    def share(a, b, low, high):
        return min(a[high], b[high]) - max(a[low], b[low])

    return [
        (one, other)
        for place, (one, a) in enumerate(boxes)
        for other, b in boxes[place + 1 :]
        if share(a, b, "left", "right") > 1 and share(a, b, "top", "bottom") > 1
    ]


@pytest.mark.parametrize("query", CASES.values(), ids=CASES.keys())
def test_surface_and_loss_fill_a_projector_with_large_texts(stage, query):
    for width, height in ((1440, 900), (1920, 1080)):
        stage.set_viewport_size({"width": width, "height": height})
        present(stage, query)
        assert max(stage.evaluate(ROOM).values()) <= 0
        written = stage.evaluate("window.sizes") + stage.evaluate(TEXTS)
        assert len(written) > 30
        assert [each for each in written if each[0] < 20] == []
        boxes = stage.evaluate(BOXES)
        assert find_overlaps(boxes) == []
        assert all(each["left"] >= 0 and each["right"] <= width for _, each in boxes)
        assert all(each["top"] >= 0 and each["bottom"] <= height for _, each in boxes)
        seen = dict(boxes)["stage"]
        assert seen["width"] * seen["height"] > 0.35 * width * height
        assert (
            stage.locator(".readout").evaluate("n => parseFloat(getComputedStyle(n).fontSize)") > 32
        )


@pytest.mark.parametrize("query", CASES.values(), ids=CASES.keys())
def test_a_small_window_and_a_phone_show_it_without_a_sideways_scroll(stage, query):
    for width, height in ((1024, 768), (390, 844)):
        stage.set_viewport_size({"width": width, "height": height})
        present(stage, query)
        assert stage.evaluate(ROOM)["across"] <= 0
        assert find_overlaps(stage.evaluate(BOXES)) == []


def test_on_a_phone_the_surface_stays_in_sight_while_a_slider_is_moved(stage):
    stage.set_viewport_size({"width": 390, "height": 844})
    present(stage, MANY)
    slider = stage.get_by_label("learning rate of optimizer 1", exact=True)
    slider.scroll_into_view_if_needed()
    stage.locator(".optviz-live").evaluate("node => node.scrollTo(0, 300)")
    surface, moved = stage.locator(".stage").bounding_box(), slider.bounding_box()
    assert surface["y"] >= 0
    assert surface["y"] + surface["height"] <= moved["y"]
    assert moved["y"] + moved["height"] <= 844


def test_axe_finds_nothing_grave_in_either_scheme(stage):
    present(stage, CASES["six optimizers, two sliders"])
    assert grave(stage) + grave_in_other_scheme(stage, "light") == []
    stage.get_by_role("button", name="Sliders").click()
    assert grave(stage, "dialog") == []


def test_surfaces_leads_there_and_back_with_step_and_edits(stage):
    stage.goto(f"/?{MANY.replace('view=arrows', 'view=arrows,curvature')}")
    stage.locator("#results tbody tr").first.wait_for()
    stage.keyboard.press("Shift+P")
    stage.wait_for_url("**/present?**")
    stage.locator(".present .names li").first.wait_for()
    assert stage.evaluate(STEP) == 90
    stage.keyboard.press("ArrowRight")
    stage.get_by_role("textbox", name="learning rate of optimizer 1, exact").fill("0.03")
    stage.keyboard.press("Enter")
    stage.get_by_role("button", name="Leave").focus()
    stage.keyboard.press("Escape")
    stage.wait_for_url(re.compile(r"/\?rule=sgd:lr=0\.03&.*view=arrows,curvature&at=91"))
    stage.locator("#results tbody tr").first.wait_for()
    stage.get_by_role("button", name="Present", exact=True).click()
    stage.wait_for_url(re.compile(r"/present\?rule=sgd:lr=0\.03&.*at=91"))


def test_the_sliders_in_reach_are_chosen_there_and_in_the_link(stage):
    present(stage, MANY)
    assert stage.locator(".reach .hyper-label").all_text_contents() == ["lr of SGD"]
    stage.get_by_role("button", name="Sliders").click()
    stage.get_by_role("combobox", name="first slider").select_option("2.beta1")
    stage.get_by_role("combobox", name="second slider").select_option("condition")
    stage.keyboard.press("Escape")
    stage.wait_for_url("**&sliders=2.beta1,condition")
    stage.reload()
    labels = stage.locator(".reach .hyper-label")
    labels.nth(1).wait_for()
    assert labels.all_text_contents() == ["beta1 of Momentum", "condition"]
    stage.get_by_label("parameter condition", exact=True).press("ArrowRight")
    stage.wait_for_url("**&parameters=condition=*")


def test_a_clicker_turns_and_without_a_lesson_it_plays_and_ends(stage):
    present(stage, MANY)
    stage.emulate_media(reduced_motion="no-preference")
    stage.keyboard.press("PageUp")
    assert stage.evaluate(STEP) == 0
    stage.keyboard.press("PageDown")
    stage.get_by_role("button", name="pause").wait_for()
    stage.keyboard.press("PageDown")
    assert stage.evaluate(STEP) == 200


def test_it_plays_once_when_it_opens_unless_motion_is_too_much(stage):
    present(stage)
    assert stage.evaluate(STEP) == 100
    stage.emulate_media(reduced_motion="no-preference")
    present(stage)
    stage.get_by_role("button", name="pause").wait_for()
    assert stage.evaluate(STEP) < 100
    present(stage, MANY)
    assert stage.evaluate(STEP) == 90
    stage.get_by_role("button", name="play", exact=True).wait_for()


def test_a_short_link_opens_what_was_shared(stage):
    present(stage, f"{MANY}&sliders=2.lr")
    stage.get_by_role("button", name="Share").click()
    dialog = stage.get_by_role("dialog", name="Share with the class")
    link = dialog.get_by_role("textbox", name="link").input_value()
    assert re.search(r"/s/\w{5,12}$", link)
    assert "optviz app --host 0.0.0.0 --port" in dialog.inner_text()
    assert dialog.locator("img").count() == 0
    assert grave(stage, "dialog") == []
    dialog.get_by_role("button", name="Copy link").click()
    dialog.get_by_text("Link copied").wait_for()
    assert stage.evaluate("navigator.clipboard.readText()") == link
    stage.goto(link)
    stage.locator(".present .names li").first.wait_for()
    assert stage.url.endswith(f"/present?{MANY.replace('&at=90&v=2', '')}&at=90&v=2&sliders=2.lr")
    assert stage.evaluate(STEP) == 90


def test_the_qr_code_on_the_screen_is_read_as_the_link(stage):
    link = "http://192.168.0.7:8050/s/abcde"
    told = {"link": link, "svg": draw_code(link), "sentence": "", "command": ""}
    stage.emulate_media(color_scheme="dark")
    present(stage, MANY)
    stage.route("**/share", lambda route: route.fulfill(json=told))
    stage.get_by_role("button", name="Share").click()
    code = stage.get_by_role("img", name=f"QR code of {link}")
    code.wait_for()
    box = code.bounding_box()
    assert min(box["width"], box["height"]) > 400
    picture = Image.open(io.BytesIO(stage.screenshot())).convert("L")
    [found] = zxingcpp.read_barcodes(np.asarray(picture))
    assert found.text == link


def test_surfaces_shares_its_own_address(stage):
    stage.goto("/?rule=adam:lr=0.05&problem=booth&v=2")
    stage.locator("#results tbody tr").first.wait_for()
    stage.locator("#take").click()
    stage.get_by_role("button", name="Short link and QR code").click()
    dialog = stage.get_by_role("dialog", name="Share with the class")
    link = dialog.get_by_role("textbox", name="link").input_value()
    answer = stage.request.get(link, max_redirects=0)
    assert answer.headers["location"] == "/?rule=adam:lr=0.05&problem=booth&v=2"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A live page on a disk."""
    made = Experiment(problem="ravine", rules=("sgd:lr=0.02", "adam:lr=0.1"), steps=60)
    return live_page(made, None, tmp_path_factory.mktemp("live") / "ravine.html")


@pytest.fixture
def disk(tab, file, request):
    """That page in the tab."""
    with watched(tab, file.as_uri(), request):
        tab.goto("about:blank")
        tab.goto(file.as_uri())
        tab.evaluate(SETTLED)
        yield tab
    tab.set_viewport_size({"width": 1440, "height": 900})


def test_a_page_on_a_disk_presents_and_leaves_with_all_that_was_changed(disk):
    disk.get_by_role("button", name="Present").click()
    disk.keyboard.press("Home")
    disk.get_by_role("textbox", name="learning rate of optimizer 1, exact").fill("0.04")
    disk.keyboard.press("Enter")
    disk.wait_for_url("**#rule=sgd:lr=0.04&*&at=0&v=2&present")
    assert disk.locator("header").evaluate("node => node.inert")
    assert disk.evaluate(ROOM)["page"] <= 0
    disk.reload()
    disk.locator(".present .names li").first.wait_for()
    disk.locator(".optviz-live").focus()
    disk.keyboard.press("p")
    disk.locator(".controls").wait_for()
    assert not disk.locator("header").evaluate("node => node.inert")
    assert disk.evaluate(STEP) == 0
    assert (
        disk.get_by_role("textbox", name="learning rate of optimizer 1, exact").input_value()
        == "0.04"
    )
    disk.wait_for_url("**&at=0&v=2")


def test_a_page_on_a_disk_says_why_it_has_no_link(disk):
    disk.keyboard.press("p")
    disk.get_by_role("button", name="Share").click()
    said = disk.get_by_role("dialog", name="Share with the class").inner_text()
    assert "This page is a file on this machine" in said


def test_the_hand_moves_the_start_where_it_points_also_when_all_is_large(disk):
    disk.keyboard.press("p")
    disk.evaluate(SETTLED)
    box = disk.locator(".figure.tall").first.bounding_box()
    wanted = (box["x"] + 0.5 * box["width"], box["y"] + 0.3 * box["height"])
    disk.mouse.click(*wanted)
    disk.evaluate(SETTLED)
    handle = disk.locator(".start").bounding_box()
    middle = (handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    assert np.allclose(middle, wanted, atol=2)
    disk.mouse.move(0, 0)
    picture = np.asarray(Image.open(io.BytesIO(disk.screenshot())).convert("L"))
    assert picture[round(wanted[1]), round(wanted[0])] > 250  # the start is drawn as a white disk


def test_a_component_plays_points_and_turns_for_who_mounts_it(disk):
    disk.emulate_media(reduced_motion="no-preference")
    ask = "document.querySelector('main').live"
    disk.evaluate(f"{ask}.setExperiment('rule=adam:lr=0.1&problem=booth&steps=30&view=play&v=2')")
    disk.get_by_role("button", name="pause").wait_for()
    disk.evaluate(f"{ask}.setExperiment('rule=adam:lr=0.1&problem=booth&steps=30&at=4&v=2')")
    assert disk.evaluate(STEP) == 4
    assert "play" not in disk.evaluate(f"{ask}.read().query")
    disk.evaluate(f"{ask}.highlight(['run 1', 'minimum', 'slider 1.lr'])")
    disk.evaluate(SETTLED)
    names = "[...document.querySelectorAll('.highlighted')].map((each) => each.dataset.part)"
    assert set(disk.evaluate(names)) == {"run 1", "minimum", "slider 1.lr"}
    disk.evaluate(f"{ask}.setLayout('present')")
    disk.evaluate(SETTLED)
    assert (
        disk.locator(".names .highlighted, .reach .highlighted, .rings .highlighted").count() == 3
    )
    disk.evaluate(f"{ask}.highlight([])")
    assert disk.evaluate(names) == []
