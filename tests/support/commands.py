"""Commands of `darkstar-recorder` in processes of their own, as people call them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    lines: list[str]
    complaint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """Where they are called, and where the recorder keeps its state."""

    directory: Path
    state: Path

    async def __call__(self, *words: str) -> Said:
        """Call one and wait for its end."""
        return await self.ended(await self.begun(*words))

    async def begun(self, *words: str) -> Process:
        """Call one."""
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "darkstar_recorder", *words, cwd=self.directory,
            stdout=PIPE, stderr=PIPE, env={**os.environ, "DARKSTAR_STATE_DIR": str(self.state)},
        )  # fmt: skip

    async def ended(self, process: Process, by: signal.Signals | None = None) -> Said:
        """Wait for the end of one, which `by` brings about."""
        if by is not None:
            process.send_signal(by)
        out, complaint = await process.communicate()
        assert process.returncode is not None
        return Said(process.returncode, out.decode().splitlines(), complaint.decode())
