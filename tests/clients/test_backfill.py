"""The memory of a real Home Assistant: fetched, compared, fetched again."""

from __future__ import annotations

import json
import random
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.desks import Heard, a_desk
from support.fake_home_assistant import hour, metadata
from support.real_home_assistant import alone, needs_home_assistant, said, shown_before
from websockets.sync.client import ClientConnection, connect

from darkstar_common.config import Config
from darkstar_common.runtime import Secrets, Stopwatch, SystemClock
from darkstar_recorder.core.flags import GAP, RESET
from darkstar_recorder.homeassistant import HomeAssistant
from darkstar_recorder.store import Store
from darkstar_recorder.tools.backfill import BACKFILL
from darkstar_recorder.tools.tool import Desk
from darkstar_recorder.tools.validating import VALIDATE

pytestmark = [needs_home_assistant, pytest.mark.timeout(400)]
HOUR = timedelta(hours=1)
SECONDS = timedelta(seconds=7)
DAYS = 90
CHANNELS = {"load": "kWh", "pv": "Wh", "import": "kWh", "export": "kWh", "charge": "MWh",
            "discharge": "kWh"}  # fmt: skip
_PER_KWH = {"Wh": 1000.0, "kWh": 1.0, "MWh": 0.001}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def home(directory: Path) -> Iterator[tuple[str, str]]:
    with alone(directory) as (url, token):
        yield url, token


def command(line: ClientConnection, number: int, **what: Any) -> Any:
    """The answer to a command of its WebSocket API."""
    line.send(json.dumps({"id": number, **what}))
    answer = json.loads(line.recv())
    assert answer["success"], answer
    return answer["result"]


@contextmanager
def connected(url: str, token: str) -> Iterator[ClientConnection]:
    with connect(url.replace("http", "ws") + "/api/websocket", max_size=2**26) as line:
        line.recv()
        line.send(json.dumps({"type": "auth", "access_token": token}))
        line.recv()
        yield line


def learn(url: str, token: str, now: datetime) -> dict[str, float]:
    """Let it remember the days; the energy of each channel from the first whole day on [kWh]."""
    end = now.replace(minute=0, second=0, microsecond=0)
    begin = end - DAYS * 24 * HOUR
    chance = random.Random(7)  # noqa: S311 (a house, no secret)
    total = {}
    with connected(url, token) as line:
        for number, (channel, unit) in enumerate(CHANNELS.items(), start=1):
            grown = [chance.uniform(0, 3) for _ in range(DAYS * 24 + 1)]
            sums = [sum(grown[: index + 1]) for index in range(len(grown))]
            rows = [
                hour(begin + (index - 1) * HOUR, sum=kwh * _PER_KWH[unit])
                for index, kwh in enumerate(sums)
            ]
            head = metadata(f"sensor.house_{channel}", unit, energy=True)
            command(line, number, type="recorder/import_statistics", metadata=head, stats=rows)
            total[channel] = sums[-1] - sums[0]
    return total


def remembered(url: str, token: str, entity: str) -> int:
    """How many hours of a statistic it has; it writes them a moment later."""
    with connected(url, token) as line:
        found = command(
            line, 1, type="recorder/statistics_during_period", period="hour",
            start_time="2000-01-01T00:00:00Z", statistic_ids=[entity], types=["sum", "mean"],
        )  # fmt: skip
        return len(found.get(entity, ()))


def until_remembered(url: str, token: str, entity: str, count: int) -> None:
    watch = Stopwatch()
    while remembered(url, token, entity) < count:
        assert watch.elapsed.total_seconds() < 60


def desk_of(
    store: Store, directory: Path, home: tuple[str, str], now: datetime, **house: Any
) -> tuple[Desk, Heard]:
    heard = Heard()
    house |= {"home_assistant": {"url": home[0]}}
    secrets = Secrets(home_assistant_token=home[1])
    config = Config.model_validate(house)
    return a_desk(store, directory, heard=heard, config=config, now=now, secrets=secrets), heard


def test_ninety_days_are_fetched_agree_and_are_not_fetched_twice(
    home: tuple[str, str], tmp_path: Path
) -> None:
    now = SystemClock().now()
    total = learn(*home, now)
    until_remembered(*home, f"sensor.house_{list(CHANNELS)[-1]}", DAYS * 24 + 1)
    store = Store(tmp_path / "history.duckdb")
    roles = {f"{channel}_energy": f"sensor.house_{channel}" for channel in CHANNELS}
    desk, heard = desk_of(store, tmp_path, home, now, executor={"roles": roles})
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


