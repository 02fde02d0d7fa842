"""The shell of the simulated house: the clock moves it, commands reach it, topics show it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta

from prometheus_client import Counter

from darkstar_common.bus import RawDelivery
from darkstar_common.runtime import Context
from darkstar_simulator.core.commands import Refused
from darkstar_simulator.core.dialects import DIALECTS
from darkstar_simulator.core.discovery import discovery
from darkstar_simulator.core.entities import Entity, bridge_topic
from darkstar_simulator.core.faults import NotUnderstood, parse_fault
from darkstar_simulator.core.house import House
from darkstar_simulator.core.memory import recall, remember
from darkstar_simulator.core.series import HouseSeries
from darkstar_simulator.core.simulation import Simulation, Step, disturb, move, receive
from darkstar_simulator.files import MemoryFile, append_truth
from darkstar_simulator.options import Options, parameters_from

_COMMANDS = Counter(
    "darkstar_simulator_commands_total", "Commands that the house acted upon.", ["result"]
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ANNOUNCE_EVERY = timedelta(hours=1)


async def play(context: Context, options: Options, series: HouseSeries) -> None:
    """Plays the house of `series` until it is cancelled.

    A house that was played before in the same state directory goes on as it was.
    """
    house = House(
        series=series, timezone=context.config.zone, parameters=parameters_from(context.config)
    )
    memory = MemoryFile(context.state_dir / f"house-{options.node}.json")
    dialect, now = DIALECTS[options.dialect], context.clock.now()
    try:
        simulation = recall(memory.load(), house, node=options.node, now=now, dialect=dialect)
    except (KeyError, TypeError, ValueError) as error:
        context.log.warning("memory_unreadable", path=str(memory.path), reason=repr(error))
        simulation = recall(None, house, node=options.node, now=now, dialect=dialect)
    if series.filled:
        context.log.info("gaps_filled", slots=len(series.filled), first=str(min(series.filled)))
    await Playing(context, options, simulation, memory).run()


class Playing:
    """A simulated house on a bus."""

    def __init__(
        self, context: Context, options: Options, simulation: Simulation, memory: MemoryFile
    ) -> None:
        self._context = context
        self._options = options
        self._simulation = simulation
        self._memory = memory
        self._shown: dict[str, str] = {}
        self._turn = asyncio.Lock()
        self._bridge = bridge_topic(options.node)
        self._births = (f"{context.config.mqtt.discovery_prefix}/status", self._bridge)
        self._fault_topic = f"simulator/{options.node}/fault"
        self._commands = simulation.commandable()

    async def run(self) -> None:
        """Plays until it is cancelled."""
        filters = (*self._commands, f"{self._fault_topic}/set", *self._births)
        async with self._context.bus.inbox(filters=filters) as inbox:
            await self._begin()
            self._context.log.info("house_started", slots=str(self._options.csv))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tick(), name="house_clock")
                async for delivery in inbox:
                    if isinstance(delivery, RawDelivery):
                        await self._take(delivery)

    async def _tick(self) -> None:
        """Shows the house at every moment of the grid; a slow device answers then, too."""
        interval = self._options.interval
        while True:
            await self._context.clock.sleep_until(_floor(self._at, interval) + interval)
            async with self._turn:
                previous = self._at
                now = max(_floor(self._context.clock.now(), interval), previous)
                answered = self._follow(move(self._simulation, now))
                if _passed(previous, now, _ANNOUNCE_EVERY):
                    await self._discover()
                await self._show(
                    again=answered, everything=_passed(previous, now, self._options.heartbeat)
                )

    @property
    def _at(self) -> datetime:
        return self._simulation.state.at

    async def _take(self, delivery: RawDelivery) -> None:
        async with self._turn:
            if delivery.topic in self._births:
                if delivery.payload == b"online":
                    await self._announce()
            elif delivery.retained:
                self._context.log.warning("retained_command_ignored", topic=delivery.topic)
            elif entity := self._commands.get(delivery.topic):
                await self._command(entity, delivery.payload)
            else:
                await self._fault(delivery.payload)

    async def _command(self, entity: Entity, payload: bytes) -> None:
        now = max(self._context.clock.now(), self._at)
        late = self._follow(move(self._simulation, now))
        answered = self._follow(receive(self._simulation, entity, payload)) | late
        if answered:
            await self._show(again=answered)

    async def _fault(self, payload: bytes) -> None:
        fault = parse_fault(payload, self._simulation.entities)
        if isinstance(fault, NotUnderstood):
            self._context.log.warning("fault_not_understood", reason=fault.reason)
            answer = {"accepted": False, "reason": fault.reason}
        else:
            self._simulation = disturb(self._simulation, fault)
            self._save()
            self._context.log.info(
                "fault_changed", fault=str(fault.kind or "clear"), target=fault.target
            )
            answer = {"accepted": True, "reason": ""}
            await self._show(everything=True)
        await self._context.bus.publish_raw(f"{self._fault_topic}/result", json.dumps(answer))

    def _follow(self, step: Step) -> frozenset[str]:
        """Takes the house as it now is, keeps what happened; says which state topics are owed."""
        self._simulation = step.simulation
        if step.records and self._options.truth:
            append_truth(self._options.truth, step.records)
        for outcome in step.outcomes:
            if isinstance(outcome, Refused):
                _COMMANDS.labels("refused").inc()
                self._context.log.warning("command_refused", reason=outcome.reason)
            else:
                _COMMANDS.labels("applied").inc()
                self._context.log.info(
                    "command_applied",
                    entity=outcome.entity.object_id,
                    value=str(outcome.value),
                )
        if step.records or step.outcomes:
            self._save()
        return step.answered

    def _save(self) -> None:
        self._memory.save(remember(self._simulation))

    async def _begin(self) -> None:
        async with self._turn:
            self._follow(move(self._simulation, max(self._context.clock.now(), self._at)))
            self._save()
            await self._context.bus.publish_raw(self._bridge, "online", retain=True)
            await self._announce()

    async def _announce(self) -> None:
        """Says everything anew: at start, and when Home Assistant or our own connection is back."""
        await self._discover()
        await self._show(everything=True)

    async def _discover(self) -> None:
        prefix = self._context.config.mqtt.discovery_prefix
        configs = discovery(self._simulation.entities, self._options.node, prefix=prefix)
        for topic, payload in configs.items():
            await self._context.bus.publish_raw(topic, payload, retain=True)

    async def _show(
        self, *, everything: bool = False, again: AbstractSet[str] = frozenset()
    ) -> None:
        """Publishes what changed, what is to be said `again`, or everything."""
        payloads = self._simulation.payloads()
        for topic, payload in payloads.items():
            if everything or topic in again or self._shown.get(topic) != payload:
                await self._context.bus.publish_raw(topic, payload, retain=True)
        self._shown = payloads


def _floor(moment: datetime, step: timedelta) -> datetime:
    return moment - (moment - _EPOCH) % step


def _passed(previous: datetime, now: datetime, step: timedelta) -> bool:
    """Whether a multiple of `step` lies in (`previous`, `now`]."""
    return _floor(now, step) > previous
