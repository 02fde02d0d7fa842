"""One list of all that is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from darkstar_common.contract import Issue, Part, Service, ServiceStatus, Severity
from darkstar_common.slots import SLOT
from darkstar_gateway.core.view import View

Overall = Literal["ok", "degraded", "down"]
_RANK: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}
_TASKS: dict[Service, str] = {
    Service.EXECUTOR: "nobody reads the house or commands it",
    Service.PLANNER: "no new schedule is made",
    Service.FORECASTER: "prices and forecasts grow old",
    Service.RECORDER: "nothing is recorded, and there is no history to show",
}
"""What is missing while a service is away."""


class Group(Part):
    """All issues of one category: a service, or a subject such as prices."""

    category: str
    online: bool | None = None
    """Whether the service is there; null for a subject."""
    issues: tuple[Issue, ...]


class Health(Part):
    """How the whole is doing. It holds no age that would make it differ at every look."""

    overall: Overall
    groups: tuple[Group, ...]


def health(view: View, now: datetime, *, broker_connected: bool, speed: float = 1.0) -> Health:
    """What is wrong at `now`.

    It is `down` when nobody commands the house as far as can be seen from here (no broker,
    no executor), `degraded` when anything else is wrong. The house's clock runs at `speed`
    [seconds in a second of the wall].
    """
    services = tuple(_service(one, view.services.get(one), now, speed) for one in _TASKS)
    own = view.services.get(Service.GATEWAY)
    groups = (
        _group("broker", _broker(broker_connected)),
        *services,
        Group(category=Service.GATEWAY, online=True, issues=_sorted(own.issues if own else ())),
        _group("prices", _prices(view, now)),
        _group("schedule", _schedule(view, now)),
        _group("house", _house(view)),
    )
    return Health(
        overall=_overall(groups, broker_connected=broker_connected),
        groups=tuple(one for one in groups if one.issues or one.online is not None),
    )


def _overall(groups: tuple[Group, ...], *, broker_connected: bool) -> Overall:
    executor = next(one for one in groups if one.category == Service.EXECUTOR)
    if not broker_connected or not executor.online:
        return "down"
    wrong = any(issue.severity != "info" for group in groups for issue in group.issues)
    return "degraded" if wrong else "ok"


def _group(category: str, issues: Iterator[Issue]) -> Group:
    return Group(category=category, issues=_sorted(tuple(issues)))


def _sorted(issues: tuple[Issue, ...]) -> tuple[Issue, ...]:
    return tuple(sorted(issues, key=lambda issue: _RANK[issue.severity]))


def _service(service: Service, status: ServiceStatus | None, now: datetime, speed: float) -> Group:
    if status is not None and status.is_there(now, speed=speed):
        return Group(category=service, online=True, issues=_sorted(status.issues))
    return Group(category=service, online=False, issues=(away(service, status),))


def away(service: Service, status: ServiceStatus | None) -> Issue:
    """What is said of a service that is not there; `status` is the last that was heard of it."""
    if status is None:
        missing = "has not reported yet"
    else:
        missing = "has said nothing for a while" if status.online else "is not running"
    return Issue(
        key="away",
        severity="error",
        message=f"The {service} {missing}: {_TASKS[service]}.",
        guidance=f"Start darkstar-{service}, or look into its log to see why it stopped.",
        since=status.emitted_at if status else None,
    )


def _broker(connected: bool) -> Iterator[Issue]:
    if not connected:
        yield Issue(
            key="broker_lost",
            severity="error",
            message="The gateway has no connection to the MQTT broker; all shown here is old.",
            guidance="Check that the broker runs, and the mqtt section of the configuration.",
        )


def _prices(view: View, now: datetime) -> Iterator[Issue]:
    if view.prices is None:
        yield Issue(
            key="no_prices",
            severity="warning",
            message="There are no prices yet.",
            guidance="The forecaster publishes them once its price source has answered.",
        )
    elif view.prices.slots[-1].start + SLOT <= now:
        yield Issue(
            key="prices_ended",
            severity="error",
            message="The known prices have come to their end.",
            guidance="Check the price source of the forecaster and its log.",
            since=view.prices.slots[-1].start + SLOT,
        )


def _schedule(view: View, now: datetime) -> Iterator[Issue]:
    if view.schedule is None:
        yield Issue(
            key="no_schedule",
            severity="warning",
            message="There is no schedule yet; the house runs in its fallback state.",
            guidance="The planner needs prices, both forecasts and the state of charge.",
        )
    elif view.schedule.valid_until <= now:
        yield Issue(
            key="schedule_ended",
            severity="error",
            message="The last schedule has come to its end; the house runs in its fallback state.",
            guidance="See what troubles the planner.",
            since=view.schedule.valid_until,
        )


def _house(view: View) -> Iterator[Issue]:
    if view.house_state is None:
        yield Issue(
            key="no_house_state",
            severity="warning",
            message="Nothing has been measured in the house yet.",
            guidance="The executor reports as soon as the entities named under executor.roles "
            "are discovered on the broker.",
        )
