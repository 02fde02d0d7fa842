"""Keys about what is kept, for how long and where."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from unit.common.keys.probe import Observe, Probe
from unit.recorder.caring import NOON, LookedAfter, looked_after
from unit.recorder.test_pruning import at
from unit.recorder.test_store_messages import ACTION, EPISODE, NOTICE, WEATHER, schedule

from darkstar_common.config import Config
from darkstar_common.contract import Message
from darkstar_recorder.store.messages import keep


def nights(count: int, look: Callable[[LookedAfter], object], *messages: Message) -> Observe:
    """What `look` sees after `count` nights of a file that had `messages` before."""

    async def observe(config: Config) -> object:
        with TemporaryDirectory() as state:
            async with looked_after(Path(state), config) as home:
                for message in messages:
                    keep(home.writer, message)
                await home.wait(hours=24 * count)
                return look(home)

    return observe


def kept(table: str, message: Message, moments: tuple[timedelta, ...]) -> Observe:
    """How many rows of `table` are left of messages of so long ago."""
    told = [at(message, NOON - ago) for ago in moments]
    return nights(1, lambda home: home.count(table), *told)


def read(moments: tuple[timedelta, ...]) -> Observe:
    """How many readings of a counter are left that were made so long ago."""

    async def observe(config: Config) -> object:
        with TemporaryDirectory() as state:
            async with looked_after(Path(state), config) as home:
                for ago in moments:
                    row = [(NOON - ago).replace(tzinfo=None)]
                    home.writer.execute("INSERT INTO reading VALUES ('load', ?, 1, NULL)", row)
                await home.wait(hours=24)
                return home.count("reading")

    return observe


TEN_DAYS = tuple(timedelta(days=number) for number in range(10))
TEN_HOURS = tuple(timedelta(days=3, hours=number) for number in range(10))

PROBES: tuple[Probe, ...] = (
    Probe(key="recorder.keep.readings_days", observe=read(TEN_DAYS), values=(2, 20)),
    Probe(
        key="recorder.keep.issues_days",
        observe=kept("weather_issue", WEATHER, TEN_HOURS),
        values=(2, 20),
    ),
    Probe(
        key="recorder.keep.schedules_days",
        observe=kept("schedule", schedule(1.0), TEN_DAYS),
        values=(2, 20),
    ),
    Probe(
        key="recorder.keep.actions_days",
        observe=kept("control_action", ACTION, TEN_DAYS),
        values=(2, None),
    ),
    Probe(
        key="recorder.keep.episodes_days",
        observe=kept("episode", EPISODE, TEN_DAYS),
        values=(2, None),
    ),
    Probe(
        key="recorder.keep.notifications_days",
        observe=kept("notification", NOTICE, TEN_DAYS),
        values=(2, None),
    ),
    Probe(
        key="recorder.backup_hour",
        observe=nights(1, lambda home: home.backups),
        values=(3, 4),
    ),
    Probe(
        key="recorder.backups",
        observe=nights(3, lambda home: len(home.backups)),
        values=(1, 2),
    ),
    Probe(
        key="recorder.low_disk_mb",
        observe=nights(1, lambda home: sorted(home.issues)),
        values=(500, 20_000),
    ),
)
