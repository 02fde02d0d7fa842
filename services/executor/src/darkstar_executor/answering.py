"""What a request comes to: new wishes, or a refusal with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from darkstar_common.config import Config
from darkstar_common.contract import (
    AutomationSet,
    BatteryTopupSet,
    ControlRelease,
    NotificationsSet,
    OverrideClear,
    OverrideSet,
    PauseSet,
    Request,
    ShadowSet,
    WaterBoostSet,
)
from darkstar_executor.core.spelling import spelt
from darkstar_executor.core.wishes import Refusal, Wishes, reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """The wishes as they are to be, and a sentence about it."""

    wishes: Wishes
    sentence: str
    release: bool = False


def granted(
    request: Request,
    wishes: Wishes,
    config: Config,
    now: datetime,
    *,
    soc_percent: float | None = None,
) -> Granted:
    """What `request` makes of `wishes`.

    Args:
        request: What a person asks for.
        wishes: What people asked for before.
        config: What the house has, and may do.
        now: The present.
        soc_percent: The battery's state of charge [%].

    Raises:
        Refusal: It cannot be granted; the text says why.
    """
    match request:
        case OverrideSet(action="plan") | OverrideClear():
            return Granted(wishes=wishes.cleared(), sentence="back to the plan")
        case OverrideSet() | BatteryTopupSet() | WaterBoostSet():
            _check_hands(wishes, config, now)
            return _quick_action(request, wishes, config, now, soc_percent)
        case PauseSet():
            return _paused(request, wishes, config, now)
    return _switched(request, wishes)


def _quick_action(
    request: OverrideSet | BatteryTopupSet | WaterBoostSet,
    wishes: Wishes,
    config: Config,
    now: datetime,
    soc_percent: float | None,
) -> Granted:
    if isinstance(request, WaterBoostSet):
        made = wishes.boosted(request, config, now)
        end = _end(made.water_boost_until, config, now)
        return Granted(wishes=made, sentence=f"hot water until {end}" if end else "no boost")
    if isinstance(request, BatteryTopupSet):
        made = wishes.topped_up(request, config, now)
        words, last = f"charging to {request.soc_percent:g} %,", " at the latest"
    else:
        made = wishes.overridden(request, config, now)
        bound = "" if request.soc_percent is None else f" to {request.soc_percent:g} %,"
        words, last = f"{request.action}{bound}", " at the latest" if bound else ""
    override = made.override
    if override is not None and reached(override, soc_percent):
        raise Refusal(f"nothing to do: the battery is at {soc_percent:g} %")
    end = _end(override.until if override else None, config, now)
    return Granted(wishes=made, sentence=f"{words} until {end}{last}")


def _switched(request: Request, wishes: Wishes) -> Granted:
    """What is on or off until it is changed.

    Raises:
        Refusal: It is no such request.
    """
    match request:
        case AutomationSet():
            words = (
                "automation is on: the plan is followed"
                if request.on
                else "automation is off: the house is left in self-consumption, then untouched"
            )
            return Granted(wishes=wishes.automated(request.on), sentence=words)
        case NotificationsSet():
            words = f"{request.kind} is {'sent' if request.on else 'sent no more'}"
            return Granted(wishes=wishes.notified(request), sentence=words)
        case ShadowSet():
            words = "nothing is written any more" if request.on else "settings are written now"
            return Granted(
                wishes=wishes.in_shadow(request.on),
                sentence=f"shadow mode is {'on' if request.on else 'off'}: {words}",
            )
        case ControlRelease():
            return Granted(
                wishes=wishes.released(),
                sentence="the devices are given back as they were found; shadow mode is on until "
                "you switch it off",
                release=True,
            )
    raise Refusal(f"the executor does not take {type(request).__name__}")


def _check_hands(wishes: Wishes, config: Config, now: datetime) -> None:
    """Whether a quick action would be done at all.

    Raises:
        Refusal: The hands are off, or rest for a while.
    """
    if not wishes.automation:
        raise Refusal("automation is off; switch it on first (automation/set on)")
    if wishes.paused_until is not None:
        end = _end(wishes.paused_until, config, now)
        raise Refusal(f"Darkstar is paused until {end}; resume first (pause/set off)")


def _paused(request: PauseSet, wishes: Wishes, config: Config, now: datetime) -> Granted:
    try:
        made = wishes.paused(request.duration_minutes(), now, request.message_id)
    except ValueError as error:
        raise Refusal(str(error)) from None
    end = _end(made.paused_until, config, now)
    return Granted(wishes=made, sentence=f"paused until {end}" if end else "resumed")


def _end(moment: datetime | None, config: Config, now: datetime) -> str:
    return spelt(moment, now, config.zone) if moment else ""
