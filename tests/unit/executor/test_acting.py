"""The hands on a bus: what is sent and how, what is kept, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from unit.executor.samples import NOON, command_topic, discovery, ears, house, registry
from unit.executor.writing import CHARGE, NO_CHARGE, SHOWN, TARGET, bound

from darkstar_common.bus import MemoryBus
from darkstar_common.contract import ACTION, NOTIFY, Command, Service
from darkstar_common.runtime import Stopwatch
from darkstar_common.testing import FakeClock, a_context
from darkstar_executor.acting import Act, Hands
from darkstar_executor.core.decide import Decision
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.setting import Setting
from darkstar_executor.keeping import Keeper

DECISION = Decision(
    command=Command(intent="hold"), rule="plan_hold", reason="dear", water_rule="plan"
)


class Workplace:
    """Hands, and a house that shows what a test says."""

    def __init__(
        self, state: Path, *, speed: float = 1.0, of: Registry | None = None, **executor: Any
    ) -> None:
        self.clock = FakeClock(NOON, speed=speed)
        self.bus = MemoryBus(now=self.clock.now, sender=Service.EXECUTOR)
        self.context = a_context(
            self.bus, state_dir=state, clock=self.clock, config=house(**executor),
            service=Service.EXECUTOR,
        )  # fmt: skip
        self.keeper = Keeper(self.context)
        self.hands = Hands(self.context, keeper=self.keeper)
        self.ears = ears(SHOWN, of=of or registry())

    async def act(self, *wanted: Setting, **act: Any) -> dict[str, str]:
        plain = dict[str, Any](
            decision=DECISION, settings=wanted, slot_start=None, soc_percent=50.0, caused_by=None,
            urgent=False, shadow=False,
        )  # fmt: skip
        given = Act(**plain | act)
        outcome = self.hands.weigh(given, self.ears, self.clock.now())
        await self.hands.do(given, outcome, since=Stopwatch())
        return {one.role: one.result for one in outcome.writes}

    def show(self, role: str, value: object) -> None:
        self.ears = self.ears.hearing(f"house/{role}", str(value), self.clock.now(), retained=False)

    async def wait(self, **duration: float) -> None:
        await self.clock.advance(timedelta(**duration))
        self.show("battery_soc", 50)

    def sent(self, role: str) -> list[str]:
        return [payload.decode() for payload in self.bus.sent_raw(command_topic(role))]

    @property
    def issues(self) -> Mapping[str, str]:
        return {one.key: one.message for one in self.context.status.issues}

    @property
    def notes(self) -> list[tuple[str, str]]:
        return [(one.kind, one.title) for one in self.bus.sent(NOTIFY)]


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


async def test_a_setting_is_sent_on_its_command_topic_in_its_order(place: Workplace) -> None:
    await place.act(bound(95.0, "ceiling"), CHARGE)
    assert (place.sent("soc_target"), place.sent("grid_charging")) == (["95"], ["ON"])


@pytest.mark.parametrize(
    ("speed", "seconds", "lives"), [(1.0, 60.0, 60.0), (1.0, 20.0, 20.0), (240.0, 60.0, 1.0)]
)
async def test_a_command_dies_with_the_time_it_has_to_be_shown(
    tmp_path: Path, speed: float, seconds: float, lives: float
) -> None:
    place = Workplace(tmp_path, speed=speed, confirm_seconds=seconds)
    await place.act(TARGET)
    (sent,) = [one for one in place.bus.broker.sent if one.topic == command_topic("soc_target")]
    assert sent.expiry == timedelta(seconds=lives)
    assert sent.qos == 1


async def test_what_others_wait_for_is_noticed_once(place: Workplace) -> None:
    wanted = (bound(50.0, "floor"), Setting(role="work_mode", value="Export First", stage=2))
    await place.act(*wanted)
    assert place.sent("work_mode") == []
    assert not place.hands.awaits(place.ears)
    place.show("battery_soc", 51)
    assert not place.hands.awaits(place.ears), "a sensor is nothing that settings wait for"
    place.show("soc_target", 50)
    assert place.hands.awaits(place.ears)
    await place.act(*wanted)
    assert place.sent("work_mode") == ["Export First"]
    assert not place.hands.awaits(place.ears)


async def test_who_does_not_obey_is_reported_once_and_no_longer_called_obedient(
    place: Workplace,
) -> None:
    for _ in range(60):
        await place.act(TARGET)
        await place.wait(seconds=10)
    assert "soc_target" not in place.hands.obedient(place.ears)
    assert "grid_charging" in place.hands.obedient(place.ears)
    assert "was set to 60.0 3 times" in place.issues["write_soc_target"]
    assert place.notes == [("not_confirmed", "number.house_soc_target does not obey")]
    await place.wait(minutes=20)
    await place.act(TARGET)
    assert "write_soc_target" in place.issues, "it has not obeyed since"
    place.show("soc_target", 60)
    await place.act(TARGET)
    assert place.issues == {}
    assert "soc_target" in place.hands.obedient(place.ears)


async def test_an_entity_out_of_reach_is_not_obedient(tmp_path: Path) -> None:
    made = registry(["soc_target"]).updated(
        *discovery("grid_charging", availability_topic="up"), "homeassistant"
    )
    place = Workplace(tmp_path, of=made)
    assert place.hands.obedient(place.ears) == {"soc_target"}


async def test_an_entity_written_too_often_is_told_once_a_day(tmp_path: Path) -> None:
    place = Workplace(tmp_path, max_writes_per_day=2)
    for number in range(6):
        await place.act(bound(20.0 + 10 * number, None))
        place.show("soc_target", 20 + 10 * number)
        await place.wait(minutes=2)
    assert place.sent("soc_target") == ["20", "30"]
    assert "was written 2 times today" in place.issues["write_limit_soc_target"]
    title = "number.house_soc_target is written no more today"
    assert place.notes == [("write_limit", title)]
    await place.clock.advance_to(datetime(2026, 6, 1, 21, 59, tzinfo=UTC))
    assert await place.act(bound(45.0, None)) == {"soc_target": "held_back"}
    await place.clock.advance_to(datetime(2026, 6, 1, 22, 0, tzinfo=UTC))
    assert await place.act(bound(45.0, None)) == {"soc_target": "written"}, "midnight in Stockholm"
    assert place.issues == {}


async def test_counts_and_settings_found_survive_a_restart(tmp_path: Path) -> None:
    place = Workplace(tmp_path, max_writes_per_day=1)
    await place.act(TARGET)
    await place.keeper.close()
    later = Workplace(tmp_path, max_writes_per_day=1)
    await later.keeper.restore()
    await later.hands.restore()
    assert await later.act(TARGET) == {"soc_target": "held_back"}
    (found,) = later.hands.ledger.found.values()
    assert (found.role, found.value) == ("soc_target", 12.0)


async def test_an_urgent_command_does_not_wait_for_the_disk(place: Workplace) -> None:
    await place.act(TARGET, urgent=True)
    assert place.sent("soc_target") == ["60"]
    assert place.keeper.kept.ledger.counts == {"number.house_soc_target": 1}
    assert not list(place.context.state_dir.iterdir())


async def test_shadow_sends_keeps_and_tells_nothing_but_its_record(place: Workplace) -> None:
    await place.act(TARGET, shadow=True)
    assert place.sent("soc_target") == []
    assert place.hands.ledger.found == {}
    assert [one.kind for one in place.bus.sent(ACTION)] == ["slot", "change"]


async def test_records_name_the_version(place: Workplace) -> None:
    await place.act(TARGET)
    assert all(one.version for one in place.bus.sent(ACTION))


# giving back


async def test_every_setting_goes_back_to_what_was_found(place: Workplace) -> None:
    await place.act(bound(95.0, "ceiling"), CHARGE)
    place.show("soc_target", 95)
    place.show("grid_charging", "ON")
    await place.wait(minutes=5)
    given, heard = place.hands.returned((NO_CHARGE,), place.ears, ())
    assert [(one.role, one.value, one.calm) for one in given] == [
        ("grid_charging", False, True), ("soc_target", 12.0, False),
    ]  # fmt: skip
    assert heard is place.ears
    await place.act(*given, urgent=True)
    place.show("grid_charging", "OFF")
    await place.act(*given, urgent=True)
    assert (place.sent("grid_charging"), place.sent("soc_target")) == (["ON", "OFF"], ["95", "12"])
    place.hands.gave_back()
    assert place.hands.ledger.found == {}
    assert place.keeper.kept.ledger.found == {}


async def test_leaving_all_at_once_keeps_the_order(place: Workplace) -> None:
    place.show("grid_charging", "ON")
    await place.act(NO_CHARGE, bound(80.0, "floor"), at_once=True, urgent=True)
    assert (place.sent("grid_charging"), place.sent("soc_target")) == (["OFF"], ["80"])


def bound_to(place: Workplace, role: str, entity_id: str) -> None:
    """Another entity plays `role` from now on."""
    binding = place.ears.bindings[role]
    assert binding.entity is not None
    other = replace(
        binding.entity, entity_id=entity_id, command_topic="other/set", state_topic="other"
    )
    bindings = {**place.ears.bindings, role: replace(binding, entity=other)}
    place.ears = place.ears.rebound(bindings).hearing("other", "33", place.clock.now(),
                                                      retained=False)  # fmt: skip


async def test_what_was_found_belongs_to_the_entity_not_to_its_role(place: Workplace) -> None:
    await place.act(TARGET)
    old = place.ears.bindings["soc_target"].entity
    assert old is not None
    bound_to(place, "soc_target", "number.new")
    await place.act(TARGET)
    given, heard = place.hands.returned((), place.ears, (old,))
    assert {(one.role, one.value) for one in given} == {
        ("soc_target", 33.0), ("former/soc_target", 12.0),
    }  # fmt: skip
    place.ears = heard
    await place.act(*given, urgent=True)
    assert place.sent("soc_target") == ["60", "12"]
    assert [one.decode() for one in place.bus.sent_raw("other/set")] == ["60", "33"]


async def test_an_entity_that_is_gone_is_said_to_be(place: Workplace) -> None:
    await place.act(TARGET)
    bound_to(place, "soc_target", "number.new")
    given, place.ears = place.hands.returned((), place.ears, ())
    away = replace(DECISION, rule="release")
    assert await place.act(*given, decision=away) == {"former/soc_target": "unbound"}
    (write,) = place.bus.sent(ACTION)[-1].writes
    assert write.detail == "number.house_soc_target was not discovered"


async def test_what_was_never_found_is_at_least_stopped(tmp_path: Path) -> None:
    place = Workplace(tmp_path, of=registry(state_topic=None))
    await place.act(CHARGE)
    assert place.hands.ledger.found == {}
    given, _ = place.hands.returned((NO_CHARGE, TARGET), place.ears, ())
    assert [one.role for one in given] == ["grid_charging"]


async def test_forgetting_forgets_attempts_and_not_the_day(place: Workplace) -> None:
    await place.act(TARGET)
    place.hands.forget()
    assert place.hands.ledger.counts == {"number.house_soc_target": 1}
    assert await place.act(TARGET) == {"soc_target": "written"}
