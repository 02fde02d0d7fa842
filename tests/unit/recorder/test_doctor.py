"""The doctor finds what is wrong with a file, mends it once, and labels its days."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from support.desks import Heard, a_desk
from support.faulty_meters import generated, shown, with_all
from support.recorded import DAYS, KWH, MIDNIGHT, NOW, UTC_HOUSE, labelled, lived, priced
from support.replaying import Replay, messages
from support.stores import empty_history
from unit.recorder.test_serving import ask, served

from darkstar_common.config import Config
from darkstar_common.slots import SLOT, slots
from darkstar_recorder.commandline import parser
from darkstar_recorder.conversion import limits
from darkstar_recorder.core.flags import HOURLY, LUMP, SPIKE
from darkstar_recorder.core.limits import learned
from darkstar_recorder.core.quality import DayLabel
from darkstar_recorder.core.readings import Reading
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.desk import database_path
from darkstar_recorder.store import Batch, Store
from darkstar_recorder.store.examining import Examiner
from darkstar_recorder.tools.doctor import DOCTOR, PIECE
from darkstar_recorder.tools.tool import Stopped, ToolError


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    yield opened
    opened.close()


def doctor(
    store: Store, *arguments: str, now: datetime = NOW, config: Config = UTC_HOUSE
) -> tuple[int, list[str]]:
    heard = Heard()
    desk = a_desk(store, store.path.parent, heard=heard, now=now, config=config)
    code = DOCTOR.run(desk, parser().parse_args(["doctor", *arguments]))
    assert heard.progress == sorted(heard.progress)
    return code, heard.lines


def energy(store: Store, channel: str = "load") -> float:
    found = store.slots(MIDNIGHT - timedelta(days=9), NOW)
    return sum(one.kwh.get(channel, 0.0) for one in found)


WHOLE = "2026-01-10 00:00Z … 2026-01-20 00:00Z"


def test_an_empty_file_has_nothing_wrong(store: Store) -> None:
    assert doctor(store) == (0, ["nothing is recorded yet"])


def test_a_good_house_only_wants_its_labels_and_has_them_from_then_on(store: Store) -> None:
    lived(store)
    priced(store)
    code, said = doctor(store)
    assert (code, said) == (
        1,
        [
            "2026-01-10 … 2026-01-19: 10 days; not labelled so yet; --repair does it",
            f"{WHOLE}: 1 left to see to",
        ],
    )
    assert labelled(store) == {}
    code, said = doctor(store, "--repair")
    assert (code, said[0]) == (0, "2026-01-10 … 2026-01-19: 10 days; labelled now")
    assert labelled(store) == dict.fromkeys(range(10, 20), "clean")
    assert doctor(store) == (0, [f"{WHOLE}: nothing is wrong"])


def test_a_lump_is_spread_once_and_nothing_is_lost(store: Store) -> None:
    lived(store)
    priced(store)
    lived(store, 400, 20, load=None)
    lived(store, 420, 1, load=10.5)
    before = energy(store)
    code, said = doctor(store)
    lump = "2026-01-14 04:00Z … 09:15Z: 10.5 kWh of load after 20 silent slots cannot be (import); "
    assert code == 1
    assert said[0] == f"{lump}--repair spreads it over the silence before"
    assert "nothing is known of load" in said[1]
    assert energy(store) == before
    code, said = doctor(store, "--repair")
    assert (code, said[0]) == (0, f"{lump}spread over the silence before")
    assert energy(store) == pytest.approx(before)
    spread = store.slots(MIDNIGHT + 400 * SLOT, MIDNIGHT + 421 * SLOT)
    assert {one.flags["load"] for one in spread} == {LUMP}
    assert [one.kwh["load"] for one in spread] == pytest.approx([0.5] * 21)
    assert labelled(store)[14] == "exclude"
    assert doctor(store, "--repair") == (0, [f"{WHOLE}: nothing is wrong"])


def test_a_lump_over_the_border_of_two_pieces_is_one(store: Store) -> None:
    border = PIECE // SLOT
    lived(store, count=border + 96)
    lived(store, border - 9, 10, load=None)
    lived(store, border + 1, 1, load=11.0)
    later = NOW + PIECE
    code, said = doctor(store, "--repair", now=later)
    assert code == 1
    assert "11.0 kWh of load after 10 silent slots" in said[0]
    found = store.slots(MIDNIGHT, later)
    assert [one.kwh["load"] for one in found[border - 10 : border + 3]] == pytest.approx(
        [0.5, *[1.0] * 11, 0.5]
    )
    assert not any("--repair" in line for line in doctor(store, now=later)[1])


def test_eighteen_hours_of_nothing_and_all_of_it_in_an_hour_are_spread(store: Store) -> None:
    """As statistics of Home Assistant have it: hours in quarters."""
    lived(store, source="statistics", flags=HOURLY)
    lived(store, 400, 72, source="statistics", flags=HOURLY, load=0.0)
    lived(store, 472, 4, source="statistics", flags=HOURLY, load=2.5)
    before = energy(store)
    _, said = doctor(store, "--repair")
    assert "10.0 kWh of load after 75 silent slots" in "\n".join(said)
    assert energy(store) == pytest.approx(before)
    spread = store.slots(MIDNIGHT + 400 * SLOT, MIDNIGHT + 476 * SLOT)
    assert {one.flags["load"] for one in spread} == {HOURLY | LUMP}


def test_what_cannot_be_is_set_aside_once(store: Store) -> None:
    lived(store)
    priced(store)
    lived(store, 100, 1, load=99.0)
    lived(store, 200, 1, pv=-1.0)
    code, said = doctor(store, "--repair")
    assert code == 1  # nobody knows what it was
    assert [line.split("; ")[1] for line in said[:2]] == ["set aside as unknown"] * 2
    assert [one.split(";")[0] for one in said[2:4]] == [
        "2026-01-11 01:00Z: nothing is known of load", "2026-01-12 02:00Z: nothing is known of pv",
    ]  # fmt: skip
    (slot,) = store.slots(MIDNIGHT + 100 * SLOT, MIDNIGHT + 101 * SLOT)
    assert "load" not in slot.kwh
    assert slot.flags == {"load": SPIKE}
    assert not any("set aside" in line for line in doctor(store, "--repair")[1])


def test_slots_of_the_future_are_deleted_and_those_of_a_wrong_clock_are_not(store: Store) -> None:
    lived(store)
    priced(store)
    future = [SlotEnergy(start=one, kwh={"load": 0.0}) for one in slots(NOW + SLOT, 3)]
    store.replace_slots(future, "import", NOW)
    code, said = doctor(store)
    assert (code, said[0]) == (
        1,
        "2026-01-21 12:15Z … 13:00Z: energy of slots that are not over; --repair deletes it",
    )
    doctor(store, "--repair", "--until", "2026-01-14")
    assert len(store.slots(NOW, NOW + timedelta(days=1))) == 3
    doctor(store, "--repair")
    assert store.slots(NOW, NOW + timedelta(days=1)) == []
    early = NOW - timedelta(days=5)
    code, said = doctor(store, "--repair", now=early)
    assert "set the clock of this computer" in said[0]
    assert energy(store) == pytest.approx(DAYS * 96 * 0.5)


def test_everything_else_is_a_line_with_a_way_out(store: Store) -> None:
    lived(store)
    lived(store, 0, 96, source="statistics", load=0.9, flags=HOURLY)
    lived(store, 200, 6, load=2.0)
    rows = [
        SlotEnergy(start=MIDNIGHT + 300 * SLOT, kwh=KWH, soc_percent_start=50, soc_percent_end=95)
    ]
    store.replace_slots(rows, "import", NOW)
    with closing(Examiner(store.path)) as examiner:
        examiner.forget(slots(MIDNIGHT + 500 * SLOT, 5))
    code, said = doctor(store, "--repair")
    text = "\n".join(said)
    assert code == 1
    for sentence in (
        "2026-01-15 05:00Z … 06:15Z: nothing is known of load, pv, import, export, charge, disch",
        "2026-01-10 00:00Z … 2026-01-11 00:00Z: of load in 24 hours import says 48.0 kWh and sta",
        "2026-01-12 02:00Z … 03:30Z: 9.0 kWh more went out than came in in 6 slots; ",
        "2026-01-13 03:00Z … 03:30Z: the state of charge jumps from 50 to 95 % and 1 times more; ",
        "no price is known; `import` a CSV file of prices",
    ):
        assert sentence in text
    assert labelled(store)[13] == "mask_battery"
    assert said[-1] == f"{WHOLE}: 6 left to see to"  # prices: before and after the gap


def test_a_span_can_be_chosen_and_one_without_slots_is_refused(store: Store) -> None:
    lived(store)
    _, said = doctor(store, "--repair", "--from", "2026-01-12", "--until", "2026-01-14")
    assert said[-1].startswith("2026-01-12 00:00Z … 2026-01-14 00:00Z: ")
    assert labelled(store) == {12: "clean", 13: "clean"}
    with pytest.raises(ToolError, match=r"what is recorded is of 2026-01-10 00:00Z"):
        doctor(store, "--from", "2027-01-01")


def test_nothing_overrules_a_person(store: Store) -> None:
    lived(store)
    priced(store)
    said = DayLabel(day=date(2026, 1, 12), label="exclude", reasons="a party")
    earlier = DayLabel(day=date(2026, 1, 13), label="mask_battery", reasons="")
    store.label_days([said], "person", NOW)
    store.label_days([earlier], "predecessor", NOW)
    assert doctor(store, "--repair")[1][0].endswith(": 8 days; labelled now")
    assert labelled(store)[12] == "exclude"
    assert labelled(store)[13] == "mask_battery"
    assert doctor(store)[0] == 0


# -- slots and their readings


def counted(store: Store, hours: int, step: float = 0.25) -> None:
    """What a recorder makes of a load counter that is read every five minutes."""
    ledger = store.ledger(limits(UTC_HOUSE))
    value = 100.0
    for number in range(hours * 12):
        at = MIDNIGHT + number * timedelta(minutes=5)
        value += step
        ledger = ledger.after((Reading(channel="load", measured_at=at, value=value),), at)
        if number % 36 == 35:
            page = ledger.page(at)
            store.commit(Batch(at=at, page=page))
            ledger = ledger.written(page)


def test_slots_are_what_their_readings_make_of_them_unless_somebody_spoilt_them(
    store: Store,
) -> None:
    counted(store, hours=6 * 24)
    assert not any("readings" in line for line in doctor(store)[1])
    spoilt = [SlotEnergy(start=one, kwh={"load": 0.1}) for one in slots(MIDNIGHT + 200 * SLOT, 3)]
    store.replace_slots(spoilt, "counters", NOW)
    line = "2026-01-12 02:00Z … 02:45Z: counters are not what their readings make; "
    assert f"{line}--repair works it out anew" in doctor(store)[1]
    assert f"{line}worked out anew" in doctor(store, "--repair")[1]
    found = store.slots(MIDNIGHT + 200 * SLOT, MIDNIGHT + 203 * SLOT)
    assert [one.kwh["load"] for one in found] == pytest.approx([0.75] * 3)
    assert not any("readings" in line for line in doctor(store)[1])


def test_a_small_spike_that_was_rejected_is_not_brought_back(store: Store) -> None:
    """What a counter steps by is learned by the recorder that runs, and by the doctor."""
    odd = MIDNIGHT + 200 * SLOT + timedelta(minutes=7)
    steps = [(MIDNIGHT + number * timedelta(minutes=5), number / 50) for number in range(6 * 288)]
    value = 100 + (odd - MIDNIGHT) / timedelta(minutes=5) / 50
    spike = [(odd + timedelta(seconds=10 * n), value - 100 + n % 2) for n in range(3)]
    told = [
        Reading(channel="load", measured_at=at, value=100 + kwh) for at, kwh in (*steps, *spike)
    ]
    now = MIDNIGHT + timedelta(days=6)
    most = learned(limits(UTC_HOUSE), {"load": told[:100]})
    page = store.ledger(most).after(told, now).page(now)
    store.commit(Batch(at=now, page=page))
    assert not any("readings" in line for line in doctor(store)[1])
    (slot,) = store.slots(MIDNIGHT + 200 * SLOT, MIDNIGHT + 201 * SLOT)
    assert slot.kwh["load"] == pytest.approx(0.06)
    assert slot.flags["load"] == SPIKE


def test_slots_whose_readings_are_kept_are_judged_by_them_alone_and_the_last_two_days_not_yet(
    store: Store,
) -> None:
    counted(store, hours=6 * 24)
    spoilt = [SlotEnergy(start=MIDNIGHT + 200 * SLOT, kwh={"load": 99.0})]
    store.replace_slots(spoilt, "counters", NOW)
    of_late = [SlotEnergy(start=MIDNIGHT + 5 * 96 * SLOT, kwh={"load": 0.1})]
    store.replace_slots(of_late, "counters", NOW)
    said = [line for line in doctor(store)[1] if "--repair" in line]
    assert said[0].startswith("2026-01-12 02:00Z: counters are not what their readings make; ")
    assert len(said) == 2  # and the labels


def test_a_week_in_which_everything_went_wrong_was_recorded_as_well_as_can_be(
    tmp_path: Path,
) -> None:
    """The doctor finds no other slots in the readings that are kept, and spreads nothing twice."""
    house = with_all(shown(generated(date(2026, 10, 20), 8)))
    told = list(messages(house.readings))
    replay = Replay(tmp_path / "history.duckdb", limits(Config()), house.first)
    for first in range(0, len(told), 9_000):
        replay.take(told[first : first + 9_000])
        replay.write()
    before = replay.store.slots(house.first - SLOT, replay.now)
    _, said = doctor(replay.store, "--repair", now=replay.now, config=Config())
    assert [one.kwh for one in replay.store.slots(house.first - SLOT, replay.now)] == [
        one.kwh for one in before
    ]
    assert not any(word in line for line in said for word in ("worked out", "spread", "aside"))
    found = replay.store.day_labels(date(2026, 10, 20), date(2026, 10, 26))
    assert {one.label for one in found} == {"clean", "exclude"}
    replay.store.close()


# -- in the recorder that runs


async def test_it_works_in_the_recorder_that_runs(tmp_path_factory: pytest.TempPathFactory) -> None:
    """By its clock nothing of this is over yet."""
    state = tmp_path_factory.mktemp("d")
    store = Store(empty_history(database_path(state)))
    lived(store)
    lived(store, -15 * 96, 96)
    store.close()
    async with served(state):
        code, said, progress = await ask(state, "doctor", "--repair")
    assert code == 1
    assert said[0].endswith("set the clock of this computer, or wait until then")
    assert said[-1].endswith("left to see to")
    assert progress[-1] == (progress[-1][1], progress[-1][1])


def test_it_stops_between_two_pieces(store: Store) -> None:
    lived(store)

    def gone() -> None:
        raise Stopped

    desk = a_desk(store, store.path.parent, checkpoint=gone, now=NOW)
    with pytest.raises(Stopped):
        DOCTOR.run(desk, parser().parse_args(["doctor", "--repair"]))
    assert labelled(store) == {}


def test_hours_in_quarters_are_as_good_as_quarters(store: Store) -> None:
    lived(store, flags=HOURLY)
    priced(store)
    doctor(store, "--repair")
    assert set(labelled(store).values()) == {"clean"}
