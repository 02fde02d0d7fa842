"""The checker sees each broken promise: it is fed with what a broken house would say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from chaos.checker import Known, Range, judged
from chaos.house import narrow_config
from chaos.observer import limits_of
from chaos.sightings import Acted, Commanded, Controlled, Shown, Sighting, Wished

from darkstar_common.contract import ActionRecord, Command, ControlState, Override, Service
from darkstar_common.launcher.trial import Trial

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TRIAL = Trial(directory=Path("run"), house=Path("house.csv"), start=NOON, speed=60)
KNOWN = Known(limits=limits_of(narrow_config(TRIAL, gateway_port=8410)))


def command(key: str, text: str, *, retained: bool = False, device: str = "inverter") -> Commanded:
    topic = f"{device}/sim1/{key}/set"
    return Commanded(at=NOON, topic=topic, payload=text.encode(), retained=retained)


def shown(key: str, text: str) -> Shown:
    return Shown(at=NOON, setting=f"inverter_{key}", text=text)


def control(*, shadow: bool = False, override: Override | None = None, **asked: Any) -> Controlled:
    state = ControlState(
        sender=Service.EXECUTOR,
        emitted_at=NOON,
        command=Command(**{"intent": "self_consume", **asked}),
        rule="test",
        reason="",
        shadow=shadow,
        override=override,
    )
    return Controlled(at=NOON, state=state)


def action(rule: str, **asked: Any) -> Acted:
    record = ActionRecord(
        sender=Service.EXECUTOR,
        emitted_at=NOON,
        rule=rule,
        reason="",
        commanded=Command(**{"intent": "self_consume", **asked}),
        writes=(),
        success=True,
        duration_seconds=0.1,
    )
    return Acted(at=NOON, record=record)


def override(minutes: float, word: Any = "force_charge") -> Override:
    return Override(action=word, until=NOON + timedelta(minutes=minutes))


def broken(*sightings: Sighting) -> Sequence[str]:
    known = KNOWN
    found: list[str] = []
    for one in sightings:
        known, some = judged(one, known)
        found += some
    return found


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("battery_soc_target", "12"),
        ("battery_soc_target", "95"),
        ("battery_max_charging_current", "0"),
        ("battery_max_charging_current", "150"),
        ("battery_max_discharging_current", "150"),
        ("export_surplus_power", "8000"),
        ("work_mode", "Export First"),
        ("battery_grid_charging", "OFF"),
    ],
)
def test_what_is_within_all_limits_breaks_nothing(key: str, text: str) -> None:
    assert broken(command(key, text)) == []


@pytest.mark.parametrize(
    ("key", "text", "sentence"),
    [
        ("battery_soc_target", "101", "out of range"),
        ("battery_soc_target", "-1", "out of range"),
        ("battery_soc_target", "nan", "out of range"),
        ("battery_soc_target", "full", "not a number"),
        ("battery_max_charging_current", "186", "out of range"),
        ("export_surplus_power", "11001", "out of range"),
        ("work_mode", "Selling", "no option"),
        ("battery_grid_charging", "true", "no switch state"),
    ],
)
def test_no_command_outside_its_entitys_limits_goes_unseen(
    key: str, text: str, sentence: str
) -> None:
    found = broken(command(key, text))
    assert any(sentence in one for one in found), found


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("battery_soc_target", "96"),
        ("battery_soc_target", "11"),
        ("battery_max_charging_current", "151"),
        ("battery_max_discharging_current", "151"),
        ("export_surplus_power", "8001"),
    ],
)
def test_no_command_outside_the_configured_limits_goes_unseen(key: str, text: str) -> None:
    (sentence,) = broken(command(key, text))
    assert f"set to {text}; the configuration allows" in sentence


def test_water_is_never_set_hotter_than_configured() -> None:
    assert broken(command("setpoint", "75", device="water_heater")) == []
    assert broken(command("setpoint", "76", device="water_heater"))


def test_a_sensor_takes_no_command() -> None:
    (sentence,) = broken(command("battery_soc", "50"))
    assert "takes no command" in sentence


def test_no_command_is_retained() -> None:
    assert broken(command("battery_soc_target", "50", retained=True)) == [
        "a command to inverter_battery_soc_target is retained"
    ]


def test_grid_charging_needs_a_ceiling_that_was_seen() -> None:
    assert broken(command("battery_grid_charging", "ON")) == [
        "grid charging is on with the ceiling None"
    ]
    assert broken(shown("battery_soc_target", "80"), command("battery_grid_charging", "ON")) == []


def test_a_ceiling_above_the_configured_one_is_none() -> None:
    for sightings in (
        (shown("battery_soc_target", "100"), command("battery_grid_charging", "ON")),
        (command("battery_soc_target", "100"), command("battery_grid_charging", "ON")),
        (shown("battery_soc_target", "nan"), command("battery_grid_charging", "ON")),
    ):
        assert any("grid charging is on" in one for one in broken(*sightings))


def test_a_ceiling_that_is_lifted_while_the_grid_charges_is_seen() -> None:
    on = (shown("battery_soc_target", "80"), shown("battery_grid_charging", "ON"))
    assert any(
        "grid charging is on" in one for one in broken(*on, command("battery_soc_target", "99"))
    )
    off = (*on, shown("battery_grid_charging", "OFF"))
    assert not any("grid" in one for one in broken(*off, command("battery_soc_target", "99")))


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"charge_kw": 7.3}, "charge of 7.3 kW"),
        ({"discharge_kw": 8.0}, "discharge of 8 kW"),
        ({"export_kw": 8.1}, "export of 8.1 kW"),
        ({"intent": "charge_from_grid"}, "without a ceiling"),
    ],
)
def test_what_the_executor_says_it_commands_is_within_the_limits(
    asked: dict[str, Any], sentence: str
) -> None:
    (found,) = broken(control(**asked))
    assert sentence in found


def test_what_is_unlimited_or_within_limits_may_be_said() -> None:
    assert broken(control(), control(charge_kw=7.2, discharge_kw=7.2, export_kw=8.0)) == []
    assert broken(control(intent="charge_from_grid", soc_target_percent=80.0)) == []


def test_an_action_that_charges_from_the_grid_has_a_ceiling() -> None:
    assert broken(action("plan", intent="charge_from_grid", soc_target_percent=90.0)) == []
    assert broken(action("plan", intent="charge_from_grid"))


def test_nothing_is_commanded_in_shadow() -> None:
    sightings = (control(shadow=True), command("battery_soc_target", "50"), control(shadow=True))
    assert broken(*sightings) == ["inverter_battery_soc_target was set to 50 in shadow mode"]


def test_an_action_that_is_no_farewell_excuses_no_command_in_shadow() -> None:
    seen = (control(shadow=True), command("work_mode", "Export First"), action("plan_export"))
    assert broken(*seen) == []
    assert broken(*seen, control(shadow=True))


def test_what_ends_shadow_mode_or_begins_it_may_command() -> None:
    write = command("battery_soc_target", "50")
    assert broken(control(shadow=True), write, control(), write) == []
    assert broken(control(), write, control(shadow=True)) == []
    assert broken(control(shadow=True), write, action("shadow"), control(shadow=True)) == []


def test_a_wish_said_twice_prolongs_nothing() -> None:
    one, again = Wished(at=NOON, message_id="a"), Wished(at=NOON, message_id="a")
    first, later = control(override=override(45)), control(override=override(50))
    assert broken(one, first, again, first) == []
    (found,) = broken(one, first, again, later)
    assert "prolonged" in found


def test_another_wish_may_prolong_and_an_override_may_end_sooner() -> None:
    first, later = control(override=override(45)), control(override=override(50))
    wishes = [Wished(at=NOON, message_id=one) for one in "ab"]
    assert broken(wishes[0], first, wishes[1], later) == []
    assert broken(wishes[0], later, first, control(), control()) == []


def test_a_range_has_half_a_step_to_spare() -> None:
    assert Range(0, 10).holds(10.5)
    assert not Range(0, 10).holds(11)
    assert not Range(0, 10).holds(-1)


def test_what_is_no_sighting_is_refused() -> None:
    with pytest.raises(TypeError, match="is no sighting"):
        judged("anything", KNOWN)  # type: ignore[arg-type]
