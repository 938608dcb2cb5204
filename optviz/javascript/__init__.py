"""Rules, schedules and surfaces as ES modules, written from the text that Python runs.

    emit_rule(Adam())                  settings, init, update
    emit_schedule(Cosine(), steps=50)  settings, factor
    emit_surface(SURFACES["bowl"])     parameters, value, grad, hess

`run.js` makes runs of them, as `optviz.run` does.
"""

from optviz.javascript.rule_module import emit_rule
from optviz.javascript.schedule_module import emit_schedule
from optviz.javascript.surface_module import emit_surface

__all__ = ["emit_rule", "emit_schedule", "emit_surface"]
