"""Training on real ratings: quality, exactness, seeds, ends, predictions and files."""

import hashlib
import subprocess
import sys
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch

from optviz.movielens import MovieLensError, Ratings
from optviz.recommenders import (
    DEFAULTS,
    EmbeddingDot,
    EmbeddingDotBias,
    EmbeddingNet,
    Trained,
    Training,
    bias_only,
    slice_trainings,
    train,
)
from optviz.recommenders.trained import find_place
from optviz.rules import RULES, SGD, Rule
from optviz.runs.loop import run
from optviz.runs.npz import RecordFileError
from optviz.specs import parse_spec
from tests.support.movielens_made import made_ratings

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def part(ml100k) -> Ratings:
    """A tenth of the real ratings, for what does not hang on their number."""
    return ml100k.take(np.arange(0, len(ml100k), 10))


@pytest.fixture(scope="module")
def short(part) -> Training:
    """A short training of each parameter of dot product with bias."""
    return train("dot_bias", part, "adam:lr=0.01,l2=0.0001", epochs=2, batch=256, keep=8)


@pytest.fixture(scope="module")
def nets(part) -> list[Training]:
    rules = ("adam:lr=0.01", "rmsprop:lr=0.003")
    return [train("net", part, rule, epochs=1, batch=256, keep=10) for rule in rules]


# -- quality -------------------------------------------------------------------------------


def best_of_three(model: str, data: Ratings) -> tuple[float, float]:
    """The mean best validation loss of three seeds on one split, and the baseline's there."""
    results = [train(model, data, seed=seed) for seed in range(3)]
    best = [each.best for each in results]
    spread = f"{np.mean(best):.4f}, standard deviation {np.std(best, ddof=1):.4f}"
    seconds = ", ".join(f"{each.seconds:.1f} s" for each in results)
    print(f"{data.name}, {model}: {spread} of three seeds; {seconds}")
    return float(np.mean(best)), results[0].baseline


@pytest.mark.slow
def test_dot_product_with_bias_learns_ml_100k(ml100k):
    best, baseline = best_of_three("dot_bias", ml100k)
    assert best <= 0.812
    assert best <= 0.93 * baseline


@pytest.mark.slow
@pytest.mark.reference
def test_dot_product_with_bias_learns_ml_latest_small(ml_small):
    best, baseline = best_of_three("dot_bias", ml_small)
    assert best <= 0.705
    assert best <= 0.95 * baseline


@pytest.mark.slow
def test_the_mini_net_keeps_up_with_the_baseline_on_ml_100k(ml100k):
    best, baseline = best_of_three("net", ml100k)
    assert best <= baseline + 0.005


@pytest.mark.slow
@pytest.mark.reference
def test_the_mini_net_keeps_up_with_the_baseline_on_ml_latest_small(ml_small):
    best, baseline = best_of_three("net", ml_small)
    assert best <= baseline + 0.005


# -- the baseline --------------------------------------------------------------------------


def test_the_baseline_solves_the_regularized_normal_equations(part):
    training, held = part.take(part.movie < 200).split(0)
    model = bias_only(training, held)
    columns = np.zeros((len(training), part.users + 200))
    rows = np.arange(len(training))
    columns[rows, training.user] = 1
    columns[rows, part.users + training.movie] = 1
    square = columns.T @ columns + model.strength * np.eye(columns.shape[1])
    exact = np.linalg.solve(square, columns.T @ (training.rating.astype(float) - model.mean))
    ours = np.concatenate([model.user_bias, model.movie_bias[:200]])
    np.testing.assert_allclose(ours, exact, atol=1e-5)
    errors = model.predict(held.user, held.movie) - held.rating
    assert model.mse == pytest.approx(np.mean(errors**2))


def test_validation_ratings_have_no_part_in_the_baseline_s_strength(part):
    training, held = part.split(0)
    turned = held.take(np.arange(len(held))[::-1])
    turned.rating[:] = 5.5 - turned.rating
    first, second = bias_only(training, held), bias_only(training, turned)
    assert first.strength == second.strength
    np.testing.assert_array_equal(first.movie_bias, second.movie_bias)
    assert first.mse != second.mse


def test_a_training_carries_the_baseline_of_its_split(part, short):
    assert short.baseline == bias_only(*part.split(0)).mse


# -- models --------------------------------------------------------------------------------


