"""A campaign: one fault after the other, each followed until the house is well again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from chaos.checker import Known
from chaos.faults import Fault
from chaos.health import Health, unwell
from chaos.house import ChaosHouse
from chaos.injecting import bring_about
from chaos.observer import Observer, limits_of
from chaos.sightings import Wished

from darkstar_common.contract import OVERRIDE_SET, SHADOW_SET, OverrideSet, Service

_SETTLED = 10.0
"""For an answer to a person, and for announcements to be back [s of the wall]."""
FIRST_HEALTH = 120.0
"""For everything to be there after the start [s of the wall]."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a fault.

    Attributes:
        fault: which.
        begin, end: from when to when it lasted, in the house's time.
        recovery: by service: how long after its end it was well [s of the wall].
        violations: a sentence for each promise that was broken.
    """

    fault: Fault
    begin: datetime
    end: datetime
    recovery: dict[str, float] = field(default_factory=dict)
    violations: Sequence[str] = ()

    @property
    def seconds(self) -> float:
        """Until the last service was well [s of the wall]."""
        return max(self.recovery.values(), default=0.0)


@dataclass(slots=True)
class Campaign:
    """Carries out faults on a running house."""

    house: ChaosHouse
    observer: Observer
    health: Health
    within: float
    say: Say
    outcomes: list[Outcome] = field(default_factory=list)

    async def begin(self) -> datetime:
        """Wait until everything is there; says since when the house is judged."""
        recovery = await self.health.recovery(
            asyncio.get_running_loop().time(), max(FIRST_HEALTH, self.within)
        )
        if missing := unwell(recovery, FIRST_HEALTH):
            raise TimeoutError("; ".join(missing))
        self.health.accustomed = self.health.troubles()
        self.say(f"all well after {max(recovery.values()):.1f} s; {self.house.network.name}")
        return self.house.clock.now()

    async def suffer(self, faults: Collection[Fault]) -> None:
        """All of them, one after the other."""
        for fault in faults:
            outcome = await self._one(fault)
            self.outcomes.append(outcome)
            self.say(_line(outcome))

    async def _one(self, fault: Fault) -> Outcome:
        await asyncio.sleep(fault.after)
        wish = await self._prepare(fault)
        announced, begin = frozenset(self.observer.announced), self.house.clock.now()
        untold = await bring_about(fault, self.house, self.observer, within=self.within)
        mended, end = asyncio.get_running_loop().time(), self.house.clock.now()
        recovery = await self.health.recovery(mended, self.within)
        found = [*untold, *unwell(recovery, self.within), *await self._announced(announced)]
        if unwell(recovery, self.within):
            found += [f"{who} is troubled by {what}" for who, what in self.health.troubles()]
        await self._settle(fault, wish)
        found += [f"{at:%Y-%m-%d %H:%M:%S} {what}" for at, what in self.observer.violations]
        self.observer.violations.clear()
        return Outcome(fault=fault, begin=begin, end=end, recovery=recovery, violations=found)

    async def _prepare(self, fault: Fault) -> OverrideSet | None:
        """What a person does before: watches only, or wishes for something."""
        if fault.shadow:
            await self._shadow(on=True)
        if not fault.wish:
            return None
        wish = OverrideSet.model_validate(
            {
                "action": fault.wish,
                "minutes": 45,
                "sender": Service.PEOPLE,
                "emitted_at": self.house.clock.now(),
            }
        )
        await self._ask(wish)
        return wish

    async def _settle(self, fault: Fault, wish: OverrideSet | None) -> None:
        """Say the wish again, as a network may, and let go of what was asked for."""
        if wish is not None:
            await self._ask(wish)
            await asyncio.sleep(0.3)
            await self._publish("override/clear", "")
        if fault.shadow:
            await self._shadow(on=False)

    async def _ask(self, wish: OverrideSet) -> None:
        self.observer.see(Wished(at=self.house.clock.now(), message_id=str(wish.message_id)))
        await self._publish(OVERRIDE_SET.path, wish.model_dump_json())

    async def _shadow(self, *, on: bool) -> None:
        await self._publish(SHADOW_SET.path, "on" if on else "off")
        await self.observer.until(
            "shadow mode",
            lambda: self.observer.control is not None and self.observer.control.shadow is on,
            seconds=max(_SETTLED, self.within),
        )

    async def _publish(self, path: str, payload: str) -> None:
        await self.house.bus.publish_raw(f"darkstar/v1/home/{path}", payload, qos=1)

    async def _announced(self, before: frozenset[str]) -> list[str]:
        """What had been announced to Home Assistant is so again."""
        try:
            await self.observer.until(
                "announced", lambda: before <= self.observer.announced, seconds=_SETTLED
            )
        except TimeoutError:
            missing = sorted(before - self.observer.announced)
            return [f"{len(missing)} entities are no longer announced, such as {missing[0]}"]
        return []


@asynccontextmanager
async def watched(house: ChaosHouse, *, within: float, say: Say) -> AsyncIterator[Campaign]:
    """A campaign on `house`, with an observer that sees everything."""
    observer = Observer(house.bus, house.clock.now, Known(limits=limits_of(house.config)))
    ready = asyncio.Event()
    looking = asyncio.create_task(observer.look(ready), name="observer")
    try:
        await ready.wait()
        yield Campaign(house, observer, Health(house, observer), within, say)
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


def _line(outcome: Outcome) -> str:
    slowest = max(outcome.recovery.items(), key=lambda one: one[1])
    well = f"well after {slowest[1]:.1f} s ({slowest[0]})"
    return "\n".join([f"{outcome.fault}: {well}", *(f"  ! {one}" for one in outcome.violations)])
