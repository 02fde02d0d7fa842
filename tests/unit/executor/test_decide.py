from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.executor.samples import (
    CHARGE,
    DISCHARGE,
    EXPORT,
    HOLD,
    NOON,
    PV_CHARGE,
    house,
    schedule,
)

from darkstar_common.config import Battery, Config, Grid
from darkstar_common.contract import Override, OverrideAction, Schedule
from darkstar_executor.core.commands import FORCED, limited
from darkstar_executor.core.decide import decide
from darkstar_executor.core.measured import Measured
from darkstar_executor.core.rules import FALLBACK_RULES, RULES
from darkstar_executor.core.situation import Situation
from darkstar_executor.core.water import WATER_RULES
from darkstar_executor.core.wishes import Wishes
from darkstar_executor.profiles import load_profile
from darkstar_executor.table import decision_table

HOUR = timedelta(hours=1)
HOUSE = house()
FULL = {"export_kw": 1.0, "soc_percent": 100.0}
IDLE = {"export_kw": 1.0, "soc_percent": 50.0}
CURTAIL = {"curtailed_kw": 2.0, "charge_kw": 1.0, "export_kw": 0.4, "soc_percent": 55.0}
NOTHING = {"soc_percent": 50.0}


def override(action: OverrideAction, soc: float | None = None) -> Wishes:
    return Wishes(override=Override(action=action, until=NOON + HOUR, soc_percent=soc))


PROFILE = load_profile("deye")
OBEDIENT = frozenset(PROFILE.settings)
SEEN = {one.name for one in fields(Measured)}


def situation(**known: Any) -> Situation:
    """A usual one, but for what is `known`; readings by their own names."""
    seen = {"soc_percent": 50.0} | {key: known[key] for key in known if key in SEEN}
    usual: dict[str, Any] = {
        "now": NOON, "config": HOUSE, "profile": PROFILE, "obedient": OBEDIENT,
        "measured": Measured(**seen),
    }  # fmt: skip
    return Situation(**usual | {key: known[key] for key in known if key not in SEEN})


PAUSED = Wishes(paused_until=NOON + HOUR)
OTHER_DAY = schedule(CHARGE, start=NOON - timedelta(days=1), valid_until=NOON + HOUR)

