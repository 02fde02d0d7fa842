"""The peak guard: cuts charging and heating back, for the fuse and for the hour's peak.

It looks every few seconds. Import above the limit is cut at once, by what is needed: vehicles
first, then the water heater, then the battery's charging from the grid. What was cut comes back in
the opposite order, one thing at a time, when there has been room for it for a while. A cut that is
under way is not made twice; one that does nothing within half a minute is not waited for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from darkstar_common.config import Config, Ev
from darkstar_common.contract import Command, Schedule
from darkstar_executor.core.budget import Limit, Metered, hour_of, limits
from darkstar_executor.core.measured import EvMeasured, Measured

SETTLE = timedelta(seconds=30)
"""A cut has so long to show at the meter."""
SPARE_KW = 0.2
"""Cut so far below the limit; given back only with so much to spare: noise switches nothing."""
_LEAST_STEP_KW = 0.3
_ON_KW = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Trim:
    """What is cut back for the import limit.

    Attributes:
        charge_kw: Most that the battery may be charged with while the grid helps [kW]; None: as
            commanded.
        heat: False: no water is heated.
        evs: Most for each vehicle that is cut back, by its id [kW].
        reason: Why, for people; None: nothing is cut back.
        since: When something was last cut or given back.
    """

    charge_kw: float | None = None
    heat: bool = True
    evs: Mapping[str, float] = field(default_factory=dict)
    reason: str | None = None
    since: datetime | None = None

    @property
    def nothing(self) -> bool:
        """Whether nothing is cut back."""
        return self.charge_kw is None and self.heat and not self.evs


NO_TRIM = Trim()


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardState:
    """What the guard knows, from one look to the next."""

    metered: Metered = field(default_factory=Metered)
    trim: Trim = NO_TRIM


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One look at the house: powers that could be cut [kW]."""

    trim: Trim
    config: Config
    now: datetime
    import_kw: float
    charge_kw: float
    water_kw: float
    evs: Mapping[str, float]

    @property
    def pending_kw(self) -> float:
        """What cuts of the last half minute will still take away."""
        trim = self.trim
        if trim.since is None or self.now - trim.since >= SETTLE:
            return 0.0
        pending = sum(max(self.evs.get(id_, 0.0) - most, 0.0) for id_, most in trim.evs.items())
        pending += 0.0 if trim.heat else self.water_kw
        return pending + (
            0.0 if trim.charge_kw is None else max(self.charge_kw - trim.charge_kw, 0.0)
        )


def guard(  # noqa: PLR0917 (all that a look rests on)
    before: GuardState,
    measured: Measured,
    command: Command | None,
    schedule: Schedule | None,
    config: Config,
    now: datetime,
) -> GuardState:
    """What is cut back from `now` on, under the `command` in force."""
    if not config.executor.guard.enabled:
        return GuardState()
    metered = before.metered.measuring(measured.import_kw, hour_of(now, config), now)
    trim = before.trim
    if trim.since is not None and trim.since > now:  # the clock was set back
        trim = replace(trim, since=now)
    if trim.charge_kw is not None and not _charges(command):
        trim = _told(replace(trim, charge_kw=None))
    if measured.import_kw is None:
        return GuardState(metered=metered, trim=NO_TRIM if _is_old(trim, config, now) else trim)
    look = _Look(
        trim=trim,
        config=config,
        now=now,
        import_kw=measured.import_kw,
        charge_kw=_charging_kw(measured, command),
        water_kw=_heating_kw(measured, command, config),
        evs={ev.id: _driving_kw(ev, measured, command) for ev in config.evs},
    )
    general, vehicles = limits(metered, schedule, config, now)
    trim = _cut(look, general, vehicles)
    if trim is look.trim and _is_old(trim, config, now):
        trim = _given_back(look, general, vehicles)
    return GuardState(metered=metered, trim=trim)


def _cut(look: _Look, general: Limit, vehicles: Limit) -> Trim:
    """The trim that takes away what is above the limits; the same one when nothing is."""
    trim, expected = look.trim, look.import_kw - look.pending_kw
    if expected > vehicles.kw:
        trim, expected = _vehicles_cut(look, trim, expected, vehicles)
    if expected > general.kw and trim.heat and look.water_kw > _ON_KW:
        trim, expected = replace(trim, heat=False), expected - look.water_kw
    if expected > general.kw and look.charge_kw > 0:
        now_kw = _lower(look.charge_kw, trim.charge_kw)
        left = max(now_kw - (expected - general.kw) - SPARE_KW, 0.0)
        if left < now_kw:
            trim = replace(trim, charge_kw=left)
    if trim == look.trim:
        return look.trim
    limit = general if look.import_kw > general.kw else vehicles
    return _told(replace(trim, since=look.now), f"import of {look.import_kw:.1f} kW, {limit.why}")


