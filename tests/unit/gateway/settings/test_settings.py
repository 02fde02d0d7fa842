"""The settings over the API: read, checked, saved, put back."""

from __future__ import annotations

import json
from difflib import unified_diff
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import pytest
from support.gateway_app import a_gateway
from support.settings_example import EXAMPLE as KEPT

from darkstar_common.bus import Delivery
from darkstar_common.config import load_config
from darkstar_common.contract import CONFIG, ConfigState
from darkstar_common.runtime import Secrets
from darkstar_gateway.api.page import Page


def changed(before: str, after: str) -> list[str]:
    lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("---", "+++")]


async def test_the_answer_is_of_the_kept_shape(settings: Any) -> None:
    state = await settings.state()
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    assert list(state) == list(kept)
    assert list(state["secrets"]) == list(kept["secrets"])
    assert (state["groups"], state["defaults"]) == (kept["groups"], kept["defaults"])
    assert state["values"]["executor"]["roles"]["battery_soc"] == "sensor.inverter_battery_soc"
    assert state["writable"]
    assert state["reason"] is None
    assert {"battery.capacity_kwh", "evs", "executor.roles"} <= set(state["set"])
    assert "battery" not in state["set"]


async def test_a_secret_is_told_as_set_and_nothing_more(settings: Any) -> None:
    response = await settings.gateway.get("/api/settings")
    assert response.json()["secrets"]["DARKSTAR_GATEWAY_TOKEN"] is True
    assert response.json()["secrets"]["DARKSTAR_GATEWAY_PASSWORD"] is False
    assert "t0ken" not in response.text


async def test_a_save_changes_its_lines_keeps_a_backup_and_tells_the_services(
    settings: Any,
) -> None:
    before, old = settings.path.read_text(), (await settings.state())["revision"]
    async with settings.gateway.bus.inbox(CONFIG) as inbox:
        response = await settings.save(battery__capacity_kwh=12, executor__shadow=False)
        told = await anext(aiter(inbox))
    assert response.status_code == HTTPStatus.OK, response.text
    said = response.json()
    assert said["changed"] == ["battery.capacity_kwh", "executor.shadow"]
    assert (said["restart"], said["notes"]) == ([], [])
    assert changed(before, settings.path.read_text()) == [
        "-  capacity_kwh: 10.0",
        "+  capacity_kwh: 12.0",
        "-  shadow: true",
        "+  shadow: false",
    ]
    assert isinstance(told, Delivery)
    assert isinstance(told.message, ConfigState)
    assert told.message.revision == said["revision"] != old
    assert told.message.changed == ("battery.capacity_kwh", "executor.shadow")
    (backup,) = (settings.state_dir / "backups").iterdir()
    assert backup.read_text() == before
    state = await settings.state()
    assert state["revision"] == said["revision"]
    assert state["values"]["battery"]["capacity_kwh"] == 12


async def test_what_needs_a_restart_is_said(settings: Any) -> None:
    response = await settings.save(mqtt__port=1884, gateway__log_lines=500)
    assert response.json()["restart"] == ["mqtt.port"]


async def test_a_removed_key_has_its_default_again(settings: Any) -> None:
    await settings.save(battery__max_charge_kw=7)
    response = await settings.save(remove=("battery.max_charge_kw",))
    assert response.json()["changed"] == ["battery.max_charge_kw"]
    state = await settings.state()
    assert state["values"]["battery"]["max_charge_kw"] == 5.0
    assert "battery.max_charge_kw" not in state["set"]


async def test_nothing_to_change_writes_nothing(settings: Any) -> None:
    before = settings.path.stat().st_mtime_ns
    response = await settings.save(battery__capacity_kwh=10)
    assert response.json()["changed"] == []
    assert settings.path.stat().st_mtime_ns == before
    assert not (settings.state_dir / "backups").exists()


