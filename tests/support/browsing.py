"""The page in a real browser, over a played house: no process but Chromium is started.

A test file in `tests/e2e/page` says `pytestmark = NEEDS_BROWSER`, takes the fixtures `browser`
(one for the module), `house` or `silent`, and looks:

    async with house.gateway(), open_page(house, browser, "phone", path="plan") as page:

Whatever the console says, or the policy of the page refuses, is in `house.complaints`. All
tests of such a module share one event loop, since the browser lives in it: async fixtures of
its own say `@pytest_asyncio.fixture(loop_scope="module")`. `DARKSTAR_TEST_STATIC` names another
folder than the package's in which the page is built.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    async_playwright,
)
from support.gateway_answers import Services
from support.gateway_house import Sent, messages

from darkstar_common.bus import MemoryBus
from darkstar_common.config import Access, Config, Gateway
from darkstar_common.contract import Service
from darkstar_common.runtime import NO_SECRETS, Secrets
from darkstar_common.testing import FakeClock, a_context
from darkstar_gateway.api import page as built
from darkstar_gateway.listening import bound_socket, url_of
from darkstar_gateway.service import serve

CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
STATIC = Path(os.environ.get("DARKSTAR_TEST_STATIC", built.STATIC))
NOW = datetime(2026, 6, 12, 12, 20, tzinfo=UTC)
OPEN = Access(required=False)
SIZES = {"phone": (390, 844), "tablet": (820, 1180), "desktop": (1440, 900)}
NEEDS_BROWSER = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(
        not (STATIC / "index.html").exists(), reason="the page is not built; `make setup`"
    ),
]
Theme = Literal["light", "dark"]
Says = Callable[[datetime], Iterator[Sent]]


@dataclass
class House:
    """A played house, and the gateway that shows it."""

    bus: MemoryBus
    clock: FakeClock
    tmp_path: Path
    services: Services
    """Who answers; `services.memory` is what the recorder remembers."""
    url: str = ""
    complaints: list[str] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    """Sections of the configuration besides the gateway's."""
    static: Path = STATIC
    access: Access = OPEN
    secrets: Secrets = NO_SECRETS
    broker_is_there: bool = True

    @asynccontextmanager
    async def gateway(self, port: int = 0) -> AsyncIterator[None]:
        """The gateway over the house; the same `port` again is the same address."""
        config = Config(**{"gateway": Gateway(port=port, access=self.access), **self.config})
        context = a_context(
            self.bus, state_dir=self.tmp_path, clock=self.clock, config=config,
            service=Service.GATEWAY, secrets=self.secrets,
        )  # fmt: skip
        listening = bound_socket(config.gateway)
        self.url = url_of(listening)
        page = built.Page.read(self.static)
        serving = asyncio.create_task(
            serve(context, listening, page, connected=lambda: self.broker_is_there)
        )
        try:
            yield
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    async def says(self, told: Iterator[Sent]) -> None:
        """Publish what its services say."""
        for channel, message in told:
            await self.bus.publish(channel, message)


@asynccontextmanager
async def window(
    browser: Browser, size: str = "desktop", theme: Theme = "light", language: str = "en-GB"
) -> AsyncIterator[BrowserContext]:
    """A browser window of its own, which remembers nothing of others."""
    width, height = SIZES[size]
    made = await browser.new_context(
        viewport=ViewportSize(width=width, height=height),
        color_scheme=theme,
        locale=language,
        has_touch=size != "desktop",
    )
    yield made
    await made.close()


@asynccontextmanager
async def open_page(
    house: House,
    browser: Browser,
    size: str = "desktop",
    *,
    theme: Theme = "light",
    path: str = "",
    language: str = "en-GB",
) -> AsyncIterator[Page]:
    """The page named `path` ("" is the first) in a window of that size; it is listened to."""
    async with window(browser, size, theme, language) as made:
        page = await made.new_page()
        listen(page, house.complaints)
        await page.goto(f"{house.url}#/{path}" if path else house.url)
        yield page


def listen(page: Page, complaints: list[str]) -> None:
    """Write what `page` complains of into `complaints`."""

    def hear(kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            complaints.append(text)

    page.on(
        "console",
        lambda said: hear(said.type, f"{said.text} {said.location.get('url', '')}".strip()),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))


async def axe(page: Page) -> list[str]:
    """What axe-core finds serious or critical on `page`: the rule, and where it is broken."""
    found = await Axe().run(page)
    return [
        f"{one['id']}: {one['help']} at {', '.join(str(node['target']) for node in one['nodes'])}"
        for one in found.response["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


async def sideways(page: Page) -> int:
    """How far the page can be moved sideways [px]; more than 0 is a fault."""
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(await page.evaluate(overflow))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A Chromium."""
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        await found.close()


@asynccontextmanager
async def a_house(state_dir: Path) -> AsyncIterator[House]:
    """A house that has not said a word yet, but answers."""
    clock = FakeClock(NOW)
    bus = MemoryBus(now=clock.now, sender=Service.GATEWAY)
    services = Services(bus, clock.now)
    answering = asyncio.create_task(services.run())
    yield House(bus, clock, state_dir, services)
    answering.cancel()
    await asyncio.gather(answering, return_exceptions=True)


@pytest_asyncio.fixture(loop_scope="module")
async def silent(tmp_path: Path) -> AsyncIterator[House]:
    """A house that has not said a word yet."""
    async with a_house(tmp_path) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def house(silent: House) -> House:
    """A house in which all is well."""
    await silent.says(messages(NOW))
    return silent
