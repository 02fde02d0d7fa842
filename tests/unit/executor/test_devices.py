import json
from datetime import timedelta
from typing import Any

import pytest
from unit.executor.samples import DEYE, NOON, PREFIX, ROLES, house, registry

from darkstar_common.config import Config, Executor
from darkstar_common.contract import DiscoveredEntity, RoleBinding
from darkstar_executor.core.binding import bound
from darkstar_executor.core.catalogue import catalogue
from darkstar_executor.core.devices import discovered, role_bindings
from darkstar_executor.core.discovery import Registry, announced_by
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.entities import Entity

EMPTY = Registry()


def rows(config: Config, of: Registry | None = None, **heard: str) -> dict[str, RoleBinding]:
    found = registry() if of is None else of
    ears = Ears(max_age=timedelta(minutes=1)).rebound(bound(found.entities, DEYE, config))
    for topic, payload in heard.items():
        ears = ears.hearing(topic, payload, NOON, retained=False)
    return {row.role: row for row in role_bindings(ears, found)}


def asking(**roles: str) -> Config:
    return Config(executor=Executor(roles=roles))


def test_every_role_of_a_whole_house_is_bound() -> None:
    found = rows(house())
    assert {row.status for row in found.values() if not row.optional} == {"bound"}
    assert {row.detail for row in found.values() if row.status == "bound"} == {""}


def test_a_row_tells_topics_unit_and_range() -> None:
    row = rows(house())["soc_target"]
    assert (row.state_topic, row.command_topic) == ("house/soc_target", "house/soc_target/set")
    assert (row.unit, row.minimum, row.maximum, row.step) == ("%", 0, 100, 1)
    assert rows(house())["work_mode"].options == ("Export First", "Zero Export To CT")


def test_what_may_have_been_meant_is_suggested() -> None:
    row = rows(asking(battery_soc="sensor.huose_battery_soc"))["battery_soc"]
    assert row.status == "missing"
    assert row.detail == (
        "sensor.huose_battery_soc was not discovered; did you mean sensor.house_battery_soc?"
    )


def test_a_needed_role_that_nobody_names_is_suggested_by_what_it_is() -> None:
    row = rows(asking())["water_setpoint"]
    assert row.detail == (
        "executor.roles names no entity for water_setpoint; "
        "did you mean number.house_water_setpoint?"
    )


def test_only_entities_that_could_play_the_role_are_suggested() -> None:
    thin = registry(["battery_soc", "battery_power", "work_mode"], options=["A"])
    found = rows(asking(work_mode="select.x"), thin)
    assert "did you mean" not in found["work_mode"].detail
    assert "no entity that was discovered could be work_mode" in found["work_mode"].detail
    assert "house_battery_power" not in found["battery_soc"].detail


def test_an_empty_house_is_told_to_look_at_its_gateway() -> None:
    row = rows(house(), EMPTY)["battery_soc"]
    assert "nothing was discovered yet: is the gateway running" in row.detail


def test_an_own_entity_is_never_suggested() -> None:
    raw = {"name": "Battery SoC", "unique_id": "darkstar_home_soc", "state_topic": "d",
           "unit_of_measurement": "%"}  # fmt: skip
    own = EMPTY.updated(f"{PREFIX}/sensor/x/config", json.dumps(raw), PREFIX)
    assert "did you mean" not in rows(asking(battery_soc="sensor.soc"), own)["battery_soc"].detail


def test_the_wrong_unit_comes_with_those_that_fit() -> None:
    detail = rows(asking(battery_soc="sensor.house_battery_power"))["battery_soc"].detail
    assert detail.startswith("sensor.house_battery_power is in W, battery_soc needs %")
    assert detail.endswith("did you mean sensor.house_battery_soc?")


@pytest.mark.parametrize(
    ("availability", "heard", "hint"),
    [
        ({"availability_topic": "up"}, {}, "nothing was heard on up"),
        ({"availability_topic": "up"}, {"up": "offline"}, "up says so"),
        (
            {"availability": [{"topic": "up"}, {"topic": "bridge"}], "availability_mode": "all"},
            {"up": "online"},
            "nothing was heard on bridge",
        ),
    ],
)
def test_an_unavailable_entity_names_the_topic_to_look_at(
    availability: dict[str, Any], heard: dict[str, str], hint: str
) -> None:
    row = rows(house(), registry(**availability), **heard)["soc_target"]
    assert (row.status, row.entity) == ("unavailable", ROLES["soc_target"])
    assert hint in row.detail


def test_what_only_the_profile_expects_is_marked_optional() -> None:
    found = rows(house())
    absent = {role for role, row in found.items() if row.status == "missing"}
    assert absent == {"charge_energy", "discharge_energy"}
    assert all(found[role].optional for role in absent)
    assert not found["battery_soc"].optional


def test_all_that_was_discovered_is_listed_once() -> None:
    assert "number.house_soc_target" in discovered(registry())
    assert list(discovered(registry())) == sorted(set(discovered(registry())))


def test_each_entity_is_described_as_a_person_would_know_it() -> None:
    found = registry(["battery_soc", "work_mode", "pv_power"])
    ears = Ears(max_age=timedelta(minutes=1)).rebound(bound(found.entities, DEYE, house()))
    ears = ears.hearing("house/battery_soc", "57", NOON, retained=False)
    rows = {one.entity: one for one in catalogue(found, DEYE, house()).showing(ears)}
    assert sorted(rows) == [
        "select.house_work_mode", "sensor.house_battery_soc", "sensor.house_pv_power",
    ]  # fmt: skip
    soc, mode = rows["sensor.house_battery_soc"], rows["select.house_work_mode"]
    assert (soc.name, soc.device, soc.unit, soc.settable) == ("battery_soc", "House", "%", False)
    assert soc.value == "57"
    assert rows["sensor.house_pv_power"].value is None  # nothing was heard of it yet
    assert (mode.component, mode.settable) == ("select", True)
    assert mode.options == ("Export First", "Zero Export To CT")


def test_a_name_that_home_assistant_would_not_take_is_not_told() -> None:
    known = dict(_announced("sensor", name, "W", length=0) for name in ("pv power", "x" * 300))
    told = catalogue(Registry(known), DEYE, house())
    assert [one.entity for one in told.entities] == ["sensor.pv_power"]
    assert {one.entity for one in told.proposals} == {"sensor.pv_power"}


def test_of_a_house_with_too_many_entities_those_are_told_that_could_play_a_role() -> None:
    kinds = [("sensor", "lx", 60), ("sensor", "W", 20), ("text", None, 20)]
    many = dict(
        _announced(kind, f"{unit} {number}", unit, length=100)
        for kind, unit, count in kinds
        for number in range(count)
    )
    told = catalogue(Registry(many), DEYE, house(), most=20_000).entities
    assert [one.unit for one in told].count("W") == 20
    assert {one.component for one in told} == {"sensor"}, "a text plays no role"
    assert 15_000 < len(_written(told)) < 25_000
    assert len(catalogue(Registry(many), DEYE, house()).entities) == 100


def _announced(
    kind: str, name: str, unit: str | None, *, length: int
) -> tuple[str, tuple[Entity, ...]]:
    topic = f"{PREFIX}/{kind}/{name.replace(' ', '_')}/config"
    raw = {"name": f"{name} {'x' * length}", "unique_id": topic, "state_topic": "s",
           "unit_of_measurement": unit}  # fmt: skip
    return topic, announced_by(topic, json.dumps(raw), PREFIX)


def _written(told: tuple[DiscoveredEntity, ...]) -> str:
    return json.dumps([one.model_dump(mode="json") for one in told])
