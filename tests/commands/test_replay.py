"""`optviz replay` makes a training again from its capsule."""

from optviz.commands.main import main
from optviz.movielens import load
from optviz.recommenders import train
from tests.support.ratings_made import few_ratings


def test_a_capsule_is_replayed_in_the_terminal(tmp_path, capsys):
    zipped = few_ratings(tmp_path / "data")
    record = train("dot_bias", load(zipped), "adam:lr=0.01", epochs=2, batch=64)
    file = record.capsule().save(tmp_path / "run.json")
    assert main(["replay", str(file), "--data", str(zipped)]) == 0
    said = capsys.readouterr().out
    assert f"validation MSE {record.best:.4f} at best" in said
    assert "The bytes are those of the capsule." in said


def test_a_replay_with_other_bytes_fails_in_a_sentence(tmp_path, capsys):
    zipped = few_ratings(tmp_path / "data")
    record = train("dot_bias", load(zipped), "adam:lr=0.01", epochs=1, batch=64)
    capsule = record.capsule()
    file = tmp_path / "run.json"
    file.write_text(capsule.to_json().replace(capsule.result["end"], "0" * 64))
    assert main(["replay", str(file), "--data", str(zipped)]) == 2
    assert "the replay has other bytes; the weights at the end: 0000" in capsys.readouterr().err
