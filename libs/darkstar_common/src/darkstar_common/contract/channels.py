"""The topic table: the only place where a topic is written down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Generic, Literal, Self, TypeVar

from darkstar_common.contract.base import SERVICES, Message, Request, Service
from darkstar_common.contract.messages import (
    control,
    forecast,
    history,
    house,
    learning,
    manual,
    market,
    plan,
)
from darkstar_common.contract.messages import service as service_messages

M = TypeVar("M", bound=Message)
R = TypeVar("R", bound=Request)

VERSION = "v1"
REQUEST_EXPIRY = timedelta(seconds=60)


def prefix(site: str) -> str:
    """What stands before every path of `site`."""
    return f"darkstar/{VERSION}/{site}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel(Generic[M]):
    """One row: what travels where, who sends it, and how the broker treats it.

    A path may hold one `+`, a name that the sender fills in with `at`.
    """

    path: str
    message: type[M]
    senders: frozenset[Service]
    receivers: frozenset[Service]
    kind: Literal["state", "event", "request"]
    meaning: str
    expires: timedelta | None = None
    qos: Literal[0, 1] = 1
    queued: bool = True
    """Whether the broker keeps it for a receiver that is away, or far behind. What is not
    queued reaches it past all that waits there, or never."""

    @property
    def retain(self) -> bool:
        """Whether the broker keeps the latest one for those who come later."""
        return self.kind == "state"

    @property
    def name(self) -> str:
        """The path as an identifier, such as PLAN_SCHEDULE."""
        return self.path.replace("/+/", "_").replace("/", "_").upper()

    def topic(self, site: str) -> str:
        """The whole topic, or topic filter when the path holds a `+`."""
        return prefix(site) + self.path

    def at(self, name: str) -> Self:
        """This channel with `name` in place of its `+`."""
        return replace(self, path=self.path.replace("+", name))


def _services(*services: Service) -> frozenset[Service]:
    return frozenset(services)


_P, _E, _R, _F, _G = SERVICES
_PEOPLE = Service.PEOPLE


def _state(
    path: str, message: type[M], sender: Service, receivers: frozenset[Service], meaning: str
) -> Channel[M]:
    return Channel(
        path=path,
        message=message,
        senders=_services(sender),
        receivers=receivers,
        kind="state",
        meaning=meaning,
    )


def _event(
    path: str, message: type[M], senders: frozenset[Service], to: frozenset[Service], meaning: str
) -> Channel[M]:
    return Channel(
        path=path, message=message, senders=senders, receivers=to, kind="event", meaning=meaning
    )


def _request(path: str, message: type[R], to: Service, meaning: str) -> Channel[R]:
    return Channel(
        path=path,
        message=message,
        senders=_services(_PEOPLE, _G),
        receivers=_services(to),
        kind="request",
        meaning=meaning,
        expires=REQUEST_EXPIRY,
    )


PRICES = _state(
    "market/prices", market.PriceCurve, _F, _services(_P, _R, _G, _E),
    "import, export and spot price by slot, published or forecast",
)  # fmt: skip
WEATHER = _state(
    "weather/forecast", market.WeatherForecast, _F, _services(_P, _R, _G), "weather by slot"
)
LOAD_FORECAST = _state(
    "forecast/load", forecast.QuantileForecast, _F, _services(_P, _R, _G),
    "p10, p50 and p90 of the base load by slot",
)  # fmt: skip
PV_FORECAST = _state(
    "forecast/pv", forecast.QuantileForecast, _F, _services(_P, _R, _G),
    "p10, p50 and p90 of PV production by slot",
)  # fmt: skip
MODELS = _state(
    "forecast/models", forecast.ModelCards, _F, _services(_G, _R),
    "the forecasting models in use and how well they do",
)  # fmt: skip
LEARNING = _state(
    "learning/state", learning.LearningState, _F, _services(_P, _R, _G),
    "what was learned about the house's figures: in force, proposed, changed",
)  # fmt: skip
HOUSE_STATE = _state(
    "house/state", house.HouseState, _E, _services(_P, _R, _F, _G),
    "state of charge, powers, temperatures, each with its time",
)  # fmt: skip
HOUSE_ENERGY = _state(
    "house/energy", house.EnergyCounters, _E, _services(_R, _G, _P), "cumulative energies"
)
HOUSE_DEVICES = _state(
    "house/devices", house.Devices, _E, _services(_G),
    "which entity plays which role, and what is missing",
)  # fmt: skip
SCHEDULE = _state(
    "plan/schedule", plan.Schedule, _P, _services(_E, _R, _G), "the plan in force, slot by slot"
)
PLAN_STATUS = _state(
    "plan/status", plan.PlanStatus, _P, _services(_G), "last and next run, last error"
)
STRATEGY = _state(
    "plan/strategy", plan.Strategy, _P, _services(_G, _R, _F), "risk, targets and the rules behind"
)
EPISODE = _event(
    "plan/episode", plan.Episode, _services(_P), _services(_R), "a real planning run, whole"
)
CONTROL_STATE = _state(
    "control/state", control.ControlState, _E, _services(_G, _P, _R),
    "what is commanded now and why, overrides, pause, shadow mode",
)  # fmt: skip
ACTION = _event(
    "control/action", control.ActionRecord, _services(_E), _services(_R, _G),
    "a change of command: planned, commanded, before, result",
)  # fmt: skip
HISTORY_SLOT = _event(
    "history/slot", history.SlotObservation, _services(_R), _services(_F, _P, _G),
    "a closed slot, with quality flags",
)  # fmt: skip
NOW = _state(
    "now", plan.Now, _G, _services(), "price, plan and what comes next, as the clock has it"
)
NOTIFY = _event(
    "notify", service_messages.Notification, frozenset(SERVICES), _services(_G, _R),
    "something a person may want to know",
)  # fmt: skip
STATUS: dict[Service, Channel[service_messages.ServiceStatus]] = {
    one: _state(
        f"service/{one}/status", service_messages.ServiceStatus, one, _services(_G, _E),
        f"whether the {one} is there, and what troubles it",
    )
    for one in SERVICES
}  # fmt: skip

LOG: dict[Service, Channel[service_messages.LogLines]] = {
    one: replace(
        _event(
            f"service/{one}/log", service_messages.LogLines, _services(one), _services(_G),
            f"what the {one} logs",
        ),
        qos=0,
        queued=False,
    )
    for one in SERVICES
}  # fmt: skip
HINDSIGHT = _event(
    "plan/hindsight", plan.Hindsight, _services(_P), _services(_R, _G),
    "what a past day would have cost had all been known",
)  # fmt: skip
CONFIG = _state(
    "config/state", service_messages.ConfigState, _G, _services(_P, _E, _R, _F),
    "which configuration is saved",
)  # fmt: skip
DELIVERY = _event(
    "notify/delivery", service_messages.NotificationDelivery, _services(_G), _services(_R, _G),
    "what became of a notification",
)  # fmt: skip

PLAN_RUN = _request("plan/run", plan.RunPlan, _P, "plan now")
PLAN_SIMULATE = _request("plan/simulate", plan.SimulatePlan, _P, "a what-if; changes nothing")
MANUAL_SET = _request("plan/manual/set", manual.ManualBlocksSet, _P, "replace the manual blocks")
RISK_APPETITE_SET = _request(
    "risk_appetite/set", plan.RiskAppetiteSet, _P, "how much to keep in reserve, 1 to 5"
)
COMFORT_SET = _request("comfort/set", plan.ComfortSet, _P, "how much warm water matters, 1 to 5")
VACATION_SET = _request("vacation/set", plan.VacationSet, _P, "nobody is at home")
EXPORT_SET = _request("export/set", plan.ExportSet, _P, "whether the plan may sell")
EV_SET = _request("ev/+/set", plan.EvSet, _P, "what an electric vehicle needs")
OVERRIDE_SET = _request("override/set", control.OverrideSet, _E, "do this for a while")
OVERRIDE_CLEAR = _request("override/clear", control.OverrideClear, _E, "back to the plan")
PAUSE_SET = _request("pause/set", control.PauseSet, _E, "leave the house in the fallback state")
AUTOMATION_SET = _request("automation/set", control.AutomationSet, _E, "hands on or off")
NOTIFICATIONS_SET = _request(
    "notifications/set", control.NotificationsSet, _E, "which kinds of notification are sent"
)
NOTIFY_TEST = _request(
    "notify/test", service_messages.NotificationsTest, _G, "try every way people are told by"
)
SHADOW_SET = _request("shadow/set", control.ShadowSet, _E, "decide, record, write nothing")
WATER_BOOST_SET = _request("water_boost/set", control.WaterBoostSet, _E, "hot water now")
BATTERY_TOPUP_SET = _request(
    "battery_topup/set", control.BatteryTopupSet, _E, "charge to a state of charge"
)
CONTROL_RELEASE = replace(
    _request("control/release", control.ControlRelease, _E, "give the devices back as they were"),
    senders=_services(_PEOPLE, _G, _E),  # `darkstar-executor release` has the executor's user
)
FORECAST_TRAIN = replace(
    _request("forecast/train", forecast.TrainForecast, _F, "train the models now"),
    senders=_services(_PEOPLE, _G, _F),  # `darkstar-forecaster train` has the forecaster's user
)
FORECAST_ROLLBACK = _request(
    "forecast/rollback", forecast.RollbackForecast, _F, "go back to an earlier model"
)
LEARNING_RESET = _request(
    "learning/reset", forecast.LearningReset, _F, "forget what was learned today"
)
LEARNING_APPLY = _request(
    "learning/apply", learning.ApplyLearning, _F, "put a learned figure in force"
)
LEARNING_REVERT = _request(
    "learning/revert", learning.RevertLearning, _F, "take a learned figure back"
)
HISTORY_QUERY = replace(
    _request("history/query", history.HistoryQuery, _R, "rows of what was recorded"),
    senders=frozenset(Service),
    queued=False,
)

TABLE: tuple[Channel[Any], ...] = (
    PRICES, WEATHER, LOAD_FORECAST, PV_FORECAST, MODELS, LEARNING,
    HOUSE_STATE, HOUSE_ENERGY, HOUSE_DEVICES,
    SCHEDULE, PLAN_STATUS, STRATEGY, EPISODE,
    CONTROL_STATE, ACTION, HISTORY_SLOT, HINDSIGHT, NOW, NOTIFY, DELIVERY, CONFIG,
    *STATUS.values(), *LOG.values(),
    PLAN_RUN, PLAN_SIMULATE, MANUAL_SET,
    OVERRIDE_SET, OVERRIDE_CLEAR, PAUSE_SET, SHADOW_SET, WATER_BOOST_SET, BATTERY_TOPUP_SET,
    AUTOMATION_SET, NOTIFICATIONS_SET, NOTIFY_TEST, CONTROL_RELEASE, RISK_APPETITE_SET, COMFORT_SET,
    VACATION_SET, EXPORT_SET, EV_SET,
    FORECAST_TRAIN, FORECAST_ROLLBACK, LEARNING_RESET, LEARNING_APPLY, LEARNING_REVERT,
    HISTORY_QUERY,
)  # fmt: skip
