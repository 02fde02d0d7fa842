"""`make bench-containers`: sizes of the images, and memory and start of the stack on an engine."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import docker  # type: ignore[import-untyped]  # testcontainers brings it
from bench.report import machine, table, write_section
from support.containers import ENGINE, OURS, Stack, build_images, fresh_copy, until
from support.deploying import script

from darkstar_common.runtime import Stopwatch

PROJECT = "darkstar-bench"
STARTS = 3
REST_SECONDS = 60
MB = 1_000_000
SMALL = {"executor": 150, "gateway": 150}
"""At most so much over the base [MB]."""
MEMORY_MB = 900
START_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One `up`, with the images built."""

    whole_seconds: float
    """Until Compose says that all are healthy [s]."""
    healthy_seconds: Mapping[str, float]
    """By service, from its container's start to its first good check [s]."""
    load: float
    """Of the machine when it began, over a minute [processes]."""


def image_sizes(engine: Any, base: str) -> dict[str, tuple[float, float]]:
    """By service: the image, and what of it is over `base` [MB]."""
    below = engine.images.get(base).attrs["Size"]
    found = {}
    for name in (*OURS, "simulator"):
        size = engine.images.get(f"darkstar-{name}:local").attrs["Size"]
        found[name] = (size / MB, (size - below) / MB)
    return found


def resident_mb(memory: Mapping[str, Any]) -> float:
    """What `docker stats` shows: in use, without the files' cache that can be dropped [MB]."""
    kept = memory["stats"]
    dropped = kept.get("total_inactive_file", kept.get("inactive_file", 0))
    return float(memory["usage"] - dropped) / MB


def healthy_after(state: Mapping[str, Any]) -> float:
    """From a container's start to its first good check [s]."""
    well = [one["End"] for one in state["Health"]["Log"] if one["ExitCode"] == 0]
    return (moment(well[0]) - moment(state["StartedAt"])).total_seconds()


def moment(text: str) -> datetime:
    """A time as Docker writes it, with nine digits of a second.

    >>> moment("2026-01-02T03:04:05.123456789Z").isoformat()
    '2026-01-02T03:04:05.123456+00:00'
    >>> moment("2026-01-02T03:04:05.1Z").microsecond
    100000
    """
    whole, _, rest = text.partition(".")
    digits = rest.rstrip("Z").split("+")[0]
    zone = rest[len(digits) :].replace("Z", "+00:00")
    return datetime.fromisoformat(f"{whole}.{digits[:6]:0<6}{zone}")


def _containers(engine: Any, stack: Stack) -> Iterator[tuple[str, Any]]:
    label = "com.docker.compose.project"
    for container in engine.containers.list(filters={"label": f"{label}={stack.project}"}):
        yield container.labels["com.docker.compose.service"], container


def _start(engine: Any, stack: Stack) -> Start:
    load, watch = os.getloadavg()[0], Stopwatch()
    done = stack.up()
    whole = watch.elapsed.total_seconds()
    if done.returncode != 0:
        sys.exit(f"{done.stderr}\n{stack.compose('logs').stdout}")
    found = {name: healthy_after(one.attrs["State"]) for name, one in _containers(engine, stack)}
    return Start(whole_seconds=whole, healthy_seconds=found, load=load)


def measured(engine: Any, directory: Path) -> tuple[list[Start], dict[str, float]]:
    """Some starts of a house of its own, and what its containers hold at rest [MB]."""
    stack = Stack(fresh_copy(directory), PROJECT)
    starts = []
    try:
        _start(engine, stack)
        for _ in range(STARTS):
            stack.compose("down")
            starts.append(_start(engine, stack))
        until(lambda: False, timedelta(seconds=REST_SECONDS))
        memory = {
            name: resident_mb(one.stats(stream=False)["memory_stats"])
            for name, one in _containers(engine, stack)
        }
    finally:
        stack.compose("down", "--volumes")
    return starts, memory


def section(
    sizes: Mapping[str, tuple[float, float]],
    starts: list[Start],
    memory: Mapping[str, float],
    engine: str,
) -> str:
    """The page's text."""
    best = min(starts, key=lambda one: one.whole_seconds)
    rows = []
    for name in sorted(memory):
        whole, over = sizes.get(name, (None, None))
        bound = SMALL.get(name)
        met = "" if bound is None or over is None else _met(over, bound)
        rows.append(
            (
                name,
                "" if whole is None else f"{whole:.0f} MB",
                "" if over is None else f"{over:.0f} MB",
                "" if bound is None else f"{bound} MB: {met}",
                f"{memory[name]:.0f} MB",
                f"{best.healthy_seconds[name]:.1f} s",
            )
        )
    total = sum(memory.values())
    rows.append(("**together**", "", "", "", f"**{total:.0f} MB**", ""))
    head = ("container", "image", "over its base", "target", "at rest", "healthy after its start")
    tries = ", ".join(f"{one.whole_seconds:.1f} s (load {one.load:.1f})" for one in starts)
    return (
        f"## In containers\n\n`make bench-containers` on {machine()}, Docker {engine}: the stack "
        "with the simulated house, which a real house does without. At rest is what `docker stats` "
        f"shows {REST_SECONDS} s after the last start; all that is the stack's own is to stay "
        f"under {MEMORY_MB} MB: {_met(total, MEMORY_MB)}.\n\n{table(head, rows)}\n"
        f"From `up` to all healthy, with the images built: {tries}; {START_SECONDS} s wanted, met: "
        f"{_met(best.whole_seconds, START_SECONDS)}. The load is that of the machine before, whose "
        "cores were not for this alone; the container's column is of the fastest. A check comes "
        "every 5 s.\n"
    )


def _met(figure: float, bound: float) -> str:
    return "yes" if figure <= bound else "**no**"


def main() -> None:
    """Build, measure and write."""
    if not ENGINE:
        sys.exit("name a Docker engine: DARKSTAR_TEST_ENGINE=unix:///var/run/docker.sock")
    build_images()
    engine = docker.DockerClient(base_url=ENGINE)
    base = script("stack").environment().get("PYTHON_IMAGE", "python:3.11-slim")
    with tempfile.TemporaryDirectory() as directory:
        starts, memory = measured(engine, Path(directory))
    version = engine.version()["Version"]
    text = section(image_sizes(engine, base), starts, memory, version)
    write_section("containers", text)
    print(text)  # noqa: T201 (a command line)


if __name__ == "__main__":
    main()
