"""Days lived with an eye on obedience, in a house that may not do what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from unit.executor.days import Day
from unit.executor.played import Player

from darkstar_common.contract import Command, Following
from darkstar_executor.core.expectation import told_limits
from darkstar_executor.core.measured import measured
from darkstar_executor.core.obedience import NOT_WATCHED, watched
from darkstar_executor.core.stepped import stepped
from darkstar_executor.core.writes import Order


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of the house at one look."""

    at: datetime
    command: Command
    following: Following
    again: bool


class Watcher(Player):
    """A player that also watches.

    Attributes:
        deaf_from: From then on the inverter shows what it is told, and does what it did.
    """

    def __init__(self, name: str, day: Day, *, deaf_from: datetime | None = None) -> None:
        super().__init__(name, day)
        self.deaf_from = deaf_from or day.end
        self.told: list[Told] = []
        self._watch = NOT_WATCHED
        self._pretended: dict[str, str] = {}

    @property
    def alarms(self) -> list[str]:
        """What was wrongly or rightly complained of, for people."""
        return [
            f"{one.at:%d %H:%M} {one.following.asked} | {one.following.seen}"
            for one in self.told
            if one.following.state == "not_following"
        ]

    def _acted(self) -> tuple[str, Command, tuple[str, ...]]:
        rule, command, written = super()._acted()
        now = self.sim.state.at
        self._watch, following = watched(
            self._watch,
            command=stepped(command, self.profile, self.ears.bindings),
            measured=measured(self.ears, self.config, now),
            config=self.config,
            now=now,
            limits=told_limits(self.profile, command.intent, self._outcome.entities),
        )
        self.told.append(Told(now, command, following, self._watch.again))
        return rule, command, written

    def _hear(self) -> None:
        super()._hear()
        for topic, payload in self._pretended.items():
            self.ears = self.ears.hearing(topic, payload, self.sim.state.at, retained=False)

    def _send(self, order: Order, now: datetime) -> None:
        topic = order.entity.state_topic
        if now < self.deaf_from or topic is None:
            super()._send(order, now)
        else:
            self._pretended[topic] = order.payload
