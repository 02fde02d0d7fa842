"""Which notifications people have just had, word for word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from darkstar_common.contract import Notification

SPARED: Final = timedelta(minutes=10)
"""The same is not said again for so long, of the house's time."""
Words: TypeAlias = "tuple[str, str, str]"


@dataclass(frozen=True, slots=True)
class Repeats:
    """What was said lately, and when."""

    said: Mapping[Words, datetime] = field(default_factory=dict)

    def is_one(self, notification: Notification, now: datetime) -> bool:
        """Whether the same was said less than `SPARED` ago."""
        before = self.said.get(_words(notification))
        return before is not None and timedelta(0) <= now - before < SPARED

    def with_said(self, notification: Notification, now: datetime) -> Repeats:
        """After it was said, and without what is long ago."""
        recent = {words: at for words, at in self.said.items() if now - at < SPARED}
        return Repeats({**recent, _words(notification): now})


def _words(notification: Notification) -> Words:
    return notification.kind, notification.title, notification.text