def test_weights_start_as_in_the_lesson():
    for module, low, high in [
        (EmbeddingDot(50, 60), 0.0, 0.05),
        (EmbeddingDotBias(50, 60), -0.01, 0.01),
        (EmbeddingNet(50, 60), -0.01, 0.01),
    ]:
        weights = module.user.weight
        assert weights.shape == (50, 50)
        assert low <= weights.min() < low + 0.001
        assert high - 0.001 < weights.max() <= high


def test_the_mini_net_is_that_of_the_lesson():
    net = EmbeddingNet(50, 60, scale=(1.0, 5.0))
    assert (net.drop_in.p, net.drop_hidden.p) == (0.05, 0.5)
    assert net.linear.weight.shape == (10, 100)
    assert net.bounds == (0.5, 5.5)


# -- the loop ------------------------------------------------------------------------------


def test_training_follows_the_rule_s_own_path_bit_for_bit(part):
    for text in ("adam:lr=0.01", "rmsprop:lr=0.003,schedule=onecycle(cycle_momentum=yes)"):
        how: Any = {"batch": 256, "keep": 1}
        rule, schedule, _ = parse_spec(text)
        record = train("dot_bias", part, rule, schedule=schedule, epochs=1, **how)
        problem = record.trained.problem(part.split(0)[0], batch=256)
        start = record.trajectory.start
        order = int(np.random.SeedSequence(0).spawn(2)[1].generate_state(1)[0])
        expected = run(problem, rule, 32, start=start, seed=order, keep=1, schedule=schedule)
        np.testing.assert_array_equal(record.trajectory.path, expected.path)


@dataclass(frozen=True, eq=False)
class Clipped(Rule):
    """A user's rule that needs the whole gradient: its length is cut to 1."""

    lr: float = 0.5

    def update(self, params, grad, state):
        assert grad.size == 133_875
        return params - self.lr * grad / max(1.0, float(np.linalg.norm(grad))), state


def test_a_rule_of_your_own_gets_the_whole_gradient(ml100k):
    record = train("dot_bias", ml100k, Clipped(), epochs=1, batch=20_000)
    assert record.ended == "finished"


def test_a_text_means_the_rule_and_the_schedule_it_spells(part):
    text = train("dot_bias", part, "adam:lr=0.01,schedule=cosine", epochs=1, batch=512, keep=4)
    assert text.trajectory.lr[0] == 0.01
    assert text.trajectory.lr[-1] < 0.005
    assert text.about["rule"] == "adam:lr=0.01,schedule=cosine"


def test_defaults_are_used_for_what_is_left_out(part):
    record = train("dot_bias", part)
    assert len(record.curve.valid) == DEFAULTS["dot_bias"].epochs
    assert record.about["batch"] == DEFAULTS["dot_bias"].batch
    assert record.about["rule"].startswith("adam:lr=0.006,beta2=0.99,l2=0.00015")


def test_recorded_losses_are_those_of_all_training_ratings(part, short):
    problem = short.trained.problem(part.split(0)[0])
    path = short.trajectory
    for i in (0, 5, -1):
        assert path.losses[i] == pytest.approx(problem.loss(path.path[i]), rel=1e-6)


def test_validation_losses_are_those_of_the_held_back_ratings(part, short):
    held = part.split(0)[1]
    module = short.trained.module()
    with torch.no_grad():
        stars = module(torch.from_numpy(held.user).long(), torch.from_numpy(held.movie).long())
    mse = np.mean((stars.numpy().astype(float) - held.rating) ** 2)
    assert short.last == pytest.approx(mse, rel=1e-6)
    assert short.best == min(short.curve.valid)
    assert short.curve.valid[short.best_epoch - 1] == short.best


def test_a_module_of_yours_holds_the_trained_weights_afterwards(part):
    module = EmbeddingDotBias(part.users, part.movies, 10, part.scale)
    start = module.movie.weight.detach().clone().numpy()
    record = train(module, part, "adam:lr=0.01", epochs=1, batch=512)
    cut = part.users * 10
    first, last = (each[cut : cut + start.size] for each in record.trajectory.path[[0, -1]])
    np.testing.assert_array_equal(first, start.ravel())
    np.testing.assert_array_equal(last, module.movie.weight.detach().numpy().ravel())
    assert record.trained.model == "dot_bias"


class Mine(torch.nn.Module):
    """A model of a user's own: movie biases around 3."""

    def __init__(self, movies):
        super().__init__()
        self.bias = torch.nn.Embedding(movies, 1)
        self.unused = torch.nn.Parameter(torch.zeros(2))

    def forward(self, user, movie):
        return 3 + self.bias(movie).squeeze(1)


