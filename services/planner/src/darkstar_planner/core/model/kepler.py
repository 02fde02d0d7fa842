"""The whole model, put together from its groups."""

from __future__ import annotations

from dataclasses import dataclass

from ortools.math_opt.python import mathopt

from darkstar_planner.core.model.balance import add_balance, add_inverter
from darkstar_planner.core.model.battery import StorageVars, add_storage
from darkstar_planner.core.model.deferrable import Powers, add_deferrable
from darkstar_planner.core.model.draft import Draft, Exclusive
from darkstar_planner.core.model.fixed import add_fixed
from darkstar_planner.core.model.grid import GridVars, add_grid
from darkstar_planner.core.model.heater import add_heater
from darkstar_planner.core.model.heater_choice import HeaterChoice, add_heater_choice
from darkstar_planner.core.model.peak import add_peak
from darkstar_planner.core.model.pv import add_pv
from darkstar_planner.core.model.ramp import add_ramp
from darkstar_planner.core.model.surplus import add_surplus
from darkstar_planner.core.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Kepler:
    """The model of one problem, and the variables that a dispatch is read from.

    Attributes:
        loads: For each slot the terms whose sum is the power of a heater or deferrable [kW].
        surplus: Rows that say nothing new once every heater is on or off.
        others: The problem's other futures, where they share the model; see `futures`.
    """

    draft: Draft
    grid: GridVars
    curtailed_kw: tuple[mathopt.Variable, ...]
    storages: dict[str, StorageVars]
    heaters: dict[str, tuple[mathopt.Variable, ...]]
    choices: dict[str, HeaterChoice]
    deferrables: dict[str, tuple[Powers, ...]]
    loads: dict[str, tuple[Powers, ...]]
    balance: tuple[mathopt.LinearConstraint, ...]
    surplus: tuple[mathopt.LinearConstraint, ...] = ()
    others: tuple[Kepler, ...] = ()


def kepler(problem: Problem, exclusive: Exclusive, *, by_path: bool = False) -> Kepler:
    """The model that minimises the cost of `problem`, less what is left, plus soft penalties.

    Heaters are modelled slot by slot, or `by_path` as a choice among whole paths.
    """
    return complete(Draft.of(problem, exclusive), by_path=by_path)


def complete(draft: Draft, *, by_path: bool) -> Kepler:
    """The model that begins with the empty `draft`."""
    problem = draft.problem
    grid = add_grid(draft)
    add_peak(draft, grid)
    curtailed = add_pv(draft)
    storages = {one.id: add_storage(draft, one, grid) for one in problem.storages}
    choices = {one.id: add_heater_choice(draft, one) for one in problem.heaters if by_path}
    stepped = {one.id: add_heater(draft, one) for one in problem.heaters if not by_path}
    heaters = {name: one.on for name, one in (choices | stepped).items()}
    deferrables = {one.id: add_deferrable(draft, one) for one in problem.deferrables}
    loads = deferrables | {name: one.power for name, one in (choices | stepped).items()}
    add_inverter(draft)
    add_ramp(draft, [storages[one.id] for one in problem.batteries])
    add_fixed(draft, grid, storages, loads)
    balance = add_balance(draft)
    return Kepler(
        draft=draft,
        grid=grid,
        curtailed_kw=curtailed,
        storages=storages,
        heaters=heaters,
        choices=choices,
        deferrables=deferrables,
        loads=loads,
        balance=balance,
        surplus=add_surplus(draft, balance, heaters, grid.import_kw),
    )
