"""Why each slot is as it is, in a few words for people."""

from __future__ import annotations

from darkstar_planner.core.dispatch import Dispatch
from darkstar_planner.core.problem import Problem

# less than this is nothing worth a word [kW]
NOTICED = 0.05


def reasons(problem: Problem, dispatch: Dispatch) -> tuple[str, ...]:
    """One short text for each slot."""
    charge = [sum(one.charge_kw[t] for one in dispatch.storages.values()) for t in problem.horizon]
    discharge = [
        sum(one.discharge_kw[t] for one in dispatch.storages.values()) for t in problem.horizon
    ]
    return tuple(
        "; ".join(_reasons(problem, dispatch, t, charge, discharge)) or "rests: nothing to gain"
        for t in problem.horizon
    )


def _reasons(
    problem: Problem, dispatch: Dispatch, t: int, charge: list[float], discharge: list[float]
) -> list[str]:
    said = []
    price = problem.import_price[t]
    if charge[t] > NOTICED:
        said.append(_charging(problem, dispatch, t, discharge))
    if discharge[t] > NOTICED:
        if dispatch.export_kw[t] > NOTICED:
            said.append(f"discharges: export earns {problem.export_price[t]:.2f}")
        else:
            said.append(f"discharges: saves import at {price:.2f}")
    running = [name for name, power in dispatch.loads.items() if power[t] > NOTICED]
    if running:
        names = ", ".join(name.replace("_", " ") for name in running)
        said.append(f"runs the {names} {_paid(problem, dispatch, t)}")
    if dispatch.curtailed_kw[t] > NOTICED:
        said.append(f"curtails: export would earn {problem.export_price[t]:.2f}")
    if dispatch.unserved_kw[t] > NOTICED:
        said.append("the fuse cannot carry the load")
    if not said and dispatch.export_kw[t] > NOTICED:
        said.append(f"exports the surplus at {problem.export_price[t]:.2f}")
    return said


def _paid(problem: Problem, dispatch: Dispatch, t: int) -> str:
    """What a kWh used in slot `t` costs."""
    if dispatch.import_kw[t] > NOTICED:
        return f"at {problem.import_price[t]:.2f}"
    return "on own power" if dispatch.curtailed_kw[t] <= NOTICED else "for nothing"


def _charging(problem: Problem, dispatch: Dispatch, t: int, discharge: list[float]) -> str:
    """What the stored energy is for: the dearest slot it serves before the next charging ends."""
    source = (
        f"{problem.import_price[t]:.2f} now" if dispatch.import_kw[t] > NOTICED else "surplus now"
    )
    later = [s for s in range(t + 1, problem.count) if discharge[s] > NOTICED]
    if not later:
        return f"charges: {source} is kept for after the plan"
    best = max(later, key=lambda s: _worth(problem, dispatch, s))
    when = problem.starts[best].astimezone(problem.zone)
    return f"charges: {source} saves {_worth(problem, dispatch, best):.2f} at {when:%H:%M}"


def _worth(problem: Problem, dispatch: Dispatch, t: int) -> float:
    exports = dispatch.export_kw[t] > NOTICED
    return problem.export_price[t] if exports else problem.import_price[t]