def test_a_model_of_your_own_is_trained_and_sliced_by_autograd(part):
    module = Mine(part.movies)
    record = train(module, part, "sgd:lr=5", epochs=1, batch=512)
    assert record.trajectory.losses[-1] < record.trajectory.losses[0]
    assert record.trained.model == "Mine"
    with pytest.raises(ValueError, match=r"pass a new one, blank=Mine\(\.\.\.\)"):
        record.trained.module()
    cut = slice_trainings([record], part, size=2, module=module)
    assert cut.shadows[0].shown[-1] == pytest.approx(record.trajectory.losses[-1], rel=1e-6)


def test_a_frozen_part_stays_as_it_is(part):
    module = EmbeddingDotBias(part.users, part.movies, 10, part.scale)
    module.user.weight.requires_grad_(False)
    before = module.user.weight.clone()
    train(module, part, "adam:lr=0.01", epochs=1, batch=1024)
    assert torch.equal(module.user.weight, before)


# -- seeds ---------------------------------------------------------------------------------

OTHER_PROCESS = """
import hashlib, sys
import numpy as np
from optviz.movielens import load
from optviz.recommenders import train
data = load(sys.argv[1])
part = data.take(np.arange(0, len(data), 10))
record = train(sys.argv[2], part, "adam:lr=0.01,l2=0.0001", epochs=2, batch=256, keep=8)
parts = record.trained.params, record.trajectory.path, record.trajectory.losses
digest = hashlib.sha256(b"".join(each.tobytes() for each in parts) + repr(record.curve).encode())
print(digest.hexdigest())
"""


@pytest.mark.parametrize("model", ["dot_bias", "net"])
def test_another_process_gets_the_same_bytes(part, short, model):
    rule = "adam:lr=0.01,l2=0.0001"
    record = short if model == "dot_bias" else train(model, part, rule, epochs=2, batch=256, keep=8)
    command = [sys.executable, "-c", OTHER_PROCESS, "ml-100k", model]
    other = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    path = record.trajectory
    parts = b"".join(each.tobytes() for each in (record.trained.params, path.path, path.losses))
    ours = hashlib.sha256(parts + repr(record.curve).encode())
    assert other.stdout.strip() == ours.hexdigest()


def test_the_seed_moves_weights_and_order_but_not_the_split(part, short):
    other = train("dot_bias", part, "adam:lr=0.01,l2=0.0001", epochs=1, batch=256, seed=1)
    assert other.baseline == short.baseline
    assert not np.array_equal(other.trajectory.start, short.trajectory.start)


def test_the_split_has_a_seed_of_its_own(part, short):
    other = train("dot_bias", part, "adam:lr=0.01,l2=0.0001", epochs=1, batch=256, split=1)
    assert other.baseline != short.baseline
    np.testing.assert_array_equal(other.trajectory.start, short.trajectory.start)


@pytest.mark.parametrize("split", ["time", "last"])
def test_a_model_trains_on_a_split_by_time_and_remembers_it(part, split, tmp_path):
    rule = "adam:lr=0.01,l2=0.0001"
    record = train("dot_bias", part, rule, epochs=1, batch=256, split=split, valid=0.3)
    training, held = part.split(split, 0.3)
    assert record.baseline == bias_only(training, held).mse
    again = Training.from_npz(record.to_npz(tmp_path / "run.npz"))
    assert again.about["split"] == split
    assert again.last == pytest.approx(record.trained.problem(held).loss(record.trained.params))
    row = int(training.user[0])
    counted = again.predict(part, user_index=row, movie_index=0).user_count
    assert counted == np.sum(training.user == row)
    assert slice_trainings([again], part, size=2).shadows[0].true[-1] < 3


def test_torch_s_random_numbers_and_threads_are_left_alone(part):
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    torch.set_num_threads(2)
    try:
        train("net", part, "adam:lr=0.01", epochs=1, batch=1024)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)
    assert torch.equal(torch.rand(2), expected)


# -- how it ends ---------------------------------------------------------------------------


def test_cancel_ends_the_training_and_returns_what_exists(part):
    seen = []
    record = train(
        "dot_bias",
        part,
        "adam:lr=0.01",
        epochs=3,
        batch=256,
        on_progress=seen.append,
        cancel=lambda: len(seen) >= 40,
    )
    assert record.ended == "canceled at step 40"
    assert len(record.curve.valid) == 1
    assert record.trajectory.step[-1] == 40
    np.testing.assert_array_equal(record.trajectory.end, record.trained.params)


