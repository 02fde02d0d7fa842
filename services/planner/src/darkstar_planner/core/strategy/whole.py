"""All rules of the strategy, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from darkstar_common.config import Battery, Config
from darkstar_common.contract import RuleEffect, WeatherSlot
from darkstar_common.slots import SLOT
from darkstar_planner.core.strategy.comfort import Comfort, comfort, comfort_rule
from darkstar_planner.core.strategy.futures import futures, futures_rule
from darkstar_planner.core.strategy.legionella import NOT_DUE, Legionella, legionella
from darkstar_planner.core.strategy.outlook import Outlook, Wishes
from darkstar_planner.core.strategy.regime import (
    ramp_penalty,
    regime,
    regime_rule,
    spreads,
    wear_cost,
)
from darkstar_planner.core.strategy.risk import at_risk, expectation_rule, risk_rule, s_index
from darkstar_planner.core.strategy.target import (
    Reserve,
    adjustment,
    reserve,
    target_rule,
    uncovered,
)
from darkstar_planner.core.strategy.uncertainty import LOAD, PV, Belief, Net, belief
from darkstar_planner.core.strategy.vacation import NOTHING, vacation_rule
from darkstar_planner.core.strategy.view import Regime, View
from darkstar_planner.core.strategy.volatility import volatility, volatility_rule, widening
from darkstar_planner.core.terminal import Curve, terminal_value

Rules = tuple[RuleEffect, ...]


def strategy(config: Config, wishes: Wishes, outlook: Outlook) -> View:
    """How the planner is to look at `outlook`, given what people wish for."""
    restless = volatility(outlook.weather, outlook.starts[0])
    expected = _expected(outlook, widening(restless))
    planned = at_risk(expected, wishes.risk_appetite)
    scenarios = futures(planned, config.planner.scenarios)
    adjusted = _adjusted(config, outlook, expected, restless)
    unsure = planned != expected or bool(scenarios)
    storage = _storage(config, wishes, outlook, planned, adjusted)
    water = _water(config, wishes, outlook)
    return View(
        wishes=wishes,
        load_kw=planned.load.mean_kw,
        pv_kw=planned.pv.mean_kw,
        scenarios=scenarios,
        terminal_value_curve=storage.curve,
        target_kwh=storage.wanted.kwh if storage.wanted else None,
        target_penalty_per_kwh=storage.wanted.penalty_per_kwh if storage.wanted else None,
        wear_cost_per_kwh=storage.wear,
        ramp_penalty_per_kw=storage.ramp,
        daily_min_kwh=water.comfort.daily_min_kwh,
        max_gap_hours=water.comfort.max_gap_hours,
        gap_penalty_per_hour=water.comfort.gap_penalty_per_hour,
        start_penalty=water.comfort.start_penalty,
        legionella=water.legionella.run,
        target_soc_percent=storage.wanted.percent if storage.wanted else None,
        s_index=s_index(planned.load.mean_kw, outlook.load),
        price_regime=storage.regime,
        weather_volatility=restless,
        legionella_due=water.legionella.due,
        rules=(
            *expectation_rule(expected.load.mean_kw, outlook.load),
            *risk_rule(expected, planned, wishes.risk_appetite),
            *volatility_rule(
                restless,
                matters=unsure or adjusted != _adjusted(config, outlook, expected, None),
            ),
            *futures_rule(scenarios),
            *storage.rules,
            *water.rules,
            *_export_rule(config, wishes),
        ),
    )


def _expected(outlook: Outlook, widened: float) -> Net:
    dark = (0.0,) * len(outlook.load)
    pv = Belief(mean_kw=dark, sigma_kw=dark, correlation=PV)
    if outlook.pv:
        pv = belief(outlook.pv, PV, widened=widened)
    return Net(load=belief(outlook.load, LOAD, widened=widened), pv=pv)


def _adjusted(config: Config, outlook: Outlook, expected: Net, restless: float | None) -> float:
    """Points that the days ahead add to the reserve; none without a battery."""
    if config.battery is None:
        return 0.0
    return adjustment(
        expected.load.mean_kw,
        expected.pv.mean_kw,
        _within(outlook),
        restless,
        has_solar=config.has_solar,
    )


def _within(outlook: Outlook) -> Sequence[WeatherSlot]:
    end = outlook.starts[-1] + SLOT
    return [one for one in outlook.weather if outlook.starts[0] <= one.start < end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """What the battery is told; neutral without one."""

    curve: Curve = ()
    wanted: Reserve | None = None
    wear: float = 0.0
    ramp: float = 0.0
    regime: Regime = "usual"
    rules: Rules = ()


def _storage(
    config: Config, wishes: Wishes, outlook: Outlook, planned: Net, adjusted: float
) -> Storage:
    battery, planner = config.battery, config.planner
    if battery is None:
        return Storage()
    level = wishes.risk_appetite
    prices = tuple(one.import_per_kwh for one in outlook.prices)
    spread = spreads(outlook.prices, config.zone)
    kind = regime(spread, planner)
    in_need = uncovered(planned.load.mean_kw, planned.pv.mean_kw)
    wanted = reserve(battery, level, adjusted, prices, in_need)
    wear = wear_cost(kind, battery)
    may_sell = wishes.export_enabled and config.grid.max_export_kw > 0
    sold = tuple(one.export_per_kwh if may_sell else 0.0 for one in outlook.prices)
    curve = terminal_value(_worn(config, battery, wear), prices, planned.net_kw, sold)
    return Storage(
        curve=curve,
        wanted=wanted,
        wear=wear,
        ramp=ramp_penalty(kind, planner),
        regime=kind,
        rules=(
            *_worth_rule(curve),
            *target_rule(battery, level, wanted),
            *regime_rule(kind, spread, planner, battery),
        ),
    )


def _worn(config: Config, battery: Battery, wear: float) -> Config:
    """`config` with a battery that wears at `wear` [currency/kWh]."""
    counted = battery.model_copy(update={"wear_cost_per_kwh": wear})
    return config.model_copy(update={"battery": counted})


def _worth_rule(curve: Curve) -> Rules:
    worth = ", ".join(f"up to {kwh:.1f} kWh {value:.2f}" for kwh, value in curve)
    return (
        RuleEffect(
            rule="terminal_value",
            changed=f"a stored kWh at the end is worth: {worth}",
            reason="it saves what the house draws next, then cheap import, then what the sun that "
            "finds no room is sold for",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Water:
    """What the water heater is told; nothing without one."""

    comfort: Comfort = NOTHING
    legionella: Legionella = NOT_DUE
    rules: Rules = ()


def _water(config: Config, wishes: Wishes, outlook: Outlook) -> Water:
    heater = config.water_heater
    if heater is None:
        return Water()
    if wishes.away(outlook.now):
        run = legionella(heater, wishes, outlook, config.zone)
        rules = (*vacation_rule(heater, wishes, config.zone), *run.rules)
        return Water(legionella=run, rules=rules)
    asked = comfort(heater, wishes.comfort)
    return Water(comfort=asked, rules=tuple(comfort_rule(heater, asked, wishes.comfort)))


def _export_rule(config: Config, wishes: Wishes) -> Rules:
    if wishes.export_enabled or config.grid.max_export_kw <= 0:
        return ()
    return (RuleEffect(rule="export", changed="sells nothing", reason="export is switched off"),)