TABLE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("pause", {"wishes": PAUSED, "schedule": schedule(CHARGE)},
     {"intent": "self_consume", "soc_target_percent": 12}),
    ("grid_outage", {"grid_voltage_v": 3.0, "schedule": schedule(CHARGE)},
     {"intent": "self_consume", "soc_target_percent": 12}),
    ("soc_unknown", {"soc_percent": None, "schedule": schedule(CHARGE)},
     {"intent": "self_consume", "soc_target_percent": 12}),
    ("soc_unknown", {"soc_percent": None, "wishes": override("force_export")},
     {"intent": "self_consume", "soc_target_percent": 12}),
    ("no_bounds", {"obedient": frozenset(), "schedule": schedule(EXPORT)},
     {"intent": "self_consume", "soc_target_percent": 12}),
    ("emergency", {"soc_percent": 10.9, "schedule": schedule(DISCHARGE)},
     {"discharge_kw": 0, "soc_target_percent": 12, "charge_kw": 4.8}),
    ("emergency", {"soc_percent": 10.9, "wishes": override("force_export")}, {"discharge_kw": 0}),
    ("export_guard", {"soc_percent": 12.0, "schedule": schedule(EXPORT)},
     {"intent": "self_consume"}),
    ("export_guard", {"soc_percent": 11.5, "wishes": override("force_export")},
     {"intent": "self_consume"}),
    ("override_force_charge", {"wishes": override("force_charge"), "schedule": schedule(EXPORT)},
     {"intent": "charge_from_grid", "charge_kw": 4.8, "soc_target_percent": 100}),
    ("override_force_charge", {"wishes": override("force_charge", 80), "soc_percent": 5.0},
     {"intent": "charge_from_grid", "soc_target_percent": 80}),
    ("override_force_export", {"wishes": override("force_export", 30)},
     {"intent": "export", "discharge_kw": 4.8, "soc_target_percent": 30, "export_kw": 11}),
    ("override_hold", {"wishes": override("hold"), "soc_percent": 53.0},
     {"intent": "hold", "discharge_kw": 0, "soc_target_percent": 50}),
    ("override_self_consume", {"wishes": override("self_consume"), "schedule": schedule(EXPORT)},
     {"intent": "self_consume", "soc_target_percent": 12}),
    ("no_schedule", {}, {"intent": "self_consume", "soc_target_percent": 12}),
    ("schedule_stale", {"schedule": schedule(CHARGE, start=NOON - HOUR)},
     {"intent": "self_consume"}),
    ("schedule_misses_now", {"schedule": OTHER_DAY}, {"intent": "self_consume"}),
    ("schedule_misses_now", {"schedule": schedule(CHARGE, start=NOON + HOUR)},
     {"intent": "self_consume"}),
    ("plan_charge_from_grid", {"schedule": schedule(CHARGE, CHARGE | {"soc_percent": 90}, EXPORT)},
     {"intent": "charge_from_grid", "charge_kw": 3, "soc_target_percent": 90, "export_kw": 11}),
    ("plan_charge_from_pv", {"schedule": schedule(PV_CHARGE)},
     {"intent": "charge_from_pv", "charge_kw": 4.8, "soc_target_percent": 50, "export_kw": 11}),
    ("plan_charge_from_pv", {"schedule": schedule(PV_CHARGE | {"export_kw": 1.0})},
     {"intent": "charge_from_pv", "charge_kw": 2, "export_kw": 11}),
    ("plan_curtail", {"schedule": schedule(CURTAIL)},
     {"intent": "curtail", "export_kw": 0.4, "charge_kw": 1}),
    ("plan_export", {"schedule": schedule(EXPORT, EXPORT | {"soc_percent": 20})},
     {"intent": "export", "discharge_kw": 4, "soc_target_percent": 20, "export_kw": 11}),
    ("plan_discharge", {"schedule": schedule(DISCHARGE, DISCHARGE | {"soc_percent": 35}, EXPORT)},
     {"intent": "discharge", "discharge_kw": 4.8, "soc_target_percent": 35}),
    ("plan_discharge", {"schedule": schedule(DISCHARGE | {"import_kw": 1.0})},
     {"intent": "discharge", "discharge_kw": 0.5, "soc_target_percent": 40}),
    ("plan_hold", {"schedule": schedule(HOLD)},
     {"intent": "hold", "discharge_kw": 0, "charge_kw": 4.8, "soc_target_percent": 50}),
    ("plan_idle", {"schedule": schedule(IDLE)},
     {"intent": "idle", "charge_kw": 0, "export_kw": 11, "soc_target_percent": 50}),
    ("plan_self_consume", {"schedule": schedule(NOTHING)},
     {"intent": "self_consume", "soc_target_percent": 12, "charge_kw": 4.8}),
    ("plan_self_consume", {"schedule": schedule(FULL, soc_percent_at_start=100.0)},
     {"intent": "self_consume", "charge_kw": 4.8}),
    ("plan_self_consume", {"schedule": schedule(HOLD, soc_percent_at_start=12.5)},
     {"intent": "self_consume", "discharge_kw": 4.8}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "known", "commanded"), TABLE)
def test_a_row_of_the_table(rule: str, known: dict[str, Any], commanded: dict[str, Any]) -> None:
    decision = decide(situation(**known))
    assert decision.rule == rule
    assert decision.reason
    assert {name: getattr(decision.command, name) for name in commanded} == commanded


def test_every_row_is_tested() -> None:
    assert {row.name for row in RULES} == {rule for rule, _, _ in TABLE}


