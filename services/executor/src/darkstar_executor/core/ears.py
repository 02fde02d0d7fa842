"""All that was heard from the entities in our roles, and what it means.

A reading that is `unavailable`, not a number or too old becomes null and keeps the time of
the last value. A counter that arrives retained is an old message of unknown age: it is no
measurement of now, so it is passed over until a live one comes. A state that arrives retained
(a mode, a state of charge) is taken as of its arrival: the broker keeps the latest one, and
the age limit is what protects against a gateway that died. One that is known already keeps its
time: a line to the broker that comes and goes brings it again and again, and makes it no younger.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from darkstar_common.config import Config
from darkstar_common.contract import UNKNOWN, Reading
from darkstar_executor.core.entities import AvailabilityTopic
from darkstar_executor.core.roles import Binding
from darkstar_executor.core.templates import SILENT
from darkstar_executor.core.units import scale

_DECIMALS = 9
"""Below what any sensor tells; keeps 1.1 kW from being 1.1000000000000001."""

Routes = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Heard:
    """What one entity said last.

    Attributes:
        text: Its state; None when it said that there is none.
        at: When the last state that was one arrived.
    """

    text: str | None = None
    at: datetime | None = None


NOTHING = Heard()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """Bindings and what their entities said; a message makes a new one.

    Attributes:
        max_age: An older reading is unknown.
        max_ages: Role to another such limit.
        bindings: Who plays which role.
        said: What each role's entity said last.
        vouched: What each availability topic said, the last to speak at the end.
        unavailable: Roles whose entity says that it cannot be reached.
        routes: Roles by state topic.
        vouchers: Availability topics of the bound entities, by topic.
    """

    max_age: timedelta
    max_ages: Mapping[str, timedelta] = field(default_factory=dict)
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    said: Mapping[str, Heard] = field(default_factory=dict)
    vouched: Mapping[AvailabilityTopic, bool] = field(default_factory=dict)
    unavailable: frozenset[str] = frozenset()
    routes: Routes = field(default_factory=dict)
    vouchers: Mapping[str, frozenset[AvailabilityTopic]] = field(default_factory=dict)

    @property
    def topics(self) -> frozenset[str]:
        """All topics to listen to."""
        return frozenset(self.routes) | frozenset(self.vouchers)

    @property
    def complete(self) -> bool:
        """Whether every role is bound, and every setting that can be read has been."""
        return all(
            binding.optional
            if binding.entity is None
            else (
                not binding.setting
                or binding.entity.state_topic is None
                or self.shows(role) is not None
            )
            for role, binding in self.bindings.items()
        )

    def rebound(self, bindings: Mapping[str, Binding]) -> Ears:
        """With other bindings; what an entity said is kept while it keeps its role."""
        routes: dict[str, tuple[str, ...]] = {}
        vouchers: dict[str, frozenset[AvailabilityTopic]] = {}
        for role, binding in bindings.items():
            entity = binding.entity
            if entity is None:
                continue
            if entity.state_topic:
                routes[entity.state_topic] = (*routes.get(entity.state_topic, ()), role)
            for one in entity.availability.topics:
                vouchers[one.topic] = vouchers.get(one.topic, frozenset()) | {one}
        kept = {
            role: heard
            for role, heard in self.said.items()
            if role in bindings and bindings[role].entity == self.bindings[role].entity
        }
        known = {one for some in vouchers.values() for one in some}
        vouched = {one: word for one, word in self.vouched.items() if one in known}
        return replace(
            self,
            bindings=bindings,
            said=kept,
            vouched=vouched,
            unavailable=_unavailable(bindings, vouched),
            routes=routes,
            vouchers=vouchers,
        )

    def hearing(self, topic: str, payload: str, now: datetime, *, retained: bool) -> Ears:
        """After `payload` on `topic`; `self` where it says nothing to us."""
        ears = self
        if topic in self.vouchers:
            ears = ears._vouched_by(topic, payload)
        said: dict[str, Heard] | None = None
        for role in self.routes.get(topic, ()):
            binding = self.bindings[role]
            if binding.entity is None or (retained and binding.quantity == "energy"):
                continue
            text = binding.entity.read(payload)
            if text is SILENT:
                continue
            said = dict(self.said) if said is None else said
            before = said.get(role, NOTHING)
            again = text is None or (retained and text == before.text)
            said[role] = Heard(text, before.at if again else now)
        return ears if said is None else replace(ears, said=said)

    def reading(self, role: str, now: datetime) -> Reading:
        """The measured value in role [kW, kWh, %, °C or V]."""
        said, binding = self.said.get(role, NOTHING), self.bindings.get(role)
        entity = binding.entity if binding else None
        if binding is None or entity is None or binding.quantity is None or said.at is None:
            return UNKNOWN
        lost = Reading(value=None, measured_at=said.at)
        age = self.max_ages.get(role, self.max_age)
        limit = min(age, entity.expire_after or age)
        if said.text is None or role in self.unavailable or now - said.at > limit:
            return lost
        value, conversion = number(said.text), scale(binding.quantity, entity.unit)
        if value is None or conversion is None:
            return lost
        return Reading(value=round(conversion.ours(value), _DECIMALS), measured_at=said.at)

    def shows(self, role: str) -> str | None:
        """What the entity in role says it is set to, in its own unit and words."""
        return None if role in self.unavailable else self.said.get(role, NOTHING).text

    def word(self, role: str, now: datetime) -> str | None:
        """What the entity in role says, if that is a word.

        Words are said when they change, so only a limit of the role's own, or the entity's
        `expire_after`, makes them old.
        """
        said, binding = self.said.get(role, NOTHING), self.bindings.get(role)
        if binding is None or binding.entity is None or said.at is None:
            return None
        limits = [one for one in (self.max_ages.get(role), binding.entity.expire_after) if one]
        return None if any(now - said.at > limit for limit in limits) else self.shows(role)

    def is_on(self, role: str, now: datetime) -> bool | None:
        """Whether the entity in role says on; None when it says neither on nor off."""
        text, binding = self.word(role, now), self.bindings.get(role)
        if text is None or binding is None or binding.entity is None:
            return None
        return binding.entity.is_on(text)

    def _vouched_by(self, topic: str, payload: str) -> Ears:
        vouched = dict(self.vouched)
        for one in self.vouchers[topic]:
            word = one.says(payload)
            if word is not None:
                vouched.pop(one, None)
                vouched[one] = word
        return replace(self, vouched=vouched, unavailable=_unavailable(self.bindings, vouched))


def deaf(config: Config) -> Ears:
    """Ears that have heard nothing yet, with the configured age limits."""
    return Ears(
        max_age=timedelta(seconds=config.executor.state_max_age_seconds),
        max_ages={
            role: timedelta(seconds=limit)
            for role, limit in config.executor.max_age_seconds.items()
        },
    )


def number(text: str) -> float | None:
    """`text` as a finite number, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _unavailable(
    bindings: Mapping[str, Binding], vouched: Mapping[AvailabilityTopic, bool]
) -> frozenset[str]:
    return frozenset(
        role
        for role, binding in bindings.items()
        if binding.entity is not None and not binding.entity.availability.holds(vouched)
    )
