"""A recorder for the Trainer of Lightning: `Trainer(callbacks=[RecorderCallback()])`."""

from typing import Any

from optviz.extras import load_package
from optviz.pytorch.adapters.recorded_training import RecordedTraining

try:
    from lightning.pytorch.callbacks import Callback
except ModuleNotFoundError:
    load_package("lightning", "the recorder for the Trainer of Lightning", "lightning")
    raise


class RecorderCallback(RecordedTraining, Callback):
    """Records what a Trainer trains; `callback.recording` is the recording afterwards.

    Each point has the mean loss of its step's batches. Put it before callbacks that load other
    weights at the end of the training.
    """

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Record the point before the first step."""
        self._loss: Any = 0.0
        if trainer.is_global_zero:
            self._begin(pl_module, trainer.optimizers)

    def on_before_backward(self, trainer: Any, pl_module: Any, loss: Any) -> None:
        """Add the loss of a batch, which Lightning has divided by the batches of a step."""
        scaler = getattr(trainer.precision_plugin, "scaler", None)
        self._loss = self._loss + loss.detach() / (1.0 if scaler is None else scaler.get_scale())

    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
        """Keep the loss for the step's point."""
        if self._recorder is not None:
            self._recorder.log(loss=self._loss)
        self._loss = 0.0

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """End the recording."""
        self._end()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """End the recording of a training that is interrupted."""
        self._end(is_broken=True)
