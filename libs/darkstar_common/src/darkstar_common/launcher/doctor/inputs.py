"""Findings on what a plan needs: measurements, prices, weather, forecasts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from darkstar_common.config import Config
from darkstar_common.contract import (
    HOUSE_STATE,
    LOAD_FORECAST,
    PRICES,
    PV_FORECAST,
    WEATHER,
    Channel,
    PriceCurve,
    QuantileForecast,
    Reading,
)
from darkstar_common.launcher.doctor.facts import Facts
from darkstar_common.launcher.doctor.findings import Finding, ok, problem, unknown, warning
from darkstar_common.slots import SLOT, slot_start, slots_between

_QUIET = timedelta(minutes=20)
"""The executor says every quarter of an hour how the house is, if nothing of it has changed."""
_POWERS = ("load_kw", "import_kw")
_SILENT = (
    "See what is said of the roles; where all are played, see that the inverter's gateway and Home "
    "Assistant run and send."
)
_GRACE = timedelta(hours=1)
"""After `prices.published_at` a source may take so long."""
_OLD_WEATHER = timedelta(hours=12)
_AHEAD = timedelta(hours=12)
"""Forecasts should reach so far."""


def inputs(facts: Facts) -> Iterator[Finding]:
    """All of them."""
    if not facts.connected or facts.config is None:
        return
    yield from _house(facts, facts.config)
    yield from _prices(facts, facts.config)
    yield _weather(facts, facts.config)
    yield _forecast(facts, "load forecast", LOAD_FORECAST)
    if facts.config.has_solar:
        yield _forecast(facts, "PV forecast", PV_FORECAST)


def _house(facts: Facts, config: Config) -> Iterator[Finding]:
    about, state = "house", facts.state(HOUSE_STATE)
    if not facts.may_read(HOUSE_STATE):
        yield unknown(about, "this broker user may not see house/state")
        return
    if state is None:
        remedy = "Start the executor, and see what is said of the roles."
        yield problem(about, "nothing is said of it", remedy)
        return
    age = facts.now - state.emitted_at
    if config.battery is not None:
        yield _charge(facts, config, state.soc_percent)
    powers = (*_POWERS, "pv_kw") if config.has_solar else _POWERS
    silent = [one.removesuffix("_kw") for one in powers if getattr(state, one).value is None]
    if silent:
        yield warning(about, f"the power of {', '.join(silent)} is unknown", _SILENT)
    if age > _QUIET:
        said = f"the last word of it is {age / timedelta(minutes=1):.0f} minutes old"
        yield problem(about, said, "Look at the executor's log.")
    elif not silent:
        yield ok(about, f"measured {max(age, timedelta(0)).total_seconds():.0f} s ago")


def _charge(facts: Facts, config: Config, soc: Reading) -> Finding:
    about = "battery"
    remedy = "See that battery_soc of executor.roles is there and sends; without it nothing is "
    remedy += "planned and nothing is forced."
    if soc.value is None or soc.measured_at is None:
        return problem(about, "its state of charge is unknown", remedy)
    age = facts.now - soc.measured_at
    if age.total_seconds() > config.planner.soc_max_age_seconds:
        minutes = age / timedelta(minutes=1)
        return problem(about, f"its state of charge is {minutes:.0f} minutes old", remedy)
    return ok(about, f"it is charged to {soc.value:.0f} %")


def _prices(facts: Facts, config: Config) -> Iterator[Finding]:
    about, curve = "prices", facts.state(PRICES)
    if not facts.may_read(PRICES):
        yield unknown(about, "this broker user may not see market/prices")
        return
    remedy = "`darkstar-forecaster prices` says what each source answers; the plan goes on with "
    remedy += "forecast prices."
    if curve is None:
        yield problem(about, "there are none", remedy.partition(";")[0] + ".")
        return
    if "generated" in config.prices.sources:
        yield warning(
            about, "they are made up: prices.sources is generated",
            "Name a source in prices.sources, such as nordpool, and tariff.area.",
        )  # fmt: skip
    missing = [day for day in _due(facts, config) if not _covered(curve, *day[1:])]
    for name, _, _ in missing:
        yield warning(about, f"those of {name} are not there", remedy)
    if not missing:
        yield ok(about, f"from {curve.source}, published until {_end(curve, config)}")


def _due(facts: Facts, config: Config) -> Iterator[tuple[str, datetime, datetime]]:
    """The rest of today, and tomorrow once it should be known: name, start and end."""
    zone = config.zone
    local = facts.now.astimezone(zone)
    midnights = [
        datetime.combine(local.date() + timedelta(days=days), time(), zone) for days in (1, 2)
    ]
    yield "today", slot_start(facts.now), midnights[0]
    published = datetime.combine(local.date(), time.fromisoformat(config.prices.published_at), zone)
    if facts.now >= published + _GRACE:
        yield "tomorrow", midnights[0], midnights[1]


def _covered(curve: PriceCurve, start: datetime, end: datetime) -> bool:
    known = {one.start for one in curve.slots if one.kind == "published"}
    return all(one in known for one in slots_between(start, end))


def _end(curve: PriceCurve, config: Config) -> str:
    last = max(one.start for one in curve.slots if one.kind == "published")
    return f"{(last + SLOT).astimezone(config.zone):%a %H:%M}"


def _weather(facts: Facts, config: Config) -> Finding:
    about, forecast = "weather", facts.state(WEATHER)
    if not facts.may_read(WEATHER):
        return unknown(about, "this broker user may not see weather/forecast")
    if not config.weather.sources:
        return ok(about, "none is looked for (weather.sources)")
    if forecast is None:
        remedy = "`darkstar-forecaster weather` says what each source answers."
        if config.location is None and "open_meteo" in config.weather.sources:
            remedy = "Say where the house stands (location), or empty weather.sources."
        return warning(about, "there is none; forecasts rest on the past alone", remedy)
    age = facts.now - forecast.issued_at
    said = f"from {forecast.source}, {max(age, timedelta(0)) / timedelta(hours=1):.0f} h old"
    if age > _OLD_WEATHER:
        remedy = "`darkstar-forecaster weather` says what each source answers."
        return warning(about, said, remedy)
    return ok(about, said)


def _forecast(facts: Facts, about: str, channel: Channel[QuantileForecast]) -> Finding:
    forecast = facts.state(channel)
    if not facts.may_read(channel):
        return unknown(about, f"this broker user may not see {channel.path}")
    remedy = "Look at the forecaster's issues here and at its log."
    if forecast is None:
        return problem(about, "there is none, so nothing can be planned", remedy)
    ends = forecast.slots[-1].start + SLOT
    left = (ends - facts.now) / timedelta(hours=1)
    if left <= 0:
        return problem(about, "it is of the past, so nothing can be planned", remedy)
    said = f"{left:.0f} h ahead, by {forecast.model_version or 'no model'} ({forecast.level})"
    if ends - facts.now < _AHEAD:
        return warning(about, said, remedy)
    return ok(about, said)
