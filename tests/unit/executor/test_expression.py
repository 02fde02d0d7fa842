"""Commands in the words and units of any inverter: what is written, when, and what never."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from darkstar_common.config import Battery, Config, Ev, Grid, Inverter
from darkstar_common.contract import Command
from darkstar_executor.core import commands
from darkstar_executor.core.binding import bind
from darkstar_executor.core.clamping import clamped, unfit
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.expression import settings
from darkstar_executor.core.profile import INTENTS, Profile
from darkstar_executor.core.roles import Binding, parts_of, roles_of
from darkstar_executor.core.setting import PRESSING, RAISING, STARTING, STOPPING, Setting
from darkstar_executor.core.terms import SOC_CEILINGS, SOC_FLOORS, Moment, name_of, value
from darkstar_executor.profiles import PROFILES, load_profile

NOW = datetime(2026, 5, 4, 11, 20, tzinfo=UTC)
"""13:20 in Stockholm."""
HOUSE = Config(
    battery=Battery(
        capacity_kwh=20, min_soc_percent=10, max_soc_percent=95, max_charge_kw=8,
        max_discharge_kw=6, nominal_voltage_v=400,
    ),
    inverter=Inverter(max_ac_kw=10),
    grid=Grid(max_import_kw=11, max_export_kw=9),
    evs=(Ev(id="car", max_charge_kw=11),),
)  # fmt: skip
UNITS: Mapping[str, tuple[str, ...]] = {
    "power": ("W", "kW"), "current": ("A",), "share": ("%",), "power_share": ("%",),
    "duration": ("min", "s"), "temperature": ("°C", "°F"),
}  # fmt: skip
often = hypothesis_settings(max_examples=120, deadline=None)  # the machine may be busy
RICH = """
name: rich
title: Everything that can be said
source: tests
settings:
  mode: {kind: select, meaning: m}
  setpoint: {kind: number, meaning: m, quantities: [power], refresh_seconds: 30}
  rate: {kind: number, meaning: m, quantities: [power_share], percent_of: charge}
  amps: {kind: number, meaning: m, quantities: [current, power]}
  begins: {kind: time, meaning: m}
  ends: {kind: time, meaning: m, seconds: true}
  hour: {kind: number, meaning: m, optional: true}
  minute: {kind: number, meaning: m, optional: true}
  lasts: {kind: number, meaning: m, quantities: [duration], optional: true}
  limit: {kind: number, meaning: m, quantities: [power], part: grid}
  depth: {kind: number, meaning: m, quantities: [share]}
  apply: {kind: button, meaning: m, press_after: [mode, ends]}
always:
  {mode: Normal, setpoint: 0, begins: '00:00', ends: '00:00', amps: $discharge, limit: $export,
   depth: $depth}
intents:
  self_consume:
  charge_from_grid:
    {mode: Timed, setpoint: $import, rate: $charge, begins: $from, ends: $until,
     hour: $until_hour, minute: $until_minute, lasts: $minutes}
  export: {mode: Timed, setpoint: -$export, begins: $from, ends: $until}
