"""Slots from the database of an earlier Darkstar (planner_learning.db).

Its keys are text of local time: with the offset of the day, without any, in UTC, or - where
a zone was attached in the wrong way - with local mean time (+00:53), whose wall clock is right.
Prices of the future were written with energies of zero, and hours that were not recorded
came back as one lump.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from darkstar_common.slots import SLOT, on_grid
from darkstar_recorder.core.flags import HOURLY
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.mending import Mend, mended
from darkstar_recorder.core.past import Finding, Past, PastSlot
from darkstar_recorder.core.quality import DayLabel, label

ENERGIES = {
    "load_kwh": "load",
    "pv_kwh": "pv",
    "import_kwh": "import",
    "export_kwh": "export",
    "batt_charge_kwh": "charge",
    "batt_discharge_kwh": "discharge",
    "water_kwh": "water",
}
_MEAN_TIME = timedelta(minutes=53)
_FULL = 100


def slot_of(text: object, timezone: ZoneInfo) -> datetime:
    """The slot start that a key means, in UTC.

    Raises:
        ValueError: It is no time, no slot start, or an hour that a clock change took or
            doubled and nothing says which; the message is a sentence.

    Example:
        >>> slot_of("2025-07-03T00:00:00+00:53", ZoneInfo("Europe/Stockholm")).isoformat()
        '2025-07-02T22:00:00+00:00'
    """
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueError("its time cannot be read") from None
    offset = moment.utcoffset()
    if offset is None or offset % SLOT:
        return _local(moment.replace(tzinfo=None), timezone)
    if on_grid(moment):
        return moment.astimezone(UTC)
    meant = moment.astimezone(UTC) + _MEAN_TIME
    if on_grid(meant):
        return _local(meant.replace(tzinfo=None), timezone)
    raise ValueError("its time is no start of a quarter hour")


def _local(wall: datetime, timezone: ZoneInfo) -> datetime:
    first, second = (wall.replace(tzinfo=timezone, fold=fold) for fold in (0, 1))
    start = first.astimezone(UTC)
    if first.utcoffset() != second.utcoffset():
        if start.astimezone(timezone).replace(tzinfo=None) != wall:
            raise ValueError("the clock change left this hour out")
        raise ValueError("this hour was there twice, and its key does not say which one it is")
    if not on_grid(start):
        raise ValueError("its time is no start of a quarter hour")
    return start


def predecessor_slots(
    rows: Iterable[Mapping[str, object]],
    *,
    timezone: ZoneInfo,
    now: datetime,
    limits: Limits,
) -> Past:
    """The slots of the table slot_observations.

    Args:
        rows: By column.
        timezone: The house's.
        now: Energies of slots that are not over yet are not taken.
        limits: What the house can do at most; more in a slot is a lump.

    Returns:
        The slots in order, with a finding for each row that was not taken as it stands.
    """
    found: dict[datetime, PastSlot] = {}
    whole_hours: list[PastSlot] = []
    findings: list[Finding] = []
    for row in rows:
        key = str(row.get("slot_start"))
        try:
            slot, wrong = _slot(row, timezone, now)
        except ValueError as error:
            findings.append(Finding(row=key, sentence=f"{error}; left out"))
            continue
        findings.extend(Finding(row=key, sentence=sentence) for sentence in wrong)
        quarters = _quarters(slot, row, timezone)
        if len(quarters) > 1:
            whole_hours.extend(quarters)
        elif (other := found.get(slot.start)) is None:
            found[slot.start] = slot
        else:
            found[slot.start] = _joined(other, slot)
            sentence = "another row is of the same slot; only what that one lacks was taken"
            findings.append(Finding(row=key, sentence=sentence))
    for one in whole_hours:
        found[one.start] = _joined(found[one.start], one) if one.start in found else one
    slots, lumps = _without_lumps(dict(sorted(found.items())), limits)
    return Past(slots=slots, findings=(*findings, *lumps))


def _slot(
    row: Mapping[str, object], timezone: ZoneInfo, now: datetime
) -> tuple[PastSlot, list[str]]:
    start = slot_of(row.get("slot_start"), timezone)
    wrong: list[str] = []
    kwh = {}
    for column, channel in ENERGIES.items():
        value = _number(row, column, wrong)
        if value is not None and value < 0:
            wrong.append(f"{column} is {value:g}, energies are not negative; left out")
        elif value is not None:
            kwh[channel] = value
    soc = [_number(row, f"soc_{end}_percent", wrong) for end in ("start", "end")]
    for number, percent in enumerate(soc):
        if percent is not None and not 0 <= percent <= _FULL:
            wrong.append(f"a state of charge is {percent:g} %; left out")
            soc[number] = None
    future = start + SLOT > now
    if future or not kwh.get("load"):
        # A house always uses something: zero was written where nothing was measured, and
        # in the columns that are zero by default it was not measured either.
        kwh = {} if future else {channel: value for channel, value in kwh.items() if value > 0}
    return PastSlot(
        start=start,
        kwh=kwh,
        soc_percent_start=None if future else soc[0],
        soc_percent_end=None if future else soc[1],
        import_per_kwh=_number(row, "import_price_sek_kwh", wrong),
        export_per_kwh=_number(row, "export_price_sek_kwh", wrong),
    ), wrong


def _number(row: Mapping[str, object], column: str, wrong: list[str]) -> float | None:
    cell = row.get(column)
    if cell is None:
        return None
    if isinstance(cell, int | float) and math.isfinite(cell):
        return float(cell)
    wrong.append(f"{column} is no number; left out")
    return None


def _quarters(
    slot: PastSlot, row: Mapping[str, object], timezone: ZoneInfo
) -> tuple[PastSlot, ...]:
    """A row of a whole hour as its four slots; any other as it is."""
    try:
        length = slot_of(row.get("slot_end"), timezone) - slot.start
    except ValueError:
        return (slot,)
    if length != 4 * SLOT:
        return (slot,)
    kwh = {channel: value / 4 for channel, value in slot.kwh.items()}
    flags = dict.fromkeys(kwh, HOURLY)
    return tuple(
        replace(
            slot,
            start=slot.start + number * SLOT,
            kwh=kwh,
            flags=flags,
            soc_percent_start=slot.soc_percent_start if number == 0 else None,
            soc_percent_end=slot.soc_percent_end if number == 3 else None,  # noqa: PLR2004 (last)
        )
        for number in range(4)
    )


def _joined(one: PastSlot, other: PastSlot) -> PastSlot:
    """`one`, with what only `other` knows."""
    more = {channel: value for channel, value in other.kwh.items() if channel not in one.kwh}
    flags = {channel: names for channel, names in other.flags.items() if channel in more}
    return replace(
        one,
        kwh={**one.kwh, **more},
        flags={**one.flags, **flags},
        **{
            name: getattr(other, name)
            for name in ("soc_percent_start", "soc_percent_end", "import_per_kwh", "export_per_kwh")
            if getattr(one, name) is None
        },
    )


def _without_lumps(
    slots: dict[datetime, PastSlot], limits: Limits
) -> tuple[tuple[PastSlot, ...], list[Finding]]:
    """Spread what cannot have been in one slot over the slots before that say nothing."""
    result = mended(slots, limits)
    for start, row in result.rows.items():
        known = slots.get(start, PastSlot(start=start))
        slots[start] = replace(known, kwh=row.kwh, flags=row.flags)
    findings = [Finding(row=one.start.isoformat(), sentence=_sentence(one)) for one in result.mends]
    return tuple(slots[start] for start in sorted(slots)), findings


def _sentence(one: Mend) -> str:
    what = (
        f"was spread over {one.spread} slots" if one.spread else "cannot be in one slot; left out"
    )
    return f"{one.channel} of {one.kwh:g} kWh {what}"


def day_label(row: Mapping[str, object]) -> DayLabel:
    """A row of the table data_quality_daily.

    Raises:
        ValueError: It is none; the message is a sentence.
    """
    try:
        day = date.fromisoformat(str(row.get("date")))
    except ValueError:
        raise ValueError("its date cannot be read") from None
    return DayLabel(day=day, label=label(row.get("status")), reasons=str(row.get("notes") or ""))
