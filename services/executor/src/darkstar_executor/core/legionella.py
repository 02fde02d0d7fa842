"""The cycle against legionella: when the whole tank was last hot enough, as measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LegionellaState:
    """What is known of the cycle; kept over a restart.

    Attributes:
        done_at: When the tank was last hot enough for long enough; None: not seen yet.
        running_since: Since when it is hot enough, or heated to be so.
        watched_since: When its temperature was first known, so that a tank never seen hot is
            not due at once.
    """

    done_at: datetime | None = None
    running_since: datetime | None = None
    watched_since: datetime | None = None


UNWATCHED = LegionellaState()
