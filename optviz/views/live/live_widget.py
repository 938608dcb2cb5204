"""The widget itself, which alone needs anywidget."""

from typing import Any

import anywidget
import traitlets

from optviz.experiments.surface import Experiment
from optviz.problems.surfaces import SURFACES
from optviz.views.live.entries import add_module
from optviz.views.live.page import bundle_live, describe_page, write_style
from optviz.views.live.payload import write_surface


class LiveWidget(anywidget.AnyWidget):
    """The live picture of an experiment."""

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode(write_style()).tag(sync=True)
    _data = traitlets.Dict().tag(sync=True)
    _drawn = traitlets.Unicode().tag(sync=True)
    """The experiment as the picture told it; another one comes from Python and must be drawn."""
    experiment = traitlets.Unicode().tag(sync=True)
    """The experiment as the text of a link."""
    step = traitlets.Int().tag(sync=True)
    """The step that is shown."""
    trajectories = traitlets.Dict()
    """The runs of the experiment by their labels."""

    @traitlets.validate("experiment")
    def _check(self, proposal: Any) -> str:
        _, sentences = Experiment.from_query(proposal["value"])
        if sentences:
            raise traitlets.TraitError(sentences[0])
        return proposal["value"]

    @traitlets.observe("experiment")
    def _follow(self, change: Any) -> None:
        found, _ = Experiment.from_query(change["new"])
        if change["new"] != self._drawn:
            data = describe_page(found)
            modules = data.pop("modules")
            if not self._esm:
                for name in SURFACES:
                    add_module(modules, write_surface(name))
                script = bundle_live({"modules": modules}, "views/live/widget.js", exports=True)
                self._esm = script.replace("export const { render } =", "export default")
            with self.hold_sync():
                self._data = {"first": data["experiment"]["problem"]} | self._data | data
                self.step = found.steps if found.at is None else found.at
        is_run = found.pins or any(each.on for each in found.entries)
        self.trajectories = found.perform().trajectories if is_run else {}
