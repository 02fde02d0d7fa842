import json
from typing import Any

import pytest
from unit.executor.samples import DEYE, PREFIX, ROLES, discovery, house, registry

from darkstar_common.config import Config, Ev, Executor
from darkstar_executor.core.binding import OWN_PREFIX, bind, bound
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.roles import EV_ROLES, Binding, parts_of, roles_of
from darkstar_executor.core.roles import ROLES as HOUSE_ROLES

CONFIG = Config(evs=(Ev(id="zoe"), Ev(id="ioniq")))
KNOWN = roles_of(DEYE, CONFIG)


def tied(wanted: dict[str, str], of: Registry | None = None, **more: Any) -> dict[str, Binding]:
    entities = (of or registry()).entities
    return bind(wanted, entities, **{"roles": KNOWN, "parts": frozenset()} | more)


def one(role: str, of: Registry | None = None, **more: Any) -> Binding:
    return tied({role: ROLES[role]}, of, **more)[role]


def made(component: str, **raw: Any) -> Registry:
    """What a single entity `x.thing` of some kind announces."""
    full = {"name": "thing", "state_topic": "s", "command_topic": "c"} | raw
    return Registry().updated(f"{PREFIX}/{component}/thing/config", json.dumps(full), PREFIX)


def test_every_role_finds_its_entity() -> None:
    bindings = tied(ROLES)
    assert {binding.status for binding in bindings.values()} == {"bound"}
    assert bindings["max_charge_current"].quantity == "current"
    assert bindings["max_charge_current"].setting
    assert not bindings["battery_soc"].setting


@pytest.mark.parametrize(
    "name", ["sensor.house_battery_soc", "house_battery_soc", "house/battery_soc"]
)
def test_an_entity_is_found_by_each_of_its_names(name: str) -> None:
    assert tied({"battery_soc": name})["battery_soc"].status == "bound"


def test_an_entity_is_found_by_the_id_that_another_release_gives_it() -> None:
    renamed = registry(["battery_soc"], object_id="old")
    assert tied({"battery_soc": "sensor.old"}, renamed)["battery_soc"].status == "bound"
    assert one("battery_soc", renamed).status == "bound"


