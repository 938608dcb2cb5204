"""The map of embeddings by its data."""

import numpy as np
import pytest

from optviz.recommenders.embeddings import map_embeddings
from optviz.views.drawing.colors import GROUPS, style_groups
from optviz.views.drawing.theme import GRAY
from optviz.views.embedding_maps import (
    LABELS,
    build_map_parts,
    choose_labels,
    embedding_map,
    shorten,
)
from tests.support.embeddings_made import genre_ratings, plant_random
from tests.views.test_views import data, layout, named

DATA = genre_ratings(40, 30)
SHOWN = map_embeddings(plant_random(DATA), DATA, least=11, nearest=4)
SPACE = map_embeddings(plant_random(DATA), DATA, least=11, nearest=4, dims=3)


def parts_of(figure, part: str) -> list:
    return [trace for trace in data(figure) if trace.get("meta", {}).get("part") == part]


def gather(figure) -> dict[int, list]:
    """Return, for each row of the map, its place and its customdata."""
    return {
        more[0]: [trace["x"][i], trace["y"][i], more]
        for trace in parts_of(figure, "points")
        for i, more in enumerate(trace["customdata"])
    }


@pytest.mark.parametrize("shown", [SHOWN, SPACE], ids=["plane", "space"])
def test_every_movie_is_one_point_at_its_place(shown):
    points = gather(embedding_map(shown))
    assert sorted(points) == list(range(30))
    np.testing.assert_array_equal([points[row][:2] for row in range(30)], shown.points[:, :2])


def test_a_point_carries_what_a_click_needs():
    row, number, count, near, cosines, kept = gather(embedding_map(SHOWN))[3][2]
    assert (row, number, count) == (3, 13, 37)
    assert near == SHOWN.neighbors[3].tolist()
    np.testing.assert_allclose(cosines, SHOWN.cosines[3], atol=5e-4)
    assert kept == pytest.approx(SHOWN.trust.kept[3], abs=5e-4)


def test_hovering_tells_title_genres_ratings_and_neighbors():
    [trace] = named(embedding_map(SHOWN), "Sci-Fi")
    text = trace["text"][0]
    first = SHOWN.titles[SHOWN.neighbors[0][0]]
    for words in ("<b>Movie 0, The (2000)</b>", "Sci-Fi", "40 training ratings, bias", first):
        assert words in text


def test_a_movie_has_the_color_of_its_rarest_genre():
    figure = embedding_map(SHOWN)
    groups = {trace["name"]: trace for trace in parts_of(figure, "points")}
    assert set(groups) == {"Sci-Fi", "Drama", "Comedy", "other genres"}
    rows = {name: {more[0] % 6 for more in each["customdata"]} for name, each in groups.items()}
    assert rows == {"Drama": {2}, "Sci-Fi": {0, 1}, "Comedy": {3}, "other genres": {4, 5}}
    assert groups["other genres"]["marker"]["color"] == GRAY
    looks = {(each["marker"]["color"], each["marker"]["symbol"]) for each in groups.values()}
    assert len(looks) == 4


def test_the_genres_in_color_can_be_chosen():
    groups = parts_of(embedding_map(SHOWN, genres=["Drama"]), "points")
    assert {trace["name"]: len(trace["x"]) for trace in groups} == {"Drama": 15, "other genres": 15}
    with pytest.raises(ValueError, match="no movie here has the genre Western: there are"):
        embedding_map(SHOWN, genres=["Western"])


def test_more_groups_than_colors_are_refused():
    assert len(style_groups([str(i) for i in range(10)])) == len(set(GROUPS)) == 10
    with pytest.raises(ValueError, match="at most 10 groups can be told apart, got 11"):
        style_groups([str(i) for i in range(11)])


def test_a_search_rings_what_it_finds_and_dims_the_rest():
    figure = embedding_map(SHOWN, find="movie 2")
    [rings] = parts_of(figure, "rings")
    rows = [2, *range(20, 30)]
    np.testing.assert_array_equal(rings["x"], SHOWN.points[rows, 0])
    assert rings["name"] == '"movie 2": 11 found'
    assert {trace["marker"]["opacity"] for trace in parts_of(figure, "points")} == {0.25}
    plain = embedding_map(SHOWN, find="nothing like it")
    assert not parts_of(plain, "rings")
    assert {trace["marker"]["opacity"] for trace in parts_of(plain, "points")} == {0.8}


@pytest.mark.parametrize("shown", [SHOWN, SPACE], ids=["plane", "space"])
def test_a_selected_movie_is_joined_to_its_neighbors_in_the_full_space(shown):
    figure = embedding_map(shown, select=5)
    near = shown.neighbors[5]
    [rings], [mark] = parts_of(figure, "rings"), parts_of(figure, "selected")
    np.testing.assert_array_equal(rings["y"], shown.points[near, 1])
    assert mark["x"][0] == shown.points[5, 0]
    [lines] = [trace for trace in data(figure) if trace.get("mode") == "lines"]
    np.testing.assert_array_equal(lines["x"][0::3], [shown.points[5, 0]] * 4)
    np.testing.assert_array_equal(lines["x"][1::3], shown.points[near, 0])
    assert np.isnan(lines["x"][2::3]).all()
    kept = round(shown.trust.kept[5] * 4)
    words = layout(figure)["title"]["subtitle"]["text"].replace("<br>", " ")
    assert f"Movie 5, The: {kept} of its 4 nearest are near here too." in words
    with pytest.raises(ValueError, match="select must be a row from 0 to 29, got 30"):
        embedding_map(shown, select=30)


def test_axes_name_their_share_of_the_variance_and_have_one_scale():
    drawn = layout(embedding_map(SHOWN))
    assert SHOWN.projection.shares is not None
    share = f"{SHOWN.projection.shares[0]:.0%}"
    assert drawn["xaxis"]["title"]["text"] == f"axis 1 ({share} of the variance)"
    assert drawn["yaxis"]["scaleanchor"] == "x"
    assert layout(embedding_map(SPACE))["scene"]["aspectmode"] == "data"


def test_titles_do_not_lie_on_each_other():
    draw = np.random.default_rng(0)
    flat = draw.uniform(size=(300, 2))
    titles = {row: "A title of some letters"[: 5 + row % 15] for row in range(300)}
    chosen = choose_labels(flat, titles)
    assert len(chosen) == LABELS
    alone = choose_labels(np.zeros((3, 2)), {0: "one", 1: "two", 2: "three"})
    assert len(set(alone.values())) == len(alone)  # of three at one point, each on its own side


def test_a_long_title_is_cut_and_the_year_left_to_the_hover_text():
    assert shorten("Heat (1995)") == "Heat"
    assert shorten("user 12") == "user 12"
    assert len(shorten("Dr. Strangelove or: How I Learned to Stop Worrying (1963)")) == 28


def test_users_are_one_group():
    users = map_embeddings(plant_random(DATA), DATA, "user", least=1)
    [group] = parts_of(embedding_map(users), "points")
    assert (group["name"], len(group["x"])) == ("users", 40)


def test_light_and_dark_differ_in_the_template_alone():
    light, dark = (embedding_map(SHOWN, select=1, theme=t).to_dict() for t in ("light", "dark"))
    assert light["layout"].pop("template") != dark["layout"].pop("template")
    light_text, dark_text = (repr(data_of["data"]) for data_of in (light, dark))
    assert light_text == dark_text
    assert build_map_parts(SHOWN)["layout"]["uirevision"]
