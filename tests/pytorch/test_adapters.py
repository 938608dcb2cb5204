"""The recorders in the training loops of real libraries: Hugging Face, fastai and Lightning."""

import importlib
import random
import sys
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from optviz.extras import MissingPackageError
from optviz.runs.recordings import Recording

pytestmark = [  # what Lightning and fastai themselves do beside the newest torch and numpy
    pytest.mark.filterwarnings("ignore:numpy.core is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings(
        "ignore:`isinstance.treespec, LeafSpec.` is deprecated:FutureWarning"
    ),
]
generator = torch.Generator().manual_seed(0)
X, Y = torch.randn(24, 5, generator=generator), torch.arange(24) % 3


@pytest.fixture(scope="module", autouse=True)
def torchvision_can_be_imported():
    """Declare what torchvision looks for, where its build and torch's have no device in common.

    The registry's torchvision is built for CUDA on Linux: beside torch's CPU build its operators do
    not load, and then it cannot be imported, nor what imports it. No test needs the operators.
    """
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        yield library
    else:
        yield


class Spy:
    """The weights and losses of a training by hand, from the library's own events."""

    def __init__(self):
        self.path: list[np.ndarray] = []
        self.losses: list[float] = []

    def see(self, model):
        """Keep the weights if they have moved, and return True then."""
        flat = torch.cat([each.detach().flatten() for each in model.parameters()]).numpy().copy()
        is_moved = not self.path or not np.array_equal(flat, self.path[-1])
        self.path += [flat] if is_moved else []
        return is_moved


class Fault:
    """An exception in the forward pass of the sixth batch that is trained."""

    def __init__(self, error):
        self.error, self.count = error, 0

    def __call__(self, module, *_):
        self.count += module.training
        if self.count == 6:
            raise self.error


def overflow_once(model):
    """Let the first gradient overflow, so that a scaler skips the first step."""
    left = [True]
    next(model.parameters()).register_hook(
        lambda grad: grad * torch.inf if left and left.pop() else grad
    )


def make_net():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Dropout(0.3), nn.Linear(4, 3))


# Each of these trains 3 epochs of 4 batches and returns the model; `way` is "plain", "accumulated"
# (2 batches a step, in bfloat16 where the library has it on a CPU), "skipped" (a GradScaler skips
# the first step) or "replaced" (the last weights, by the best or by their average, at the end).


def train_hugging_face(way, tmp_path, callback: Any = None, spy: Any = None, error=None):
    from transformers import (
        BertConfig,
        BertForSequenceClassification,
        Trainer,
        TrainerCallback,
        TrainingArguments,
    )

    class Seer(TrainerCallback):
        def on_train_begin(self, args, state, control, model=None, **_):
            spy.see(model)

        def on_optimizer_step(self, args, state, control, model=None, **_):
            spy.see(model)

        def on_log(self, args, state, control, logs: Any = None, **_):
            spy.losses += [logs["loss"]] if "loss" in logs else []

    torch.manual_seed(1)
    sizes: dict[str, Any] = {
        "num_labels": 3,
        "hidden_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
    }
    sizes |= {"intermediate_size": 8, "vocab_size": 30, "max_position_embeddings": 8}
    model = BertForSequenceClassification(BertConfig(**sizes))
    rows = [{"input_ids": (x * 5).long() % 30, "labels": y} for x, y in zip(X, Y, strict=True)]
    saves: dict[str, Any] = {"save_strategy": "no"}
    if way == "replaced":
        saves = {"eval_strategy": "epoch", "save_strategy": "epoch"}
        saves |= {"load_best_model_at_end": True, "metric_for_best_model": "worst"}
    args = TrainingArguments(
        output_dir=str(tmp_path / "trainer"),
        num_train_epochs=3,
        per_device_train_batch_size=6,
        gradient_accumulation_steps=2 if way == "accumulated" else 1,
        bf16=way == "accumulated",
        learning_rate=1e-2,
        max_grad_norm=0.0 if way == "skipped" else 1.0,
        logging_steps=1,
        logging_nan_inf_filter=False,
        disable_tqdm=True,
        report_to="none",
        use_cpu=True,
        dataloader_pin_memory=False,
        **saves,
    )
    # The first epoch's weights are the best, so that others than the last are loaded.
    metrics = iter([3.0, 2.0, 1.0])
    trainer = Trainer(
        model,
        args,
        train_dataset=rows,
        eval_dataset=rows[:6],
        compute_metrics=lambda _: {"worst": next(metrics)},
        callbacks=[each for each in (spy and Seer(), callback) if each],
    )
    if way == "skipped":
        overflow_once(model)
        trainer.accelerator.scaler = torch.amp.GradScaler("cpu", init_scale=16.0)
    if error:
        model.classifier.register_forward_pre_hook(Fault(error))
    trainer.train()
    return model


