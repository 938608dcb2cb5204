"""Check the palette with published models of color vision: Machado et al. 2009, CIEDE2000, WCAG."""

from itertools import combinations

import numpy as np
import pytest

from optviz.rules import RULES
from optviz.views.drawing.colors import (
    BRANCHES,
    COLORS,
    DASHES,
    SPARE,
    SYMBOLS,
    Style,
    choose_colors,
    style_of,
)
from optviz.views.drawing.theme import THEMES

EYES = {
    "normal": np.eye(3),
    # Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(color: str) -> np.ndarray:
    """Return the linear RGB of "#rrggbb", each in 0..1."""
    value = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def luminance(color: str) -> float:
    return float(linear(color) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    """Return WCAG's contrast ratio, 1 to 21."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def lab(color: str, eye: str = "normal") -> np.ndarray:
    """Return the CIELAB (D65) values of a color as an eye sees it."""
    seen = np.clip(np.array(EYES[eye]) @ linear(color), 0, 1)
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    ratio = np.array(to_xyz) @ seen / [0.95047, 1.0, 1.08883]
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = root
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Return the CIEDE2000 difference of two CIELAB colors."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    grow = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + 25**7))
    c1, c2 = np.hypot(a1 * grow, b1), np.hypot(a2 * grow, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a * grow)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180
    hue = (h1 + h2) / 2 + (180 if abs(h2 - h1) > 180 else 0)
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    d_light = (l2 - l1) / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2))
    d_chroma = (c2 - c1) / (1 + 0.045 * chroma)
    d_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2) / (1 + 0.015 * chroma * t)
    tilt = np.sin(np.radians(60 * np.exp(-(((hue % 360 - 275) / 25) ** 2))))
    twist = -2 * np.sqrt(chroma**7 / (chroma**7 + 25**7)) * tilt * d_chroma * d_hue
    return float(np.sqrt(d_light**2 + d_chroma**2 + d_hue**2 + twist))


@pytest.mark.parametrize(
    ("one", "other", "published"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((50.0, -1.0, 2.0), (50.0, 0.0, 0.0), 2.3669),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_color_difference_equals_the_published_pairs(one, other, published):
    """Sharma, Wu and Dalal 2005, table 1."""
    assert difference(np.array(one), np.array(other)) == pytest.approx(published, abs=1e-4)


@pytest.mark.parametrize("eye", EYES)
def test_any_two_rules_differ_for_every_eye(eye):
    seen = {kind: lab(color, eye) for kind, color in COLORS.items()}
    for one, other in combinations(seen, 2):
        assert difference(seen[one], seen[other]) > 12, (one, other)


@pytest.mark.parametrize("eye", EYES)
def test_a_spare_color_differs_from_every_other_for_every_eye(eye):
    for spare in SPARE:
        for other in {*COLORS.values(), *SPARE} - {spare}:
            assert difference(lab(spare, eye), lab(other, eye)) > 8, (spare, other)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("color", [*COLORS.values(), *SPARE])
def test_a_color_stands_out_on_the_page_in_whose_color_a_path_has_an_edge(color, theme):
    """What of it stands out on which loss is in test_color_scale."""
    assert contrast(color, THEMES[theme].page) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_readable_on_the_page(theme):
    assert contrast(THEMES[theme].text, THEMES[theme].page) >= 7


def test_every_rule_has_a_color_of_its_own():
    assert set(COLORS) == set(RULES)
    assert len({*COLORS.values(), *SPARE}) == len(COLORS) + len(SPARE)


def test_a_rule_has_the_same_color_in_any_company():
    alone = style_of(["adam"])[0]
    assert style_of(["sgd", "mine", "adam"])[2] == alone


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("kind", [*RULES, "mine"])
def test_ten_runs_of_a_rule_have_colors_that_every_eye_tells_apart(kind, eye):
    styles = style_of([kind] * 10)
    assert styles[0].color == choose_colors([kind])[kind]
    assert {style.dash for style in styles} == {"solid"}
    for one, other in combinations(styles, 2):
        assert difference(lab(one.color, eye), lab(other.color, eye)) > 8, (one, other)


@pytest.mark.parametrize("kind", RULES)
def test_three_runs_of_a_rule_differ_as_rules_do(kind):
    for eye in EYES:
        for one, other in combinations(style_of([kind] * 3), 2):
            assert difference(lab(one.color, eye), lab(other.color, eye)) > 12, (one, other, eye)


def test_the_first_run_of_a_rule_keeps_its_color_whoever_else_runs():
    styles = style_of(["sgd", "sgd", "sgd", "adam", "nesterov"])
    assert [styles[place].color for place in (0, 3, 4)] == [
        COLORS[kind] for kind in ("sgd", "adam", "nesterov")
    ]
    assert len({style.color for style in styles}) == 5


def test_no_two_of_many_runs_look_the_same():
    styles = style_of(["adam", "sgd"] * 12)
    assert len({(style.color, style.dash) for style in styles}) == 24


def test_different_rules_differ_in_their_end_marks_too():
    assert len({style.symbol for style in style_of(list(RULES))}) == len(RULES)


def test_many_runs_of_one_rule_still_get_styles():
    styles = style_of(["adam"] * 60)
    assert {style.dash for style in styles} == set(DASHES)
    assert {style.symbol for style in styles} == set(SYMBOLS)


def test_a_users_own_rules_get_spare_colors_that_do_not_clash():
    colors = choose_colors(["signsgd", "lion", "lars", "adam"])
    assert {colors["signsgd"], colors["lion"], colors["lars"]} == set(SPARE)


def test_a_users_own_rule_keeps_its_color_without_its_company():
    assert style_of(["lion"]) == style_of(["lion"])
    assert style_of(["sgd", "lion"])[1].color == style_of(["lion"])[0].color


def test_more_rules_than_spare_colors_are_drawn_all_the_same():
    assert all(isinstance(each, Style) for each in style_of([f"mine{i}" for i in range(9)]))


def test_no_runs_need_no_styles():
    assert style_of([]) == []


@pytest.mark.parametrize("branch", BRANCHES)
@pytest.mark.parametrize("added", RULES)
def test_a_branch_keeps_its_look_when_an_optimizer_is_added(branch, added):
    kinds = ["sgd", "momentum"]
    before = style_of(kinds, [(branch, "sgd")])[-1]
    assert style_of([*kinds, added], [(branch, "sgd")])[-1] == before
    assert before.color not in {style.color for style in style_of([*kinds, added])}


def test_forks_and_pinned_runs_differ_from_each_other_and_from_all_rules():
    styles = style_of(list(RULES), [("fork", "sgd"), ("fork", "adam"), ("pin", "sgd")])
    assert len({style.color for style in styles}) == len(RULES) + 3
    many = style_of(list(RULES), [("fork", "sgd"), ("pin", "sgd")] * 8)
    assert len({(style.color, style.dash) for style in many}) == len(many)
