"""Counters replayed as messages into a real recorder's file, as the service does it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from support.faulty_meters import HOUR, LIMITS

from darkstar_common.contract import EnergyCounters, HouseState, Service
from darkstar_common.contract import Reading as Told
from darkstar_recorder.conversion import measurements
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.readings import Reading
from darkstar_recorder.store import Batch, Store

PIECE = 120
"""So many messages another process writes at once."""


def messages(readings: Iterable[Reading]) -> Iterator[EnergyCounters]:
    """What the house sends of its counters: one of each channel at most, in order of arrival."""
    gathered: dict[str, Reading] = {}
    for one in readings:
        if one.channel in gathered:
            yield _message(gathered)
            gathered = {}
        gathered[one.channel] = one
    if gathered:
        yield _message(gathered)


def _message(gathered: dict[str, Reading]) -> EnergyCounters:
    fields = {
        f"{channel}_kwh": Told(value=one.value, measured_at=one.measured_at)
        for channel, one in gathered.items()
    }
    return EnergyCounters(
        sender=Service.EXECUTOR,
        emitted_at=max(one.measured_at for one in gathered.values()),
        **fields,
    )


class Replay:
    """A recorder at work on its file; it can be killed, and begins anew with what is there."""

    def __init__(self, path: Path, limits: Limits, now: datetime) -> None:
        """Start it."""
        self._path, self._limits = path, limits
        self.now = now
        self._start()

    def _start(self) -> None:
        self.store = Store(self._path)
        self._ledger = self.store.ledger(self._limits)

    def take(self, told: Sequence[EnergyCounters | HouseState]) -> None:
        """Gather messages; nothing of it is on disk yet."""
        self.now = max(self.now, *(one.emitted_at for one in told))
        readings = (one for message in told for one in measurements(message))
        self._ledger = self._ledger.after(readings, self.now)

    def write(self) -> None:
        """Put what was gathered on disk, with the slots that it closes or corrects."""
        page = self._ledger.page(self.now)
        if page:
            self.store.commit(Batch(at=self.now, page=page))
            self._ledger = self._ledger.written(page)

    def restart(self) -> None:
        """Stop it and start it; what was gathered and not written is forgotten, as by a kill."""
        self.store.close()
        self._start()


def kept(readings: Iterable[Reading]) -> str:
    """Readings as text, for another process."""
    return json.dumps([(one.channel, one.measured_at.isoformat(), one.value) for one in readings])


def _again(text: str) -> Iterator[Reading]:
    for channel, at, value in json.loads(text):
        yield Reading(channel=channel, measured_at=datetime.fromisoformat(at), value=value)


def main() -> None:
    """Replay a file of readings from a message on; tell of each piece that is on disk."""
    database, file, first = sys.argv[1:]
    told = list(messages(_again(Path(file).read_text())))
    replay = Replay(Path(database), LIMITS, told[0].emitted_at)
    for place in range(int(first), len(told), PIECE):
        replay.take(told[place : place + PIECE])
        replay.write()
        print(min(place + PIECE, len(told)), flush=True)  # noqa: T201 (that is how it is told)
    replay.now += HOUR
    replay.write()
    replay.store.close()
    print("done", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