@pytest.mark.parametrize(
    ("changes", "key", "message"),
    [
        ({"battery.capacity_kwh": -1}, "battery.capacity_kwh", "greater than 0"),
        ({"battery.capacity_kwh": "much"}, "battery.capacity_kwh", "valid number"),
        ({"battery.min_soc_percent": 100}, "battery", "not below"),
        ({"timezone": "Mars"}, "timezone", "no IANA time zone"),
        ({"battery.capacity": 1}, "battery.capacity", "Did you mean battery.capacity_kwh?"),
        ({"evs.0.id": "x"}, "evs.0.id", "as a whole: give evs"),
        ({"evs": [{"id": "a"}, {"id": "a"}]}, "evs", "taken"),
        ({"evs": [{"id": "A b"}]}, "evs.0.id", "pattern"),
        ({"evs": [{"colour": "red"}]}, "evs.0.colour", "is no key"),
        ({"grid": 3}, "grid", "dictionary"),
        ({"": 1}, "", "no such key"),
        ({"executor.max_age_seconds.pv_power": -1}, "executor.max_age_seconds.pv_power", "greater"),
        ({"home_assistant.url": "http://me:pw@ha:8123"}, "home_assistant.url", "leave them out"),
        ({"prices.sources": ["csv"]}, "prices", "csv_path must name the file"),
    ],
)
async def test_what_cannot_be_is_said_beside_its_key_and_saved_by_nobody(
    settings: Any, changes: dict[str, Any], key: str, message: str
) -> None:
    before = settings.path.read_bytes()
    checked = await settings.post("/check", changes=changes)
    assert checked.status_code == HTTPStatus.OK
    (problem,) = checked.json()["problems"]
    assert problem["key"] == key
    assert message in problem["message"]
    revision = (await settings.state())["revision"]
    response = await settings.post("", revision=revision, changes=changes)
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["problems"] == [problem]
    assert response.json()["detail"].startswith("Nothing was saved.")
    assert "pw@" not in response.text
    assert settings.path.read_bytes() == before
    assert not (settings.state_dir / "backups").exists()


async def test_a_door_that_would_be_open_to_all_is_not_saved(settings: Any) -> None:
    before = settings.path.read_bytes()
    response = await settings.save(gateway__access__required=False, gateway__host="0.0.0.0")  # noqa: S104 (refused)
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    (problem,) = response.json()["problems"]
    assert problem["key"] in {"gateway.host", "gateway.access.required"}
    assert "would be open to all" in problem["message"]
    assert settings.path.read_bytes() == before
    response = await settings.save(gateway__access__required=False)  # on loopback
    assert response.json()["changed"] == ["gateway.access.required"]


async def test_sound_changes_have_no_problems_and_are_not_saved_by_a_check(settings: Any) -> None:
    before = settings.path.read_bytes()
    response = await settings.post("/check", changes={"battery": None, "evs": [{"id": "car"}]})
    assert response.json() == {"problems": []}
    assert settings.path.read_bytes() == before


async def test_a_key_of_a_section_that_is_null_makes_the_section(settings: Any) -> None:
    await settings.save(battery=None)
    assert (await settings.state())["values"]["battery"] is None
    response = await settings.save(battery__capacity_kwh=7)
    assert response.json()["changed"] == ["battery"]
    assert load_config(settings.path).battery is not None


async def test_a_map_is_changed_key_by_key(settings: Any) -> None:
    before = settings.path.read_text()
    changes = {
        "executor.roles.battery_soc": "sensor.soc",
        "executor.roles.car/charging": "switch.c",
    }
    revision = (await settings.state())["revision"]
    await settings.post("", revision=revision, changes=changes)
    assert changed(before, settings.path.read_text()) == [
        "-    battery_soc: sensor.inverter_battery_soc  # not the one of the BMS",
        "+    battery_soc: sensor.soc  # not the one of the BMS",
        "+    car/charging: switch.c",
    ]


async def test_a_file_changed_meanwhile_by_hand_is_a_conflict_and_nothing_is_lost(
    settings: Any,
) -> None:
    revision = (await settings.state())["revision"]
    by_hand = settings.path.read_text().replace("max_import_kw: 11.0", "max_import_kw: 13.0")
    settings.path.write_text(by_hand)
    response = await settings.post("", revision=revision, changes={"battery.capacity_kwh": 12})
    assert response.status_code == HTTPStatus.CONFLICT
    assert "changed meanwhile" in response.json()["detail"]
    assert response.json()["revision"] == (await settings.state())["revision"] != revision
    assert settings.path.read_text() == by_hand


async def test_of_two_saves_at_once_one_is_a_conflict(settings: Any) -> None:
    revision = (await settings.state())["revision"]
    first = await settings.post("", revision=revision, changes={"battery.capacity_kwh": 12})
    second = await settings.post("", revision=revision, changes={"battery.capacity_kwh": 13})
    assert (first.status_code, second.status_code) == (200, 409)


