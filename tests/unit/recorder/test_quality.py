"""What a day is good for follows from its slots, and what is wrong with them is said in lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from darkstar_common.slots import SLOT, day_slots
from darkstar_recorder.core.findings import MOST, Finding, joined, lines, runs
from darkstar_recorder.core.flags import GAP, HOURLY, LUMP, PARTIAL, POWER, RESET
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.quality import Judged, judged, jumps, unbalanced
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.core.symptoms import disagreeing, gaps, sudden, uneven, unpriced
from darkstar_recorder.store.slots import SlotRow

STOCKHOLM = ZoneInfo("Europe/Stockholm")
DAY = date(2026, 1, 5)
STARTS = day_slots(DAY, STOCKHOLM)
ALL = frozenset({"load", "pv", "import", "export", "charge", "discharge"})
LIMITS = Limits(kw={"load": 12.0, "pv": 12.0}, resolution_kwh=0.1)
KWH = {"load": 0.5, "pv": 0.0, "import": 0.5, "export": 0.0, "charge": 0.0, "discharge": 0.0}


def slot(
    start: datetime,
    *,
    flags: Mapping[str, int] | None = None,
    soc: tuple[float | None, float | None] = (50.0, 50.0),
    price: float | None = 1.0,
    bought: float | None = 0.5,
    **kwh: float | None,
) -> SlotRow:
    found = {
        channel: value
        for channel, value in {**KWH, "import": bought, **kwh}.items()
        if value is not None
    }
    residual = None
    if found.keys() >= ALL:
        residual = found["pv"] + found["import"] + found["discharge"]
        residual -= found["load"] + found["export"] + found["charge"]
    return SlotRow(
        start=start, kwh=found, flags=dict(flags or {}), residual_kwh=residual,
        soc_percent_start=soc[0], soc_percent_end=soc[1],
        import_per_kwh=price, export_per_kwh=price, spot_per_kwh=price,
        price_kind="published" if price is not None else None, source="counters",
    )  # fmt: skip


def a_day(**odd: object) -> dict[datetime, SlotRow]:
    """A good day, but for `odd` in its first `slots` slots; those of None are not there."""
    count = int(odd.pop("slots", 0))  # type: ignore[call-overload]  # an int
    return {
        start: slot(start, **(odd if number < count else {}))  # type: ignore[arg-type]  # as `slot` has them
        for number, start in enumerate(STARTS)
    }


def labelled(slots: Mapping[datetime, SlotRow], channels: frozenset[str] = ALL) -> tuple[str, str]:
    found = judged(Judged(day=DAY, starts=STARTS, channels=channels), slots, LIMITS)
    assert found.day == DAY
    return found.label, found.reasons


def test_a_day_with_everything_is_clean() -> None:
    assert labelled(a_day()) == ("clean", "")


@pytest.mark.parametrize(
    ("odd", "label"),
    [
        ({"load": None}, "exclude"),
        ({"bought": None}, "exclude"),
        ({"pv": 9.0}, "exclude"),  # impossible
        ({"load": -0.1}, "exclude"),
        ({"flags": {"load": GAP}}, "exclude"),
        ({"flags": {"pv": LUMP}}, "exclude"),
        ({"flags": {"export": PARTIAL}}, "exclude"),
        ({"flags": {"load": HOURLY | RESET}}, "clean"),
        ({"flags": {"load": POWER}}, "clean"),
        ({"charge": None}, "mask_battery"),
        ({"flags": {"discharge": GAP}}, "mask_battery"),
        ({"charge": 2.0}, "mask_battery"),  # which comes from nowhere
        ({"load": 2.0}, "clean"),  # nobody can say whose fault it is
        ({"water": None}, "clean"),
    ],
)
def test_more_than_two_doubtful_hours_cost_the_label(odd: dict[str, object], label: str) -> None:
    found, reasons = labelled(a_day(slots=9, **odd))
    assert found == label
    assert ("9 " in reasons) == (label != "clean")
    assert labelled(a_day(slots=8, **odd)) == ("clean", "")


def test_slots_that_are_not_there_are_unknown() -> None:
    slots = {start: one for start, one in a_day().items() if start >= STARTS[9]}
    label, reasons = labelled(slots)
    assert label == "exclude"
    assert reasons.startswith("load is unknown, guessed or impossible in 9 of 96 slots; pv")


def test_a_house_needs_no_meters_of_what_it_has_not() -> None:
    slots = a_day(slots=96, pv=None, export=None, charge=None, discharge=None)
    assert labelled(slots, frozenset({"load", "import"})) == ("clean", "")


def test_a_jump_of_the_charge_masks_the_battery() -> None:
    slots = a_day() | {STARTS[5]: slot(STARTS[5], soc=(50.0, 90.5))}
    assert labelled(slots) == ("mask_battery", "the state of charge jumps")
    assert list(jumps(list(slots.values()))) == [
        (STARTS[5], 50.0, 90.5), (STARTS[6], 90.5, 50.0),
    ]  # fmt: skip


def test_a_jump_over_slots_that_nobody_knows_is_none() -> None:
    apart = [slot(STARTS[0], soc=(10, 10)), slot(STARTS[9], soc=(90, 90))]
    assert list(jumps(apart)) == []
    unknown = [slot(STARTS[0], soc=(10, None)), slot(STARTS[1], soc=(None, 90))]
    assert list(jumps(unknown)) == []


def test_losses_are_no_imbalance() -> None:
    assert not unbalanced(slot(STARTS[0], load=1.0, discharge=0.0, bought=1.2))
    assert unbalanced(slot(STARTS[0], load=1.0, bought=1.7))
    assert not unbalanced(slot(STARTS[0], load=1.0, flags={"load": GAP}, bought=1.7))
    assert not unbalanced(slot(STARTS[0], load=None))


# -- what the doctor says


def test_neighbouring_slots_without_a_word_are_one_finding() -> None:
    slots = {one: slot(one) for one in STARTS[:10]}
    for number in (3, 4, 5):
        del slots[STARTS[number]]
    slots[STARTS[7]] = slot(STARTS[7], pv=None)
    since = dict.fromkeys(("load", "pv"), STARTS[0]) | {"ev": STARTS[9]}
    slots[STARTS[9]] = slot(STARTS[9], ev=None)
    found = list(gaps(STARTS[:10], slots, since))
    assert [(one.what, one.start, one.slots) for one in found] == [
        ("nothing is known of load, pv", STARTS[3], 3),
        ("nothing is known of pv", STARTS[7], 1),
        ("nothing is known of ev", STARTS[9], 1),
    ]


def test_energy_without_a_published_price_is_found() -> None:
    slots = [slot(STARTS[0]), slot(STARTS[1], price=None), slot(STARTS[2], price=None)]
    slots.append(slot(STARTS[3], price=None, export=None, bought=None))
    slots.append(replace(slot(STARTS[4]), price_kind="forecast"))
    found, foretold = unpriced(slots)
    assert (found.start, found.slots) == (STARTS[1], 2)
    assert foretold.start == STARTS[4]


def test_what_jumps_or_does_not_balance_is_told_by_day() -> None:
    slots = list((a_day() | {STARTS[9]: slot(STARTS[9], soc=(50.0, 99.0), load=9.0)}).values())
    (jump,), (off,) = list(sudden(slots)), list(uneven(slots))
    assert jump.what == "the state of charge jumps from 50 to 99 % and 1 times more"
    assert off.what == "8.5 kWh more went out than came in in 1 slots"


def test_sources_that_are_sure_and_disagree_are_told_by_channel_and_day() -> None:
    hour = datetime(2026, 1, 5, 10, tzinfo=UTC)

    def said(kwh: float, count: int = 8, **flags: int) -> dict[datetime, SlotEnergy]:
        starts = [hour + number * SLOT for number in range(count)]
        return {
            one: SlotEnergy(start=one, kwh={"load": kwh, "pv": 1.0}, flags=flags) for one in starts
        }

    (found,) = disagreeing({"counters": said(0.5), "import": said(0.6)}.items())
    assert found.what == "of load in 2 hours counters says 4.0 kWh and import 4.8 kWh"
    assert (found.start, found.end) == (hour, hour + timedelta(hours=2))
    assert not list(disagreeing({"counters": said(0.5), "import": said(0.54)}.items()))
    assert not list(disagreeing({"counters": said(0.5), "import": said(0.9, load=GAP)}.items()))
    assert not list(disagreeing({"counters": said(0.5), "import": said(0.9, count=3)}.items()))


def test_findings_of_neighbouring_pieces_are_one() -> None:
    parts = [
        *runs("gap", [(STARTS[1], "x"), (STARTS[2], "x"), (STARTS[5], "x")]),
        *runs("price", [(STARTS[0], "x")]),
        *runs("gap", [(STARTS[3], "x"), (STARTS[4], "y")]),
    ]
    assert [(one.kind, STARTS.index(one.start), one.slots) for one in joined(parts)] == [
        ("gap", 1, 3), ("gap", 4, 1), ("gap", 5, 1), ("price", 0, 1),
    ]  # fmt: skip


def test_many_findings_of_a_kind_are_told_in_short() -> None:
    many = [
        Finding(kind="gap", what="x", start=one, end=one + SLOT, slots=1) for one in STARTS[:90:2]
    ]
    long = Finding(kind="gap", what="y", start=STARTS[91], end=STARTS[95], slots=4)
    *some, last = lines(joined([*many, long]))
    assert len(some) == MOST
    assert some[-1].startswith("2026-01-05 21:45Z … 22:45Z: y; ")
    assert last.endswith("34 more of the kind in 34 slots")
