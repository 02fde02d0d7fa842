"""Decisions lived through: they move the simulated house's physics, which is what is seen next.

No brand's words are in between: a command is obeyed as it is meant, after a delay if asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from unit.executor.situations import DEYE

from darkstar_common.config import Config
from darkstar_common.contract import Command, PriceCurve, Schedule
from darkstar_common.slots import SLOT_HOURS, slot_start
from darkstar_executor.core.decide import Decision, decide
from darkstar_executor.core.guard import GuardState, guard
from darkstar_executor.core.legionella import UNWATCHED, LegionellaState, watched
from darkstar_executor.core.measured import EvMeasured, Measured
from darkstar_executor.core.memory import NO_MEMORY, Memory
from darkstar_executor.core.situation import Situation
from darkstar_executor.core.wishes import NO_WISHES, Wishes
from darkstar_simulator.core.control import Control, Orders
from darkstar_simulator.core.house import (
    House,
    HouseState,
    advance,
    flows_now,
    initial_state,
    soc_percent,
)
from darkstar_simulator.core.inverter import Flows
from darkstar_simulator.core.parameters import HouseParameters
from darkstar_simulator.core.series import HouseSeries

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
Power = Callable[[datetime], float]


@dataclass(frozen=True, kw_only=True)
class World:
    """The house, and what load and sun do [kW]."""

    parts: HouseParameters
    config: Config
    load_kw: Power
    pv_kw: Power = lambda _: 0.0
    schedule: Callable[[datetime], Schedule | None] = lambda _: None
    wishes: Callable[[datetime], Wishes] = lambda _: NO_WISHES
    prices: PriceCurve | None = None
    blind: frozenset[str] = frozenset()
    """Readings that are not there."""
    delay: timedelta = timedelta(0)
    """How long the devices take to obey."""

    def around(self, now: datetime) -> House:
        """The simulated house at `now`; load and sun may change from look to look."""
        return House(
            series=HouseSeries(
                start=slot_start(now),
                load_kwh=(self.load_kw(now) * SLOT_HOURS,),
                pv_kwh=(self.pv_kw(now) * SLOT_HOURS,),
                spot_per_kwh=(None,),
            ),
            timezone=ZoneInfo("UTC"),
            parameters=self.parts,
        )


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What was seen and decided at a moment, and the powers from then on."""

    at: datetime
    soc: float
    tank_c: float
    flows: Flows
    decision: Decision

    @property
    def command(self) -> Command:
        return self.decision.command


@dataclass(frozen=True, kw_only=True)
class _Known:
    memory: Memory = NO_MEMORY
    guard: GuardState = field(default_factory=GuardState)
    legionella: LegionellaState = UNWATCHED
    sent: tuple[tuple[datetime, Command], ...] = ()


def live(
    world: World,
    start: datetime,
    span: timedelta,
    *,
    step: timedelta = MINUTE,
    guarded: bool = False,
    legionella: LegionellaState = UNWATCHED,
) -> list[Moment]:
    """From `start` on, one look each `step`; a decision each minute, and when the guard cuts."""
    state, known = initial_state(start, world.parts), _Known(legionella=legionella)
    moments, orders, decision = [], None, None
    while state.at < start + span:
        now, house = state.at, world.around(state.at)
        flows = flows_now(state, house, orders or _orders(None, world.config))
        seen = _measured(state, flows, world)
        known, trims = _looked(known, seen, decision, world, now, guarded=guarded)
        if decision is None or trims or (now - start) % MINUTE == timedelta(0):
            decision = decide(_situation(known, seen, world, now))
            known = replace(
                known, memory=decision.memory, sent=(*known.sent[-20:], (now, decision.command))
            )
        orders = _orders(_obeyed(known.sent, now - world.delay), world.config)
        flows = flows_now(state, house, orders)
        moments.append(
            Moment(
                at=now,
                soc=soc_percent(state, world.parts),
                tank_c=state.tank.temperature_c,
                flows=flows,
                decision=decision,
            )
        )
        state = advance(state, house, orders, now + step)
    return moments


