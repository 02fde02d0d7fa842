"""Findings on the services: who is there, in which version, and what they complain of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from darkstar_common.contract import (
    CONTROL_STATE,
    HOUSE_DEVICES,
    PLAN_STATUS,
    SCHEDULE,
    SERVICES,
    STATUS,
    Devices,
    RoleBinding,
    Schedule,
    Service,
    ServiceStatus,
)
from darkstar_common.launcher.doctor.facts import Facts
from darkstar_common.launcher.doctor.findings import Finding, ok, problem, unknown, warning

_LOOK = (
    "docker compose logs {name} in deploy/, journalctl -u darkstar@{name}, or the add-on's log, "
    "says why."
)
_LATE = timedelta(minutes=5)
"""A plan may be late by so much."""


def services(facts: Facts) -> Iterator[Finding]:
    """All of them."""
    if not facts.connected:
        return
    if not facts.may_read(STATUS[Service.PLANNER]):
        user = facts.visit.user if facts.visit else "nobody"
        yield unknown(
            "services",
            f"the broker user {user} may not see them",
            "Call this as people or as the gateway.",
        )
    else:
        yield from _present(facts)
    yield from _roles(facts)
    yield from _plan(facts)
    yield from _control(facts)


def _present(facts: Facts) -> Iterator[Finding]:
    found: dict[Service, ServiceStatus | None] = {one: facts.state(STATUS[one]) for one in SERVICES}
    here = {
        one: status
        for one, status in found.items()
        if status is not None and status.is_there(facts.now, speed=facts.speed)
    }
    for one, status in found.items():
        if status is None:
            yield problem(str(one), "it was never there", f"Start it; {_LOOK.format(name=one)}")
        elif one not in here:
            remedy = f"Start it; {_LOOK.format(name=one)}"
            missing = "has said nothing for a while" if status.online else "is not there"
            yield problem(str(one), f"it {missing}; the others go on without it", remedy)
    if len(here) == len(SERVICES):
        yield ok("services", "all five are there")
    yield from _versions(here)
    for one, status in here.items():
        yield from _issues(one, status)


def _versions(here: dict[Service, ServiceStatus]) -> Iterator[Finding]:
    versions: dict[str, list[str]] = {}
    for one, status in here.items():
        versions.setdefault(status.version or "unknown", []).append(str(one))
    if len(versions) > 1:
        said = "; ".join(f"{', '.join(names)}: {version}" for version, names in versions.items())
        yield warning(
            "versions", f"the services are of different versions ({said})",
            "Upgrade all of them together; messages of an earlier version are read for a release.",
        )  # fmt: skip


def _issues(one: Service, status: ServiceStatus) -> Iterator[Finding]:
    for issue in status.issues:
        remedy = issue.guidance or _LOOK.format(name=one)
        if issue.severity == "error":
            yield problem(str(one), issue.message, remedy)
        elif issue.severity == "warning":
            yield warning(str(one), issue.message, remedy)


def _roles(facts: Facts) -> Iterator[Finding]:
    if not facts.may_read(HOUSE_DEVICES):
        yield unknown("roles", "this broker user may not see house/devices")
        return
    devices = facts.state(HOUSE_DEVICES)
    if devices is None:
        yield unknown("roles", "the executor has not said yet which entity plays which role")
        return
    wrong = [one for one in devices.roles if one.status != "bound" and not one.optional]
    for one in wrong:
        yield _unbound(one, devices)
    if not wrong:
        bound = sum(one.status == "bound" for one in devices.roles)
        yield ok("roles", f"{bound} roles are played, of {len(devices.discovered)} entities seen")


def _unbound(one: RoleBinding, devices: Devices) -> Finding:
    entity = one.entity or "no entity"
    likely = next((each.entity for each in devices.proposals if each.role == one.role), None)
    hint = f" {likely} could play it." if likely else ""
    return problem(
        "roles",
        f"{one.role} ({entity}) is {one.status.replace('_', ' ')}",
        f"{one.detail or 'Name its entity in executor.roles.'}{hint}",
    )


def _plan(facts: Facts) -> Iterator[Finding]:
    schedule, status = facts.state(SCHEDULE), facts.state(PLAN_STATUS)
    if not facts.may_read(SCHEDULE):
        yield unknown("plan", "this broker user may not see plan/schedule")
        return
    within = schedule is not None and schedule.valid_until > facts.now
    remedy = "Look at what is said of prices, forecasts and sensors here; until then the house "
    remedy += "follows the last schedule." if within else "runs on self-consumption."
    if status is not None and status.last_error:
        yield problem("plan", status.last_error, remedy)
    if schedule is None:
        yield problem("plan", "there is no schedule", remedy)
    elif not within:
        yield problem("plan", f"the schedule ended {_ago(facts, schedule)} ago", remedy)
    else:
        yield _in_force(facts, schedule)
    due = None if status is None else status.next_run_at
    if due is not None and facts.now - due > _LATE:
        late = (facts.now - due) / timedelta(minutes=1)
        yield warning(
            "plan", f"the next one is {late:.0f} minutes late", _LOOK.format(name=Service.PLANNER)
        )


def _in_force(facts: Facts, schedule: Schedule) -> Finding:
    until = f"until {_local(facts, schedule)}"
    if schedule.status != "fallback":
        return ok("plan", f"{schedule.status}, {until}")
    why = f": {schedule.why[0]}" if schedule.why else ""
    return warning(
        "plan",
        f"a fallback, {until}{why}",
        "The machine is too slow or too busy for planner.time_limit_seconds, or limits contradict "
        f"each other: {_LOOK.format(name=Service.PLANNER)}",
    )


def _control(facts: Facts) -> Iterator[Finding]:
    control = facts.state(CONTROL_STATE)
    if control is None:
        if facts.may_read(CONTROL_STATE):
            yield unknown("control", "the executor has decided nothing yet")
        return
    if control.following.state == "not_following":
        yield problem(
            "control",
            f"the house does not do what it is told: asked for {control.following.asked}, seen "
            f"{control.following.seen}",
            f"Look at the inverter itself. {control.following.tried}".strip(),
        )
        return
    shadow = "; in shadow mode nothing is written" if control.shadow else ""
    hands = "" if control.automation else "; automation is off"
    yield ok("control", f"rule {control.rule}: {control.reason}{shadow}{hands}")


def _ago(facts: Facts, schedule: Schedule) -> str:
    return f"{(facts.now - schedule.valid_until) / timedelta(minutes=1):.0f} minutes"


def _local(facts: Facts, schedule: Schedule) -> str:
    zone = facts.config.zone if facts.config else None
    return f"{schedule.valid_until.astimezone(zone):%a %H:%M}"
