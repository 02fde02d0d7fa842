"""What every decision keeps, whatever is known; and what a schedule of another time does."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.executor.samples import CHARGE, DISCHARGE, EXPORT, HOLD, NOON, PV_CHARGE, house, schedule
from unit.executor.situations import (
    BY_THE_CLOCK,
    CURTAIL,
    DAY,
    DEYE,
    DUE,
    HOUR,
    HOUSE,
    LATER,
    MUTE,
    NOTHING,
    override,
    prices,
    situation,
)

from darkstar_common.config import Battery, Config, Ev, Grid
from darkstar_common.contract import Command, Override, Schedule
from darkstar_common.slots import SLOT
from darkstar_executor.core.commands import FORCED, driven, heated, limited
from darkstar_executor.core.decide import decide
from darkstar_executor.core.guard import Trim
from darkstar_executor.core.measured import EvMeasured, Measured
from darkstar_executor.core.memory import NO_MEMORY, Memory
from darkstar_executor.core.rules import FALLBACK_RULES
from darkstar_executor.core.situation import Situation
from darkstar_executor.core.wishes import Wishes

ROOMY = Config(
    battery=Battery(min_soc_percent=10, max_charge_kw=5, max_discharge_kw=5), evs=(Ev(),)
)


# --- properties -----------------------------------------------------------------------------

power = st.just(0.0) | st.floats(0, 20)
percent = st.floats(0, 100)
maybe = st.sampled_from([None, True, False])
slots = st.fixed_dictionaries({
    "import_kw": power, "export_kw": power, "charge_kw": power, "discharge_kw": power,
    "curtailed_kw": power, "water_kw": power, "soc_percent": percent | st.none(),
    "water_c": st.none() | st.floats(0, 99), "evs": st.sampled_from([{}, {"car": 3.0}]),
})  # fmt: skip
schedules = st.none() | st.builds(
    lambda rows, start, entry: schedule(*rows, start=start, soc_percent_at_start=entry),
    st.lists(slots, min_size=1, max_size=6),
    st.sampled_from([NOON, NOON - HOUR / 2, LATER, NOON - DAY]),
    percent | st.none(),
)
wishes = st.builds(
    lambda action, soc, boost, pause, automation: Wishes(
        override=action and Override(action=action, until=LATER, soc_percent=soc),
        water_boost_until=boost,
        paused_until=pause,
        automation=automation,
    ),
    st.none()
    | st.sampled_from(
        ["force_charge", "force_export", "force_heat", "hold", "self_consume", "stop"]
    ),
    st.none() | percent,
    st.none() | st.just(LATER),
    st.none() | st.just(LATER),
    st.sampled_from([True, True, True, False]),
)
configs = st.sampled_from([
    Config(
        battery=Battery(
            min_soc_percent=floor, max_soc_percent=ceiling, max_charge_kw=charge,
            charge_from_grid=buys, discharge_to_grid=sells,
        ),
        grid=Grid(max_export_kw=export),
        evs=(Ev(),),
    )
    for floor, ceiling in ((0.0, 100.0), (12.0, 90.0), (40.0, 41.0))
    for export, charge in ((0.0, 0.1), (5.0, 5.0), (20.0, 10.0))
    for buys, sells in ((True, True), (True, False), (False, True))
])  # fmt: skip
readings = st.builds(
    Measured,
    soc_percent=st.none() | percent,
    export_kw=st.none() | power,
    import_kw=st.none() | power,
    discharge_kw=st.none() | power,
    water_kw=st.none() | power,
    water_temperature_c=st.none() | st.floats(0, 95),
    grid_voltage_v=st.none() | st.floats(0, 250),
    grid_available=maybe,
    automation_on=maybe,
)
memories = st.builds(
    Memory,
    emergency=st.booleans(),
    emergency_charge=st.booleans(),
    export_guard=st.booleans(),
    ended=st.sampled_from([None, "charge_from_grid 100", "export 12"]),
    held_percent=st.none() | st.sampled_from([0.0, 50.0, 95.0]),
    drift=st.sampled_from(["behind", "none", "ahead"]),
    surplus_heating=st.booleans(),
    surplus_since=st.none() | st.just(NOON - HOUR),
    legionella_since=st.none() | st.just(NOON - HOUR),
    evs_cut=st.sampled_from([{}, {"car": None}, {"car": NOON}, {"car": LATER}]),
)
trims = st.builds(
    Trim,
    charge_kw=st.none() | power,
    heat=st.booleans(),
    evs=st.sampled_from([{}, {"car": 0.0}, {"car": 2.0}]),
)
profiles = st.sampled_from([DEYE, BY_THE_CLOCK, MUTE])
situations = st.builds(
    lambda profile, obeys, **known: Situation(
        profile=profile, obedient=frozenset(profile.settings) if obeys else frozenset(), **known
    ),
    profile=profiles,
    obeys=st.booleans(),
    now=st.just(NOON),
    config=configs,
    wishes=wishes,
    schedule=schedules,
    measured=readings,
    memory=memories,
    trim=trims,
    legionella=st.just(DUE),
    prices=st.none() | st.builds(lambda earn: prices(1.0, export_per_kwh=earn), st.floats(-1, 2)),
)


@settings(max_examples=100, deadline=None)
@given(situations)
def test_no_command_is_outside_the_configured_limits(case: Situation) -> None:
    command, battery = decide(case).command, case.config.battery
    assert battery is not None
    assert command.soc_target_percent is not None
    assert battery.min_soc_percent <= command.soc_target_percent <= battery.max_soc_percent
    assert command.charge_kw is not None
    assert 0 <= command.charge_kw <= battery.max_charge_kw
    assert command.discharge_kw is not None
    assert 0 <= command.discharge_kw <= battery.max_discharge_kw
    assert command.export_kw is not None
    assert 0 <= command.export_kw <= case.config.grid.max_export_kw
    assert command.water_temperature_c is not None
    assert 0 <= command.water_temperature_c <= 85
    assert set(command.evs) <= {"car"}
    assert all(0 <= kw <= 11 for kw in command.evs.values())
    if command.grid_kw is not None:
        assert -case.config.grid.max_export_kw <= command.grid_kw <= case.config.grid.max_import_kw


@settings(max_examples=100, deadline=None)
@given(situations)
def test_no_grid_charge_is_without_a_ceiling(case: Situation) -> None:
    command, battery = decide(case).command, case.config.battery
    if command.intent == "charge_from_grid":
        assert battery is not None
        assert battery.charge_from_grid
        assert command.soc_target_percent is not None
        assert case.profile.bounding("charge_from_grid") <= case.obedient
        assert command.until is not None
        assert command.until > case.now


@settings(max_examples=100, deadline=None)
@given(situations)
def test_nothing_is_sold_by_force_at_or_below_the_floor(case: Situation) -> None:
    command, battery = decide(case).command, case.config.battery
    if command.intent == "export":
        assert battery is not None
        assert battery.discharge_to_grid
        assert case.soc_percent is not None
        assert case.soc_percent > battery.min_soc_percent
        assert command.until is not None


@settings(max_examples=100, deadline=None)
@given(situations)
def test_unknown_state_of_charge_means_no_forced_flow(case: Situation) -> None:
    blind = replace(case, measured=replace(case.measured, soc_percent=None))
    assert decide(blind).command.intent not in FORCED


@settings(max_examples=100, deadline=None)
@given(situations)
def test_off_pause_and_outage_force_nothing(case: Situation) -> None:
    decision = decide(case)
    if not case.automation or case.wishes.paused_until or case.outage:
        assert decision.rule in {"off", "pause", "grid_outage"}
        assert decision.command.intent == "self_consume"


@settings(max_examples=100, deadline=None)
@given(situations)
def test_same_inputs_give_an_equal_decision(case: Situation) -> None:
    assert decide(case) == decide(replace(case))


@settings(max_examples=100, deadline=None)
@given(situations)
def test_a_second_look_at_the_same_house_changes_nothing(case: Situation) -> None:
    first = decide(case)
    second = decide(replace(case, memory=first.memory))
    assert (second.command, second.rule, second.water_rule) == (
        first.command,
        first.rule,
        first.water_rule,
    )
    assert second.memory == first.memory


@settings(max_examples=100, deadline=None)
@given(situations)
def test_unplanned_surplus_is_curtailed_only_by_a_plan_that_curtails(case: Situation) -> None:
    decision = decide(case)
    number = case.slot_number
    rows = case.schedule.slots if isinstance(case.schedule, Schedule) else ()
    curtails = number is not None and rows[number].curtailed_kw > 0.05
    assert curtails or decision.command.export_kw == case.config.grid.max_export_kw


@settings(max_examples=100, deadline=None)
@given(situations)
def test_the_guard_only_ever_lowers(case: Situation) -> None:
    trimmed, free = decide(case).command, decide(replace(case, trim=Trim())).command
    assert (trimmed.charge_kw or 0) <= (free.charge_kw or 0)
    heater = case.config.water_heater
    off_c = heater.off_c if heater else 0.0  # a plan may ask for less than that
    assert (trimmed.water_temperature_c or 0) <= max(free.water_temperature_c or 0, off_c)
    for ev, kw in free.evs.items():
        if ev in case.trim.evs:
            assert trimmed.evs[ev] <= kw


commands = st.builds(
    Command,
    intent=st.sampled_from(["self_consume", "charge_from_grid", "export", "idle", "curtail"]),
    charge_kw=st.none() | power,
    discharge_kw=st.none() | power,
    export_kw=st.none() | power,
    soc_target_percent=st.none() | percent,
    grid_kw=st.none() | st.floats(-30, 30),
)


@settings(max_examples=50, deadline=None)
@given(commands, configs, st.floats(-50, 200))
def test_clamping_twice_is_clamping_once(command: Command, config: Config, water_c: float) -> None:
    once = limited(command, config)
    assert limited(once, config) == once
    warm = heated(command, water_c, config)
    assert heated(warm, warm.water_temperature_c, config) == warm
    drive = driven(command, {"car": 30.0, "other": 3.0}, config)
    assert drive.evs == {"car": 11.0}
    assert driven(drive, drive.evs, config) == drive


def test_the_meter_is_never_to_show_more_than_the_connection_bears() -> None:
    config = HOUSE.model_copy(update={"grid": Grid(max_import_kw=9, max_export_kw=4)})
    asked = [limited(Command(intent="export", grid_kw=kw), config).grid_kw for kw in (-30, 2, 30)]
    assert asked == [-4, 2, 9]


# --- schedules of another time ----------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.datetimes(NOON.replace(tzinfo=None) - 3 * HOUR, NOON.replace(tzinfo=None) + 3 * HOUR))
def test_a_schedule_is_followed_exactly_while_its_slots_last(moment: datetime) -> None:
    now = moment.replace(tzinfo=NOON.tzinfo)
    decision = decide(situation(now=now, schedule=schedule(NOTHING, NOTHING)))
    assert (decision.rule in FALLBACK_RULES) != (NOON <= now < NOON + HOUR / 2)


def with_a_hole() -> Schedule:
    whole = schedule(CHARGE, CHARGE, EXPORT, EXPORT)
    kept = (whole.slots[0], *whole.slots[2:])
    return whole.model_copy(update={"slots": kept})


@pytest.mark.parametrize(
    ("minutes", "rule"),
    [
        (0, "plan_charge_from_grid"),
        (15, "schedule_misses_now"),
        (29, "schedule_misses_now"),
        (30, "plan_export"),
        (59, "plan_export"),
        (60, "schedule_stale"),
    ],
)
def test_a_schedule_with_a_hole_is_followed_where_it_has_slots(minutes: float, rule: str) -> None:
    now = NOON + timedelta(minutes=minutes)
    decision = decide(situation(now=now, schedule=with_a_hole()))
    assert decision.rule == rule
    assert (decision.water_rule == "no_plan") == (rule in FALLBACK_RULES)


def test_a_schedule_from_yesterday_commands_nothing() -> None:
    rows = schedule(*[CHARGE] * 96, start=NOON - DAY)
    decision = decide(situation(schedule=rows))
    assert decision.rule == "schedule_stale"
    assert decision.reason == f"the schedule ended at {NOON.isoformat()}"
    assert decision.planned is None
    held_too_long = rows.model_copy(update={"valid_until": NOON + DAY})
    late = decide(situation(now=NOON + HOUR, schedule=held_too_long))
    assert late.rule == "schedule_misses_now"
    assert "no slot" in late.reason


@pytest.mark.parametrize("ahead", [timedelta(minutes=1), HOUR, DAY])
def test_a_schedule_of_the_future_is_not_begun_early_and_the_clocks_are_named(
    ahead: timedelta,
) -> None:
    decision = decide(situation(now=NOON - ahead, schedule=schedule(CHARGE)))
    assert decision.rule == "schedule_misses_now"
    assert "clocks" in decision.reason
    assert decision.command.intent == "self_consume"


def test_a_clock_an_hour_ahead_ends_the_schedule_an_hour_early_and_forces_nothing() -> None:
    rows = schedule(CHARGE, EXPORT)
    assert decide(situation(now=NOON + HOUR, schedule=rows)).rule == "schedule_stale"


def test_a_stale_schedule_says_nothing_about_hot_water_and_cars_either() -> None:
    rows = schedule(NOTHING | {"evs": {"car": 7.0}}, NOTHING, valid_until=NOON)
    decision = decide(situation(schedule=rows))
    assert (decision.rule, decision.water_rule) == ("schedule_stale", "no_plan")
    assert decision.ev_rules == {"car": "no_plan"}
    assert decision.planned is None


# --- thresholds are left elsewhere than they are met -------------------------------------------


def walked(soc: list[float], **known: Any) -> list[str]:
    """The rules as the state of charge goes that way, each look remembering the one before."""
    memory, rules = known.pop("memory", NO_MEMORY), []
    for one in soc:
        decision = decide(situation(soc_percent=one, memory=memory, **known))
        memory = decision.memory
        rules.append(decision.rule)
    return rules


def test_an_emergency_charge_goes_on_until_the_battery_is_well_above_its_floor() -> None:
    rules = walked([12.0, 11.0, 10.9, 9.0, 8.9, 9.5, 11.5, 12.5, 13.9, 14.0, 12.0, 11.0])
    assert rules == [
        *["no_schedule"] * 2, *["emergency"] * 2, *["emergency_charge"] * 5, *["no_schedule"] * 3,
    ]  # fmt: skip


def test_noise_at_the_floor_switches_an_export_once() -> None:
    rules = walked(
        [13.0, 12.0, 12.4, 11.9, 13.0, 12.2, 13.9, 14.0, 13.0], schedule=schedule(EXPORT)
    )
    assert rules == ["plan_export", *["export_guard"] * 6, *["plan_export"] * 2]


def test_a_charge_that_the_inverter_cannot_end_ends_at_its_ceiling_and_stays_ended() -> None:
    known = {"schedule": schedule(CHARGE), "profile": BY_THE_CLOCK}
    rules = walked([69.0, 69.9, 70.0, 69.5, 68.1, 68.0, 69.0], **known)
    assert rules == [
        *["plan_charge_from_grid"] * 2, *["ceiling_reached"] * 3, *["plan_charge_from_grid"] * 2,
    ]  # fmt: skip
    assert set(walked([69.0, 70.0, 69.5], schedule=schedule(CHARGE))) == {"plan_charge_from_grid"}


def test_an_end_is_forgotten_when_something_else_is_asked_for() -> None:
    known: dict[str, Any] = {"profile": BY_THE_CLOCK}
    ended = decide(situation(soc_percent=80.0, wishes=override("force_charge", 80), **known))
    assert ended.rule == "ceiling_reached"
    further = decide(
        situation(
            soc_percent=80.0, wishes=override("force_charge", 90), memory=ended.memory, **known
        )
    )
    assert further.rule == "override_force_charge"
    assert further.memory.ended is None


def test_a_hold_stays_where_it_began_while_the_reading_wavers_around_a_step() -> None:
    memory, targets = NO_MEMORY, []
    for soc in (50.2, 49.8, 50.1, 49.4, 50.0, 55.4, 56.0, 55.5):
        decision = decide(situation(soc_percent=soc, memory=memory, wishes=override("hold")))
        memory = decision.memory
        targets.append(decision.command.soc_target_percent)
    assert targets == [50.0] * 6 + [55.0] * 2


def test_no_person_can_drain_a_battery_below_its_floor() -> None:
    for action in ("self_consume", "hold", "stop", "force_export"):
        decision = decide(situation(soc_percent=10.0, wishes=override(action)))
        assert decision.command.discharge_kw == 0


def test_an_unknown_state_of_charge_keeps_what_was_remembered() -> None:
    memory = Memory(emergency=True, emergency_charge=True, export_guard=True)
    decision = decide(situation(soc_percent=None, memory=memory))
    assert decision.rule == "emergency"
    assert decision.memory == memory


# --- what a slot means when reality differs ------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "intent", "limits"),
    [
        (PV_CHARGE | {"export_kw": 0.06}, "charge_from_pv", {"charge_kw": 5.0}),
        (PV_CHARGE | {"export_kw": 0.1}, "charge_from_pv", {"charge_kw": 5.0}),
        (PV_CHARGE | {"export_kw": 0.11}, "charge_from_pv", {"charge_kw": 2.0}),
        (PV_CHARGE | {"import_kw": 0.06}, "charge_from_pv", {"charge_kw": 5.0}),
        (PV_CHARGE | {"import_kw": 0.11}, "charge_from_grid", {"charge_kw": 2.0}),
        (PV_CHARGE | {"curtailed_kw": 0.06}, "curtail", {"charge_kw": 5.0, "export_kw": 0.0}),
        (PV_CHARGE | {"curtailed_kw": 0.3}, "curtail", {"charge_kw": 2.0, "export_kw": 0.0}),
        (
            PV_CHARGE | {"curtailed_kw": 0.06, "export_kw": 3.0},
            "charge_from_pv",
            {"charge_kw": 2.0},
        ),
        (DISCHARGE | {"import_kw": 0.05}, "discharge", {"discharge_kw": 5.0}),
        (DISCHARGE | {"discharge_kw": 2.0, "import_kw": 0.1}, "discharge", {"discharge_kw": 5.0}),
        (DISCHARGE | {"discharge_kw": 2.0, "import_kw": 0.3}, "discharge", {"discharge_kw": 2.0}),
        (DISCHARGE | {"discharge_kw": 2.0, "export_kw": 0.1}, "discharge", {"discharge_kw": 5.0}),
        (DISCHARGE | {"discharge_kw": 2.0, "export_kw": 0.3}, "export", {"discharge_kw": 2.0}),
        (HOLD | {"import_kw": 0.06}, "hold", {"discharge_kw": 0.0, "charge_kw": 5.0}),
    ],
)
def test_a_twentieth_beside_a_power_is_a_remainder_and_no_purpose(
    row: dict[str, float], intent: str, limits: dict[str, float]
) -> None:
    command = decide(situation(config=ROOMY, schedule=schedule(row))).command
    assert command.intent == intent
    assert {name: getattr(command, name) for name in limits} == limits


def test_a_battery_behind_the_plan_stores_what_the_plan_sells_until_it_has_caught_up() -> None:
    rows = schedule(PV_CHARGE | {"export_kw": 2.0, "soc_percent": 60.0}, soc_percent_at_start=50.0)
    memory, limits = NO_MEMORY, []
    for minutes, soc in ((0, 49.5), (3, 50.5), (6, 52.0), (9, 55.9), (9, 56.0), (12, 57.5)):
        now = NOON + timedelta(minutes=minutes)
        decision = decide(
            situation(now=now, soc_percent=soc, memory=memory, config=ROOMY, schedule=rows)
        )
        memory = decision.memory
        limits.append(decision.command.charge_kw)
    assert limits == [2.0, 5.0, 5.0, 5.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("row", "soc", "intent"),
    [
        (PV_CHARGE | {"import_kw": 0.1}, 50.0, "charge_from_pv"),
        (PV_CHARGE | {"import_kw": 0.1}, 48.9, "charge_from_grid"),
        (PV_CHARGE | {"import_kw": 0.04}, 48.9, "charge_from_pv"),
        (DISCHARGE | {"discharge_kw": 2.0, "export_kw": 0.1}, 50.0, "discharge"),
        (DISCHARGE | {"discharge_kw": 2.0, "export_kw": 0.1}, 51.1, "export"),
        (DISCHARGE | {"discharge_kw": 2.0, "export_kw": 0.04}, 51.1, "discharge"),
    ],
)
def test_a_remainder_is_bought_or_sold_to_bring_the_battery_back_to_the_plan(
    row: dict[str, float], soc: float, intent: str
) -> None:
    rows = schedule(row)
    assert decide(situation(config=ROOMY, soc_percent=soc, schedule=rows)).command.intent == intent


def test_a_battery_ahead_of_the_plan_sells_remainders_until_it_is_back() -> None:
    rows = schedule(DISCHARGE | {"discharge_kw": 2.0, "export_kw": 0.1})
    memory, intents = NO_MEMORY, []
    for soc in (50.9, 51.1, 50.4, 50.0, 50.9):
        decision = decide(situation(config=ROOMY, soc_percent=soc, memory=memory, schedule=rows))
        memory = decision.memory
        intents.append(decision.command.intent)
    assert intents == ["discharge", "export", "export", "discharge", "discharge"]


def test_negative_prices_may_charge_and_curtail_at_once() -> None:
    decision = decide(situation(schedule=schedule(CHARGE | {"curtailed_kw": 1.0})))
    assert decision.command.intent == "charge_from_grid"
    assert decision.command.export_kw == 0


def test_a_plan_beyond_the_grid_connection_is_limited() -> None:
    config = HOUSE.model_copy(update={"grid": Grid(max_export_kw=2.0)})
    rows = schedule(CURTAIL | {"export_kw": 3.0, "curtailed_kw": 4.0})
    assert decide(situation(config=config, schedule=rows)).command.export_kw == 2


def test_a_house_that_may_not_buy_or_sell_follows_a_plan_that_does_as_far_as_it_may() -> None:
    battery = Battery(charge_from_grid=False, discharge_to_grid=False)
    config = house().model_copy(update={"battery": battery})
    assert decide(situation(config=config, schedule=schedule(CHARGE))).rule == "plan_charge_from_pv"
    assert decide(situation(config=config, schedule=schedule(EXPORT))).rule == "plan_discharge"


@pytest.mark.parametrize(
    "wishes", [Wishes(), override("force_charge"), override("force_export"), override("stop")]
)
@pytest.mark.parametrize("row", [CHARGE, EXPORT, CURTAIL, NOTHING], ids=str)
def test_without_battery_nothing_is_said_about_it(wishes: Wishes, row: dict[str, float]) -> None:
    config = Config(battery=None, water_heater=None)
    decision = decide(situation(config=config, schedule=schedule(row), wishes=wishes))
    command = decision.command
    assert (command.charge_kw, command.discharge_kw, command.soc_target_percent) == (None,) * 3
    assert (command.water_temperature_c, command.water_on) == (None, None)
    assert command.intent not in FORCED


def test_force_heat_leaves_the_battery_to_the_plan() -> None:
    decision = decide(situation(wishes=override("force_heat"), schedule=schedule(CHARGE)))
    assert decision.rule == "plan_charge_from_grid"


def test_only_what_is_forced_has_an_end_and_a_power_at_the_meter() -> None:
    plan = schedule(CHARGE, CHARGE, EXPORT, PV_CHARGE, DISCHARGE, HOLD, CURTAIL, NOTHING)
    for number, slot in enumerate(plan.slots):
        command = decide(situation(now=slot.start, schedule=plan)).command
        forced = command.intent in FORCED
        assert (command.until is not None, command.grid_kw is not None) == (forced, forced), number
    ends = [decide(situation(now=NOON + n * SLOT, schedule=plan)).command.until for n in (0, 1, 2)]
    assert ends == [NOON + 2 * SLOT, NOON + 2 * SLOT, NOON + 3 * SLOT]


def test_an_emergency_charge_is_the_same_command_for_most_of_an_hour() -> None:
    looks = [NOON + timedelta(minutes=minute) for minute in range(0, 120, 5)]
    commanded = [decide(situation(now=now, soc_percent=5.0)).command for now in looks]
    assert sum(before != after for before, after in pairwise(commanded)) == 1
    for now, command in zip(looks, commanded, strict=True):
        assert command.until is not None
        assert command.until - now > HOUR


def test_what_the_guard_leaves_of_a_grid_charge() -> None:
    trim = Trim(charge_kw=1.2, reason="import of 12.0 kW, the fuse of 11 kW: …")
    decision = decide(situation(schedule=schedule(CHARGE), trim=trim))
    assert (decision.command.charge_kw, decision.trimmed) == (1.2, trim.reason)
    assert decision.planned is not None
    assert decision.planned.charge_kw == 3.0
    assert decision.command.grid_kw == pytest.approx(1.7)
    sun = decide(situation(schedule=schedule(PV_CHARGE), trim=trim))
    assert sun.command.charge_kw == 4.8


@pytest.mark.parametrize("wishes", [Wishes(automation=False), Wishes(paused_until=LATER)])
def test_with_the_hands_off_nothing_is_cut_back_and_nothing_is_said_to_be(wishes: Wishes) -> None:
    trim = Trim(heat=False, evs={"car": 0.0}, reason="import of 12.0 kW, the fuse of 11 kW: …")
    decision = decide(situation(wishes=wishes, trim=trim))
    assert decision.trimmed is None
    assert decision.command.water_temperature_c == 60
    assert "peak_guard" not in decision.ev_rules.values()


def test_a_decision_knows_what_was_planned_under_an_override() -> None:
    decision = decide(situation(wishes=override("hold"), schedule=schedule(CHARGE)))
    assert decision.planned is not None
    assert (decision.planned.intent, decision.planned.grid_kw) == ("charge_from_grid", 3.5)


def test_the_house_reads_its_cars_but_decides_by_plan() -> None:
    seen = {"car": EvMeasured(connected=True, charging=False, power_kw=0.0)}
    rows = schedule(NOTHING | {"evs": {"car": 7.0}})
    assert decide(situation(evs=seen, schedule=rows)).command.evs == {"car": 7.0}
