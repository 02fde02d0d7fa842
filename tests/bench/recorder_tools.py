"""How long recording waits while a tool writes: an import of two years beside 8 messages a second.

`PYTHONPATH=tests python -m bench.recorder_tools [--slots N]` times each commit of one message
while the command's import works through the running recorder's socket.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bench.percentiles import met, percentile
from bench.report import machine, table, write_section

from darkstar_common.contract import Notification, Service
from darkstar_common.runtime import Stopwatch
from darkstar_common.slots import SLOT
from darkstar_common.testing import FakeClock, MemoryBus, a_context, settle
from darkstar_recorder.calling import call, connected
from darkstar_recorder.desk import database_path
from darkstar_recorder.serving import Serving
from darkstar_recorder.store import Batch, Store
from darkstar_recorder.threads import OneThread
from darkstar_recorder.wire import Call

SLOTS, EVERY, TARGET = 70_000, 0.125, 0.75
"""`TARGET`: a second, less the quarter for which messages are gathered [s]."""
START = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Times of commits beside the import, and of the import [s]."""

    commits: list[float]
    whole: float
    slots: int


async def measured(count: int, directory: Path) -> Figures:
    """Import `count` slots while messages are committed.

    Raises:
        RuntimeError: The import failed.
    """
    file = directory / "house.csv"
    lines = (f"{START + number * SLOT:%FT%TZ},0.5,0.25,1\n" for number in range(count))
    file.write_text("start_utc,load_kwh,pv_kwh,spot_per_kwh\n" + "".join(lines), encoding="utf-8")
    clock = FakeClock(START)
    bus = MemoryBus(now=clock.now)
    context = a_context(bus, state_dir=directory, clock=clock, service=Service.RECORDER)
    store, writer = Store(database_path(directory)), OneThread("writer")
    serving = asyncio.create_task(Serving(context, store).run())
    await settle()
    try:
        return await _beside(store, writer, file, count)
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        writer.stop()
        store.close()


async def _beside(store: Store, writer: OneThread, file: Path, count: int) -> Figures:
    connection = connected(store.path.parent)
    if connection is None:
        raise RuntimeError(f"nobody listens in {store.path.parent}")
    said, commits, watch = list[str](), list[float](), Stopwatch()
    importing = asyncio.create_task(
        asyncio.to_thread(
            call, connection, Call(arguments=("import", str(file)), directory=file.parent),
            tell=said.append, note=said.append, progress=lambda _done, _whole: None,
        )
    )  # fmt: skip
    while not importing.done():
        one = Stopwatch()
        await writer(partial(store.commit, Batch(at=START, messages=(_message(),))))
        commits.append(one.elapsed.total_seconds())
        await asyncio.wait({importing}, timeout=max(0.0, EVERY - commits[-1]))
    if code := await importing:
        raise RuntimeError(f"the import ended with {code}: {said}")
    return Figures(commits=commits, whole=watch.elapsed.total_seconds(), slots=count)


def _message() -> Notification:
    return Notification(
        sender=Service.EXECUTOR, emitted_at=START, kind="bench", title="a title", text="a text"
    )


def section(figures: Figures) -> str:
    """The figures as text."""
    rows = [
        (f"p{share}", f"{1000 * percentile(figures.commits, share):.0f} ms")
        for share in (50, 95, 99)
    ]
    most = max(figures.commits)
    rows.append(("longest", f"{1000 * most:.0f} ms; within {TARGET:g} s: {met(most, TARGET)}"))
    return (
        "## The recorder's tools\n\n"
        f"An import of {figures.slots:,} slots into the recorder that runs took "
        f"{figures.whole:.1f} s; meanwhile {len(figures.commits)} messages, 8 a second, were "
        f"committed. {machine()}.\n\n" + table(("a commit", "took"), rows)
    )


def main() -> None:
    """Measure, and say so in docs/benchmarks.md when all was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slots", type=int, default=SLOTS)
    count = parser.parse_args().slots
    with tempfile.TemporaryDirectory(prefix="recorder-") as directory:
        figures = asyncio.run(measured(count, Path(directory)))
    text = section(figures)
    print(text)  # noqa: T201 (what it is for)
    if count == SLOTS:
        write_section("recorder_tools", text)
    raise SystemExit(max(figures.commits) > TARGET)


if __name__ == "__main__":
    main()