WATER_TABLE: list[tuple[str, dict[str, Any], float]] = [
    ("pause", {"wishes": PAUSED, "schedule": schedule(NOTHING)}, 60),
    ("grid_outage", {"grid_voltage_v": 0.0}, 40),
    ("override_force_heat", {"wishes": override("force_heat")}, 70),
    ("water_boost", {"wishes": Wishes(water_boost_until=NOON + HOUR)}, 70),
    ("plan", {"schedule": schedule(NOTHING | {"water_kw": 3.0})}, 60),
    ("plan", {"schedule": schedule(NOTHING | {"water_kw": 3.0, "water_c": 65.0})}, 65),
    ("plan", {"schedule": schedule(NOTHING | {"water_c": 65.0})}, 40),
    ("no_plan", {}, 60),
]


@pytest.mark.parametrize(("rule", "known", "set_point"), WATER_TABLE)
def test_a_row_of_the_water_table(rule: str, known: dict[str, Any], set_point: float) -> None:
    decision = decide(situation(**known))
    assert (decision.water_rule, decision.command.water_temperature_c) == (rule, set_point)


def test_every_water_row_is_tested() -> None:
    assert {row.name for row in WATER_RULES} == {rule for rule, _, _ in WATER_TABLE}


def test_the_fallback_rules_are_rows() -> None:
    assert {row.name for row in RULES} > FALLBACK_RULES


def test_the_printed_table_is_fresh() -> None:
    page = Path(__file__).parents[3] / "docs" / "decision-table.md"
    assert page.read_text() == decision_table(), "run: darkstar-executor decision-table > docs/…"


def test_force_heat_leaves_the_battery_to_the_plan() -> None:
    decision = decide(situation(wishes=override("force_heat"), schedule=schedule(CHARGE)))
    assert decision.rule == "plan_charge_from_grid"


@pytest.mark.parametrize(("minutes", "set_point"), [(0, 60), (7, 60), (8, 40), (14, 40)])
def test_half_the_heating_power_is_half_of_the_slot(minutes: float, set_point: float) -> None:
    now = NOON + timedelta(minutes=minutes)
    decision = decide(situation(now=now, schedule=schedule(NOTHING | {"water_kw": 1.5})))
    assert decision.command.water_temperature_c == set_point


def test_a_planned_set_point_holds_only_while_it_heats_and_never_scalds() -> None:
    rows = schedule(NOTHING | {"water_kw": 1.5, "water_c": 95.0})
    begun = decide(situation(schedule=rows))
    late = decide(situation(now=NOON + timedelta(minutes=8), schedule=rows))
    assert begun.command.water_temperature_c == 85
    assert late.command.water_temperature_c == 40


def test_negative_prices_may_charge_and_curtail_at_once() -> None:
    decision = decide(situation(schedule=schedule(CHARGE | {"curtailed_kw": 1.0})))
    assert decision.command.intent == "charge_from_grid"
    assert decision.command.export_kw == 0


def test_a_plan_beyond_the_grid_connection_is_limited() -> None:
    config = HOUSE.model_copy(update={"grid": Grid(max_export_kw=2.0)})
    rows = schedule(CURTAIL | {"export_kw": 3.0})
    assert decide(situation(config=config, schedule=rows)).command.export_kw == 2


def test_a_stale_schedule_says_nothing_about_hot_water_either() -> None:
    rows = schedule(NOTHING, NOTHING, valid_until=NOON)
    decision = decide(situation(schedule=rows))
    assert (decision.rule, decision.water_rule) == ("schedule_stale", "no_plan")
    assert decision.planned is None


@pytest.mark.parametrize("wishes", [Wishes(), override("force_charge"), override("force_export")])
def test_without_battery_nothing_is_said_about_it(wishes: Wishes) -> None:
    config = Config(battery=None, water_heater=None)
    rows = schedule({"soc_percent": None, "import_kw": 1.0}, soc_percent_at_start=None)
    command = decide(situation(config=config, schedule=rows, wishes=wishes)).command
    assert (command.charge_kw, command.discharge_kw, command.soc_target_percent) == (None,) * 3
    assert command.water_temperature_c is None


