"""The API's description in a browser, as whoever writes an automation reads it."""

from __future__ import annotations

from playwright.async_api import Browser, expect
from support.browsing import NEEDS_BROWSER, House, listen, window

from darkstar_common.config import Access
from darkstar_common.runtime import Secrets

pytestmark = NEEDS_BROWSER
PASSWORD = "of-the-test-alone"  # noqa: S105 (it is none)


async def test_the_docs_show_and_try_every_route_with_nothing_from_elsewhere(
    house: House, browser: Browser
) -> None:
    house.access, house.secrets = Access(), Secrets(gateway_password=PASSWORD)
    asked: list[str] = []
    async with house.gateway(), window(browser) as made:
        page = await made.new_page()
        listen(page, house.complaints)
        page.on("request", lambda request: asked.append(request.url))
        headers = {"origin": house.url.rstrip("/"), "x-darkstar": "1"}
        said = await page.request.post(
            f"{house.url}api/session", data={"password": PASSWORD}, headers=headers
        )
        assert said.ok
        await page.goto(f"{house.url}api/docs")
        await expect(page.get_by_role("heading", name="Darkstar")).to_be_visible()
        await expect(page.get_by_text("/api/commands/{path}")).to_be_visible()
        await page.get_by_text("/api/version", exact=True).click()
        await page.get_by_role("button", name="Execute").click()
        await expect(page.get_by_text('"contract": "v1"')).to_be_visible()
        # the browser keeps the session to what lies below api/, and no script can read it
        assert await page.evaluate("document.cookie") == ""
    assert f"{house.url}api/version" in asked
    assert [one for one in asked if not one.startswith((house.url, "data:"))] == []
    assert house.complaints == []