def test_ctrl_c_ends_the_training_and_returns_what_exists(part):
    def interrupt(now):
        if now.step >= 5:
            raise KeyboardInterrupt

    record = train("dot_bias", part, "adam:lr=0.01", epochs=1, batch=256, on_progress=interrupt)
    assert record.ended == "canceled at step 5"
    assert np.isnan(record.best)
    assert record.words() == "Adam lr=0.01: canceled at step 5, before the end of the first epoch."


def test_ctrl_c_in_the_middle_of_a_step_leaves_the_params_before_it(part):
    @dataclass(frozen=True, eq=False)
    class Interrupted(SGD):
        """SGD that is interrupted in the second of the 5 chunks of its second step."""

        lr: float = 0.5

        def update(self, params, grad, state):
            calls.append(len(params))
            if len(calls) == 5 + 2:
                raise KeyboardInterrupt
            return super().update(params, grad, state)

    calls: list[int] = []
    RULES["interrupted"] = Interrupted
    try:
        record = train("dot_bias", part, Interrupted(), epochs=1, batch=256, keep=1)
    finally:
        del RULES["interrupted"]
    assert record.ended == "canceled at step 1"
    expected = train("dot_bias", part, "sgd:lr=0.5", epochs=1, batch=256, keep=1)
    np.testing.assert_array_equal(record.trajectory.path, expected.trajectory.path[:2])


def test_a_divergence_is_said_and_leaves_a_finite_path(part):
    record = train("dot", part, "sgd:lr=1e6", epochs=1, batch=256)
    assert record.ended.startswith("diverged at step")
    assert record.ended.endswith("is not finite")
    assert np.isfinite(record.trajectory.path).all()


def test_progress_tells_steps_epochs_and_losses_so_far(part):
    seen = []
    record = train("dot_bias", part, "adam:lr=0.01", epochs=2, batch=256, on_progress=seen.append)
    assert [each.epoch for each in (seen[0], seen[-1])] == [1, 2]
    assert seen[-1].step == seen[-1].steps == 64
    assert seen[-1].curve == record.curve
    assert len(seen[0].curve.train) == 1
    assert seen[0].curve.valid == ()
    assert seen[0].baseline == record.baseline


def test_a_bar_is_shown_where_it_is_asked_for(part, capsys):
    train("dot_bias", part, "adam:lr=0.01", epochs=1, batch=1024, progress=True)
    shown = capsys.readouterr().err
    assert "Adam lr=0.01" in shown
    assert "8/8" in shown


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": "dots"}, 'model must be dot, dot_bias or net, got "dots"'),
        ({"rule": "adm:lr=1"}, 'no rule "adm"; nearest: adam'),
        ({"rule": 3}, "rule must be a rule or a text"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"batch": 2.5}, "batch must be a whole number of at least 1, got 2.5"),
        ({"keep": 0}, "keep must be a whole number of at least 1, got 0"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
        ({"seed": 1.5}, "seed must be a whole number of at least 0, got 1.5"),
        ({"split": True}, "split must be a whole number of at least 0, got True"),
        (
            {"data": "ml-100k"},
            r"data must be ratings, got 'ml-100k': take them from load\('ml-100k'\)",
        ),
        ({"data": None}, "data must be ratings, got None: take them from optviz.movielens.load"),
        ({"valid": 1.5}, "valid must be between 0 and 1, got 1.5"),
        ({"valid": "0.2"}, "valid must be between 0 and 1, got '0.2'"),
        ({"model": None}, "model must be dot, dot_bias, net or a torch module, got None"),
        ({"model": EmbeddingDot}, "or a torch module, got <class"),
        ({"valid": 1e-9}, "too few ratings \\(10000\\) for both parts of a split at 1e-09"),
        ({"model": torch.nn.BatchNorm1d(2)}, "cannot move a module's buffers"),
    ],
)
def test_bad_settings_are_refused_in_words(part, changes, words):
    given = {"model": "dot_bias", "data": part, "rule": "adam:lr=0.01"} | changes
    with pytest.raises(ValueError, match=words):
        train(**given)


# -- predictions ---------------------------------------------------------------------------


def test_a_prediction_is_the_torch_model_s_and_the_sum_of_its_parts(part, short):
    user, movie = 3, part.find_movie("Toy Story")
    found = short.predict(part, int(part.user_ids[user]), "toy story")
    module = short.trained.module()
    with torch.no_grad():
        stars = module(torch.tensor([user]), torch.tensor([movie])).item()
    assert found.movie == "Toy Story (1995)"
    assert found.rating == pytest.approx(stars, rel=1e-6)
    parts = found.dot + found.user_bias + found.movie_bias
    assert found.score == pytest.approx(parts, rel=1e-6)
    share = 1 / (1 + np.exp(-found.score))
    assert found.rating == pytest.approx(1 + 4 * share, rel=1e-6)


