"""Pictures of every page, light and dark: `python screenshots.py [FOLDER] [PAGE ...]`.

They are of the played house at a fixed time, so they change only when pages do. Phones are
pictured as far as one scrolls, tablets and desktops likewise.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Browser, async_playwright
from support.aurora_house import looks_back, said
from support.browsing import (
    ARGUMENTS,
    CHROMIUM,
    NOW,
    SIZES,
    House,
    Theme,
    a_house,
    open_page,
)
from support.planning_house import remembered

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "images"
Look = tuple[str, str, Theme]
"""A page, a size and a theme."""
THEMES: tuple[Theme, ...] = ("light", "dark")
SETTLING_MS = 700
"""Answers have come by then, and what moves has come to rest [ms]."""
_NAMES = 'Array.from(document.querySelectorAll("nav .bar a[href]"), one => one.hash.slice(2))'


async def picture(house: House, browser: Browser, look: Look, folder: Path) -> None:
    """One page as it is seen."""
    name, size, theme = look
    path = folder / f"{name}-{size}-{theme}.png"
    async with open_page(house, browser, size, theme=theme, path=name) as page:
        await page.emulate_media(reduced_motion="reduce")
        await page.locator("main h2").first.wait_for()
        await page.wait_for_timeout(SETTLING_MS)
        await page.screenshot(path=path, full_page=True)
    sys.stdout.write(f"{path.name}\n")


async def named(house: House, browser: Browser) -> list[str]:
    """The pages of the navigation, in its order."""
    async with open_page(house, browser) as page:
        await page.locator("nav").wait_for()
        return list(json.loads(await page.evaluate(f"JSON.stringify({_NAMES})")))


async def main(folder: Path, wanted: list[str], sizes: list[str]) -> None:
    """Write the pictures, and say of what a page complains."""
    with TemporaryDirectory() as state:
        async with async_playwright() as playwright, a_house(Path(state)) as house:
            looks_back(house.services)
            house.services.memory["planned"] = remembered
            await house.says(said(NOW))
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=list(ARGUMENTS)
            )
            async with house.gateway():
                for name in wanted or await named(house, browser):
                    for size in sizes:
                        for theme in THEMES:
                            await picture(house, browser, (name, size, theme), folder)
            await browser.close()
            sys.stdout.write("".join(f"complaint: {one}\n" for one in house.complaints))


if __name__ == "__main__":
    words = sys.argv[1:]
    sizes = [one for one in words if one in SIZES] or list(SIZES)
    others = [one for one in words if one not in SIZES]
    target = Path(others[0]) if others else FOLDER
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(target, others[1:], sizes))
