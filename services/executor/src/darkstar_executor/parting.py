"""Takes the hands away: what is to be left behind is written until the devices show it.

Bounds and set-points that a device has not taken after a while stay as they are. What stops a
forced flow is written for as long as it takes: nobody else would end the flow.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from types import MappingProxyType

from darkstar_common.config import Config
from darkstar_common.contract import Issue, Write
from darkstar_executor.acting import Hands
from darkstar_executor.core import commands
from darkstar_executor.core.clamping import same
from darkstar_executor.core.decide import Decision
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.expression import settings
from darkstar_executor.core.kept import Leaving, LeavingWith
from darkstar_executor.core.profile import Profile
from darkstar_executor.core.setting import Setting, Value
from darkstar_executor.core.writes import Outcome
from darkstar_executor.listening import Listener

GIVES_UP = timedelta(minutes=15)
"""After that only what stops a flow is still written."""
LATE = timedelta(minutes=2)
"""A stop that is not shown by then is told."""
UNSTOPPED = "not_stopped"
"""Key of the issue about it."""
REASONS = MappingProxyType({
    "off": "automation is switched off; nothing is touched until it is on again",
    "shadow": "shadow mode was switched on",
    "release": "the devices are given back as they were found",
    "stopped": "the executor was stopped",
})  # fmt: skip
"""Why the hands are taken away, by rule."""
_OPEN = frozenset({"written", "held_back"})
_MISSED = frozenset({"held_back", "not_confirmed"})


def other_hands(now: Config, then: Config) -> bool:
    """Whether `then` would leave settings alone that `now` writes: other entities or devices."""

    def hands(config: Config) -> object:
        return (
            config.executor.roles,
            config.inverter.profile,
            config.battery is None,
            config.water_heater is None,
            tuple(vehicle.id for vehicle in config.evs),
        )

    return hands(now) != hands(then)


class Parting:
    """Knows what to leave behind, and when it is there."""

    def __init__(self, config: Config, profile: Profile, listener: Listener, hands: Hands) -> None:
        self._config, self._profile = config, profile
        self._listener, self._hands = listener, hands

    def decision(self, rule: str) -> Decision:
        """The fallback, with why it is left behind."""
        return Decision(
            command=commands.fallback(self._config),
            rule=rule,
            reason=REASONS[rule],
            water_rule=rule,
        )

    def settings(self, leaving: Leaving, now: datetime) -> tuple[tuple[Setting, ...], Ears]:
        """What to write, and ears that know the entities of it."""
        made, ears = self._all(leaving.behind, now)
        if not _is_late(leaving, now, GIVES_UP):
            return made, ears
        return tuple(one for one in made if one.calm or one.after), ears

    def _all(self, behind: LeavingWith, now: datetime) -> tuple[tuple[Setting, ...], Ears]:
        ears = self._listener.ears
        command = commands.fallback(self._config)
        fallback = settings(command, self._profile, self._config, ears.bindings, now)
        if behind == "fallback":
            return fallback, ears
        return self._hands.returned(fallback, ears, self._listener.registry.entities)


def over(leaving: Leaving, wanted: Iterable[Setting], outcome: Outcome, now: datetime) -> bool:
    """Whether all that is left behind is there, or never will be; a stop has to be there."""
    if unstopped(wanted, outcome):
        return False
    return _is_late(leaving, now, GIVES_UP) or settled(outcome)


def unstopped(wanted: Iterable[Setting], outcome: Outcome) -> tuple[Write, ...]:
    """What stops a flow and is not known to be there.

    A role that nothing plays counts if something of ours was written to who played it.
    """
    calm = {one.role for one in wanted if one.calm}
    ours = {one.role for one in outcome.ledger.found.values()}
    return tuple(
        write
        for write in outcome.writes
        if write.role in calm and (write.role in ours or write.result != "unbound")
        if not _is_there(write, outcome)
    )


def issue(leaving: Leaving, missing: Iterable[Write], now: datetime) -> Issue | None:
    """What to tell of stops that are not there yet; None while that is no wonder."""
    lines = [
        f"{write.entity or write.role} is to be {_word(write.wanted)} and shows "
        f"{_word(write.before)}" + (f" ({write.detail})" if write.detail else "")
        for write in missing
    ]
    if not lines or not _is_late(leaving, now, LATE):
        return None
    return Issue(
        key=UNSTOPPED,
        severity="error",
        message=f"{REASONS[leaving.rule]}, but not all has stopped: {'; '.join(lines)}",
        guidance="switch it off at the device, or look at its gateway; it is tried again now and "
        "then, and as soon as it can be reached",
    )


def _is_there(write: Write, outcome: Outcome) -> bool:
    entity = outcome.entities.get(write.role)
    if write.result in _MISSED or write.result == "unbound":
        return False
    if entity is None or entity.state_topic is None:  # it cannot be asked
        return True
    return same(outcome.shows.get(write.role), write.wanted, entity)


def _is_late(leaving: Leaving, now: datetime, patience: timedelta) -> bool:
    return abs(now - leaving.since) > patience


def _word(value: Value | None) -> str:
    if value is None:
        return "nothing"
    return ("on" if value else "off") if isinstance(value, bool) else f"{value}"


def settled(outcome: Outcome) -> bool:
    """Whether every setting is shown, or given up; nothing waits its turn."""
    names = {write.entity for write in outcome.writes if write.entity}
    last = [outcome.sent[name] for name in names if name in outcome.sent]
    unseen = any(not (sent.confirmed or sent.failed) for sent in last)
    return not unseen and all(write.result not in _OPEN for write in outcome.writes)


def missed(outcome: Outcome, ears: Ears) -> bool:
    """Whether something that matters could not even be told: ours still stands there."""
    return any(
        write.result in {"unbound", "held_back"} and not ears.bindings[write.role].optional
        for write in outcome.writes
        if write.role in ears.bindings
    )
