"""What is around every page: ways to the gateway, navigation, languages, and who may what."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, WebSocketRoute, expect
from support.aurora_house import looks_back, said
from support.browsing import (
    NEEDS_BROWSER,
    NOW,
    SIZES,
    House,
    Theme,
    axe,
    open_page,
    sideways,
    window,
)
from support.gateway_house import control_state, house_state
from support.prefixing import prefixing

from darkstar_common.config import Access
from darkstar_common.contract import CONTROL_STATE, HOUSE_STATE, OVERRIDE_SET, PAUSE_SET
from darkstar_common.runtime import Secrets

pytestmark = NEEDS_BROWSER
OWNER, VIEWER = "the-owners-own", "may-look-only"
NAMES = "Array.from(document.querySelectorAll('nav .bar a[href]'), one => one.hash.slice(2))"


async def named(page: Page) -> list[str]:
    """The pages of the navigation."""
    await page.locator("nav").wait_for()
    found: list[str] = await page.evaluate(NAMES)
    return found


@pytest.mark.parametrize("size", SIZES)
async def test_no_page_has_a_serious_fault_for_those_who_see_hear_or_move_otherwise(
    house: House, browser: Browser, size: str
) -> None:
    looks_back(house.services)
    await house.says(said(NOW))
    found: list[str] = []
    theme: Theme = "dark" if size == "tablet" else "light"
    async with house.gateway(), open_page(house, browser, size, theme=theme) as page:
        for name in await named(page):
            await page.goto(f"{house.url}#/{name}")
            await page.locator("main h2").first.wait_for()
            await expect(page.locator("main .skeleton")).to_have_count(0)
            found += [f"{name}: {one}" for one in await axe(page)]
            wide = await sideways(page)
            found += [f"{name}: {wide} px too wide"] if wide else []
    assert found == []
    assert house.complaints == []


async def test_the_bundle_is_fetched_once_and_the_page_goes_on_from_there(
    house: House, browser: Browser
) -> None:
    asked: list[str] = []
    async with house.gateway(), window(browser) as made:
        page = await made.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: asked.append(socket.url))
        await page.goto(house.url)
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
    assert len([one for one in asked if one.endswith("api/dashboard/bundle")]) == 1
    assert "resume=" in next(one for one in asked if "api/live" in one)


async def test_without_websockets_the_page_lives_on_server_sent_events(
    house: House, browser: Browser
) -> None:
    async def refuse(route: WebSocketRoute) -> None:
        await route.close()

    async with house.gateway(), window(browser) as made:
        page = await made.new_page()
        await page.route_web_socket("**/api/live*", refuse)
        await page.goto(house.url)
        await expect(page.locator(".state")).to_contain_text("Live", timeout=15_000)
        await house.bus.publish(HOUSE_STATE, house_state(NOW, 71.0))
        await expect(page.locator(".flow .soc")).to_have_text("71 %")


async def test_below_a_prefix_and_behind_an_ingress_it_is_the_same_page(
    house: House, browser: Browser
) -> None:
    async with house.gateway(), prefixing(house.url, "/some/prefix") as proxied:
        house.url = f"{proxied}/some/prefix/"
        async with open_page(house, browser) as page:
            await expect(page.locator(".state")).to_contain_text("Live")
            await page.get_by_role("button", name="Charge", exact=True).click()
            await expect(page.locator(".active")).to_contain_text("Charging, because you asked")
            for name in await named(page):
                await page.goto(f"{house.url}#/{name}")
                await expect(page.locator("main h2").first).to_be_visible()
    assert len(house.bus.sent(OVERRIDE_SET)) == 1
    assert house.complaints == []


async def test_a_lost_broker_drops_the_curtain_but_what_mends_it_can_be_reached(
    house: House, browser: Browser
) -> None:
    async with house.gateway(), open_page(house, browser) as page:
        curtain = page.get_by_role("alert")
        await expect(page.get_by_text("Storing the sun")).to_be_visible()
        house.broker_is_there = False
        await expect(curtain).to_contain_text("The MQTT broker is gone")
        await expect(curtain).to_contain_text("What you see is from 14:20")
        await curtain.get_by_role("link", name="Health").click()
        await expect(page.get_by_text("no connection to the MQTT broker")).to_be_visible()
        await expect(curtain).to_have_count(0)
        await page.goto(f"{house.url}#/now")
        await expect(curtain).to_have_count(1)
        house.broker_is_there = True
        await expect(curtain).to_have_count(0)


async def test_it_speaks_the_browsers_language_and_another_when_told(
    house: House, browser: Browser
) -> None:
    async with house.gateway(), open_page(house, browser, language="sv-SE") as page:
        await expect(page.get_by_text("Lagrar solen")).to_be_visible()
        await expect(page.locator("html")).to_have_attribute("lang", "sv")
        await expect(page.get_by_text("fredag 12 juni")).to_be_visible()
        await page.evaluate("localStorage.setItem('darkstar.language', 'en')")
        await page.reload()
        await expect(page.get_by_text("Storing the sun")).to_be_visible()
        await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_keys_alone_reach_the_content_and_every_page(house: House, browser: Browser) -> None:
    async with house.gateway(), open_page(house, browser) as page:
        await expect(page.get_by_text("Storing the sun")).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()
        await page.get_by_role("link", name="Health").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="All is well.")).to_be_visible()


async def test_on_a_phone_the_other_pages_are_one_touch_further(
    house: House, browser: Browser
) -> None:
    async with house.gateway(), open_page(house, browser, "phone") as page:
        more = page.get_by_role("button", name="More")
        await more.click()
        await page.locator(".sheet").get_by_role("link", name="Settings").click()
        await expect(page).to_have_url(f"{house.url}#/settings")
        await expect(page.locator(".sheet")).to_have_count(0)
        await more.click()
        await page.keyboard.press("Escape")
        await expect(page.locator(".sheet")).to_have_count(0)
        await expect(more).to_be_focused()


async def test_who_is_signed_out_is_asked_for_the_password_and_then_looks_on(
    house: House, browser: Browser
) -> None:
    house.access = Access()
    house.secrets = Secrets(gateway_password=OWNER, viewer_password=VIEWER)
    async with house.gateway(), open_page(house, browser) as page:
        field = page.get_by_label("Password", exact=True)
        await field.fill("wrong")
        await page.keyboard.press("Enter")
        await expect(page.locator("#login-refusal")).not_to_be_empty()
        await field.fill(VIEWER)
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Storing the sun")).to_be_visible()
        await expect(page.get_by_text("You are signed in to look")).to_be_visible()
        for name in ("Charge", "Not now: pause", "Plan now"):
            await expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()
        await page.goto(f"{house.url}#/health")
        await page.get_by_role("button", name="Sign out").click()
        await expect(field).to_be_visible()
    assert house.bus.sent(PAUSE_SET) == []


async def test_after_a_break_it_knows_what_it_missed(house: House, browser: Browser) -> None:
    lines: list[WebSocketRoute] = []
    cut = False

    async def carry(line: WebSocketRoute) -> None:
        if cut:
            await line.close()
            return
        line.connect_to_server()
        lines.append(line)

    async with house.gateway(), window(browser) as made:
        page = await made.new_page()
        await page.route_web_socket("**/api/live*", carry)
        await page.goto(house.url)
        badge = page.locator(".badge", has_text="Shadow mode")
        await expect(badge).to_be_visible()
        await expect(page.locator(".state")).to_contain_text("Live")
        cut = True
        await page.route("**/api/events*", lambda route: route.abort())
        await lines[0].close()
        await expect(page.get_by_role("alert")).to_contain_text("Connection lost")
        await house.bus.publish(CONTROL_STATE, control_state(NOW, shadow=False))
        cut = False
        await expect(badge).to_have_count(0, timeout=15_000)
        await expect(page.get_by_role("alert")).to_have_count(0)
