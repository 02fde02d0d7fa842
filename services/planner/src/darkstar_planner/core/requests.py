"""What a request of people comes to: new settings, or a refusal with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from darkstar_common.config import Config
from darkstar_common.contract import (
    ComfortSet,
    EvSet,
    ExportSet,
    ManualBlocksSet,
    Request,
    RiskAppetiteSet,
    VacationSet,
)
from darkstar_planner.core.asked_blocks import taken
from darkstar_planner.core.settings import Settings

RISK_ENDS = "1 keeps most in reserve, 5 least"
COMFORT_ENDS = "1 saves most, 5 is never cold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """The settings as they are to be, and a sentence about it."""

    settings: Settings
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why nothing was changed, in a sentence."""

    sentence: str


def granted(  # noqa: PLR0911 (one answer for each kind of request)
    request: Request, settings: Settings, config: Config, now: datetime, *, name: str = ""
) -> Granted | Refused:
    """What `request` makes of `settings`; `name` is the vehicle that it is about.

    Raises:
        TypeError: It is no request that sets something here.
    """
    match request:
        case RiskAppetiteSet(level=level):
            sentence = f"the risk appetite is {level} ({RISK_ENDS})"
            return _with(settings, sentence, risk_appetite=level)
        case ComfortSet(level=level):
            return _with(settings, f"the comfort is {level} ({COMFORT_ENDS})", comfort=level)
        case ExportSet(on=on):
            sentence = "the plan may sell" if on else "the plan sells nothing"
            return _with(settings, sentence, export_enabled=on)
        case VacationSet():
            return _away(request, settings, config.zone, now)
        case ManualBlocksSet(blocks=blocks):
            asked = taken(blocks, config, settings.wishes(config), now)
            if isinstance(asked, str):
                return Refused(sentence=f"{asked}; nothing was changed")
            return _with(settings, asked.sentence, blocks=asked.blocks)
        case EvSet():
            return _driven(request, settings, config, now, name)
    raise TypeError(f"the planner takes no {type(request).__name__}")


def _with(settings: Settings, sentence: str, **changes: object) -> Granted:
    return Granted(settings=settings.model_copy(update=changes), sentence=sentence)


def _away(
    asked: VacationSet, settings: Settings, zone: ZoneInfo, now: datetime
) -> Granted | Refused:
    if not asked.on:
        return _with(settings, "somebody is at home", vacation=False, vacation_until=None)
    if asked.until is None:
        sentence = "vacation until you switch it off"
    elif asked.until <= now:
        past = f"until ({shown(asked.until, zone)}) has passed already"
        return Refused(sentence=f"{past}; nothing was changed")
    else:
        sentence = f"vacation until {shown(asked.until, zone)}"
    return _with(settings, sentence, vacation=True, vacation_until=asked.until)


def _driven(
    asked: EvSet, settings: Settings, config: Config, now: datetime, name: str
) -> Granted | Refused:
    """A vehicle keeps what the request does not name; one that is away forgets its charge."""
    known = tuple(one.id for one in config.evs)
    if name not in known:
        there = f"there are: {', '.join(known)}" if known else "add it to evs in the configuration"
        return Refused(sentence=f"there is no vehicle {name!r}; {there}")
    if asked.departure is not None and asked.departure <= now:
        past = f"departure ({shown(asked.departure, config.zone)}) has passed already"
        return Refused(sentence=f"{past}; nothing was changed")
    before = settings.cars.get(name, EvSet())
    named = asked.model_fields_set & {"soc_percent", "target_percent", "departure"}
    update = {field: getattr(asked, field) for field in named}
    update |= {"connected": asked.connected, "message_id": asked.message_id}
    if "soc_percent" in named or not before.connected or before.emitted_at is None:
        update["emitted_at"] = now
    if not asked.connected:
        update |= {"soc_percent": None, "departure": None}
    car = before.model_copy(update=update)
    return _with(settings, _of_car(name, car, config), cars={**settings.cars, name: car})


def _of_car(name: str, car: EvSet, config: Config) -> str:
    if not car.connected:
        return f"{name} is away and not planned for"
    usual = next(one for one in config.evs if one.id == name)
    target = usual.target_percent if car.target_percent is None else car.target_percent
    leaves = usual.departure if car.departure is None else shown(car.departure, config.zone)
    if car.soc_percent is None:
        unknown = "how much it has is unknown: say soc_percent"
        return f"{name} is to have {target:g} % at {leaves}; {unknown}"
    return f"{name} has {car.soc_percent:g} % and is to have {target:g} % at {leaves}"


def shown(moment: datetime, zone: ZoneInfo) -> str:
    """`moment` as people here write it."""
    return f"{moment.astimezone(zone):%d %b %H:%M}"