def _vehicles_cut(look: _Look, trim: Trim, expected: float, limit: Limit) -> tuple[Trim, float]:
    """Vehicles cut, the last of the configuration first, and the import to expect then [kW]."""
    cut = dict(trim.evs)
    for ev in reversed(look.config.evs):
        power = _lower(look.evs[ev.id], cut.get(ev.id))
        if expected <= limit.kw or power <= 0:
            continue
        left = power - (expected - limit.kw) - SPARE_KW
        left = left if left >= ev.min_charge_kw else 0.0
        cut[ev.id], expected = left, expected - (power - left)
    return replace(trim, evs=cut), expected


def _given_back(look: _Look, general: Limit, vehicles: Limit) -> Trim:
    """The trim with one thing given back, if there is room for it."""
    trim = look.trim
    room = general.kw - look.import_kw - SPARE_KW
    if trim.charge_kw is not None:
        battery = look.config.battery
        most = battery.max_charge_kw if battery else 0.0
        if room < _LEAST_STEP_KW:
            return trim
        left = trim.charge_kw + room
        return _told(replace(trim, charge_kw=None if left >= most else left, since=look.now))
    if not trim.heat:
        heater = look.config.water_heater
        if heater is not None and room < heater.power_kw:
            return trim
        return _told(replace(trim, heat=True, since=look.now))
    return _vehicle_given_back(look, min(room, vehicles.kw - look.import_kw - SPARE_KW))


def _vehicle_given_back(look: _Look, room: float) -> Trim:
    for ev in look.config.evs:
        if ev.id not in look.trim.evs:
            continue
        before = look.trim.evs[ev.id]
        left = before + room
        if room < _LEAST_STEP_KW or left < ev.min_charge_kw:
            continue
        evs = {**look.trim.evs, ev.id: left}
        if left >= ev.max_charge_kw:
            del evs[ev.id]
        return _told(replace(look.trim, evs=evs, since=look.now))
    return look.trim


def _told(trim: Trim, cause: str | None = None) -> Trim:
    """`trim` with the sentence about it; without a new cause that of the last cut stays."""
    if trim.nothing:
        return replace(NO_TRIM, since=trim.since)
    why = cause or (trim.reason or "").partition(": ")[0]
    cuts = [f"{id_} {'stops' if kw <= 0 else f'at {kw:.1f} kW'}" for id_, kw in trim.evs.items()]
    cuts += [] if trim.heat else ["no water is heated"]
    cuts += [] if trim.charge_kw is None else [f"the battery charges with {trim.charge_kw:.1f} kW"]
    return replace(trim, reason=f"{why}: {', '.join(cuts)}")


def _is_old(trim: Trim, config: Config, now: datetime) -> bool:
    """Whether something is cut back, and long enough for some of it to come back."""
    wait = timedelta(minutes=config.executor.guard.release_minutes)
    return not trim.nothing and (trim.since is None or not now - trim.since < wait)


def _charges(command: Command | None) -> bool:
    return command is not None and command.intent == "charge_from_grid"


def _charging_kw(measured: Measured, command: Command | None) -> float:
    """Into the battery while the grid helps [kW]; by command where it is not measured."""
    if command is None or not _charges(command):
        return 0.0
    if measured.charge_kw is not None:
        return measured.charge_kw
    return command.charge_kw or 0.0


def _heating_kw(measured: Measured, command: Command | None, config: Config) -> float:
    """Into the water heater [kW]; by command and thermometer where it is not measured."""
    heater = config.water_heater
    if measured.water_kw is not None or heater is None:
        return measured.water_kw or 0.0
    set_point = command.water_temperature_c if command else None
    if set_point is None or set_point <= heater.off_c:
        return 0.0
    tank = measured.water_temperature_c
    return 0.0 if tank is not None and tank >= set_point else heater.power_kw


def _driving_kw(ev: Ev, measured: Measured, command: Command | None) -> float:
    """Into a vehicle [kW]; by command and switch where it is not measured."""
    seen = measured.evs.get(ev.id, EvMeasured())
    if seen.power_kw is not None:
        return seen.power_kw
    if seen.charging is False or seen.connected is False or command is None:
        return 0.0
    return command.evs.get(ev.id, 0.0)


def _lower(power: float, most: float | None) -> float:
    return power if most is None else min(power, most)
