"""A recorder for the Trainer of Hugging Face: `Trainer(..., callbacks=[RecorderCallback()])`."""

from typing import Any

from optviz.extras import load_package
from optviz.pytorch.adapters.recorded_training import RecordedTraining

try:
    from transformers.trainer_callback import TrainerCallback
except ModuleNotFoundError:
    load_package("transformers", "the recorder for the Hugging Face Trainer", "huggingface")
    raise


class RecorderCallback(RecordedTraining, TrainerCallback):
    """Records what the Trainer trains; `callback.recording` is the recording afterwards.

    Each point has the loss, the norm of the gradient and the learning rate that the Trainer logs at
    its step: for those of every step, `TrainingArguments(logging_steps=1)`.
    """

    def on_train_begin(self, args: Any, state: Any, control: Any, **parts: Any) -> None:
        """Record the point before the first step."""
        if state.is_world_process_zero:
            optimizer = parts["optimizer"]
            self._begin(parts["model"], getattr(optimizer, "optimizer", optimizer))

    def on_log(self, *_: Any, logs: dict[str, float], **__: Any) -> None:
        """Keep the values of a step; those of the training, before the best weights, end it."""
        if self._recorder and "loss" in logs:
            names = {"loss", "grad_norm", "learning_rate"} & set(logs)
            self._recorder.log(**{name: logs[name] for name in sorted(names)})
        if "train_loss" in logs:
            self._end()
