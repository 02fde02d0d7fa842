"""What every service says about itself, notifications, and answers to requests."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from darkstar_common.contract.base import Message, Moment, Part

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


class Notification(Message):
    """Something a person may want to know now."""

    kind: str = Field(description="Such as override_started; people switch kinds on and off")
    severity: Severity = "info"
    title: str
    text: str


class RequestResult(Message):
    """What became of a request."""

    accepted: bool
    reason: str = Field(description="One sentence for people")
    understood: tuple[str, ...] = Field(default=(), description="What the topic takes")
