"""Keys that change prices: where they come from, and what they come to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from support.fake_market import energy_charts_body, nordpool_body
from support.fake_web import Asked, Given, fake_web
from unit.common.keys.listening import first
from unit.common.keys.probe import Observe, Probe

from darkstar_common.bus import MemoryBus
from darkstar_common.config import Config, load_config
from darkstar_common.contract import PRICES, PriceCurve, Service
from darkstar_common.runtime import Context, Secrets
from darkstar_common.slots import day_slots
from darkstar_common.testing import a_context
from darkstar_forecaster.core.prices import Answer
from darkstar_forecaster.pricing import Pricing
from darkstar_forecaster.sources.prices import price_source, sources

MORNING = datetime(2026, 5, 5, 6, 10, tzinfo=UTC)
TODAY = MORNING.date()
FILES = {"cheap.csv": 0.5, "dear.csv": 2.5}
FROM_FILE = Config.model_validate({"prices": {"sources": ["csv"], "csv_path": "cheap.csv"}})
SOMEWHERE = "http://somewhere"
"""Stands for the address of the double."""


def price_file(spot_per_kwh: float) -> str:
    """One price, all of today and of the week before."""
    days: list[date] = [TODAY - timedelta(days=back) for back in range(7, -1, -1)]
    starts = [one for day in days for one in day_slots(day, ZoneInfo("Europe/Stockholm"))]
    rows = "".join(f"{start.isoformat()},{spot_per_kwh}\n" for start in starts)
    return f"start_utc,spot_per_kwh\n{rows}"


async def pricing(context: Context) -> None:
    """The part of the forecaster that is about prices."""
    await Pricing(context, price_source(context)).run()


async def curve(config: Config) -> PriceCurve:
    """The first prices of a forecaster whose file has this content, price files beside it."""
    with TemporaryDirectory() as name:
        directory = Path(name)
        for file, spot in FILES.items():
            (directory / file).write_text(price_file(spot), encoding="utf-8")
        path = directory / "config.yaml"
        path.write_text(json.dumps(config.model_dump(mode="json")), encoding="utf-8")
        loaded = load_config(path)
        return await first(PRICES, pricing, loaded, service=Service.FORECASTER, at=MORNING)


async def spots(config: Config) -> object:
    """The spot prices that are published."""
    return [one.spot_per_kwh for one in (await curve(config)).slots]


async def import_prices(config: Config) -> object:
    """What a bought kilowatt-hour costs."""
    return [round(one.import_per_kwh, 6) for one in (await curve(config)).slots]


async def export_prices(config: Config) -> object:
    """What a sold one earns."""
    return [round(one.export_per_kwh, 6) for one in (await curve(config)).slots]


async def span(config: Config) -> object:
    """From when to when prices are published."""
    slots = (await curve(config)).slots
    return slots[0].start, slots[-1].start


async def area(config: Config) -> object:
    """Where the published prices are those of."""
    return (await curve(config)).area


async def currency(config: Config) -> object:
    """What the published prices are in."""
    return (await curve(config)).currency


async def known_until(config: Config) -> object:
    """How many of the slots are published."""
    return sum(one.kind == "published" for one in (await curve(config)).slots)


def given(asked: Asked) -> Given:
    """A market, and a Home Assistant."""
    if asked.path.endswith("/price"):
        return Given(body=energy_charts_body(TODAY))
    if asked.path.endswith("/api/DayAheadPrices"):
        return Given(body=nordpool_body(TODAY))
    return Given(body={"attributes": {}})


async def asked(config: Config) -> object:
    """What the first source is asked for today's prices, and what it makes of the answer."""
    with fake_web(given) as web:
        there = json.loads(json.dumps(config.model_dump(mode="json")).replace(SOMEWHERE, web.url))
        answer = await today(Config.model_validate(there))
        return [one.path for one in web.asked], answer


async def patience(config: Config) -> object:
    """What is said of a service that does not answer."""
    with fake_web(lambda _: Given(never=True)) as web:
        prices = config.prices.model_copy(update={"nordpool_url": web.url})
        return await today(config.model_copy(update={"prices": prices}))


async def today(config: Config) -> Answer:
    """What the first source answers for today."""
    there = sources(config, Secrets(home_assistant_token="of nobody"))  # noqa: S106 (no password)
    return await there[config.prices.sources[0]].fetch(TODAY, config.zone, MORNING)


