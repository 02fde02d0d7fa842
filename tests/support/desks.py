"""A desk for a tool, and what the tool said at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from darkstar_common.config import Config
from darkstar_common.runtime import NO_SECRETS, Secrets
from darkstar_recorder.store import Store
from darkstar_recorder.tools.tool import Desk

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass
class Heard:
    """What was told at a desk."""

    lines: list[str] = field(default_factory=list)
    progress: list[tuple[int, int]] = field(default_factory=list)

    def hear(self, done: int, whole: int) -> None:
        self.progress.append((done, whole))


def _on() -> None:
    """Nobody stops it."""


def a_desk(
    store: Store | None,
    directory: Path,
    *,
    heard: Heard | None = None,
    config: Config | None = None,
    now: datetime = NOON,
    checkpoint: Callable[[], None] = _on,
    secrets: Secrets = NO_SECRETS,
) -> Desk:
    """A desk as the recorder has one, its state directory and the caller both in `directory`."""
    ears = heard or Heard()
    return Desk(
        opened=store,
        config=config or Config(),
        secrets=secrets,
        database=store.path if store else directory / "history.duckdb",
        state_dir=directory,
        directory=directory,
        now=now,
        tell=ears.lines.append,
        progress=ears.hear,
        checkpoint=checkpoint,
    )
