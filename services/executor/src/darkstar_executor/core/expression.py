"""A command in the settings of one house: words from its profile, units from its entities.

Written in an order in which no new flow runs under old bounds: what stops a flow first, then
bounds, then what starts one, then what only a mode that is on takes, then the buttons that make it
all valid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from darkstar_common.config import Config
from darkstar_common.contract import Command
from darkstar_executor.core.appliances import appliances
from darkstar_executor.core.commands import FORCED
from darkstar_executor.core.figures import own
from darkstar_executor.core.profile import Profile, SettingRole
from darkstar_executor.core.roles import Binding
from darkstar_executor.core.setting import PRESSING, STARTING, STOPPING, Sense, Setting, Value
from darkstar_executor.core.terms import TERMS, Moment, name_of, value


def settings(
    command: Command,
    profile: Profile,
    config: Config,
    bindings: Mapping[str, Binding],
    now: datetime,
) -> tuple[Setting, ...]:
    """What the roles are to be set to, in the order of writing.

    Roles that the house neither has nor needs are left out. A forced flow that nothing would end
    (its end is not known) is said as self-consumption.

    Args:
        command: What is to be done.
        profile: The inverter's words.
        config: Powers, voltages and limits.
        bindings: Who plays which role, and in which unit.
        now: The moment, for the terms of the clock.
    """
    moment = Moment(command=_ended(command, profile, config, now), config=config, now=now)
    made = [
        *_inverter(moment, profile, bindings),
        *appliances(command, config, bindings),
    ]
    there = [setting for setting in made if _is_there(bindings.get(setting.role))]
    return tuple(sorted(there, key=lambda setting: (setting.stage, not setting.bounds)))


def _is_there(binding: Binding | None) -> bool:
    return binding is not None and (binding.entity is not None or not binding.optional)


def _ended(command: Command, profile: Profile, config: Config, now: datetime) -> Command:
    """`command`, or self-consumption within its limits if nothing would end what it forces."""
    if command.intent not in FORCED or config.battery is None:
        return command
    moment = Moment(command=command, config=config, now=now)
    said = profile.said(command.intent)
    ends = profile.ending(command.intent)
    if profile.says(command.intent) and all(
        value(said[role], moment)[0] is not None for role in ends
    ):
        return command
    floor = config.battery.min_soc_percent
    return command.model_copy(update={"intent": "self_consume", "soc_target_percent": floor})


def _inverter(
    moment: Moment, profile: Profile, bindings: Mapping[str, Binding]
) -> Iterator[Setting]:
    intent = moment.command.intent
    ends = profile.ending(intent) if intent in FORCED else frozenset[str]()
    for role, word in profile.said(intent).items():
        setting = profile.settings[role]
        if moment.config.battery is None and setting.part == "battery":
            continue
        found, exact = value(word, moment)
        if found is None:
            continue
        theirs = own(found, word, setting, bindings.get(role), moment.config)
        if theirs is None:
            continue
        stage = profile.stage(role, word)
        yield Setting(
            role=role,
            value=theirs,
            exact=exact or stage == STARTING,  # near to what stands is not begun
            stage=stage,
            calm=stage == STOPPING,
            refresh=setting.refresh,
            sense=_sense(word, moment.command),
            bounds=role in ends,
            most=_most(word, setting, bindings.get(role), moment.config),
        )
    for role, setting in profile.settings.items():
        if setting.kind == "button":
            yield Setting(
                role=role, value=True, exact=True, stage=PRESSING, after=setting.press_after
            )


def _most(
    word: Value, setting: SettingRole, binding: Binding | None, config: Config
) -> float | None:
    """What a power is at most in this house, in the entity's unit; None of anything else."""
    name = name_of(word)
    if name is None or TERMS[name].nature != "power":
        return None
    found = own(max(TERMS[name].edges(config)), word, setting, binding, config)
    return found if isinstance(found, float | int) and found > 0 else None


def _sense(word: Value, command: Command) -> Sense | None:
    """Which way the figure behind `word` is the safer; a planned grid power is a target."""
    name = name_of(word)
    if name is None or name == "$grid":
        return None
    match TERMS[name].nature:
        case "power":
            return "limit"
        case "share" if name in {"$ceiling", "$depth"}:
            return "ceiling"
        case "share" if name == "$target" and command.intent == "charge_from_grid":
            return "ceiling"
        case "share":
            return "floor"
        case _:
            return None
