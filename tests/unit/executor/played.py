"""The simulated house and the executor's core in one loop, minute by minute, without a bus.

The house speaks a brand's dialect, the executor its profile: discovery is parsed, roles are bound
by the profile's own entity names, readings are heard with the brand's signs, a command is decided,
said, written and read back. So a word, a unit or a sign that is wrong on either side shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from unit.executor.brands import brand
from unit.executor.days import (
    CAPACITY_KWH,
    CONFIG,
    EFFICIENCY,
    ENTRY_PERCENT,
    MOST_KW,
    THE_DAY,
    Block,
    Day,
    Kind,
    a_day,
)
from unit.executor.life import Life, Minute

from darkstar_common.config import Config
from darkstar_common.contract import Command, Intent
from darkstar_executor.core.binding import bound
from darkstar_executor.core.case import Manners
from darkstar_executor.core.clamping import clamped
from darkstar_executor.core.decide import decide
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.expectation import told_limits
from darkstar_executor.core.expression import settings
from darkstar_executor.core.measured import measured
from darkstar_executor.core.memory import NO_MEMORY, Memory
from darkstar_executor.core.profile import Profile
from darkstar_executor.core.situation import Situation
from darkstar_executor.core.writes import NOTHING_DONE, Order, Outcome, plan_writes
from darkstar_executor.profiles import load_profile
from darkstar_simulator.core.commands import Refused
from darkstar_simulator.core.dialects import DIALECTS, Dialect
from darkstar_simulator.core.discovery import discovery
from darkstar_simulator.core.entities import bridge_topic
from darkstar_simulator.core.house import House, flows_now, initial_state, soc_percent
from darkstar_simulator.core.parameters import (
    BatteryParameters,
    HouseParameters,
    InverterParameters,
    TankParameters,
)
from darkstar_simulator.core.simulation import Simulation, default_settings, move, receive

NODE, PREFIX = "sim1", "homeassistant"
MINUTE = timedelta(minutes=1)
HEARTBEAT = timedelta(minutes=5)
LOOKS = 6
"""Most looks in a minute; each message of the house is an event that the executor looks at."""


def configuration(name: str) -> Config:
    """The configuration of a house with that brand."""
    own = brand(name)
    assert CONFIG.battery is not None
    return CONFIG.model_copy(
        update={
            "battery": CONFIG.battery.model_copy(update={"nominal_voltage_v": own.voltage_v}),
            "inverter": CONFIG.inverter.model_copy(update={"profile": name}),
            "executor": CONFIG.executor.model_copy(
                update={"meter": own.meter, "roles": dict(own.roles)}
            ),
        }
    )


def parts(name: str) -> HouseParameters:
    """The house itself, without losses that the plan does not know."""
    voltage = brand(name).voltage_v
    return HouseParameters(
        battery=BatteryParameters(
            capacity_kwh=CAPACITY_KWH, max_charge_kw=MOST_KW, max_discharge_kw=MOST_KW,
            charge_efficiency=EFFICIENCY, discharge_efficiency=EFFICIENCY, standby_kw=0.0,
            taper=(), nominal_voltage_v=voltage,
        ),
        inverter=InverterParameters(
            ac_limit_kw=12.0, own_kw=0.0, fuse_kw=20.0,
            max_current_a=round(185.0 * 48.0 / voltage),
        ),
        tank=TankParameters(draw_kwh_per_day=0.0),
        initial_soc_percent=ENTRY_PERCENT,
        initial_tank_c=70.0,
    )  # fmt: skip


def simulation(name: str, day: Day, dialect: Dialect | None = None) -> Simulation:
    """The house at the day's beginning, as it came from the factory."""
    dialect, parameters = dialect or DIALECTS[name], parts(name)
    zone = ZoneInfo("Europe/Stockholm")
    return Simulation(
        house=House(series=day.series, timezone=zone, parameters=parameters),
        node=NODE,
        dialect=dialect,
        state=initial_state(day.start, parameters),
        settings=default_settings(dialect, parameters),
    )


def listening(sim: Simulation, profile: Profile, config: Config) -> Ears:
    """Ears for all that the house announces, bound by the profile's entity names."""
    registry = Registry()
    for topic, payload in discovery(sim.entities, NODE, prefix=PREFIX).items():
        registry = registry.updated(topic, payload, PREFIX)
    bindings = bound(registry.entities, profile, config)
    return Ears(max_age=timedelta(minutes=10)).rebound(bindings)


def unbound(ears: Ears) -> tuple[str, ...]:
    """Roles that nobody plays though the profile or the house names them."""
    return tuple(
        f"{role}: {one.status}, {one.detail}"
        for role, one in ears.bindings.items()
        if one.entity is None
    )


