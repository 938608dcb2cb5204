"""What the callbacks of all libraries share: a recorder that begins and ends with a training."""

from __future__ import annotations

from typing import Any

from torch import nn

from optviz.pytorch.recorder import LoopRecorder, record
from optviz.runs.recordings import Recording


class RecordedTraining:
    """A callback's recorder: one of each training, made with the keywords of `optviz.record`.

    Raises: ValueError: nothing is recorded yet: give the callback to a training, and run it
    """

    def __init__(self, **options: Any):
        super().__init__()
        self._options = options
        self._recorder: LoopRecorder | None = None

    @property
    def recorder(self) -> LoopRecorder:
        """The recorder of the latest training, closed, as after the block of `optviz.record`.

        A training that was interrupted, or still goes on, is recorded up to this moment.
        """
        if self._recorder is None:
            hint = "give the callback to a training, and run it"
            raise ValueError(f"nothing is recorded yet: {hint}")
        self._end(is_broken=True)
        return self._recorder

    @property
    def recording(self) -> Recording:
        """The recording of the latest training, with the end that `recorder` describes."""
        return self.recorder.recording

    def _begin(self, model: nn.Module, optimizers: Any, name: str = "") -> None:
        """Begin to record a training; one before it that was interrupted ends.

        An optimizer that is not torch's is None, and has a name.
        """
        self._end(is_broken=True)
        options: dict[str, Any] = {"label": name or None} | self._options
        recorder = record(model, optimizers, **options)
        if name:
            recorder.about |= {"optimizer": name, "kind": name.lower().replace("adamw", "adam")}
        self._recorder = recorder.start()

    def _end(self, *, is_broken: bool = False) -> None:
        """End the recording, if there is one; a second end changes nothing."""
        if self._recorder is not None:
            self._recorder.close(is_broken=is_broken)
