"""The last write to one entity, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from darkstar_executor.core.clamping import same
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.setting import Value

REST_AFTER_FAILURE = timedelta(minutes=15)
"""After the last attempt nothing is tried for so long, unless something else is wanted."""
FIGHT = 3
"""So often within an hour a setting may be changed by another hand before it is left alone."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The last write to one entity.

    Attributes:
        at: When it was sent, or given up.
        attempts: How often in a row this value was sent.
        confirmed: Whether the entity has shown it since.
        failed: Whether the attempts are used up: it rests.
        troubled: Whether it failed, and has not obeyed since.
        reverted: How often another hand changed it after it was shown.
        was: What the entity showed when it was sent.
        afloat: Values sent before it and not shown yet, each with its time: one of them may
            arrive still, and this one not.
    """

    value: Value
    at: datetime
    attempts: int = 1
    confirmed: bool = False
    failed: bool = False
    troubled: bool = False
    reverted: int = 0
    was: Value | None = None
    afloat: tuple[tuple[Value, datetime], ...] = ()

    @property
    def pending(self) -> bool:
        """Whether it waits to be shown."""
        return not self.confirmed and not self.failed

    def rests(self, now: datetime) -> bool:
        """Whether it was given up, not long ago."""
        return self.failed and abs(now - self.at) < REST_AFTER_FAILURE

    def noticed(self, value: Value | None, entity: Entity, now: datetime) -> Sent:
        """After `entity` showed `value`."""
        if not same(value, self.value, entity):
            return self
        fought = self.reverted >= FIGHT and abs(now - self.at) < HOUR
        arrived = not same(self.was, self.value, entity)  # else it may show what it did before
        return replace(
            self,
            confirmed=True,
            failed=False,
            troubled=self.troubled and fought,
            afloat=() if arrived else self.afloat,
        )
