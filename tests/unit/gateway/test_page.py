from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from support.gateway_app import Gateway

from darkstar_gateway.api.app import create_app
from darkstar_gateway.api.page import Page

WEB = Path(__file__).parents[3] / "services/gateway/web"


async def test_the_page_is_served_and_looked_at_anew_each_time(gateway: Gateway) -> None:
    answer = await gateway.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"
    assert "Darkstar" in answer.text


async def test_what_is_named_by_its_content_is_kept_for_ever(gateway: Gateway) -> None:
    answer = await gateway.get("/assets/index-abc.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]


async def test_it_is_packed_for_those_who_can_unpack_it(gateway: Gateway) -> None:
    plain = await gateway.client.get("/", headers={"accept-encoding": "identity"})
    packed = await gateway.client.get("/", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert packed.text == plain.text
    assert gzip.compress(plain.content, mtime=0)


@pytest.mark.parametrize("path", ["/.stamp", "/assets", "/../conftest.py", "/%2e%2e/conftest.py"])
async def test_nothing_else_can_be_reached(gateway: Gateway, path: str) -> None:
    answer = await gateway.client.get(path)
    assert answer.status_code == 404


async def test_a_page_that_is_not_built_says_how_to_build_it(
    gateway: Gateway, tmp_path: Path
) -> None:
    app = create_app(replace(gateway.wired, page=Page.read(tmp_path / "nowhere")))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://darkstar") as client:
        answer = await client.get("/")
        assert answer.status_code == 503
        assert "npm run build" in answer.text
        assert (await client.get("/api/version")).status_code == 200


def test_the_lock_of_the_page_names_no_address() -> None:
    text = (WEB / "package-lock.json").read_text()
    assert "http" not in text
    packages = json.loads(text)["packages"]
    assert all("integrity" in one for name, one in packages.items() if name)


def test_the_page_asks_for_nothing_by_an_absolute_path_or_from_elsewhere() -> None:
    sources = [*WEB.glob("src/**/*.ts"), *WEB.glob("src/**/*.svelte"), WEB / "src/app.css"]
    assert len(sources) > 20
    for source in sources:
        text = source.read_text()
        assert "http://" not in text, source
        assert "https://" not in text, source
        assert '"/api' not in text, source
