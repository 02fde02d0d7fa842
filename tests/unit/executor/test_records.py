"""One record for a change, one for its end, one for each slot, and none besides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from unit.executor.samples import NOON, registry, schedule
from unit.executor.writing import CHARGE, TARGET, Desk, bound

from darkstar_common.contract import ActionRecord, Command, Override, Seen
from darkstar_common.slots import SLOT
from darkstar_executor.core.decide import Decision
from darkstar_executor.core.measured import Measured
from darkstar_executor.core.setting import Setting
from darkstar_executor.records import NEW_DIARY, Act, Diary, Look, noted, seen

HOLD = Command(intent="hold", soc_target_percent=50.0, discharge_kw=0.0)
CAUSE = schedule({}).message_id


class Book:
    """Looks at a desk, and keeps all records."""

    def __init__(self, desk: Desk | None = None) -> None:
        self.desk = desk or Desk()
        self.diary: Diary = NEW_DIARY
        self.records: list[ActionRecord] = []

    def look(self, *wanted: Setting, rule: str = "plan_hold", **act: Any) -> list[str]:
        """The kinds of records that a look gives rise to."""
        act = dict[str, Any](command=HOLD, measured=Measured(soc_percent=50.0)) | act
        shadow, command = act.pop("shadow", False), act.pop("command")
        self.desk.plan(*wanted, shadow=shadow)
        look = Look(
            act=Act(
                decision=Decision(
                    command=command, rule=rule, reason="since it is dear", water_rule="",
                    planned=command,
                ),
                settings=wanted, slot_start=NOON, soc_percent=50.0, caused_by=CAUSE,
                urgent=False, shadow=shadow, **act,
            ),
            outcome=self.desk.outcome, now=self.desk.now, seconds=0.004, version="1.2.3",
        )  # fmt: skip
        self.diary, made = noted(self.diary, look)
        self.records += made
        return [one.kind for one in made]

    @property
    def last(self) -> ActionRecord:
        return self.records[-1]


def test_a_change_is_told_once() -> None:
    book = Book()
    assert book.look(TARGET) == ["slot", "change"]
    assert book.look(TARGET) == []
    assert book.look(TARGET) == []


def test_a_change_tells_what_was_found_planned_commanded_and_why() -> None:
    book = Book()
    override = Override(action="hold", until=NOON + SLOT)
    book.look(
        TARGET, rule="override_hold", override=override, planned_soc_percent=48.0,
        measured=Measured(soc_percent=50.0, pv_kw=1.5, load_kw=0.4, work_mode="Zero Export To CT"),
    )  # fmt: skip
    record = book.last
    assert (record.kind, record.rule, record.reason) == (
        "change", "override_hold", "since it is dear",
    )  # fmt: skip
    assert (record.planned, record.commanded) == (HOLD, HOLD)
    assert record.override == override
    assert (record.soc_percent, record.planned_soc_percent) == (50.0, 48.0)
    assert record.before == Seen(
        soc_percent=50.0, pv_kw=1.5, load_kw=0.4, work_mode="Zero Export To CT"
    )
    assert record.after is None
    assert record.skipped is None
    assert (record.version, record.duration_seconds) == ("1.2.3", 0.004)
    assert record.caused_by == CAUSE
    (write,) = record.writes
    assert (write.role, write.before, write.wanted, write.result) == (
        "soc_target", 12.0, 60.0, "written",
    )  # fmt: skip


def test_its_end_is_told_when_all_it_wrote_is_shown() -> None:
    book = Book()
    book.look(TARGET, CHARGE)
    book.desk.wait(seconds=4)
    book.desk.obey()
    assert book.look(TARGET, CHARGE) == ["settled", "change"], "the start waited for its bound"
    book.desk.wait(seconds=3)
    book.desk.obey()
    assert book.look(TARGET, CHARGE, measured=Measured(charge_kw=4.0)) == ["settled"]
    record = book.last
    assert [(one.role, one.result, one.after) for one in record.writes] == [
        ("grid_charging", "confirmed", True)
    ]
    assert record.before == Seen(soc_percent=50.0)
    assert record.after == Seen(charge_kw=4.0)
    assert (record.duration_seconds, record.success, record.skipped) == (3.0, True, None)


def test_several_writes_settle_together() -> None:
    book, charge_limit = Book(), Setting(role="max_charge_current", value=50.0)
    book.look(TARGET, charge_limit)
    book.desk.show("soc_target", 60)
    assert book.look(TARGET, charge_limit) == []
    book.desk.show("max_charge_current", 50)
    assert book.look(TARGET, charge_limit) == ["settled"]
    assert {one.role for one in book.last.writes} == {"soc_target", "max_charge_current"}


def test_what_is_written_over_before_it_is_shown_is_followed_by_its_latest_value() -> None:
    book = Book()
    book.look(TARGET)
    book.desk.wait(minutes=1)
    later = bound(30.0, None)
    book.look(later, command=HOLD.model_copy(update={"soc_target_percent": 30.0}))
    book.desk.show("soc_target", 30)
    assert book.look(later, command=book.last.commanded) == ["settled"]
    assert [(one.wanted, one.result) for one in book.last.writes] == [(30.0, "confirmed")]


def test_what_is_shown_and_written_over_before_the_rest_is_shown_counts_once() -> None:
    book, slow = Book(), Setting(role="max_charge_current", value=50.0)
    book.look(TARGET, slow)
    book.desk.show("soc_target", 60)
    book.look(TARGET, slow)
    book.desk.wait(minutes=1)
    later = bound(30.0, None)
    book.look(later, slow)
    book.desk.show("soc_target", 30)
    book.desk.show("max_charge_current", 50)
    assert book.look(later, slow) == ["settled"]
    assert sorted((one.role, one.wanted) for one in book.last.writes) == [
        ("max_charge_current", 50.0), ("soc_target", 30.0),
    ]  # fmt: skip


def test_a_write_that_fails_is_the_end_of_it_too() -> None:
    book, kinds = Book(), list[str]()
    for _ in range(50):
        kinds += book.look(TARGET)
        book.desk.wait(seconds=10)
    assert kinds.count("settled") == 1
    record = next(one for one in book.records if one.kind == "settled")
    (write,) = record.writes
    assert (write.result, write.after, record.success) == ("not_confirmed", 12.0, False)
    assert "was set to 60.0 3 times and shows 12.0" in write.detail


def test_what_cannot_be_read_back_is_believed() -> None:
    book = Book(Desk({}, of=registry(["soc_target"], state_topic=None)))
    book.look(TARGET)
    assert book.look(TARGET) == ["settled"]
    assert (book.last.writes[0].result, book.last.writes[0].detail) == (
        "written", "it cannot be read back",
    )  # fmt: skip


def test_each_slot_has_one_record() -> None:
    book = Book()
    for _ in range(60):
        book.look(Setting(role="soc_target", value=12.0))
        book.desk.wait(minutes=1)
    slots = [one for one in book.records if one.kind == "slot"]
    assert len(slots) == 4
    assert slots[-1].skipped == "already set"


def test_looks_in_between_are_counted() -> None:
    book = Book()
    calm = Setting(role="soc_target", value=12.0)
    for _ in range(16):
        book.look(calm)
        book.desk.wait(minutes=1)
    assert [(one.kind, one.ticks) for one in book.records] == [
        ("slot", 0), ("change", 0), ("slot", 14),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "act", "why"),
    [
        ((TARGET,), {}, None),
        ((TARGET,), {"shadow": True}, "shadow mode"),
        ((), {"rule": "off"}, "automation is off"),
        ((), {}, "there is nothing to set"),
        ((bound(12.0, None),), {}, "already set"),
        ((Setting(role="no_such", value=1.0),), {}, "no_such: executor.roles has no no_such"),
        ((Setting(role="work_mode", value="Sell"),), {},
         ("work_mode: select.house_work_mode does not offer Sell; it has Export First, "
          "Zero Export To CT")),
    ],
)  # fmt: skip
def test_why_nothing_was_written(
    wanted: tuple[Setting, ...], act: dict[str, Any], why: str | None
) -> None:
    book = Book()
    book.look(*wanted, **act)
    assert book.last.skipped == why


@pytest.mark.parametrize(
    "act",
    [
        {"rule": "pause"},
        {"command": HOLD.model_copy(update={"discharge_kw": 1.0})},
        {"override": Override(action="hold", until=NOON + SLOT)},
    ],
)
def test_another_decision_is_a_change_though_nothing_is_written(act: dict[str, Any]) -> None:
    book = Book()
    calm = Setting(role="soc_target", value=12.0)
    book.look(calm)
    assert book.look(calm) == []
    assert book.look(calm, **act) == ["change"]
    assert book.look(calm, **act) == []


def test_a_keep_alive_is_no_change() -> None:
    alive = Setting(role="soc_target", value=60.0, refresh=timedelta(minutes=1))
    book = Book()
    book.look(alive)
    book.desk.obey()
    book.look(alive)
    book.desk.wait(minutes=2)
    assert book.look(alive) == []
    assert book.desk.sent == ["soc_target=60"]


def test_a_shadow_has_no_end_to_tell() -> None:
    book = Book()
    assert book.look(TARGET, shadow=True) == ["slot", "change"]
    assert book.last.writes[0].result == "shadow"
    assert book.look(TARGET, shadow=True) == []


def test_all_that_a_record_tells_of_the_house_is_measured() -> None:
    assert seen(Measured(soc_percent=1.0)) == Seen(soc_percent=1.0)
    names = set(Seen.model_fields)
    assert names <= set(Measured.__dataclass_fields__)
