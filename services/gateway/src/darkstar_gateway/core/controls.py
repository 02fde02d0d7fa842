"""What people can press, switch and set in Home Assistant: requests of the contract."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from darkstar_common.config import Config
from darkstar_common.contract import (
    AUTOMATION_SET,
    BATTERY_TOPUP_SET,
    COMFORT_SET,
    CONTROL_RELEASE,
    CONTROL_STATE,
    EXPORT_SET,
    NOTIFICATION_KINDS,
    NOTIFICATIONS_SET,
    OVERRIDE_SET,
    PAUSE_SET,
    PLAN_RUN,
    RISK_APPETITE_SET,
    SHADOW_SET,
    STRATEGY,
    VACATION_SET,
    WATER_BOOST_SET,
    Channel,
    OverrideAction,
    Service,
)
from darkstar_gateway.core.home_assistant import Entity

QUICK_MINUTES = (15, 30, 60)
BOOST_MINUTES = (30, 60, 120)
PAUSE_MINUTES = (30, 60, 120)
TOPUP_PERCENT = (30, 50, 80, 100)
WITH_BATTERY: tuple[OverrideAction, ...] = ("force_charge", "force_export", "hold", "self_consume")
WITH_HEATER: tuple[OverrideAction, ...] = ("force_heat",)
QUICK: tuple[OverrideAction, ...] = ("force_charge", "force_export", "force_heat", "stop")
_CONFIG = {"entity_category": "config"}
_EITHER = {"state_on": "on", "state_off": "off", "payload_on": "on", "payload_off": "off"}
_ICONS = {
    "force_charge": "mdi:battery-arrow-up",
    "force_export": "mdi:transmission-tower-import",
    "force_heat": "mdi:water-thermometer",
    "stop": "mdi:hand-back-right",
}


def controls(config: Config) -> Iterator[Entity]:
    """All controls that make sense in this house."""
    yield _override(config)
    yield from _quick_actions(config)
    yield from _pauses(config)
    yield from _switches(config)
    yield from _dials(config)


def actions(config: Config) -> tuple[OverrideAction, ...]:
    """The overrides that this house can do."""
    with_battery = WITH_BATTERY if config.battery else ()
    with_heater = WITH_HEATER if config.water_heater else ()
    return (*with_battery, *with_heater, "stop")


def _override(config: Config) -> Entity:
    return Entity(
        component="select",
        key="override",
        name="Override",
        needs=Service.EXECUTOR,
        words={
            "options": ["plan", *actions(config)],
            "state_topic": CONTROL_STATE.topic(config.site),
            "value_template": (
                "{{ value_json.override.action if value_json.override else 'plan' }}"
            ),
            "command_topic": OVERRIDE_SET.topic(config.site),
            "icon": "mdi:call-split",
        },
    )


def _quick_actions(config: Config) -> Iterator[Entity]:
    for action in (one for one in QUICK if one in actions(config)):
        for minutes in QUICK_MINUTES:
            asked = json.dumps({"action": action, "minutes": minutes})
            name = f"{action.replace('_', ' ').capitalize()} {minutes} min"
            key = f"{action}_{minutes}"
            yield _button(config, key, name, OVERRIDE_SET, asked, icon=_ICONS[action])
    if config.battery:
        for percent in TOPUP_PERCENT:
            key, name = f"battery_topup_{percent}", f"Battery top-up to {percent} %"
            icon = "mdi:battery-charging"
            yield _button(config, key, name, BATTERY_TOPUP_SET, str(percent), icon=icon)
    if config.water_heater:
        for minutes in BOOST_MINUTES:
            key, name = f"water_boost_{minutes}", f"Water boost {minutes} min"
            icon = "mdi:water-boiler"
            yield _button(config, key, name, WATER_BOOST_SET, str(minutes), icon=icon)


def _pauses(config: Config) -> Iterator[Entity]:
    for minutes in PAUSE_MINUTES:
        key, name = f"pause_{minutes}", f"Pause {minutes} min"
        yield _button(config, key, name, PAUSE_SET, str(minutes), icon="mdi:pause")
    yield _button(config, "resume", "Resume", PAUSE_SET, "off", icon="mdi:play")
    yield _button(config, "plan_now", "Plan now", PLAN_RUN, "now", icon="mdi:calendar-refresh")
    yield _button(
        config,
        "release",
        "Give back control",
        CONTROL_RELEASE,
        "now",
        icon="mdi:hand-wave",
        **_CONFIG,
    )


def _switches(config: Config) -> Iterator[Entity]:
    def switch(
        key: str, name: str, *, asks: Channel[Any], shows: Channel[Any], field: str, **words: str
    ) -> Entity:
        whole = {
            "state_topic": shows.topic(config.site),
            "value_template": f"{{{{ 'on' if value_json.{field} else 'off' }}}}",
            "command_topic": asks.topic(config.site),
            **_EITHER,
            **words,
        }
        return Entity(component="switch", key=key, name=name, words=whole, needs=_receiver(asks))

    state, strategy = CONTROL_STATE, STRATEGY
    yield switch("automation", "Automation", asks=AUTOMATION_SET, shows=state, field="automation")
    yield switch("shadow", "Shadow mode", asks=SHADOW_SET, shows=state, field="shadow", **_CONFIG)
    yield switch("vacation", "Vacation", asks=VACATION_SET, shows=strategy, field="vacation")
    yield switch(
        "export", "Export allowed", asks=EXPORT_SET, shows=strategy, field="export_enabled"
    )
    for kind in NOTIFICATION_KINDS:
        words = {"payload_on": f"{kind} on", "payload_off": f"{kind} off", **_CONFIG}
        name, field = f"Notify {kind.replace('_', ' ')}", f"notifications.get('{kind}')"
        key = f"notify_{kind}"
        yield switch(key, name, asks=NOTIFICATIONS_SET, shows=state, field=field, **words)


def _dials(config: Config) -> Iterator[Entity]:
    dials = (
        ("risk_appetite", "Risk appetite", RISK_APPETITE_SET, "mdi:scale-balance"),
        ("comfort", "Comfort", COMFORT_SET, "mdi:shower-head"),
    )
    for key, name, channel, icon in dials:
        yield Entity(
            component="number",
            key=key,
            name=name,
            needs=Service.PLANNER,
            words={
                "min": 1,
                "max": 5,
                "step": 1,
                "mode": "slider",
                "state_topic": STRATEGY.topic(config.site),
                "value_template": f"{{{{ value_json.{key} }}}}",
                "command_topic": channel.topic(config.site),
                "command_template": "{{ value | int }}",
                "icon": icon,
                **_CONFIG,
            },
        )


def _button(
    config: Config, key: str, name: str, channel: Channel[Any], asked: str, **words: str
) -> Entity:
    topic = channel.topic(config.site)
    words = {"command_topic": topic, "payload_press": asked, **words}
    return Entity(component="button", key=key, name=name, words=words, needs=_receiver(channel))


def _receiver(channel: Channel[Any]) -> Service:
    (receiver,) = channel.receivers
    return receiver
