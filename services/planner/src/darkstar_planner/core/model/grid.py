"""The connection to the grid: its power, its price and its limits."""

from __future__ import annotations

from dataclasses import dataclass

from ortools.math_opt.python import mathopt

from darkstar_planner.core.model.draft import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class GridVars:
    """Power at the meter [kW], and in the slots that need it, whether it flows at all."""

    import_kw: tuple[mathopt.Variable, ...]
    export_kw: tuple[mathopt.Variable, ...]
    unserved_kw: tuple[mathopt.Variable, ...]
    importing: dict[int, mathopt.Variable]
    exporting: dict[int, mathopt.Variable]


def add_grid(draft: Draft) -> GridVars:
    """Add import, export and their money, the soft limit, and the exclusion of one another."""
    problem, grid = draft.problem, draft.problem.grid
    bought = draft.each_slot("import_kw", grid.max_import_kw, price=problem.import_price)
    earned = tuple(-price for price in problem.export_price)
    sold = draft.each_slot("export_kw", grid.max_export_kw, price=earned)
    unserved = draft.each_slot("unserved_kw", price=draft.penalties.unserved)
    for t in problem.horizon:
        draft.supply[t].extend([(1, bought[t]), (-1, sold[t]), (1, unserved[t])])
    _limit_softly(draft, bought)
    importing = _switched(draft, "import", bought, import_bounds(draft), _asking_import(draft))
    exporting = _switched(draft, "export", sold, export_bounds(draft), _asking_export(draft))
    for t in sorted(draft.exclusive.grid):
        draft.row(f"import_or_export[{t}]", [(1, importing[t]), (1, exporting[t])], upper=1)
    return GridVars(
        import_kw=bought,
        export_kw=sold,
        unserved_kw=unserved,
        importing=importing,
        exporting=exporting,
    )


def _limit_softly(draft: Draft, bought: tuple[mathopt.Variable, ...]) -> None:
    grid = draft.problem.grid
    if grid.import_limit_kw is None:
        return
    named = grid.import_limit_penalty_per_kwh
    price = draft.penalties.import_limit if named is None else named
    over = draft.each_slot("over_limit_kw", price=price)
    for t in draft.problem.horizon:
        terms = [(1.0, bought[t]), (-1.0, over[t])]
        draft.row(f"import_limit[{t}]", terms, upper=grid.import_limit_kw)


def _asking_import(draft: Draft) -> frozenset[int]:
    """The slots in which somebody asks whether the house imports."""
    asked = any(not one.charge_from_grid for one in draft.problem.storages)
    return frozenset(draft.problem.horizon) if asked else draft.exclusive.grid


def _asking_export(draft: Draft) -> frozenset[int]:
    asked = any(not one.discharge_to_grid for one in draft.problem.storages)
    return frozenset(draft.problem.horizon) if asked else draft.exclusive.grid


def _switched(
    draft: Draft,
    name: str,
    power_kw: tuple[mathopt.Variable, ...],
    most_kw: tuple[float, ...],
    slots: frozenset[int],
) -> dict[int, mathopt.Variable]:
    """For each of `slots` a binary that must be 1 for power to flow; `import_on`, `export_on`."""
    chosen = {}
    for t in sorted(slots):
        one = chosen[t] = draft.binary(f"{name}ing[{t}]")
        draft.row(f"{name}_on[{t}]", [(1, power_kw[t]), (-most_kw[t], one)], upper=0)
    return chosen


def import_bounds(draft: Draft) -> tuple[float, ...]:
    """The most that each slot can import [kW]: everything on at once."""
    problem = draft.problem
    # a battery behind the inverter draws its loss as well
    inverter = problem.inverter.efficiency if problem.inverter.dc_coupled else 1.0
    loads = sum(one.max_charge_kw for one in problem.batteries) / inverter
    loads += sum(one.max_charge_kw for one in problem.evs)
    loads += sum(one.power_kw for one in problem.loads)
    natural = (load + loads for load in problem.load_kw)
    fuse = problem.grid.max_import_kw
    return tuple(most if fuse is None else min(most, fuse) for most in natural)


def export_bounds(draft: Draft) -> tuple[float, ...]:
    """The most that each slot can export [kW]: all PV and all batteries."""
    problem = draft.problem
    stored = sum(one.max_discharge_kw for one in problem.storages)
    limit = problem.grid.max_export_kw
    natural = (pv + stored for pv in problem.pv_kw)
    return tuple(most if limit is None else min(most, limit) for most in natural)
