"""The latest of everything the bus says, as one immutable value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from darkstar_common.contract import (
    ACTION,
    CONTROL_STATE,
    DELIVERY,
    HINDSIGHT,
    HISTORY_SLOT,
    HOUSE_DEVICES,
    HOUSE_ENERGY,
    HOUSE_STATE,
    LEARNING,
    LOAD_FORECAST,
    LOG,
    MODELS,
    NOTIFY,
    PLAN_STATUS,
    PRICES,
    PV_FORECAST,
    SCHEDULE,
    STATUS,
    STRATEGY,
    WEATHER,
    ActionRecord,
    Channel,
    ControlState,
    Devices,
    EnergyCounters,
    Hindsight,
    HouseState,
    LearningState,
    Message,
    ModelCards,
    Notification,
    NotificationDelivery,
    PlanStatus,
    PriceCurve,
    QuantileForecast,
    Schedule,
    Service,
    ServiceStatus,
    SlotObservation,
    Strategy,
    WeatherForecast,
)

KEPT_EVENTS = 12
"""So many of the latest events of a kind are shown; older ones are the recorder's."""

STATES: Mapping[Channel[Any], str] = {
    PRICES: "prices",
    WEATHER: "weather",
    LOAD_FORECAST: "load_forecast",
    PV_FORECAST: "pv_forecast",
    MODELS: "models",
    LEARNING: "learning",
    HOUSE_STATE: "house_state",
    HOUSE_ENERGY: "house_energy",
    HOUSE_DEVICES: "devices",
    SCHEDULE: "schedule",
    PLAN_STATUS: "plan_status",
    STRATEGY: "strategy",
    CONTROL_STATE: "control_state",
    HINDSIGHT: "hindsight",
}
"""Channels whose latest message is shown, and the key it is shown under."""

EVENTS: Mapping[Channel[Any], str] = {
    ACTION: "actions",
    HISTORY_SLOT: "closed_slots",
    NOTIFY: "notifications",
    DELIVERY: "deliveries",
}
"""Channels whose last few messages are shown, newest last."""

CHANNELS: tuple[Channel[Any], ...] = (*STATES, *EVENTS, *STATUS.values(), *LOG.values())
"""All that the gateway listens to for what it shows; logs are kept apart from the view."""

_KEY_OF_PATH = {channel.path: key for channel, key in (*STATES.items(), *EVENTS.items())}
_SERVICE_OF_PATH = {channel.path: service for service, channel in STATUS.items()}
_EVENT_PATHS = frozenset(channel.path for channel in EVENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is known of the house and of Darkstar; what is not known yet is null or empty."""

    services: Mapping[Service, ServiceStatus | None] = field(
        default_factory=lambda: dict.fromkeys(STATUS)
    )
    prices: PriceCurve | None = None
    weather: WeatherForecast | None = None
    load_forecast: QuantileForecast | None = None
    pv_forecast: QuantileForecast | None = None
    models: ModelCards | None = None
    learning: LearningState | None = None
    house_state: HouseState | None = None
    house_energy: EnergyCounters | None = None
    devices: Devices | None = None
    schedule: Schedule | None = None
    plan_status: PlanStatus | None = None
    strategy: Strategy | None = None
    control_state: ControlState | None = None
    hindsight: Hindsight | None = None
    actions: tuple[ActionRecord, ...] = ()
    closed_slots: tuple[SlotObservation, ...] = ()
    notifications: tuple[Notification, ...] = ()
    deliveries: tuple[NotificationDelivery, ...] = ()

    def updated(self, path: str, message: Message) -> Self:
        """This view after `message` came on the channel with that `path`.

        A message on a channel that is not shown changes nothing.
        """
        service = _SERVICE_OF_PATH.get(path)
        key = "services" if service else _KEY_OF_PATH.get(path)
        if key is None:
            return self
        latest: Any = message
        if service:
            latest = {**self.services, service: message}
        elif path in _EVENT_PATHS:
            latest = (*getattr(self, key), message)[-KEPT_EVENTS:]
        changed: dict[str, Any] = {key: latest}
        return replace(self, **changed)

    def changes_since(self, before: View) -> frozenset[str]:
        """The keys under which something else stands than in `before`."""
        return frozenset(key for key in KEYS if getattr(self, key) is not getattr(before, key))


KEYS: tuple[str, ...] = tuple(one.name for one in fields(View))
"""All keys of a view, in the order of the bundle."""
