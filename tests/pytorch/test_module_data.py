"""The data of a torch module, in every form that people of torch have it in."""

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torch.utils.data.dataset import IterableDataset

from optviz.pytorch import module_problem
from optviz.pytorch.batches import read_batches
from optviz.rules import SGD
from optviz.runs.loop import run

ModuleProblem: Any = module_problem.ModuleProblem  # of no type: much that is given is none of its
GENERATOR = torch.Generator().manual_seed(0)
X = torch.randn(20, 3, generator=GENERATOR, dtype=torch.float64)
Y = torch.randn(20, 2, generator=GENERATOR, dtype=torch.float64)
BATCHES = [(X[:8], Y[:8]), (X[8:16], Y[8:16]), (X[16:], Y[16:])]


class Rows(Dataset):
    """Rows as dicts, as Hugging Face has them."""

    def __len__(self):
        return len(X)

    def __getitem__(self, row):
        return {"inputs": X[row], "labels": Y[row]}


class Language(nn.Module):
    """A module that gives its own loss where it is given labels."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 2)

    def forward(self, inputs, labels=None):
        logits = self.linear(inputs)
        if labels is None:
            return logits
        return {"logits": logits, "loss": mse_loss(logits, labels)}


class Pair(nn.Module):
    """A module of two inputs."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 2)

    def forward(self, first, second):
        return self.linear(torch.cat([first, second], dim=1))


def build(kind: Any = Language, dtype=torch.float64) -> Any:
    torch.manual_seed(1)
    return kind().to(dtype)


def take_loss(module, x=X, y=Y):
    return mse_loss(module(x), y).item()


def test_every_form_of_the_same_rows_has_the_same_loss():
    module = build()
    expected = pytest.approx(take_loss(module), rel=1e-12)

    def batch_loss(module, batch):
        return mse_loss(module(batch["inputs"]), batch["labels"])

    loader, whole = DataLoader(Rows(), batch_size=8), {"inputs": X, "labels": Y}
    problems = [
        ModuleProblem(module, mse_loss, X.numpy(), Y.numpy()),
        ModuleProblem(module, mse_loss, {"inputs": X}, Y, batch=4, chunk=3),
        ModuleProblem(module, mse_loss, [X], Y),
        ModuleProblem(module, mse_loss, (X, Y)),
        ModuleProblem(module, mse_loss, BATCHES),
        ModuleProblem(module, mse_loss, iter(BATCHES)),
        ModuleProblem(module, mse_loss, [((x,), y) for x, y in BATCHES]),
        ModuleProblem(module, mse_loss, [({"inputs": x}, y) for x, y in BATCHES]),
        ModuleProblem(module, mse_loss, DataLoader(TensorDataset(X, Y), batch_size=8)),
        ModuleProblem(module, mse_loss, DataLoader(TensorDataset(X, Y), 6, shuffle=True)),
        ModuleProblem(module, mse_loss, DataLoader(TensorDataset(X, Y), batch_size=None)),
        ModuleProblem(module, mse_loss, loader, "labels"),
        ModuleProblem(module, mse_loss, whole, "labels", batch=4),
        ModuleProblem(module, None, loader),
        ModuleProblem(module, None, BATCHES),
        ModuleProblem(module, None, loader, batch_loss=batch_loss),
        ModuleProblem(module, None, whole, batch_loss=batch_loss, chunk=7),
    ]
    grad = problems[0].grad(problems[0].start)
    for problem in problems:
        assert problem.loss(problem.start) == expected
        np.testing.assert_allclose(problem.grad(problem.start), grad, rtol=1e-10)
        assert run(problem, SGD(lr=0.1), 4).is_finished


def test_several_inputs_are_the_arguments():
    module = build(Pair)
    expected = pytest.approx(mse_loss(module(X, -X), Y).item(), rel=1e-12)
    loader = DataLoader(TensorDataset(X, -X, Y), batch_size=8)
    for data in (((X, -X), Y), ([X, -X], Y), ({"second": -X, "first": X}, Y), (loader,)):
        problem = ModuleProblem(module, mse_loss, *data)
        assert problem.loss(problem.start) == expected


