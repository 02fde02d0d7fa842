from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gateway_app import Gateway, result

from darkstar_common.contract import (
    HISTORY_QUERY,
    OVERRIDE_SET,
    PLAN_RUN,
    TABLE,
    OverrideSet,
    RunPlan,
    Service,
)
from darkstar_gateway.api.commands import COMMANDS, command_channel

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
URL = "/api/commands/"


@pytest.mark.parametrize("channel", COMMANDS, ids=lambda one: one.path)
def test_every_request_of_the_contract_can_be_sent(channel: object) -> None:
    path = channel.path.replace("+", "leaf")  # type: ignore[attr-defined]
    found = command_channel(path)
    assert found is not None
    assert found.path == path
    assert found.message is channel.message  # type: ignore[attr-defined]


def test_a_question_and_a_state_are_no_commands() -> None:
    assert command_channel(HISTORY_QUERY.path) is None
    assert command_channel("plan/schedule") is None
    assert {one.path for one in COMMANDS} < {one.path for one in TABLE}


@given(st.text(alphabet="abc+#/\0ev set", max_size=20))
def test_no_path_leads_to_a_topic_of_its_own_making(path: str) -> None:
    found = command_channel(path)
    if found is not None:
        assert found.path == path
        assert not set(path) & set("+#\0")
        assert path.startswith("ev/")


async def test_what_is_accepted_is_a_200_with_the_sentence(gateway: Gateway) -> None:
    body = b'{"action": "force_charge", "minutes": 15}'
    answer, asked = await gateway.answered(
        OVERRIDE_SET, result(accepted=True, reason="Charging."), "override/set", body
    )
    assert answer.status_code == 200
    assert answer.json()["reason"] == "Charging."
    assert isinstance(asked, OverrideSet)
    assert (asked.action, asked.minutes) == ("force_charge", 15)
    assert (asked.sender, asked.emitted_at) == (Service.GATEWAY, NOON)


async def test_who_sends_it_is_not_for_the_browser_to_say(gateway: Gateway) -> None:
    body = json.dumps({"sender": "executor", "emitted_at": "1999-01-01T00:00:00Z"}).encode()
    _, asked = await gateway.answered(
        PLAN_RUN, result(accepted=True, reason="Planning."), "plan/run", body
    )
    assert isinstance(asked, RunPlan)
    assert (asked.sender, asked.emitted_at) == (Service.GATEWAY, NOON)


async def test_a_bare_word_is_understood_as_on_the_bus(gateway: Gateway) -> None:
    _, asked = await gateway.answered(
        OVERRIDE_SET, result(accepted=True, reason="Holding."), "override/set", b"hold"
    )
    assert isinstance(asked, OverrideSet)
    assert asked.action == "hold"


async def test_what_the_service_refuses_is_a_422_with_its_reason(gateway: Gateway) -> None:
    refusal = result(accepted=False, reason="The battery is full.", understood=("hold",))
    answer, _ = await gateway.answered(OVERRIDE_SET, refusal, "override/set", b"force_charge")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "The battery is full."
    assert answer.json()["understood"] == ["hold"]


@pytest.mark.parametrize("body", [b"banana", b'{"action": "hold", "minutes": -1}', b"", b"\xff"])
async def test_what_is_not_understood_never_reaches_the_bus(gateway: Gateway, body: bytes) -> None:
    answer = await gateway.client.post(URL + "override/set", content=body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("Not understood: ")
    assert "force_charge" in answer.json()["understood"]
    assert gateway.bus.sent(OVERRIDE_SET) == []


async def test_an_unknown_command_is_a_404_that_lists_the_known(gateway: Gateway) -> None:
    answer = await gateway.client.post(URL + "house/explode")
    assert answer.status_code == 404
    assert "override/set" in answer.json()["understood"]


async def test_nobody_there_is_a_504_that_names_who_should_be(hasty: Gateway) -> None:
    answer = await hasty.client.post(URL + "plan/run")
    assert answer.status_code == 504
    assert answer.json()["detail"].startswith("The planner did not answer")


async def test_a_long_body_is_refused_unread(gateway: Gateway) -> None:
    answer = await gateway.client.post(URL + "override/set", content=b"x" * 100_000)
    assert answer.status_code == 413


async def test_a_form_of_another_site_commands_nothing(gateway: Gateway) -> None:
    for origin, status in (("https://elsewhere.example", 403), ("http://darkstar", 415)):
        headers = {"origin": origin, "content-type": "text/plain"}
        answer = await gateway.client.post(URL + "override/set", content=b"hold", headers=headers)
        assert answer.status_code == status
    assert gateway.bus.sent(OVERRIDE_SET) == []
