"""What the checker is told: a thing that was seen on the bus, with when it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from darkstar_common.contract import ActionRecord, ControlState


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanded:
    """A payload on a command topic of the house."""

    at: datetime
    topic: str
    payload: bytes
    retained: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a setting of the house says it is, by object id."""

    at: datetime
    setting: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Controlled:
    """What the executor says it commands."""

    at: datetime
    state: ControlState


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What the executor says it did."""

    at: datetime
    record: ActionRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """A person asked for an override; said twice, it is still one wish."""

    at: datetime
    message_id: str


Sighting: TypeAlias = Commanded | Shown | Controlled | Acted | Wished