async def test_a_file_that_cannot_be_used_is_told_with_the_way_out(settings: Any) -> None:
    settings.path.write_text("battery: {capacity_kwh: -1}\n")
    state = await settings.state()
    assert not state["writable"]
    assert "battery.capacity_kwh (-1)" in state["reason"]
    assert "restore an earlier one" in state["reason"]
    assert state["values"]["battery"]["capacity_kwh"] == 10.0  # what the gateway runs with
    response = await settings.post("", revision=state["revision"], changes={"site": "x"})
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "cannot be used as it is" in response.json()["detail"]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a: [", b"- 1\n", b"site: A B\n", b"\x00"])
async def test_whatever_is_in_the_file_there_is_an_answer(settings: Any, content: bytes) -> None:
    settings.path.write_bytes(content)
    state = await settings.state()
    assert not state["writable"]
    assert state["values"]["grid"]["max_import_kw"] == 11.0
    assert state["revision"] == sha256(content).hexdigest()


async def test_a_missing_file_is_told(settings: Any) -> None:
    settings.path.unlink()
    state = await settings.state()
    assert not state["writable"]
    assert "put the file back" in state["reason"]


async def test_without_a_file_nothing_can_be_saved_and_that_is_said() -> None:
    async with a_gateway(Page({}), secrets=Secrets()) as gateway:
        state = (await gateway.get("/api/settings")).json()
        backups = (await gateway.get("/api/settings/backups")).json()
    assert not state["writable"]
    assert "without a configuration file" in state["reason"]
    assert backups == {"backups": []}


async def test_an_earlier_state_is_put_back_and_the_present_one_kept(settings: Any) -> None:
    before = settings.path.read_text()
    await settings.save(battery__capacity_kwh=12)
    (backup,) = (await settings.gateway.get("/api/settings/backups")).json()["backups"]
    assert backup["size"] == len(before.encode())
    later = settings.path.read_text()
    response = await settings.post(
        "/restore", revision=(await settings.state())["revision"], name=backup["name"]
    )
    assert response.json()["changed"] == ["battery.capacity_kwh"]
    assert settings.path.read_text() == before
    kept = {one.read_text() for one in (settings.state_dir / "backups").iterdir()}
    assert later in kept


async def test_an_earlier_state_can_replace_a_file_that_cannot_be_used(settings: Any) -> None:
    before = settings.path.read_text()
    await settings.save(battery__capacity_kwh=12)
    settings.path.write_text("battery: [")
    (backup,) = (await settings.gateway.get("/api/settings/backups")).json()["backups"]
    revision = (await settings.state())["revision"]
    response = await settings.post("/restore", revision=revision, name=backup["name"])
    assert response.status_code == HTTPStatus.OK, response.text
    assert settings.path.read_text() == before


@pytest.mark.parametrize(
    "name", ["nothing", "../../house/config.yaml", "/etc/passwd", "config-\x00.yaml", ""]
)
async def test_only_backups_can_be_put_back(settings: Any, name: str) -> None:
    before = settings.path.read_bytes()
    revision = (await settings.state())["revision"]
    response = await settings.post("/restore", revision=revision, name=name)
    assert response.status_code == HTTPStatus.NOT_FOUND
    assert "no such backup" in response.json()["detail"]
    assert settings.path.read_bytes() == before


@pytest.mark.parametrize(
    "body",
    [
        b'{"changes": {"site": "\\ud800"}}',
        b'{"changes": {"\\ud800": 1}}',
        b'{"changes": {"battery.capacity_kwh": NaN}}',
        b'{"changes": {"battery.capacity_kwh": 1e999}}',
        b'{"changes": 3}',
        b'{"remove": [1]}',
        b'{"other": 1}',
        b"[",
    ],
)
async def test_what_no_file_can_hold_is_refused(settings: Any, body: bytes) -> None:
    response = await settings.gateway.client.post(
        "/api/settings/check",
        content=body,
        headers={"content-type": "application/json", "x-darkstar": "1"},
    )
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert response.headers["content-type"] == "application/problem+json"


async def test_shared_parts_of_the_file_are_left_to_people(settings: Any) -> None:
    settings.path.write_text(
        "evs:\n- &one {id: a}\nappliances: []\nprices: {time_of_use: []}\n"
        "grid: {peak: &p {top_n: 1}}\n"
    )
    response = await settings.save(grid__peak__top_n=2)
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "by hand" in response.json()["detail"]
