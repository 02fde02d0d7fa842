"""Problems like one whose heaters have several powers, in which they have one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ortools.math_opt.python import mathopt

from darkstar_planner.core.devices import Heater
from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.problem import Problem

STARTS = 3
"""The lowest power, the highest, and one between."""


def single_powers(problem: Problem) -> Iterator[Problem]:
    """`problem` at single powers; a plan for one of them is one for `problem`."""
    fields = {name: getattr(problem, name) for name in Problem.model_fields}
    for share in (1.0, 0.0, 0.5):
        heaters = tuple(_at(one, share) for one in problem.heaters)
        yield Problem(**fields | {"heaters": heaters})


def _at(heater: Heater, share: float) -> Heater:
    """`heater` at one of its powers, from the lowest at 0 to the highest at 1."""
    power = heater.powers_kw[round(share * (len(heater.powers_kw) - 1))]
    return Heater(**heater.model_dump() | {"power_kw": power, "max_kw_steps": None})


def hold_blocks(on: Mapping[str, Sequence[mathopt.Variable]], dispatch: Dispatch) -> None:
    """Hold the heaters on where `dispatch` has them on, and off where not."""
    for name, variables in on.items():
        for variable, power in zip(variables, dispatch.loads[name], strict=True):
            variable.lower_bound = variable.upper_bound = 1.0 if power > 0 else 0.0
