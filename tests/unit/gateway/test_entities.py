"""What the API tells of the house's entities, put together from what the executor said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from support.gateway_app import Gateway

from darkstar_common.contract import (
    HOUSE_DEVICES,
    Devices,
    DiscoveredEntity,
    RoleBinding,
    RoleProposal,
    Service,
)

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
SOC, POWER = "sensor.inverter_soc", "sensor.inverter_pv"


def devices(**more: Any) -> Devices:
    fields: dict[str, Any] = {
        "roles": (
            RoleBinding(role="battery_soc", status="bound", entity=SOC, state_topic="s", unit="%"),
            RoleBinding(
                role="pv_power", status="missing", entity="sensor.gone", detail="not there"
            ),
        ),
        "discovered": (POWER, SOC),
        "entities": (
            DiscoveredEntity(entity=POWER, component="sensor", name="PV", device="Roof", unit="W"),
            DiscoveredEntity(entity=SOC, component="sensor", unit="%", value="57"),
        ),
        "proposals": (
            RoleProposal(role="pv_power", entity=POWER, likely=True, because="its name"),
            RoleProposal(role="ev_power", entity=POWER, likely=False, because="its unit"),
        ),
        "profile": "deye",
    }
    return Devices(sender=Service.EXECUTOR, emitted_at=NOON, **(fields | more))


async def asked(gateway: Gateway, said: Devices | None) -> dict[str, Any]:
    if said is not None:
        gateway.live.apply(HOUSE_DEVICES.path, said)
    answer = await gateway.get("/api/entities")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


async def test_each_entity_says_which_role_it_plays(gateway: Gateway) -> None:
    body = await asked(gateway, devices())
    found = {one["entity"]: one for one in body["entities"]}
    assert found[SOC]["plays"] == "battery_soc"
    assert found[SOC]["value"] == "57"
    assert found[POWER]["plays"] is None
    assert found[POWER]["device"] == "Roof"


async def test_each_role_comes_with_what_is_proposed_for_it(gateway: Gateway) -> None:
    body = await asked(gateway, devices())
    roles = {one["role"]: one for one in body["roles"]}
    assert roles["pv_power"]["proposals"] == [
        {"entity": POWER, "likely": True, "because": "its name"}
    ]
    assert roles["pv_power"]["detail"] == "not there"
    assert roles["battery_soc"]["proposals"] == []


async def test_a_role_that_nobody_asked_for_is_offered_too(gateway: Gateway) -> None:
    body = await asked(gateway, devices())
    row = next(one for one in body["roles"] if one["role"] == "ev_power")
    assert (row["status"], row["entity"], row["optional"]) == ("missing", None, True)
    assert row["proposals"][0]["entity"] == POWER


async def test_an_entity_that_a_role_merely_asks_for_plays_nothing(gateway: Gateway) -> None:
    missing = RoleBinding(role="pv_power", status="wrong_unit", entity=POWER, detail="in %")
    body = await asked(gateway, devices(roles=(missing,)))
    assert [one["plays"] for one in body["entities"]] == [None, None]


async def test_it_says_where_the_house_is_looked_for(gateway: Gateway) -> None:
    body = await asked(gateway, devices())
    assert body["broker"] == {"connected": True, "address": "localhost:1883"}
    assert (body["profile"], body["note"]) == ("deye", None)


async def test_before_the_executor_spoke_it_says_what_to_look_at(gateway: Gateway) -> None:
    body = await asked(gateway, None)
    assert (body["entities"], body["roles"]) == ([], [])
    assert "The executor has not said yet" in body["note"]


async def test_an_empty_house_says_what_to_check(gateway: Gateway) -> None:
    body = await asked(gateway, devices(discovered=(), entities=(), proposals=()))
    assert "Nothing was discovered yet" in body["note"]
    assert "mqtt.discovery_prefix" in body["note"]