def test_a_loader_in_order_gives_the_steps_of_a_plain_loop():
    class Stream(IterableDataset):
        def __iter__(self):
            yield from zip(X, Y, strict=True)

    for data in (TensorDataset(X, Y), Stream()):
        loader = DataLoader(data, batch_size=8)
        record = run(ModuleProblem(build(), mse_loss, loader), SGD(lr=0.1), 6)
        module = build()
        optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
        for x, y in [*loader, *loader]:
            optimizer.zero_grad()
            mse_loss(module(x), y).backward()
            optimizer.step()
        end = torch.cat([each.detach().flatten() for each in module.parameters()]).numpy()
        np.testing.assert_allclose(record.end, end, rtol=0, atol=1e-14)


def test_a_shuffled_loader_is_shuffled_by_the_seed_of_the_run():
    module, loader = build(), DataLoader(TensorDataset(X, Y), batch_size=2, shuffle=True)
    state = torch.get_rng_state()
    problem = ModuleProblem(module, mse_loss, loader)
    assert torch.equal(torch.get_rng_state(), state)
    orders = [[each.rows for each in problem.samples(20, seed)] for seed in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]
    assert orders[0][:10] != orders[0][10:]
    assert sorted(orders[0][:10]) == sorted(orders[0][10:]) == list(range(10))


def test_data_of_another_dtype_is_cast_where_the_module_does_not_take_it():
    for module in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
        for data in (torch.float32, torch.float64):
            problem = ModuleProblem(build(dtype=module), mse_loss, X.to(data), Y.to(data), batch=4)
            expected = take_loss(build(dtype=module), X.to(module), Y.to(module))
            assert problem.loss(problem.start) == pytest.approx(expected, rel=1e-6)
            wide = np.float64 if module == torch.float64 else np.float32
            assert problem.start.dtype == problem.grad(problem.start).dtype == wide
            assert run(problem, SGD(lr=0.1), 2).is_finished


def test_data_that_the_module_takes_is_left_as_it_is():
    class Careful(nn.Linear):
        def forward(self, x):
            return super().forward((x - 1e9).float())

    problem = ModuleProblem(Careful(3, 2), mse_loss, X + 1e9, Y.float())
    inputs = mse_loss(nn.functional.linear(X.float(), *problem.module.parameters()), Y.float())
    assert problem.loss(problem.start) == pytest.approx(inputs.item(), rel=1e-5)


def test_parameters_of_several_dtypes_share_the_widest():
    class Mixed(nn.Sequential):
        def forward(self, x):
            return self[1](self[0](x).double())

    module = Mixed(nn.Linear(3, 4), nn.Linear(4, 2).double())
    problem = ModuleProblem(module, mse_loss, X.float(), Y)
    assert problem.start.dtype == np.float64
    loss = mse_loss(module(X.float()), Y)
    grads = torch.autograd.grad(loss, list(module.parameters()))
    flat = np.concatenate([each.double().numpy().ravel() for each in grads])
    assert problem.loss(problem.start) == loss.item()
    np.testing.assert_array_equal(problem.grad(problem.start), flat)


def test_a_sparse_gradient_is_read():
    rows = torch.arange(20) % 5
    grads = [
        ModuleProblem(build(lambda s=s: nn.Embedding(5, 2, sparse=s)), mse_loss, rows, Y)
        for s in (False, True)
    ]
    dense, sparse = (each.grad(each.start) for each in grads)
    np.testing.assert_allclose(sparse, dense, rtol=1e-12)


def test_a_loss_with_derivatives_of_its_own_can_be_taken():
    def batch_loss(module, batch):
        x = batch[0].clone().requires_grad_()
        (slope,) = torch.autograd.grad(module(x).sum(), x, create_graph=True)
        return slope.square().mean() + mse_loss(module(x), batch[1])

    module = build()
    problem = ModuleProblem(module, None, (X, Y), batch_loss=batch_loss, batch=5)
    assert problem.loss(problem.start) == pytest.approx(batch_loss(module, (X, Y)).item())
    assert run(problem, SGD(lr=0.1), 2).is_finished