class Player:
    """The executor's loop over a simulated house.

    Args:
        name: Of a shipped profile, whose brand the house is then.
        day: To be lived through.
        profile: The words, if they are not shipped.
        dialect: The brand of the house, likewise.
    """

    def __init__(
        self,
        name: str,
        day: Day,
        *,
        profile: Profile | None = None,
        dialect: Dialect | None = None,
    ) -> None:
        self.profile, self.config, self.day = (
            profile or load_profile(name),
            configuration(name),
            day,
        )
        self.sim = simulation(name, day, dialect)
        self.ears = listening(self.sim, self.profile, self.config)
        self._memory: Memory = NO_MEMORY
        self._outcome: Outcome = NOTHING_DONE
        self._told: Mapping[str, str] = {}
        self._told_at = day.start - HEARTBEAT
        self._refused = list[str]()
        self.writes = Counter[str]()

    def lived(
        self,
        *,
        step: timedelta = MINUTE,
        dies_at: datetime | None = None,
        until: datetime | None = None,
    ) -> Life:
        """The day step by step, or until `until`; nobody acts from `dies_at` on."""
        minutes, command, rule = list[Minute](), Command(intent="self_consume"), "dead"
        while self.sim.state.at <= (until or self.day.end):
            written: tuple[str, ...] = ()
            if self.sim.state.at < min(dies_at or self.day.end, self.day.end):
                rule, command, written = self._acted()
            state, parameters = self.sim.state, self.sim.house.parameters
            minutes.append(
                Minute(
                    at=state.at, soc_percent=soc_percent(state, parameters), rule=rule,
                    command=command, written=written,
                    flows=flows_now(state, self.sim.house, self.sim.orders),
                )
            )  # fmt: skip
            self.sim = move(self.sim, state.at + step).simulation
        return Life(
            day=self.day, minutes=tuple(minutes), unbound=unbound(self.ears),
            refused=tuple(self._refused), writes=self.writes,
        )  # fmt: skip

    def bound(self, intent: Intent, wanted: float) -> float:
        """Where the inverter itself ends `intent`: as near to `wanted` as its range lets it [%]."""
        if self.profile.ends_itself(intent):
            return wanted
        played = [self.ears.bindings[role].entity for role in self.profile.ending(intent)]
        nearest = [clamped(wanted, entity) for entity in played if entity is not None]
        return min(nearest) if intent == "charge_from_grid" else max(nearest)

    def _acted(self) -> tuple[str, Command, tuple[str, ...]]:
        """Look, decide and write, until there is nothing more to write."""
        written: list[str] = []
        for _ in range(LOOKS):
            self._hear()
            now = self.sim.state.at
            decision = decide(self._situation(now))
            self._memory = decision.memory
            wanted = settings(decision.command, self.profile, self.config, self.ears.bindings, now)
            self._outcome = plan_writes(wanted, self.ears, self._outcome, self._manners(now), now)
            for order in self._outcome.orders:
                self._send(order, now)
                written.append(f"{order.role}={order.payload}")
            if not self._outcome.orders:
                break
        return decision.rule, decision.command, tuple(written)

    def _hear(self) -> None:
        """What has changed, and from time to time all of it, as gateways do."""
        topics, now, payloads = self.ears.topics, self.sim.state.at, self.sim.payloads()
        payloads[bridge_topic(NODE)] = "online"
        stale = now - self._told_at >= HEARTBEAT
        for topic, payload in payloads.items():
            if topic in topics and (stale or self._told.get(topic) != payload):
                self.ears = self.ears.hearing(topic, payload, now, retained=False)
        self._told, self._told_at = payloads, now if stale else self._told_at

    def _situation(self, now: datetime) -> Situation:
        bound = (role for role, one in self.ears.bindings.items() if one.entity is not None)
        return Situation(
            now=now, config=self.config, profile=self.profile, wishes=self.day.wishes(now),
            schedule=self.day.plan, measured=measured(self.ears, self.config, now),
            obedient=frozenset(bound) - self._outcome.failed, memory=self._memory,
        )  # fmt: skip

    def _manners(self, now: datetime) -> Manners:
        executor = self.config.executor
        return Manners(
            threshold_percent=executor.write_threshold_percent,
            min_interval=timedelta(seconds=executor.min_write_seconds),
            max_per_day=executor.max_writes_per_day,
            day=now.astimezone(self.config.zone).date(),
        )

    def _send(self, order: Order, now: datetime) -> None:
        topic = order.entity.command_topic
        entity = self.sim.commandable().get(topic or "")
        if entity is None:
            self._refused.append(f"{now:%H:%M} {order.role}={order.payload}: nobody hears {topic}")
            return
        step = receive(self.sim, entity, order.payload.encode())
        self.sim = step.simulation
        if order.wears:
            self.writes[order.entity.entity_id] += 1
        self._refused += [
            f"{now:%H:%M} {order.role}={order.payload}: {one.reason}"
            for one in step.outcomes
            if isinstance(one, Refused)
        ]


INTENTS: Mapping[Kind, Intent] = MappingProxyType({
    "grid": "charge_from_grid", "pv": "charge_from_pv", "discharge": "discharge",
    "export": "export", "hold": "hold", "curtail": "curtail", "idle": "idle",
    "self": "self_consume", "stop": "idle",
})  # fmt: skip


def day_of(name: str, blocks: Sequence[Block] = THE_DAY) -> Day:
    """The day of a house of that brand: without what its profile has no words for."""
    profile, lacks = load_profile(name), brand(name).lacks
    return a_day([one for one in blocks if one.kind not in lacks and _can(profile, one)])


def _can(profile: Profile, block: Block) -> bool:
    intent = INTENTS[block.kind]
    limits = told_limits(profile, intent, profile.settings)
    return profile.says(intent) and (block.limited is None or block.limited in limits)


def lived(name: str, day: Day, *, step: timedelta = MINUTE) -> Life:
    """The day in a house of that brand, looked at each `step`, or as often as it must be told."""
    refreshed = [one.refresh for one in load_profile(name).settings.values() if one.refresh]
    return Player(name, day).lived(step=max(min([step, *refreshed]), MINUTE))


def misses(life: Life, *, within: float = 2.0) -> Iterable[str]:
    """Blocks at whose end the battery is more points than that from the plan, and their story."""
    begin = life.day.start
    for end, kind, planned in life.day.block_ends():
        soc = life.soc_at(end)
        if abs(soc - planned) > within:
            yield (
                f"{kind} until {end:%d %H:%M}: {soc:.1f} % instead of {planned:.1f} %\n"
                f"{life.story(begin, end)}"
            )
        begin = end
