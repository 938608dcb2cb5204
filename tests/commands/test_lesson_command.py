"""`optviz lesson`: made from links, checked with sentences, written as a page in one file."""

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
