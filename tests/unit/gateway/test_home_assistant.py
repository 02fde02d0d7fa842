"""Darkstar's entities: each reads what is really on the bus, and asks for what is understood."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from darkstar_common.config import Config
from darkstar_common.contract import (
    CONTROL_STATE,
    NOTIFICATION_KINDS,
    STATUS,
    TABLE,
    Command,
    ControlState,
    EnergyCounters,
    EvReading,
    Following,
    HouseState,
    Legionella,
    Now,
    Override,
    PlanStatus,
    Reading,
    Service,
    ServiceStatus,
    Strategy,
)
from darkstar_gateway.core.controls import actions, controls
from darkstar_gateway.core.home_assistant import (
    Entity,
    announced_here,
    announced_otherwise,
    discovery,
    discovery_filter,
)
from darkstar_gateway.core.sensors import sensors

PAYLOADS = Path(__file__).resolve().parents[2] / "contract/payloads/v1"
NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
HOUSE = Config.model_validate({"evs": [{"id": "car"}, {"id": "old-van"}]})
BARE = Config.model_validate({"battery": None, "water_heater": None, "has_solar": False})
TEMPLATES = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
REQUESTS = {row.topic("home"): row for row in TABLE if row.kind == "request"}
MESSAGES = {row.topic("home"): row.message for row in TABLE if row.kind == "state"}


def entities(config: Config = HOUSE) -> list[Entity]:
    return [*controls(config), *sensors(config)]


def named(config: Config = HOUSE) -> dict[str, Entity]:
    return {one.key: one for one in entities(config)}


def rendered(template: str, **names: Any) -> str:
    return TEMPLATES.from_string(template).render(**names)


def shown(key: str, message: Any, word: str = "value_template") -> str:
    value = json.loads(message.model_dump_json())
    return rendered(named()[key].words[word], value_json=value)


def asked_by(words: Mapping[str, Any]) -> Iterator[str]:
    """All that a control can publish."""
    yield from words.get("options", ())
    yield from (
        words[one] for one in ("payload_press", "payload_on", "payload_off") if one in words
    )
    if "min" in words:
        for value in (words["min"], float(words["max"])):
            yield rendered(words["command_template"], value=value)


def kept(message: type) -> Iterator[dict[str, Any]]:
    for path in PAYLOADS.glob("*.json"):
        if path.stem.partition("-")[0] == message.__name__:
            # as today's sender says it, so with the fields that were added since
            yield json.loads(message.model_validate_json(path.read_bytes()).model_dump_json())  # type: ignore[attr-defined]


@pytest.mark.parametrize("entity", list(controls(HOUSE)), ids=lambda one: one.key)
def test_whatever_a_control_publishes_is_understood(entity: Entity) -> None:
    channel = REQUESTS[entity.words["command_topic"]]
    said = list(asked_by(entity.words))
    assert said
    for payload in said:
        channel.message.parse(payload.encode())


def test_every_control_is_of_a_service_that_answers() -> None:
    for entity in controls(HOUSE):
        assert REQUESTS[entity.words["command_topic"]].receivers == {entity.needs}


@pytest.mark.parametrize("entity", entities(), ids=lambda one: one.key)
def test_every_template_reads_what_is_on_the_bus(entity: Entity) -> None:
    for topic, template in (
        ("state_topic", "value_template"),
        ("json_attributes_topic", "json_attributes_template"),
    ):
        if topic not in entity.words:
            continue
        payloads = list(kept(MESSAGES[entity.words[topic]]))
        assert payloads
        for payload in payloads:
            text = rendered(entity.words[template], value_json=payload)
            if template == "json_attributes_template":
                assert isinstance(json.loads(text), dict)
            else:
                assert text
                assert len(text) <= 255
                _check(entity, text)


def _check(entity: Entity, text: str) -> None:
    if text == "None":
        assert entity.component in ("sensor", "binary_sensor")
    elif entity.component == "binary_sensor":
        assert text in ("ON", "OFF")
    elif entity.component == "switch":
        assert text in ("on", "off")
    elif entity.component == "select":
        assert text in entity.words["options"]
    elif entity.words.get("device_class") == "timestamp":
        assert datetime.fromisoformat(text).tzinfo
    elif "unit_of_measurement" in entity.words or entity.component == "number":
        float(text)


STATE = ControlState(
    sender=Service.EXECUTOR,
    emitted_at=NOON,
    command=Command(intent="charge_from_grid", charge_kw=3.2),
    rule="override",
    reason="x" * 300,
    shadow=False,
    override=Override(action="force_charge", until=NOON),
    trimmed="the car, for the fuse",
    following=Following(state="not_following", asked="charge", seen="nothing"),
    legionella=Legionella(done_at=NOON),
    notifications={"charge_stop": True, "charge_start": False},
    grid_available=False,
)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("override", "force_charge"),
        ("commanded", "charge_from_grid"),
        ("reason", "x" * 255),
        ("override_end", "2026-06-12T12:00:00Z"),
        ("not_following", "ON"),
        ("cut_back", "ON"),
        ("grid", "OFF"),
        ("automation", "on"),
        ("shadow", "off"),
        ("notify_charge_stop", "on"),
        ("notify_charge_start", "off"),
        ("notify_grid_outage", "off"),
        ("legionella_done", "2026-06-12T12:00:00Z"),
        ("paused_until", "None"),
    ],
)
def test_what_is_commanded_is_shown(key: str, expected: str) -> None:
    assert shown(key, STATE) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [("override", "plan"), ("override_end", "None"), ("not_following", "None"),
     ("cut_back", "OFF"), ("grid", "None"), ("legionella_done", "None")],
)  # fmt: skip
def test_what_is_not_is_not(key: str, expected: str) -> None:
    plain = ControlState(
        sender=Service.EXECUTOR, emitted_at=NOON, command=Command(intent="self_consume"),
        rule="plan_self_consume", reason="as planned", shadow=True,
    )  # fmt: skip
    assert shown(key, plain) == expected


def test_attributes_say_more_than_a_state_can() -> None:
    said = json.loads(shown("commanded", STATE, "json_attributes_template"))
    assert (said["charge_kw"], said["reason"]) == (3.2, "x" * 300)
    assert (
        json.loads(shown("not_following", STATE, "json_attributes_template"))["asked"] == "charge"
    )


def test_an_unknown_reading_is_unknown_in_home_assistant_too() -> None:
    unknown = HouseState(sender=Service.EXECUTOR, emitted_at=NOON)
    for key in ("soc", "pv_power", "ev_car_power", "ev_car_connected", "water_temperature"):
        assert shown(key, unknown) == "None"
    assert (
        shown("import_energy", EnergyCounters(sender=Service.EXECUTOR, emitted_at=NOON)) == "None"
    )
    now = Now(sender=Service.GATEWAY, emitted_at=NOON, slot_start=NOON)
    assert (shown("import_price", now), shown("next_planned_at", now)) == ("None", "None")


def test_a_vehicle_is_shown_as_measured() -> None:
    read = Reading(value=7.4, measured_at=NOON)
    van = EvReading(connected=True, charging=False, power_kw=read, soc_percent=Reading(value=40.0))
    state = HouseState(sender=Service.EXECUTOR, emitted_at=NOON, evs={"old-van": van})
    assert shown("ev_old-van_power", state) == "7.4"
    assert shown("ev_old-van_soc", state) == "40.0"
    assert (shown("ev_old-van_connected", state), shown("ev_old-van_charging", state)) == (
        "ON",
        "OFF",
    )
    assert shown("ev_car_power", state) == "None"


def test_a_service_that_is_gone_makes_its_entities_unavailable() -> None:
    found = {json.loads(one)["unique_id"]: json.loads(one) for one in messages().values()}
    soc = found["darkstar_home_soc"]
    assert soc["availability_topic"] == STATUS[Service.EXECUTOR].topic("home")
    status = ServiceStatus(sender=Service.EXECUTOR, emitted_at=NOON, online=False)
    gone = json.loads(status.model_dump_json())
    assert rendered(soc["availability_template"], value_json=gone) == "offline"
    assert rendered(soc["availability_template"], value_json=gone | {"online": True}) == "online"
    assert shown("executor_online", status) == "OFF"
    assert "availability_topic" not in found["darkstar_home_executor_online"]
    assert found["darkstar_home_executor_online"]["expire_after"] == 300
    assert "availability_topic" not in found["darkstar_home_plan_cost"]


def test_strategy_and_planning_are_shown() -> None:
    strategy = Strategy(
        sender=Service.PLANNER, emitted_at=NOON, risk_appetite=4, comfort=2, vacation=True,
        export_enabled=False,
    )  # fmt: skip
    shows = [shown(one, strategy) for one in ("risk_appetite", "comfort", "vacation", "export")]
    assert shows == ["4", "2", "on", "off"]
    failed = PlanStatus(sender=Service.PLANNER, emitted_at=NOON, running=False, last_error="none")
    assert shown("planning_problem", failed) == "ON"


def messages(config: Config = HOUSE) -> dict[str, str]:
    return discovery(entities(config), config, version="1.2.3")


def test_each_has_a_topic_and_a_name_of_its_own_where_the_broker_lets_us_write() -> None:
    ours = re.compile(discovery_filter(HOUSE).replace("+", "[a-zA-Z0-9_-]+"))
    found = messages()
    assert len(found) == len(entities())
    assert all(ours.fullmatch(one) for one in found)
    said = [json.loads(one) for one in found.values()]
    for word in ("unique_id", "default_entity_id", "name"):
        assert len({one[word] for one in said}) == len(found), word
    assert all(re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", one["default_entity_id"]) for one in said)


def test_two_houses_on_a_broker_do_not_meet() -> None:
    cabin = HOUSE.model_copy(update={"site": "cabin"})
    assert not set(messages()) & set(messages(cabin))
    one = next(iter(messages(cabin).values()))
    assert announced_here(one.encode(), cabin)
    assert not announced_here(one.encode(), HOUSE)
    assert json.loads(one)["default_entity_id"].startswith("select.darkstar_cabin_")
    assert json.loads(one)["device"]["name"] == "Darkstar cabin"


@given(st.one_of(st.binary(), st.from_type(dict).map(lambda one: repr(one).encode())))
def test_a_strangers_message_is_never_taken_for_ours(payload: bytes) -> None:
    assert not announced_here(payload, HOUSE)


@pytest.mark.parametrize("payload", [b"[]", b"null", b'{"device": []}', b'{"device": null}', b"3"])
def test_json_of_another_shape_is_not_ours(payload: bytes) -> None:
    assert not announced_here(payload, HOUSE)


def test_a_house_sees_only_what_it_has() -> None:
    bare, whole = set(named(BARE)), set(named())
    assert actions(BARE) == ("stop",)
    assert named(BARE)["override"].words["options"] == ["plan", "stop"]
    gone = {"soc", "target_soc", "planned_soc", "pv_tomorrow"}
    gone |= {"charge_power", "water_temperature", "pv_energy", "battery_topup_80",
            "water_boost_60", "force_heat_15", "ev_car_power", "ev_energy"}  # fmt: skip
    assert gone <= whole
    assert not gone & bare
    assert {"import_power", "import_energy", "stop_60", "automation", "load_power"} <= bare


def test_the_energy_dashboard_can_use_the_counters() -> None:
    for key in ("import_energy", "export_energy", "pv_energy", "charge_energy", "discharge_energy"):
        words = named()[key].words
        assert (words["device_class"], words["unit_of_measurement"]) == ("energy", "kWh")
        assert words["state_class"] == "total_increasing"


def test_what_a_day_costs_saves_and_brings_is_shown() -> None:
    now = Now(
        sender=Service.GATEWAY, emitted_at=NOON, slot_start=NOON, cost_today=-1.5, saved_month=3.0,
        planned_soc_percent=70, pv_tomorrow_kwh=21.5,
    )  # fmt: skip
    assert [shown(one, now) for one in ("cost_today", "saved_today", "saved_month")] == [
        "-1.5", "None", "3.0",
    ]  # fmt: skip
    assert (shown("planned_soc", now), shown("pv_tomorrow", now)) == ("70.0", "21.5")
    assert shown("load_today", now) == "None"
    for key in ("cost_today", "saved_today", "saved_month"):
        words = named()[key].words
        assert (words["device_class"], words["state_class"]) == ("monetary", "total")
        assert "today_at" in words["last_reset_value_template"]


def test_what_is_forecast_is_no_counter() -> None:
    for key in ("load_today", "load_tomorrow", "pv_today", "pv_tomorrow"):
        assert named()[key].words["unit_of_measurement"] == "kWh"
        assert "state_class" not in named()[key].words


def test_prices_are_in_the_money_of_the_house() -> None:
    euros = Config.model_validate({"tariff": {"currency": "EUR"}})
    assert named(euros)["import_price"].words["unit_of_measurement"] == "EUR/kWh"
    assert named(euros)["plan_cost"].words["unit_of_measurement"] == "EUR"


def test_each_kind_of_notification_has_a_switch() -> None:
    switches = {one.key for one in controls(HOUSE) if one.component == "switch"}
    assert {f"notify_{kind}" for kind in NOTIFICATION_KINDS} <= switches
    assert named()["notify_charge_stop"].words["entity_category"] == "config"


def test_the_topics_are_those_of_the_site_and_the_prefix() -> None:
    config = Config.model_validate({"site": "cabin", "mqtt": {"discovery_prefix": "ha"}})
    override = messages(config)["ha/select/darkstar/cabin-override/config"]
    assert json.loads(override)["state_topic"] == CONTROL_STATE.topic("cabin")


def test_one_message_for_all_says_the_same_of_each() -> None:
    config = HOUSE.model_copy(
        update={"gateway": HOUSE.gateway.model_copy(update={"discovery": "device"})}
    )
    ((topic, text),) = messages(config).items()
    whole = json.loads(text)
    assert announced_here(text.encode(), config)
    ours = re.compile(discovery_filter(HOUSE).replace("+", "[a-zA-Z0-9_-]+"))
    assert ours.fullmatch(topic), "where the broker lets us write"
    single = {one: json.loads(said) for one, said in messages().items()}
    assert len(whole["components"]) == len(single)
    for where, said in single.items():
        component, key = where.split("/")[1], where.split("/")[3].removeprefix("home-")
        told = whole["components"][key]
        assert told == {"platform": component} | {
            word: value for word, value in said.items() if word not in ("device", "origin")
        }
        assert {word: whole[word] for word in ("device", "origin")} == {
            word: said[word] for word in ("device", "origin")
        }


@pytest.mark.parametrize(
    ("way", "topic", "otherwise"),
    [
        ("entity", "homeassistant/sensor/darkstar/home-soc/config", False),
        ("entity", "homeassistant/device/darkstar/home/config", True),
        ("device", "homeassistant/sensor/darkstar/home-soc/config", True),
        ("device", "homeassistant/device/darkstar/home/config", False),
        ("device", "deep/er/device/darkstar/home/config", False),
    ],
)
def test_the_topic_tells_in_which_way_it_announces(way: str, topic: str, otherwise: bool) -> None:
    config = Config.model_validate({"gateway": {"discovery": way}})
    assert announced_otherwise(topic, config) is otherwise
