"""What is worth telling people: the edges of what the house effectively does, each once.

Nothing here depends on how often somebody looks: two looks at the same state tell nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from darkstar_common.contract import (
    ControlState,
    Following,
    Legionella,
    NotificationKind,
    Override,
)
from darkstar_executor.core.spelling import spelt

Severity = Literal["info", "warning", "error"]

SAME_TEXT = timedelta(hours=1)
"""The same title of a kind is not sent twice in a row within this."""
_AT_WILL = frozenset({"plan", "override_force_heat", "water_boost", "surplus"})
"""Rows of the hot water's table that heat on purpose, not by thermostat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something a person may want to know."""

    kind: NotificationKind
    title: str
    text: str
    severity: Severity = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """What the house does by our hands, and what is known of it.

    Attributes:
        at: When.
        charging: To what state of charge the grid charges the battery [%]; None: it does not.
        exporting: Down to what state of charge the battery sells [%]; None: it does not.
        heating: The set-point while water is heated by plan or wish [°C]; None: it is not.
        evs: Most that each vehicle is charged with [kW].
        target: State of charge that bounds what the inverter does [%].
    """

    at: datetime
    reason: str = ""
    charging: float | None = None
    exporting: float | None = None
    heating: float | None = None
    evs: Mapping[str, float] = field(default_factory=dict)
    target: float | None = None
    override: Override | None = None
    boost_until: datetime | None = None
    grid: bool | None = None
    trimmed: str | None = None
    following: Following = field(default_factory=Following)
    legionella: Legionella | None = None


def effective(state: ControlState, *, off_c: float | None) -> Effective:
    """What `state` comes to; in shadow mode and with the hands off no flow is ours.

    Args:
        state: As published.
        off_c: Set-point of a heater that is off [°C].
    """
    command = state.command
    seen = Effective(
        at=state.emitted_at,
        reason=state.reason,
        override=state.override,
        boost_until=state.water_boost_until,
        grid=state.grid_available,
        legionella=state.legionella,
    )
    if state.shadow or not state.automation:
        return seen
    hot = command.water_temperature_c
    heats = state.water_rule in _AT_WILL and hot is not None and off_c is not None and hot > off_c
    return replace(
        seen,
        charging=command.soc_target_percent if command.intent == "charge_from_grid" else None,
        exporting=command.soc_target_percent if command.intent == "export" else None,
        heating=hot if heats else None,
        evs={name: kw for name, kw in command.evs.items() if kw > 0},
        target=command.soc_target_percent,
        trimmed=state.trimmed,
        following=state.following,
    )


def edges(before: Effective | None, after: Effective, zone: ZoneInfo) -> tuple[Note, ...]:
    """What has changed from `before` to `after`; nothing at the first look."""
    if before is None:
        return ()
    return (
        *asked(before, after, zone),
        *_flows(before, after),
        *_vehicles(before, after),
        *_troubles(before, after),
        *_legionella(before, after),
    )


def asked(before: Effective, after: Effective, zone: ZoneInfo) -> Iterator[Note]:
    """What people's wishes have begun or ended."""
    was, now = before.override, after.override
    if was is not None and now is None:
        yield _ended(_name(was), after)
    if now is not None and (was is None or _name(was) != _name(now) or now.until > was.until):
        text = f"Until {spelt(now.until, after.at, zone)}{_or_percent(now)}. {after.reason}".strip()
        yield Note(kind="override_started", title=f"{_name(now)} has begun", text=text)
    if before.boost_until is not None and after.boost_until is None:
        yield _ended("Hot water boost", after)
    if after.boost_until is not None and (
        before.boost_until is None or after.boost_until > before.boost_until
    ):
        text = f"Until {spelt(after.boost_until, after.at, zone)}."
        yield Note(kind="override_started", title="Hot water boost has begun", text=text)


def _flows(before: Effective, after: Effective) -> Iterator[Note]:
    if after.charging is not None and before.charging is None:
        yield _flow("charge_start", "The battery charges from the grid", after.charging, after)
    if before.charging is not None and after.charging is None:
        yield _flow("charge_stop", "The battery has stopped charging from the grid", None, after)
    if after.exporting is not None and before.exporting is None:
        yield _flow("export_start", "The battery sells", after.exporting, after)
    if before.exporting is not None and after.exporting is None:
        yield _flow("export_stop", "The battery has stopped selling", None, after)
    if after.heating is not None and before.heating is None:
        title = f"Water is heated to {after.heating:g} °C"
        yield Note(kind="water_heat_start", title=title, text=_why(after))
    if before.heating is not None and after.heating is None:
        yield Note(kind="water_heat_stop", title="Water is heated no more", text=_why(after))
    if None not in (before.target, after.target) and after.target != before.target:
        title = f"The battery's target is {after.target:.0f} %"
        text = f"It was {before.target:.0f} %. {_why(after)}"
        yield Note(kind="soc_target_change", title=title, text=text)


