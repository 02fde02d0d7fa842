"""What cannot have been in a slot is spread over the silence before it, or set aside."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.slots import SLOT, SLOT_HOURS
from darkstar_recorder.core.flags import HOURLY, LUMP, SPIKE
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.mending import LONGEST, Mend, mended
from darkstar_recorder.core.slots import SlotEnergy

MIDNIGHT = datetime(2025, 11, 16, tzinfo=UTC)
LIMITS = Limits(kw={"load": 12.0, "pv": 12.0, "charge": 4.0}, resolution_kwh=0.1)
"""3.1 kWh in a slot, at most."""


def rows(flags: int = 0, **energies: Sequence[float | None]) -> dict[datetime, SlotEnergy]:
    """Slots from midnight on; None is unknown."""
    count = max(map(len, energies.values()))
    found = {}
    for number in range(count):
        kwh = {
            channel: some[number]
            for channel, some in energies.items()
            if number < len(some) and some[number] is not None
        }
        masks = dict.fromkeys(kwh, flags) if flags else {}
        start = MIDNIGHT + number * SLOT
        found[start] = SlotEnergy(start=start, kwh=kwh, flags=masks)  # type: ignore[arg-type]  # None is left out
    return found


def total(found: Mapping[datetime, SlotEnergy], channel: str) -> float:
    return math.fsum(one.kwh.get(channel, 0.0) for one in found.values())


def applied(found: dict[datetime, SlotEnergy]) -> dict[datetime, SlotEnergy]:
    return {**found, **mended(found, LIMITS).rows}


def test_a_lump_is_spread_over_the_slots_that_say_nothing_of_it() -> None:
    found = rows(load=[0.2, None, None, None, 6.0, 0.2], pv=[0.1] * 6)
    result = mended(found, LIMITS)
    assert result.mends == (Mend(channel="load", kwh=6.0, start=MIDNIGHT + 4 * SLOT, spread=4),)
    assert [one.kwh["load"] for one in result.rows.values()] == [1.5] * 4
    assert all(one.flags["load"] == LUMP and one.kwh["pv"] == 0.1 for one in result.rows.values())


def test_a_slot_that_is_not_there_at_all_is_made() -> None:
    found = rows(load=[0.2, None, 4.0])
    del found[MIDNIGHT + SLOT]
    assert [one.kwh["load"] for one in mended(found, LIMITS).rows.values()] == [2.0, 2.0]


def test_it_is_divided_as_usual_where_that_is_possible() -> None:
    usual = {"load": (0.1, 0.2, 0.1, 0.2, *[0.1] * 92)}
    found = rows(load=[0.2, 0.0, 0.0, 4.0])
    kwh = [one.kwh["load"] for one in mended(found, LIMITS, usual).rows.values()]
    assert kwh == pytest.approx([1.6, 0.8, 1.6])
    steep = {"load": (0.1, 0.0, 0.0, 0.2, *[0.1] * 92)}
    kwh = [one.kwh["load"] for one in mended(found, LIMITS, steep).rows.values()]
    assert kwh == pytest.approx([4 / 3] * 3)


@pytest.mark.parametrize(
    "before",
    [
        [0.2],  # no silence
        [0.2, None],  # too short a one
        [None] * 4,  # nobody knows since when
        [0.2] + [None] * LONGEST,  # nor what of it is of whom
    ],
)
def test_what_no_silence_explains_is_set_aside(before: list[float | None]) -> None:
    found = rows(load=[*before, 9.0], pv=[0.1] * (len(before) + 1))
    if before[0] is None:
        found = {start: one for start, one in found.items() if start >= MIDNIGHT + 4 * SLOT}
    (row,) = mended(found, LIMITS).rows.values()
    assert "load" not in row.kwh
    assert (row.flags, row.kwh) == ({"load": SPIKE}, {"pv": 0.1})


def test_negative_energies_are_set_aside() -> None:
    result = mended(rows(load=[0.2, -0.5], ev=[0.0, -9.0]), LIMITS)
    assert [(one.channel, one.kwh, one.spread) for one in result.mends] == [
        ("ev", -9.0, 0), ("load", -0.5, 0),
    ]  # fmt: skip


def test_a_load_that_stood_for_hours_and_what_jumped_beside_it_are_spread() -> None:
    """18 hours of nothing, then all of it within an hour: less than the fuse, but no load."""
    load = [0.2, 0.2, *[0.0] * 72, 3.0, 0.2]
    pv = [0.1, 0.1, *[0.0] * 72, 2.5, 0.1]
    found = rows(load=load, pv=pv)
    result = mended(found, LIMITS)
    assert [(one.channel, one.spread) for one in result.mends] == [("load", 73), ("pv", 73)]
    assert total(applied(found), "load") == pytest.approx(3.6)
    assert total(applied(found), "pv") == pytest.approx(2.8)


def test_a_lump_of_hours_that_were_spread_is_one_of_hours() -> None:
    hours = [0.2] * 4 + [0.0] * 72 + [2.5] * 4 + [0.2] * 4
    found = rows(flags=HOURLY, load=hours)
    result = mended(found, LIMITS)
    assert [(one.kwh, one.spread) for one in result.mends] == [(10.0, 76)]
    assert {one.flags["load"] for one in result.rows.values()} == {HOURLY | LUMP}
    assert total(applied(found), "load") == pytest.approx(total(found, "load"))


@pytest.mark.parametrize(
    "found",
    [
        rows(pv=[0.5, *[0.0] * 40, 0.5, 2.0]),  # night
        rows(load=[0.2, *[None] * 20, 1.5, 1.5]),  # an outage of the recorder, and dinner
        rows(charge=[0.0] * 50 + [1.0] * 4),  # a battery that rests
        rows(ev=[0.0] * 50 + [9.0] * 4),  # no limit is known
        rows(load=[0.0] * 10 + [3.0]),  # 2.5 hours
    ],
)
def test_what_can_be_stays_as_it_is(found: dict[datetime, SlotEnergy]) -> None:
    assert mended(found, LIMITS).rows == {}


def test_what_was_before_the_time_that_is_asked_for_stays() -> None:
    lump = [0.2, *[0.0] * 20, 2.0]
    found = rows(load=[0.2, 9.0, 0.2, -1.0, 0.2, *lump, 9.0], pv=[0.1] * 28)
    later = MIDNIGHT + 27 * SLOT
    assert [one.start for one in mended(found, LIMITS, since=later).mends] == [later]
    assert len(mended(found, LIMITS).mends) == 4


def test_a_slot_set_aside_is_no_silence() -> None:
    assert [one.spread for one in mended(rows(load=[0.2, 9.0, 6.0]), LIMITS).mends] == [0, 0]


def test_what_was_spread_already_is_no_lump() -> None:
    found = rows(flags=LUMP, load=[0.2, *[0.0] * 20, 2.0])
    assert mended(found, LIMITS).mends == ()


ENERGY = st.one_of(
    st.none(), st.just(0.0), st.floats(0, 2.5), st.floats(3.2, 60.0), st.floats(-5.0, -0.01)
)


@given(load=st.lists(ENERGY, min_size=1, max_size=60), pv=st.lists(ENERGY, min_size=1, max_size=60))
def test_a_second_time_changes_nothing_and_no_energy_is_lost_or_made(
    load: list[float | None], pv: list[float | None]
) -> None:
    found = rows(load=load, pv=pv)
    result = mended(found, LIMITS)
    after = {**found, **result.rows}
    assert mended(after, LIMITS).rows == {}
    assert all(
        kwh >= 0 and LIMITS.possible(channel, kwh, SLOT_HOURS)
        for one in after.values()
        for channel, kwh in one.kwh.items()
    )
    for channel in ("load", "pv"):
        aside = sum(one.kwh for one in result.mends if one.channel == channel and not one.spread)
        assert total(after, channel) + aside == pytest.approx(total(found, channel), abs=1e-6)
