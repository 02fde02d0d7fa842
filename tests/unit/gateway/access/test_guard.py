from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from support.doors import BEARER, OURS, PASSWORD, VIEWER, Door, a_door
from support.gateway_app import Gateway

from darkstar_common.contract import OVERRIDE_SET
from darkstar_gateway.api.headers import HEADERS
from darkstar_gateway.api.page import Page
from darkstar_gateway.core.access.paths import (
    LONGEST_ADDRESS,
    LONGEST_BODY,
    LONGEST_HEADERS,
    LONGEST_SETTINGS,
)

COMMAND = "/api/commands/override/set"
INGRESS = {"x-ingress-path": "/api/hassio_ingress/abc", "host": "home.example.org"}
SUPERVISOR = "172.30.32.2"


def described(gateway: Gateway) -> list[tuple[str, str]]:
    """Method and path of every route of the API."""
    app: Any = gateway.client._transport.app  # type: ignore[attr-defined]
    return [
        (method.upper(), path.replace("{path}", "override/set").replace("{what}", "slots"))
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    ]


async def test_who_is_not_signed_in_gets_nothing_of_the_api(door: Door) -> None:
    routes = described(door.gateway)
    assert len(routes) > 5
    for method, path in [*routes, ("GET", "/api/openapi.json"), ("GET", "/api/nothing")]:
        if path in {"/api/session", "/api/health"}:
            continue
        answer = await door.client.request(method, path, headers={"x-darkstar": "1"})
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"].startswith("Sign in first")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_whatever_is_below_the_api_is_asked_for_before_anybody_looks_what_it_is(
    method: str, door: Door
) -> None:
    for path in ("docs", "docs/", "openapi.json", "live", "events", "no/such/thing", "x" * 500):
        answer = await door.client.request(method, f"/api/{path}", headers={"x-darkstar": "1"})
        assert answer.status_code == 401, path


async def test_the_page_itself_is_for_all_for_it_asks_for_the_password(door: Door) -> None:
    assert (await door.client.get("/")).status_code == 200
    assert (await door.client.get("/assets/index-abc.js")).status_code == 200


async def test_of_the_health_they_are_told_whether_all_is_well(door: Door) -> None:
    answer = await door.client.get("/api/health")
    assert answer.json() == {"overall": "down"}
    assert set((await door.client.get("/api/health", headers=BEARER)).json()) > {"overall"}


async def test_a_viewer_changes_nothing_whatever_the_route(door: Door) -> None:
    await door.sign_in(VIEWER)
    for method, path in described(door.gateway):
        if method in {"GET", "HEAD"} or path == "/api/session":
            continue
        answer = await door.client.request(method, path, headers=OURS, content=b"{}")
        assert answer.status_code == 403, path
    assert door.gateway.bus.sent(OVERRIDE_SET) == []


@pytest.mark.parametrize("host", ["elsewhere.example", "darkstar.example.org.evil", "a b", ""])
async def test_by_a_name_that_is_not_ours_nothing_is_served(door: Door, host: str) -> None:
    for path in ("/", "/api/health", "/api/version"):
        answer = await door.client.get(path, headers={"host": host, **BEARER})
        assert answer.status_code == 421
        assert "gateway.access.hosts" in answer.json()["detail"]


async def test_a_name_of_ones_own_is_known_when_it_is_told(page: Page, tmp_path: Path) -> None:
    async with a_door(page, tmp_path, hosts=("darkstar.example.org",)) as door:
        headers = {"host": "darkstar.example.org"}
        assert (await door.client.get("/", headers=headers)).status_code == 200


async def commanded(door: Door, **headers: str) -> int:
    """The status of a command with these headers; 504: it was let through, and nobody is there."""
    answer = await door.client.post(COMMAND, json={"action": "hold"}, headers=headers)
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 504),
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"x-darkstar": ""}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": "application/json; charset=utf-8"}, 504),
        ({"sec-fetch-site": "same-origin", "host": "127.0.0.1:8410"}, 504),
        ({"host": "127.0.0.1:8410"}, 403),
        ({"host": "127.0.0.1:8410", "x-forwarded-host": "darkstar"}, 504),
    ],
)
async def test_no_page_of_another_site_commands_by_the_browser_of_who_is_signed_in(
    door: Door, change: dict[str, str], status: int
) -> None:
    cookie = (await door.sign_in()).headers["set-cookie"].split(";")[0]
    assert await commanded(door, **{**OURS, "cookie": cookie, **change}) == status


async def test_a_browser_that_says_no_origin_is_told_apart_by_the_header(door: Door) -> None:
    await door.sign_in()
    assert await commanded(door, **{"content-type": "application/json"}) == 403
    assert await commanded(door, **{"content-type": "application/json", "x-darkstar": "1"}) == 504
    cross = {"sec-fetch-site": "cross-site", "x-darkstar": "1"}
    assert await commanded(door, **cross, **{"content-type": "application/json"}) == 403