def _vehicles(before: Effective, after: Effective) -> Iterator[Note]:
    for name in sorted(after.evs.keys() - before.evs.keys()):
        text = f"With {after.evs[name]:.1f} kW at most. {_why(after)}"
        yield Note(kind="ev_start", title=f"{name} charges", text=text)
    for name in sorted(before.evs.keys() - after.evs.keys()):
        yield Note(kind="ev_stop", title=f"{name} has stopped charging", text=_why(after))


def _troubles(before: Effective, after: Effective) -> Iterator[Note]:
    if after.grid is False and before.grid is not False:
        text = "The house runs on battery and sun; nothing is charged from the grid or sold."
        yield Note(kind="grid_outage", title="The grid is gone", text=text, severity="warning")
    if after.grid is True and before.grid is False:
        yield Note(kind="grid_outage", title="The grid is back", text=_why(after))
    if after.trimmed is not None and before.trimmed is None:
        yield Note(kind="peak_guard", title="Cut back for the fuse or peak", text=after.trimmed)
    was, now = before.following.state, after.following.state
    if now == "not_following" and was != "not_following":
        yield Note(
            kind="not_following",
            title="The inverter does not do what it was told",
            text=_sentences(after.following),
            severity="error",
        )
    if now == "following" and was == "not_following":
        title = "The inverter does what it is told again"
        yield Note(kind="not_following", title=title, text=_why(after))


def _legionella(before: Effective, after: Effective) -> Iterator[Note]:
    was, now = before.legionella, after.legionella
    if was is None or now is None:
        return
    if now.done_at is not None and now.done_at != was.done_at and not _recent(was, now):
        text = "The whole tank was hot for long enough."
        yield Note(kind="legionella", title="Hot water is safe from legionella", text=text)
    if now.overdue and not was.overdue:
        text = "The tank was not hot enough for too long; it is to be heated."
        yield Note(
            kind="legionella", title="Heating against legionella is overdue", text=text,
            severity="warning",
        )  # fmt: skip


def _recent(was: Legionella, now: Legionella) -> bool:
    """Whether the tank has merely stayed hot since it was hot enough."""
    day = timedelta(days=1)
    return was.done_at is not None and now.done_at is not None and now.done_at - was.done_at < day


def _ended(name: str, after: Effective) -> Note:
    return Note(kind="override_ended", title=f"{name} has ended", text=_why(after))


def _flow(kind: NotificationKind, title: str, percent: float | None, after: Effective) -> Note:
    bound = "" if percent is None else f" to {percent:.0f} %"
    return Note(kind=kind, title=f"{title}{bound}", text=_why(after))


def _why(after: Effective) -> str:
    return f"Now: {after.reason}." if after.reason else "The plan is followed again."


def _name(override: Override) -> str:
    if override.requested_by == "battery_topup":
        return f"Battery top-up to {override.soc_percent:g} %"
    words = override.action.replace("_", " ")
    return words[:1].upper() + words[1:]


def _or_percent(override: Override) -> str:
    return "" if override.soc_percent is None else f" or {override.soc_percent:g} %"


def _sentences(following: Following) -> str:
    told = (("Asked", following.asked), ("seen", following.seen), ("tried", following.tried))
    return "; ".join(f"{word}: {said}" for word, said in told if said)


Said = Mapping[NotificationKind, tuple[str, datetime]]
"""The title of the last note of each kind that was sent, and when."""


def worth_saying(note: Note, wanted: Mapping[str, bool], said: Said, now: datetime) -> bool:
    """Whether people want that kind, and were not told the same just now.

    Args:
        note: What could be said.
        wanted: Which kinds people want.
        said: What was said before.
        now: The present.
    """
    if not wanted.get(note.kind, True):
        return False
    title, at = said.get(note.kind, ("", now))
    return title != note.title or abs(now - at) >= SAME_TEXT


def reminder(paused_at: datetime, until: datetime, now: datetime, zone: ZoneInfo) -> Note:
    """That Darkstar is still paused, since when and how long yet."""
    left = max(until - now, timedelta(0)) // timedelta(minutes=1)
    since, end = spelt(paused_at, now, zone), spelt(until, now, zone)
    return Note(
        kind="pause_reminder",
        title=f"Darkstar is paused for another {left} min",
        text=f"Since {since}, until {end}. The house runs on self-consumption meanwhile.",
    )


def reminders(paused_at: datetime | None, now: datetime, every: timedelta) -> int:
    """How many reminders of a pause are due since it began; 0 when there are to be none."""
    if paused_at is None or not every or now < paused_at:
        return 0
    return (now - paused_at) // every