def test_the_mini_net_predicts_a_total_without_parts(part, nets):
    found = nets[0].predict(part, 1, movie_index=0)
    assert found == nets[0].predict(part, user_index=0, movie=int(part.movie_ids[0]))
    assert found.dot is None
    module = nets[0].trained.module()
    with torch.no_grad():
        assert found.rating == module(torch.tensor([0]), torch.tensor([0])).item()


@pytest.mark.parametrize(
    ("user", "movie", "words"),
    [
        (99_999, 1, "no user 99999: ids run from 1 to 943"),
        (1, 99_999, "no movie 99999: ids run from 1 to 1682"),
        (1, -1, "no movie -1"),
        (1, True, "a movie is given by a whole number such as 1, got True"),
        ("7", 1, "a user is given by a whole number such as 1, got '7'"),
        (1, None, "give the movie once: by its published id, or as movie_index="),
        (1, "Toy Stroy", 'no movie "Toy Stroy"; nearest: Toy Story'),
        (1, "50", '"50" may be the movie 50, Star Wars .*: give the id as a number, or the title'),
    ],
)
def test_unknown_users_and_movies_are_refused_in_words(part, short, user, movie, words):
    with pytest.raises(MovieLensError, match=words):
        short.predict(part, user, movie)


def test_the_range_of_the_sigmoid_is_the_scale_that_was_found():
    data = replace(made_ratings(), scale=(0.5, 10.0))
    made = train("dot_bias", data, "sgd:lr=0.1", epochs=1)
    assert made.trained.problem(data).bounds == (0.5, 10.0)
    assert made.trained.module().bounds == (0.5, 10.0)


def test_what_is_no_ratings_is_refused_in_words_everywhere(part, short):
    name: Any = "ml-100k"
    for call in (
        lambda: short.predict(name, 1, 1),
        lambda: short.trained.problem(name),
        lambda: slice_trainings([short], name),
        lambda: bias_only(name, part),
    ):
        with pytest.raises(ValueError, match=r"data must be ratings, got 'ml-100k': take them"):
            call()
    with pytest.raises(ValueError, match=r"trainings to draw are a list: give \[training\]"):
        slice_trainings(short, part)  # pyright: ignore[reportArgumentType]


def test_a_gap_in_the_ids_names_the_nearest():
    words = "no user 7: ids run from 2 to 9 with gaps; the nearest are 5 and 9"
    with pytest.raises(MovieLensError, match=words):
        find_place("user", 7, None, np.array([2, 5, 9]))


def test_a_prediction_tells_how_many_training_ratings_stand_behind_it(ml100k, short, part):
    training, _ = part.split(short.about["split"], short.about["valid"])
    counts = np.bincount(training.movie, minlength=part.movies)
    bare, known = int(counts.argmin()), int(counts.argmax())
    assert counts[bare] == 0
    user = int(part.user_ids[training.user[0]])
    own = int((training.user == training.user[0]).sum())
    words = short.predict(part, user, movie_index=known).words()
    assert f"Training ratings behind it: {own} of the user, {counts[known]} of the movie" in words
    words = short.predict(part, user, movie_index=bare).words()
    assert "Nothing stands behind it: this movie has no training rating" in words
    assert (
        Trained(**(vars(short.trained) | {"about": {}})).predict(part, user, 1).user_count is None
    )


def test_an_index_is_given_by_name_and_bounded(part, short):
    with pytest.raises(MovieLensError, match="no movie_index 99999: indexes run from 0 to 1681"):
        short.predict(part, 1, movie_index=99_999)
    with pytest.raises(MovieLensError, match="give the user once"):
        short.predict(part, 1, 1, user_index=0)


@pytest.mark.parametrize("model", ["dot", "dot_bias", "net"])
@pytest.mark.parametrize("kind", ["equal ratings", "one user", "one movie"])
def test_smallest_data_has_words_without_a_division_by_0(part, model, kind):
    rows = {"one user": part.user == 12, "one movie": part.movie == part.movie[0]}
    data = part.take(np.flatnonzero(rows.get(kind, part.user < 9)))
    if kind == "equal ratings":
        data.rating[:] = 4.0
    training = train(model, data, epochs=1)
    expected = "has 0.0000" if kind == "equal ratings" else "Its best is "
    assert expected in training.words()
    assert "<table" in training._repr_html_()


