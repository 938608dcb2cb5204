"""Films: their frames, their files, progress, orders to stop, and what is refused."""

import io
import json
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PIL import Image

import optviz
from optviz import compare, surface
from optviz.views.export import film_writers
from optviz.views.export.figure_options import FigureOptions
from optviz.views.export.film import FilmCanceledError, choose_steps, save_film
from optviz.views.export.film_options import FilmOptions
from optviz.views.export.film_painter import DASHES, Painter, cut_dashes, cut_line
from optviz.views.export.film_plots import split_figure
from optviz.views.export.paper import build_paper_figure
from tests.support.cases import every
from tests.support.requirements import missing

RACE = compare(surface("ravine"), ["sgd:lr=0.05", "momentum:lr=0.02"], 60)
SHORT: Any = {"seconds": 1, "fps": 10, "hold": 0.5, "width": 400}


@pytest.fixture(autouse=True)
def blank(monkeypatch, request):
    """Draw what stands still as an empty page, which Chromium takes seconds for."""

    def draw(figure, kind, width, height, scale=1):
        out = io.BytesIO()
        Image.new("RGB", (round(width), round(height)), "#ffffff").save(out, kind)
        return out.getvalue()

    monkeypatch.setattr("optviz.views.export.files.render_image", draw)


def read_frames(file):
    with Image.open(file) as film:
        frames = []
        for place in range(getattr(film, "n_frames", 1)):
            film.seek(place)
            frames.append(np.asarray(film.convert("RGB"), int))
        return frames, dict(film.info)


def test_a_gif_has_its_size_its_time_and_begins_again(tmp_path):
    film = save_film(RACE, tmp_path / "run.gif", **SHORT)
    with Image.open(film.path) as read:
        assert read.size == (film.width, film.height) == (400, film.height)
        assert read.info["loop"] == 0
        times = []
        for place in range(getattr(read, "n_frames", 1)):
            read.seek(place)
            times.append(read.info["duration"])
    assert sum(times) == 1500
    assert film.frames == 15


def test_a_gif_may_end(tmp_path):
    film = save_film(RACE, tmp_path / "run.gif", loop=False, **SHORT)
    assert "loop" not in read_frames(film.path)[1]


def test_every_panel_of_a_film_can_be_painted(tmp_path):
    panels = ("loss", "distance", "state", "rates", "schedule")
    race = compare(surface("ravine"), ["adam:lr=0.2", "sgd:lr=0.05"], 30)
    film = save_film(race, tmp_path / "run.gif", panels=panels, **(SHORT | {"width": 900}))
    last = read_frames(film.path)[0][-1]
    assert (last != 255).any(axis=2).mean() > 0.01


def test_lines_keep_their_colors_in_a_gif_and_the_page_stays_white(tmp_path):
    film = save_film(RACE, tmp_path / "run.gif", **SHORT)
    last = read_frames(film.path)[0][-1].reshape(-1, 3)
    seen = {tuple(each) for each in last}
    assert (255, 255, 255) in seen
    figure = build_paper_figure(RACE)
    colors = {
        each["line"]["color"]
        for each in figure["data"]
        if "run" in (each.get("meta") or {}) and "line" in each
    }
    for color in colors:
        assert tuple(int(color[i : i + 2], 16) for i in (1, 3, 5)) in seen


def test_paths_grow_with_the_step(tmp_path):
    frames = read_frames(save_film(RACE, tmp_path / "run.gif", **SHORT).path)[0]
    drawn = [(frame != 255).any(axis=2).sum() for frame in frames]
    assert drawn[-1] > 2 * drawn[0] > 0
    assert all(b >= 0.9 * a for a, b in pairwise(drawn))


def test_whole_paths_are_there_from_the_start(tmp_path):
    film = save_film(RACE, tmp_path / "run.gif", paths="whole", **SHORT)
    frames = read_frames(film.path)[0]
    drawn = [(frame != 255).any(axis=2).sum() for frame in frames]
    assert min(drawn) > 0.8 * max(drawn)


