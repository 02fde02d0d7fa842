"""Findings on the broker: whether it lets us in, heeds its access list, and what time it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from darkstar_common.launcher.doctor.facts import Answer, Facts, Rights, Visit
from darkstar_common.launcher.doctor.findings import Finding, ok, problem, unknown, warning

_APART = timedelta(seconds=5)
"""Clocks that differ by more should be set."""
_FAR_APART = timedelta(minutes=1)
"""Requests live for a minute: they would be too old when they come."""
_SLOW = timedelta(seconds=1)
_NAMED = 4
"""Topics that are named."""
_STALE = timedelta(minutes=45)
"""A slot is closed a few minutes after its end."""


def broker(facts: Facts) -> Iterator[Finding]:
    """All of them; one, where there is no broker."""
    visit = facts.visit
    if visit is None:
        return
    if visit.trouble:
        yield problem(
            "broker",
            f"{visit.where} does not let us in: {visit.trouble}",
            "See that it runs, that mqtt.host and mqtt.port name it, and that user and password "
            "(DARKSTAR_MQTT_USERNAME, …_PASSWORD_FILE) are the broker's. What the services say of "
            "themselves cannot be known until then.",
        )
        return
    encrypted = facts.config is not None and facts.config.mqtt.tls
    how = "encrypted" if encrypted else "in plain words"
    yield ok("broker", f"{visit.where} lets us in as {visit.user}, with MQTT 5, {how}")
    yield _rights(visit)
    yield from _recorder(facts, visit.recorder)


def _rights(visit: Visit) -> Finding:
    about, rights = "access list", visit.rights
    if rights is None:
        return unknown(about, "it was not tried")
    if not visit.named:
        return _anonymous(rights)
    remedy = (
        "Load the list that `make acl` prints (acl_file), and restart the broker; a list of an "
        "earlier version lacks new topics: docs/operations.md, An existing broker."
    )
    if rights.lost:
        said = f"what {visit.user} writes to {_some(rights.lost)} does not arrive"
        return problem(about, said, remedy)
    if rights.intruded:
        return problem(
            about,
            f"{visit.user} may write {_some(rights.intruded)}, which others alone may",
            remedy,
        )
    return ok(about, f"{visit.user} can do what it may, and no more, on {rights.tried} topics")


def _anonymous(rights: Rights) -> Finding:
    if not rights.intruded:
        remedy = "Give this process a broker user: DARKSTAR_MQTT_USERNAME and …_PASSWORD_FILE."
        return warning("access list", "we have no name, and may do what people may", remedy)
    return warning(
        "access list",
        "the broker lets everybody write everything, without a name",
        "That will do for a trial on this machine. Else: allow_anonymous false, passwords and an "
        "access list (docs/operations.md, An existing broker).",
    )


def _recorder(facts: Facts, answer: Answer | None) -> Iterator[Finding]:
    if answer is None:
        yield unknown("recorder", "it was not asked")
        return
    if answer.trouble:
        yield problem(
            "recorder",
            f"it gives no answer: {answer.trouble}",
            "See that it runs and look at its log; what comes meanwhile the broker keeps for it.",
        )
        return
    yield _answered(facts, answer)
    yield _clock(answer)


def _answered(facts: Facts, answer: Answer) -> Finding:
    took = answer.took or timedelta(0)
    if answer.newest_slot is None:
        said = "it answers, and has closed no slot in the last day"
        return warning(
            "recorder", said, "A new house has its first slot in a quarter of an hour; else see "
            "that the energy sensors (executor.roles) are there."
        )  # fmt: skip
    slot = f"the newest slot is of {_local(facts, answer.newest_slot)}"
    if facts.now - answer.newest_slot > _STALE:
        return warning(
            "recorder", f"it answers, but {slot}", "See whether the energy sensors count."
        )
    if took > _SLOW:
        said = f"it took {took.total_seconds():.1f} s to answer; {slot}"
        return warning("recorder", said, "The machine is busy, or its disk is slow.")
    return ok("recorder", f"it answers within {took.total_seconds():.2f} s; {slot}")


def _clock(answer: Answer) -> Finding:
    about, ahead = "clock", answer.ahead
    if ahead is None:
        return unknown(about, "no other clock was heard")
    seconds = abs(ahead).total_seconds()
    side = "ahead of" if ahead > timedelta(0) else "behind"
    said = f"the recorder's clock is {seconds:,.0f} s {side} the one here"
    remedy = (
        "Let both machines keep time (timedatectl set-ntp true); in a simulated run, call this "
        "with its DARKSTAR_CLOCK."
    )
    if abs(ahead) > _FAR_APART:
        return problem(about, said, remedy)
    if abs(ahead) > _APART:
        return warning(about, said, remedy)
    return ok(about, "the recorder's clock and the one here agree")


def _local(facts: Facts, moment: datetime) -> str:
    zone = facts.config.zone if facts.config else None
    return f"{moment.astimezone(zone):%d %b %H:%M}"


def _some(topics: tuple[str, ...]) -> str:
    more = f" and {len(topics) - _NAMED} more" if len(topics) > _NAMED else ""
    return f"{', '.join(topics[:_NAMED])}{more}"
