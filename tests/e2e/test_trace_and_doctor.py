"""In a running house a price is followed to what was written, and the doctor finds it well."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from support.running import Visitor, running_house

from darkstar_common.contract import OVERRIDE_SET, OverrideSet
from darkstar_common.launcher.trial import HISTORY, Trial, span
from darkstar_common.slots import slot_start

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


async def called(visitor: Visitor, *words: str) -> tuple[int, dict[str, Any]]:
    """Exit code of `darkstar`, and what it says in JSON."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "darkstar_common.launcher", *words, "--json", stdout=PIPE,
        env={**os.environ, **visitor.house.fleet.environment},
    )  # fmt: skip
    told, _ = await process.communicate()
    return process.returncode or 0, json.loads(told or "{}")


async def written(visitor: Visitor, asked: str) -> list[dict[str, Any]]:
    """What was written in consequence of the message `asked`, once anything was."""
    async with asyncio.timeout(30):
        while True:
            _, told = await called(visitor, "trace", asked)
            details = [one["detail"] for one in told.get("messages", ())]
            writes = [write for one in details for write in one.get("writes") or ()]
            if done := [one for one in writes if one["result"] in ("written", "confirmed")]:
                return done


async def test_a_price_and_an_override_lead_to_what_was_written_and_the_doctor_is_content(
    generated_house: Path, tmp_path: Path
) -> None:
    first, _ = span(generated_house)
    start = slot_start(first + HISTORY + timedelta(hours=10))
    trial = Trial(directory=tmp_path / "house", house=generated_house, start=start, speed=30)
    async with running_house(trial) as visitor:
        await visitor.until(lambda: bool(visitor.schedules), seconds=60, what="a schedule")
        price = str(visitor.schedules[0].made_from["prices"])
        request = OverrideSet(action="force_charge", message_id=uuid4())
        assert await written(visitor, price[:8])
        await visitor.bus.publish(OVERRIDE_SET, request)
        forced = await written(visitor, str(request.message_id))
        assert {"grid_charging"} <= {one["role"] for one in forced}
        code, told = await called(visitor, "trace", price)
        topics = [one["topic"] for one in told["messages"]]
        assert code == 0
        assert {"market/prices", "forecast/load", "plan/schedule", "control/action"} <= set(topics)
        code, told = await called(visitor, "doctor")
    found = {one["about"]: one["verdict"] for one in told["findings"]}
    problems = [one for one in told["findings"] if one["verdict"] == "problem"]
    assert (code, problems) == (0, [])
    for about in ("configuration", "page", "broker", "services", "roles", "plan", "prices"):
        assert found[about] == "ok", (about, told["findings"])
    assert found["access list"] == "warning", "a trial's broker lets everybody in"