@pytest.mark.parametrize(
    ("role", "changed", "status", "hint"),
    [
        ("battery_soc", {"unit_of_measurement": "W"}, "wrong_unit", "is in W, battery_soc needs %"),
        ("soc_target", {"unit_of_measurement": None}, "wrong_unit",
         "is in no unit, soc_target needs %; set executor.units.soc_target to the one it means"),
        ("export_limit", {"unit_of_measurement": "A"}, "wrong_unit", "is in A"),
        ("max_charge_current", {"unit_of_measurement": "V"}, "wrong_unit", "needs A, mA, kW"),
        ("work_mode", {"options": ["Zero Export To CT"]}, "wrong_options",
         "no option Export First; it has Zero Export To CT: is inverter.profile the right one?"),
        ("work_mode", {"options": []}, "wrong_options", "it has none"),
        ("work_mode", {"command_topic": None}, "missing", "announced no command_topic"),
        ("pv_power", {"state_topic": None}, "missing", "announced no state_topic"),
        ("pv_power", {"name": "other"}, "missing", "was not discovered"),
        ("pv_power", {"unique_id": f"{OWN_PREFIX}home_pv"}, "missing", "Darkstar's own"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_sentence(
    role: str, changed: dict[str, object], status: str, hint: str
) -> None:
    binding = one(role, registry([role], **changed))
    assert (binding.status, binding.entity) == (status, None)
    assert hint in binding.detail


def test_the_wrong_kind_of_entity_is_refused() -> None:
    binding = tied({"grid_charging": "sensor.house_pv_power"})["grid_charging"]
    assert binding.detail == "sensor.house_pv_power is a sensor, grid_charging needs a switch"


def test_a_limit_may_be_in_watts_or_amperes() -> None:
    watts = registry(["max_charge_current"], unit_of_measurement="W")
    assert one("max_charge_current", watts).quantity == "power"


def test_a_unit_may_be_given_for_an_entity_that_declares_none() -> None:
    mute = registry(["battery_soc"], unit_of_measurement=None)
    binding = one("battery_soc", mute, units={"battery_soc": "%"})
    assert binding.entity is not None
    assert (binding.status, binding.entity.unit) == ("bound", "%")


def test_a_unit_that_is_declared_goes_before_a_configured_one() -> None:
    assert one("battery_soc", units={"battery_soc": "W"}).status == "bound"
    wrong = registry(["battery_soc"], unit_of_measurement="W")
    assert one("battery_soc", wrong, units={"battery_soc": "%"}).status == "wrong_unit"


def test_two_of_the_same_name_are_ambiguous_and_told_apart() -> None:
    topic, _ = discovery("battery_soc")
    _, other = discovery("battery_soc", state_topic="elsewhere", unique_id="second")
    twice = registry().updated(topic.replace("/house/", "/other/"), other, PREFIX)
    binding = one("battery_soc", twice)
    assert binding.status == "ambiguous"
    assert "name it by its unique id: house_battery_soc or second" in binding.detail
    assert tied({"battery_soc": "second"}, twice)["battery_soc"].status == "bound"


def test_one_that_is_announced_twice_alike_is_one() -> None:
    topic, payload = discovery("battery_soc")
    twice = registry().updated(topic.replace("/house/", "/other/"), payload, PREFIX)
    assert one("battery_soc", twice).status == "bound"


def test_a_role_that_there_is_not_is_named() -> None:
    assert "did you mean battery_soc?" in tied({"batery_soc": "sensor.x"})["batery_soc"].detail
    assert "known are" in tied({"qqqqqq": "sensor.x"})["qqqqqq"].detail


def test_a_needed_role_that_is_not_configured_is_missing() -> None:
    bindings = tied({}, parts=parts_of(house()))
    assert set(bindings) == {name for name, role in KNOWN.items() if role.needed_for}
    assert {binding.status for binding in bindings.values()} == {"missing"}
    assert not any(binding.optional for binding in bindings.values())


def test_without_a_battery_and_a_heater_nothing_is_needed_of_them() -> None:
    bare = Config(battery=None, water_heater=None)
    assert parts_of(bare) == {"house"}
    assert not tied({}, parts=parts_of(bare))


def test_a_relay_makes_the_set_point_unnecessary() -> None:
    relay = made("switch")
    bindings = tied({"water_switch": "switch.thing"}, relay, parts=frozenset({"water"}))
    assert set(bindings) == {"water_switch"}
    assert bindings["water_switch"].status == "bound"


def test_what_only_the_profile_expects_is_optional() -> None:
    bindings = tied(
        {"pv_power": "sensor.not_there", "load_power": "sensor.neither", "soc_target": "number.no"},
        parts=frozenset({"battery"}),
        asked={"load_power"},
    )
    optional = {name for name, binding in bindings.items() if binding.optional}
    assert optional == {"pv_power"}, "the config asks for load_power, the battery for soc_target"


def test_the_configuration_goes_before_the_profile() -> None:
    config = Config(executor=Executor(roles={"battery_soc": ROLES["battery_soc"]}))
    bindings = bound(registry().entities, DEYE, config)
    assert DEYE.entities["battery_soc"] != ROLES["battery_soc"]
    assert bindings["battery_soc"].status == "bound"
    assert bindings["work_mode"].wanted == DEYE.entities["work_mode"]


def test_roles_are_those_of_house_inverter_and_vehicles() -> None:
    vehicles = {f"{car}/{name}" for car in ("zoe", "ioniq") for name in EV_ROLES}
    assert set(KNOWN) == set(HOUSE_ROLES) | set(DEYE.settings) | vehicles


@pytest.mark.parametrize(
    ("role", "component", "raw"),
    [
        ("zoe/charging", "switch", {}),
        ("zoe/current", "number", {"unit_of_measurement": "A"}),
        ("zoe/current", "number", {"unit_of_measurement": "W", "max": 11000}),
        ("zoe/power", "sensor", {"unit_of_measurement": "kW"}),
        ("zoe/connected", "binary_sensor", {}),
        ("zoe/soc", "sensor", {"unit_of_measurement": "%"}),
        ("ev_power", "sensor", {"unit_of_measurement": "W"}),
        ("grid_status", "binary_sensor", {"device_class": "connectivity"}),
        ("grid_status", "sensor", {}),
        ("grid_status", "switch", {}),
        ("automation_switch", "switch", {}),
        ("automation_switch", "binary_sensor", {}),
        ("alarm", "alarm_control_panel", {}),
        ("alarm", "binary_sensor", {}),
        ("battery_charge_power", "sensor", {"unit_of_measurement": "W"}),
        ("battery_discharge_power", "sensor", {"unit_of_measurement": "kW"}),
        ("water_switch", "switch", {}),
        ("water_setpoint", "number", {"unit_of_measurement": "°C"}),
        ("water_setpoint", "climate", {"temperature_command_topic": "t", "max_temp": 85}),
        ("water_setpoint", "water_heater", {"temp_cmd_t": "t", "temperature_unit": "C"}),
        ("battery_soc", "number", {"unit_of_measurement": "%"}),
    ],
)
def test_each_kind_of_entity_plays_its_roles(
    role: str, component: str, raw: dict[str, Any]
) -> None:
    binding = tied({role: f"{component}.thing"}, made(component, **raw))[role]
    assert (binding.status, binding.detail) == ("bound", "")