async def test_a_program_needs_neither_origin_nor_header(door: Door) -> None:
    assert await commanded(door, **BEARER) == 504
    assert await commanded(door, **BEARER, origin="https://elsewhere.example") == 403


async def test_another_site_signs_nobody_in(door: Door) -> None:
    """Else its visitors could be made to act in a house that is not theirs."""
    said = {"password": PASSWORD}
    for headers in ({"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}):
        answer = await door.client.post("/api/session", json=said, headers=headers)
        assert answer.status_code == 403


@pytest.mark.parametrize("required", [True, False])
async def test_another_sites_page_commands_nothing_where_nobody_is_asked_either(
    page: Page, tmp_path: Path, required: bool
) -> None:
    async with a_door(page, tmp_path, required=required) as door:
        other = {"origin": "https://elsewhere.example", "content-type": "application/json"}
        assert await commanded(door, **other) == 403
        assert await commanded(door, **{**other, "content-type": "text/plain"}) == 403
        assert door.gateway.bus.sent(OVERRIDE_SET) == []


async def test_who_comes_through_home_assistant_is_the_owner(page: Page, tmp_path: Path) -> None:
    async with a_door(page, tmp_path, peer=SUPERVISOR) as door:
        answer = await door.client.get("/api/session", headers=INGRESS)
        assert answer.json() == {
            "signed_in": True, "role": "owner", "required": True, "by": "ingress",
        }  # fmt: skip
        through = {**OURS, **INGRESS, "origin": "https://home.example.org"}
        assert await commanded(door, **through) == 504
        assert await commanded(door, **{**through, "origin": "https://elsewhere.example"}) == 403
        assert await commanded(door, **{**through, "x-darkstar": "0"}) == 403


@pytest.mark.parametrize(
    ("peer", "headers", "access"),
    [
        ("192.0.2.7", INGRESS, {}),
        (SUPERVISOR, {}, {}),
        (SUPERVISOR, INGRESS, {"ingress_address": None}),
        (SUPERVISOR, INGRESS, {"ingress_address": "172.30.32.3"}),
        ("192.0.2.7", {**INGRESS, "x-forwarded-for": SUPERVISOR}, {}),
        ("", INGRESS, {}),
    ],
)
async def test_the_header_alone_or_the_address_alone_lets_nobody_in(
    page: Page, tmp_path: Path, peer: str, headers: dict[str, str], access: dict[str, Any]
) -> None:
    async with a_door(page, tmp_path, peer=peer, **access) as door:
        answer = await door.client.get("/api/version", headers={**headers, "host": "darkstar"})
        assert answer.status_code == 401


async def test_what_is_too_long_is_refused_before_it_is_read(door: Door) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 4096
            yield b" " * 4096

    answer = await door.client.post(COMMAND, content=endless(), headers=BEARER)
    assert answer.status_code == 413
    assert read <= LONGEST_BODY + 2 * 4096
    answer = await door.client.post(COMMAND, content=b" " * (LONGEST_BODY + 1), headers=BEARER)
    assert answer.status_code == 413
    assert "64 kB" in answer.json()["detail"]


async def test_settings_may_be_longer(door: Door) -> None:
    long = b" " * LONGEST_SETTINGS
    answer = await door.client.post("/api/settings", content=long, headers=BEARER)
    assert answer.status_code != 413
    answer = await door.client.post("/api/settings", content=long + b" ", headers=BEARER)
    assert answer.status_code == 413


async def test_a_body_of_just_the_longest_arrives_whole(door: Door) -> None:
    body = b"hold" + b" " * (LONGEST_BODY - 4)
    answer = await door.client.post(COMMAND, content=body, headers=BEARER)
    assert answer.status_code == 504
    (sent,) = door.gateway.bus.sent(OVERRIDE_SET)
    assert sent.action == "hold"


async def test_who_is_not_known_makes_the_gateway_read_nothing(door: Door) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    assert (await door.client.post(COMMAND, content=never())).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/%252e%252e/etc/passwd",
        "/assets/..%5c..%5cx",
        "/assets/%00",
        "/api/commands/ev/../set",
        "/api/%2e%2e/index.html",
        "/api/history/..%2fslots",
    ],
)
async def test_a_path_that_leaves_the_page_leads_nowhere(door: Door, path: str) -> None:
    answer = await door.client.get(path, headers=BEARER)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_endless_addresses_and_headers_are_refused(door: Door) -> None:
    answer = await door.client.get("/" + "a" * LONGEST_ADDRESS)
    assert answer.status_code == 414
    answer = await door.client.get("/", params={"q": "a" * LONGEST_ADDRESS})
    assert answer.status_code == 414
    answer = await door.client.get("/", headers={"x-long": "a" * LONGEST_HEADERS})
    assert answer.status_code == 431


async def test_every_refusal_tells_the_browser_what_not_to_do(door: Door) -> None:
    for headers in ({}, {"host": "elsewhere.example"}):
        answer = await door.client.get("/api/version", headers=headers)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert answer.headers["cache-control"] == "no-store"
