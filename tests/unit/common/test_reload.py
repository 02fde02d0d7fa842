"""Another configuration while a service runs: what is taken over, what waits, what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest

from darkstar_common.bus import Delivery, MemoryBus
from darkstar_common.config import Config, load_config
from darkstar_common.contract import CONFIG, ConfigState, Issue, Service
from darkstar_common.runtime import Context
from darkstar_common.runtime.reload import ELSEWHERE, REFUSED, RESTART, Reloading
from darkstar_common.testing import a_context, settle

PLAIN = "battery: {capacity_kwh: 10}\n"


@dataclass
class Watched:
    """A service whose configuration is watched, and the file."""

    reloading: Reloading
    path: Path

    @property
    def context(self) -> Context:
        return self.reloading.context

    @property
    def issues(self) -> dict[str, Issue]:
        return {one.key: one for one in self.context.status.issues}

    def write(self, text: str) -> str:
        self.path.write_text(text)
        return sha256(text.encode()).hexdigest()

    async def saved(self, text: str) -> None:
        """Another file, and the gateway's word of it."""
        await self.tell(self.write(text))

    async def tell(self, revision: str) -> None:
        now = self.context.clock.now()
        state = ConfigState(sender=Service.GATEWAY, emitted_at=now, revision=revision)
        await self.context.bus.publish(CONFIG, state)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 (the file is read in a thread)
                await asyncio.sleep(0.001)