def topic(config: Config) -> object:
    """Where prices are listened for."""
    with TemporaryDirectory() as state:
        return price_source(a_context(MemoryBus(), state_dir=Path(state), config=config)).name


def house(*names: str, **prices: Any) -> Config:
    """One with these sources, all at the double's address."""
    there = {
        "nordpool_url": SOMEWHERE, "energy_charts_url": SOMEWHERE, "eur_rate": 11.4,
        "entity": "sensor.one", "topic": "energy/prices", "fixed_per_kwh": 1.0,
    }  # fmt: skip
    return Config.model_validate(
        {
            "prices": {"sources": names, **there, **prices},
            "home_assistant": {"url": SOMEWHERE},
        }
    )


WINDOW = {"per_kwh": 0.9, "months": (5,), "weekdays": ("tue",), "hours": (9,)}
"""On the day of the test."""
BY_TIME = house("fixed", time_of_use=[WINDOW])
PEAK_FEE = Config.model_validate(
    FROM_FILE.model_dump() | {"tariff": {"grid_fee_windows": [WINDOW]}}
)
CHANGES: Mapping[str, tuple[object, object]] = {
    "per_kwh": (0.9, 1.9),
    "months": ((5,), (6,)),
    "weekdays": (("tue",), ("wed",)),
    "hours": ((9,), (10,)),
}
PUBLISHED: Mapping[str, tuple[Observe, tuple[object, object]]] = {
    "timezone": (span, ("Europe/Stockholm", "Europe/Lisbon")),
    "tariff.area": (area, ("SE4", "SE3")),
    "tariff.currency": (currency, ("SEK", "EUR")),
    "tariff.vat_percent": (import_prices, (25.0, 0.0)),
    "tariff.energy_tax_per_kwh": (import_prices, (0.439, 0.0)),
    "tariff.grid_fee_per_kwh": (import_prices, (0.2456, 0.5)),
    "tariff.grid_fee_windows": (import_prices, ((), ({"per_kwh": 0.9},))),
    "tariff.markup_per_kwh": (import_prices, (0.0, 0.1)),
    "tariff.export_compensation_per_kwh": (export_prices, (0.0, 0.1)),
    "prices.sources": (spots, (("csv",), ("generated",))),
    "prices.csv_path": (spots, ("cheap.csv", "dear.csv")),
    "prices.published_at": (known_until, ("13:00", "08:00")),
}
PROBES = (
    *(
        Probe(key=key, observe=observe, values=values, house=FROM_FILE)
        for key, (observe, values) in PUBLISHED.items()
    ),
    *(
        Probe(key=f"{of}.{key}", observe=observe, values=values, house=base)
        for of, observe, base in (
            ("tariff.grid_fee_windows", import_prices, PEAK_FEE),
            ("prices.time_of_use", today, BY_TIME),
        )
        for key, values in CHANGES.items()
    ),
    Probe(
        key="prices.time_of_use",
        observe=today,
        values=((), ({"per_kwh": 0.5},)),
        house=house("fixed"),
    ),
    Probe(key="prices.fixed_per_kwh", observe=today, values=(1.0, 2.0), house=house("fixed")),
    Probe(key="prices.seed", observe=spots, values=(1, 2)),
    Probe(
        key="prices.nordpool_url",
        observe=asked,
        values=(f"{SOMEWHERE}/here", f"{SOMEWHERE}/there"),
        house=house("nordpool"),
    ),
    Probe(
        key="prices.energy_charts_url",
        observe=asked,
        values=(f"{SOMEWHERE}/here", f"{SOMEWHERE}/there"),
        house=house("energy_charts"),
    ),
    Probe(key="prices.eur_rate", observe=asked, values=(11.4, 10.0), house=house("energy_charts")),
    Probe(
        key="prices.timeout_seconds", observe=patience, values=(0.1, 0.2), house=house("nordpool")
    ),
    Probe(
        key="prices.entity",
        observe=asked,
        values=("sensor.one", "sensor.two"),
        house=house("home_assistant"),
    ),
    Probe(
        key="prices.topic", observe=topic, values=("energy/prices", "market"), house=house("mqtt")
    ),
)
