"""A recorder for the Learner of fastai: `learn.fit(1, cbs=RecorderCallback())`."""

from functools import partial
from typing import Any

from optviz.extras import load_package
from optviz.pytorch.adapters.recorded_training import RecordedTraining

try:
    from fastai.callback.core import Callback
    from fastai.torch_core import find_bs, rank_distrib
except ModuleNotFoundError:
    load_package("fastai", "the recorder for the Learner of fastai", "fastai")
    raise


class RecorderCallback(RecordedTraining, Callback):
    """Records what a Learner trains; `callback.recording` is the recording afterwards.

    Each point has the mean loss of its step's batches. The averages of fastai's own optimizers,
    which are not torch's, are not recorded, nor is a search for a learning rate.
    """

    learn: Any = None
    name: Any = "optviz_recorder"  # `learn.recorder` is fastai's own
    order = -100  # before callbacks that load the best weights at the end
    run_valid = False

    def before_fit(self) -> None:
        """Record the point before the first step."""
        self._is_skipped, self._total, self._count = False, 0.0, 0
        self.run = rank_distrib() == 0 and not hasattr(self.learn, "lr_finder")
        if self.run:
            make = self.learn.opt_func
            while isinstance(make, partial):  # of OptimWrapper, which has the optimizer itself
                make = make.keywords.get("opt", make.func)
            self._begin(self.learn.model, None, getattr(make, "__name__", "fastai"))

    def after_loss(self) -> None:
        """Add the loss of a batch, of which there may be several in a step."""
        size = find_bs(self.learn.yb)
        self._total, self._count = self._total + self.learn.loss.detach() * size, self._count + size

    def after_cancel_step(self) -> None:
        """Note that mixed precision has skipped the step."""
        self._is_skipped = True

    def after_step(self) -> None:
        """Count the step."""
        if self._recorder and not self._is_skipped:
            self._recorder.log(loss=self._total / self._count)
            self._recorder.count_step()
        self._is_skipped, self._total, self._count = False, 0.0, 0

    def after_fit(self) -> None:
        """End the recording, also where a callback has ended the training early."""
        self._end()