def train_fastai(way, tmp_path, callback: Any = None, spy: Any = None, error=None):
    from fastai.callback.core import Callback
    from fastai.callback.fp16 import MixedPrecision
    from fastai.callback.tracker import SaveModelCallback
    from fastai.callback.training import GradientAccumulation
    from fastai.data.core import DataLoaders
    from fastai.data.load import DataLoader
    from fastai.learner import Learner

    class Seer(Callback):
        learn: Any = None
        order = 100

        def before_fit(self):
            spy.see(self.learn.model)
            self.batches = []

        def after_batch(self):
            if not self.training:
                return
            self.batches.append(self.learn.loss.item())
            if spy.see(self.learn.model):
                spy.losses.append(float(np.mean(self.batches)))
            if way != "accumulated" or len(self.batches) == 2:
                self.batches = []

    class OnCpu(MixedPrecision):  # fastai's own asks for CUDA
        learn: Any = None

        def before_fit(self):
            self.autocast = torch.autocast("cpu", torch.bfloat16)
            self.learn.scaler = torch.amp.GradScaler("cpu", init_scale=16.0)
            self.scales = []

    random.seed(1)  # fastai shuffles by it
    torch.manual_seed(1)
    data = list(zip(X, Y, strict=True))
    loaders = DataLoaders(DataLoader(data, bs=6, shuffle=True), DataLoader(data[:6], bs=6))
    net = make_net()
    learn = Learner(loaders, net, nn.CrossEntropyLoss(), lr=1e-2, path=tmp_path, model_dir=tmp_path)
    ways: dict[str, Any] = {"accumulated": lambda: GradientAccumulation(12), "skipped": OnCpu}
    # Larger is better: of the losses, which fall, the first epoch's is kept.
    ways["replaced"] = lambda: SaveModelCallback("valid_loss", comp=np.greater)
    cbs = [each for each in (way in ways and ways[way](), spy and Seer(), callback) if each]
    if way == "skipped":
        overflow_once(net)
    if error:
        net[3].register_forward_pre_hook(Fault(error))
    with learn.no_logging(), learn.no_bar():
        learn.fit(3, cbs=cbs)
    return net


def train_lightning(way, tmp_path, callback: Any = None, spy: Any = None, error=None):
    from lightning.pytorch import LightningModule, Trainer
    from lightning.pytorch.callbacks import Callback, EMAWeightAveraging
    from lightning.pytorch.plugins import MixedPrecision

    class Module(LightningModule):
        def __init__(self):
            super().__init__()
            self.net = make_net()

        def training_step(self, batch, index):
            loss = nn.functional.cross_entropy(self.net(batch[0]).float(), batch[1])
            batches.append(loss.item())
            return loss

        def configure_optimizers(self):
            return torch.optim.AdamW(self.parameters(), lr=1e-2)

    class Seer(Callback):
        def on_train_start(self, trainer, module):
            spy.see(module)

        def on_train_batch_end(self, trainer, module, outputs, batch, index):
            if spy.see(module):
                spy.losses.append(float(np.mean(batches)))
            if way != "accumulated" or len(batches) == 2:
                batches.clear()

    torch.manual_seed(1)
    model, batches = Module(), []
    data = torch.utils.data.TensorDataset(X, Y)
    scaled = MixedPrecision("16-mixed", "cpu", torch.amp.GradScaler("cpu", init_scale=16.0))
    average = way == "replaced" and EMAWeightAveraging(decay=0.5)
    trainer = Trainer(
        accelerator="cpu",
        devices=1,
        max_epochs=3,
        accumulate_grad_batches=2 if way == "accumulated" else 1,
        precision="bf16-mixed" if way == "accumulated" else None,
        plugins=[scaled] if way == "skipped" else None,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=tmp_path,
        callbacks=[each for each in (spy and Seer(), callback, average) if each],
    )
    if way == "skipped":
        overflow_once(model)
    if error:
        model.net[3].register_forward_pre_hook(Fault(error))
    trainer.fit(model, torch.utils.data.DataLoader(data, 6, shuffle=True))
    return model


