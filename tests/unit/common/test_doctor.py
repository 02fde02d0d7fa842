"""The doctor finds what is wrong, says the way out, and says nothing of what it cannot know."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from unit.common import doctored
from unit.common.doctored import CONFIGURED, HOUR, MACHINE, NOON, VISIT, well
from unit.common.keys.probe import changed

from darkstar_common.contract import STATUS, Reading, RoleBinding, Service
from darkstar_common.launcher.doctor.facts import Answer, Facts, Rights, SecretFile
from darkstar_common.launcher.doctor.findings import Finding, Verdict
from darkstar_common.launcher.doctor.report import document, examined, exit_code, lines
from darkstar_common.slots import SLOT
from darkstar_executor.reporting import REPEAT

SECOND = timedelta(seconds=1)
UNITS = Path(__file__).parents[3] / "deploy/systemd/units"
SECRET = SecretFile(variable="DARKSTAR_MQTT_PASSWORD_FILE", path=Path("/etc/darkstar/executor"))
MISSING = RoleBinding(role="battery_soc", status="missing", entity="sensor.soc", detail="Look.")
ERROR = {"key": "k", "severity": "error", "message": "the disk is full", "guidance": "Make room."}
MILD = {**ERROR, "severity": "warning", "message": "a wait"}
INFO = {**ERROR, "severity": "info", "message": "by the way"}


def answer(**more: Any) -> Answer:
    assert VISIT.recorder is not None
    return replace(VISIT.recorder, **more)


def bad(facts: Facts) -> list[Finding]:
    return [one for one in examined(facts) if one.verdict != "ok"]


def test_of_a_house_that_is_well_all_is_ok() -> None:
    assert bad(well()) == []
    assert exit_code(examined(well())) == 0
    about = {one.about for one in examined(well())}
    assert about >= {
        "configuration", "disk", "backup", "page", "broker", "access list", "recorder", "clock",
        "services", "roles", "plan", "control", "battery", "house", "prices", "weather",
        "load forecast", "PV forecast",
    }  # fmt: skip


def test_a_service_that_said_nothing_for_a_while_is_not_taken_for_there() -> None:
    """A broker that lost its power keeps "online" of who never came back."""
    old = doctored.status().model_copy(update={"emitted_at": NOON - timedelta(minutes=6)})
    (found,) = bad(well(replace(VISIT, states={STATUS[Service.PLANNER].path: old})))
    assert (found.about, found.verdict) == ("planner", "problem")
    assert "has said nothing for a while" in found.sentence
    there = replace(well(replace(VISIT, states={STATUS[Service.PLANNER].path: old})), speed=60.0)
    assert bad(there) == []


@pytest.mark.parametrize("variable", ["DARKSTAR_VIEWER_PASSWORD_FILE", "DARKSTAR_NOTIFY_URLS_FILE"])
def test_a_secret_that_may_be_none_is_no_trouble_when_it_is_empty(variable: str) -> None:
    nobody = replace(SECRET, variable=variable, empty=True)
    assert bad(well(machine=replace(MACHINE, secrets=(nobody,)))) == []


CASES: list[tuple[Facts, str, Verdict, str]] = [
    (
        well(None, replace(MACHINE, config_trouble="config.yaml: colour is no key"), None),
        "configuration", "problem", "colour is no key",
    ),
    (well(machine=replace(MACHINE, revision="x")), "configuration", "warning", "is another than"),
    (
        well(machine=replace(MACHINE, secrets=(replace(SECRET, trouble="no such file"),))),
        "secrets", "problem", "DARKSTAR_MQTT_PASSWORD_FILE (/etc/darkstar/executor) cannot be read",
    ),
    (
        well(machine=replace(MACHINE, secrets=(replace(SECRET, empty=True),))),
        "secrets", "problem", "is empty",
    ),
    (
        well(machine=replace(MACHINE, secrets=(replace(SECRET, open_to_all=True),))),
        "secrets", "warning", "by every user of this machine",
    ),
    (well(machine=replace(MACHINE, free_mb=499)), "disk", "problem", "500 MB is the least"),
    (well(machine=replace(MACHINE, free_mb=1499)), "disk", "warning", "little"),
    (well(machine=replace(MACHINE, free_mb=None)), "disk", "unknown", "not on this machine"),
    (
        well(machine=replace(MACHINE, newest_backup_at=NOON - 49 * HOUR)),
        "backup", "warning", "49 h old",
    ),
    (well(machine=replace(MACHINE, newest_backup_at=None)), "backup", "warning", "no copy"),
    (well(machine=replace(MACHINE, keeps_database=False)), "backup", "unknown", "within sight"),
    (
        well(config=changed(CONFIGURED, "recorder.backup_hour", None)),
        "backup", "warning", "no copies",
    ),
    (well(machine=replace(MACHINE, page_trouble="refused")), "page", "problem", "refused"),
    (well(machine=replace(MACHINE, page_trouble=None)), "page", "unknown", "not asked"),
    (
        well(replace(VISIT, trouble="Not authorized")),
        "broker", "problem", "broker:1883 does not let us in: Not authorized",
    ),
    (
        well(replace(VISIT, rights=Rights(tried=9, lost=("override/set",)))),
        "access list", "problem", "what gateway writes to override/set does not arrive",
    ),
    (
        well(replace(VISIT, rights=Rights(tried=9, intruded=tuple("abcdef")))),
        "access list", "problem", "gateway may write a, b, c, d and 2 more, which others alone",
    ),
    (
        well(replace(VISIT, named=False, rights=Rights(tried=9, intruded=("a",)))),
        "access list", "warning", "everybody write everything",
    ),
    (
        well(replace(VISIT, named=False, rights=Rights(tried=9))),
        "access list", "warning", "we have no name",
    ),
    (well(replace(VISIT, rights=None)), "access list", "unknown", "not tried"),
    (well(replace(VISIT, recorder=None)), "recorder", "unknown", "not asked"),
    (
        well(replace(VISIT, recorder=Answer(trouble="none within 5 s"))),
        "recorder", "problem", "none within 5 s",
    ),
    (
        well(replace(VISIT, recorder=answer(newest_slot=None))),
        "recorder", "warning", "no slot in the last day",
    ),
    (
        well(replace(VISIT, recorder=answer(newest_slot=NOON - HOUR))),
        "recorder", "warning", "the newest slot is of 01 Jun 13:00",
    ),
    (well(replace(VISIT, recorder=answer(took=2 * SECOND))), "recorder", "warning", "took 2.0 s"),
    (
        well(replace(VISIT, recorder=answer(ahead=6 * SECOND))),
        "clock", "warning", "6 s ahead of the one here",
    ),
    (
        well(replace(VISIT, recorder=answer(ahead=-2 * HOUR))),
        "clock", "problem", "7,200 s behind the one here",
    ),
    (well(replace(VISIT, recorder=answer(ahead=None))), "clock", "unknown", "no other clock"),
    (well(service_planner_status=None), "planner", "problem", "never there"),
    (
        well(service_planner_status=doctored.status(online=False)),
        "planner", "problem", "the others go on without it",
    ),
    (
        well(service_planner_status=doctored.status(version="0.9")),
        "versions", "warning", "planner: 0.9; executor, recorder, forecaster, gateway: 1.0",
    ),
    (
        well(service_recorder_status=doctored.status(ERROR, INFO)),
        "recorder", "problem", "the disk is full",
    ),
    (well(service_recorder_status=doctored.status(MILD)), "recorder", "warning", "a wait"),
    (well(house_devices=doctored.devices(MISSING)), "roles", "problem", "(sensor.soc) is missing"),
    (well(house_devices=None), "roles", "unknown", "not said yet"),
    (well(plan_schedule=None), "plan", "problem", "there is no schedule"),
    (
        well(plan_schedule=doctored.schedule(NOON - SLOT)),
        "plan", "problem", "ended 15 minutes ago",
    ),
    (
        well(plan_schedule=doctored.schedule(NOON + HOUR, status="fallback", why=("no time", "x"))),
        "plan", "warning", "a fallback, until Mon 15:00: no time",
    ),
    (
        well(plan_status=doctored.plan_status(last_error="the price curve ends")),
        "plan", "problem", "the price curve ends",
    ),
    (
        well(plan_status=doctored.plan_status(next_run_at=NOON - HOUR)),
        "plan", "warning", "60 minutes late",
    ),
    (
        well(
            control_state=doctored.control(
                following={"state": "not_following", "asked": "2 kW in", "seen": "nothing"}
            )
        ),
        "control", "problem", "asked for 2 kW in, seen nothing",
    ),
    (well(control_state=None), "control", "unknown", "decided nothing yet"),
    (well(house_state=None), "house", "problem", "nothing is said of it"),
    (
        well(house_state=doctored.house(emitted_at=NOON - HOUR)),
        "house", "problem", "60 minutes old",
    ),
    (
        well(house_state=doctored.house(load_kw=Reading(), pv_kw=Reading())),
        "house", "warning", "the power of load, pv is unknown",
    ),
    (well(house_state=doctored.house(soc_percent=Reading())), "battery", "problem", "is unknown"),
    (
        well(
            house_state=doctored.house(
                soc_percent=Reading(value=50, measured_at=NOON - 16 * timedelta(minutes=1))
            )
        ),
        "battery", "problem", "16 minutes old",
    ),
    (well(market_prices=None), "prices", "problem", "there are none"),
    (
        well(market_prices=doctored.prices(NOON + 10 * HOUR)),
        "prices", "warning", "those of tomorrow are not there",
    ),
    (
        well(market_prices=doctored.prices(NOON + 34 * HOUR, "forecast")),
        "prices", "warning", "those of today are not there",
    ),
    (
        well(config=changed(CONFIGURED, "prices.sources", ["generated"])),
        "prices", "warning", "made up",
    ),
    (well(weather_forecast=None), "weather", "warning", "rest on the past alone"),
    (well(weather_forecast=doctored.weather(NOON - 13 * HOUR)), "weather", "warning", "13 h old"),
    (well(forecast_load=None), "load forecast", "problem", "nothing can be planned"),
    (well(forecast_load=doctored.forecast(11)), "load forecast", "warning", "11 h ahead"),
    (
        well(forecast_load=doctored.forecast(2, NOON - 3 * HOUR)),
        "load forecast", "problem", "of the past",
    ),
    (well(forecast_pv=None), "PV forecast", "problem", "nothing can be planned"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "about", "verdict", "says"), CASES, ids=[f"{one[1]}-{one[3]}" for one in CASES]
)
def test_what_is_wrong_is_found_and_told_with_the_way_out(
    facts: Facts, about: str, verdict: Verdict, says: str
) -> None:
    found = [one for one in bad(facts) if one.about == about]
    assert [one.verdict for one in found if says in one.sentence] == [verdict], bad(facts)
    assert all(one.remedy for one in found if one.verdict in ("warning", "problem"))
    assert exit_code(examined(facts)) == any(one.verdict == "problem" for one in bad(facts))


@pytest.mark.parametrize(
    ("published_at", "expected"),
    [("14:00", []), ("13:01", []), ("13:00", ["those of tomorrow are not there"])],
)
def test_tomorrows_prices_are_missed_an_hour_after_they_should_be_there(
    published_at: str, expected: list[str]
) -> None:
    config = changed(CONFIGURED, "prices.published_at", published_at)
    facts = well(config=config, market_prices=doctored.prices(NOON + 10 * HOUR))
    assert [one.sentence for one in bad(facts)] == expected


def test_what_an_executor_may_not_see_is_unknown_and_no_problem() -> None:
    found = examined(well(replace(VISIT, user=Service.FORECASTER)))
    unseen = {one.about for one in found if one.verdict == "unknown"}
    assert {"services", "roles", "plan", "prices", "weather", "load forecast"} <= unseen
    assert exit_code(found) == 0


def test_without_a_broker_the_rest_is_looked_at() -> None:
    found = examined(well(replace(VISIT, trouble="refused")))
    assert {one.about for one in found} == {"configuration", "disk", "backup", "page", "broker"}
    assert exit_code(found) == 1


def test_a_house_without_battery_and_panels_misses_neither() -> None:
    bare = changed(changed(CONFIGURED, "battery", None), "has_solar", value=False)
    unknown = doctored.house(soc_percent=Reading(), pv_kw=Reading())
    facts = well(config=bare, house_state=unknown, forecast_pv=None)
    assert bad(facts) == []


def test_optional_roles_and_mild_issues_are_no_trouble() -> None:
    spare = RoleBinding(role="ev_soc", status="missing", optional=True)
    facts = well(
        house_devices=doctored.devices(spare), service_planner_status=doctored.status(INFO)
    )
    assert bad(facts) == []


def test_a_role_without_its_entity_is_told_who_could_play_it() -> None:
    likely = {"role": "battery_soc", "entity": "sensor.pack_soc", "likely": True, "because": ""}
    facts = well(house_devices=doctored.devices(MISSING, proposals=(likely,)))
    (found,) = bad(facts)
    assert found.remedy == "Look. sensor.pack_soc could play it."


SILENT = dict.fromkeys(("soc_percent", "load_kw", "import_kw", "pv_kw"), Reading())


@pytest.mark.parametrize("age", [timedelta(minutes=9), REPEAT + timedelta(minutes=2)])
def test_an_executor_that_says_seldom_how_a_silent_house_is_is_not_blamed(age: timedelta) -> None:
    found = bad(well(house_state=doctored.house(emitted_at=NOON - age, **SILENT)))
    assert [one.sentence for one in found] == [
        "its state of charge is unknown", "the power of load, import, pv is unknown",
    ]  # fmt: skip
    assert "gateway" in found[1].remedy
    assert "executor's log" not in document(found)


def test_of_an_executor_that_is_silent_what_it_said_last_is_told_too() -> None:
    found = bad(well(house_state=doctored.house(emitted_at=NOON - HOUR, **SILENT)))
    assert [one.about for one in found] == ["battery", "house", "house"]
    assert "60 minutes old" in found[-1].sentence


def test_while_an_earlier_schedule_is_in_force_the_house_follows_that() -> None:
    failed = doctored.plan_status(last_error="the price curve ends")
    (found,) = bad(well(plan_status=failed))
    assert "follows the last schedule" in found.remedy
    found, _ = bad(well(plan_status=failed, plan_schedule=None))
    assert "runs on self-consumption" in found.remedy


def test_where_to_look_is_a_unit_that_systemd_has() -> None:
    (found,) = bad(well(service_planner_status=doctored.status(online=False)))[:1]
    unit = re.search(r"journalctl -u (\S+?)@planner", found.remedy)
    assert unit
    assert (UNITS / f"{unit[1]}@.service").exists()
    assert "add-on's log" in found.remedy


def test_people_read_a_line_for_each_and_the_sum() -> None:
    facts = well(machine=replace(MACHINE, free_mb=1))
    told = list(lines(examined(facts)))
    place = next(number for number, one in enumerate(told) if one.startswith("problem  disk"))
    assert told[place + 1].strip().startswith("→ Make room")
    assert told[-1].endswith("1 problem")


def test_programs_read_the_same_as_json() -> None:
    told = json.loads(document(examined(well(machine=replace(MACHINE, free_mb=1)))))
    assert told["well"] is False
    assert {"about", "verdict", "sentence", "remedy"} == told["findings"][0].keys()
    assert json.loads(document(examined(well())))["well"] is True