@pytest.mark.parametrize(
    ("loss_fn", "targets"),
    [
        (nn.MSELoss(reduction="sum"), Y),
        (nn.CrossEntropyLoss(weight=torch.tensor([1.0, 9.0]).double()), (Y[:, 0] > 0).long()),
        (nn.CrossEntropyLoss(ignore_index=1), (Y[:, 0] > 0).long()),
        (nn.CrossEntropyLoss(ignore_index=0), (torch.arange(20) % 6 > 1).long()),
        (lambda out, _: cross_entropy(out @ out.T, torch.arange(len(out))), Y),
    ],
)
def test_chunks_of_a_loss_that_is_no_mean_over_rows_are_refused(loss_fn, targets):
    module = build()
    nn.init.zeros_(module.linear.weight)
    whole = ModuleProblem(module, loss_fn, X, targets)
    assert whole.loss(whole.start) == loss_fn(module(X), targets).item()
    with pytest.raises(ValueError, match="it depends on the whole batch, so leave out chunk="):
        ModuleProblem(module, loss_fn, X, targets, chunk=6)


def test_a_loss_that_is_a_sum_over_rows_is_told_and_summed():
    total, loader = nn.MSELoss(reduction="sum"), DataLoader(TensorDataset(X, Y), batch_size=6)
    module = build()
    with pytest.raises(
        ValueError, match=r'is the sum of its parts, not their mean: pass reduction="s'
    ):
        ModuleProblem(module, total, loader)
    with pytest.raises(
        ValueError, match=r'is the mean of its parts, not their sum: pass reduction="m'
    ):
        ModuleProblem(module, mse_loss, loader, reduction="sum")
    with pytest.raises(ValueError, match=r'leave out chunk=, or pass reduction="sum"'):
        ModuleProblem(module, total, X, Y, chunk=6)
    whole = total(module(X), Y)
    grad = torch.cat([g.flatten() for g in torch.autograd.grad(whole, [*module.parameters()])])
    for data, more in (((loader,), {}), ((X, Y), {"chunk": 6})):
        problem = ModuleProblem(module, total, *data, reduction="sum", **more)
        assert problem.loss(problem.start) == pytest.approx(whole.item(), rel=1e-6)
        np.testing.assert_allclose(problem.grad(problem.start), grad, rtol=1e-5)


def test_chunks_of_layers_that_look_at_the_whole_batch_are_refused():
    def norm(**more):
        return nn.Sequential(nn.BatchNorm1d(3, **more), nn.Linear(3, 2)).double()

    with pytest.raises(ValueError, match="it depends on the whole batch"):
        ModuleProblem(norm(track_running_stats=False), mse_loss, X, Y, chunk=6)
    with pytest.raises(ValueError, match="the statistics of a batch need all rows: leave out ch"):
        ModuleProblem(norm(), mse_loss, X, Y, chunk=6, buffers="batch")
    chunked, whole = (ModuleProblem(norm(), mse_loss, X, Y, chunk=chunk) for chunk in (6, None))
    params = chunked.start
    assert chunked.loss(params) == pytest.approx(whole.loss(params), rel=1e-12)
    np.testing.assert_allclose(chunked.grad(params), whole.grad(params), rtol=1e-10)


REFUSED = [
    ((TensorDataset(X, Y),), {}, r"pass DataLoader\(dataset, batch_size=64\)"),
    (("text",), {}, "the data must be tensors with targets, a DataLoader, or a list of batches"),
    ((None,), {}, "got None"),
    ((X,), {}, r"a batch must be \(inputs, targets\), got a single tensor: pass batch_loss="),
    (([[X]],), {}, "got 1 part: pass batch_loss="),
    (([],), {}, "the data has no batch"),
    (([1, 2],), {}, "data must be made of tensors in tuples, lists or dicts, got 1"),
    ((X, 3), {}, "data must be made of tensors in tuples, lists or dicts, got 3"),
    ((X, "labels"), {}, "targets='labels' names a key of dict batches, got a Tensor"),
    ((DataLoader(Rows()),), {}, 'keys inputs, labels: name that of the targets, as in targets="la'),
    ((DataLoader(Rows()), "y"), {}, "a dict with the keys inputs, labels"),
    ((X[:0], Y[:0]), {}, "inputs and targets have no rows: give at least one example"),
    (([(X, Y), (X[:0], Y[:0])],), {}, "a batch has no rows: leave it out"),
    ((BATCHES,), {"batch": 4}, "batches with rows of their own: leave out batch="),
    ((BATCHES,), {"chunk": 4}, "leave out chunk="),
    ((X, Y), {"batch": 2.5}, "batch must be a whole number of at least 1, got 2.5"),
    ((X, Y), {"chunk": 0}, "chunk must be a whole number of at least 1, got 0"),
]


