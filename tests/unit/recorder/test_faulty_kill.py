"""A recorder that is killed while it writes counters with all their faults."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from random import Random
from threading import Timer

from support.faulty_meters import HOUR, LIMITS, assert_right, generated, shown, with_all
from support.replaying import PIECE, Replay, kept, messages

from darkstar_recorder.core.slots import energies

TESTS = Path(__file__).resolve().parents[2]
KILLS = 3


@contextmanager
def recorder(database: Path, readings: Path, first: int) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that writes what comes from a message on."""
    command = [sys.executable, "-m", "support.replaying", str(database), str(readings), str(first)]
    child = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def killed(child: subprocess.Popen[str], after: int, seconds: float) -> int | None:
    """What was told to be on disk before the kill: some pieces, and then a moment; None: all."""
    assert child.stdout is not None
    told: int | None = 0
    timer = Timer(seconds, child.kill)
    for number, line in enumerate(child.stdout, start=1):
        told = None if line == "done\n" else int(line)
        if number == after:
            timer.start()
    if timer.is_alive():
        timer.cancel()
    return told


def test_what_is_killed_in_the_midst_of_a_batch_is_neither_lost_nor_doubled(tmp_path: Path) -> None:
    house = with_all(shown(generated(date(2026, 10, 20), 7), parts=2))
    file, database = tmp_path / "readings.json", tmp_path / "history.duckdb"
    file.write_text(kept(house.readings))
    chance, place, kills = Random(3), 0, 0  # noqa: S311 (no secret)
    while kills < KILLS:
        with recorder(database, file, place) as child:
            told = killed(child, chance.randint(2, 6), chance.uniform(0.0, 0.2))
        assert told, "it was killed before it wrote anything, or never"
        assert child.returncode < 0
        kills, place = kills + 1, max(place, told - PIECE)  # the last one comes again
    replay = Replay(database, LIMITS, house.first)
    left = list(messages(house.readings))[place:]
    for number in range(0, len(left), 1000):
        replay.take(left[number : number + 1000])
        replay.write()
    replay.now += HOUR
    replay.write()
    found = replay.store.slots(house.first - HOUR, replay.now)
    replay.store.close()
    assert_right(found, house)
    wanted = energies({"any": house.readings}, limits=LIMITS)
    assert [row.start for row in found] == list(wanted)
    for row in found:
        assert row.kwh == {
            name: kwh
            for name, kwh in row.kwh.items()
            if abs(kwh - wanted[row.start].kwh[name]) < 1e-9
        }