def switches(moments: Sequence[Moment], of: Callable[[Moment], object]) -> int:
    """How often `of` changed."""
    return sum(of(before) != of(after) for before, after in pairwise(moments))


def kwh(moments: Sequence[Moment], of: Callable[[Flows], float]) -> float:
    """The energy of a power over `moments` [kWh]."""
    hours = [(after.at - before.at) / timedelta(hours=1) for before, after in pairwise(moments)]
    return sum(of(one.flows) * each for one, each in zip(moments, [*hours, hours[-1]], strict=True))


def by_hour(moments: Sequence[Moment]) -> Iterator[list[Moment]]:
    """The moments of each hour of the clock."""
    for hour in sorted({one.at.replace(minute=0, second=0) for one in moments}):
        yield [one for one in moments if hour <= one.at < hour + timedelta(hours=1)]


def _looked(
    known: _Known,
    seen: Measured,
    decision: Decision | None,
    world: World,
    now: datetime,
    *,
    guarded: bool,
) -> tuple[_Known, bool]:
    """What guard and thermometer add; whether the guard has changed its mind."""
    state = known.guard
    if guarded:
        command = decision.command if decision else None
        state = guard(state, seen, command, world.schedule(now), world.config, now)
    tank = watched(known.legionella, seen, world.config, now)
    return replace(known, guard=state, legionella=tank), state.trim != known.guard.trim


def _situation(known: _Known, seen: Measured, world: World, now: datetime) -> Situation:
    return Situation(
        now=now,
        config=world.config,
        profile=DEYE,
        obedient=frozenset(DEYE.settings),
        wishes=world.wishes(now),
        schedule=world.schedule(now),
        measured=seen,
        prices=world.prices,
        trim=known.guard.trim,
        memory=known.memory,
        legionella=known.legionella,
    )


def _measured(state: HouseState, flows: Flows, world: World) -> Measured:
    """What sensors show: a state of charge in whole percent, powers of this moment."""
    seen = Measured(
        soc_percent=float(round(soc_percent(state, world.parts))),
        pv_kw=flows.pv_kw,
        load_kw=flows.load_kw,
        import_kw=flows.import_kw,
        export_kw=flows.export_kw,
        charge_kw=flows.charge_kw,
        discharge_kw=flows.discharge_kw,
        water_kw=flows.water_kw,
        water_temperature_c=state.tank.temperature_c,
        grid_available=True,
        evs={ev.id: EvMeasured(power_kw=flows.ev_kw) for ev in world.config.evs},
    )
    nothing: dict[str, Any] = dict.fromkeys(world.blind)
    return replace(seen, **nothing)


def _obeyed(sent: Sequence[tuple[datetime, Command]], until: datetime) -> Command:
    """The last command that has come to the devices by then, else the first."""
    return next((command for at, command in reversed(sent) if at <= until), sent[0][1])


def _orders(command: Command | None, config: Config) -> Orders:
    """`command` as it is meant."""
    battery = config.battery
    if command is None or battery is None:
        most = battery.max_charge_kw if battery else 0.0
        command = command or Command(intent="self_consume", charge_kw=most, discharge_kw=most)
    target, low = command.soc_target_percent, battery.min_soc_percent if battery else 0.0
    buys = command.intent == "charge_from_grid"
    return Orders(
        control=Control(
            battery_serves="grid" if command.intent == "export" else "house",
            grid_charging=buys,
            charge_kw=command.charge_kw or 0.0,
            discharge_kw=command.discharge_kw or 0.0,
            export_kw=config.grid.max_export_kw if command.export_kw is None else command.export_kw,
            floor_percent=low if buys or target is None else target,
            ceiling_percent=target if buys and target is not None else 0.0,
        ),
        water_setpoint_c=60.0
        if command.water_temperature_c is None
        else command.water_temperature_c,
        ev_kw=command.evs.get("car", max((ev.max_charge_kw for ev in config.evs), default=0.0)),
    )
