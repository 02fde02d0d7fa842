"""What every service says about itself, notifications, and answers to requests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from darkstar_common.contract.base import Message, Moment, Part, Request

Severity = Literal["info", "warning", "error"]


class Issue(Part):
    """One thing that is wrong, and what a person can do about it."""

    key: str = Field(description="Names the thing; one issue for each key")
    severity: Severity
    message: str
    guidance: str = Field(default="", description="The way out")
    entity: str | None = None
    since: Moment | None = None


class ServiceStatus(Message):
    """Whether a service is there, and what troubles it. The broker says offline for the dead."""

    online: bool
    version: str = ""
    started_at: Moment | None = None
    issues: tuple[Issue, ...] = ()

    LASTS: ClassVar[timedelta] = timedelta(minutes=5)
    """It is said again every minute; who has said nothing for so long [of the wall] is gone."""

    def is_there(self, now: datetime, *, speed: float = 1.0) -> bool:
        """Whether the service is there at `now`, as far as this status can tell.

        A broker that lost its power says offline for nobody, and keeps what it was told before.

        Args:
            now: The time by the clock that the services share.
            speed: Seconds of that clock in a second of the wall's.
        """
        return self.online and now - self.emitted_at < self.LASTS * speed


class Notification(Message):
    """Something a person may want to know now."""

    kind: str = Field(description="Such as override_started; people switch kinds on and off")
    severity: Severity = "info"
    title: str
    text: str


class NotificationDelivery(Message):
    """What became of a notification at one destination, when that is settled."""

    notification_id: UUID = Field(description="The `message_id` of the notification")
    destination: str = Field(description="home_assistant, or url_1 for the first address")
    delivered: bool
    attempts: int = Field(ge=0, description="How often it was tried; 0: dropped unsent")
    reason: str = Field(default="", description="Why it was not, for people")


class NotificationsTest(Request):
    """Send a test notification to every destination, and say what became of it."""

    examples = ("", "now")
    word_field = "when"

    when: Literal["now"] = "now"


class LogLine(Part):
    """One event of a service's log."""

    at: Moment = Field(description="When it was logged, by the wall's clock")
    level: Literal["debug", "info", "warning", "error", "critical"]
    event: str = Field(description="Its name, such as plan_made")
    house_time: Moment | None = Field(default=None, description="In a simulated run")
    caused_by: str | None = Field(default=None, description="The message that led to it")
    details: dict[str, Any] = Field(default_factory=dict, description="Its other fields")


class LogLines(Message):
    """Some lines of a service's log, oldest first."""

    lines: tuple[LogLine, ...] = Field(min_length=1)
    dropped: int = Field(default=0, ge=0, description="Lines before these that were too many")


class ConfigState(Message):
    """Which configuration is saved. A service whose own differs reads the file again."""

    revision: str = Field(description="SHA-256 of the file, in hexadecimal")
    saved_at: Moment | None = Field(default=None, description="Null: it stood so at the start")
    changed: tuple[str, ...] = Field(
        default=(), description="Keys that the last save changed, such as battery.capacity_kwh"
    )


class RequestResult(Message):
    """What became of a request."""

    accepted: bool
    reason: str = Field(description="One sentence for people")
    understood: tuple[str, ...] = Field(default=(), description="What the topic takes")
    busy: bool = Field(default=False, description="Nothing is wrong with it; ask again soon")
