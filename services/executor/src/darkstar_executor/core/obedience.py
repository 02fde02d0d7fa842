"""Whether the house does what it was told, by what is measured, and what is done about it.

A deviation counts when every look for some minutes has found one; a cloud, a kettle or an
inverter that takes its time are none. Then it is said aloud, and the settings are written again
three times, after 1, 5 and 15 minutes, though the entities show them. After that nothing more is
tried until something else is commanded: a device that does not listen is a matter for people.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isclose

from darkstar_common.config import Config
from darkstar_common.contract import Command, Following
from darkstar_executor.core.drift import Drift, drifted, known
from darkstar_executor.core.expectation import LIMITS, TENTH, Limit, Sight, asked, sight
from darkstar_executor.core.measured import Measured

AGAIN = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
"""So long after it was found, and after each attempt, the settings are written again."""
WELL = timedelta(minutes=2)
"""A house that has followed for so long follows again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is known of the obedience to the command in force.

    Attributes:
        command: The command that is watched; None: nothing is asked of the house.
        since: Since when every look has found a deviation.
        lost: Whether that has been for so long that the house does not follow.
        well: Since when it does what it is told again.
        tries: How often the settings were written again.
        next_try: When they are to be the next time; None: no more.
        tried: When they were last.
        again: Whether all settings are to be written again now.
        drift: How the state of charge moves, where the battery's power is not known.
    """

    command: Command | None = None
    since: datetime | None = None
    lost: bool = False
    well: datetime | None = None
    tries: int = 0
    next_try: datetime | None = None
    tried: datetime | None = None
    again: bool = False
    drift: Drift | None = None


NOT_WATCHED = Watch()


def watched(
    before: Watch,
    *,
    command: Command | None,
    measured: Measured,
    config: Config,
    now: datetime,
    limits: frozenset[Limit] = LIMITS,
) -> tuple[Watch, Following]:
    """The watch after one more look, and what to say of it.

    Args:
        before: The watch after the last look.
        command: What is commanded, trimmed as it is; None where nothing is (off, shadow).
        measured: Fresh readings.
        config: Limits, and how long and how far off is too much.
        now: The moment.
        limits: Powers that the house can be limited in.
    """
    if command is None:
        return NOT_WATCHED, Following()
    if before.command is not None and _alike(before.command, command, config):
        watch = replace(before, again=False)
    else:
        watch = _anew(before, command, now)
    look = sight(command, measured, config, limits)
    if look.verdict == "unknown":
        drift = drifted(watch.drift, command, measured, config, now)
        watch, look = replace(watch, drift=drift), known(drift, look)
    elif watch.drift is not None:
        watch = replace(watch, drift=None)
    patience = timedelta(minutes=config.executor.not_following_minutes)
    watch = _seen(watch, look, patience, now)
    watch = _trying(watch, now) if watch.lost and look.verdict == "deviates" else watch
    return watch, _following(watch, look, command, config)


def _anew(before: Watch, command: Command, now: datetime) -> Watch:
    """Something else is asked for; a house that was lost has to show that it follows."""
    if not before.lost:
        return Watch(command=command)
    return Watch(command=command, since=before.since, lost=True, next_try=now + AGAIN[0])


def _seen(watch: Watch, look: Sight, patience: timedelta, now: datetime) -> Watch:
    """How long it has been so."""
    if look.verdict == "deviates":
        since = now if watch.since is None or watch.since > now else watch.since
        lost = watch.lost or now - since >= patience
        found = lost and not watch.lost
        return replace(
            watch,
            since=since,
            lost=lost,
            well=None,
            next_try=now + AGAIN[0] if found else watch.next_try,
        )
    if not watch.lost:
        return replace(watch, since=None)
    if look.verdict == "unknown":
        return replace(watch, well=None)
    well = watch.well or now
    if abs(now - well) < WELL:
        return replace(watch, well=well)
    return Watch(command=watch.command, drift=watch.drift)


def _trying(watch: Watch, now: datetime) -> Watch:
    if watch.next_try is None or now < watch.next_try:
        return watch
    tries = watch.tries + 1
    later = now + AGAIN[tries] if tries < len(AGAIN) else None
    return replace(watch, again=True, tries=tries, tried=now, next_try=later)


def _following(watch: Watch, look: Sight, command: Command, config: Config) -> Following:
    if not watch.lost:
        return Following(state="unknown" if look.verdict == "unknown" else "following")
    seen = look.seen or ("nothing is known now" if look.verdict == "unknown" else "it follows now")
    return Following(
        state="not_following",
        asked=asked(command),
        seen=seen,
        tried=_tried(watch, config),
        since=watch.since,
    )


def _tried(watch: Watch, config: Config) -> str:
    times = ("not yet", "once", "twice", "three times")[watch.tries]
    last = f", at {watch.tried.astimezone(config.zone):%H:%M} last" if watch.tried else ""
    more = "" if watch.next_try else "; no more until something else is commanded"
    return f"the settings were written again {times}{last}{more}"


def _alike(one: Command, other: Command, config: Config) -> bool:
    """Whether both ask for the same, give or take what would be no deviation."""
    if one.intent != other.intent:
        return False
    least = config.executor.not_following_kw
    powers = (
        (one.charge_kw, other.charge_kw),
        (one.discharge_kw, other.discharge_kw),
        (one.export_kw, other.export_kw),
    )
    return all(
        a == b or (a is not None and b is not None and isclose(a, b, rel_tol=TENTH, abs_tol=least))
        for a, b in powers
    )
