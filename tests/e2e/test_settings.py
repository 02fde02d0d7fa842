"""Settings saved at the page's API are in force in a running house, without a restart."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.running import Visitor, running_house

from darkstar_common.contract import ServiceStatus
from darkstar_common.launcher.trial import HISTORY, Trial, span
from darkstar_common.slots import slot_start

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


class Page:
    """What a browser at the settings does."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Ask until the gateway answers: it, too, begins again after a save."""
        async with asyncio.timeout(20):
            while True:
                try:
                    return await self._client.request(
                        method, f"/api/{path}", json=body, headers={"x-darkstar": "1"}
                    )
                except httpx.TransportError:
                    await asyncio.sleep(0.2)

    async def save(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        revision = (await self.ask("GET", "settings")).json()["revision"]
        body = {"revision": revision, "changes": changes}
        answer = await self.ask("POST", "settings", body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def issues(visitor: Visitor, service: str) -> dict[str, str]:
    status = visitor.latest.get(f"service/{service}/status")
    assert isinstance(status, ServiceStatus)
    assert status.online, f"{service} went away"
    return {one.key: one.message for one in status.issues}


def highest_percent(visitor: Visitor) -> float:
    return max(slot.soc_percent or 0 for slot in visitor.schedules[-1].slots)


async def test_a_saved_setting_is_in_the_next_plan_and_a_broken_file_changes_nothing(
    generated_house: Path, tmp_path: Path
) -> None:
    first, _ = span(generated_house)
    start = slot_start(first + HISTORY + timedelta(hours=10))
    trial = Trial(directory=tmp_path / "house", house=generated_house, start=start, speed=10)
    async with running_house(trial) as visitor:
        await visitor.until(lambda: bool(visitor.schedules), seconds=40, what="a first schedule")
        assert highest_percent(visitor) > 61
        started = {name: one.pid for name, one in visitor.house.fleet.children.items()}
        address = f"http://127.0.0.1:{visitor.house.page_port}"
        async with httpx.AsyncClient(base_url=address, timeout=20) as client:
            page = Page(client)
            saved = await page.save({"battery.max_soc_percent": 60})
            assert saved["changed"] == ["battery.max_soc_percent"]
            assert saved["restart"] == []
            await visitor.until(
                lambda: highest_percent(visitor) < 61 or _above_at_start(visitor),
                seconds=60,
                what="a plan for the saved battery",
            )
            state = visitor.latest["control/state"]
            assert state.rule != "stopped"  # the executor did not give the house up for it
            await _broken_and_mended(visitor, trial.directory / "config.yaml")
            refused = await page.ask("GET", "settings")
            assert refused.json()["writable"]
        assert {name: one.pid for name, one in visitor.house.fleet.children.items()} == started


def _above_at_start(visitor: Visitor) -> bool:
    """A battery that is fuller than it may be may only be emptied."""
    percents = [slot.soc_percent or 0 for slot in visitor.schedules[-1].slots]
    return percents[0] > 60 and percents == sorted(percents, reverse=True)


def _by_hand(path: Path, text: str) -> str:
    """Change a file as an editor does; returns what it was."""
    before = path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    return before


async def _broken_and_mended(visitor: Visitor, path: Path) -> None:
    pid = visitor.house.fleet.children["planner"].pid
    assert pid is not None
    whole = _by_hand(path, "battery: {capacity_kwh: many}\n")
    os.kill(pid, signal.SIGHUP)
    await visitor.until(
        lambda: "config_refused" in issues(visitor, "planner"),
        seconds=20,
        what="the issue of a configuration that cannot be used",
    )
    assert "battery.capacity_kwh ('many')" in issues(visitor, "planner")["config_refused"]
    await visitor.after("plan/schedule", seconds=60)  # it goes on with what it had
    _by_hand(path, whole)
    os.kill(pid, signal.SIGHUP)
    await visitor.until(
        lambda: "config_refused" not in issues(visitor, "planner"),
        seconds=20,
        what="the end of that issue",
    )
