"""Manual blocks as people ask for them: what can be taken, and what is to be said about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations, islice
from zoneinfo import ZoneInfo

from darkstar_common.config import Config
from darkstar_common.contract import ManualBlock
from darkstar_planner.core.strategy import Wishes

MOST, SHOWN = 200, 3
HEAT = "heat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The blocks to keep, in order of time, and a sentence about them."""

    blocks: tuple[ManualBlock, ...]
    sentence: str


def taken(
    asked: Sequence[ManualBlock], config: Config, wishes: Wishes, now: datetime
) -> Taken | str:
    """The blocks of `asked` that lie ahead; a sentence where they contradict each other.

    Blocks that are over are left out, which is said, unless nothing else is asked for.
    """
    if len(asked) > MOST:
        return f"blocks: {len(asked)} of them; at most {MOST} are taken"
    contradiction = _contradiction(asked, config)
    if contradiction is not None:
        return contradiction
    ahead = tuple(sorted((one for one in asked if one.end > now), key=lambda one: one.start))
    if asked and not ahead:
        last = max(one.end for one in asked)
        return f"blocks: all are over, the last since {_clock(last, config.zone)}"
    remarks = _remarks(ahead, len(asked) - len(ahead), config, wishes, now)
    return Taken(blocks=ahead, sentence="; ".join((_summed(ahead, config.zone), *remarks)))


def _contradiction(asked: Sequence[ManualBlock], config: Config) -> str | None:
    for number, one in enumerate(asked):
        if one.end <= one.start:
            times = f"end {_clock(one.end, config.zone)} is not after start "
            return f"blocks[{number}]: {times}{_clock(one.start, config.zone)}"
        if one.action == HEAT and config.water_heater is None:
            return f"blocks[{number}]: there is no water heater to heat"
        if one.action != HEAT and config.battery is None:
            return f"blocks[{number}]: there is no battery to {one.action}"
    for (number, one), (other_number, other) in combinations(enumerate(asked), 2):
        same = (one.action == HEAT) == (other.action == HEAT)
        if same and one.start < other.end and other.start < one.end:
            return (
                f"blocks[{number}] ({_told(one, config.zone)}) and blocks[{other_number}] "
                f"({_told(other, config.zone)}) overlap"
            )
    return None


def _remarks(
    ahead: Sequence[ManualBlock], over: int, config: Config, wishes: Wishes, now: datetime
) -> list[str]:
    remarks = []
    if over:
        remarks.append(f"{over} {'is' if over == 1 else 'are'} over and left out")
    horizon = timedelta(hours=config.planner.horizon_hours)
    late = [one for one in ahead if one.start >= now + horizon]
    if late:
        begins = _clock(late[0].start, config.zone)
        remarks.append(f"from {begins} on they are kept until the plan reaches that far")
    if any(one.action == "export" for one in ahead) and not wishes.export_enabled:
        remarks.append("selling is switched off, so nothing will be exported (export/set on)")
    return remarks


def _summed(ahead: Sequence[ManualBlock], zone: ZoneInfo) -> str:
    if not ahead:
        return "no manual blocks"
    shown = [_told(one, zone) for one in islice(ahead, SHOWN)]
    more = ["…"] if len(ahead) > SHOWN else []
    noun = "block" if len(ahead) == 1 else "blocks"
    return f"{len(ahead)} manual {noun}: {', '.join([*shown, *more])}"


def _told(one: ManualBlock, zone: ZoneInfo) -> str:
    end = one.end.astimezone(zone)
    return f"{one.action} {_clock(one.start, zone)}–{end:%H:%M}"


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d %b %H:%M}"
