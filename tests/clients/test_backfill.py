"""Ninety days of six counters in a real Home Assistant: fetched, compared, fetched again."""

from __future__ import annotations

import json
import random
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.desks import Heard, a_desk
from support.fake_home_assistant import hour, metadata
from support.real_home_assistant import alone, needs_home_assistant, said
from websockets.sync.client import connect

from darkstar_common.config import Config
from darkstar_common.runtime import Secrets, Stopwatch, SystemClock
from darkstar_recorder.store import Store
from darkstar_recorder.tools.backfill import BACKFILL
from darkstar_recorder.tools.tool import Desk
from darkstar_recorder.tools.validating import VALIDATE

pytestmark = [needs_home_assistant, pytest.mark.timeout(400)]
HOUR = timedelta(hours=1)
DAYS = 90
CHANNELS = {"load": "kWh", "pv": "Wh", "import": "kWh", "export": "kWh", "charge": "MWh",
            "discharge": "kWh"}  # fmt: skip
_PER_KWH = {"Wh": 1000.0, "kWh": 1.0, "MWh": 0.001}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[tuple[str, str]]:
    with alone(tmp_path) as (url, token):
        yield url, token


def learn(url: str, token: str, now: datetime) -> dict[str, float]:
    """Let it remember the days; the energy of each channel from the first whole day on [kWh]."""
    end = now.replace(minute=0, second=0, microsecond=0)
    begin = end - DAYS * 24 * HOUR
    chance = random.Random(7)  # noqa: S311 (a house, no secret)
    total = {}
    with connect(url.replace("http", "ws") + "/api/websocket") as line:
        line.recv()
        line.send(json.dumps({"type": "auth", "access_token": token}))
        line.recv()
        for number, (channel, unit) in enumerate(CHANNELS.items(), start=1):
            grown = [chance.uniform(0, 3) for _ in range(DAYS * 24 + 1)]
            sums = [sum(grown[: index + 1]) for index in range(len(grown))]
            rows = [
                hour(begin + (index - 1) * HOUR, sum=kwh * _PER_KWH[unit])
                for index, kwh in enumerate(sums)
            ]
            head = metadata(f"sensor.house_{channel}", unit, energy=True)
            ask = {"type": "recorder/import_statistics", "metadata": head, "stats": rows}
            line.send(json.dumps({"id": number, **ask}))
            answer = json.loads(line.recv())
            assert answer["success"], answer
            total[channel] = sums[-1] - sums[0]
    return total


def remembered(url: str, token: str) -> int:
    """How many hours of the last counter it has; it writes them a moment later."""
    with connect(url.replace("http", "ws") + "/api/websocket", max_size=2**26) as line:
        line.recv()
        line.send(json.dumps({"type": "auth", "access_token": token}))
        line.recv()
        name = f"sensor.house_{list(CHANNELS)[-1]}"
        ask = {
            "id": 1, "type": "recorder/statistics_during_period", "period": "hour",
            "start_time": "2000-01-01T00:00:00Z", "statistic_ids": [name], "types": ["sum"],
        }  # fmt: skip
        line.send(json.dumps(ask))
        return len(json.loads(line.recv())["result"].get(name, ()))


def desk_of(
    store: Store, directory: Path, url: str, token: str, now: datetime
) -> tuple[Desk, Heard]:
    heard = Heard()
    roles = {f"{channel}_energy": f"sensor.house_{channel}" for channel in CHANNELS}
    house: dict[str, Any] = {"home_assistant": {"url": url}, "executor": {"roles": roles}}
    secrets = Secrets(home_assistant_token=token)
    config = Config.model_validate(house)
    return a_desk(store, directory, heard=heard, config=config, now=now, secrets=secrets), heard


def test_ninety_days_are_fetched_agree_and_are_not_fetched_twice(
    home: tuple[str, str], tmp_path: Path
) -> None:
    now = SystemClock().now()
    total = learn(*home, now)
    watch = Stopwatch()
    while remembered(*home) < DAYS * 24 + 1:
        assert watch.elapsed.total_seconds() < 60
    store = Store(tmp_path / "history.duckdb")
    desk, heard = desk_of(store, tmp_path, *home, now)
    since = now - (DAYS + 1) * 24 * HOUR

    watch = Stopwatch()
    assert BACKFILL.run(desk, Namespace(since=since, again=False)) == 0
    said(f"90 days of six counters came in {watch.elapsed.total_seconds():.1f} s")
    found = store.slots(since, datetime(2100, 1, 1, tzinfo=UTC))
    for channel, kwh in total.items():
        assert sum(row.kwh[channel] for row in found) == pytest.approx(kwh, abs=0.01)

    options = Namespace(against="ha", file=None, days=DAYS, tolerance=0.1)
    code = VALIDATE.run(desk, options)
    said(heard.lines[-1])
    assert code == 0, heard.lines

    for again in (False, True):
        BACKFILL.run(desk, Namespace(since=since, again=again))
        assert store.slots(since, datetime(2100, 1, 1, tzinfo=UTC)) == found
    store.close()