@every("kind, codec", [("mp4", "h264"), ("webm", "vp9")])
def test_another_program_reads_a_video(kind, codec, tmp_path_factory):
    if not shutil.which("ffprobe"):
        missing("there is no ffprobe: apt-get install ffmpeg")
    file = tmp_path_factory.mktemp("films") / f"run.{kind}"
    film = save_film(RACE, file, **{**SHORT, "width": 401})
    asked = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", str(file)]
    told = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)["streams"][0]
    assert told["codec_name"] == codec
    assert (told["width"], told["height"]) == (film.width, film.height)
    assert film.width == 402
    assert film.height % 2 == 0
    assert int(told["nb_read_frames"]) == film.frames
    assert told["r_frame_rate"] == "10/1"
    assert told["pix_fmt"] == "yuv420p"


def test_another_ending_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match=r'a film ends in .gif, .mp4 or .webm, got "run.avi"'):
        save_film(RACE, "run.avi")


def test_progress_counts_every_frame_to_the_last(tmp_path):
    said = []
    film = save_film(RACE, tmp_path / "run.gif", on_progress=lambda *a: said.append(a), **SHORT)
    assert said[0][0] == 0
    assert said[-1] == (film.frames, film.frames)
    assert [done for done, _ in said[1:]] == list(range(film.frames + 1))


@every("kind", ["gif", "mp4", "webm"])
def test_a_canceled_film_leaves_nothing_and_an_earlier_one_stays(kind, tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    file = folder / f"run.{kind}"
    file.write_bytes(b"earlier")
    seen = []
    with pytest.raises(FilmCanceledError):
        save_film(
            RACE,
            file,
            cancel=lambda: len(seen) > 4,
            on_progress=lambda *told: seen.append(told),
            **SHORT,
        )
    assert [each.name for each in folder.iterdir()] == [file.name]
    assert file.read_bytes() == b"earlier"


def test_an_interrupted_film_leaves_nothing(tmp_path):
    def interrupt(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save_film(RACE, tmp_path / "run.mp4", on_progress=interrupt, **SHORT)
    assert not list(tmp_path.iterdir())


def test_without_a_video_writer_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError) as caught:
        save_film(RACE, tmp_path / "run.mp4", **SHORT)
    assert str(caught.value) == film_writers.NO_WRITER
    assert 'pip install "optviz[video]"' in film_writers.NO_WRITER
    assert save_film(RACE, tmp_path / "run.gif", **SHORT).path.exists()


def test_ffmpeg_on_the_path_is_enough(monkeypatch):
    if not shutil.which("ffmpeg"):
        missing("there is no ffmpeg: apt-get install ffmpeg")
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    assert film_writers.find_ffmpeg() == shutil.which("ffmpeg")


def test_what_ffmpeg_refuses_is_a_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setitem(film_writers.CODECS, "mp4", ["-c:v", "no-such-codec"])
    with pytest.raises(RuntimeError, match=r"ffmpeg could not write the film: .*no-such-codec"):
        save_film(RACE, tmp_path / "run.mp4", **SHORT)
    assert not list(tmp_path.iterdir())


def test_without_pillow_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ValueError, match=r'a film needs pillow: pip install "optviz\[video\]"'):
        save_film(RACE, tmp_path / "run.gif", **SHORT)


def test_a_gif_that_is_too_large_leaves_out_frames(tmp_path):
    whole = save_film(RACE, tmp_path / "whole.gif", **SHORT)
    most = 0.9 * whole.path.stat().st_size / 1e6
    less = save_film(RACE, tmp_path / "less.gif", most_mb=most, **SHORT)
    assert less.fps == 5
    assert less.path.stat().st_size <= most * 1e6