@asynccontextmanager
async def watched(
    tmp_path: Path, service: Service = Service.PLANNER, *, grace: float = 15.0
) -> AsyncIterator[Watched]:
    path = tmp_path / "config.yaml"
    path.write_text(PLAIN)
    bus = MemoryBus()
    context = replace(
        a_context(bus, state_dir=tmp_path, service=service, config=load_config(path)),
        config_path=path,
    )
    reloading = Reloading(context, service, lambda config: config, grace=grace)
    watching = asyncio.create_task(reloading.watch())
    one = Watched(reloading, path)
    try:
        await one.until(lambda: bool(reloading._revision))
        yield one
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_a_saved_change_of_what_it_goes_by_is_taken_over(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        assert not one.reloading.due.is_set()
        await one.saved("battery: {capacity_kwh: 12}\n")
        await one.until(one.reloading.due.is_set)
        battery = one.reloading.begin().config.battery
        assert battery is not None
        assert battery.capacity_kwh == 12
        assert not one.reloading.due.is_set()
        assert one.issues == {}


async def test_what_it_does_not_go_by_leaves_it_running(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        revision = one.write(f"{PLAIN}recorder: {{backups: 3}}\nexecutor: {{shadow: false}}\n")
        await one.tell(revision)
        await one.until(lambda: one.reloading._revision == revision)
        assert not one.reloading.due.is_set()


async def test_a_signal_asks_as_the_gateway_does(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        one.write("battery: null\n")
        one.context.reread.ask()
        await one.until(one.reloading.due.is_set)
        pending = one.context.reread.pending
        assert pending is not None, "who is about to end sees with what it begins again"
        assert pending.battery is None
        assert one.reloading.begin().config == pending
        assert one.context.reread.pending is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("battery: {capacity_kwh: -1}\n", "battery.capacity_kwh (-1)"),
        ("battery: [\n", "is no YAML"),
        ("batery: null\n", "did you mean battery?"),
        (None, "cannot be read"),
    ],
)
async def test_what_cannot_be_used_is_told_and_changes_nothing_until_it_is_mended(
    tmp_path: Path, text: str | None, said: str
) -> None:
    async with watched(tmp_path) as one:
        if text is None:
            one.path.unlink()
        else:
            one.write(text)
        one.context.reread.ask()
        await one.until(lambda: REFUSED in one.issues)
        assert said in one.issues[REFUSED].message
        assert not one.reloading.due.is_set()
        assert one.reloading.begin().config == Config.model_validate({"battery": {}})
        one.write(PLAIN)
        one.context.reread.ask()
        await one.until(lambda: one.issues == {})
        assert not one.reloading.due.is_set()


async def test_what_needs_a_restart_waits_for_it_and_is_told(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        await one.saved("site: other\nmqtt: {port: 1999}\nbattery: {capacity_kwh: 12}\n")
        await one.until(one.reloading.due.is_set)
        assert "site, mqtt.port" in one.issues[RESTART].message
        config = one.reloading.begin().config
        assert (config.site, config.mqtt.port) == ("home", 1883)
        assert config.battery is not None
        assert config.battery.capacity_kwh == 12
        await one.saved("battery: {capacity_kwh: 12}\n")
        await one.until(lambda: one.issues == {})
        assert not one.reloading.due.is_set()


async def test_where_the_page_is_served_concerns_the_gateway_alone(tmp_path: Path) -> None:
    text = f"{PLAIN}gateway: {{port: 9000}}\n"
    async with watched(tmp_path) as one:
        revision = one.write(text)
        await one.tell(revision)
        await one.until(lambda: one.reloading._revision == revision)
        assert one.issues == {}
    async with watched(tmp_path, Service.GATEWAY) as one:
        one.write(text)
        one.context.reread.ask()
        await one.until(lambda: RESTART in one.issues)
        assert not one.reloading.due.is_set()


async def test_who_crashes_with_it_goes_back_once(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        before = one.context.config
        await one.saved("inverter: {profile: nonsense}\n")
        await one.until(one.reloading.due.is_set)
        one.reloading.begin()
        assert await one.reloading.go_back("no such profile")
        assert one.context.config == before
        assert "no such profile" in one.issues[REFUSED].message
        assert not await one.reloading.go_back("again")
        known = Issue(key=ELSEWHERE, severity="info", message="Seen when the word is heard.")
        await one.context.status.raise_issue(known)
        await one.tell(one.reloading._revision)  # as after each reconnect
        await one.until(lambda: ELSEWHERE not in one.issues)
        await settle()
        assert not one.reloading.due.is_set()


async def test_a_file_that_is_another_than_the_saved_one_is_told_after_a_while(
    tmp_path: Path,
) -> None:
    async with watched(tmp_path, grace=0.01) as one:
        await one.tell("f" * 64)
        await one.until(lambda: ELSEWHERE in one.issues)
        assert str(one.path) in one.issues[ELSEWHERE].message
        await one.tell(one.reloading._revision)
        await one.until(lambda: one.issues == {})


async def test_a_file_that_comes_late_is_taken_over(tmp_path: Path) -> None:
    async with watched(tmp_path, grace=0.01) as one:
        text = "battery: {capacity_kwh: 12}\n"
        await one.tell(sha256(text.encode()).hexdigest())
        await one.until(lambda: ELSEWHERE in one.issues)
        one.write(text)
        await one.until(one.reloading.due.is_set)
        assert one.issues == {}


async def test_the_gateway_tells_which_configuration_there_is_once(tmp_path: Path) -> None:
    async with watched(tmp_path, Service.GATEWAY) as one, one.context.bus.inbox(CONFIG) as inbox:
        first = await anext(aiter(inbox))
        one.context.reread.ask()
        revision = one.write(f"{PLAIN}recorder: {{backups: 3}}\n")
        one.context.reread.ask()
        second = await anext(aiter(inbox))
        one.context.reread.ask(told=one.write("battery: null\n"))
        await one.until(one.reloading.due.is_set)
        one.write(PLAIN)
        one.context.reread.ask()
        third = await anext(aiter(inbox))
    told = [one.message for one in (first, second, third) if isinstance(one, Delivery)]
    assert [one.revision for one in told] == [
        sha256(PLAIN.encode()).hexdigest(),
        revision,
        sha256(PLAIN.encode()).hexdigest(),
    ]
    assert told[1].changed == ("recorder.backups",)


async def test_a_file_that_cannot_be_used_is_told_to_nobody_else(tmp_path: Path) -> None:
    async with watched(tmp_path, Service.GATEWAY) as one:
        one.write("battery: [")
        one.context.reread.ask()
        await one.until(lambda: REFUSED in one.issues)
        assert one.context.reread.told == sha256(PLAIN.encode()).hexdigest()
