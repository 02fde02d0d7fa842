"""What was seen of a house, whatever may be thought of it; None and empty are unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from darkstar_common.config import Config
from darkstar_common.contract import Channel, Message, Service

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretFile:
    """A file that holds a secret."""

    variable: str
    """That names it, such as DARKSTAR_MQTT_PASSWORD_FILE."""
    path: Path
    trouble: str = ""
    """Why it cannot be read."""
    empty: bool = False
    open_to_all: bool = False
    """Every user of this machine can read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """This machine, as this process sees it."""

    config_path: Path
    config_trouble: str = ""
    revision: str = ""
    """SHA-256 of the configuration file."""
    secrets: tuple[SecretFile, ...] = ()
    state_dir: Path | None = None
    free_mb: float | None = None
    """On the disk of the state directory [MB]."""
    keeps_database: bool = False
    """The recorder's file is on this machine, and can be seen."""
    newest_backup_at: datetime | None = None
    page_trouble: str | None = None
    """Why the page does not answer; empty: it does; None: it was not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What the broker did with what this user wrote, to a site that nobody has."""

    tried: int = 0
    """Topics of the contract that this user may read."""
    lost: tuple[str, ...] = ()
    """It may write them, and they did not arrive."""
    intruded: tuple[str, ...] = ()
    """It may not write them, and they arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the recorder answered to a question."""

    trouble: str = ""
    """Why there are no rows; empty: there are."""
    took: timedelta | None = None
    ahead: timedelta | None = None
    """By so much the recorder's clock is ahead of ours."""
    newest_slot: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit to the broker."""

    where: str
    user: Service
    named: bool
    """Whether we have a user's name and password."""
    trouble: str = ""
    """Why the broker did not let us in; empty: it did."""
    states: Mapping[str, Message] = field(default_factory=dict)
    """The latest of each topic that came, by its path."""
    rights: Rights | None = None
    recorder: Answer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that was seen at one moment."""

    now: datetime
    machine: Machine
    config: Config | None = None
    visit: Visit | None = None
    speed: float = 1.0
    """Seconds of the house in a second of the wall."""

    @property
    def connected(self) -> bool:
        """Whether the broker let us in."""
        return self.visit is not None and not self.visit.trouble

    def may_read(self, channel: Channel[M]) -> bool:
        """Whether this user is let to see it."""
        user = None if self.visit is None else self.visit.user
        return user is Service.PEOPLE or user in channel.receivers

    def state(self, channel: Channel[M]) -> M | None:
        """The latest message of `channel`; None where none came."""
        found = None if self.visit is None else self.visit.states.get(channel.path)
        return found if isinstance(found, channel.message) else None
