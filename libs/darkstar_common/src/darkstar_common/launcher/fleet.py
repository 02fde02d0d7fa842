"""The processes of one house on this machine: started, watched, restarted, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

BROKER = "broker"
SIMULATOR = "simulator"
SERVICES = ("recorder", "forecaster", "planner", "executor", "gateway")
FIRST_TO_STOP = "executor"
"""It leaves the house in self-consumption, and may need the gateway's bridge for that."""
POLITE = ("nice", "-n", "10")
"""For the planner: it computes for seconds, and nobody else can wait that long."""
RESTART_SECONDS = 1.0


def console_script(name: str) -> str:
    """The path of the command `name` that was installed beside this Python."""
    return str(Path(sys.executable).parent / name)


@dataclass(slots=True)
class Child:
    """One process: how it is started, where it logs, and how often it died by itself."""

    name: str
    command: Sequence[str]
    log: Path
    process: asyncio.subprocess.Process | None = None
    deaths: int = 0
    watch: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self.process is not None and self.process.returncode is None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self.process.pid if self.process and self.running else None


@dataclass(slots=True)
class Fleet:
    """All processes of one house.

    `environment` is what every one of them is told; a child that dies by itself is
    started again after a second when `restarts` is set.
    """

    directory: Path
    environment: Mapping[str, str]
    restarts: bool = True
    patience: timedelta = timedelta(seconds=20)
    """How long a child may take to stop."""
    children: dict[str, Child] = field(default_factory=dict)

    async def start(
        self, name: str, command: Sequence[str], extra: Mapping[str, str] | None = None
    ) -> Child:
        """Start `command` as the child `name`; its output goes to `logs/<name>.log`."""
        log = self.directory / "logs" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        child = Child(name=name, command=command, log=log)
        self.children[name] = child
        await self._spawn(child, extra or {})
        if self.restarts:
            watch = self._watch(child, extra or {})
            child.watch = asyncio.create_task(watch, name=f"watch-{name}")
        return child

    async def start_service(self, name: str, *arguments: str, **extra: str) -> Child:
        """Start one of Darkstar's own by its console script."""
        polite = POLITE if name == "planner" else ()
        command = (*polite, console_script(f"darkstar-{name}"), "run", *arguments)
        return await self.start(name, command, extra)

    async def stop(self, *names: str) -> None:
        """Ask these children to stop, wait for them, and end those that do not."""
        chosen = [self.children[name] for name in names if name in self.children]
        for child in chosen:
            if child.watch:
                child.watch.cancel()
            _signal(child, signal.SIGTERM)
        for child in chosen:
            if child.process is None:
                continue
            try:
                async with asyncio.timeout(self.patience.total_seconds()):
                    await child.process.wait()
            except TimeoutError:
                _signal(child, signal.SIGKILL)
                await child.process.wait()

    async def stop_all(self) -> None:
        """Stop everything: the executor first, its siblings, the house, the broker last."""
        await self.stop(FIRST_TO_STOP)
        await self.stop(*(name for name in SERVICES if name != FIRST_TO_STOP))
        await self.stop(SIMULATOR)
        await self.stop(BROKER)

    async def _spawn(self, child: Child, extra: Mapping[str, str]) -> None:
        with child.log.open("ab") as log:
            child.process = await asyncio.create_subprocess_exec(
                *child.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment, **extra},
                start_new_session=True,  # Ctrl-C at the terminal is for the launcher alone
            )

    async def _watch(self, child: Child, extra: Mapping[str, str]) -> None:
        while child.process is not None:
            await child.process.wait()
            child.deaths += 1
            await asyncio.sleep(RESTART_SECONDS)
            await self._spawn(child, extra)


def _signal(child: Child, number: signal.Signals) -> None:
    if child.process is not None and child.running:
        with contextlib.suppress(ProcessLookupError):
            child.process.send_signal(number)