def test_too_few_ratings_are_refused_in_words(part):
    with pytest.raises(ValueError, match=r"too few ratings \(1\) for both parts of a split at 0.2"):
        train("dot", part.take(np.arange(1)))


@pytest.mark.reference
def test_other_data_than_the_model_s_is_refused(ml_small, short):
    with pytest.raises(MovieLensError, match="trained on ml-100k, whose users and movies"):
        short.predict(ml_small, 1, 1)


# -- files ---------------------------------------------------------------------------------


def test_a_model_comes_back_bit_for_bit(part, short, nets, tmp_path):
    for record in (short, nets[0]):
        again = Trained.load(record.trained.save(tmp_path / "model.npz"))
        np.testing.assert_array_equal(again.params, record.trained.params)
        assert again.about == record.about
        assert again.predict(part, 1, 5) == record.predict(part, 1, 5)


def test_a_changed_model_comes_back_as_it_was_made(part, tmp_path):
    net = EmbeddingNet(part.users, part.movies, 8, part.scale, pad=0.2, hidden=3)
    record = train(net, part, "adam:lr=0.01", epochs=1, batch=1024)
    again = Trained.load(record.trained.save(tmp_path / "model.npz")).module()
    user, movie = torch.arange(5), torch.arange(5)
    with torch.no_grad():
        assert torch.equal(again(user, movie), net(user, movie))


def test_a_training_comes_back_bit_for_bit(short, tmp_path):
    again = Training.from_npz(short.to_npz(tmp_path / "run.npz"))
    assert again.curve == short.curve
    for name in ("step", "path", "losses", "lr"):
        np.testing.assert_array_equal(
            getattr(again.trajectory, name), getattr(short.trajectory, name)
        )
    assert again.row() == short.row()
    assert again.words() == short.words()


def test_an_older_file_of_a_finished_training_says_today_s_words(short, tmp_path):
    before = replace(short, trajectory=replace(short.trajectory, ended="ran all 64 steps"))
    assert Training.from_npz(before.to_npz(tmp_path / "run.npz")).ended == "finished"


def test_a_training_is_no_model_file(short, tmp_path):
    file = short.to_npz(tmp_path / "run.npz")
    with pytest.raises(RecordFileError, match="holds a training, expected a rating model"):
        Trained.load(file)


def test_a_notebook_shows_the_result(short):
    shown = short._repr_html_()
    assert f"{short.best:.4f}" in shown
    assert "bias-only baseline" in shown


# -- slices --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair(part, short) -> list[Training]:
    return [short, train("dot_bias", part, "rmsprop:lr=0.003", epochs=2, batch=256, keep=8)]


@pytest.mark.parametrize("which", ["pair", "nets"])
def test_a_slice_equals_the_torch_module_evaluated_at_its_points(part, which, request):
    trainings = request.getfixturevalue(which)
    cut = slice_trainings(trainings, part, size=9)
    ratings = part.split(0)[0]
    user, movie = torch.from_numpy(ratings.user).long(), torch.from_numpy(ratings.movie).long()
    module = trainings[0].trained.module()
    for row, column in [(0, 0), (8, 3), (4, 4), (2, 7)]:
        point = cut.plane.point([cut.alphas[column], cut.betas[row]])
        torch.nn.utils.vector_to_parameters(torch.from_numpy(point).float(), module.parameters())
        with torch.no_grad():
            error = module(user, movie).double().numpy() - ratings.rating
        assert cut.losses[row, column] == pytest.approx(np.mean(error**2), rel=1e-6)


def test_only_the_end_that_the_plane_passes_through_is_exact(part, pair):
    cut = slice_trainings(pair, part, size=3)
    best = int(np.argmin([each.trajectory.losses[-1] for each in pair]))
    assert [each.exact[-1] for each in cut.shadows] == [i == best for i in range(2)]
    assert not cut.shadows[1 - best].exact.any()
    shown, true = cut.shadows[best].shown[-1], cut.shadows[best].true[-1]
    assert shown == pytest.approx(true, rel=1e-6)


def test_trainings_of_different_models_share_no_plane(part, short, nets):
    with pytest.raises(ValueError, match="must share model, data and split"):
        slice_trainings([short, nets[0]], part)


def test_nothing_to_draw_is_said(part):
    with pytest.raises(ValueError, match="give at least one"):
        slice_trainings([], part)
