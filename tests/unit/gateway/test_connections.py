"""Home Assistant's API, tried from the page, and what it offers to the bridge."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from support.fake_home_assistant_bridge import TOKEN, LiveHome, a_live_home
from support.gateway_app import Gateway, a_gateway

from darkstar_common.config import Config, HomeAssistant
from darkstar_common.launcher.broker import free_port
from darkstar_common.runtime import Secrets
from darkstar_gateway.api.page import Page

SECRETS = Secrets(home_assistant_token=TOKEN)
STATES = {
    "number.charge": {
        "state": "10",
        "attributes": {"friendly_name": "Charge", "unit_of_measurement": "A", "min": 0, "max": 32},
    },
    "input_select.mode": {"state": "Eco", "attributes": {"options": ["Eco", "Full"]}},
    "sensor.on_mqtt": {"state": "1", "attributes": {}},
    "person.anna": {"state": "home", "attributes": {}},
    "sensor.darkstar_price": {"state": "1", "attributes": {}},
}


@pytest.fixture
async def home() -> AsyncIterator[LiveHome]:
    async with a_live_home(
        states=STATES, registry=[{"entity_id": "sensor.on_mqtt", "platform": "mqtt"}]
    ) as there:
        yield there


async def tried(
    page: Page, body: Any = None, *, url: str | None = None, **wiring: Any
) -> dict[str, Any]:
    config = Config(home_assistant=HomeAssistant(url=url))
    async with a_gateway(page, config=config, **({"secrets": SECRETS} | wiring)) as gateway:
        answer = await gateway.client.post("/api/connections/home_assistant", json=body or {})
        assert answer.status_code == 200, answer.text
        assert TOKEN not in answer.text
        found: dict[str, Any] = answer.json()
        return found


async def test_a_try_says_which_home_assistant_answers(page: Page, home: LiveHome) -> None:
    assert await tried(page, url=home.url) == {
        "ok": True,
        "version": "2026.11.0",
        "message": "Home Assistant 2026.11.0 answers, and takes the token.",
    }


async def test_another_address_than_the_configured_one_can_be_tried(
    page: Page, home: LiveHome
) -> None:
    elsewhere = f"http://127.0.0.1:{free_port()}"
    assert (await tried(page, {"url": home.url + "/"}, url=elsewhere))["ok"]
    assert not (await tried(page, url=elsewhere))["ok"]


async def test_what_keeps_it_from_working_comes_with_the_way_out(
    page: Page, home: LiveHome
) -> None:
    found = await tried(page, url=f"http://127.0.0.1:{free_port()}")
    assert "cannot be reached" in found["message"]
    assert "check home_assistant.url" in found["message"]
    home.token = "another"  # noqa: S105 (of nothing)
    found = await tried(page, url=home.url)
    assert (found["ok"], found["version"]) == (False, None)
    assert "does not take the token; make a long-lived access token" in found["message"]


async def test_without_an_address_or_a_token_it_says_which_is_missing(
    page: Page, home: LiveHome
) -> None:
    assert "set home_assistant.url" in (await tried(page))["message"]
    found = await tried(page, url=home.url, secrets=Secrets())
    assert "DARKSTAR_HOME_ASSISTANT_TOKEN" in found["message"]
    assert home.logins == 0


async def test_what_does_not_answer_is_not_waited_for_long(page: Page, home: LiveHome) -> None:
    home.silent = True
    config = Config(home_assistant=HomeAssistant(url=home.url))
    patience = timedelta(milliseconds=200)
    async with a_gateway(page, patience, config=config, secrets=SECRETS) as gateway:
        body = (await gateway.get("/api/entities/home_assistant")).json()
    assert not body["ok"]
    assert "did not answer within 0.2 s" in body["message"]


@pytest.mark.parametrize(
    "body", [{"url": "ftp://x"}, {"url": 3}, {"url": "http://" + "x" * 600}, {"token": "x"}]
)
async def test_what_is_no_address_is_refused(gateway: Gateway, body: Any) -> None:
    answer = await gateway.client.post("/api/connections/home_assistant", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_address_holds_no_password(gateway: Gateway) -> None:
    body = {"url": "http://anna:hunter2@home:8123"}
    answer = await gateway.client.post("/api/connections/home_assistant", json=body)
    assert answer.status_code == 422
    assert "holds no name and no password" in answer.json()["detail"]
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("url", ["http://[", "http://\u2028", "http://a..b", "http://x:99999999"])
async def test_a_strange_address_is_a_sentence_too(page: Page, url: str) -> None:
    async with a_gateway(page, secrets=SECRETS) as gateway:
        answer = await gateway.client.post("/api/connections/home_assistant", json={"url": url})
        assert answer.status_code in {200, 422}, answer.text
        if answer.status_code == 200:
            assert not answer.json()["ok"]


async def offered(page: Page, home: LiveHome, **more: Any) -> list[dict[str, Any]]:
    config = Config(home_assistant=HomeAssistant(url=home.url, **more))
    async with a_gateway(page, config=config, secrets=SECRETS) as gateway:
        body = (await gateway.get("/api/entities/home_assistant")).json()
    assert body["ok"], body["message"]
    rows: list[dict[str, Any]] = body["entities"]
    return rows


async def test_what_a_role_could_be_played_by_is_offered(page: Page, home: LiveHome) -> None:
    rows = await offered(page, home, bridge=("number.charge",))
    assert [one["entity"] for one in rows] == ["input_select.mode", "number.charge"]
    assert rows[1] == {
        "entity": "number.charge", "component": "number", "name": "Charge", "unit": "A",
        "device_class": None, "settable": True, "value": "10", "bridged": True,
    }  # fmt: skip
    assert not rows[0]["bridged"]


async def test_what_is_on_mqtt_already_is_offered_when_that_cannot_be_known(
    page: Page, home: LiveHome
) -> None:
    home.registry = None
    assert "sensor.on_mqtt" in [one["entity"] for one in await offered(page, home)]