"""


def rich(**settings_of: Any) -> Profile:
    raw = YAML(typ="safe").load(RICH)
    for role, changes in settings_of.items():
        raw["settings"][role] |= changes
    return Profile.model_validate(raw)


def entity(role: str, component: str, **fields: Any) -> Entity:
    return Entity(
        entity_id=f"{component}.{role.replace('/', '_')}",
        component=component,
        state_topic=f"house/{role}",
        command_topic=f"house/{role}/set",
        **fields,
    )


def bindings(
    profile: Profile, *, units: Mapping[str, str] | None = None, config: Config = HOUSE,
    without: frozenset[str] = frozenset(), span: tuple[float, float, float] | None = None,
) -> dict[str, Binding]:  # fmt: skip
    """Every setting of this house bound, in the first unit that its role takes or in `units`."""
    roles, made = roles_of(profile, config), list[Entity]()
    for role, one in roles.items():
        if not one.setting or role in without:
            continue
        component = min(one.components - {"time", "select"} or one.components)
        unit = UNITS[one.quantities[0]][0] if one.quantities else None
        own = span if role in profile.settings else None
        low, high, step = own or (-100_000.0, 100_000.0, 0.001)
        made.append(
            entity(
                role, component, options=tuple(sorted(one.words)),
                unit=(units or {}).get(role, unit), minimum=low, maximum=high, step=step,
            )
        )  # fmt: skip
    wanted = {(one.state_topic or "").removeprefix("house/"): one.entity_id for one in made}
    parts = parts_of(config)
    return bind(wanted, made, roles=roles, parts=parts)


def said(
    command: Command, profile: Profile, *, now: datetime = NOW, config: Config = HOUSE, **more: Any
) -> dict[str, Setting]:
    there = bindings(profile, config=config, **more)
    return {one.role: one for one in settings(command, profile, config, there, now)}


def charge(ceiling: float = 80, until: datetime | None = NOW + timedelta(hours=2)) -> Command:
    return commands.charge_from_grid(HOUSE, charge_kw=4, ceiling=ceiling, until=until)


def sell(floor: float = 30, until: datetime | None = NOW + timedelta(hours=2)) -> Command:
    return commands.export(HOUSE, discharge_kw=5, floor=floor, until=until)


@pytest.mark.parametrize(
    ("command", "role", "unit", "expected"),
    [
        (charge(), "setpoint", "W", 11_000),  # what the grid may give
        (charge(), "setpoint", "kW", 11),
        (sell(), "setpoint", "W", -9000),  # the same way round as the meter
        (charge(), "rate", "%", 50),  # 4 of 8 kW
        (sell(), "amps", "A", 12.5),  # 5 kW at 400 V
        (sell(), "amps", "W", 5000),
        (sell(), "depth", "%", 70),
        (charge(), "lasts", "min", 120),
        (charge(), "lasts", "s", 7200),
        (charge(), "limit", "kW", 9),
    ],
)
def test_a_figure_is_in_the_unit_of_its_entity(
    command: Command, role: str, unit: str, expected: float
) -> None:
    assert said(command, rich(), units={role: unit})[role].value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("of", "expected"), [("charge", 50), ("discharge", 400 / 6), ("inverter", 40)]
)
def test_a_share_of_power_is_of_what_the_profile_says(of: str, expected: float) -> None:
    profile = rich(rate={"percent_of": of})
    assert said(charge(), profile)["rate"].value == pytest.approx(expected)


def test_amperes_of_a_high_voltage_battery_are_few() -> None:
    low = HOUSE.model_copy(
        update={"battery": HOUSE.battery.model_copy(update={"nominal_voltage_v": 48.0})}  # type: ignore[union-attr]  # it has one
    )
    high = said(sell(), rich(), units={"amps": "A"})["amps"].value
    assert said(sell(), rich(), units={"amps": "A"}, config=low)["amps"].value == pytest.approx(
        float(high) * 400 / 48
    )


def test_a_wrong_unit_is_not_written() -> None:
    found = said(sell(), rich(), units={"amps": "V"})
    assert "amps" in found, "it is needed, so that it is missing is said"
    there = bindings(rich(), units={"amps": "V"})
    assert there["amps"].entity is None


# windows


@pytest.mark.parametrize(
    ("local", "hours", "expected"),
    [
        ((13, 20), 2, ("12:00", "15:20:00")),
        ((23, 30), 1.5, ("18:00", "01:00:00")),  # across midnight: today's window, then
        ((0, 5), 0.5, ("00:00", "00:35:00")),  # tomorrow's
        ((18, 0), 6, ("18:00", "00:00:00")),
        ((5, 59), 1, ("00:00", "06:59:00")),
        ((12, 0), 30, ("12:00", "11:59:00")),  # no window is longer than a day
    ],
)
def test_a_window_holds_now_and_ends_when_what_is_forced_ends(
    local: tuple[int, int], hours: float, expected: tuple[str, str]
) -> None:
    now = datetime(2026, 5, 4, *local, tzinfo=HOUSE.zone).astimezone(UTC)
    found = said(charge(until=now + timedelta(hours=hours)), rich(), now=now)
    assert (found["begins"].value, found["ends"].value) == expected
    clock = expected[1].split(":")
    assert (found["hour"].value, found["minute"].value) == (float(clock[0]), float(clock[1]))


@often
@given(st.integers(0, 2880), st.floats(0.5, 1000), st.integers(0, 59))
def test_now_is_always_inside_the_window(minute: int, lasts: float, second: int) -> None:
    start = datetime(2026, 5, 4, tzinfo=UTC)
    now = start + timedelta(minutes=minute, seconds=second)
    until = now + timedelta(minutes=lasts)
    found = said(charge(until=until), rich(), now=now)
    begins, ends = str(found["begins"].value), str(found["ends"].value)[:5]
    clock = f"{now.astimezone(HOUSE.zone):%H:%M}"
    inside = begins <= clock < ends if begins < ends else clock >= begins or clock < ends
    assert inside, (begins, clock, ends)


@pytest.mark.parametrize(
    "day", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)]
)
def test_a_window_is_by_the_clock_on_the_wall_when_the_clocks_change(day: datetime) -> None:
    for hours in range(26):
        now = day - timedelta(hours=2) + timedelta(hours=hours)
        found = said(charge(until=now + timedelta(hours=3)), rich(), now=now)
        wall, end = now.astimezone(HOUSE.zone), (now + timedelta(hours=3)).astimezone(HOUSE.zone)
        assert found["ends"].value == f"{end:%H:%M}:00"
        assert found["begins"].value == f"{wall.hour // 6 * 6:02d}:00"


def test_a_window_is_not_moved_while_time_goes_by() -> None:
    until = NOW + timedelta(hours=4)
    at = [said(charge(until=until), rich(), now=NOW + timedelta(minutes=one)) for one in range(240)]
    assert len({(one["begins"].value, one["ends"].value) for one in at}) == 1
    assert len({one["lasts"].value for one in at}) <= 240 / 5 + 1


def test_a_time_is_one_of_the_options_of_a_list_and_now_stays_inside() -> None:
    there = bindings(rich())
    half_hours = tuple(f"{hour:02d}:{half}:00" for hour in range(24) for half in ("00", "30"))
    for role in ("begins", "ends"):
        listed = entity(role, "select", options=half_hours)
        there[role] = Binding(role=role, wanted=None, status="bound", entity=listed)
    until = NOW + timedelta(minutes=15)  # 13:35
    found = {one.role: one for one in settings(charge(until=until), rich(), HOUSE, there, NOW)}
    assert (found["begins"].value, found["ends"].value) == ("12:00:00", "14:00:00")


# order


def test_what_stops_comes_first_then_bounds_then_what_starts_then_buttons() -> None:
    there = bindings(rich())
    order = [one.role for one in settings(charge(), rich(), HOUSE, there, NOW)]
    assert order.index("depth") < order.index("ends") < order.index("mode")
    assert order.index("ends") < order.index("begins"), "a window is closed before it is opened"
    assert order[-1] == "apply"
    stages = [one.stage for one in settings(charge(), rich(), HOUSE, there, NOW)]
    assert stages == sorted(stages)


def test_what_calms_is_written_first_and_may_be_written_always() -> None:
    found = said(commands.self_consume(HOUSE), rich())
    calm = {role for role, one in found.items() if one.calm}
    assert calm == {"mode", "setpoint", "begins", "ends"}
    assert all(found[role].stage == STOPPING for role in calm)
    assert not any(one.calm for one in said(charge(), rich()).values() if one.role != "amps")


def test_a_button_is_pressed_after_its_group() -> None:
    button = said(charge(), rich())["apply"]
    assert (button.value, button.after, button.stage) == (True, ("mode", "ends"), PRESSING)


def test_what_is_taken_only_in_its_mode_comes_after_the_mode_and_before_the_buttons() -> None:
    profile = rich(rate={"after_mode": True})
    there = bindings(profile)
    order = [one.role for one in settings(charge(), profile, HOUSE, there, NOW)]
    assert order.index("ends") < order.index("mode") < order.index("rate") < order.index("apply")
    assert said(charge(), profile)["rate"].stage == RAISING
    assert said(charge(), rich())["rate"].stage < STARTING


def test_what_the_inverter_forgets_is_told_again() -> None:
    found = said(charge(), rich())
    assert found["setpoint"].refresh == timedelta(seconds=30)
    assert found["mode"].refresh is None


def test_limits_are_met_exactly_and_what_lies_between_them_within_a_threshold() -> None:
    exact = said(commands.charge_from_grid(HOUSE, charge_kw=8, ceiling=95, until=NOW), rich())
    assert exact["rate"].exact
    assert exact["setpoint"].exact
    assert not said(charge(), rich())["rate"].exact
    assert said(commands.self_consume(HOUSE), rich())["depth"].exact
    assert not said(sell(floor=30), rich())["depth"].exact
    assert said(charge(), rich())["lasts"].exact, "a threshold of a day's range is half an hour"


def test_a_small_power_that_starts_a_flow_is_not_taken_for_the_rest_that_stands() -> None:
    """Half a kilowatt is within the threshold of a setpoint that reaches 20 kW either way."""
    profile = load_profile("victron")
    small = commands.export(HOUSE, discharge_kw=1.5, floor=30, grid_kw=-0.5, until=NOW)
    setpoint = said(small, profile)["setpoint"]
    assert (setpoint.value, setpoint.exact) == (-500, True)


def test_a_range_that_no_house_fills_does_not_make_the_threshold() -> None:
    found = said(charge(), rich(), span=(0, 1_000_000, 1))
    assert found["limit"].most == 9000
    assert found["amps"].most == pytest.approx(6000 / 400)
    assert found["depth"].most is None


# what ends


def test_what_nothing_would_end_is_not_begun() -> None:
    assert said(charge(until=None), rich())["mode"].value == "Normal"
    assert said(charge(), rich())["mode"].value == "Timed"


def test_what_the_profile_cannot_say_is_not_begun() -> None:
    raw = YAML(typ="safe").load(RICH)
    del raw["intents"]["export"]
    found = said(sell(), Profile.model_validate(raw))
    assert found["mode"].value == "Normal"
    assert found["depth"].value == 100 - 10, "down to the house's floor, as self-consumption is"


def test_what_the_house_does_not_have_is_left_out() -> None:
    without = frozenset({"lasts", "hour"})
    assert not without & set(said(charge(), rich(), without=without))
    assert "rate" in said(charge(), rich(), without=frozenset({"rate"})), "it is needed"


def test_an_optional_entity_that_only_the_profile_names_may_be_missing() -> None:
    profile = load_profile("deye")
    roles = roles_of(profile, HOUSE)
    there = bind(profile.entities, (), roles=roles, parts=frozenset({"battery"}), asked=())
    found = {one.role for one in settings(charge(), profile, HOUSE, there, NOW)}
    assert found == {"grid_charging", "work_mode", "soc_target"}


def test_a_house_without_battery_has_an_export_limit_and_nothing_else_to_set() -> None:
    config = HOUSE.model_copy(update={"battery": None})
    command = commands.limited(Command(intent="curtail", export_kw=2.0), config)
    found = said(command, load_profile("deye"), config=config)
    assert {role for role in found if not role.startswith(("water", "car"))} == {"export_limit"}
    assert found["export_limit"].value == 2000


# heater and vehicles


def test_the_heater_has_a_set_point_or_a_relay() -> None:
    warm = commands.heated(commands.self_consume(HOUSE), 60, HOUSE)
    found = said(warm, rich(), units={"water_setpoint": "°F"})
    assert found["water_setpoint"].value == pytest.approx(140)
    assert (found["water_switch"].value, found["water_switch"].stage) == (True, STARTING)
    cold = commands.heated(commands.self_consume(HOUSE), 40, HOUSE)
    off = said(cold, rich())["water_switch"]
    assert (off.value, off.stage, off.calm) == (False, STOPPING, True)
    without = HOUSE.model_copy(update={"water_heater": None})
    assert "water_setpoint" not in said(warm, rich(), config=without)


@pytest.mark.parametrize(
    ("ev", "unit", "expected"),
    [
        (Ev(id="car", phases=3, voltage_v=230), "A", 10),
        (Ev(id="car", phases=1, voltage_v=230, max_charge_kw=7.4), "A", 30),
        (Ev(id="car"), "W", 6900),
        (Ev(id="car"), "kW", 6.9),
    ],
)
def test_a_vehicle_gets_its_power_in_amperes_or_watts(ev: Ev, unit: str, expected: float) -> None:
    config = HOUSE.model_copy(update={"evs": (ev,)})
    command = commands.driven(commands.self_consume(config), {"car": 6.9}, config)
    found = said(command, rich(), config=config, units={"car/current": unit})
    assert found["car/current"].value == pytest.approx(expected)
    assert found["car/charging"].value is True


def test_a_vehicle_is_stopped_by_its_switch_and_left_alone_when_nobody_planned_it() -> None:
    stopped = said(commands.driven(commands.self_consume(HOUSE), {"car": 0.0}, HOUSE), rich())
    assert (stopped["car/charging"].value, stopped["car/charging"].calm) == (False, True)
    assert "car/current" not in stopped
    assert not {"car/charging", "car/current"} & set(said(commands.self_consume(HOUSE), rich()))


def test_a_vehicle_without_a_switch_is_stopped_by_its_current() -> None:
    command = commands.driven(commands.self_consume(HOUSE), {"car": 0.0}, HOUSE)
    found = said(command, rich(), without=frozenset({"car/charging"}))
    assert (found["car/current"].value, found["car/current"].exact) == (0.0, True)


# whatever the profile, whatever the command


def power(most: float) -> st.SearchStrategy[float]:
    return st.floats(0, most) | st.sampled_from([0.0, most])


@st.composite
def any_commands(draw: st.DrawFn) -> Command:
    return commands.limited(
        Command(
            intent=draw(st.sampled_from(INTENTS)),
            charge_kw=draw(st.none() | power(12)),
            discharge_kw=draw(st.none() | power(12)),
            export_kw=draw(st.none() | power(12)),
            soc_target_percent=draw(st.none() | st.floats(0, 100)),
            grid_kw=draw(st.none() | st.floats(-12, 12)),
            until=draw(
                st.none() | st.integers(1, 600).map(lambda one: NOW + timedelta(minutes=one))
            ),
        ),
        HOUSE,
    )


any_profiles = st.sampled_from([*(load_profile(name) for name in PROFILES), rich()])
spans = st.tuples(
    st.floats(-10_000, 50), st.floats(50, 10_000), st.sampled_from([0.01, 1.0, 5.0, 50.0])
)


@often
@given(any_profiles, any_commands(), spans, st.sampled_from(["W", "kW"]))
def test_nothing_is_outside_the_range_of_its_entity(
    profile: Profile, command: Command, span: tuple[float, float, float], unit: str
) -> None:
    units = {role: unit for role, one in profile.settings.items() if "power" in one.quantities}
    there = bindings(profile, units=units, span=span)
    for one in settings(command, profile, HOUSE, there, NOW):
        found = there[one.role].entity
        assert found is not None
        assert unfit(one.value, found) is None, one
        if not isinstance(one.value, bool | str):
            inside = clamped(one.value, found)
            assert span[0] <= inside <= span[1] or one.role.startswith(("car", "water"))
            assert clamped(inside, found) == inside


@often
@given(any_profiles, any_commands())
def test_the_grid_charges_only_up_to_a_ceiling_or_until_an_end(
    profile: Profile, command: Command
) -> None:
    """What starts a grid charge is written only with what ends it, in the same settings."""
    charging = command.model_copy(update={"intent": "charge_from_grid"})
    starting, ending = _first_of(profile, charging, SOC_CEILINGS)
    assert starting is None or (ending is not None and ending <= starting)


@often
@given(any_profiles, any_commands())
def test_an_export_goes_no_further_than_its_floor_or_its_end(
    profile: Profile, command: Command
) -> None:
    exporting = command.model_copy(update={"intent": "export"})
    starting, ending = _first_of(profile, exporting, SOC_FLOORS)
    assert starting is None or (ending is not None and ending <= starting)


def _first_of(
    profile: Profile, command: Command, bounds: frozenset[str]
) -> tuple[int | None, int | None]:
    """Where in the settings is what starts it, and what ends it; the latter within reason."""
    made = settings(command, profile, HOUSE, bindings(profile), NOW)
    words = profile.said(command.intent)
    started = {one.role for one in made if one.stage == STARTING}
    ending = [one for one in made if one.bounds]
    order = [one.role for one in made]
    for one in ending if started else ():
        word = words[one.role]
        if name_of(word) in bounds and not isinstance(one.value, bool | str):
            percent = 100 - one.value if name_of(word) == "$depth" else one.value
            assert 10 - 1e-9 <= percent <= 95 + 1e-9
    return (
        min(map(order.index, started), default=None),
        min((order.index(one.role) for one in ending), default=None),
    )


@often
@given(any_profiles, any_commands())
def test_the_same_command_is_the_same_settings(profile: Profile, command: Command) -> None:
    there = bindings(profile)
    first = settings(command, profile, HOUSE, there, NOW)
    assert first == settings(command, profile, HOUSE, there, NOW)
    assert len({one.role for one in first}) == len(first)


@often
@given(any_profiles, any_commands())
def test_every_word_is_one_that_the_entity_must_offer(profile: Profile, command: Command) -> None:
    there = bindings(profile)
    roles = profile.roles
    for one in settings(command, profile, HOUSE, there, NOW):
        if one.role in roles and roles[one.role].components == {"select"}:
            assert one.value in roles[one.role].words


@often
@given(any_profiles, any_commands(), any_commands())
def test_from_any_command_to_any_other_what_stops_is_written_before_what_starts(
    profile: Profile, before: Command, after: Command
) -> None:
    assume(before.intent != after.intent)
    there = bindings(profile)
    made = settings(after, profile, HOUSE, there, NOW)
    known = {one.role: one.value for one in settings(before, profile, HOUSE, there, NOW)}
    stages = [one.stage for one in made if known.get(one.role) != one.value]
    assert stages == sorted(stages)


@often
@given(any_profiles, any_commands())
def test_what_any_command_switches_the_fallback_switches_back(
    profile: Profile, command: Command
) -> None:
    """Giving up is complete: every word and every fixed number has its calm value again."""
    there = bindings(profile)
    calm = {
        one.role: one for one in settings(commands.self_consume(HOUSE), profile, HOUSE, there, NOW)
    }
    for one in settings(command, profile, HOUSE, there, NOW):
        if one.stage == STARTING and not one.role.startswith(("car", "water")):
            assert calm[one.role].stage == STOPPING


@often
@given(any_commands())
def test_the_terms_are_figures_of_the_command(command: Command) -> None:
    moment = Moment(command=command, config=HOUSE, now=NOW)
    turned, plain = value("-$charge", moment)[0], value("$charge", moment)[0]
    assert isinstance(turned, float)
    assert isinstance(plain, float)
    assert turned == -plain
    assert str(turned) != "-0.0"
    floor, ceiling = value("$floor", moment)[0], value("$ceiling", moment)[0]
    assert isinstance(floor, float)
    assert isinstance(ceiling, float)
    charging = command.intent == "charge_from_grid"
    assert (ceiling if charging else floor) == value("$target", moment)[0]
    assert (floor if charging else ceiling) == (10 if charging else 95)
