from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.gateway_app import Gateway, result
from support.gateway_house import messages, recorded

from darkstar_common.bus import Delivery
from darkstar_common.contract import HISTORY_QUERY, Message
from darkstar_common.testing import settle
from darkstar_gateway.api.headers import HEADERS

NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)
DAY = {"start": "2026-06-12T00:00:00Z", "end": "2026-06-12T02:00:00Z"}


def fill(gateway: Gateway) -> None:
    for channel, message in messages(NOON):
        gateway.live.apply(channel.path, message)


async def asked(gateway: Gateway, answer: Message | bytes) -> tuple[Any, Any]:
    """Ask for the slots of a day while the recorder answers so; the response, and the query."""
    async with gateway.bus.inbox(HISTORY_QUERY) as inbox:
        getting = asyncio.create_task(gateway.get("/api/history/slots", **DAY))
        delivery = await anext(aiter(inbox))
        assert isinstance(delivery, Delivery)
        await delivery.answer(answer)
        await settle()
        return await getting, delivery.message


async def test_health_is_200_while_the_house_is_commanded(gateway: Gateway) -> None:
    fill(gateway)
    answer = await gateway.get("/api/health")
    assert answer.status_code == 200
    assert answer.json()["overall"] == "ok"


async def test_health_is_503_with_the_reasons_while_it_is_not(gateway: Gateway) -> None:
    answer = await gateway.get("/api/health")
    assert answer.status_code == 503
    groups = {group["category"]: group for group in answer.json()["groups"]}
    assert groups["executor"]["online"] is False
    assert "darkstar-executor" in groups["executor"]["issues"][0]["guidance"]


async def test_the_bundle_is_what_the_socket_sends_first(gateway: Gateway) -> None:
    fill(gateway)
    answer = await gateway.get("/api/dashboard/bundle")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == json.loads(gateway.live.bundle_text())
    assert answer.json()["bundle"]["prices"]["area"] == "SE4"


async def test_version_names_the_contract_and_the_house(gateway: Gateway) -> None:
    answer = await gateway.get("/api/version")
    assert answer.json() == {"version": "0.1.0", "contract": "v1", "site": "home"}


async def test_history_comes_from_the_recorder(gateway: Gateway) -> None:
    rows = recorded(NOON - timedelta(hours=2), NOON, NOON)
    answer, query = await asked(gateway, rows)
    assert answer.status_code == 200
    assert answer.json()["row_count"] == 8
    assert query.what == "slots"
    assert query.start == datetime(2026, 6, 12, tzinfo=UTC)
    assert query.emitted_at == NOON


async def test_the_recorder_may_refuse(gateway: Gateway) -> None:
    answer, _ = await asked(gateway, result(accepted=False, reason="start is not before end"))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "start is not before end"


async def test_what_the_recorder_mumbles_is_a_502(gateway: Gateway) -> None:
    answer, _ = await asked(gateway, b"\xff not an answer")
    assert answer.status_code == 502
    assert "could not be read" in answer.json()["detail"]


async def test_without_a_recorder_there_is_a_sentence_and_no_wait_for_ever(hasty: Gateway) -> None:
    answer = await hasty.get("/api/history/slots", **DAY)
    assert answer.status_code == 504
    assert answer.json()["detail"].startswith("The recorder did not answer within 0.001 s.")


@pytest.mark.parametrize(
    ("path", "status", "part"),
    [
        ("/api/nothing", 404, "There is nothing at /api/nothing."),
        ("/api/history/wishes", 422, "what"),
        ("/api/history/slots?start=yesterday", 422, "start"),
        ("/api/history/slots?start=2026-01-01T00:00:00", 422, "start"),
        ("/api/history/slots?limit=0", 422, "limit"),
    ],
)
async def test_every_error_is_a_problem_with_a_sentence(
    gateway: Gateway, path: str, status: int, part: str
) -> None:
    answer = await gateway.client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert part in problem["detail"]


async def test_what_is_read_cannot_be_written(gateway: Gateway) -> None:
    answer = await gateway.client.post("/api/version")
    assert answer.status_code == 405
    assert answer.json()["detail"] == "POST is not how /api/version is used."


@pytest.mark.parametrize("path", ["/", "/api/version", "/api/nothing", "/assets/index-abc.js"])
async def test_every_answer_tells_the_browser_what_not_to_do(gateway: Gateway, path: str) -> None:
    answer = await gateway.client.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["cache-control"]


async def test_answers_of_the_api_are_not_kept(gateway: Gateway) -> None:
    assert (await gateway.get("/api/version")).headers["cache-control"] == "no-store"


async def test_the_description_names_the_paths_there_are(gateway: Gateway) -> None:
    described = (await gateway.get("/api/openapi.json")).json()
    assert set(described["paths"]) >= {
        "/api/health",
        "/api/dashboard/bundle",
        "/api/version",
        "/api/history/{what}",
        "/api/commands/{path}",
    }
