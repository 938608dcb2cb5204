"""`optviz lesson`: made from links, checked with sentences, written as a page in one file."""

import pytest

from optviz.commands.main import main

LINK = "http://127.0.0.1:8050/?rule=adam:lr=0.5&problem=rosenbrock&steps=60"


def test_lesson_is_made_from_links_and_is_right_as_it_is(tmp_path, capsys):
    file = tmp_path / "my.toml"
    assert main(["lesson", "--new", str(file), LINK]) == 0
    assert LINK in file.read_text("utf-8")
    assert main(["lesson", str(file), "--check"]) == 0
    assert "2 steps, 2 questions" in capsys.readouterr().out
    assert main(["lesson", "--new", str(file)]) == 2
    assert "is there already: choose another name" in capsys.readouterr().err


def test_lesson_is_written_as_one_file(tmp_path):
    page = tmp_path / "page.html"
    assert main(["lesson", "momentum", "-o", str(page)]) == 0
    assert "<title>Momentum</title>" in page.read_text("utf-8")


def test_mistakes_are_told(tmp_path, capsys):
    file = tmp_path / "my.toml"
    main(["lesson", "--new", str(file), LINK])
    file.write_text(file.read_text("utf-8").replace("rosenbrock", "rosenbork", 1), "utf-8")
    assert main(["lesson", str(file), "--check"]) == 2
    assert 'no surface "rosenbork"; nearest: rosenbrock' in capsys.readouterr().err
    assert main(["lesson", "momentun"]) == 2
    assert "nearest: momentum" in capsys.readouterr().err
    assert main(["lesson"]) == 2
    assert "which lesson? give a TOML file" in capsys.readouterr().err


def test_mistake_in_a_link_is_named_by_its_place(tmp_path, capsys):
    assert main(["lesson", "--new", str(tmp_path / "my.toml"), LINK, LINK + "&problem=bowll"]) == 2
    said = capsys.readouterr().err
    assert 'step 2 ("Step 2")' in said
    assert "step 1" not in said


@pytest.mark.parametrize("name", ["my.pdf", "page", "my.toml"])
def test_page_ends_in_html_and_nothing_else_is_written(tmp_path, capsys, name):
    assert main(["lesson", "momentum", "-o", str(tmp_path / name)]) == 2
    assert f'a page ends in .html, got "{name}"' in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
