"""What a request comes to: new wishes, or a refusal with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from darkstar_common.config import Config
from darkstar_common.contract import (
    BatteryTopupSet,
    ControlRelease,
    OverrideClear,
    OverrideSet,
    PauseSet,
    Request,
    ShadowSet,
    WaterBoostSet,
)
from darkstar_executor.core.wishes import Refusal, Wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """The wishes as they are to be, and a sentence about it."""

    wishes: Wishes
    sentence: str
    release: bool = False
    starts_override: bool = False


def granted(  # noqa: PLR0911 (one answer for each kind of request)
    request: Request, wishes: Wishes, config: Config, now: datetime
) -> Granted:
    """What `request` makes of `wishes`.

    Raises:
        Refusal: It cannot be granted; the text says why.
    """
    zone = config.zone
    match request:
        case OverrideSet(action="plan") | OverrideClear():
            return Granted(wishes=wishes.cleared(), sentence="back to the plan")
        case OverrideSet():
            made = wishes.overridden(request, config, now)
            sentence = f"{request.action} {_until(made, zone)}"
            return Granted(wishes=made, sentence=sentence, starts_override=True)
        case BatteryTopupSet():
            made = wishes.topped_up(request, config, now)
            sentence = f"charging to {request.soc_percent:g} %, {_until(made, zone)} at the latest"
            return Granted(wishes=made, sentence=sentence, starts_override=True)
        case WaterBoostSet():
            made = wishes.boosted(request, config, now)
            end = _clock(made.water_boost_until, zone)
            return Granted(wishes=made, sentence=f"hot water until {end}" if end else "no boost")
        case PauseSet():
            return _paused(request, wishes, zone, now)
        case ShadowSet():
            words = "nothing is written any more" if request.on else "settings are written now"
            return Granted(
                wishes=wishes.in_shadow(request.on),
                sentence=f"shadow mode is {'on' if request.on else 'off'}: {words}",
            )
        case ControlRelease():
            given = ", ".join(wishes.found) or "nothing, for nothing was ever written"
            return Granted(
                wishes=wishes.released(),
                sentence=f"given back: {given}; shadow mode is on until you switch it off",
                release=True,
            )
    raise Refusal(f"the executor does not take {type(request).__name__}")


def _paused(request: PauseSet, wishes: Wishes, zone: ZoneInfo, now: datetime) -> Granted:
    try:
        made = wishes.paused(request.duration_minutes(), now)
    except ValueError as error:
        raise Refusal(str(error)) from None
    end = _clock(made.paused_until, zone)
    return Granted(wishes=made, sentence=f"paused until {end}" if end else "resumed")


def _until(wishes: Wishes, zone: ZoneInfo) -> str:
    return f"until {_clock(wishes.override.until if wishes.override else None, zone)}"


def _clock(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}" if moment else ""