@pytest.mark.parametrize(("data", "more", "sentence"), REFUSED)
def test_data_that_means_nothing_is_refused_in_a_sentence(data, more, sentence):
    with pytest.raises(ValueError, match=sentence):
        ModuleProblem(build(), mse_loss, *data, **more)


class Several(nn.Module):
    def __init__(self, pack):
        super().__init__()
        self.linear, self.pack = nn.Linear(3, 2).double(), pack

    def forward(self, inputs):
        return self.pack(self.linear(inputs), inputs)


@dataclass
class Outputs:
    hidden: torch.Tensor
    logits: torch.Tensor


OUTPUTS = [
    (
        lambda out, hidden: (out, (hidden,)),
        r"outputs are tuple \(a tensor \(20, 2\).*outputs\[0\], t",
    ),
    (
        lambda out, hidden: {"hidden": hidden, "logits": out},
        r'your_loss\(outputs\["logits"\], targets',
    ),
    (
        lambda out, hidden: Outputs(hidden, out),
        r"Outputs with \.hidden: .*\(outputs\.logits, targets",
    ),
    (
        lambda out, _: out.nothing,
        r"Several cannot be called with one argument \(AttributeError",
    ),
]


@pytest.mark.parametrize(("pack", "sentence"), OUTPUTS)
def test_a_loss_that_cannot_take_the_outputs_says_what_they_are(pack, sentence):
    problem = ModuleProblem(Several(pack), mse_loss, X, Y)
    with pytest.raises(ValueError, match=sentence):
        run(problem, SGD(0.1), 1)


@pytest.mark.parametrize(
    ("loss_fn", "sentence"),
    [
        (nn.MSELoss, r"got the class MSELoss: write MSELoss\(\)"),
        ("mse", "loss_fn must be a function of outputs and targets"),
        (lambda *each: mse_loss(*each).item(), r"got float: leave out float\(\) or \.item"),
        (lambda *_: None, "got NoneType: the function has no return"),
        (lambda *each: (mse_loss(*each), 1), r"got tuple \(a tensor \(\) of float64, int\)"),
        (lambda *each: mse_loss(*each).long(), r"got torch\.int64: whole numbers have no gradient"),
        (lambda *each: mse_loss(*each) + 0j, r"got torch\.complex128: take its real part"),
    ],
)
def test_what_is_no_loss_is_refused_in_a_sentence(loss_fn, sentence):
    with pytest.raises(ValueError, match=sentence):
        ModuleProblem(build(), loss_fn, X, Y)


def test_a_loss_or_module_that_means_nothing_is_refused_in_a_sentence():
    def take_apart(output, target):
        return mse_loss(output.detach(), target)

    problem = ModuleProblem(build(), take_apart, X, Y)
    with pytest.raises(ValueError, match=r"no way from the loss to a parameter: leave out detach"):
        problem.grad(problem.start)
    with_file = build()
    with_file.output = sys.stdout
    for module, loss_fn, sentence in (
        (build(), nn.MSELoss(reduction="none"), r"a loss must be one real number, got shape"),
        (build(), lambda *_: 3.0, "a loss must be a tensor of one number, got float"),
        (nn.Linear(3, 2, dtype=torch.complex64), mse_loss, "the parameter weight is complex"),
        (nn.LazyLinear(2), mse_loss, "weight has no shape yet: call the module once on a batch"),
        (nn.Linear(3, 2, device="meta"), mse_loss, "weight is on the meta device"),
        (nn.Sequential(), mse_loss, "no parameter that requires a gradient"),
        (with_file, mse_loss, "the module cannot be copied"),
        (mse_loss, mse_loss, r"module must be a torch\.nn\.Module"),
    ):
        with pytest.raises(ValueError, match=sentence):
            ModuleProblem(module, loss_fn, X, Y)


def test_endless_batches_are_refused(monkeypatch):
    monkeypatch.setattr("optviz.pytorch.batches.MOST_BYTES", 1e5)
    with pytest.raises(ValueError, match=r"the batches take more than 0\.0001 GB"):
        read_batches((X, Y) for _ in iter(int, 1))


def test_a_module_that_keeps_a_tensor_of_its_last_call_is_copied():
    module = build()
    module.last = module(X)
    problem = ModuleProblem(module, mse_loss, X, Y)
    assert problem.loss(problem.start) == pytest.approx(take_loss(module), rel=1e-12)
