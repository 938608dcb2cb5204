"""The `optviz open` command: what it checks, and what it opens."""

import pytest

from optviz.commands import main, open_files
from optviz.commands.open_files import find_folder
from tests.support.recorded_runs import make_run, write_slice


@pytest.fixture
def served(monkeypatch):
    """What the app would be served with."""
    calls = []
    monkeypatch.setattr(open_files, "find_serve", lambda: lambda **given: calls.append(given))
    return calls


def test_files_are_opened_with_their_folder(tmp_path, served):
    run, cut = make_run().save(tmp_path / "my run.optviz"), write_slice(tmp_path / "loss.npz")
    assert main.main(["open", str(run), str(cut), "--no-browser"]) == 0
    assert served[0]["folder"] == tmp_path
    assert served[0]["first"] == "model?file=my%20run.optviz&file=loss.npz"


def test_a_folder_is_opened_without_a_file(tmp_path, served):
    assert main.main(["open", str(tmp_path)]) == 0
    assert (served[0]["folder"], served[0]["first"]) == (tmp_path, "model")


def test_a_wrong_file_gets_a_sentence_before_the_app_starts(tmp_path, served, capsys):
    bad = tmp_path / "bad.optviz"
    bad.write_bytes(b"nonsense" * 9)
    assert main.main(["open", str(bad)]) == 2
    assert "is neither a recording nor a file of optviz" in capsys.readouterr().err
    assert main.main(["open", str(tmp_path / "gone.optviz")]) == 2
    assert "there is no file" in capsys.readouterr().err
    assert served == []


def test_files_of_several_folders_get_a_sentence(tmp_path):
    paths = [tmp_path / name / "run.optviz" for name in "ab"]
    for each in paths:
        each.parent.mkdir()
        make_run().save(each)
    with pytest.raises(ValueError, match="all files must lie in one folder"):
        find_folder(paths)
    with pytest.raises(ValueError, match="is a folder beside others"):
        find_folder([tmp_path, paths[0]])


def test_a_broken_file_among_others_is_told_and_left_out(tmp_path, capsys):
    whole, broken = make_run().save(tmp_path / "a.optviz"), tmp_path / "b.optviz"
    broken.write_bytes(whole.read_bytes()[:100])
    assert find_folder([whole, broken]) == (tmp_path, [whole])
    assert "left out" in capsys.readouterr().err
    with pytest.raises(ValueError, match=r"b\.optviz is broken"):
        find_folder([broken])
