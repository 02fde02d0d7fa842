"""Days lived with an eye on obedience, for each brand, in a house that may not listen."""

from __future__ import annotations

from datetime import datetime

from unit.executor.days import Day
from unit.executor.played import Player

from darkstar_common.contract import Command, Following
from darkstar_executor.core.measured import measured
from darkstar_executor.core.obedience import NOT_WATCHED, watched


class Watcher(Player):
    """A player that also watches, minute by minute."""

    def __init__(self, name: str, day: Day) -> None:
        super().__init__(name, day)
        self.watch = NOT_WATCHED
        self.told: list[tuple[datetime, Command, Following]] = []

    def _acted(self) -> tuple[str, Command, tuple[str, ...]]:
        rule, command, written = super()._acted()
        now = self.sim.state.at
        self.watch, following = watched(
            self.watch,
            command=command,
            measured=measured(self.ears, self.config, now),
            config=self.config,
            now=now,
        )
        self.told.append((now, command, following))
        return rule, command, written
