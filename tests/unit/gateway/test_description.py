"""What the API says of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.gateway_app import Gateway, a_gateway

from darkstar_gateway.api.page import Page

WEB = Path(__file__).parents[3] / "services/gateway/web"


@pytest.fixture
async def described(gateway: Gateway) -> dict[str, Any]:
    answer = await gateway.get("/api/openapi.json")
    found: dict[str, Any] = answer.json()
    return found


def operations(described: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]


async def test_every_route_says_what_it_does(described: dict[str, Any]) -> None:
    assert len(operations(described)) > 8
    for name, operation in operations(described):
        assert operation["summary"], name
        assert operation["tags"], name
        assert len(operation["description"]) > 15, name
        assert operation["description"].endswith("."), name


async def test_every_route_says_what_it_answers(described: dict[str, Any]) -> None:
    for name, operation in operations(described):
        (good,) = (one for status, one in operation["responses"].items() if status == "200")
        for kind, content in good["content"].items():
            assert kind != "application/json" or content["schema"], name


async def test_every_error_of_every_route_is_a_problem(described: dict[str, Any]) -> None:
    for name, operation in operations(described):
        errors = {one: said for one, said in operation["responses"].items() if one[0] in "45"}
        assert {"401", "403", "421", "429"} <= set(errors), name
        for status, said in errors.items():
            whole = name == "GET /api/health" and status == "503"
            assert whole or list(said["content"]) == ["application/problem+json"], (name, status)


async def test_what_fastapi_says_of_errors_is_not_said(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    assert "ProblemDetail" in schemas
    assert "HTTPValidationError" not in schemas


async def test_paths_begin_where_the_description_is_so_any_prefix_will_do(
    described: dict[str, Any],
) -> None:
    assert [one["url"] for one in described["servers"]] == [".."]


async def test_the_docs_ask_for_nothing_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/swagger-ui-bundle.js").write_text("var SwaggerUIBundle;")
    async with a_gateway(Page.read(tmp_path)) as gateway:
        answer = await gateway.get("/api/docs")
        assert answer.status_code == 200
        assert 'src="../docs/swagger-ui-bundle.js"' in answer.text
        assert "//" not in answer.text
        assert "<script>" not in answer.text, "the policy forbids scripts within"
        assert (await gateway.get("/docs/swagger-ui-bundle.js")).status_code == 200


async def test_docs_that_are_not_built_say_so_and_where_the_description_is(
    gateway: Gateway,
) -> None:
    answer = await gateway.get("/api/docs")
    assert answer.status_code == 200
    assert 'href="openapi.json"' in answer.text
    assert "make setup" in answer.text


def test_what_starts_the_docs_loads_nothing_from_elsewhere_and_is_told_from_other_sites() -> None:
    start = (WEB / "public/docs/start.js").read_text()
    assert "http" not in start
    assert "validatorUrl: null" in start, "else it would send the description to its maker"
    assert '"x-darkstar"' in start
