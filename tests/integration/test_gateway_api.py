"""The whole gateway under requests and frames that nobody sane would send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from bench.fuzz_api import fuzzed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.doors import BEARER, SECRETS
from support.whole_gateway import Whole, a_whole_gateway
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

pytestmark = pytest.mark.asyncio(loop_scope="module")
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "sequence", "run", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)
FRAMES = st.lists(
    st.one_of(
        st.text(max_size=200),
        st.binary(max_size=200),
        JSON.map(json.dumps),
        st.builds(
            lambda sequence, run: json.dumps({"type": "resume", "sequence": sequence, "run": run}),
            JSON,
            JSON,
        ),
        st.sampled_from(["[" * 4000, "x" * 5000, '{"type": "resync"}', "\ud7ff", ""]),
    ),
    min_size=1,
    max_size=6,
)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def whole(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Whole]:
    async with a_whole_gateway(tmp_path_factory.mktemp("gateway"), SECRETS) as made:
        yield made


async def test_no_request_of_two_hundred_finds_a_server_error(whole: Whole, tmp_path: Path) -> None:
    found = await fuzzed(whole.url, tmp_path, examples=8, seed=5, phases="fuzzing")
    assert not found.failed, found.output[-3000:]
    assert found.cases >= 200


async def listening(whole: Whole) -> ClientConnection:
    return await connect(
        whole.url.replace("http", "ws") + "api/live", additional_headers=BEARER, max_queue=None
    )


async def everything_again(page: ClientConnection) -> None:
    """The page asks for all, and gets it."""
    await page.send('{"type": "resync"}')
    async with asyncio.timeout(10):
        while json.loads(await page.recv())["type"] != "bundle":
            pass


async def test_no_frame_closes_another_page(whole: Whole) -> None:
    good = await listening(whole)
    await everything_again(good)

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.nested_given, HealthCheck.too_slow],
    )
    @given(FRAMES)
    def frames(said: list[str | bytes]) -> None:
        seen.append(said)

    seen: list[list[str | bytes]] = []
    frames()
    for said in seen:
        bad = await listening(whole)
        try:
            for one in said:
                await bad.send(one)
        except ConnectionClosed:
            pass
        finally:
            await bad.close()
    assert len(seen) >= 20
    await everything_again(good)
    await good.close()
