"""All rules of the strategy, one after the other."""

from __future__ import annotations

from darkstar_common.config import Config
from darkstar_common.contract import RuleEffect
from darkstar_planner.core.strategy.outlook import Outlook, Wishes
from darkstar_planner.core.strategy.view import View
from darkstar_planner.core.terminal import Curve, terminal_value


def strategy(config: Config, wishes: Wishes, outlook: Outlook) -> View:
    """How the planner is to look at `outlook`, given what people wish for."""
    load = tuple(one.p50_kw for one in outlook.load)
    pv = tuple(one.p50_kw for one in outlook.pv) or (0.0,) * len(load)
    rules = []
    curve: Curve = ()
    battery, heater = config.battery, config.water_heater
    if battery is not None:
        net = tuple(one - other for one, other in zip(load, pv, strict=True))
        curve = terminal_value(config, tuple(one.import_per_kwh for one in outlook.prices), net)
        worth = ", ".join(f"up to {kwh:.1f} kWh {value:.2f}" for kwh, value in curve)
        rules.append(
            RuleEffect(
                rule="terminal_value",
                changed=f"a stored kWh at the end is worth: {worth}",
                reason="what the house will need next saves average import, the rest cheap import",
            )
        )
    if not wishes.export_enabled:
        rules.append(
            RuleEffect(rule="export", changed="sells nothing", reason="export is switched off")
        )
    return View(
        wishes=wishes,
        load_kw=load,
        pv_kw=pv,
        terminal_value_curve=curve,
        wear_cost_per_kwh=battery.wear_cost_per_kwh if battery else 0.0,
        ramp_penalty_per_kw=config.planner.ramp_penalty_per_kw,
        daily_min_kwh=heater.daily_min_kwh if heater else 0.0,
        max_gap_hours=heater.max_gap_hours if heater else None,
        gap_penalty_per_hour=heater.gap_penalty_per_hour if heater else 0.0,
        start_penalty=heater.start_penalty if heater else 0.0,
        rules=tuple(rules),
    )