WATER, CHARGE, PRICE = "sensor.house_water", "sensor.house_charge_level", "sensor.house_price"
FINE = 3 * 24
"""So many hours are remembered as they were."""
OLD = 20 * 24
"""So many have statistics."""


def learn_the_rest(home: tuple[str, str], directory: Path, now: datetime) -> datetime:
    """Prices and a state of charge in both memories, a heater's counter in the finer one alone.

    Returns:
        The hour from which on there are states.
    """
    hour_now = now.replace(minute=0, second=0, microsecond=0)
    begin, fine = hour_now - OLD * HOUR, hour_now - FINE * HOUR
    with connected(*home) as line:
        for number, (entity, unit) in enumerate(((PRICE, "SEK/kWh"), (CHARGE, "%")), start=1):
            head = metadata(entity, unit, has_sum=False)
            rows = [hour(begin + one * HOUR, mean=one / 10) for one in range(OLD)]
            command(line, number, type="recorder/import_statistics", metadata=head, stats=rows)
    quarters = [fine + number * HOUR / 4 for number in range(4 * FINE)]
    prices = [(at + SECONDS, f"{1 + number / 100}") for number, at in enumerate(quarters)]
    charge = [(at, f"{number % 90}") for number, at in enumerate(quarters)]
    shown_before(home, directory / "home-assistant", PRICE, "SEK/kWh", prices)
    shown_before(home, directory / "home-assistant", CHARGE, "%", charge)
    heater = [
        (at, "unavailable" if 100 <= number < 110 else f"{0.2 * (number % 200):.1f}")
        for number, at in enumerate(quarters)
    ]
    shown_before(home, directory / "home-assistant", WATER, "kWh", heater)
    for entity in (PRICE, CHARGE):
        until_remembered(*home, entity, OLD)
    return fine


def test_prices_the_charge_and_a_counter_without_statistics_come_too(
    home: tuple[str, str], directory: Path, tmp_path: Path
) -> None:
    now = SystemClock().now()
    fine = learn_the_rest(home, directory, now)
    store = Store(tmp_path / "history.duckdb")
    roles = {"water_energy": WATER, "battery_soc": CHARGE}
    desk, heard = desk_of(
        store, tmp_path, home, now,
        executor={"roles": roles}, recorder={"price_entity": PRICE},
    )  # fmt: skip
    watch, since = Stopwatch(), fine - (OLD - FINE) * HOUR
    with HomeAssistant(*home) as called:
        while len(called.history(WATER, since, now)) < 4 * FINE - 9:  # those alike come once
            assert watch.elapsed.total_seconds() < 30

    assert BACKFILL.run(desk, Namespace(since=since, again=False)) == 0
    found = {row.start: row for row in store.slots(since, now)}
    old, recent = fine - 24 * HOUR, fine + 12 * HOUR
    hours = (old - since) / HOUR
    assert found[old + HOUR / 2].spot_per_kwh == pytest.approx(hours / 10)
    assert found[old + HOUR / 2].soc_percent_start == pytest.approx(hours / 10)
    assert found[recent].spot_per_kwh == pytest.approx(1 + 48 / 100)
    assert (found[recent].soc_percent_start, found[recent].soc_percent_end) == (48, 49)

    energy = {start: row.kwh["water"] for start, row in found.items() if "water" in row.kwh}
    assert min(energy) == fine
    assert sum(energy.values()) == pytest.approx(0.2 * (4 * FINE - 2), abs=0.01)
    gap = [start for start, row in found.items() if row.flags.get("water", 0) & GAP]
    assert (gap[0], gap[-1]) == (fine + 99 * HOUR / 4, fine + 109 * HOUR / 4)
    reset = [start for start, row in found.items() if row.flags.get("water", 0) & RESET]
    assert reset == [fine + 199 * HOUR / 4]

    options = Namespace(against="ha", file=None, days=DAYS, tolerance=0.1)
    assert VALIDATE.run(desk, options) == 0, heard.lines
    for again in (False, True):
        BACKFILL.run(desk, Namespace(since=since, again=again))
        assert {row.start: row for row in store.slots(since, now)} == found
    store.close()
