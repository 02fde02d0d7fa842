"""What is proposed for each role by what people and gateways call their entities."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.executor.played import PREFIX
from unit.executor.samples import DEYE, house, registry

from darkstar_common.config import Config, Ev, Executor, Meter
from darkstar_common.contract import RoleProposal
from darkstar_executor.core.binding import bound
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.naming import concepts, terms
from darkstar_executor.core.profile import Profile
from darkstar_executor.core.proposals import MOST, named_once, proposals
from darkstar_executor.core.roles import ROLES


def nameless(profile: Profile) -> Profile:
    """`profile` as if nobody knew what its gateway calls the entities."""
    return profile.model_copy(update={"entities": {}})


def first_of(found: tuple[RoleProposal, ...]) -> dict[str, str]:
    first = dict[str, str]()
    for one in found:
        first.setdefault(one.role, one.entity)
    return first


def likely_of(found: tuple[RoleProposal, ...]) -> dict[str, str]:
    return {one.role: one.entity for one in found if one.likely}


def entity(component: str, name: str, unit: str | None = None, **more: Any) -> tuple[str, str]:
    """A discovery message of an entity that people call so."""
    raw = {"name": name, "unique_id": name, "state_topic": f"s/{name}", **more}
    raw |= {"unit_of_measurement": unit} if unit else {}
    return f"{PREFIX}/{component}/{name.replace(' ', '_')}/config", json.dumps(raw)


def asked(
    *messages: tuple[str, str], config: Config | None = None, profile: Profile = DEYE
) -> tuple[RoleProposal, ...]:
    found = Registry()
    for topic, payload in messages:
        found = found.updated(topic, payload, PREFIX)
    return proposals(named_once(found.entities), profile, config or Config())


def test_a_gateway_that_calls_the_device_otherwise_is_recognised() -> None:
    message = entity("number", "Garage Deye Battery max charging current", "A", command_topic="c")
    found = asked(message)
    likely = likely_of(found)["max_charge_current"]
    assert likely == "number.garage_deye_battery_max_charging_current"
    because = next(one.because for one in found if one.role == "max_charge_current")
    assert "number.inverter_battery_max_charging_current, the same below another name" in because


@pytest.mark.parametrize(
    ("role", "unit", "names"),
    [
        ("battery_soc", "%", ["Hembatteri SoC", "Batteri laddningsnivå", "Akku Ladezustand",
                              "Battery state of charge"]),
        ("battery_power", "kW", ["Batterieffekt batteri", "Akku Leistung", "Battery power"]),
        ("battery_charge_power", "W", ["Batteri laddning", "Batterie Ladung", "Battery charging"]),
        ("battery_discharge_power", "W", ["Batteri urladdning", "Batterie Entladung"]),
        ("pv_power", "W", ["Solceller effekt", "Sol", "Photovoltaik Leistung", "Solar power"]),
        ("load_power", "W", ["Hushåll förbrukning", "Hausverbrauch", "House load"]),
        ("grid_power", "W", ["Elnät effekt", "Netz Leistung", "P1 power", "Meter power"]),
        ("import_energy", "kWh", ["Köpt energi", "Netzbezug", "Energy from grid", "Imported"]),
        ("export_energy", "kWh", ["Såld energi", "Einspeisung", "Feed-in", "Energy to grid"]),
        ("charge_energy", "kWh", ["Batteri laddad", "Battery charge total"]),
        ("discharge_energy", "kWh", ["Batteri urladdad", "Battery discharged total"]),
        ("water_temperature", "°C", ["Varmvatten", "Warmwasser Temperatur", "Boiler", "DHW tank"]),
        ("water_energy", "kWh", ["Varmvattenberedare energi", "Water heater energy"]),
        ("ev_power", "W", ["Laddbox effekt", "Wallbox Leistung", "EV charger power", "Elbil"]),
    ],
)  # fmt: skip
def test_people_name_things_in_their_own_language(role: str, unit: str, names: list[str]) -> None:
    for name in names:
        assert role in likely_of(asked(entity("sensor", name, unit))), name


@pytest.mark.parametrize(
    ("unit", "name"),
    [
        ("%", "Phone battery"),
        ("%", "Battery state of health"),
        ("%", "Battery minimum SoC"),
        ("%", "Car SoC"),
        ("kW", "Solar forecast power"),
        ("kW", "PV1 power"),
        ("kW", "Battery max power"),
        ("W", "Phase L1 grid power"),
        ("kWh", "PV energy today"),
        ("kWh", "Import energy this month"),
        ("°C", "Living room temperature"),
        ("V", "Battery voltage"),
    ],
)
def test_what_merely_sounds_like_it_is_not_likely(unit: str, name: str) -> None:
    house_roles = {"ev_power"}  # a car's own figure is the car's
    found = likely_of(asked(entity("sensor", name, unit)))
    assert set(found) <= house_roles


def test_the_power_of_a_wallbox_is_not_the_houses() -> None:
    found = asked(entity("sensor", "Import power", "W", device={"name": "Wallbox"}))
    assert set(likely_of(found)) == {"ev_power"}


def test_a_device_called_home_makes_no_sensor_of_it_the_houses() -> None:
    found = asked(entity("sensor", "Fridge power", "W", device={"name": "Home Assistant"}))
    assert likely_of(found) == {}


def test_of_two_equally_good_ones_neither_is_likely() -> None:
    two = (entity("sensor", "PV power", "W"), entity("sensor", "Solar power", "W"))
    found = [one for one in asked(*two) if one.role == "pv_power"]
    assert {one.entity for one in found} == {"sensor.pv_power", "sensor.solar_power"}
    assert not any(one.likely for one in found)


def test_what_cannot_be_written_is_proposed_for_no_setting() -> None:
    readable = entity("number", "Inverter battery max charging current", "A")
    assert not [one for one in asked(readable) if one.role == "max_charge_current"]


def test_a_setting_is_no_measurement() -> None:
    found = asked(entity("number", "Battery charge power", "W", command_topic="c"))
    row = next(one for one in found if one.role == "battery_charge_power")
    assert not row.likely
    assert "it is a setting and measures nothing" in row.because


@pytest.mark.parametrize("unit", ["°C", "A", None])
def test_a_wrong_unit_is_not_proposed(unit: str | None) -> None:
    assert "pv_power" not in first_of(asked(entity("sensor", "PV power", unit)))


def test_a_select_is_known_by_what_it_offers() -> None:
    options = ["Export First", "Zero Export To CT", "Zero Export To Load"]
    found = asked(
        entity("select", "Mode 7", options=options, command_topic="c"),
        entity("select", "Work mode", options=["A", "B"], command_topic="d"),
    )
    rows = [one for one in found if one.role == "work_mode"]
    assert [(one.entity, one.likely) for one in rows] == [("select.mode_7", True)]
    assert "it offers every option that the profile sets" in rows[0].because


def test_two_unsigned_sensors_go_before_a_signed_one() -> None:
    two = (
        entity("sensor", "Battery charging power", "W"),
        entity("sensor", "Battery discharging power", "W"),
    )
    found = likely_of(asked(*two, entity("sensor", "Battery power", "W")))
    assert "battery_power" not in found
    assert found["battery_charge_power"] == "sensor.battery_charging_power"
    assert "battery_power" in likely_of(asked(two[0], entity("sensor", "Battery power", "W")))


@pytest.mark.parametrize(
    ("kind", "likely"),
    [("net", {"grid_power"}), ("dual", {"import_power", "export_power"})],
)
def test_the_sensors_of_the_meters_kind_are_likely(kind: Any, likely: set[str]) -> None:
    config = Config(executor=Executor(meter=Meter(grid=kind)))
    messages = [
        entity("sensor", name, "W") for name in ("Grid power", "Import power", "Export power")
    ]
    assert set(likely_of(asked(*messages, config=config))) == likely


def test_a_heater_is_steered_by_its_set_point_where_it_has_one() -> None:
    switch = entity("switch", "Water heater", command_topic="a")
    number = entity("number", "Water heater setpoint", "°C", command_topic="b")
    assert likely_of(asked(switch)) == {"water_switch": "switch.water_heater"}
    assert "water_switch" not in likely_of(asked(switch, number))


def test_one_entity_is_likely_for_one_vehicle_only() -> None:
    charging = entity("switch", "EV charging", command_topic="c")
    one = Config(evs=(Ev(id="volvo"),))
    two = Config(evs=(*one.evs, Ev(id="kia")))
    assert "volvo/charging" in likely_of(asked(charging, config=one))
    assert not [role for role in likely_of(asked(charging, config=two)) if "charging" in role]


def test_a_role_has_few_proposals_and_the_best_first() -> None:
    many = [entity("sensor", f"Socket {number} power", "W") for number in range(20)]
    rows = [
        one
        for one in asked(entity("sensor", "Energy meter zz power", "W"), *many)
        if one.role == "grid_power"
    ]
    assert [one.entity for one in rows] == ["sensor.energy_meter_zz_power"]
    mere = [one for one in asked(*many) if one.role == "grid_power"]
    assert len(mere) == MOST
    assert {one.because for one in mere} == {"nothing in its name speaks for it; it is in W"}


def test_entities_of_one_name_are_proposed_by_what_tells_them_apart() -> None:
    twice = [
        (f"{PREFIX}/sensor/{key}/config",
         json.dumps({"name": "PV power", "unique_id": key, "state_topic": key,
                     "unit_of_measurement": "W"}))
        for key in ("roof", "barn")
    ]  # fmt: skip
    found = asked(*twice)
    assert {one.entity for one in found if one.role == "pv_power"} == {"roof", "barn"}


def test_what_darkstar_shows_itself_is_never_proposed() -> None:
    own = entity("sensor", "PV power", "kW", unique_id="darkstar_home_pv")
    assert asked(own) == ()


def test_of_a_name_without_end_the_beginning_is_looked_at() -> None:
    assert concepts("PV power " + "x" * 10_000 + " battery") == {"pv"}
    assert "battery" not in terms("PV power " + "x" * 10_000 + " battery")


names = st.text(
    st.sampled_from("abcdefgh -_åßπ0123456789"), min_size=1, max_size=30
) | st.sampled_from([*ROLES, "battery soc", "x" * 200])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["sensor", "number", "select", "switch", "binary_sensor", "climate"]),
            names,
            st.sampled_from(["W", "kWh", "%", "°C", "A", None]),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_whatever_is_announced_every_likely_one_can_be_bound(
    rows: list[tuple[str, str, str | None, bool]],
) -> None:
    found = Registry()
    for component, name, unit, settable in rows:
        more = {"command_topic": f"c/{name}"} if settable else {}
        found = found.updated(*entity(component, name, unit, **more), PREFIX)
    likely = likely_of(proposals(named_once(found.entities), DEYE, house()))
    config = house(roles=likely)
    for role, binding in bound(found.entities, nameless(DEYE), config).items():
        if role in likely:
            assert binding.status == "bound", (role, binding.detail)


def test_every_name_of_the_picker_means_one_entity() -> None:
    found = registry()
    named = named_once(found.entities)
    assert len(named) == len(list(found.entities))
    assert named["sensor.house_battery_soc"].state_topic == "house/battery_soc"
