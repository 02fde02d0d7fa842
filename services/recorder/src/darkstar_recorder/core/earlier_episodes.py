"""Planning runs as an earlier Darkstar kept them: rows of its table `training_episodes`.

Each has four JSON columns (inputs, context, schedule, config_overrides); each of those is zlib
bytes, plain text or plain bytes, as it was the fashion when it was written. Its id is a UUID
or `episode_2025-07-01_00-15-00`, and its creation time is no key to anything.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from darkstar_common.slots import SLOT
from darkstar_recorder.core.episodes import (
    PROD,
    Facts,
    KeptEpisode,
    moment,
    number,
    part,
    text,
    truth,
    whole,
)
from darkstar_recorder.core.packing import UnreadableError, unpack
from darkstar_recorder.core.predecessor import slot_of

_IDS = uuid5(NAMESPACE_URL, "darkstar:training_episodes")
LONGEST = timedelta(days=14)
"""No plan reaches further; a list of slots that does is damaged."""
_CURRENCY = "SEK"
"""Its prices were in no other one; its fields say so by name."""


class EarlierUnreadableError(ValueError):
    """A row cannot be taken over; `name` is its id."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"episode {name}: {reason}")
        self.name = name


def earlier(
    name: str,
    *,
    created_at: str | None = None,
    inputs: bytes | str | None = None,
    context: bytes | str | None = None,
    schedule: bytes | str | None = None,
    overrides: bytes | str | None = None,
    system_id: str | None = None,
    timezone: ZoneInfo,
) -> KeptEpisode:
    """A row of `training_episodes` as an episode.

    Args:
        name: Its episode_id.
        created_at: When it was written, UTC unless it says otherwise.
        inputs: inputs_json, in any form.
        context: context_json.
        schedule: schedule_json.
        overrides: config_overrides_json.
        system_id: Whose run it was, in databases that have this column.
        timezone: Where the house is; for times that do not say their offset.

    Raises:
        EarlierUnreadableError: A column is damaged, or nothing says when it was.
    """
    columns = {"inputs": inputs, "context": context, "schedule": schedule, "overrides": overrides}
    content: dict[str, object] = {
        "episode_id": name,
        "created_at": created_at,
        "system_id": system_id,
    }
    content |= {key: _read(name, key, value) for key, value in columns.items()}
    found = facts(content, timezone)
    at = found.issued_at or _utc(created_at) or found.first_slot
    if at is None:
        raise EarlierUnreadableError(name, "nothing in it says when it was")
    return KeptEpisode(message_id=_id(name), name=name, emitted_at=at, facts=found, content=content)


def facts(content: object, timezone: ZoneInfo) -> Facts:
    """The columns of such a run, from its JSON values."""
    context, schedule = part(content, "context"), part(content, "schedule")
    meta, rows = part(schedule, "meta"), plan_rows(schedule)
    starts = [slot_or_none(part(row, "start_time"), timezone) for row in rows]
    costs = [number(part(row, "planned_cost_sek")) for row in rows]
    first = starts[0] if starts else None
    return Facts(
        system_id=text(part(content, "system_id")) or text(part(context, "system_id")) or PROD,
        issued_at=moment(part(meta, "planned_at")) or moment(part(context, "episode_start_local")),
        first_slot=first,
        slots=_quarters(starts),
        currency=_CURRENCY,
        cost=sum(one for one in costs if one is not None) if rows and None not in costs else None,
        planner_version=text(part(meta, "planner_version")),
        soc_percent_at_start=number(
            part(content, "inputs", "initial_state", "battery_soc_percent")
        ),
        target_soc_percent=number(part(meta, "soc_target_percent")),
        s_index=number(part(meta, "s_index", "raw_factor")),
        risk_appetite=whole(part(content, "overrides", "s_index", "risk_appetite")),
        vacation=truth(part(context, "vacation")),
        quality=text(part(context, "data_quality_status")),
    )


def _read(name: str, key: str, value: bytes | str | None) -> object:
    if value is None or value in ("", b""):
        return None
    try:
        return unpack(value)
    except UnreadableError as error:
        raise EarlierUnreadableError(name, f"its {key} cannot be read: {error}") from None


def plan_rows(schedule: object) -> list[object]:
    """The rows of a plan of the earlier Darkstar, in the order in which they stand."""
    rows = part(schedule, "schedule") if isinstance(schedule, dict) else schedule
    return rows if isinstance(rows, list) else []


def slot_or_none(value: object, timezone: ZoneInfo) -> datetime | None:
    """The slot start that a time means, in UTC; None where it means none."""
    try:
        return slot_of(value, timezone)
    except (ValueError, OverflowError):
        return None


def _quarters(starts: list[datetime | None]) -> int | None:
    """So many slots from the first start to the end of the last; a row may be a whole hour."""
    known = [one for one in starts if one is not None]
    if not known or starts[0] is None:
        return None
    step = known[1] - known[0] if len(known) > 1 else SLOT
    reach = known[-1] + step - known[0]
    return reach // SLOT if timedelta() < reach <= LONGEST else None


def _utc(created_at: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(created_at) if created_at else None
    except ValueError:
        return None
    if found is None:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _id(name: str) -> UUID:
    try:
        return UUID(name)
    except ValueError:
        return uuid5(_IDS, name)
