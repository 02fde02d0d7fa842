"""Why each slot is as it is, in a few words for people."""

from __future__ import annotations

from collections.abc import Sequence

from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.house_reasons import meter_reasons, peak_reasons, surplus_reason
from darkstar_planner.core.load_reasons import heater_reasons, load_reasons
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solution import Violation
from darkstar_planner.core.storage_reasons import storage_reasons
from darkstar_planner.core.story import Story

NOTHING = "rests: nothing to gain"


def reasons(
    problem: Problem, dispatch: Dispatch, violations: Sequence[Violation] = ()
) -> tuple[str, ...]:
    """One short text for each slot.

    Prices are those of a kWh at the meter, as people know them: "0.42 now saves 1.90" says
    what is paid and what is not paid later, before the losses in between.
    """
    story = Story(problem=problem, dispatch=dispatch, violations=violations)
    devices = [
        *(storage_reasons(story, one) for one in problem.storages),
        *(heater_reasons(story, one) for one in problem.heaters),
        *(load_reasons(story, one) for one in problem.deferrables),
    ]
    peaks = peak_reasons(story)
    return tuple(
        _joined(story, t, [said[t] for said in devices], peaks.get(t)) for t in problem.horizon
    )


def _joined(story: Story, t: int, devices: Sequence[str | None], peak: str | None) -> str:
    said = [one for one in (*devices, peak) if one is not None]
    said += meter_reasons(story, t)
    said = said or [one for one in [surplus_reason(story, t)] if one is not None]
    return "; ".join(said) or NOTHING