power = st.just(0.0) | st.floats(0, 20)
percent = st.floats(0, 100)
slots = st.fixed_dictionaries({
    "import_kw": power, "export_kw": power, "charge_kw": power, "discharge_kw": power,
    "curtailed_kw": power, "water_kw": power, "soc_percent": percent | st.none(),
})  # fmt: skip
schedules = st.none() | st.builds(
    lambda rows, start, entry: schedule(*rows, start=start, soc_percent_at_start=entry),
    st.lists(slots, min_size=1, max_size=6),
    st.sampled_from([NOON, NOON - HOUR / 2, NOON + HOUR, NOON - 24 * HOUR]),
    percent | st.none(),
)
wishes = st.builds(
    lambda action, soc, boost, pause: Wishes(
        override=action and Override(action=action, until=NOON + HOUR, soc_percent=soc),
        water_boost_until=boost,
        paused_until=pause,
    ),
    st.none()
    | st.sampled_from(["force_charge", "force_export", "force_heat", "hold", "self_consume"]),
    st.none() | percent,
    st.none() | st.just(NOON + HOUR),
    st.none() | st.just(NOON + HOUR),
)
configs = st.builds(
    lambda floor, ceiling, export: Config(
        battery=Battery(min_soc_percent=floor, max_soc_percent=ceiling),
        grid=Grid(max_export_kw=export),
    ),
    st.floats(0, 40), st.floats(60, 100), st.floats(0, 20),
)  # fmt: skip
situations = st.builds(
    Situation,
    now=st.just(NOON),
    config=configs,
    profile=st.just(PROFILE),
    wishes=wishes,
    schedule=schedules,
    measured=st.builds(
        Measured,
        soc_percent=st.none() | percent,
        grid_voltage_v=st.none() | st.floats(0, 250),
    ),
    obedient=st.sampled_from([OBEDIENT, frozenset()]),
)


@settings(max_examples=300, deadline=None)
@given(situations)
def test_every_command_is_safe_to_be_left_alone(case: Situation) -> None:
    decision = decide(case)
    command, battery = decision.command, case.config.battery
    assert battery is not None
    assert command.soc_target_percent is not None
    assert battery.min_soc_percent <= command.soc_target_percent <= battery.max_soc_percent
    assert command.charge_kw is not None
    assert command.charge_kw <= battery.max_charge_kw
    assert command.discharge_kw is not None
    assert command.discharge_kw <= battery.max_discharge_kw
    assert command.export_kw is not None
    assert command.export_kw <= case.config.grid.max_export_kw
    assert limited(command, case.config) == command
    assert command.water_temperature_c is not None
    assert command.water_temperature_c <= 85
    if command.intent in FORCED:
        assert case.soc_percent is not None
        assert case.obedient
        assert case.wishes.paused_until is None
    if command.intent == "export":
        assert case.soc_percent is not None
        assert case.soc_percent > battery.min_soc_percent


@settings(max_examples=100, deadline=None)
@given(situations)
def test_unplanned_surplus_is_curtailed_only_by_a_plan_that_curtails(case: Situation) -> None:
    decision = decide(case)
    number = case.slot_number
    rows = case.schedule.slots if isinstance(case.schedule, Schedule) else ()
    curtails = number is not None and rows[number].curtailed_kw > 0.05
    assert curtails or decision.command.export_kw == case.config.grid.max_export_kw


@given(st.datetimes(NOON.replace(tzinfo=None) - 3 * HOUR, NOON.replace(tzinfo=None) + 3 * HOUR))
def test_a_schedule_is_followed_exactly_while_its_slots_last(moment: datetime) -> None:
    now = moment.replace(tzinfo=NOON.tzinfo)
    decision = decide(situation(now=now, schedule=schedule(NOTHING, NOTHING)))
    assert (decision.rule in FALLBACK_RULES) != (NOON <= now < NOON + HOUR / 2)