TRAIN = {"hugging_face": train_hugging_face, "fastai": train_fastai, "lightning": train_lightning}


@pytest.fixture(scope="module", params=TRAIN)
def library(request):
    """The name of an adapter, and its callback; the library is imported once."""
    with warnings.catch_warnings():  # of their own code at import: torch.jit.script, pandas 4
        warnings.simplefilter("ignore", DeprecationWarning)
        module = importlib.import_module(f"optviz.pytorch.adapters.{request.param}")
        if request.param == "fastai":
            importlib.import_module("fastai.callback.tracker")
    return request.param, module.RecorderCallback


WAYS = ("plain", "accumulated", "skipped", "replaced")


@pytest.mark.parametrize("way", WAYS)
def test_the_recorded_points_are_those_of_a_training_without_a_recorder(library, way, tmp_path):
    name, make = library
    every = 5 if way == "replaced" else 1
    spy, callback = Spy(), make(every=every)
    TRAIN[name](way, tmp_path, spy=spy)
    TRAIN[name](way, tmp_path, callback=callback)
    recording = callback.recording
    count = {"plain": 12, "accumulated": 6, "skipped": 11, "replaced": 12}[way]
    steps = [step for step in range(count + 1) if step % every == 0 or step == count]
    np.testing.assert_array_equal(recording.step, steps)
    np.testing.assert_array_equal(recording.path, np.array(spy.path)[steps])
    losses = [*spy.losses[-count:], np.nan]  # the Trainer logs a skipped step, too
    np.testing.assert_allclose(recording.logs["loss"], np.array(losses)[steps], rtol=1e-5)
    assert recording.ended == "closed"


def test_an_interrupted_training_keeps_what_was_recorded(library, tmp_path):
    name, make = library
    spy = Spy()
    TRAIN[name]("plain", tmp_path, spy=spy)
    # Lightning turns a keyboard interrupt into the end of the process.
    raised = SystemExit if name == "lightning" else KeyboardInterrupt
    for error, expected in ((KeyboardInterrupt(), raised), (RuntimeError("broken"), RuntimeError)):
        file = tmp_path / f"{expected.__name__}.optviz"
        callback = make(every=2, file=file)
        with pytest.raises(expected):
            TRAIN[name]("plain", tmp_path, callback=callback, error=error)
        # Lightning computes the loss within the step, so that its last point may be half moved.
        last = [4] if name == "lightning" else [4, 5]
        np.testing.assert_array_equal(callback.recording.step, [0, 2, *last])
        np.testing.assert_array_equal(callback.recording.path, np.array(spy.path)[[0, 2, *last]])
        assert callback.recording.ended == "closed by an exception in the loop"
        opened = Recording.open(file)
        np.testing.assert_array_equal(opened.path, callback.recording.path)
        assert callback.recorder.plane().axes.shape == (2, len(spy.path[0]))
    callback = make()  # one callback for two trainings records each from its own start
    for _ in range(2):
        TRAIN[name]("plain", tmp_path, callback=callback)
        np.testing.assert_array_equal(callback.recording.path, np.array(spy.path))


def test_the_optimizer_names_the_recording(library, tmp_path):
    name, make = library
    callback = make(points=4, state=name != "fastai")
    with pytest.raises(ValueError, match="nothing is recorded yet: give the callback to a train"):
        print(callback.recording)
    TRAIN[name]("plain", tmp_path, callback=callback)
    assert callback.recording.label == ("Adam" if name == "fastai" else "AdamW")
    assert callback.recording.about["kind"] == "adam"
    names = [] if name == "fastai" else ["grad_avg", "sqr_avg"]
    assert sorted(callback.recording.state) == names


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [
        ("hugging_face", "transformers.trainer_callback", "huggingface"),
        ("fastai", "fastai.callback.core", "fastai"),
        ("lightning", "lightning.pytorch.callbacks", "lightning"),
    ],
)
def test_a_missing_library_is_a_sentence(name, module, extra, monkeypatch):
    package = module.partition(".")[0]
    monkeypatch.delitem(sys.modules, f"optviz.pytorch.adapters.{name}", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingPackageError) as caught:
        importlib.import_module(f"optviz.pytorch.adapters.{name}")
    assert str(caught.value).endswith(f' needs {package}: pip install "optviz[{extra}]"')