def test_a_gif_that_cannot_be_so_small_is_a_sentence(tmp_path, monkeypatch):
    many = SHORT | {"most_mb": 0.01, "width": 1600}
    with pytest.raises(ValueError, match=r"a film of at most 0.01 MB cannot be made of this run"):
        save_film(RACE, tmp_path / "run.gif", **many)
    assert not list(tmp_path.iterdir())


def test_frames_go_evenly_from_the_start_to_the_end_which_stays():
    steps = choose_steps(1000, FilmOptions(seconds=2, fps=10, hold=0.5))
    assert len(steps) == 25
    assert (steps[0], steps[19], steps[-1]) == (0, 1000, 1000)
    assert all(each == int(each) for each in steps)
    assert len(set(np.diff(steps[:20]))) <= 2


def test_few_steps_are_shown_on_their_way():
    steps = choose_steps(5, FilmOptions(seconds=2, fps=10, hold=0))
    assert 0 < steps[1] < 1


def test_a_head_between_two_steps_lies_between_their_points():
    line = find_line()
    between = cut_line(line, 3.25)[-1]
    np.testing.assert_allclose(between, 0.75 * line.pixels[3] + 0.25 * line.pixels[4])
    np.testing.assert_array_equal(cut_line(line, 3), line.pixels[:4])


def find_line():
    figure = build_paper_figure(RACE, FigureOptions(panels=("surface",)))
    return split_figure(figure, list(RACE.trajectories.values()))[1][0].lines[0]


def test_dashes_begin_at_the_start_and_have_the_lengths_of_plotly():
    points = np.array([[0.0, 0.0], [300.0, 0.0]])
    width = 12.0
    for name, pattern in DASHES.items():
        pieces = cut_dashes(points, name, width)
        first = pieces[0]
        assert first[0, 0] == 0
        assert first[-1, 0] == pattern[0] * width
        assert pieces[1][0, 0] == (pattern[0] + pattern[1]) * width


def test_points_far_outside_and_gaps_are_painted_without_an_error():
    line = find_line()
    wild = line.pixels.copy()
    wild[5], wild[6], wild[7] = np.nan, 1e300, -np.inf
    plots = split_figure(
        build_paper_figure(RACE, FigureOptions(panels=("surface",))),
        list(RACE.trajectories.values()),
    )[1]
    painter = Painter(
        Image.new("RGB", (400, 400), "white"),
        [plots[0]._replace(lines=[line._replace(pixels=wild)])],
        "#000000",
    )
    assert painter.paint(60).size == (400, 400)


WRONG = {
    "panels": ("3d", 'panels must be of surface, loss, .* got "3d"'),
    "width": (20, "width must be a whole number from 160 to 3,840"),
    "seconds": ("long", "seconds must be from 0.2 to 300, got long"),
    "fps": (200, "fps must be a whole number from 1 to 60"),
    "paths": ("none", 'paths must be of grow, whole, got "none"'),
    "hold": (-1, "hold must be from 0 to 30, got -1"),
    "loop": (1, "loop must be true or false"),
    "most_mb": (0, "most_mb must be from 0.01 to 2,000, got 0"),
}


@every("name, value, sentence", [(name, *case) for name, case in WRONG.items()])
def test_a_wrong_choice_is_a_sentence(name, value, sentence):
    with pytest.raises(ValueError, match=sentence):
        FilmOptions(**{name: value})


def test_too_many_frames_are_a_sentence():
    with pytest.raises(ValueError, match="a film has at most 3,000 frames"):
        FilmOptions(seconds=300, fps=60)


def test_both_are_at_hand_in_the_package():
    assert optviz.save_film is save_film
    assert callable(optviz.save_figure)


def test_a_folder_that_cannot_be_written_is_named_before_any_work(tmp_path):
    told = []
    with pytest.raises(FileNotFoundError, match=re.escape(str(tmp_path / "none" / "run.gif"))):
        save_film(RACE, tmp_path / "none" / "run.gif", on_progress=lambda *_: told.append(1))
    assert told == []
