"""The settings in a real browser, over a played house with a file of its own."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Dialog, Locator, Page, expect
from support.browsing import NEEDS_BROWSER, SIZES, Theme, axe, browser, open_page, sideways, silent
from support.gateway_house import messages
from support.settings_house import FILE, SettledHouse, tell_devices

from darkstar_common.runtime.settings import Secrets

pytestmark = NEEDS_BROWSER
__all__ = ["browser", "silent"]
PLANTED = "planted-4711"


@pytest_asyncio.fixture(loop_scope="module")
async def house(silent: Any) -> SettledHouse:
    """A house in which all is well, whose gateway knows secrets."""
    made = SettledHouse(
        silent.bus,
        silent.clock,
        silent.tmp_path,
        silent.services,
        static=silent.static,
        secrets=Secrets(home_assistant_token=PLANTED, gateway_token=PLANTED),
    )
    await made.says(messages(made.clock.now()))
    await tell_devices(made)
    return made


@asynccontextmanager
async def settings(
    house: SettledHouse, browser: Browser, group: str = "house", size: str = "desktop", **how: Any
) -> AsyncIterator[Page]:
    """The settings, opened at a group of them."""
    async with (
        house.gateway(),
        open_page(house, browser, size, path=f"settings/{group}", **how) as page,
    ):
        await expect(page.locator(".settings")).to_be_visible()
        yield page
    assert house.complaints == []


def row(page: Page, key: str) -> Locator:
    """The field of a key, with all that is said of it."""
    return page.locator(f'[data-key="{key}"]')


def bar(page: Page) -> Locator:
    return page.get_by_role("region", name="Changes")


async def saved(page: Page) -> None:
    await bar(page).get_by_role("button", name="Save", exact=True).click()
    await expect(bar(page)).to_contain_text(re.compile(r"settings? (is|are) saved\."))


def named(page: Page, name: str) -> Locator:
    """The field of that name."""
    return page.get_by_role("textbox", name=name)


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("size", "theme", "group"),
    [("phone", "light", "roles"), ("tablet", "dark", "sun"), ("desktop", "dark", "prices")],
)
async def test_it_fits_every_size_and_can_be_used_by_everybody(
    house: SettledHouse, browser: Browser, size: str, theme: Theme, group: str
) -> None:
    async with settings(house, browser, group, size, theme=theme) as page:
        assert await sideways(page) == 0
        assert await axe(page) == []
    assert set(SIZES) == {"phone", "tablet", "desktop"}


async def test_a_change_is_saved_and_changes_its_own_line_only(
    house: SettledHouse, browser: Browser
) -> None:
    async with settings(house, browser, "battery") as page:
        field = named(page, "Capacity")
        await field.fill("12,5")
        await expect(bar(page)).to_contain_text("1 change is not saved.")
        await expect(row(page, "battery.capacity_kwh")).to_contain_text("Default: 10 kWh")
        await saved(page)
        await expect(field).to_have_value("12.5")
    assert text(house.file) == FILE.replace("capacity_kwh: 10.0 ", "capacity_kwh: 12.5 ")


async def test_what_is_no_value_is_said_beside_the_field_and_keeps_from_saving(
    house: SettledHouse, browser: Browser
) -> None:
    async with settings(house, browser, "battery") as page:
        save = bar(page).get_by_role("button", name="Save", exact=True)
        capacity = row(page, "battery.capacity_kwh")
        await named(page, "Capacity").fill("a lot")
        await expect(capacity).to_contain_text("This is no number.")
        await expect(named(page, "Capacity")).to_have_attribute("aria-invalid", "true")
        await expect(save).to_be_disabled()
        await named(page, "Capacity").fill("-3")
        await expect(capacity).to_contain_text("This must be more than 0 kWh.")
        await named(page, "Capacity").fill("10")
        await expect(bar(page).get_by_role("button")).to_have_count(0)
        await named(page, "Lowest SoC").fill("100")  # only the gateway knows what is wrong
        await expect(page.locator(".content")).to_contain_text("is not below max_soc_percent")
        await expect(save).to_be_disabled()
    assert text(house.file) == FILE


async def test_a_key_goes_back_to_its_default_and_leaves_the_file(
    house: SettledHouse, browser: Browser
) -> None:
    async with settings(house, browser, "planner") as page:
        field = row(page, "planner.risk_appetite")
        await field.get_by_role("button", name=re.compile("Back to default")).click()
        await expect(field.locator("input")).to_have_value("3")
        await saved(page)
    assert "risk_appetite" not in text(house.file)
    assert "# our house" in text(house.file)


async def test_a_search_finds_by_name_and_by_meaning(house: SettledHouse, browser: Browser) -> None:
    async with settings(house, browser) as page:
        search = page.get_by_role("searchbox")
        await search.fill("legionella")
        await expect(row(page, "water_heater.legionella_c")).to_be_visible()
        await expect(row(page, "executor.notify.legionella")).to_be_visible()
        await expect(row(page, "battery.capacity_kwh")).to_have_count(0)
        await search.fill("zzz")
        await expect(page.get_by_text("No setting has “zzz”")).to_be_visible()


async def test_without_the_device_its_settings_are_grey_and_say_why(
    house: SettledHouse, browser: Browser
) -> None:
    async with settings(house, browser, "battery") as page:
        await page.get_by_role("switch", name="Battery").click()
        await expect(page.get_by_text("The house has no battery, so nothing")).to_be_visible()
        await page.get_by_role("link", name="Planner").click()
        appetite = row(page, "planner.risk_appetite")
        await expect(appetite).to_contain_text("Changes nothing: the house has no battery.")
        await expect(appetite.locator("input")).to_be_disabled()
        await expect(row(page, "planner.horizon_hours").locator("input")).to_be_enabled()
        await saved(page)
        assert "battery: null" in text(house.file)
        await page.get_by_role("link", name="Battery").click()
        await page.get_by_role("switch", name="Battery").click()
        await named(page, "Capacity").fill("7")
        await saved(page)
    assert re.search(r"^battery:\n  capacity_kwh: 7", text(house.file), re.MULTILINE)


async def test_roles_are_picked_from_what_was_discovered_or_typed(
    house: SettledHouse, browser: Browser
) -> None:
    async with settings(house, browser, "roles") as page:
        soc = page.get_by_label("State of charge of the battery")
        await soc.click()
        await expect(page.get_by_role("group", name="Likely")).to_contain_text("46 %")
        await expect(page.get_by_role("group", name="Meter")).to_contain_text("sensor.meter_power")
        await soc.press("ArrowDown")
        await soc.press("ArrowDown")
        await soc.press("Enter")
        await expect(soc).to_have_value("sensor.phone_battery")
        await page.get_by_role("button", name="Take all 2 likely ones").click()
        await expect(page.get_by_label("Power of the grid, signed")).to_have_value(
            "sensor.meter_power"
        )
        await page.get_by_label("The alarm that is on").fill("switch.my_own")
        await expect(bar(page)).to_contain_text("4 changes are not saved.")
        await saved(page)
    for line in (
        "battery_soc: sensor.phone_battery",
        "pv_power: sensor.inverter_pv",
        "grid_power: sensor.meter_power",
        "alarm: switch.my_own",
    ):
        assert line in text(house.file)


async def test_lists_grow_and_shrink(house: SettledHouse, browser: Browser) -> None:
    async with settings(house, browser, "vehicles") as page:
        await page.get_by_role("button", name="Add: vehicle").click()
        await page.set_viewport_size({"width": 390, "height": 844})
        assert await sideways(page) == 0
        await page.set_viewport_size({"width": 1440, "height": 900})
        await row(page, "evs.0.capacity_kwh").locator("input").fill("77")
        await page.get_by_role("link", name="Sun").click()
        await page.get_by_role("button", name="Add: array").click()
        await page.get_by_role("button", name="Add: array").click()
        await row(page, "solar.arrays.1.azimuth").locator("input").fill("270")
        await saved(page)
        assert "capacity_kwh: 77" in text(house.file)
        assert "azimuth: 270" in text(house.file)
        await page.get_by_role("link", name="Vehicles").click()
        await page.get_by_role("button", name="Remove: car").click()
        await saved(page)
    assert "capacity_kwh: 77" not in text(house.file)


async def test_what_is_not_saved_is_not_lost_unasked(house: SettledHouse, browser: Browser) -> None:
    async with settings(house, browser, "battery") as page:
        await named(page, "Capacity").fill("11")
        await page.get_by_role("link", name="Now", exact=True).click()
        asked = page.get_by_role("dialog", name="Leave without saving?")
        await expect(asked).to_contain_text("One setting was changed")
        await asked.get_by_role("button", name="Stay here").click()
        await expect(named(page, "Capacity")).to_have_value("11")
        closing: list[str] = []

        async def stay(dialog: Dialog) -> None:
            closing.append(dialog.type)
            await dialog.dismiss()

        page.on("dialog", stay)
        await page.close(run_before_unload=True)
        await expect(named(page, "Capacity")).to_have_value("11")
        assert closing == ["beforeunload"]
        await page.get_by_role("link", name="Now", exact=True).click()
        await asked.get_by_role("button", name="Discard and go").click()
        await expect(page.locator(".settings")).to_have_count(0)
    assert text(house.file) == FILE


async def test_a_file_changed_by_hand_meanwhile_is_neither_lost_nor_does_it_win_unasked(
    house: SettledHouse, browser: Browser
) -> None:
    async with settings(house, browser, "battery") as page:
        await named(page, "Capacity").fill("11")
        by_hand = FILE.replace("risk_appetite: 2", "risk_appetite: 5")
        house.file.write_text(by_hand, encoding="utf-8")
        await bar(page).get_by_role("button", name="Save", exact=True).click()
        await bar(page).get_by_role("button", name="Keep my changes").click()
        assert [one for one in house.complaints if "409" not in one] == []
        house.complaints.clear()  # the browser tells of every refusal
        await expect(named(page, "Capacity")).to_have_value("11")
        await saved(page)
    assert text(house.file) == by_hand.replace("capacity_kwh: 10.0 ", "capacity_kwh: 11.0 ")


async def test_a_backup_is_put_back_and_secrets_are_only_said_to_be_set(
    house: SettledHouse, browser: Browser
) -> None:
    async with settings(house, browser, "battery") as page:
        await named(page, "Capacity").fill("11")
        await saved(page)
        await page.get_by_role("link", name="File and backups").click()
        token = page.get_by_role("row", name=re.compile("DARKSTAR_HOME_ASSISTANT_TOKEN"))
        await expect(token).to_contain_text("set")
        viewer = page.get_by_role("row", name=re.compile("DARKSTAR_VIEWER_PASSWORD"))
        await expect(viewer).to_contain_text("not set")
        assert PLANTED not in await page.content()
        await page.get_by_role("button", name=re.compile("^Restore: ")).click()
        await page.get_by_role("button", name="Restore it").click()
        await expect(bar(page)).to_contain_text("1 setting is saved.")
    assert text(house.file) == FILE


async def test_it_speaks_swedish_and_takes_its_commas(
    house: SettledHouse, browser: Browser
) -> None:
    async with settings(house, browser, "battery", language="sv-SE") as page:
        assert await page.locator("html").get_attribute("lang") == "sv"
        await row(page, "battery.wear_cost_per_kwh").locator("input").fill("0,75")
        await page.get_by_role("button", name="Spara", exact=True).click()
        await expect(page.get_by_text("1 inställning är sparad.")).to_be_visible()
        await expect(row(page, "battery.wear_cost_per_kwh").locator("input")).to_have_value("0,75")
    assert "wear_cost_per_kwh: 0.75" in text(house.file)
