"""Takes the hands away: what is to be left behind is written until the devices show it."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import MappingProxyType

from darkstar_common.config import Config
from darkstar_executor.acting import Hands
from darkstar_executor.core import commands
from darkstar_executor.core.decide import Decision
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.expression import settings
from darkstar_executor.core.kept import Leaving, LeavingWith
from darkstar_executor.core.profile import Profile
from darkstar_executor.core.setting import Setting
from darkstar_executor.core.writes import Outcome
from darkstar_executor.listening import Listener

GIVES_UP = timedelta(minutes=15)
"""A device that has not taken what is left behind by then stays as it is."""
REASONS = MappingProxyType({
    "off": "automation is switched off; nothing is touched until it is on again",
    "shadow": "shadow mode was switched on",
    "release": "the devices are given back as they were found",
    "stopped": "the executor was stopped",
})  # fmt: skip
"""Why the hands are taken away, by rule."""
_OPEN = frozenset({"written", "held_back"})


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

    def settings(self, behind: LeavingWith, now: datetime) -> tuple[tuple[Setting, ...], Ears]:
        """What to write, and ears that know the entities of it."""
        ears = self._listener.ears
        command = commands.fallback(self._config)
        fallback = settings(command, self._profile, self._config, ears.bindings, now)
        if behind == "fallback":
            return fallback, ears
        return self._hands.returned(fallback, ears, self._listener.registry.entities)


def over(leaving: Leaving, outcome: Outcome, now: datetime) -> bool:
    """Whether all that is left behind is there, or never will be."""
    return abs(now - leaving.since) > GIVES_UP or settled(outcome)


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
