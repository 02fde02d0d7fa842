"""How the strategy looks at a horizon: its part of the problem, and the rules that made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from darkstar_common.contract import RuleEffect
from darkstar_planner.core.devices import Deferrable
from darkstar_planner.core.problem import Scenario
from darkstar_planner.core.strategy.outlook import Wishes
from darkstar_planner.core.terminal import Curve

Regime = Literal["narrow", "usual", "wide"]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything a problem takes from the strategy, and what `plan/strategy` says about it.

    Attributes:
        load_kw: Load that the plan rests on, by slot [kW].
        pv_kw: PV that the plan rests on, by slot [kW]; zeros without panels.
        scenarios: What may happen instead; empty unless several futures are weighed.
        target_kwh: Energy wanted in the battery at the end [kWh]; None without one.
        target_penalty_per_kwh: What each kWh below that counts [currency/kWh].
        legionella: The run that makes the tank hot, in its window; None: none to plan now.
        legionella_due: Whether the tank is to be made hot soon, planned already or not.
        s_index: Planned load over the median one.
        weather_volatility: How restless the weather ahead is, 0 to 1; None: unknown.
    """

    wishes: Wishes
    load_kw: tuple[float, ...]
    pv_kw: tuple[float, ...]
    scenarios: tuple[Scenario, ...] = ()
    terminal_value_curve: Curve = ()
    target_kwh: float | None = None
    target_penalty_per_kwh: float | None = None
    wear_cost_per_kwh: float = 0.0
    ramp_penalty_per_kw: float = 0.0
    daily_min_kwh: float = 0.0
    max_gap_hours: float | None = None
    gap_penalty_per_hour: float = 0.0
    start_penalty: float = 0.0
    legionella: Deferrable | None = None
    target_soc_percent: float | None = None
    s_index: float | None = None
    price_regime: Regime = "usual"
    weather_volatility: float | None = None
    legionella_due: bool = False
    rules: tuple[RuleEffect, ...] = ()

    @property
    def export_enabled(self) -> bool:
        """Whether the plan may sell."""
        return self.wishes.export_enabled

    @property
    def terminal_value_per_kwh(self) -> float | None:
        """What the first useful kWh left is worth [currency/kWh]; None without a battery."""
        return self.terminal_value_curve[0][1] if self.terminal_value_curve else None
